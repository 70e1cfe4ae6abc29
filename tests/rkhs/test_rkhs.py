"""`same_rkhs`: verdicts as a table, its constants against the eigenvalues, and proofs that are tampered with."""

from __future__ import annotations

import copy
import functools
import json
import math
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import flint
import mpmath as mp
import numpy as np
import pytest
import sympy
from expressions import untyped
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.rkhs import RecheckError, Verdict, recheck
from kernelspec.rkhs.comparison import _require_positive
from kernelspec.rkhs.tail import UndecidedError

F = Fraction
ALIKE, POWERS = "NTK and Laplace, Chen & Xu 2021", "NTK and random features"
VANISHING, SUPPORTS = "two layers without bias, claim 27", "monomials"
RATES, EXPONENTIALS, FINITE = "exponential and NTK", "exponentials", "polynomials"
MULTIPLE = "proportional"
LAPLACE, ZERO = ks.laplace(), ks.linear() - ks.linear()
BIASED, STEP3 = ks.ntk(2, bias=True), ks.rf(3, degree=0)
TANH = ks.mlp(2, activation="tanh")
STEP_AND_RELU = ks.arccos(0) + ks.arccos(1)  # nu = 3/2 over the even k, 1/2 over the odd ones


@dataclass(frozen=True)
class Case:
    """A pair, its dimension, the verdict and a part of the reason."""

    name: str
    kernel: Zonal
    other: Zonal
    d: int
    same: bool | None
    why: str


SAME = [
    Case("NTK and Laplace on the circle", ks.ntk(3), LAPLACE, 2, True, "every k >= 0"),
    Case(ALIKE, ks.ntk(3), LAPLACE, 4, True, "every k >= 0"),
    Case("NTK and Laplace, d = 10", ks.ntk(3), LAPLACE, 10, True, "every k >= 0"),
    Case("NTK and Laplace, d = 20", ks.ntk(3), LAPLACE, 20, True, "every k >= 0"),
    Case("two layers with bias and three without", BIASED, ks.ntk(3), 4, True, "every k >= 0"),
    Case("NTK with bias and Laplace", BIASED, LAPLACE, 4, True, "every k >= 0"),
    Case("a finite expansion", 2 - ks.defect_power(0.5), LAPLACE, 3, True, "every k >= 0"),
    Case("both vanish at odd k", ks.rf(2), 2 * ks.rf(2) + ks.linear(), 4, True, "odd k > 1, where both"),
    Case("each parity has its own exponent", STEP_AND_RELU, STEP_AND_RELU + ks.arccos(0), 4, True, "every k >= 0"),
    Case("residual and plain network", ks.resnet(3), ks.rf(3), 4, True, "every k >= 0"),
    Case("leaky ReLU and ReLU", ks.mlp(3, slope=0.1), ks.rf(3), 4, True, "every k >= 0"),
    Case("a product", ks.ntk(3) * LAPLACE, ks.ntk(3), 4, True, "every k >= 0"),
    Case("a difference", ks.ntk(3) - LAPLACE / 2, ks.ntk(3), 4, True, "every k >= 0"),
    Case("three step layers and Laplace 1/4", ks.laplace(gamma=F(1, 4)), STEP3, 3, True, "every k >= 0"),
    Case("depth 3 and 9", ks.rf(3), ks.rf(9), 20, True, "every k >= 0"),
    Case(FINITE, ks.linear() + 1, 2 * ks.linear() + 6, 3, True, "even k > 0, where both vanish; odd"),
    Case(MULTIPLE, ks.ntk(5) * F(2, 3), 2 * ks.ntk(5), 7, True, "is 1/3 times"),
    Case("equal", STEP3, STEP3, 3, True, "is 1 times"),
    Case("two names of one kernel", ks.mlp(3), ks.rf(3), 3, True, "is 1 times"),
    Case("equal, a smooth network that is read as a series", TANH, 3 * TANH, 5, True, "is 1/3 times"),
]
INFINITE = [c for c in SAME if "times" not in c.why and c.name != FINITE]
QUICK = [c for c in INFINITE if c.d != 20 and c.kernel != ks.laplace(gamma=F(1, 4))]

DIFFERENT = [
    Case(VANISHING, ks.ntk(2), ks.ntk(3), 4, False, "mu_3(ntk(3))"),
    Case("the same for random features", ks.rf(3), ks.rf(2), 3, False, "odd k > 1, mu_k(arccos(1))"),
    Case(POWERS, ks.ntk(3), ks.rf(3), 5, False, "tends to 0 like k^-2"),
    Case("one parity only", ks.ntk(2), ks.rf(2), 4, False, "Over the even k"),
    Case("even k apart, odd k alike", STEP_AND_RELU, ks.ntk(3), 4, False, "Over the even k"),
    Case("two and three step layers", ks.arccos(0), STEP3, 4, False, "even part is a polynomial"),
    Case("three and four step layers", STEP3, ks.rf(4, degree=0), 3, False, "k^-1/4"),
    Case("step network and NTK", STEP3, ks.ntk(3), 3, False, "like k^-1/2: nu = 1/2 against 1/4"),
    Case("Laplace gammas", ks.laplace(gamma=F(1, 3)), LAPLACE, 2, False, "like k^-1/3"),
    Case(EXPONENTIALS, ks.exponential(1), ks.exponential(2), 3, False, "like (1/4)^k"),
    Case(RATES, ks.ntk(3), ks.exponential(1), 3, False, "faster than any power"),
    Case("a smooth network and NTK", ks.dual("gelu"), ks.ntk(3), 4, False, "faster than any power"),
    Case("tanh and softplus", TANH, ks.mlp(2, activation="softplus"), 4, False, "For every even k, mu_k(mlp(2, act"),
    Case("tanh and NTK", TANH, ks.ntk(3), 4, False, "even part is a polynomial"),
    Case("silu and NTK", ks.mlp(3, activation="silu"), ks.ntk(3), 5, False, "faster than any power"),
    Case("sine and cosine", ks.dual("sin"), ks.dual("cos"), 4, False, "mu_0(dual('cos'))"),
    Case(SUPPORTS, ks.polynomial(2), ks.polynomial(3), 4, False, "mu_0(polynomial(3)) = 0"),
    Case("supports", ks.linear() + 1, ks.linear() ** 2 + 1, 3, False, "mu_1(1 + polynomial(2)) = 0"),
    Case("a polynomial and NTK", ks.linear(), ks.ntk(3), 4, False, "every odd k > 1"),
    Case("a sum that is alike but for k = 3", ks.rf(2), ks.rf(2) + ks.polynomial(3), 3, False, "mu_3"),
    Case("exponents of u^2 (1-u)^..", ks.arccos(2), ks.rf(3, degree=2), 3, False, "every even k > 2"),
    Case("the zero kernel", ZERO, ks.ntk(3), 3, False, "every even k, mu_k(0) = 0"),
]

