"""Parameters at the edges of what is allowed: a right answer, or a ValueError or ArithmeticError in words."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from expressions import time_limit

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.numbers.arithmetic_protocol import Value


def laplace(gamma: Value) -> Callable[[], Zonal]:
    return lambda: ks.laplace(1, Fraction(str(gamma)))


GAMMAS = (0.999, 0.99999, "1/3", "1/512", "1/1000", "511/512", 0.123456789, 1e-300)
KERNELS: dict[str, Callable[[], Zonal]] = {
    **{f"laplace, gamma {gamma}": laplace(gamma) for gamma in GAMMAS},
    "laplace, c 1e-300": lambda: ks.laplace(1e-300),
    "laplace, c 1e300": lambda: ks.laplace(1e300),
    "odd sine power": lambda: ks.sine_power(Fraction(125, 2)) * ks.arccos(2),
    "defect power of a thousandth": lambda: ks.defect_power(Fraction(1, 1000)) * ks.arccos(2),
    "narrow exponential": lambda: ks.exponential(1e-50),
    "wide exponential": lambda: ks.exponential(1e50),
}
DOORS: dict[str, Callable[[Zonal], Any]] = {
    "value": lambda k: k(0.3),
    "asymptotic": lambda k: k.spectrum(3).asymptotic(50),
    "expand": lambda k: k.expand(),
    "taylor": lambda k: k.taylor(5),
    "remainder": lambda k: k.spectrum(3).remainder(2),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", KERNELS)
def test_right_or_refused_in_words(name: str, door: str) -> None:
    with time_limit():
        try:
            found = DOORS[door](KERNELS[name]())
        except (ValueError, ArithmeticError) as error:
            assert not isinstance(error, OverflowError | ZeroDivisionError | FloatingPointError)
            assert len(str(error)) < 600
            return
    if isinstance(found, float | np.ndarray):
        assert np.all(np.isfinite(found))


@pytest.mark.parametrize("gamma", [0.999, "1/3", "2/5"])
def test_the_mean_of_laplace_kernels(gamma: Value) -> None:
    # laplace(1, .999).spectrum(3).certified(0) was an OverflowError.
    gamma = Fraction(str(gamma))
    mp = mpmath.mp.clone()
    mp.dps = 25
    power = mp.mpf(gamma.numerator) / gamma.denominator
    # mu_0 = (1/2) int_0^2 e^{-t^gamma} dt, on S^2.
    truth = mp.quad(lambda x: mp.exp(-(x**power)), [0, 1e-8, 1e-2, 2]) / 2
    s = ks.laplace(1, gamma).spectrum(3)
    assert abs(s[0] / float(truth) - 1) < 1e-12
    try:
        ball = s.certified(0, digits=12)
    except ValueError as error:
        assert gamma == Fraction(999, 1000)
        assert "smaller denominators ask for less" in str(error)
    else:
        assert math.isclose(float(ball), float(truth), rel_tol=1e-11)


def test_a_degree_of_ramification_beyond_the_limit_is_said() -> None:
    with pytest.raises(ValueError, match="the limit is 512"):
        ks.laplace(1, Fraction(1, 1001)).spectrum(3).remainder(2)


@pytest.mark.parametrize("kernel", [ks.laplace(1e-300), ks.laplace(1e300), 1e-250 * ks.arccos(1)])
def test_extreme_numbers_print_shortly(kernel: Zonal) -> None:
    assert len(repr(kernel)) < 30 and "e" in repr(kernel)
    assert ks.parse(repr(kernel)) == kernel
    assert "e-" not in kernel.latex() and "e+" not in kernel.latex()
