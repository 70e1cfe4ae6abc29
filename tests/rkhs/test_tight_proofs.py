"""Proofs of equal and different spaces at their tight places: what is concluded is the most that the numbers give."""

from __future__ import annotations

import dataclasses
import math
import re
from fractions import Fraction
from typing import Any

import flint
import mpmath as mp
import pytest
from flint import arb
from hypothesis import example, given
from hypothesis import strategies as st
from test_rkhs import epsilon

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.rkhs import RecheckError, checker, recheck
from kernelspec.rkhs.onset import _distance, onset
from kernelspec.rkhs.tail import Tail, decimals

F = Fraction


def proof(kernel: Zonal, other: Zonal, d: int) -> dict[str, Any]:
    found = ks.same_rkhs(kernel, other, d).proof
    assert found is not None
    return found.data()


def passes(data: dict[str, Any]) -> bool:
    try:
        return recheck(data)
    except RecheckError:
        return False


# -- the checker -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", ["0", "2"])
def test_the_ends_of_enclosures_bound_their_ratio(k: str) -> None:
    """[1, 30] over [2, 7]: 1/7 to 15, and no better."""
    data = proof(ks.laplace(1), ks.laplace(2), 4)
    for column, ends in zip(data["parities"][0]["enclosures"], (["1", "30"], ["2", "7"]), strict=True):
        column[k] = ends
    assert passes(data | {"lower": 1 / 7, "upper": 15.0})
    assert not passes(data | {"lower": 1 / 7 + 1e-12, "upper": 15.0})
    assert not passes(data | {"lower": 1 / 7, "upper": 15 - 1e-12})


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 17))
@example(1 / 3, 6)
@example(-2 / 3, 3)
@example(1e22, 6)
def test_printed_bounds_are_rounded_outward_by_less_than_a_digit(x: float, digits: int) -> None:
    low, high = (F(checker.shown(x, up, digits)) for up in (False, True))
    assert low <= F(x) <= high
    assert (high - low) * 10 ** (digits - 1) <= abs(F(x))
    assert (low == F(x)) == (high == F(x))
    assert checker.shown(math.inf, up=True) == "inf"


def test_the_bounds_in_words_hold() -> None:
    """A few digits that are no better than the numbers of the data."""
    found = ks.same_rkhs(ks.laplace(1), ks.laplace(2), 4)
    assert found.proof is not None
    low, *_, high = found.why.partition(" for every k")[0].split(" <= ")
    assert F(low) <= F(found.lower) and F(found.upper) <= F(high)
    for part in found.proof.data()["parities"]:
        words = " ".join(part["steps"])
        ((low, high),) = re.findall(r"at least (\S+) .*? at most (\S+) ", words)
        assert F(low) <= F(part["lower"]) and F(part["upper"]) <= F(high)
        one, other = (checker._Tail(tail, 4) for tail in part["tails"])
        errors = [tail.epsilon(part["start"]) for tail in (one, other)]
        band = r"eps <= (\S+) and (\S+), so the ratio lies in \[(\S+), (\S+)\]"
        (shown,) = re.findall(band, words)
        most, more, low, high = map(one.number, shown)
        assert errors[0] <= most and errors[1] <= more
        assert low <= (one.leading - errors[0]) / (other.leading + errors[1])
        assert (one.leading + errors[0]) / (other.leading - errors[1]) <= high