UNDECIDED = [
    Case("not positive at k = 0", ks.ntk(3), ks.ntk(3) - 100, 3, None, "no kernel on S^2"),
    Case("negative for large k", ks.ntk(3) - 2 * LAPLACE, ks.ntk(3), 3, None, "no kernel"),
    Case("a negative polynomial", ks.linear() - ks.polynomial(3), ks.linear(), 3, None, "mu_3 = -0.0571429"),
    Case(
        "a polynomial, negative beyond the first degrees",
        ks.polynomial(98) - F(1, 1000) * ks.polynomial(100),
        ks.polynomial(98) + ks.polynomial(100),
        3,
        None,
        "no kernel on S^2: mu_100 = ",
    ),
    Case("two smooth kernels", ks.exponential(1), ks.exponential(1) + ks.dual("cos"), 3, None, "faster than any"),
    Case("two smooth networks", TANH, ks.mlp(3, activation="tanh"), 4, None, "faster than any power"),
    Case("a truncated series", ks.dual(np.tanh), ks.ntk(3), 3, None, "cut off at an error of"),
    Case("infinite at u = 1", ks.arccos(1).derivative().derivative(), ks.ntk(3), 5, None, "infinite"),
    Case("nothing on either side", ZERO, ks.linear() * 0, 3, None, "both kernels are 0"),
    Case("beyond the floats", 1e300 * ks.ntk(3), 1e-300 * LAPLACE, 3, None, "float"),
]

# What slips through a careless comparison.
SUBTLE_CASES = [
    Case("minus a kernel, twice", -ks.ntk(3), -2 * ks.ntk(3), 3, None, "no kernel"),
    Case("twice infinite at u = 1", ks.defect_power(-0.25), 2 * ks.defect_power(-0.25), 3, None, "infinite at u = 1"),
    Case("another exponent, but no kernel", ks.ntk(3), ks.rf(3) - 100, 3, None, "no kernel"),
    Case("a zero parity, but no kernel", -ks.linear(), ks.ntk(3), 3, None, "no kernel"),
    Case("another rate, but no kernel", -ks.exponential(1), ks.exponential(2), 3, None, "no kernel"),
    Case(
        "odd k undecided, even k apart",
        ks.exponential(1),
        ks.arccos(1) + ks.exponential(1),
        4,
        False,
        "Over the even k",
    ),
    Case("a factor below the floats", 1e-300 * LAPLACE, 1e300 * LAPLACE, 3, None, "float"),
]


def ids(case: Case) -> str:
    return case.name


@functools.cache
def verdict(kernel: Zonal, other: Zonal, d: int) -> Verdict:
    return ks.same_rkhs(kernel, other, d)


def of(case: Case) -> Verdict:
    return verdict(case.kernel, case.other, case.d)


def named(name: str) -> Case:
    return next(c for c in SAME + DIFFERENT if c.name == name)


def data_of(case: Case | str) -> dict[str, Any]:
    proof = of(named(case) if isinstance(case, str) else case).proof
    assert proof is not None
    return proof.data()


# -- verdicts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [*SAME, *DIFFERENT, *UNDECIDED, *SUBTLE_CASES], ids=ids)
def test_the_verdict_and_its_reason(case: Case) -> None:
    found = of(case)
    assert found.same is case.same, found.why
    assert case.why in found.why
    assert (found.proof is None) == (case.same is None)
    if case.same:
        assert 0 < found.lower <= found.upper < math.inf
    else:
        assert (found.lower, found.upper) == (0.0, math.inf)
    answer = {True: "the same RKHS", False: "different RKHSs", None: "undecided"}[case.same]
    assert answer in repr(found) and f"S^{case.d - 1}" in repr(found)


@pytest.mark.parametrize("case", [*SAME, *DIFFERENT], ids=ids)
def test_the_proof_is_checked_again_from_its_json_text(case: Case) -> None:
    data = data_of(case)
    text = json.dumps(data)
    assert recheck(json.loads(text)) is True
    assert json.loads(text) == data
    assert [data["same"], data["d"]] == [case.same, case.d]
    assert data["kernels"] == [repr(case.kernel), repr(case.other)]


def test_a_change_of_the_data_leaves_the_proof_alone() -> None:
    proof = of(named(ALIKE)).proof
    assert proof is not None
    proof.data()["parities"].clear()
    assert recheck(proof.data())


