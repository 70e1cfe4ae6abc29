"""How far duals of pieces change with their stretch, against the coefficients at two stretches."""

from __future__ import annotations

from fractions import Fraction

import flint
import pytest

from kernelspec.expansions.piecewise_series import hermite_squares
from kernelspec.kernels import steps, stretches
from kernelspec.kernels.activations import stretched
from kernelspec.numbers.precision import precision

JUMPS = "0 if x < -1; x if x < 1; 2"


@pytest.mark.parametrize("activation", ["relu6", "elu", "hardswish", JUMPS, "0 if x < 1; 1"])
def test_coefficients_change_by_no_more_than_the_bound(activation: str) -> None:
    """At two rational roots: b_i at both, and the bound of their differences, which is not idle by 300."""
    phi = steps.activation(activation)
    assert phi.pieces is not None
    roots = Fraction(3, 2), Fraction(3, 2) + Fraction(1, 1 << 14)
    with precision(128):
        bounds = stretches.changes_of(
            phi.pieces, flint.arb(flint.fmpq(roots[1].numerator, roots[1].denominator)), roots[0], True
        )
        assert bounds is not None
        b, c = (hermite_squares(stretched(phi.pieces, s), 40, 128) for s in roots)
        largest = max(float(abs(x - y)) for x, y in zip(b, c, strict=True))
        assert largest < bounds[0] < 300 * largest
