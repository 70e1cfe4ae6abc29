"""Making one figure, in a process of its own.

Apart from ``__main__``, which a new process does not import.
"""

from __future__ import annotations

import importlib
import inspect
import logging
import multiprocessing
import pkgutil
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from experiments.processes import one_thread
from kernelspec.files.atomic import write_atomically

NOT_FIGURES = ("__main__", "style")
FORMATS = ("svg", "pdf", "png")


@dataclass(frozen=True)
class Wishes:
    """How figures are computed, drawn and written.

    Parameters
    ----------
    quick : smaller computations.
    data : a folder with data sets, for the figures whose `compute` takes it.
    width : inches, or None for the width that each figure has of itself.
    font : of `kernelspec.views.drawing.style`.
    formats : the endings of the pictures.
    csv : whether the data are written as well.
    options : by module, keywords for its `compute`.
    """

    quick: bool = False
    data: Path | None = None
    width: float | None = None
    font: str = "stix"
    formats: tuple[str, ...] = FORMATS
    csv: bool = False
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What came of one figure; `error` is the traceback, empty when its files are written.

    `refused` is a sentence where the options that a user has set are not for this figure.
    """

    module: str
    name: str
    title: str = ""
    caption: str = ""
    order: int = 100
    seconds: float = 0.0
    error: str = ""
    refused: str = ""


def names(package: str = "figures") -> list[str]:
    """The modules of the figures, in alphabetical order."""
    path = importlib.import_module(package).__path__
    found = (m.name for m in pkgutil.iter_modules(path))
    return sorted(n for n in found if n not in NOT_FIGURES and not n.startswith("_"))


def make(package: str, module_name: str, folder: Path, wishes: Wishes) -> Outcome:
    """Compute, draw and write one figure; whatever it raises is in the outcome."""
    started = time.perf_counter()
    name = module_name
    # Fonts of matplotlib's own have dates that fontTools finds strange.
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    try:
        module: Any = importlib.import_module(f"{package}.{module_name}")
        name = str(module.NAME)
        keywords = dict(wishes.options.get(module_name, {}))
        own = {"data": wishes.data} if "data" in _parameters(module.compute) else {}
        try:
            computed = module.compute(quick=wishes.quick, **own, **keywords)
        except (TypeError, ValueError) as error:
            if not keywords:  # no user's option to blame
                raise
            spent = time.perf_counter() - started
            return Outcome(module_name, name, seconds=spent, refused=str(error))
        for ending, content in _files(module, computed, wishes).items():
            write_atomically(folder / f"{name}.{ending}", content)
        title = str(module.TITLE)
        said = module.caption(computed) if hasattr(module, "caption") else module.CAPTION
        order = int(getattr(module, "ORDER", 100))
    except Exception:
        spent = time.perf_counter() - started
        return Outcome(module_name, name, seconds=spent, error=traceback.format_exc())
    caption = " ".join(str(said).split())
    return Outcome(module_name, name, title, caption, order, time.perf_counter() - started)


def _files(module: Any, computed: Any, wishes: Wishes) -> dict[str, bytes]:
    """The contents of the figure's files by their endings."""
    from figures import style
    from kernelspec.plots.layout import lettering, width_in_inches

    wide = wishes.width
    inches = style.PAGE if wide is None else width_in_inches(wide)
    with lettering(inches, wishes.font):
        drawn = module.draw(computed, **({} if wide is None else {"width": inches}))
        files = style.rendered(drawn, *wishes.formats)
    # Where the numbers themselves are the point, a figure has LaTeX, and always its data.
    latex = getattr(module, "latex", None)
    if latex is not None:
        files["tex"] = latex(computed).to_latex().encode()
    if wishes.csv or latex is not None:
        files["csv"] = module.table(computed).to_csv().encode()
    return files


def _parameters(function: Any) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(function).parameters


def make_all(package: str, chosen: Sequence[str], folder: Path, *, jobs: int, wishes: Wishes) -> Iterator[Outcome]:
    """The outcomes as they come, from `jobs` processes at a time."""

    def alone(name: str) -> Outcome:
        # A process for each: what a figure sets in matplotlib or NumPy reaches no other, nor does
        # its death.
        started = time.perf_counter()
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            try:
                return process.submit(make, package, name, folder, wishes).result()
            except BrokenProcessPool as error:
                spent = time.perf_counter() - started
                return Outcome(name, name, seconds=spent, error=f"its process died: {error}")

    with one_thread(), ThreadPoolExecutor(max(1, jobs)) as pool:
        for future in as_completed([pool.submit(alone, name) for name in chosen]):
            yield future.result()