def test_the_steps_read_as_an_argument() -> None:
    found = of(named(ALIKE))
    assert found.proof is not None
    steps = found.proof.steps()
    assert steps[-1] == found.why and len(steps) == 9
    text = str(found.proof)
    assert [int(n) for n in re.findall(r"^(\d+)\. ", text, re.M)] == list(range(1, 10))
    for parity, start in (("even", 64), ("odd", 65)):
        assert f"{parity} k: mu_k(ntk(3)) = E_k(1/2) (" in text
        assert f"{parity} k >= {start}: eps <= " in text
        assert f"{parity} k < {start}: both eigenvalues are enclosed at 32 degrees" in text
    assert f"{found.lower:.6g} <= mu_k(ntk(3))/mu_k(laplace(c=1)) <= {found.upper:.6g}" in text


def test_the_steps_of_a_difference() -> None:
    found = of(named(VANISHING))
    assert found.proof is not None
    assert found.proof.steps()[-1] == found.why and len(found.proof.steps()) == 5
    assert "For every odd k > 1, mu_k(ntk(2)) = 0 exactly" in found.why


def test_what_is_left_out_is_named() -> None:
    assert of(named("both vanish at odd k")).parity == "odd k > 1, where both vanish"
    assert of(named(ALIKE)).parity == ""
    u = ks.linear()
    gap = ks.same_rkhs(u**4 + 3, u**4 + 1, d=2)  # u^4 on the circle: k = 0, 2, 4
    assert gap.parity == "even k > 4, where both vanish; odd k, where both vanish"
    # P_2 in dimension 3 is (3u^2 - 1)/2; with 1 added to u^2 - 1/3, k = 0 remains.
    holes = ks.same_rkhs(u**2 - F(1, 3) + u, 2 * u**2 - F(2, 3) + u, d=3)
    assert holes.same and holes.parity.startswith("even k > 2, k = 0, where both vanish")
    assert (holes.lower, holes.upper) == (0.5, 1.0)


# -- the constants ------------------------------------------------------------------------------------------


@functools.cache
def ratios(case: Case) -> np.ndarray[Any, Any]:
    """mu_k(kernel)/mu_k(other) by contour integrals in float64, which know nothing of the proof."""
    k = np.concatenate([np.arange(80), np.arange(200, 204), np.arange(1000, 1004), np.arange(2990, 3000)])
    logs = [c.spectrum(case.d).log_abs(k) for c in (case.kernel, case.other)]
    seen = np.isfinite(logs[0])
    assert np.array_equal(seen, np.isfinite(logs[1]))
    return np.exp(logs[0][seen] - logs[1][seen])


@pytest.mark.parametrize("case", INFINITE, ids=ids)
def test_the_band_holds_every_ratio_and_no_more(case: Case) -> None:
    found, r = of(case), ratios(case)
    # The float64 eigenvalues are right to 1e-12 (the limit that their own tests set).
    assert np.all(r >= found.lower * (1 - 2e-12)) and np.all(r <= found.upper * (1 + 2e-12))
    # The proof aims at eps/s < 0.02 for either kernel: nothing is given away but (1 - .02)/(1 + .02).
    assert found.lower > 0.96 * r.min() and found.upper < r.max() / 0.96


@given(case=st.sampled_from(QUICK), k=st.integers(2001, 3000))
@settings(max_examples=25)
def test_the_band_holds_certified_ratios_beyond_the_finite_part(case: Case, k: int) -> None:
    first, second = (c.spectrum(case.d).certified(k, 20) for c in (case.kernel, case.other))
    if second == 0:
        assert first == 0 and of(case).parity
        return
    ratio = first / second
    assert not ratio < of(case).lower and not ratio > of(case).upper


@given(case=st.sampled_from(QUICK), k=st.integers(0, 80))
@settings(max_examples=25)
def test_the_band_holds_certified_ratios_at_small_degrees(case: Case, k: int) -> None:
    first, second = (c.spectrum(case.d).certified(k, 20) for c in (case.kernel, case.other))
    if second == 0:
        assert first == 0 and of(case).parity
        return
    ratio = first / second
    assert not ratio < of(case).lower and not ratio > of(case).upper


@pytest.mark.parametrize("case", [*QUICK[:9], named(FINITE), named(MULTIPLE)], ids=ids)
def test_the_other_way_round_the_bounds_are_the_reciprocals(case: Case) -> None:
    there, back = of(case), verdict(case.other, case.kernel, case.d)
    assert back.same and back.parity == there.parity
    # Enclosures of 15 digits; the slack of both bounds cancels.
    assert there.lower * back.upper == pytest.approx(1, abs=1e-13)
    assert there.upper * back.lower == pytest.approx(1, abs=1e-13)


@pytest.mark.parametrize("case", [c for c in DIFFERENT if re.search(r"Over the|k\^-|\^k|faster", c.why)], ids=ids)
def test_the_ratio_of_the_reason_is_that_of_the_eigenvalues(case: Case) -> None:
    """Which kernel is above and which below, how fast their ratio falls, and over which degrees."""
    said = re.findall(
        r"(?:Over the (even|odd) k, )?mu_k\((\S.*?)\)/mu_k\((\S.*?)\) tends to 0 "
        r"(?:like (?:k\^(\S+):|\((\S+)\)\^k)|(faster))",
        of(case).why,
    )
    assert said
    for parity, above, below, power, base, _ in said:
        first, second = (ks.parse(text).spectrum(case.d).log_abs for text in (above, below))
        k, later = (40, 42) if base else (200, 204) if not power else (4 * 10**5, 4 * 10**7)
        k, later = k + (parity == "odd"), later + (parity == "odd")
        fall = (first(later) - second(later)) - (first(k) - second(k))
        assert fall < 0
        if base:
            assert fall / 2 == pytest.approx(math.log(F(base)), rel=0.02, abs=0)
        elif power:
            assert fall / math.log(later / k) == pytest.approx(float(F(power)), rel=0.02, abs=0)


