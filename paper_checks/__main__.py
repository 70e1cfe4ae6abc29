"""Check the claims and write the report: ``python -m paper_checks``."""

from __future__ import annotations

import argparse
import difflib
import re
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from experiments.datasets import data_folder
from paper_checks.registry import Claim, Section, discover, sort_key
from paper_checks.runner import Options, Result, run_claims, unimportable
from report.text import as_words


def main(arguments: Sequence[str] | None = None, package: str = "paper_checks") -> int:
    """Check the claims.

    The status is 0 when every verdict is as recorded, 1 when one is not, 2 for bad input, 130 when
    the run was interrupted.
    """
    typed = _parser().parse_args(arguments)
    sections = discover(package)
    numbers = [claim.number for section in sections for claim in section.claims]
    try:
        chosen = selected(typed.only, numbers) if typed.only else set(numbers)
        data = data_folder(typed.data)
    except ValueError as error:
        return _refuse(str(error))
    pairs = [(s.letter, c) for s in sections for c in s.claims if c.number in chosen]
    broken = [s for s in sections if s.error]
    if typed.list:
        _print_list(pairs, broken)
        return 1 if broken else 0
    if typed.pages is not None:
        return _write_site(sections, typed.pages)
    if typed.book is not None:
        return _write_book(typed.out, typed.book)
    from paper_checks.run_data import as_data
    from report.data import prepared_folder, write_json
    from report.html import write_pages

    try:
        out = prepared_folder(typed.out)
    except OSError as error:
        return _refuse(f"cannot write to {typed.out}: {error.strerror}")
    # A section that cannot be imported is a failure of the whole run, not of a chosen part of it.
    results = [] if typed.only else [unimportable(s) for s in broken]
    options = Options(typed.quick, data, typed.timeout)
    started = time.perf_counter()
    progress = _Progress(len(pairs) + len(results))
    try:
        for result in results:
            progress.finished(result)
        for result in run_claims(pairs, options, typed.jobs, progress.waiting):
            results.append(result)
            progress.finished(result)
    except KeyboardInterrupt:
        progress.clear()
        print("interrupted; no report is written", file=sys.stderr)
        return 130
    spent = time.perf_counter() - started
    only = ",".join(typed.only)
    report = as_data(results, sections, options, seconds=spent, jobs=typed.jobs, only=only)
    write_json(out / "report.json", report)
    page = write_pages(out)
    return _conclude(results, spent, page)


def selected(texts: Iterable[str], numbers: Sequence[str]) -> set[str]:
    """The claims that a selection names.

    Parameters
    ----------
    texts : each a list with commas of numbers (C20 and every C20a, C20b, ...; C20a alone) and
        ranges (C14-C18, both ends included). Small letters will do, and a C may be left out; L6 is
        a number, too, and L6-L8 (or L6-8) a range.
    numbers : the claims that there are.

    Raises
    ------
    ValueError
        for what is not a number or a range, or names no claim; the near ones are named.
    """
    chosen: set[str] = set()
    for item in (part.strip() for text in texts for part in text.split(",")):
        if not item:
            continue
        match = re.fullmatch(r"([CcLl]?)(\d+)(?:([a-z])|\s*-\s*([CcLl]?)(\d+))?", item)
        if match is None:
            raise ValueError(f"--only {item!r}: write numbers like C14, C20a, L6, or ranges like C14-C18")
        kind, first, letter = (match[1] or "C").upper(), int(match[2]), match[3]
        if (match[4] or kind).upper() != kind:
            raise ValueError(f"--only {item!r}: both ends of a range are C or both are L")
        last = int(match[5] or match[2])
        if letter:
            found = {n for n in numbers if n == f"{kind}{first}{letter}"}
        else:
            found = {n for n in numbers if n[0] == kind and first <= sort_key(n)[1] <= last}
        if not found:
            raise ValueError(f"--only {item!r}: no such claim; {_near(item, kind, first, numbers)}")
        chosen |= found
    if not chosen:
        raise ValueError("--only names no claim")
    return chosen