@pytest.mark.parametrize("end", ["lower", "upper"])
def test_the_ends_of_a_band_take_both_errors(end: str) -> None:
    """R of one kernel at a time is raised until its error is a fifth of the leading coefficient."""
    for which in (0, 1):
        data = proof(ks.laplace(1), ks.laplace(2), 4)
        part = data["parities"][0]
        start, tails = part["start"], part["tails"]
        with mp.workdps(30):
            s = [mp.mpf(t["leading"][0]) for t in tails]
            tails[which]["R"] = str(1e7 * float(tails[which]["R"]))
            eps = [epsilon(4, t, start) for t in tails]
            assert 1e-3 < eps[which] / s[which] < 0.9
            band = (s[0] - eps[0]) / (s[1] + eps[1]), (s[0] + eps[0]) / (s[1] - eps[1])
            wide = {"lower": 1e-3, "upper": 1e3}
            at = float(band[0] if end == "lower" else band[1])
        # The enclosures stay within the wider band, so that it alone decides.
        factor = 1 + 1e-6 if end == "lower" else 1 - 1e-6
        assert passes(data | wide | {end: at / factor if _decides(data, at / factor, end) else wide[end]})
        assert not passes(data | wide | {end: at * factor})


def _decides(data: dict[str, Any], at: float, end: str) -> bool:
    """Whether every enclosed ratio lies within this end."""
    for part in data["parities"]:
        for k, (a, b) in part["enclosures"][0].items():
            c, e = part["enclosures"][1][k]
            if end == "lower" and F(a) / F(e) < at or end == "upper" and F(b) / F(c) > at:
                return False
    return True


def test_a_denominator_that_may_vanish_is_refused() -> None:
    data = proof(ks.laplace(1), ks.laplace(2), 4)
    tail = data["parities"][0]["tails"][1]
    tail["R"] = str(1e9 * float(tail["R"]))
    with pytest.raises(RecheckError, match="the denominator stays positive"):
        recheck(data | {"lower": 1e-300, "upper": 1e300})


def test_an_error_that_need_not_decrease_is_refused() -> None:
    data = proof(ks.laplace(1), ks.laplace(2), 4)
    part = data["parities"][0]
    k, nu, d = part["start"], F(part["tails"][0]["nu"]), 4
    grows = float(mp.log(mp.mpf((k + nu + d - 1).numerator) / (k + nu + d - 1).denominator
                         / (mp.mpf((k - nu).numerator) / (k - nu).denominator)))  # fmt: skip
    wide = {"lower": 1e-300, "upper": 1e300}
    for height, message in ((0.999 * grows, "epsilon decreases"), (1.001 * grows, "")):
        for tail in part["tails"]:
            tail |= {"H": str(F(height)), "D": "0"}
        if message:
            with pytest.raises(RecheckError, match=message):
                recheck(data | wide)
        else:
            try:
                recheck(data | wide)
            except RecheckError as error:
                assert "epsilon decreases" not in str(error)


def test_equal_exponents_are_not_called_different() -> None:
    data = proof(ks.laplace(1), ks.laplace(2), 4)
    for part in data["parities"]:
        part |= {"kind": "different powers", "same": False}
    with pytest.raises(RecheckError, match="the exponents differ"):
        recheck(data | {"same": False, "lower": 0.0, "upper": "inf"})


def test_a_factor_is_held_between_its_bounds() -> None:
    """[1/3, 1/3] is right; either bound alone beyond the factor is not."""
    data = {"d": 4, "same": True, "scale": "1/3", "parities": []}
    below, above = math.nextafter(1 / 3, 0), math.nextafter(1 / 3, 1)
    assert F(1 / 3) < F(1, 3) < F(above)
    assert passes(data | {"lower": 1 / 3, "upper": above})
    assert not passes(data | {"lower": above, "upper": above})
    assert not passes(data | {"lower": below, "upper": 1 / 3})


@pytest.mark.parametrize("which", ["exponent", "order"])
def test_a_tail_is_bounded_beyond_its_exponents_alone(which: str) -> None:
    """Gamma(k - nu) is positive, and falls with nu, for k > nu; beyond is every k that is larger, and no other."""
    data = proof(ks.laplace(1), ks.laplace(2), 4)["parities"][0]["tails"][0]
    data |= {"H": "50", "order": "21/2"}
    if which == "exponent":
        data |= {"terms": [["21/2", "1"]], "sizes": [data["sizes"][0], ["21/2", "1"]]}
        data |= {"order": "9"}
    tail = checker._Tail(data, 4)
    assert tail.epsilon(11) > 0
    with pytest.raises(RecheckError, match="K = 10 is beyond every exponent"):
        tail.epsilon(10)