@pytest.mark.parametrize("case", DIFFERENT, ids=ids)
def test_different_the_other_way_round(case: Case) -> None:
    assert verdict(case.other, case.kernel, case.d).same is False


def test_three_kernels_agree_with_each_other() -> None:
    pairs = ("two layers with bias and three without", ALIKE, "NTK with bias and Laplace")
    first, second, third = (of(named(name)) for name in pairs)
    assert (first.other, second.other, third.kernel) == (ks.ntk(3), third.other, first.kernel)
    # For the ratios x, y > 0: inf x inf y <= inf xy <= sup x inf y, inf x sup y <= sup xy <= sup x sup y, and each
    # proved end is off by less than 1 - 0.96 (see the test of the bands).
    assert first.lower * second.lower * 0.96 < third.lower < first.upper * second.lower / 0.96
    assert first.lower * second.upper * 0.96 < third.upper < first.upper * second.upper / 0.96


def test_exact_bounds() -> None:
    found = of(named("both vanish at odd k"))  # mu_1: 1/8 against 1/2; even k: 1/2 exactly
    assert found.lower == 0.25 and 0.5 < found.upper < 0.51
    polynomial = of(named(FINITE))  # 1 : 6 and 1 : 2
    assert polynomial.lower <= F(1, 6) < math.nextafter(polynomial.lower, 1)
    assert polynomial.upper == 0.5
    third = of(named(MULTIPLE))
    assert F(third.lower) <= F(1, 3) <= F(third.upper)
    assert math.nextafter(third.lower, 1) == third.upper


# -- what the proof's data say --------------------------------------------------------------------------------


def power(d: int, nu: Value, k: int) -> Value:
    """E_k(nu) of the asymptotic module's docstring, in mpmath."""
    head = mp.mpf(2) ** (nu + d - 2) * mp.gamma(mp.mpf(d) / 2) * mp.gamma(nu + mp.mpf(d - 1) / 2)
    gammas = mp.gamma(1 + nu) * mp.gammaprod([k - nu], [k + nu + d - 1])
    return head * gammas / mp.pi ** mp.mpf(1.5)


def beyond(d: int, tail: dict[str, Any], k: int) -> Any:
    """S_k, from step 4 there."""
    h, largest = number(tail["H"]), number(tail["D"])
    lam, x = mp.mpf(d) / 2 - 1, mp.exp(-2 * number(tail["H"]))
    beta = lam * mp.beta(k + 1, lam) if d > 2 else mp.mpf(1)
    g = (1 - x) ** (lam - 1) if d == 3 else mp.mpf(1)
    turned = g if d == 3 else (1 + x) ** (lam - 1)
    total = mp.mpf(0)
    for e, size in tail["sizes"]:
        nu = number(e)
        total += number(size) * 2 / mp.pi * 2 ** (-nu - 1) * beta * g * mp.exp(-(k - nu) * h) / (k - nu)
    if d == 2:
        return total + largest * mp.exp(-k * h)
    return total + 2 * largest * mp.cosh(h) * beta * turned * mp.exp(-(k + 1) * h)


def number(q: str) -> Any:
    exact = F(q)
    return mp.mpf(exact.numerator) / exact.denominator


def epsilon(d: int, tail: dict[str, Any], k: int) -> Any:
    """epsilon(k) of the rkhs module's docstring."""
    scale = power(d, number(tail["nu"]), k)
    total = number(tail["R"]) * power(d, number(tail["order"]), k) + beyond(d, tail, k)
    total += sum(number(size) * power(d, number(e), k) for e, size in tail["terms"])
    return total / scale


@pytest.mark.parametrize("case", INFINITE, ids=ids)
def test_the_tails_hold_and_their_errors_decrease(case: Case) -> None:
    for part in data_of(case)["parities"]:
        if part["kind"] != "both infinite":
            continue
        parity, start = part["parity"], part["start"]
        assert start % 2 == parity
        for kernel, tail in zip((case.kernel, case.other), part["tails"], strict=True):
            spectrum = kernel.spectrum(case.d)
            with mp.workdps(30):
                s = number(tail["leading"][0])
                eps = [epsilon(case.d, tail, k) for k in range(start, start + 40, 2)]
                assert all(a > b for a, b in zip(eps, eps[1:], strict=False))
                assert eps[0] < s / 2
                for k in (start, start + 2, start + 32, 800 + parity, 2500 + parity):
                    log = float(spectrum.log_abs(k))
                    found = mp.exp(log) / power(case.d, number(tail["nu"]), k)
                    # float64 eigenvalues, right to 1e-12
                    assert abs(found - s) <= epsilon(case.d, tail, k) + 1e-12 * s


def product(depth: int) -> Value:
    """Pi_L of claim 24."""
    total, b = mp.mpf(1), mp.mpf(0)
    for _ in range(2, depth):
        total *= (mp.pi - mp.acos(b)) / mp.pi
        b = (b * (mp.pi - mp.acos(b)) + mp.sqrt(1 - b * b)) / mp.pi
    return total


@pytest.mark.parametrize(
    ("name", "which", "expected"),
    [
        ("NTK and Laplace, d = 10", 0, lambda sign: mp.sqrt(2) / mp.pi * (3 + sign * product(3))),
        ("NTK and Laplace, d = 10", 1, lambda sign: mp.mpf(1)),
        ("NTK with bias and Laplace", 0, lambda sign: 2 * mp.sqrt(2) / mp.pi),
        ("depth 3 and 9", 1, lambda s: 2 * mp.sqrt(2) / (3 * mp.pi) * (8 + s * product(9))),
        ("three step layers and Laplace 1/4", 1, lambda sign: (mp.sqrt(2) / mp.pi) ** mp.mpf(1.5) * mp.sin(mp.pi / 4)),
    ],
)
def test_the_leading_coefficients_are_those_of_claims_22_to_29(
    name: str, which: int, expected: Callable[[int], Any]
) -> None:
    for part in data_of(name)["parities"]:
        with mp.workdps(40):
            low, high = (number(q) for q in part["tails"][which]["leading"])
            s = expected((-1) ** part["parity"])
            assert low <= s <= high and high - low < 1e-13 * s


