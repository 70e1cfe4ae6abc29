"""`same_rkhs` of two kernels that fall faster than any power: by their series beyond u = 1, and by eigenvalues."""

from __future__ import annotations

import copy
import functools
import json
import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath as mp
import numpy as np
import pytest

import kernelspec as ks
from kernelspec.kernels.growth import AtOne
from kernelspec.kernels.parity_readings import growth_of
from kernelspec.numbers.precision import at_least
from kernelspec.rkhs import RecheckError, Verdict, recheck
from kernelspec.rkhs.growth import radius

DIFFERENT = [  # the parity that tells, by what, the slower kernel first
    ("radii", 1, "mlp(3, activation='erf')", "mlp(2, activation='erf')"),
    ("radii", 1, "mlp(2, activation='erf')", "dual('erf')"),
    ("radii", 0, "mlp(3, activation='gelu', tangent=True)", "dual('gelu')"),
    ("radii", 0, "mlp(3, activation='erf', bias_variance=0.1)", "mlp(3, activation='gelu', bias_variance=0.1)"),
    ("radii", 1, "rational_quadratic(1)", "rational_quadratic(2)"),
    ("radii", 1, "network('dense(2) > gabor > dense(1)')", "mlp(3, activation='sin')"),
    ("radii", 0, "network('dense(1) > gaussian(1, -1) > dense(1)')", "dual('cos')"),
    ("radii", 1, "mlp(13, activation='erf')", "mlp(12, activation='erf')"),  # which meet at the number that tells them
    ("radii", 0, "network('dense(1) > cos > dense(1) > tanh > dense(1)')", "dual('cos')"),
    ("growths", 1, "mlp(3, activation='sin')", "mlp(2, activation='sin', tangent=True)"),
    ("growths", 1, "mlp(3, activation='sin', weight_variance=3)", "mlp(3, activation='sin')"),
    ("growths", 1, "network('sin > exp')", "exponential(1)"),
    ("growths", 0, "exponential(1)@polynomial(2)", "exponential(1)"),
    ("growths", 0, "dual('exp')*dual('cos')", "exponential(1)"),
    ("outgrown", 1, "mlp(2, activation='erf', tangent=True)", "mlp(2, activation='erf')"),
    ("outgrown", 0, "mlp(3, activation='gelu', tangent=True)", "mlp(3, activation='gelu')"),
    ("outgrown", 0, "mlp(4, activation='silu', tangent=True)", "mlp(4, activation='silu')"),
    ("outgrown", 1, "mlp(3, activation='sin', tangent=True)", "mlp(3, activation='sin')"),
    ("rates", 1, "mlp(3, activation='tanh')", "dual('tanh')"),
    ("rates", 1, "dual('tanh')", "dual('sigmoid')"),
    ("rates", 0, "dual('mish')", "dual('silu')"),
    ("rates", 0, "mlp(3, activation='silu', tangent=True)", "mlp(3, activation='softplus', weight_variance=1)"),
    ("rates", 1, "mlp(3, activation='tanh', weight_variance=6)", "mlp(2, activation='tanh', weight_variance=6)"),
    ("rates", 1, "mlp(2, activation='tanh') + rational_quadratic()", "dual('tanh')"),
    ("radii", 1, "dual('erf')*dual('cos')", "mlp(2, activation='sin')"),  # the product is -(1 - 2 arccos(0)@...)*...
    ("rates", 1, "dual('tanh')@(1/3*linear() + 2/3*mlp(2, activation='tanh'))", "dual('tanh')"),  # 1, exactly
]
OPEN = [
    ("mlp(3, activation='tanh')", "mlp(4, activation='tanh')", r"at u = 1 grow at rates .* \(m!\)\^2 0.810569\^m"),
    ("dual('silu')", "dual('softplus')", r"rates that are not told apart, \(m!\)\^2 0.101321\^m"),
    ("exponential(1)", "exponential(1) + dual('cos')", r"the even .* both parts are entire and grow alike, exp\(r\)"),
    ("mlp(2, activation='erf') + 0.1*dual('sin')", "mlp(2, activation='erf', tangent=True)", "apart, next to 1.25,"),
    ("network('dense(1) > gabor')", "dual('erf')", "not told apart, next to 1.5,"),
    ("network('dense(1) > tanh > dense(1) > erf')", "dual('tanh')", "erf is not read beyond u = 1"),
    # h + h^2, h = 1/4 + sinh(u)/(2e), has the odd part 3 sinh(u)/(4e): it grows like h, not like h^2.
    ("power_series(0, 1, 1)@(1/4 + 1/2*dual('sin'))", "dual('cos')*dual('cos') + dual('sin')", "polynomial of both"),
    # What is next to 1, but below it, is no place where tanh is singular: both rates are that of one layer.
    (f"dual('tanh')@({10**60 - 1}/{10**60}*mlp(2, activation='tanh'))", "dual('tanh')", "or of what it reads"),
]
SAME = [
    ("exponential(1)", "2*exponential(1) + 1"),
    ("dual('gelu')", "dual('gelu') + 1"),
    ("dual('silu') + linear()", "3*dual('silu')"),
    ("mlp(3, activation='tanh') + linear() + polynomial(5)", "mlp(3, activation='tanh') + 2*linear()"),
]


