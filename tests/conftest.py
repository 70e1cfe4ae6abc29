"""What every test shares: reproducible hypothesis runs, figures without a window, one generator."""

from __future__ import annotations

import functools
import gc
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import numpy as np

# Read when matplotlib and NumPy are loaded, so not before this; child processes inherit it. One thread for matrix
# products: the tests' matrices are small, and the threads of several workers would wait for one another.
os.environ["MPLBACKEND"] = "Agg"
for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

# No deadline: on a busy machine a slow example is no bug.
settings.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The same examples every time, so that a red run is red because of what was changed.
settings.register_profile("ci", settings.get_profile("dev"), derandomize=True, database=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is there before the first test stays: ten thousand tests are not searched for garbage again and again."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def pytest_runtest_setup() -> None:
    """Matplotlib reads a formula anew for each canvas: here canvases of the same settings share what was read."""
    mathtext: Any = sys.modules.get("matplotlib.mathtext")
    kept: Any = getattr(getattr(mathtext, "MathTextParser", None), "_parse_cached", None)
    if not hasattr(kept, "__wrapped__"):
        return  # not loaded, done before, or another matplotlib
    parsers = [mathtext.MathTextParser(kind) for kind in ("path", "agg")]
    readers = {parser._output_type: parser for parser in parsers}
    settings = mathtext.mpl.rcParams
    names = [name for name in settings if name.startswith(("font.", "mathtext.", "text."))]
    read = kept.__wrapped__

    @functools.lru_cache(2048)
    def shared(output: str, fonts: str, *key: Any) -> Any:
        return read(readers[output], *key)

    def parse(self: Any, *key: Any) -> Any:
        return shared(self._output_type, repr([settings[name] for name in names]), *key)

    mathtext.MathTextParser._parse_cached = parse


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator with a fixed seed, new for each test: no test depends on the order."""
    import numpy as np

    return np.random.default_rng(20210216)