@pytest.mark.parametrize("case", QUICK[1:3], ids=ids)
def test_the_enclosures_of_the_data_hold_the_eigenvalues(case: Case) -> None:
    for part in data_of(case)["parities"]:
        for kernel, column in zip((case.kernel, case.other), part.get("enclosures", ()), strict=False):
            assert [int(k) for k in column] == list(range(part["parity"], part["start"], 2))
            # 10 digits more than the data were made with: another precision, other nodes
            balls = kernel.spectrum(case.d).certified([int(k) for k in column], 25)
            for ball, (low, high) in zip(balls, column.values(), strict=True):
                assert F(low) < F(high) < F(low) * (1 + F(1, 10**14))  # 15 digits
                mu = F(ball.mid().str(24, radius=False))
                assert F(low) * (1 - F(1, 10**22)) <= mu <= F(high) * (1 + F(1, 10**22))


# -- tampering ------------------------------------------------------------------------------------------------

Edit = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True)
class Tampering:
    """A change of a proof's data that must not pass."""

    name: str
    proof: str
    edit: Edit


def put(*path: Any) -> Edit:
    """Put the last of the arguments at the place that the others lead to."""
    *way, last, value = path

    def edit(data: dict[str, Any]) -> None:
        place: Any = data
        for key in way:
            place = place[key]
        place[last] = value(place[last]) if callable(value) else value

    return edit


def part(*path: Any) -> Edit:
    return put("parities", 0, *path)


def tail(*path: Any) -> Edit:
    return part("tails", 0, *path)


def drop(*path: Any) -> Edit:
    *way, last = path

    def edit(data: dict[str, Any]) -> None:
        place: Any = data
        for key in way:
            place = place[key]
        del place[last]

    return edit


def both(*edits: Edit) -> Edit:
    def edit(data: dict[str, Any]) -> None:
        for one in edits:
            one(data)

    return edit


TAMPERINGS = [
    Tampering("raise lower", ALIKE, put("lower", lambda x: x * (1 + 1e-11))),
    Tampering("cut upper", ALIKE, put("upper", lambda x: x * (1 - 1e-11))),
    Tampering("no lower bound", ALIKE, put("lower", 0.0)),
    Tampering("no upper bound", ALIKE, put("upper", math.inf)),
    Tampering("lower is not a number", ALIKE, put("lower", math.nan)),
    Tampering("upper is not a number", ALIKE, put("upper", math.nan)),
    Tampering("deny it", ALIKE, put("same", False)),
    Tampering("deny it for one parity", ALIKE, part("same", False)),
    Tampering("deny it for both", ALIKE, both(put("same", False), part("same", False))),
    Tampering("assert it", POWERS, put("same", True)),
    Tampering("assert it for one parity", POWERS, part("same", True)),
    Tampering("assert it for two rates", RATES, put("same", True)),
    Tampering("assert it for exponentials", EXPONENTIALS, put("same", True)),
    Tampering("assert it for supports", SUPPORTS, put("same", True)),
    Tampering("assert it for a parity zero", VANISHING, put("same", True)),
    Tampering("another enclosure", ALIKE, part("enclosures", 0, "2", ["0.9", "0.91"])),
    Tampering("a wide enclosure", ALIKE, part("enclosures", 1, "2", lambda x: ["1e-9", x[1]])),
    Tampering("a negative enclosure", ALIKE, part("enclosures", 0, "4", ["-1", "1"])),
    Tampering("an enclosure of zero", ALIKE, part("enclosures", 0, "4", ["0", "0"])),
    Tampering("an enclosure upside down", ALIKE, part("enclosures", 0, "4", lambda x: x[::-1])),
    Tampering("nu of one kernel", ALIKE, tail("nu", "1/3")),
    Tampering("the same nu", POWERS, tail("nu", "3/2")),
    Tampering("a negative nu", ALIKE, tail("nu", "-1/2")),
    Tampering("a smaller strip", ALIKE, tail("H", "1e-3")),
    Tampering("no strip", ALIKE, tail("H", "0")),
    Tampering("a negative strip", ALIKE, tail("H", "-1")),
    Tampering("a strip that is too small for another rate", RATES, part("tail", "H", "1e-2")),
    Tampering("the fast kernel's strip", RATES, part("height", "0")),
    Tampering("a larger R", ALIKE, tail("R", "1e9")),
    Tampering("a larger R, other exponents", POWERS, tail("R", "1e9")),
    Tampering("a larger R, another rate", RATES, part("tail", "R", "1e9")),
    Tampering("a larger D", ALIKE, tail("D", "1e30")),
    Tampering("a larger term", ALIKE, tail("terms", 0, 1, "1e4")),
    Tampering("a larger leading coefficient", ALIKE, tail("leading", ["10", "10"])),
    Tampering("a wide leading coefficient", ALIKE, tail("leading", 0, "1e-9")),
    Tampering("a negative leading coefficient", POWERS, tail("leading", ["-2", "-1"])),
    Tampering("K of the other parity", ALIKE, part("start", lambda k: k + 1)),
    Tampering("K = 2", ALIKE, part("start", 2)),
    Tampering("K = 4", ALIKE, part("start", 4)),
    Tampering("K < 0", ALIKE, part("start", -2)),
    Tampering("another sphere", ALIKE, put("d", 20)),
    Tampering("no parities", ALIKE, put("parities", [])),
    Tampering("one parity", ALIKE, drop("parities", 1)),
    Tampering("one parity twice", ALIKE, put("parities", lambda p: [p[0], p[0]])),
    Tampering("one parity more", ALIKE, put("parities", lambda p: [*p, p[0]])),
    Tampering("the kind: powers", ALIKE, part("kind", "different powers")),
    Tampering("the kind: infinite", POWERS, part("kind", "both infinite")),
    Tampering("an eigenvalue less", FINITE, drop("parities", 0, "eigenvalues", 0, "0")),
    Tampering("a negative eigenvalue", FINITE, part("eigenvalues", 0, "0", "-1")),
    Tampering("another eigenvalue", FINITE, part("eigenvalues", 0, "0", "1e9")),
    Tampering("a witness that is zero", VANISHING, put("parities", 1, "witness", "mu", ["0", "1"])),
    Tampering("a witness that is even", VANISHING, put("parities", 1, "witness", "k", 4)),
    Tampering("a witness too soon", VANISHING, put("parities", 1, "zero_beyond", 3)),
    Tampering("equal rates", EXPONENTIALS, part("alphas", ["1", "1"])),
    Tampering("a negative rate", EXPONENTIALS, part("alphas", ["1", "-1"])),
    Tampering("another factor", MULTIPLE, put("scale", "2")),
    Tampering("no factor", MULTIPLE, drop("scale")),
    Tampering("deny a factor", MULTIPLE, put("same", False)),
    Tampering("a bound that is no number", MULTIPLE, put("upper", math.nan)),
]

