"""The bibliography: every paper that the library, its claims and its pages name, from `references.bib`.

A text names a paper as people do, "Cho & Saul 2009", "Lee et al. (2018)", so the source of a statement stands where the
statement stands, in its docstring; `named_in` finds the papers that a text names.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

_ENTRY = re.compile(r"^@(\w+)\{(\w+),\n(.*?)^\}$", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^  (\w+) = \{(.*)\},$", re.MULTILINE)
_CLAUSE = re.compile(r";|\.\s")  # where the words that tell two papers of one name apart end


@dataclass(frozen=True)
class Paper:
    """A paper or a book: its BibTeX entry, and what pages print of it.

    Attributes
    ----------
    key : the key of the entry.
    bibtex : the entry as it stands in `references.bib`.
    fields : its fields, in LaTeX: author, title, year, doi, eprint (the number at arXiv), ...
    """

    key: str
    bibtex: str
    fields: Mapping[str, str] = field(compare=False)

    @property
    def families(self) -> tuple[str, ...]:
        """The family names of the authors."""
        return tuple(plain(author.partition(", ")[0]) for author in self.fields["author"].split(" and "))

    @property
    def authors(self) -> tuple[str, ...]:
        """The authors, the given names first."""
        parted = (author.partition(", ") for author in self.fields["author"].split(" and "))
        return tuple(plain(f"{given} {family}".strip()) for family, _, given in parted)

    @property
    def year(self) -> str:
        """The year; "" where there is none."""
        return self.fields.get("year", "")

    @property
    def name(self) -> str:
        """As a text names it: "Bietti & Bach 2021", "Lee et al. 2018", and a shorthand as it is.

        >>> papers()["misiakiewicz2021learning"].name, papers()["dlmf"].name
        ('Misiakiewicz & Mei 2021', 'DLMF')
        """
        if not self.year:
            return self.fields["shorthand"]
        families = self.families
        short = f"{families[0]} et al." if len(families) > 3 else _joined(families)
        return f"{short} {self.year}"

    @property
    def title(self) -> str:
        """The title as plain text."""
        return plain(self.fields["title"])

    @property
    def venue(self) -> str:
        """The journal, the conference, the publisher or the address where it stands."""
        places = ("journal", "booktitle", "publisher", "institution", "howpublished")
        return next((plain(self.fields[place]) for place in places if place in self.fields), "")

    @property
    def link(self) -> str:
        """An address where it can be read, at arXiv if it is there; "" where none is known.

        >>> papers()["bietti2021deep"].link, papers()["fan1951maximum"].link
        ('https://arxiv.org/abs/2009.14397', 'https://doi.org/10.1073/pnas.37.11.760')
        """
        if "eprint" in self.fields:
            return f"https://arxiv.org/abs/{self.fields['eprint']}"
        return f"https://doi.org/{self.fields['doi']}" if "doi" in self.fields else self.fields.get("howpublished", "")


@functools.cache
def papers() -> Mapping[str, Paper]:
    """All papers by their keys, in the order of the file."""
    text = Path(__file__).with_name("references.bib").read_text(encoding="utf-8")
    found = (
        Paper(match[2], match[0], MappingProxyType(dict(_FIELD.findall(match[3])))) for match in _ENTRY.finditer(text)
    )
    return MappingProxyType({paper.key: paper for paper in found})


def named_in(text: str) -> tuple[Paper, ...]:
    """The papers that a text names, in its order, each once.

    Two papers of one name are told apart by a word of their `keywords` in the same clause ("Bietti & Mairal 2019,
    JMLR"); where no such word follows, both are meant.

    >>> [paper.key for paper in named_in("Source: Bietti & Mairal 2019 (JMLR), for layers; Cho and Saul (2009).")]
    ['bietti2019group', 'cho2009kernel']
    """
    text = " ".join(_unaccented(text).split())
    found: dict[str, Paper] = {}
    spans = sorted((match.span(), name) for name in _names() for match in _pattern(name).finditer(text))
    for (start, end), name in spans:
        if any(left <= start and end <= right and (left, right) != (start, end) for (left, right), _ in spans):
            continue  # the end of a longer list of authors
        same = _names()[name]
        clause = _CLAUSE.split(text[end:], maxsplit=1)[0]
        meant = [paper for paper in same if paper.fields.get("keywords", "\0") in clause] if len(same) > 1 else same
        found.update({paper.key: paper for paper in meant or same})
    return tuple(found.values())


def plain(latex: str) -> str:
    """LaTeX of a field as plain text.

    >>> plain("The ``components'' of {ReLU} networks, 1--9")
    'The “components” of ReLU networks, 1–9'
    """
    for code, letter in (("{\\OE}", "Œ"), ("``", "“"), ("''", "”"), ("--", "–"), ("{", ""), ("}", "")):
        latex = latex.replace(code, letter)
    return latex


@functools.cache
def _names() -> Mapping[str, list[Paper]]:
    """What texts write in front of the year, with the year, and the papers that it may mean."""
    found: dict[str, list[Paper]] = {}
    for paper in papers().values():
        for name in _forms(paper):
            found.setdefault(_unaccented(name), []).append(paper)
    return found


def _forms(paper: Paper) -> Iterator[str]:
    if "shorthand" in paper.fields:
        yield paper.fields["shorthand"]
    if paper.year:
        yield f"{_joined(paper.families)} {paper.year}"
        yield f"{paper.families[0]} et al. {paper.year}"


def _joined(families: tuple[str, ...]) -> str:
    return " & ".join(part for part in (", ".join(families[:-1]), families[-1]) if part)


@functools.cache
def _pattern(name: str) -> re.Pattern[str]:
    """A name in a text: "and" for "&", a comma or a bracket before the year; not the end of another name."""
    authors, _, year = name.rpartition(" ")
    if not authors:  # a shorthand
        return re.compile(rf"\b{re.escape(name)}\b")
    listed = re.escape(authors).replace(r"\ \&\ ", r",? (?:&|and) ")
    return re.compile(rf"(?<!& )(?<![\w-]){listed},? \(?{year}(?!\d)")


def _unaccented(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
