r"""How a claim is checked: a decorated generator that yields evidence.

A section file ``paper_checks/<letter>_<name>.py`` is found by itself. Its docstring's first line is
the section's title in the report. It takes the vocabulary of evidence by a star import, as below. Each check
is one function::

    from paper_checks.registry import *

    @check(
        "C15",                                   # C15, or C15a, C15b, ... for a second check; or L6
        verdict="refuted as printed",            # recorded here, compared with the computed one
        where="Bietti & Bach 2021, Theorem 7; slide 23",
        printed=r"$C(d,\nu)/2$",                 # both needed where the print is not right
        corrected=r"$C(d,\nu)$",
    )
    def constant(tier: Tier) -> Checks:
        r'''The constant of the decay theorem

        $\mu_k[(1-t)^\nu] = C(d,\nu)\,\Gamma(k-\nu)/\Gamma(k+\nu+d-1)$ for every $k$.
        '''
        ks = np.arange(tier.pick(quick=20, full=200))
        yield measured_against("quadrature, d = 5", measured, expected, rtol=1e-12,
                               why="400 nodes leave 1e-14", at=ks)   # arrays: the worst is shown
        yield printed_fails("half of it, d = 5", measured, expected / 2, rtol=0.1,
                            why="a factor 2 is far outside")
        yield bound("largest ratio", ratio, lower=0.9, upper=1.1, why="...")
        yield holds("odd eigenvalues vanish", bool(np.all(odd == 0.0)), detail="k = 3, 5, ..., 99")
        yield exact("recurrence", lhs, rhs)               # int, Fraction, sympy, flint; no floats
        yield exact("a ball below 1", ball < 1, by="ball arithmetic")
        yield vanish("recurrence", lhs - rhs, first - 1)   # exact, and 0 on the right side of each
        yield printed_given("no eigenvalue is 0", holds(...))  # the print, with what it leaves out
        yield note("The slide writes p for d.")
        yield table("Ratio to the bare power", ["k", "ratio"], [[50, 0.953], [100, 0.976]])

The docstring is the claim: its title, and its statement as it is right. (Both may be arguments of `check` instead.)
Every text may hold formulas between dollars, as matplotlib's mathtext reads them, and code between
backticks. ``tier.quick`` asks for the small version, ``tier.rng`` is a Generator seeded by the
claim's number, ``tier.data`` is a directory with data sets or None. Numbers may be floats, arrays,
mpmath, Arb balls or sympy expressions; the error is formed in their own arithmetic.

A proof names its steps, and says at its end why they imply the statement for all that it names::

    yield step("one more layer adds $\alpha$", "the inner defect is $t-ct^{3/2}+\ldots$")
    yield exact("...", lhs, rhs)                      # the evidence of this step
    yield step("at $L=1$ it is 0", "$\kappa=u$")        # a step may have an argument alone
    yield conclusion("Induction on $L$.")
    yield exact("library, L = 2, 3", ...)             # cases: no part of the proof

The verdict follows from the evidence alone:

=========================  =====================================================================
``proved``                 all supporting evidence passed, and it is a proof: it names its steps;
                           each has an argument or evidence, and its evidence is exact; a
                           conclusion says why they imply the statement (`missing_in_proof`)
``holds``                  all supporting evidence passed
``refuted as printed``     a print at hand is false: every piece about the printed statement
                           refutes it, and all evidence for the corrected one (at least one
                           piece) passed
``incomplete as printed``  the same, and the print is true under a condition or a convention that
                           it leaves out: pieces of `printed_given` show that
``open``                   the check says `undecided`, and no piece of evidence fails
``not run``                the check says `not_run` (a data set is absent); counts neither way
``failed``                 a piece of evidence fails, or there is none
``crashed``                the check raised, or its process died
=========================  =====================================================================

What stands in one of the sources of `NOT_AT_HAND` is recalled; a check that names one in `where`
is marked so, and is never "refuted as printed".
"""

from __future__ import annotations

import functools
import importlib
import inspect
import pkgutil
import re
import tomllib
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

from paper_checks.evidence import (
    Evidence,
    conclusion,
    exact,
    holds,
    not_run,
    note,
    printed_false,
    printed_given,
    step,
    table,
    undecided,
    vanish,
)
from paper_checks.tolerances import bound, measured_against, printed_fails
from paper_checks.verdicts import Recorded, Verdict, computed_verdict, missing_in_proof