# What a careless check would let pass, or stumble over.
SUBTLE_TAMPERINGS = [
    Tampering("drop a degree", ALIKE, drop("parities", 0, "enclosures", 0, "4")),
    Tampering("K beyond the enclosures", ALIKE, part("start", lambda k: k + 2)),
    Tampering("an enclosure with one end", ALIKE, part("enclosures", 0, "4", ["1"])),
    Tampering("an enclosure that is no number", ALIKE, part("enclosures", 0, "4", ["nan", "nan"])),
    Tampering("a leading coefficient upside down", ALIKE, tail("leading", lambda x: x[::-1])),
    Tampering("a factor that is no number", MULTIPLE, put("scale", "nan")),
    Tampering("a factor over zero", MULTIPLE, put("scale", "1/0")),
    Tampering("an unknown kind", ALIKE, part("kind", "obvious")),
    Tampering("no kind", ALIKE, part("kind", None)),
    Tampering("the kind is a list", ALIKE, part("kind", [])),
    Tampering("the kind: exponentials", ALIKE, part("kind", "exponentials")),
    Tampering("the kind: rates", POWERS, part("kind", "different rates")),
    Tampering("the kind: finite", ALIKE, part("kind", "both finite")),
    Tampering("the kind: one finite", POWERS, part("kind", "one finite")),
    Tampering("three rates", EXPONENTIALS, part("alphas", ["1", "2", "3"])),
    Tampering("no dimension", ALIKE, put("d", None)),
    Tampering("a circle of dimension 0", FINITE, put("d", 1)),
    Tampering("a negative dimension", ALIKE, put("d", -3)),
    Tampering("a dimension and a half", ALIKE, put("d", 4.5)),
    # the bounds of a difference
    Tampering("a lower bound, other exponents", POWERS, put("lower", 0.5)),
    Tampering("an upper bound, other exponents", POWERS, put("upper", 2.0)),
    Tampering("an upper bound, a parity zero", VANISHING, put("upper", 20.0)),
    Tampering("a lower bound, another rate", RATES, put("lower", 0.5)),
    Tampering("an upper bound, exponentials", EXPONENTIALS, put("upper", 2.0)),
    Tampering("an upper bound, supports", SUPPORTS, put("upper", 2.0)),
    Tampering("a bound of a difference that is no number", POWERS, put("lower", math.nan)),
    # numbers that must be positive
    Tampering("a negative R", ALIKE, tail("R", "-1e2")),
    Tampering("a negative D", ALIKE, tail("D", "-1e20")),
    Tampering("a negative term", ALIKE, tail("terms", 0, 1, "-1e5")),
    Tampering("a negative size", ALIKE, tail("sizes", 0, 1, "-1")),
    Tampering("a negative R, other exponents", POWERS, tail("R", "-1e9")),
    Tampering("a negative factor", MULTIPLE, both(put("scale", "-2"), put("lower", -3.0))),
    Tampering("a factor without an upper bound", MULTIPLE, put("upper", math.inf)),
    Tampering(
        "a factor that overrules the parities", POWERS, lambda d: d.update(scale="1", lower=1.0, upper=1.0, same=True)
    ),
    # exponents that do not fit together
    Tampering("nu that is no exponent", POWERS, tail("nu", "1/3")),
    Tampering("nu of both kernels", ALIKE, both(tail("nu", "1/3"), part("tails", 1, "nu", "1/3"))),
    Tampering("drop a term", ALIKE, drop("parities", 0, "tails", 0, "terms", 0)),
    Tampering("drop a size", ALIKE, drop("parities", 0, "tails", 0, "sizes", 0)),
    Tampering("a size below its term", ALIKE, tail("sizes", 1, 1, "1e-9")),
    Tampering("a witness upside down", VANISHING, put("parities", 1, "witness", "mu", ["2", "1"])),
    Tampering(
        "an eigenvalue of the other parity",
        FINITE,
        both(part("eigenvalues", 0, "1", "1/4"), part("eigenvalues", 1, "1", "1/2")),
    ),
]
NEEDED = {ALIKE: ("d", "parities", "same", "lower", "upper"), MULTIPLE: ("d", "same", "lower", "upper")}
NEEDED_OF_A_PART = {
    ALIKE: ("parity", "kind", "same", "start", "tails", "enclosures"),
    POWERS: ("start", "tails"),
    RATES: ("start", "tail", "height"),
    EXPONENTIALS: ("alphas",),
    FINITE: ("eigenvalues",),
}
SUBTLE_TAMPERINGS += [
    Tampering(f"{name} without {key}", name, drop(key)) for name, keys in NEEDED.items() for key in keys
]
SUBTLE_TAMPERINGS += [
    Tampering(f"{name}, a parity without {key}", name, drop("parities", 0, key))
    for name, keys in NEEDED_OF_A_PART.items()
    for key in keys
]
SUBTLE_TAMPERINGS += [
    Tampering(f"a tail without {key}", ALIKE, drop("parities", 0, "tails", 0, key))
    for key in ("nu", "leading", "terms", "sizes", "order", "R", "H", "D")
]


