"""Duals in closed form at deviations from 1e-8 to 1e12, next to coincidence and to opposite, against mpmath.

The formulas here are those of covariances p, q and c, with differences that cancel: at 160 digits they may.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

import kernelspec as ks
from kernelspec import stax
from kernelspec.architectures.activations import Activation, activation, from_callable
from kernelspec.architectures.duals.choice import dual_of
from kernelspec.architectures.duals.dual import point_at

DIGITS = 160
_GAPS = (0.0, 1e-30, 1e-18, 1e-12, 1e-8, 1e-5, 9e-4, 1.1e-3, 0.05, 0.3)
# 1 - u, 1 + u: the smaller is exact.
ENDS = [(g, 2 - g) for g in (*_GAPS, 1.0)] + [(2 - g, g) for g in reversed(_GAPS)]
SCALES = [
    (1e-8, 1e-8), (1e-4, 1e-4), (0.1, 0.1), (1.0, 1.5), (30.0, 30.0), (30.0, 1e-3), (1e3, 1e3), (1e3, 1e3 * (1 + 1e-7)),
    (1e4, 2.0), (1e6, 1e6), (1e6, 1e4), (1e8, 1e8), (1e8, 1.0), (1e12, 1e12), (1e12, 1e-8),
]  # fmt: skip


def _erf(p: Any, q: Any, c: Any) -> Any:
    return 2 / mpmath.pi * mpmath.asin(2 * c / mpmath.sqrt((1 + 2 * p) * (1 + 2 * q)))


def _shifted_erf(p: Any, q: Any, c: Any) -> Any:
    square = mpmath.mpf(0.75) ** 2
    return mpmath.mpf(1.25) ** 2 * _erf(square * p, square * q, square * c) + mpmath.mpf(0.25)


def _gelu(p: Any, q: Any, c: Any) -> Any:
    root = mpmath.sqrt((1 + p) * (1 + q) - c * c)
    angle = mpmath.pi / 2 + mpmath.asin(c / mpmath.sqrt((1 + p) * (1 + q)))
    return (c * angle + (p * q - c * c + c * c * (1 / (1 + p) + 1 / (1 + q))) / root) / (2 * mpmath.pi)


def _sine(a: float, b: float, phase: Any) -> Callable[[Any, Any, Any], Any]:
    def value(p: Any, q: Any, c: Any) -> Any:
        square, turn = mpmath.mpf(b) ** 2, mpmath.cos(2 * phase())
        near, far = (mpmath.exp(-square * (p + q - sign * 2 * c) / 2) for sign in (1, -1))
        return mpmath.mpf(a) ** 2 / 2 * (near - turn * far)

    return value


def _gaussian(p: Any, q: Any, c: Any) -> Any:
    b = mpmath.mpf(-0.75)
    return mpmath.mpf(1.25) ** 2 / mpmath.sqrt((1 - 2 * b * p) * (1 - 2 * b * q) - 4 * b * b * c * c)


def _gabor(p: Any, q: Any, c: Any) -> Any:
    determinant = (1 + 2 * p) * (1 + 2 * q) - 4 * c * c
    variances = 1 - (1 + p + q) / determinant
    return mpmath.exp(-variances / 2) * mpmath.sinh(c / determinant) / mpmath.sqrt(determinant)


CASES: dict[str, tuple[Activation, Callable[[Any, Any, Any], Any]]] = {
    "erf": (activation("erf"), _erf),
    "erf with a shift": (Activation("erf", (1.25, 0.75, 0.5)), _shifted_erf),
    "gelu": (activation("gelu"), _gelu),
    "sin": (activation("sin"), _sine(1, 1, lambda: mpmath.mpf(0))),
    "sin with a phase": (Activation("sin", (1.25, 0.75, 0.5)), _sine(1.25, 0.75, lambda: mpmath.mpf(0.5))),
    "cos": (activation("cos"), _sine(1, 1, lambda: mpmath.pi / 2)),
    "gaussian": (Activation("gaussian", (1.25, -0.75)), _gaussian),
    "gabor": (activation("gabor"), _gabor),
}


def _slope(value: Callable[[Any, Any, Any], Any], p: Any, q: Any, c: Any) -> Any:
    step = mpmath.mpf(10) ** -50 * max(abs(c), mpmath.mpf(10) ** -20 * min(mpmath.sqrt(p * q), 1))
    return mpmath.diff(lambda x: value(p, q, x), c, h=step)


@pytest.mark.parametrize("name", CASES)
def test_values_slopes_and_gaps(name: str) -> None:
    """Both ways to values and slopes, and what the next layer reads: u, and the root of 1 - u, an angle."""
    given, value = CASES[name]
    dual = dual_of(given)
    delta, codelta = (np.array(each) for each in zip(*ENDS, strict=True))
    for scales in SCALES:
        s, t = (np.full(delta.shape, scale) for scale in scales)
        point = point_at(np.where(delta < 1, 1 - delta, codelta - 1), delta, codelta)
        found = dual.value(s, t, point), dual.slope(s, t, point)
        moments = dual.moments(s, t, point, True)
        following = dual.next(s, t, dual.deviation(s), dual.deviation(t), point)
        with mpmath.workdps(DIGITS):
            p, q = (mpmath.mpf(scale) ** 2 for scale in scales)
            size = mpmath.sqrt(value(p, p, p) * value(q, q, q))
            steepest = mpmath.sqrt(_slope(value, p, p, p) * _slope(value, q, q, q))
            for i, (near, far) in enumerate(ENDS):
                u = 1 - mpmath.mpf(near) if near <= 1 else mpmath.mpf(far) - 1
                c = mpmath.sqrt(p * q) * u
                wanted, slope = value(p, q, c), _slope(value, p, q, c)
                here = f"{scales}, 1 - u = {near}, 1 + u = {far}"
                for one, two in (found, moments):
                    assert abs(one[i] - wanted) <= 1e-15 * size, here
                    assert abs(two[i] - slope) <= 1.5e-15 * steepest, here
                assert abs(following.u[i] - wanted / size) <= 2e-15, here
                if scales[0] == scales[1] or scales[0] == 1e3:
                    gap = mpmath.sqrt(1 - wanted / size)
                    assert abs(np.sqrt(following.delta[i]) - gap) <= 1e-11 + 1e-13 * gap, here


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("ratio", [1e-9, 1e-6, 1e-3, 1.9e-3, 0.3, 9.0])
def test_gaps_of_inputs_in_one_direction(name: str, ratio: float) -> None:
    """The root of 1 - u, below the rounding of values where activations are nearly homogeneous: it was off by 1e-8."""
    given, value = CASES[name]
    dual = dual_of(given)
    large = [] if name.startswith(("sin", "cos")) else [1e3, 1e6]
    s = np.array([1e-7, 1e-4, 0.3, 1.0, 3.0, *large])
    t = s * (1 + ratio)
    point = point_at(np.ones(s.size), np.zeros(s.size), np.full(s.size, 2.0))
    found = dual.next(s, t, dual.deviation(s), dual.deviation(t), point)
    with mpmath.workdps(DIGITS):
        for i in range(s.size):
            p, q = mpmath.mpf(s[i]) ** 2, mpmath.mpf(t[i]) ** 2
            gap = mpmath.sqrt(1 - value(p, q, mpmath.sqrt(p * q)) / mpmath.sqrt(value(p, p, p) * value(q, q, q)))
            assert abs(np.sqrt(found.delta[i]) - gap) <= 5e-15, f"{s[i]}"


@pytest.mark.parametrize("scales", [(1e-5, 3e-5), (1e-4, 1.1e-4), (0.2, 0.2001)])
def test_gaps_of_pieces_in_one_direction(scales: tuple[float, float]) -> None:
    """elu is e^x - 1 for x < 0, rounded to 1e-16/s of it: E e^{a x} there is e^{a^2/2} Phi(-a)."""
    dual = dual_of(activation("elu"))
    s, t = (np.array([scale]) for scale in scales)
    found = dual.next(s, t, dual.deviation(s), dual.deviation(t), point_at(np.ones(1), np.zeros(1), np.full(1, 2.0)))
    with mpmath.workdps(DIGITS):

        def part(a: Any) -> Any:
            return mpmath.exp(a * a / 2) * mpmath.erfc(a / mpmath.sqrt(2)) / 2

        def value(a: Any, b: Any) -> Any:
            return a * b / 2 + part(a + b) - part(a) - part(b) + mpmath.mpf(1) / 2

        one, two = (mpmath.mpf(scale) for scale in (s[0], t[0]))
        gap = mpmath.sqrt(1 - value(one, two) / mpmath.sqrt(value(one, one) * value(two, two)))
    assert abs(np.sqrt(found.delta[0]) - gap) <= 5e-15 + 5e-18 / s[0]


@pytest.mark.parametrize("size", [1.0, 1e4, 1e8])
def test_networks_of_inputs_of_any_norm(size: float) -> None:
    """nngp and ntk of erf and GELU, at the diagonal, next to it and far from it: they were off by 9e-9 at 1e8."""
    x = size * np.array([[1.0, 0.0], [1.0, 1e-9], [1.0, 1e-4], [0.6, -0.8], [-1.0, 1e-8]])
    for name, value in (("Erf", _erf), ("Gelu", _gelu)):
        layer = getattr(stax, name)()
        kernel = stax.serial(stax.Dense(1), layer, stax.Dense(1, 1.0, 0.5), layer, stax.Dense(1))[2]
        found = kernel(x)
        with mpmath.workdps(DIGITS):
            rows = [[mpmath.mpf(float(each)) for each in row] for row in x]
            plain = [[(a * b + c * d) / 2 for b, d in rows] for a, c in rows]
            nngp, ntk = _network(value, plain)
            for i in range(len(x)):
                for j in range(len(x)):
                    sizes = (mpmath.sqrt(each[i][i] * each[j][j]) for each in (nngp, ntk))
                    for got, wanted, most in zip(found, (nngp, ntk), sizes, strict=True):
                        assert abs(got[i, j] - wanted[i][j]) <= 4e-15 * most, (name, i, j)


def _network(value: Callable[[Any, Any, Any], Any], plain: list[list[Any]]) -> tuple[Any, Any]:
    """Dense, activation, Dense with a bias of variance 1/4, activation, Dense."""
    count = range(len(plain))
    nngp = ntk = plain
    for bias in (mpmath.mpf(0.25), mpmath.mpf(0)):
        slopes = [[_slope(value, nngp[i][i], nngp[j][j], nngp[i][j]) for j in count] for i in count]
        nngp = [[value(nngp[i][i], nngp[j][j], nngp[i][j]) + bias for j in count] for i in count]
        ntk = [[nngp[i][j] + slopes[i][j] * ntk[i][j] for j in count] for i in count]
    return nngp, ntk


@pytest.mark.parametrize(("rate", "size"), [(1.0, 1.2), (2.0, 1.2), (3.0, 1.0), (5.0, 0.5)])
def test_exponentials_without_their_name(rate: float, size: float) -> None:
    """E e^{2 a s z} = e^{2 a^2 s^2}, as far as the range of a rule holds it; 3 and 1.2 gave 2 % less."""
    found = dual_of(from_callable(lambda x: np.exp(rate * x))).deviation(np.array([size]))[0]
    assert found == pytest.approx(math.exp(rate**2 * size**2), rel=1e-14)


@pytest.mark.parametrize(
    ("function", "size"),
    [
        (lambda x: np.exp(0.3 * x * x), 1.0),
        (lambda x: np.exp(0.3 * x * x), 1.2),
        (lambda x: np.exp(x * x / 4), 1.0),
        (lambda x: np.exp(x * x), 0.51),
        (lambda x: np.exp(0.24 * x * x), 1.0),
        (lambda x: np.exp(5 * x), 1.2),
    ],
)
def test_functions_whose_mean_square_is_not_seen_are_refused(function: Any, size: float) -> None:
    """The first four have none; those of the last two have their weight beyond 9, and 20, deviations."""
    with pytest.raises(ValueError, match="square integrable under normal laws.* at deviation .* grows too fast|finite"):
        dual_of(from_callable(function)).deviation(np.array([size]))


@pytest.mark.parametrize("function", [lambda x: 1 / (x - 0.3), lambda x: np.abs(x) ** -0.5, lambda x: abs(x) ** -0.4])
def test_singular_activations_on_the_sphere_are_refused(function: Any) -> None:
    """Two have no mean square; that of the last, 4.07, was taken for 3.49. A logarithm and a jump are no such."""
    text = "in doubt: by quadrature its mean square is .* next to (0.3|-?[0-9.]+e-05|-?0.0).* its values grow"
    with pytest.raises(ValueError, match=text):
        ks.dual(function)
    for tame in (lambda x: np.log(np.abs(x)), lambda x: np.where(x > 3, 1.0, 0.0)):
        assert ks.dual(tame)(1.0) > 0


def test_a_kink_that_nobody_told_has_a_gaussian_process() -> None:
    x = np.random.default_rng(0).standard_normal((12, 5))
    x[3] = x[2]

    def network(phi: Any) -> Any:
        return stax.serial(stax.Dense(1), phi, stax.Dense(1), phi, stax.Dense(1)).kernel_fn

    kinked = network(stax.ElementwiseNumerical(lambda v: np.maximum(v, 0)))
    exact = network(stax.Relu())(x, None, "nngp")
    np.testing.assert_allclose(kinked(x, None, "nngp"), exact, rtol=0, atol=1e-14 * exact.max())
    with pytest.raises(ValueError, match="as next to a kink or where it is steep: give it as derivative"):
        kinked(x, None, "ntk")
