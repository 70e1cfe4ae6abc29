"""Draw the figures: ``python -m figures``."""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import pkgutil
import sys
import time
import traceback
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paper_checks.report import prepared_folder, read_json, write_atomically, write_json
from paper_checks.runner import one_thread

NOT_FIGURES = ("__main__", "style")


@dataclass(frozen=True)
class Outcome:
    """What came of one figure; `error` is the traceback, empty when its files are written."""

    module: str
    name: str
    title: str = ""
    caption: str = ""
    order: int = 100
    seconds: float = 0.0
    error: str = ""


def names(package: str = "figures") -> list[str]:
    """The modules of the figures, in alphabetical order."""
    path = importlib.import_module(package).__path__
    found = (m.name for m in pkgutil.iter_modules(path))
    return sorted(n for n in found if n not in NOT_FIGURES and not n.startswith("_"))


def make(package: str, module_name: str, folder: Path, quick: bool) -> Outcome:
    """Compute, draw and write one figure; whatever it raises is in the outcome."""
    started = time.perf_counter()
    name = module_name
    try:
        from figures import style

        module: Any = importlib.import_module(f"{package}.{module_name}")
        name = str(module.NAME)
        data = module.compute(quick=quick)
        with style.paper():
            files = style.rendered(module.draw(data))
        for ending, content in files.items():
            write_atomically(folder / f"{name}.{ending}", content)
        title, caption = str(module.TITLE), " ".join(str(module.CAPTION).split())
        order = int(getattr(module, "ORDER", 100))
    except Exception:
        spent = time.perf_counter() - started
        return Outcome(module_name, name, seconds=spent, error=traceback.format_exc())
    return Outcome(module_name, name, title, caption, order, time.perf_counter() - started)


def main(arguments: Sequence[str] | None = None, package: str = "figures") -> int:
    """Draw the figures; the status is 0 when all are drawn, 1 when one failed, 2 for bad input."""
    options = _parser().parse_args(arguments)
    available = names(package)
    chosen = [n for text in options.only for n in text.split(",") if n] or available
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
        folder = prepared_folder(options.out)
    except OSError as error:
        print(f"figures: cannot write to {options.out}: {error.strerror}", file=sys.stderr)
        return 2
    outcomes = []
    for count, outcome in enumerate(_made(package, chosen, folder, options), start=1):
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


def _made(
    package: str, chosen: Sequence[str], folder: Path, options: argparse.Namespace
) -> Iterable[Outcome]:
    """The outcomes as they come; a process that dies is the failure of the figures that it held."""
    context = multiprocessing.get_context("spawn")
    jobs = min(options.jobs, len(chosen)) or 1
    # One figure a process: what one of them sets in matplotlib or NumPy never reaches another.
    with one_thread(), ProcessPoolExecutor(jobs, context, max_tasks_per_child=1) as pool:
        futures: dict[Future[Outcome], str] = {
            pool.submit(make, package, name, folder, options.quick): name for name in chosen
        }
        for future in as_completed(futures):
            try:
                yield future.result()
            except Exception as error:
                yield Outcome(futures[future], futures[future], error=f"its process died: {error}")


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
