"""What every test shares: reproducible hypothesis runs, figures without a window, one generator."""

import os

import matplotlib
import numpy as np
import pytest
from hypothesis import HealthCheck, settings

matplotlib.use("Agg")

# No deadline: on a busy machine a slow example is no bug.
settings.register_profile("dev", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# The same examples every time, so that a red run is red because of what was changed.
settings.register_profile(
    "ci", settings.get_profile("dev"), derandomize=True, database=None, print_blob=True
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator with a fixed seed, new for each test: no test depends on the order."""
    return np.random.default_rng(20210216)