@functools.cache
def verdict(kernel: str, other: str, d: int = 3) -> Verdict:
    return ks.same_rkhs(ks.parse(kernel), ks.parse(other), d)


def part_of(kind: str, parity: int, kernel: str, other: str) -> tuple[dict[str, Any], dict[str, Any]]:
    proof = verdict(kernel, other).proof
    assert proof is not None
    whole = copy.deepcopy(proof.data())
    return whole, next(part for part in whole["parities"] if (part["kind"], part["parity"]) == (kind, parity))


@pytest.mark.parametrize(("kind", "parity", "slow", "fast"), DIFFERENT)
def test_different_either_way_round(kind: str, parity: int, slow: str, fast: str) -> None:
    found, back = verdict(slow, fast), verdict(fast, slow)
    assert found.same is False and back.same is False, found.why
    for pair, last in (((slow, fast), 1), ((fast, slow), 0)):
        whole, part = part_of(kind, parity, *pair)
        assert part["fast"] == last
        assert recheck(json.loads(json.dumps(whole, allow_nan=False)))
    said = ">= c k, c > 0" if kind == "outgrown" else "is not bounded: the sum over k of N(d, k) mu_k P_k(r) is the "
    assert said in found.why and f"Over the {('even', 'odd')[parity]} k, " in found.why


@pytest.mark.parametrize("d", [2, 10])
@pytest.mark.parametrize(("kind", "parity", "slow", "fast"), DIFFERENT[::6])
def test_the_dimension_makes_no_difference(kind: str, parity: int, slow: str, fast: str, d: int) -> None:
    assert verdict(slow, fast, d).same is False


@pytest.mark.parametrize(("kernel", "other", "why"), OPEN)
def test_what_stays_open(kernel: str, other: str, why: str) -> None:
    found = verdict(kernel, other)
    assert found.same is None and found.proof is None
    assert re.search(why, found.why), found.why


@dataclass(frozen=True, repr=False)
class Even(ks.Zonal):
    """(1 + u^2)/2, which does not say that it is a polynomial, nor that it is even."""

    bounded = True
    series_sign = 1
    rational_one = Fraction(1)
    radius = math.inf

    def pair(self, point: Any) -> ks.Pair:
        one = point.arithmetic.number(Fraction(1))
        half = one / 2
        return ks.Pair(half + half * point.u * point.u, half * point.delta * (one + point.u), one)

    def text(self) -> str:
        return "even()"


def test_a_part_that_may_be_0_is_not_read() -> None:
    """Its odd part does not diverge where what it reads does: it is 0."""
    found = ks.same_rkhs(Even() @ ks.dual("tanh"), ks.rational_quadratic(), 3)
    assert found.same is None and "the odd part of even() is not shown to have a power of u above" in found.why


# -- against eigenvalues and derivatives -----------------------------------------------------------------------------


def logs(kernel: str, k: Any) -> np.ndarray[Any, Any]:
    found: np.ndarray[Any, Any] = ks.parse(kernel).spectrum(3).log_abs(np.asarray(k))
    return found


@pytest.mark.parametrize(
    ("kind", "parity", "slow", "fast"),
    [row for row in DIFFERENT if not re.search("cos > dense|gabor|=6|13", row[2])][::2],
)
def test_ratios_of_eigenvalues_grow(kind: str, parity: int, slow: str, fast: str) -> None:
    """Without a bound, and ever faster than any power: by contours and sums in floats, which know nothing of it."""
    k = np.array([16, 32, 64]) + parity
    ratio = logs(slow, k) - logs(fast, k)
    if kind == "outgrown":
        assert np.all(ratio > np.log(k))  # c = 1 where weights are trained
        return
    assert ratio[2] - ratio[1] > ratio[1] - ratio[0] > 0


@pytest.mark.parametrize(
    ("kernel", "parity"),
    [
        ("mlp(3, activation='erf')", 1),
        ("mlp(3, activation='gelu')", 0),
        ("mlp(3, activation='gelu')", 1),
        ("network('dense(1) > gaussian(1, -1) > dense(1)')", 0),
        ("rational_quadratic(2)", 1),
    ],
)
def test_eigenvalues_fall_as_the_radius_says(kernel: str, parity: int) -> None:
    """mu_k is about (R + (R^2-1)^{1/2})^{-k}, with a power of k: over a doubled degree its share halves."""
    low, high = radius(ks.parse(kernel), parity)
    assert 1 < low < high < low * (1 + 1e-11)
    fall = -np.diff(logs(kernel, np.array([100, 200, 400]) + parity)) / [100, 200]
    errors = fall - math.acosh(low)
    assert abs(errors[1]) < 0.01 and errors[0] == pytest.approx(2 * errors[1], rel=0.1)