@pytest.mark.parametrize("tampering", [*TAMPERINGS, *SUBTLE_TAMPERINGS], ids=lambda t: t.name)
def test_a_proof_that_was_tampered_with_is_refused(tampering: Tampering) -> None:
    data = data_of(tampering.proof)
    changed = copy.deepcopy(data)
    tampering.edit(changed)
    assert repr(changed) != repr(data)
    with pytest.raises(RecheckError):
        recheck(changed)


@given(case=st.sampled_from(QUICK), tighter=st.floats(1e-9, 1), bound=st.sampled_from(["lower", "upper"]))
@settings(max_examples=40)
def test_no_better_bound_passes_and_every_worse_one_does(case: Case, tighter: float, bound: str) -> None:
    factors = {"lower": 1 + tighter, "upper": 1 / (1 + tighter)}
    data = data_of(case)
    finite = [p for p in data["parities"] if p["kind"] == "both finite" and p["lower"] is not None]
    assert all(data["lower"] <= p["lower"] for p in finite)
    better, worse = copy.deepcopy(data), copy.deepcopy(data)
    better[bound] *= factors[bound]
    worse[bound] /= factors[bound]
    assert recheck(worse)
    with pytest.raises(RecheckError):
        recheck(better)


@given(data=st.data(), case=st.sampled_from(QUICK))
@settings(max_examples=40)
def test_no_enclosure_can_be_moved(data: st.DataObject, case: Case) -> None:
    proof = data_of(case)
    part = data.draw(st.sampled_from([p for p in proof["parities"] if "enclosures" in p]))
    column = data.draw(st.sampled_from(part["enclosures"]))
    k = data.draw(st.sampled_from(sorted(column)))
    # By more than the band is wide: the ratio leaves it on whichever side.
    factor = F(proof["upper"]) / F(proof["lower"]) * F(101, 100)
    if data.draw(st.booleans()):
        factor = 1 / factor
    column[k] = [str(F(x) * factor) for x in column[k]]
    with pytest.raises(RecheckError, match=f"k = {k} "):
        recheck(proof)


@pytest.mark.parametrize("bad", [None, [], "proof", 3, {}])
def test_what_is_no_proof_is_refused_at_the_door(bad: Any) -> None:
    with pytest.raises((TypeError, RecheckError), match="data"):
        recheck(bad)


def test_the_data_of_a_difference_are_strict_json() -> None:
    assert json.dumps(data_of(POWERS), allow_nan=False)


def test_the_check_needs_nothing_of_the_library(tmp_path: Path) -> None:
    import kernelspec.rkhs.checker

    names = [ALIKE, POWERS, VANISHING, RATES, EXPONENTIALS, FINITE, MULTIPLE, "both vanish at odd k"]
    (tmp_path / "proofs.json").write_text(json.dumps([data_of(name) for name in names]))
    (tmp_path / "alone.py").write_text(Path(kernelspec.rkhs.checker.__file__).read_text(encoding="utf-8"))
    script = """
import json, sys
for name in ("kernelspec", "flint", "sympy", "numpy", "scipy"):
    sys.modules[name] = None  # importing it is an ImportError
import alone
proofs = json.load(open("proofs.json"))
assert [alone.recheck(proof) for proof in proofs] == [True] * len(proofs)
proofs[0]["lower"] *= 1.5
try:
    alone.recheck(proofs[0])
except alone.RecheckError as error:
    print("refused:", error)
"""
    run = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("refused: this does not follow from the data")


def test_the_check_leaves_the_precision_of_intervals_alone() -> None:
    before = mp.iv.dps
    assert recheck(data_of(ALIKE))
    with pytest.raises(RecheckError):
        recheck(data_of(ALIKE) | {"lower": 100.0})
    assert mp.iv.dps == before