__all__ = [
    "Array",
    "Checks",
    "Claim",
    "Evidence",
    "Section",
    "Tier",
    "Verdict",
    "bound",
    "check",
    "computed_verdict",
    "conclusion",
    "discover",
    "exact",
    "holds",
    "measured_against",
    "missing_in_proof",
    "not_run",
    "note",
    "printed_fails",
    "printed_false",
    "printed_given",
    "recalled",
    "sort_key",
    "step",
    "table",
    "undecided",
    "vanish",
]

T = TypeVar("T")
Array: TypeAlias = NDArray[np.float64]
Checks: TypeAlias = Iterable[Evidence]
#: Sources whose statements are recalled: their text was not at hand when the checks were written.
NOT_AT_HAND = (
    "Bach 2017",
    "Bietti & Mairal 2019 (JMLR)",
    "Bietti & Mairal 2019 (NeurIPS)",
    "Favero, Cagnetta & Wyart 2021",
    "Cagnetta, Favero & Wyart 2023",
    "Xiao 2022",
)
CORRECTING = ("refuted as printed", "incomplete as printed")  # verdicts on a print


def _seeded_by(number: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(number.encode()))


@dataclass(frozen=True)
class Tier:
    """What a check is asked to do.

    Parameters
    ----------
    quick : whether a smaller version is wanted.
    data : a directory with data sets, or None.
    rng : a Generator; by `for_claim` it is seeded by the claim's number, so that the results do not
        depend on which process runs the check, nor on the checks before it.
    """

    quick: bool = False
    data: Path | None = None
    rng: np.random.Generator = field(default_factory=lambda: _seeded_by(""))

    @classmethod
    def for_claim(cls, number: str, quick: bool = False, data: Path | None = None) -> Tier:
        """The tier with the Generator that belongs to a claim."""
        return cls(quick, data, _seeded_by(number))

    def pick(self, *, quick: T, full: T) -> T:
        """`quick` in the quick tier, else `full`."""
        return quick if self.quick else full


@dataclass(frozen=True)
class Claim:
    """A claim and its check; called with a `Tier`, it yields evidence.

    The number is C and the number in the list of claims, or L and the number in its list of questions
    beyond the papers, with a small letter for further checks of it.
    """

    number: str
    title: str
    statement: str
    where: str
    verdict: Recorded
    printed: str
    corrected: str
    function: Callable[[Tier], Checks]

    def __call__(self, tier: Tier) -> Checks:
        """The evidence, one piece after the other."""
        return self.function(tier)

    @property
    def recalled(self) -> str:
        """The sources of `where` whose text was not at hand, but recalled."""
        return recalled(self.where)

    @property
    def module(self) -> str:
        """The name of the module that defines the check."""
        return self.function.__module__

    @property
    def plain(self) -> str:
        """What it says, or why it matters, in a plain sentence: from `plain_words.toml` beside the module."""
        code = inspect.unwrap(self.function).__code__
        return _plain_words(Path(code.co_filename).with_name("plain_words.toml")).get(self.number, "")

    @property
    def record(self) -> dict[str, Any]:
        """All that is said of it before it is checked, as plain values; `line` is that of its decorator."""
        return {
            "number": self.number,
            "title": self.title,
            "plain": self.plain,
            "statement": self.statement,
            "where": self.where,
            "recorded": self.verdict,
            "printed": self.printed,
            "corrected": self.corrected,
            "recalled": self.recalled,
            "file": self.module.replace(".", "/") + ".py",
            "function": self.function.__name__,
            "line": inspect.unwrap(self.function).__code__.co_firstlineno,
        }


@functools.cache
def _plain_words(path: Path) -> Mapping[str, str]:
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


@dataclass(frozen=True)
class Section:
    """The checks of one module by number; `error` is the traceback if it cannot be imported."""

    letter: str
    title: str
    module: str
    claims: tuple[Claim, ...] = ()
    error: str = ""


def recalled(where: str) -> str:
    """The sources that a text names and whose own text was not at hand, in words; mostly none."""
    return ", ".join(source for source in NOT_AT_HAND if source in where)


