"""Arrays of other libraries, through the array API standard (array-api-strict accepts nothing beyond it)."""

from __future__ import annotations

import numpy as np
import pytest

import kernelspec as ks

pytest.importorskip("array_api_compat")
xp = pytest.importorskip("array_api_strict")

KERNELS = [
    "rf(4)",
    "ntk(3, bias=True)",
    "arccos(0)",
    "arccos(3)",
    "laplace(c=2)",
    "laplace(c=1, gamma=0.25)",
    "exponential(sigma=0.6)",
    "polynomial(5)",
    "dual('gelu')",
    "dual('erf')",
    "dual('sin')",
    "power_series(1, 2, 3)",
    "arccos(2)@arccos(0)",
]


@pytest.mark.parametrize("text", KERNELS)
def test_same_kind_and_same_values(text: str) -> None:
    kernel = ks.parse(text)
    u = np.linspace(-1.0, 1.0, 23)
    found = kernel(xp.asarray(u))
    assert isinstance(found, type(xp.asarray(u)))
    # The same formula in the same precision: only the libraries' own rounding may differ.
    np.testing.assert_allclose(np.asarray(found), kernel(u), rtol=1e-14, atol=1e-15)


def test_cosines_outside_the_interval_are_refused() -> None:
    with pytest.raises(ValueError, match="u must lie in"):
        ks.rf(3)(xp.asarray([0.0, 1.1]))
    with pytest.raises(ValueError, match="u must lie in"):
        ks.rf(3)(xp.asarray([float("nan")]))