# -- bad input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("ntk(3)", ks.ntk(3), 3), TypeError, "kernel must be a kernelspec kernel; got str"),
        ((ks.ntk(3), 1.0, 3), TypeError, "other must be a kernelspec kernel; got float"),
        ((ks.ntk(3), None, 3), TypeError, "other must be a kernelspec kernel; got NoneType"),
        ((ks.ntk(3), ks.rf(3), 1), ValueError, "d must be an integer from 2"),
        ((ks.ntk(3), ks.rf(3), -4), ValueError, "d must be an integer from 2"),
        ((ks.ntk(3), ks.rf(3), 2.5), TypeError, "d must be an integer >= 2"),
        ((ks.ntk(3), ks.rf(3), True), TypeError, "d must be an integer"),
        ((ks.ntk(3), ks.rf(3), "3"), TypeError, "d must be an integer"),
        ((ks.ntk(3), ks.rf(3), math.nan), TypeError, "d must be"),
    ],
)
def test_bad_input(arguments: tuple[Any, ...], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        ks.same_rkhs(*untyped(arguments))


# -- where kernels are singular ----------------------------------------------------------------------


def test_singular_at_minus_one_only() -> None:
    # analytic where the inner kernel is 0, at u = 1; t^{1/2} at u = -1
    kernel = ks.polynomial(0) + ks.linear() + ks.arccos(0) @ ks.parse("0.5*linear() - 0.5*polynomial(2)")
    v = ks.same_rkhs(kernel, ks.laplace(), 4)
    assert v.same is not True
    assert "super-polynomial" not in v.why and "faster than any power" not in v.why


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("laplace()@(1 - polynomial(2))", "laplace()@polynomial(2)"),
        ("ntk(3) + arccos(1)@(2*polynomial(2) - 1)", "ntk(3)"),
    ],
)
def test_kinks_inside_are_left_open(text: str, other: str) -> None:
    v = ks.same_rkhs(ks.parse(text), ks.parse(other), 4)
    assert v.same is None
    assert "inside (-1, 1)" in v.why


def test_one_power_only() -> None:
    # expansions of a single term: the search for more of them ends
    v = ks.same_rkhs(ks.parse("2 - defect_power(1/2)"), ks.parse("3 - 2*defect_power(1/2)"), 4)
    assert v.same is True
    assert v.lower <= 1 / 2 <= v.upper


def test_an_eigenvalue_that_may_be_0_is_not_taken_for_positive() -> None:
    """mu_0 of arccos(1) on S^2 is 3/8: what is left without it is 0, and nothing is decided on it."""
    less = ks.arccos(1) - F(3, 8)
    assert less.spectrum(3).exact(0) == 0 < less.spectrum(3).exact(2)
    assert ks.same_rkhs(less, ks.rf(2), 3).same is None
    with pytest.raises(UndecidedError, match="mu_3 vanishes"):
        _require_positive(ks.rf(2), 3, 3, flint.arb(0, 1e-9))
    with pytest.raises(UndecidedError, match="mu_3 vanishes"):
        _require_positive(ks.rf(2), 3, 3, flint.arb(0))
    _require_positive(ks.rf(2), 3, 2, flint.arb(3) / 128)


def test_exponentials_of_one_rate_are_the_same_but_for_a_factor() -> None:
    """Which is irrational: e^{1+u} is e^2 times e^{u-1}."""
    for other, factor in ((sympy.sqrt(2) * ks.exponential(), math.sqrt(2)), (ks.dual("exp"), math.e**2)):
        for plus in (0, 1, -0.25):  # only mu_0 has another factor
            verdict = ks.same_rkhs(other + plus if plus else other, ks.exponential(), d=3)
            assert verdict.same is True and verdict.proof is not None and recheck(verdict.proof.data())
            if not plus:
                assert verdict.lower < factor < verdict.upper and verdict.upper - verdict.lower < 1e-10
            mu = ks.exponential().spectrum(3)(0)
            ends = sorted((factor, factor + plus / mu))
            assert (verdict.lower, verdict.upper) == pytest.approx(ends, rel=1e-9)
        verdict = ks.same_rkhs(other, ks.exponential(2), d=3)
        assert verdict.same is False and verdict.proof is not None and recheck(verdict.proof.data())


# -- progress, and dimensions in the thousands ----------------------------------------------------------------------


def test_in_the_dimension_of_an_image() -> None:
    """The eigenvalues below K = 768 are Taylor sums: the ratio of the first ones is nearly that of b_0 and of b_1."""
    verdict = ks.same_rkhs(ks.rf(3), ks.rf(4), 784)
    assert verdict.same and recheck(verdict.proof.data() if verdict.proof else {})
    first = [a / b for a, b in zip(ks.rf(3).taylor(2), ks.rf(4).taylor(2), strict=True)]
    assert verdict.lower <= min(map(float, first)) * 1.01 and verdict.upper >= max(map(float, first)) * 0.99


@pytest.mark.parametrize("other", [ks.rf(4), 2 * ks.rf(3), ks.rf(2), ks.exponential()])
def test_progress_sees_all_steps(other: Zonal) -> None:
    seen: list[int] = []

    def progress(work: Any, total: int) -> Any:
        for done, step in enumerate(work, 1):
            yield step
            seen.append(done)
        assert done == total

    assert ks.same_rkhs(ks.rf(3), other, 3, progress=progress) == ks.same_rkhs(ks.rf(3), other, 3)
    assert seen == list(range(1, 9))


def test_progress_stops_a_proof() -> None:
    """What it raises is raised, also a ValueError, which as a reason would leave the question open."""
    saved = flint.ctx.prec

    def progress(work: Any, total: int) -> Any:
        next(iter(work))
        raise ValueError("stopped")

    with pytest.raises(ValueError, match="^stopped$"):
        ks.same_rkhs(ks.rf(3), ks.rf(4), 3, progress=progress)
    assert flint.ctx.prec == saved
    early = ks.same_rkhs(ks.rf(3), ks.rf(4), 3, progress=lambda work, total: [next(iter(work))])
    assert early == ks.same_rkhs(ks.rf(3), ks.rf(4), 3)  # the rest is done unseen


def test_a_series_of_which_no_precision_tells_more_is_not_compared_with_its_own_multiple() -> None:
    kernel = ks.dual(lambda x: x / (1 + x * x))
    assert kernel.truncation > 0
    verdict = ks.same_rkhs(kernel, 2 * kernel, 4)
    assert verdict.same is None
    assert "cut off at an error of" in str(verdict)