def check(
    number: str,
    *,
    verdict: Recorded,
    where: str,
    printed: str = "",
    corrected: str = "",
    title: str | None = None,
    statement: str | None = None,
) -> Callable[[Callable[[Tier], Checks]], Claim]:
    """Turn a generator of evidence into a `Claim`.

    Parameters
    ----------
    number : "C15", or "C15a", "C15b", ... where several checks share a claim; "L6" for a question
        beyond the papers.
    verdict : the verdict on record, compared with the one computed from the evidence.
    where : the paper with its theorem or equation, and the slide.
    printed, corrected : where the print is refuted or incomplete, what it says and what is right.
    title, statement : a few words; the statement as it is right, with ``$formulas$``. By default the first line of
        the generator's docstring, and what follows it.

    Raises
    ------
    ValueError
        for a malformed number, an empty text, a verdict that cannot be recorded, one on a print
        without `printed` and `corrected`, a refutation of a print that is `recalled` (see
        `NOT_AT_HAND`), or a name that another check of the module already has.
    """
    if not re.fullmatch(r"[CL][1-9]\d*[a-z]?", number):
        raise ValueError(f"number must be like 'C15', 'C15a' or 'L6', got {number!r}")
    _refuse_empty(number, title=title, statement=statement, where=where)
    if verdict not in get_args(Recorded):
        raise ValueError(f"{number}: verdict must be one of {get_args(Recorded)}, got {verdict!r}")
    if (verdict in CORRECTING) != bool(printed and corrected):
        raise ValueError(
            f"{number}: `printed` and `corrected` are given where the verdict is one of {CORRECTING}, "
            f"and only then; got {verdict!r}"
        )
    if verdict == "refuted as printed" and recalled(where):
        raise ValueError(f"{number}: a print that was not at hand ({recalled(where)}) cannot be refuted as printed")

    def decorate(function: Callable[[Tier], Checks]) -> Claim:
        earlier = function.__globals__.get(function.__name__)
        if isinstance(earlier, Claim) and earlier.number != number:
            name = function.__name__
            raise ValueError(f"{number}: the name {name!r} is taken by {earlier.number}")
        first, _, rest = inspect.cleandoc(function.__doc__ or "").partition("\n")
        texts = {
            "title": first if title is None else title,
            "statement": " ".join(rest.split()) if statement is None else statement,
        }
        _refuse_empty(number, **texts)
        return Claim(
            number, **texts, where=where, verdict=verdict, printed=printed, corrected=corrected, function=function
        )

    return decorate


def _refuse_empty(number: str, **texts: str | None) -> None:
    for name, text in texts.items():
        if text is not None and not text.strip():
            raise ValueError(f"{number}: {name} must not be empty")


def sort_key(number: str) -> tuple[str, int, str]:
    """Order of claim numbers: C9 before C14, C20 before C20a, every C before L3."""
    return number[:1], int(re.sub(r"\D", "", number) or 0), number


def discover(package: str = "paper_checks") -> tuple[Section, ...]:
    """The sections of a package: its modules named like ``a_sphere``, in order of their letters.

    A module that cannot be imported is a section with an `error`. Raises ValueError where two
    checks have the same number.
    """
    parent = importlib.import_module(package)
    names = sorted(m.name for m in pkgutil.iter_modules(parent.__path__))
    sections = tuple(load_section(f"{package}.{name}") for name in names if re.fullmatch(r"[a-z]_\w+", name))
    owners: dict[str, str] = {}
    for section in sections:
        for claim in section.claims:
            if claim.number in owners:
                both = f"{owners[claim.number]} and {section.module}"
                raise ValueError(f"{claim.number} is checked twice, in {both}: give one a letter")
            owners[claim.number] = section.module
    return sections


def load_section(module_name: str) -> Section:
    """One section, imported; whatever its import raises becomes its `error`."""
    import traceback

    short = module_name.rpartition(".")[2]
    letter, title = short[0].upper(), short[2:].replace("_", " ").capitalize()
    try:
        module = importlib.import_module(module_name)
    except Exception:
        return Section(letter, title, module_name, error=traceback.format_exc())
    found = [v for v in vars(module).values() if isinstance(v, Claim) and v.module == module_name]
    first_line = (module.__doc__ or "").strip().partition("\n")[0].strip().rstrip(".")
    found.sort(key=lambda claim: sort_key(claim.number))
    return Section(letter, first_line or title, module_name, tuple(found))