@pytest.mark.parametrize(
    ("kernel", "parity"), [("dual('tanh')", 1), ("dual('silu')", 0), ("mlp(3, activation='tanh')", 1)]
)
def test_derivatives_at_one_grow_at_the_rate(kernel: str, parity: int) -> None:
    """g^(m)(1)/m! = sum_n binom(n, m) b_n, of 1400 coefficients: G_{m+1}/((m+1) G_m) tends to A."""
    read = ks.parse(kernel)
    sides = growth_of(read, AtOne())
    found = read.taylor_squares(1400, 64)
    assert found is not None
    with mp.workdps(30):
        known = {n: mp.mpf(float(b.log().mid())) for n, b in enumerate(found[0]) if n % 2 == parity and b > 0}
        ratios = []
        for m in (10, 20):
            near, further = (mp.fsum(mp.exp(log) * mp.binomial(n, i) for n, log in known.items()) for i in (m, m + 1))
            ratios.append(float(further / near / (m + 1)))
    rate = float((sides.even, sides.odd)[parity])
    assert rate == pytest.approx(ratios[1], rel=0.035) and abs(ratios[1] - rate) < abs(ratios[0] - rate)


@pytest.mark.parametrize(("kernel", "other"), SAME)
def test_the_same_up_to_a_polynomial(kernel: str, other: str) -> None:
    found = verdict(kernel, other)
    assert found.same is True and 0 < found.lower <= found.upper < math.inf
    assert found.proof is not None and recheck(json.loads(json.dumps(found.proof.data(), allow_nan=False)))
    with at_least(128):
        ratios = []
        for k in range(8):
            one, two = (ks.parse(text).spectrum(3).certified(k, 15) for text in (kernel, other))
            ratios += [float(one / two)] if two > 0 else []
    assert min(ratios) == pytest.approx(found.lower, rel=1e-10) and max(ratios) == pytest.approx(found.upper, rel=1e-10)


def test_a_polynomial_of_a_high_degree_is_refused() -> None:
    found = ks.same_rkhs(ks.parse("dual('silu') + polynomial(100000)"), ks.dual("silu"), 3)
    assert found.same is None and "rates that are not told apart" in found.why


# -- tampering -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "key", "value"),
    [
        (DIFFERENT[0], "r", "3/2"),
        (DIFFERENT[0], "r", "11/10"),
        (DIFFERENT[0], "fast", 0),
        (DIFFERENT[0], "fast", 2),
        (DIFFERENT[0], "same", True),
        (DIFFERENT[0], "radii", [["1", "3"], ["2", "2"]]),
        (DIFFERENT[0], "radii", [["2", "1"], ["2", "2"]]),
        (DIFFERENT[0], "radii", [["1", "1"], ["2", "1"]]),
        (DIFFERENT[5], "radii", [["inf", "inf"], ["inf", "inf"]]),
        (DIFFERENT[9], "fast", 0),
        (DIFFERENT[9], "growths", [[2, 1, ["2", "2"]]]),
        (DIFFERENT[9], "growths", [[2, 1, ["2", "2"]], [2, 1, ["2", "2"]]]),
        (DIFFERENT[9], "growths", [[2, 1, ["2", "3"]], [2, 1, ["1", "2"]]]),
        (DIFFERENT[9], "growths", [[2, 1, ["3", "2"]], [2, 1, ["1", "1"]]]),
        (DIFFERENT[9], "growths", [[2, 1, ["3", "3"]], [2, 1, ["-1", "1"]]]),
        (DIFFERENT[9], "growths", [[0, 3, ["3", "3"]], [0, 3, ["1", "1"]]]),
        (DIFFERENT[9], "growths", [[1, 0, ["3", "3"]], [0, 3, ["1", "1"]]]),
        (DIFFERENT[9], "growths", [[1, 1, ["3", "3"]], [-1, 3, ["1", "1"]]]),
        (DIFFERENT[14], "fast", 2),
        (DIFFERENT[18], "fast", 0),
        (DIFFERENT[18], "rates", [["0.5", "0.6"], ["0.4", "0.5"]]),
        (DIFFERENT[18], "rates", [["0.5", "0.6"], ["0.4", "0.3"]]),
        (DIFFERENT[18], "rates", [["0.5", "0.6"], ["-0.1", "0.3"]]),
    ],
)
def test_a_part_that_was_tampered_with_is_refused(case: tuple[str, int, str, str], key: str, value: object) -> None:
    whole, part = part_of(*case)
    part[key] = value
    with pytest.raises(RecheckError):
        recheck(whole)


@pytest.mark.parametrize(
    ("key", "value"),
    [("scale", ["0", "0"]), ("scale", ["2", "2"]), ("scale", ["2", "1/2"]), ("start", 3), ("enclosures", [{}, {}])],
)
def test_a_difference_that_was_tampered_with_is_refused(key: str, value: object) -> None:
    whole, part = part_of("up to a polynomial", 0, *SAME[0])
    part[key] = value
    with pytest.raises(RecheckError):
        recheck(whole)