def test_no_term_is_larger_than_its_size_by_more_than_a_rounding() -> None:
    """S_k is made of the sizes."""
    data = proof(ks.ntk(3), ks.ntk(2), 4)["parities"][0]["tails"][0]
    sizes = dict(data["sizes"])
    exponent, _ = data["terms"][0]
    for factor in (1, 1 + F(1, 10**12)):
        data["terms"][0] = [exponent, str(F(sizes[exponent]) * factor)]
        if factor == 1:
            checker._Tail(data, 4)
            continue
        with pytest.raises(RecheckError, match="no term exceeds its size"):
            checker._Tail(data, 4)
    del data["terms"][0], data["sizes"][1]
    data["leading"] = [str(F(sizes[data["nu"]]) * (1 + F(1, 10**12)))] * 2
    with pytest.raises(RecheckError, match="leading coefficient does not exceed"):
        checker._Tail(data, 4)


TAILS = [
    (ks.laplace(1), 2),
    (ks.laplace(1), 3),
    (ks.ntk(3), 4),
    (ks.rf(3), 5),
    (ks.laplace(F(1, 2), F(1, 4)), 3),
    (ks.ntk(3) - ks.laplace() / 2, 4),
]


@pytest.mark.parametrize("parity", [0, 1])
@pytest.mark.parametrize(("kernel", "d"), TAILS, ids=str)
def test_the_error_of_a_tail_is_epsilon(kernel: Zonal, d: int, parity: int) -> None:
    """In Arb and in mpmath's intervals, from the first degrees on, where S_k counts, to far ones."""
    with flint.ctx.workprec(128):
        tail = Tail.of(kernel, d, parity)
        data = tail.data()
        first = max(F(data["order"]), *(F(e) for e, _ in data["sizes"]))
        own = checker._Tail(data, d)
        for k in (int(first) + 2, int(first) + 9, 40, 100, 101, 400):
            with mp.workdps(30):
                expected = float(epsilon(d, data, k))
            assert float(tail.error(k)) == pytest.approx(expected, rel=1e-12, abs=0)
            if tail.decreasing(k):
                assert float(own.epsilon(k)) == pytest.approx(expected, rel=1e-12, abs=0)


def test_only_high_rectangles_let_an_error_decrease() -> None:
    with flint.ctx.workprec(128):
        tail = Tail.of(ks.laplace(1), 4, 0)
        k = 40
        grows = math.log((k + tail.nu + 3) / (k - tail.nu))
        for share, decreases in ((0.999, False), (1.001, True)):
            changed = dataclasses.replace(tail, height=arb(share * grows))
            assert changed.decreasing(k) is decreases


@pytest.mark.parametrize(("kernel", "d", "k"), [(ks.laplace(1), 4, 100), (ks.ntk(3), 4, 101), (ks.rf(3), 3, 60)])
def test_an_eigenvalue_is_as_far_from_its_leading_term_as_its_tail_says(kernel: Zonal, d: int, k: int) -> None:
    with flint.ctx.workprec(192):
        tail = Tail.of(kernel, d, k % 2)
        mu = kernel.spectrum(d).certified(k, 40)
        from kernelspec.sphere.power_eigenvalues import cut_power

        off = abs(mu / cut_power(d, tail.nu).ball(k) - tail.leading)
        assert off <= tail.error(k) < off * 1.5


