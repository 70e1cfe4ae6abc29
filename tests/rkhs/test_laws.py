"""`same_rkhs` where no remainder is bounded: exact laws, classes of smoothness, and proofs that are tampered with."""

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
from kernelspec import Zonal
from kernelspec.numbers.precision import at_least
from kernelspec.plots import rkhs_ratio
from kernelspec.rkhs import RecheckError, Verdict, recheck
from kernelspec.rkhs.laws import Law
from kernelspec.rkhs.tail import Tail

F = Fraction
DIMENSIONS = (2, 3, 10)
_OVER = r"Over the (even|odd) k, mu_k\((\S.*?)\)/mu_k\((\S.*?)\) tends to 0"
DOUBLED = "piecewise('0 if x < 0; 2*x if x < 6; 12')"


@dataclass(frozen=True)
class Case:
    """A pair and the words of the answer that tell the kinds of its parities."""

    kernel: str
    other: str
    why: str

    @property
    def pair(self) -> tuple[Zonal, Zonal]:
        return ks.parse(self.kernel), ks.parse(self.other)


SAME = [
    Case("mlp(3, activation='relu6')", "mlp(4, activation='relu6')", "which are not known"),
    Case("mlp(3, activation='relu6', tangent=True)", "ntk(3)", "which are not known"),
    Case("mlp(3, activation='relu6', tangent=True)", "laplace()", "which are not known"),
    Case("mlp(3, activation='hardswish', tangent=True)", "matern(1/2)", "which are not known"),
    Case("mlp(3, activation='relu6', bias_variance=0.1)", "mlp(2, activation='relu6', bias_variance=3)", "known"),
    Case("mlp(3, activation='hardswish')", "mlp(3, activation='relu6')", "which are not known"),
    Case("mlp(3, activation='hardtanh')", "dual('hardtanh')", "all but even k, where both vanish"),
    Case("piecewise('1 if x < -1; x**2 if x < 1; 1')", "piecewise('2 if x < -2; -x if x < 0; x if x < 2; 2') * 1", "k"),
    Case(DOUBLED, "dual('relu6')", "tends to 4."),
    Case("3*dual('relu6') + exponential(1)", "dual('relu6')", "tends to 3."),
    Case("dual('relu6') + 0.5*linear()", "dual('relu6')", "tends to 1."),
    Case("network('dense(2) > pieces(0 if x < 0; 1 if x < 1; 0) > dense(2) > relu6 > dense(1)')", "laplace()", "k"),
]
DIFFERENT = [
    Case("dual('relu6')", "dual('elu')", "like k^-4: nu = 7/2 against 3/2"),
    Case("mlp(3, activation='elu')", "rf(3)", "like k^-2: nu = 5/2 against 3/2"),
    Case("piecewise('0 if x < 1; (x - 1)**2')", "rf(3)", "like k^-2: nu = 5/2 against 3/2"),
    Case("mlp(3, activation='relu6')", "ntk(3)", "like k^-2"),
    Case("dual('relu6')", "dual('hardtanh')", "at every even k: its Taylor coefficients are >= 0"),
    Case("mlp(3, activation='hardtanh', tangent=True)", "mlp(3, activation='relu6', tangent=True)", "every even k"),
    Case("dual('relu6')", "dual('relu')", "at every odd k"),
    Case("dual('relu6')", "dual('silu')", "the even part of the first kernel is C^oo"),
    Case("dual('relu6')", "exponential(1)", "the even part of the first kernel is analytic"),
    Case("dual('mish')", "ntk(3)", "the odd part of the first kernel is C^oo"),
    Case("mlp(3, activation='silu')", "ntk(3)", "the even part of the first kernel is C^oo"),
    Case("mlp(3, activation='silu', tangent=True)", "laplace()", "faster than any power"),
    Case("dual('tanh')", "dual('erf')", "Over the odd k, mu_k(-1 + 2*(arccos(0)@(2/3*linear()))) <= C q^k"),
    Case("dual('silu')", "dual('gelu')", "no such bound holds for mu_k(dual('silu'))"),
    Case("mlp(3, activation='tanh', bias_variance=1)", "mlp(3, activation='erf', bias_variance=1)", "<= C q^k"),
    Case("mlp(3, activation='mish')", "exponential(2)", "<= C q^k"),
    Case("dual('tanh')@mlp(2, activation='erf')", "dual('erf')", "<= C q^k"),
    Case("network('dense(2) > relu6 > dense(2) > silu > dense(1)')", "ntk(3)", "like k^-2: nu = 3/2 against 1/2"),
]
UNDECIDED = [
    Case("matern(1)", "ntk(3)", "no expansion is known|logarithm"),
    Case("mlp(3, activation='relu6') - 0.01*mlp(4, activation='relu6')", "rf(3)", "is shown to be positive"),
    Case("exponential(1/3) - 0.000000001*dual('relu6')", "exponential(1)", "not positive: it is no kernel"),
    Case("2 - defect_power(1/2) + dual('relu6')", "rf(3)", "not shown to be smooth in the angle"),  # nobody states it
    Case("dual('hardtanh') - dual('relu6')", "dual('hardtanh')", "no kernel on S"),
]


