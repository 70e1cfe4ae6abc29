"""Making one figure, in a process of its own.

Apart from ``__main__``, which a new process does not import.
"""

from __future__ import annotations

import importlib
import inspect
import multiprocessing
import pkgutil
import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kernelspec.files import write_atomically
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


def make(
    package: str, module_name: str, folder: Path, quick: bool, data: Path | None = None
) -> Outcome:
    """Compute, draw and write one figure; whatever it raises is in the outcome.

    `data`, a folder with data sets, reaches the figures whose `compute` takes it.
    """
    started = time.perf_counter()
    name = module_name
    try:
        from figures import style

        module: Any = importlib.import_module(f"{package}.{module_name}")
        name = str(module.NAME)
        takes_data = "data" in inspect.signature(module.compute).parameters
        computed = module.compute(quick=quick, **({"data": data} if takes_data else {}))
        with style.paper():
            files = style.rendered(module.draw(computed))
        for ending, content in files.items():
            write_atomically(folder / f"{name}.{ending}", content)
        title, caption = str(module.TITLE), " ".join(str(module.CAPTION).split())
        order = int(getattr(module, "ORDER", 100))
    except Exception:
        spent = time.perf_counter() - started
        return Outcome(module_name, name, seconds=spent, error=traceback.format_exc())
    return Outcome(module_name, name, title, caption, order, time.perf_counter() - started)


def make_all(
    package: str,
    chosen: Sequence[str],
    folder: Path,
    *,
    quick: bool,
    jobs: int,
    data: Path | None = None,
) -> Iterator[Outcome]:
    """The outcomes as they come, from `jobs` processes at a time."""

    def alone(name: str) -> Outcome:
        # A process for each: what a figure sets in matplotlib or NumPy reaches no other, nor does
        # its death.
        started = time.perf_counter()
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
            try:
                return process.submit(make, package, name, folder, quick, data).result()
            except BrokenProcessPool as error:
                spent = time.perf_counter() - started
                return Outcome(name, name, seconds=spent, error=f"its process died: {error}")

    with one_thread(), ThreadPoolExecutor(max(1, jobs)) as pool:
        for future in as_completed([pool.submit(alone, name) for name in chosen]):
            yield future.result()
