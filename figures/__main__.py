"""Draw the figures: ``python -m figures``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from experiments.datasets import data_folder
from figures import _options
from figures._make import FORMATS, Outcome, Wishes, make_all, names
from kernelspec.views.drawing import FONTS
from report.data import prepared_folder, read_json, write_json


def main(arguments: Sequence[str] | None = None, package: str = "figures") -> int:
    """Draw the figures; the status is 0 when all are drawn, 1 when one failed, 2 for bad input."""
    parsed = _parser().parse_args(arguments)
    available = names(package)
    # The files of a figure may be named with hyphens, its module cannot.
    typed = [n.strip().replace("-", "_") for text in parsed.only for n in text.split(",")]
    chosen = [n for n in dict.fromkeys(typed) if n] or available
    unknown = [n for n in chosen if n not in available]
    if unknown:
        there = ", ".join(available)
        return _bad(f"--only must name figures among {there}, got {unknown[0]!r}")
    if parsed.list:
        print("\n".join(available))
        return 0
    try:
        wishes = Wishes(
            quick=parsed.quick,
            data=data_folder(parsed.data),
            width=None if parsed.width is None else _options.inches(parsed.width),
            font=_font(parsed.font),
            formats=_options.formats(parsed.format),
            csv=parsed.csv,
            options=_options.for_figures(package, chosen, not any(typed), parsed.set) if parsed.set else {},
        )
    except ValueError as error:
        return _bad(str(error))
    try:
        folder = prepared_folder(parsed.out)
    except OSError as error:
        return _bad(f"cannot write to {parsed.out}: {error.strerror}")
    outcomes = []
    for count, outcome in enumerate(make_all(package, chosen, folder, jobs=parsed.jobs, wishes=wishes), start=1):
        outcomes.append(outcome)
        said = "FAILED" if outcome.error else "refused" if outcome.refused else "drawn"
        print(f"[{count}/{len(chosen)}] {outcome.name}: {said}, {outcome.seconds:.1f} s", flush=True)
        if outcome.error:
            print(outcome.error, file=sys.stderr, flush=True)
        if outcome.refused:
            _bad(f"{outcome.module}: {outcome.refused}")
    drawn = [o for o in outcomes if not (o.error or o.refused)]
    _record(folder, drawn, parsed.quick, keep=chosen != available)
    page = _page(folder)
    where = f"; {page}" if page else ""
    print(f"{len(drawn)} of {len(chosen)} figures in {folder}{where}")
    if any(o.refused for o in outcomes):
        return 2
    return 0 if len(drawn) == len(chosen) else 1


def _bad(sentence: str) -> int:
    """Say what is wrong with the input, in one line; returns the status."""
    print(f"figures: {sentence}", file=sys.stderr, flush=True)
    return 2


def _font(name: str) -> str:
    if name not in FONTS:
        raise ValueError(f"--font must be one of {', '.join(FONTS)}, got {name!r}")
    return name


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m figures",
        description="Draw the figures.",
        epilog="For a column of a paper: python -m figures --only eigenvalue_decay --width 3.25in --font cm "
        "--format pdf --set dims=3,10 --set depths=2,5,20 --csv --out figs",
    )
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="draw only these")
    parser.add_argument("--list", action="store_true", help="print the names and stop")
    parser.add_argument("--quick", action="store_true", help="smaller computations")
    parser.add_argument("--width", metavar="LENGTH", help="such as 3.25in, 8.6cm, 86mm, 246pt (7in)")
    parser.add_argument("--font", default="stix", metavar="NAME", help=f"{', '.join(FONTS)} (stix)")
    parser.add_argument(
        "--format", action="append", default=[], metavar="ENDING", help=f"{', '.join(FORMATS)}, one or several (all)"
    )
    parser.add_argument("--csv", action="store_true", help="write the data of each figure as well")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an option of the figures, such as dims=3,10, depths=2,5,20, 'kernels=ntk(3); laplace()'",
    )
    parser.add_argument("--data", metavar="DIR", help="folder with data sets (else KERNELSPEC_DATA)")
    parser.add_argument("--jobs", type=_positive, default=2, help="processes (2)")
    parser.add_argument("--out", type=Path, default=Path("build/report/figures"), help="folder (build/report/figures)")
    return parser


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number, at least 1, got {text!r}")
    return int(text)


def _record(folder: Path, drawn: Sequence[Outcome], quick: bool, keep: bool) -> None:
    """Write figures.json for the pages, and `keep` there what an earlier run has drawn."""
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
            "quick": quick,
        }
    ordered = sorted(entries.values(), key=lambda entry: (entry["order"], entry["name"]))
    write_json(folder / "figures.json", ordered)


def _page(folder: Path) -> Path | None:
    """Render the pages around the figures anew, if they lie in a report's folder."""
    if folder.name != "figures":
        return None
    from report.html import write_pages

    return write_pages(folder.parent)


if __name__ == "__main__":
    sys.exit(main())