@functools.cache
def verdict(case: Case, d: int) -> Verdict:
    return ks.same_rkhs(*case.pair, d)


def data(case: Case, d: int = 3) -> dict[str, Any]:
    proof = verdict(case, d).proof
    assert proof is not None
    return proof.data()


@pytest.mark.parametrize("d", DIMENSIONS)
@pytest.mark.parametrize("case", SAME, ids=repr)
def test_the_same_with_a_limit_and_no_bounds(case: Case, d: int) -> None:
    found = verdict(case, d)
    assert found.same is True, found.why
    assert (found.lower, found.upper) == (0.0, math.inf)
    assert case.why in found.why
    assert recheck(json.loads(json.dumps(data(case, d), allow_nan=False)))


@pytest.mark.parametrize("d", DIMENSIONS)
@pytest.mark.parametrize("case", DIFFERENT, ids=repr)
def test_different_either_way_round(case: Case, d: int) -> None:
    kernel, other = case.pair
    found, back = verdict(case, d), ks.same_rkhs(other, kernel, d)
    assert found.same is False and back.same is False, found.why
    assert case.why in found.why
    assert recheck(json.loads(json.dumps(data(case, d), allow_nan=False)))


@pytest.mark.parametrize("d", DIMENSIONS)
@pytest.mark.parametrize("case", UNDECIDED, ids=repr)
def test_what_stays_open(case: Case, d: int) -> None:
    found = verdict(case, d)
    assert found.same is None and found.proof is None
    assert re.search(case.why, found.why), found.why


# -- against eigenvalues ----------------------------------------------------------------------------------------