@given(st.integers(-(10**30), 10**30), st.integers(0, 10**12), st.integers(-120, 40))
def test_decimals_lie_outside_of_their_ball(a: int, radius: int, exponent: int) -> None:
    with flint.ctx.workprec(256):
        ball = arb(arb(a), arb(radius)) * arb(2) ** exponent
        low, high = map(F, decimals(ball))
        ends = [x.mid().man_exp() for x in (ball.lower(), ball.upper())]
        lower, upper = (F(int(m)) * F(2) ** int(e) for m, e in ends)
        assert low <= lower <= upper <= high
        size = max(abs(lower), abs(upper))
        assert upper - high >= -size / 10**18 and lower - low <= size / 10**18


# -- comparisons ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("degree", "other"), [(1, 3), (2, 4), (5, 7)])
def test_a_polynomial_vanishes_beyond_its_degree_and_no_earlier(degree: int, other: int) -> None:
    """The degree that is said to be the last is the last."""
    kernel = ks.polynomial(degree)
    data = proof(kernel, ks.exponential(), 4)
    (part,) = (p for p in data["parities"] if p["parity"] == degree % 2)
    assert (part["kind"], part["zero_beyond"], part["witness"]["k"]) == ("one finite", degree, other)
    assert kernel.spectrum(4).exact(degree) > 0 == kernel.spectrum(4).exact(other)


def test_a_polynomial_that_vanishes_alone_is_seen_on_either_side() -> None:
    few, more = ks.linear() + 1, ks.linear() + 1 + ks.polynomial(3)
    for kernel, other in ((few, more), (more, few)):
        found = ks.same_rkhs(kernel, other, 3)
        assert found.same is False and "mu_3" in found.why
        assert passes(proof(kernel, other, 3))


def test_the_bounds_of_polynomials_are_their_least_and_largest_ratio() -> None:
    """mu_1, mu_3 of 3u + 2u^3 + u^5 over u + u^3 + 2u^5."""
    kernel = 3 * ks.linear() + 2 * ks.polynomial(3) + ks.polynomial(5)
    other = ks.linear() + ks.polynomial(3) + 2 * ks.polynomial(5)
    ratios = [F(str(kernel.spectrum(4).exact(k) / other.spectrum(4).exact(k))) for k in (1, 3, 5)]
    assert ratios[0] > ratios[1] > ratios[2]
    found = ks.same_rkhs(kernel, other, 4)
    assert found.lower <= ratios[2] < found.lower * (1 + 1e-15)
    assert found.upper >= ratios[0] > found.upper * (1 - 1e-15)


def test_a_multiple_is_within_its_bounds() -> None:
    for scale in (F(1, 3), F(2, 3), F(10, 7)):
        found = ks.same_rkhs(scale * ks.ntk(3), ks.ntk(3), 4)
        assert F(found.lower) < scale < F(found.upper)


# -- onsets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kernel", "d"), [(ks.laplace(1), 2), (ks.laplace(1), 30), (ks.laplace(1, F(1, 4)), 2)], ids=str
)
def test_the_distance_to_a_power_is_that_of_the_law_at_least(kernel: Zonal, d: int) -> None:
    with flint.ctx.workprec(128), mp.workdps(30):
        tail = Tail.of(kernel, d, 0)
        nu = mp.mpf(tail.nu.numerator) / tail.nu.denominator
        for k in (40, 400, 4000):
            law = mp.gammaprod([k - nu], [k + nu + d - 1]) * mp.mpf(k) ** (2 * nu + d - 1)
            for error in (0.0, 1e-3, 0.1):
                far = max(abs((1 + error) * law - 1), abs((1 - error) * law - 1))
                found = float(_distance(tail, k, arb(error)))
                assert far <= found * (1 + 1e-12) and found <= 1.3 * far + 1e-12


def test_the_onset_is_the_first_degree_that_holds() -> None:
    s = ks.ntk(3).spectrum(4)
    with flint.ctx.workprec(128):
        for parity in (0, 1):
            tail = Tail.of(s.kernel, 4, parity)
            for share in (0.1, 0.01):
                k = onset(s, parity, share)
                assert tail.error(k) / tail.leading <= share
                assert not tail.error(k - 2) / tail.leading <= share