def _near(item: str, kind: str, number: int, numbers: Sequence[str]) -> str:
    if not numbers:
        return "no claim is checked yet"
    by_distance = sorted(numbers, key=lambda n: (n[0] != kind, abs(sort_key(n)[1] - number), sort_key(n)))
    alike = difflib.get_close_matches(item.upper(), numbers, n=3)
    near = sorted({*by_distance[:5], *alike}, key=sort_key)
    return f"near it are {', '.join(near)} (--list shows all)"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m paper_checks",
        description="Check the claims of the seminar and its papers, and write the report.",
    )
    add = parser.add_argument
    add("--only", action="append", default=[], metavar="C14", help="only these: C14,C20-C22,L6")
    add("--list", action="store_true", help="print the claims and stop")
    add("--quick", action="store_true", help="smaller computations")
    add("--data", metavar="DIR", help="folder with data sets (else KERNELSPEC_DATA)")
    add("--out", type=Path, default=Path("build/report"), help="folder of the report (build/report)")
    add(
        "--book",
        type=Path,
        metavar="FILE",
        help="keep the finished run in --out (kernelspec/explore/claims.json), and stop",
    )
    add(
        "--pages",
        type=Path,
        metavar="DIR",
        help="write the site's pages of claims and errata (docs) from the kept run, and stop",
    )
    add("--jobs", type=_positive, default=2, metavar="N", help="processes (2)")
    add("--timeout", type=_positive, metavar="S", help="stop a check after S seconds (never)")
    return parser


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number, at least 1, got {text!r}")
    return int(text)


def _write_book(folder: Path, path: Path) -> int:
    from report.book import write_book

    try:
        count = write_book(folder, path)
    except (OSError, ValueError) as error:
        return _refuse(str(error))
    print(f"{count} claims: {path}")
    return 0


def _write_site(sections: Sequence[Section], folder: Path) -> int:
    from paper_checks.site_pages import write_site_pages

    broken = [section.module for section in sections if section.error]
    if broken:
        return _refuse(f"{', '.join(broken)} cannot be imported: --list says why")
    try:
        count = write_site_pages(sections, folder)
    except OSError as error:
        return _refuse(f"cannot write to {folder}: {error.strerror}")
    print(f"{count} pages: {folder}")
    return 0


def _refuse(text: str) -> int:
    print(f"paper_checks: {text}", file=sys.stderr)
    return 2


def _print_list(pairs: Sequence[tuple[str, Claim]], broken: Sequence[Section]) -> None:
    for letter, claim in sorted(pairs, key=lambda p: (p[0], sort_key(p[1].number))):
        recalled = f"  (recalled: {as_words(claim.recalled)})" if claim.recalled else ""
        print(f"{letter}  {claim.number:<5} {claim.verdict:<21} {as_words(claim.title)}{recalled}")
    for section in broken:
        print(f"{section.module} cannot be imported:\n{section.error}", file=sys.stderr)


def _conclude(results: Sequence[Result], spent: float, page: Path) -> int:
    """Print the summary; the exit status."""
    counts = Counter(r.verdict for r in results)
    said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items()) or "nothing to check"
    print(f"\n{len(results)} claims in {spent:.0f} s: {said}")
    strangers = sorted((r for r in results if not r.as_recorded), key=lambda r: sort_key(r.number))
    for r in strangers:
        last = r.error.strip().rpartition("\n")[2]
        missed = [as_words(e.label) for e in r.evidence if not e.passed]
        lacks = f"as a proof, {r.missing}" if r.recorded == "proved" and r.missing else ""
        reason = last or "; ".join(missed) or lacks or "see the report"
        print(f"  {r.number}: recorded {r.recorded or 'nothing'}, found {r.verdict}: {reason}")
    print("every verdict is as recorded" if not strangers else f"{len(strangers)} not as recorded")
    print(f"report: {page}")
    return 0 if results and not strangers else 1


class _Progress:
    """A line for each finished check; on a terminal, below them, what is running now."""

    def __init__(self, total: int) -> None:
        self._total, self._done = total, 0
        self._live = sys.stderr.isatty()
        self._started = time.perf_counter()

    def finished(self, result: Result) -> None:
        self._done += 1
        self.clear()
        width = len(str(self._total))
        flag = "" if result.as_recorded else f"  (recorded: {result.recorded or 'nothing'})"
        print(
            f"[{self._done:>{width}}/{self._total}] {result.number:<5} {result.verdict:<21}"
            f" {result.seconds:6.1f} s  {as_words(result.title)}{flag}",
            flush=True,
        )

    def waiting(self, numbers: Sequence[str]) -> None:
        if self._live:
            spent = time.perf_counter() - self._started
            text = f"{self._done}/{self._total} done, {spent:.0f} s, running {', '.join(numbers)}"
            width = shutil.get_terminal_size().columns - 1  # a wrapped line could not be cleared
            print(f"\r\x1b[K{text[:width]}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