def logs(kernel: Zonal, d: int, k: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    found: np.ndarray[Any, Any] = kernel.spectrum(d).log_abs(k)
    return found


@pytest.mark.parametrize("d", DIMENSIONS)
@pytest.mark.parametrize("case", SAME[:9], ids=repr)
def test_ratios_of_eigenvalues_tend_to_the_limits(case: Case, d: int) -> None:
    """By panels or contours in float64, which know nothing of the laws: the distance falls at least like 1/k."""
    far = 400 if d == 3 else 120
    k = np.array([60, 61, far, far + 1])
    one, two = (logs(kernel, d, k) for kernel in case.pair)
    decided = {part["parity"]: part for part in data(case, d)["parities"] if part["kind"] == "one power"}
    assert decided
    for parity, part in decided.items():
        low, high = (F(q) for q in part["limit"])
        assert 0 < high / low - 1 < F(1, 10**17)
        first, last = np.exp(one[parity::2] - two[parity::2]) / float(low) - 1
        assert abs(last) < 1e-2 and (abs(last) < 75 / far * abs(first) or abs(first) < 1e-9)


@pytest.mark.parametrize("case", [c for c in DIFFERENT if "k^-" in c.why], ids=repr)
def test_ratios_of_eigenvalues_fall_by_the_power(case: Case) -> None:
    said = re.findall(rf"{_OVER} like k\^-(\S+):", verdict(case, 3).why)
    assert said
    for name, above, below, power in said:
        k = np.array([200, 400]) + (name == "odd")
        fall = np.diff(logs(ks.parse(above), 3, k) - logs(ks.parse(below), 3, k))[0]
        assert -fall / math.log(2) == pytest.approx(float(F(power)), rel=0.05)


@pytest.mark.parametrize("case", [c for c in DIFFERENT if "C^oo" in c.why or "faster" in c.why], ids=repr)
def test_what_is_smooth_falls_faster_than_a_power(case: Case) -> None:
    said = re.findall(rf"{_OVER} faster", verdict(case, 3).why)
    assert said
    for name, above, below in said:
        k = np.array([20, 40, 80]) + (name == "odd")
        ratio = logs(ks.parse(above), 3, k) - logs(ks.parse(below), 3, k)
        assert ratio[2] - ratio[1] < ratio[1] - ratio[0] < 0  # a power would fall by the same each time


# -- leading coefficients ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["ntk(3)", "laplace()", "rf(3)", "rf(3, degree=0)", "matern(3/2)", "cauchy(gamma=1/4)", "laplace()*ntk(2)"]
)
@pytest.mark.parametrize("parity", [0, 1])
def test_laws_are_the_leading_terms_that_balls_prove(text: str, parity: int) -> None:
    kernel = ks.parse(text)
    with at_least(128):
        law, tail = Law.of(kernel, 4, parity), Tail.of(kernel, 4, parity)
    assert law.nu == tail.nu and law.every
    assert law.leading.overlaps(tail.leading) and law.leading.rel_accuracy_bits() > 64


def test_the_coefficient_of_a_ramp_with_two_kinks() -> None:
    """relu6: jumps 1 at 0 and -1 at 6 of f', of which the one at 0 meets itself at u = -1 (the kink rule)."""
    with at_least(128), mp.workdps(30):
        scale = mp.sqrt(2) / (2 * mp.pi) / mp.mpf("1.5")
        for parity in (0, 1):
            size = scale * (1 + mp.exp(-18) + (-1) ** parity)
            law = Law.of(ks.dual("relu6"), 3, parity)
            assert law.nu == F(3, 2)
            low, high = (mp.mpf(F(q).numerator) / F(q).denominator for q in law.data()["leading"])
            assert low <= size <= high and high - low < 1e-17 * size  # -sin(3 pi/2) = 1


# -- tampering --------------------------------------------------------------------------------------------------


def part_of(case: Case, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    found = copy.deepcopy(data(case))
    return found, next(part for part in found["parities"] if part["kind"] == kind)


POWERS, SMOOTH, CURVED = DIFFERENT[2], DIFFERENT[10], DIFFERENT[12]


@pytest.mark.parametrize(
    ("case", "kind", "key", "value"),
    [
        (SAME[0], "one power", "limit", ["0.7", "0.71"]),
        (SAME[0], "one power", "limit", ["0.1", "2"]),
        (SAME[0], "one power", "limit", ["0", "1"]),
        (SAME[0], "one power", "same", False),
        (POWERS, "two powers", "same", True),
        (POWERS, "two powers", "kind", "one power"),
        (SAME[0], "one power", "kind", "two powers"),
        (SMOOTH, "power and smooth", "fast", 2),
        (SMOOTH, "power and smooth", "same", True),
        (CURVED, "singular and analytic", "fast", None),
        (CURVED, "singular and analytic", "same", True),
        (DIFFERENT[4], "one finite, one endless", "finite", 2),
        (DIFFERENT[4], "one finite, one endless", "zero_beyond", -2),
    ],
)
def test_a_part_that_was_tampered_with_is_refused(case: Case, kind: str, key: str, value: object) -> None:
    whole, part = part_of(case, kind)
    part[key] = value
    with pytest.raises(RecheckError):
        recheck(whole)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("nu", "2"),
        ("nu", "-1/2"),
        ("nu", "5/2"),
        ("leading", ["0", "1"]),
        ("leading", ["1", "1"]),
        ("leading", ["-1", "1"]),
        ("leading", ["2", "1"]),
        ("every", False),
    ],
)
@pytest.mark.parametrize("which", [0, 1])
def test_a_law_that_was_tampered_with_is_refused(key: str, value: object, which: int) -> None:
    whole, part = part_of(SAME[0], "one power")
    part["laws"][which][key] = value
    with pytest.raises(RecheckError):
        recheck(whole)


