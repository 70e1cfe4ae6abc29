"""Draw the figures: ``python -m figures``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from figures._make import Outcome, make_all, names
from paper_checks.datasets import data_folder
from paper_checks.report import prepared_folder, read_json, write_json


def main(arguments: Sequence[str] | None = None, package: str = "figures") -> int:
    """Draw the figures; the status is 0 when all are drawn, 1 when one failed, 2 for bad input."""
    options = _parser().parse_args(arguments)
    available = names(package)
    # The files of a figure may be named with hyphens, its module cannot.
    typed = [n.strip().replace("-", "_") for text in options.only for n in text.split(",")]
    chosen = [n for n in dict.fromkeys(typed) if n] or available
    unknown = [n for n in chosen if n not in available]
    if unknown:
        print(
            f"figures: no figure {unknown[0]!r}; there are: {', '.join(available)}", file=sys.stderr
        )
        return 2
    if options.list:
        print("\n".join(available))
        return 0
    try:
        data = data_folder(options.data)
    except ValueError as error:
        print(f"figures: {error}", file=sys.stderr)
        return 2
    try:
        folder = prepared_folder(options.out)
    except OSError as error:
        print(f"figures: cannot write to {options.out}: {error.strerror}", file=sys.stderr)
        return 2
    made = make_all(package, chosen, folder, quick=options.quick, jobs=options.jobs, data=data)
    outcomes = []
    for count, outcome in enumerate(made, start=1):
        outcomes.append(outcome)
        said = "FAILED" if outcome.error else "drawn"
        print(
            f"[{count}/{len(chosen)}] {outcome.name}: {said}, {outcome.seconds:.1f} s", flush=True
        )
        if outcome.error:
            print(outcome.error, file=sys.stderr, flush=True)
    drawn = [o for o in outcomes if not o.error]
    complete = chosen == available
    _record(folder, drawn, keep=not complete)
    page = _page(folder)
    where = f"; {page}" if page else ""
    print(f"{len(drawn)} of {len(chosen)} figures in {folder}{where}")
    return 0 if len(drawn) == len(chosen) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m figures", description="Draw the figures.")
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="draw only these"
    )
    parser.add_argument("--list", action="store_true", help="print the names and stop")
    parser.add_argument("--quick", action="store_true", help="smaller computations")
    parser.add_argument(
        "--data", metavar="DIR", help="folder with data sets (else KERNELSPEC_DATA)"
    )
    parser.add_argument("--jobs", type=_positive, default=2, help="processes (2)")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("build/report/figures"),
        help="folder (build/report/figures)",
    )
    return parser


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number, at least 1, got {text!r}")
    return int(text)


def _record(folder: Path, drawn: Sequence[Outcome], keep: bool) -> None:
    """Write figures.json for the page, and `keep` there what an earlier run has drawn."""
    entries = {}
    if keep:
        entries = {entry["name"]: entry for entry in read_json(folder / "figures.json") or []}
    for o in drawn:
        entries[o.name] = {
            "name": o.name,
            "title": o.title,
            "caption": o.caption,
            "order": o.order,
            "seconds": round(o.seconds, 3),
        }
    ordered = sorted(entries.values(), key=lambda entry: (entry["order"], entry["name"]))
    write_json(folder / "figures.json", ordered)


def _page(folder: Path) -> Path | None:
    """Render the page around the figures anew, if they lie in a report's folder."""
    if folder.name != "figures":
        return None
    from paper_checks.page import write_page

    return write_page(folder.parent)


if __name__ == "__main__":
    sys.exit(main())