@pytest.mark.parametrize(("lower", "upper"), [(0.5, "inf"), (0.0, 2.0), (0.5, 2.0), (math.nan, "inf"), (-1.0, "inf")])
def test_limits_prove_no_bounds(lower: float, upper: object) -> None:
    with pytest.raises(RecheckError):
        recheck(data(SAME[0]) | {"lower": lower, "upper": upper})


@pytest.mark.parametrize("nu", ["2", "0", "-1/2"])
def test_a_law_of_a_difference_needs_a_power_that_is_singular(nu: str) -> None:
    for case, kind in ((POWERS, "two powers"), (SMOOTH, "power and smooth")):
        whole, part = part_of(case, kind)
        (part["laws"][0] if "laws" in part else part["law"])["nu"] = nu
        with pytest.raises(RecheckError):
            recheck(whole)


def test_equal_exponents_are_no_difference() -> None:
    whole, part = part_of(POWERS, "two powers")
    part["laws"][0] = part["laws"][1]
    with pytest.raises(RecheckError):
        recheck(whole)


# -- what one sees ----------------------------------------------------------------------------------------------


def test_the_steps_say_why_and_give_the_limits() -> None:
    found = verdict(SAME[0], 3)
    assert found.proof is not None
    text = str(found.proof)
    assert len(found.proof.steps()) == 9 and found.proof.steps()[-1] == found.why
    for name, limit in (("even", "0.757190107172"), ("odd", "0.555877969181")):
        assert f"{name} k: mu_k(mlp(3, activation='relu6')) ~ E_k(3/2) " in text
        assert f"infinitely many of them positive at {name} degrees" in text
        ratio = "mu_k(mlp(3, activation='relu6'))/mu_k(mlp(4, activation='relu6'))"
        assert f"Over the {name} k, {ratio} tends to {limit}." in text
    assert "two positive constants, which are not known" in repr(found)


def test_it_looks_like_a_verdict_without_constants() -> None:
    found = verdict(SAME[0], 3)
    assert r"$0 < \inf_k \mu_k / \mu'_k \leq \sup_k \mu_k / \mu'_k < \infty$" in found.latex()
    assert "the same RKHS" in found._repr_html_() and "Proof (9 steps)" in found._repr_html_()
    assert [row["upper"] for row in found.table()] == [math.inf]
    ax = found.plot(kmax=40)
    drawn = [np.asarray(line.get_ydata(), dtype=float) for line in ax.get_lines()]
    flat = [float(y[0]) for y in drawn if len(set(y.tolist())) == 1]
    assert flat == pytest.approx([0.757190107172, 0.555877969181], rel=1e-11)
    assert not ax.patches  # no band


def test_a_figure_of_bands_needs_bounds() -> None:
    with pytest.raises(ValueError, match="with bounds of their ratio, proved to have the same RKHS for d = 3, got mlp"):
        rkhs_ratio([SAME[0].pair], dims=3)


def test_a_kernel_with_bounds_over_one_parity_and_limits_over_the_other() -> None:
    """Constants are stated only where they are known for all degrees."""
    pair = ks.parse("dual('hardtanh') + 2"), ks.parse("3*mlp(3, activation='hardtanh') + 1")
    found = ks.same_rkhs(*pair, 3)
    assert found.same is True and (found.lower, found.upper) == (0.0, math.inf)
    assert found.parity == "even k > 0, where both vanish"
    assert found.proof is not None and recheck(found.proof.data())
