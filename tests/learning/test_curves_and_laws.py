"""`ks.learning.curve`: training errors, targets in several forms, and what the decay says for n to infinity."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import learning, rkhs, sphere
from kernelspec.rkhs.learning_curves import learning_curve
from kernelspec.rkhs.levels import Levels
from kernelspec.rkhs.target_powers import target_powers
from oracle import learning_curves as oracle

F = Fraction


def law_of(curve: rkhs.LearningCurve) -> learning.CurveLaw:
    assert curve.law is not None
    return curve.law


SMOOTH = "exponential(0.5) @ (1 - defect_power(1.5)/4)"  # exp(-(1-u)^{3/2})
BOTH_ENDS = f"ridge({SMOOTH}, (1, 0, 0, 0)) + ridge({SMOOTH}, (-1, 0, 0, 0))"
FINITE = ks.parse("0.25 + linear() + 0.5*polynomial(3)")


@given(
    st.lists(
        st.tuples(st.floats(1e-4, 1.0), st.integers(1, 20), st.sampled_from([0.0, 1e-6, 0.3, 2.0])),
        min_size=1,
        max_size=4,
    ),
    st.integers(1, 100),
    st.sampled_from([1e-5, 0.1]),
    st.sampled_from([0.0, 0.3]),
)
@settings(max_examples=10, deadline=None)
def test_training_errors_in_mpmath(parts: Any, n: int, lam: float, noise: float) -> None:
    """Against delta^2 |alpha|^2/n, |alpha|^2 a numerical derivative: no use is made of the test error."""
    mu, several, power = map(np.array, zip(*parts, strict=True))
    spectrum = Levels(mu, mu, several.astype(float), several.astype(float))
    found = learning_curve(lambda _: spectrum, list(zip(mu, power, strict=True)), n, lam, noise)
    with mp.workdps(45):
        wanted = oracle.trained([(mp.mpf(x), int(m), mp.mpf(a)) for x, m, a in parts], n, lam, noise)
        # The second difference of steps of 1e-15 delta is right to 1e-14; the bounds are 1e-9 apart at most.
        assert found.train_lower[0] * (1 - 1e-13) <= wanted <= found.train_upper[0] * (1 + 1e-13)
    assert found.train_upper[0] <= found.train_lower[0] * (1 + 1e-7) + 1e-300


def test_training_errors_without_ridge() -> None:
    """0 while the kernel interpolates; (n - r)/n sigma^2, that of least squares, from n = r = 17 on."""
    target = "0.3 + x1"  # of degrees 0 and 1
    found = learning.curve(FINITE, target, 4, [3, 20, 21, 22, 100], noise=0.5)
    rank = 1 + 4 + 16  # the degrees 0, 1 and 3
    assert found.train[:3].tolist() == [0, 0, 0] and math.isinf(found.error[2])
    assert found.train[3:] == pytest.approx(0.25 * (np.array([22, 100]) - rank) / [22, 100], rel=1e-12)
    assert np.all(learning.curve(ks.ntk(2), "step(0.7)", 3, [5, 50]).train == 0)


def test_measured_training_errors_follow() -> None:
    """ntk(2) on S^3, lambda = 0.01, noise 0.1: the mean of 20 draws within 3 standard errors and 3 percent."""
    rng, n, lam, k = np.random.default_rng(4), 100, 1e-2, ks.ntk(2)
    f = rkhs.parse("relu(1) - x2", 4)
    errors = []
    for _ in range(20):
        x = sphere.sample_sphere(n, 4, rng)
        y = f(x) + 0.1 * rng.standard_normal(n)
        errors.append(np.mean((n * lam * np.linalg.solve(k.gram(x) + n * lam * np.eye(n), y)) ** 2))
    predicted = learning.curve(k, f, 4, n, lam, 0.1).train[0]
    assert abs(np.mean(errors) - predicted) < 3 * np.std(errors, ddof=1) / 20**0.5 + 0.03 * predicted


@pytest.mark.parametrize(
    ("f", "same"),
    [
        ("step(0.7)", rkhs.step(F(7, 10))),
        (ks.ntk(2), rkhs.ridge(ks.ntk(2), [1, 0, 0, 0])),
        (rkhs.relu(2), "relu(2)"),
        (BOTH_ENDS, rkhs.ridge(ks.parse(SMOOTH), [1, 0, 0, 0]) + rkhs.ridge(ks.parse(SMOOTH), [-1, 0, 0, 0])),
    ],
)
def test_targets_in_several_forms(f: Any, same: Any) -> None:
    one, other = (learning.curve(ks.ntk(3), each, 4, [5, 50], 1e-3) for each in (f, same))
    assert one.error.tolist() == other.error.tolist()
    assert one.error.tolist() == ks.ntk(3).rkhs(4).learning_curve(learning.predicted.as_function(f, 4), [5, 50],
                                                                  1e-3).error.tolist()  # fmt: skip


# kernel, d, target, noise -> class and limit of E_n, exponents for lambda = 0 and the best lambda.
LAWS = [
    (ks.ntk(3), 4, "step(0.7)", 0, "tempered", F(4, 3), F(1, 3), F(1, 3)),
    (ks.rf(3), 4, "step(0.7)", 0, "tempered", 2, F(1, 3), F(1, 3)),
    (ks.rf(3), 4, BOTH_ENDS, 0, "tempered", 2, 3, 3),  # a - 1 = 9 < 4 beta = 12
    (ks.laplace(), 4, BOTH_ENDS, 0, "tempered", F(4, 3), F(8, 3), F(8, 3)),  # 4 beta = 8
    (ks.ntk(3), 3, "x1*x2", 0, "tempered", F(3, 2), 3, 3),  # a = inf
    (ks.ntk(3), 6, "relu(1)", 0, "tempered", F(6, 5), F(3, 5), F(3, 5)),  # a = 2s + 2
    (ks.ntk(3), 4, "step(0.7)", 0.1, "tempered", F(4, 3), 0, F(1, 4)),  # r/(1+r)
    (ks.ntk(3), 4, "0*x1", 0, "tempered", F(4, 3), math.inf, math.inf),
    (ks.arccos(1), 4, "step(0.7)", 0, "tempered", 2, 0, 0),  # mu_3 = 0
    (ks.arccos(1), 4, "abs_power(1)", 0, "tempered", 2, 1, 1),  # even alone
    (ks.arccos(1), 4, "x1", 0, "tempered", 2, math.inf, math.inf),  # mu_1 > 0, no odd degree beyond
    (ks.exponential(1.0), 4, "step(0.7)", 0, "catastrophic", math.inf, None, None),
    (ks.exponential(1.0), 4, "x1", 0.1, "catastrophic", math.inf, None, None),
    (FINITE, 4, "x1", 0, "benign", 1, math.inf, math.inf),
    (FINITE, 4, "x1", 0.1, "benign", 1, 1, 1),
    (FINITE, 4, "x1*x2", 0, "benign", 1, 0, 0),
]


@pytest.mark.parametrize(("kernel", "d", "f", "noise", "kind", "limit", "free", "best"), LAWS)
def test_laws(kernel: Any, d: int, f: str, noise: float, kind: Any, limit: Any, free: Any, best: Any) -> None:
    law = law_of(learning.curve(kernel, f, d, 10, noise=noise))
    assert (law.overfitting, law.limit, law.interpolation.value, law.optimal.value) == (kind, limit, free, best)
    assert (
        law.rate is law.interpolation and len(law.table()) == 4 and law.overfitting_why in repr(law).replace("\n", " ")
    )
    ridged = law_of(learning.curve(kernel, f, d, 10, 1e-3, noise))
    assert (ridged.overfitting, ridged.limit) == ("benign", 1) and ridged.rate is ridged.fixed
    assert ridged.rate.value == (math.inf if f == "0*x1" else 0)


def test_parities_with_different_powers() -> None:
    """kappa_1 has even degrees, mu_k ~ k^-6 on S^3, kappa_0 odd ones, k^-4: each parity counts by its own beta."""
    kernel = ks.arccos(1) + ks.arccos(0)
    assert [str(each.exponent) for each in kernel.decay(4).parities] == ["6", "4"]
    even, odd = (learning.curve(kernel, f, 4, [2**23, 2**24]) for f in ("abs_power(1)", "relu(2)"))
    assert law_of(even).limit == F(4, 3) and even.overfitting[-1] == pytest.approx(4 / 3, rel=2e-3)
    # |u|: a - 1 = 3 over the even degrees, where 2 beta = 6: r = (4/3)(3/6) = 2/3.
    assert law_of(even).rate.value == F(2, 3)
    # max(0, u)^2: a - 1 = 5 over the odd degrees, where 2 beta = 4; u^2/2 over the even ones: 2 beta_1 2/D = 8/3.
    assert law_of(odd).rate.value == F(5, 3)
    for curve in (even, odd):
        assert -np.diff(np.log2(curve.error))[0] == pytest.approx(float(law_of(curve).rate.value or 0), abs=0.01)


@pytest.mark.parametrize(("kernel", "d", "f"), [LAWS[i][:3] for i in (1, 3)])
def test_exponents_and_limits_are_those_of_the_curves(kernel: Any, d: int, f: str) -> None:
    curve = learning.curve(kernel, f, d, [2**24, 2**25])
    # The limits are approached like n^{-1/D}, d up to 6.
    assert -np.diff(np.log2(curve.error))[0] == pytest.approx(float(law_of(curve).rate.value or 0), abs=0.02)
    assert curve.overfitting[-1] == pytest.approx(float(law_of(curve).limit or 0), rel=0.02)


def test_the_best_lambda_with_noise() -> None:
    """n^-(r/(1+r)): the least excess over a fine grid of lambda, ntk(3) on S^3 and a step, r = 1/3."""
    f, best = rkhs.parse("step(0.7)", 4), []
    for n in (2**22, 2**26):  # kappa ~ K^-4 with K ~ n^(1/4)
        grid = np.geomspace(0.1, 100, 9) / n
        found = [ks.ntk(3).rkhs(4).learning_curve(f, n, lam, 1.0).error[0] - 1 for lam in grid]
        assert 0 < int(np.argmin(found)) < 8
        best.append(min(found))
    # The grid is 2.4-fold, and the minimum flat; powers of n closer by 1/4 are left out.
    assert math.log2(best[0] / best[1]) / 4 == pytest.approx(0.25, abs=0.01)


def test_a_fast_kernel_is_catastrophic() -> None:
    found = ks.learning.curve(ks.exponential(1.0), "x1", 4, [10, 100, 1000, 3000])
    assert np.all(np.diff(found.overfitting) > 0) and found.overfitting[-1] > 10


@pytest.mark.parametrize(
    ("f", "d", "powers"),
    [
        ("step(0.7)", 4, (2, 2)),
        ("relu(1)", 5, (4, math.inf)),  # its odd part is u/2
        ("relu(1) - 0.5*x1", 5, (4, None)),  # which this takes away
        ("relu(2)", 5, (math.inf, 6)),
        ("abs_power(1/2)", 3, (3, None)),
        (BOTH_ENDS, 4, (10, None)),
        ("x1*x2 - x1**3", 3, (math.inf, math.inf)),
        ("exponential(1)", 3, (math.inf, math.inf)),
        ("ridge(relu(1), (1, 0, 0)) + ridge(step(0.5), (0, 1, 0))", 3, (2, 2)),
        ("ridge(ntk(3), (1, 0, 0)) - ridge(ntk(3), (-1, 0, 0))", 3, (None, 5)),  # the even parts cancel
    ],
)
def test_powers_of_targets(f: str, d: int, powers: Any) -> None:
    assert target_powers(rkhs.parse(f, d)) == powers


def test_what_is_not_told() -> None:
    """Two directions on the circle may cancel: no exponent, and a sentence; the class is told all the same."""
    f = rkhs.ridge(rkhs.step(F(1, 2)), [1, 0]) + rkhs.ridge(rkhs.step(F(1, 2)), [0, 1])
    law = law_of(learning.curve(ks.ntk(2), f, 2, 10))
    assert law.interpolation.value is None and "may cancel" in law.interpolation.why and law.overfitting == "tempered"
    assert law.table().column("answer")[1] == "not known"


def test_pictures() -> None:
    """The training error is dashed; the slope is drawn through the last point where there is an exponent."""
    curve = learning.curve(ks.ntk(3), "step(0.7)", 4, [10, 100, 1000])
    lines = curve.plot(asymptote=True).get_lines()
    assert len(lines) == 2 and np.diff(np.log10(lines[1].get_ydata()))[0] == pytest.approx(-2 / 3)
    ridged = learning.curve(ks.ntk(2), "step(0.7)", 4, [10, 100, 1000], 1e-3)
    lines = ridged.plot(asymptote=True, train=True).get_lines()
    assert len(lines) == 2 and lines[1].get_linestyle() == "--"
    assert "Benign" in ridged._repr_html_() and "<p" in ridged._repr_html_()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"f": 3}, "f must be a function"),
        ({"f": "x9"}, "f must be a function on S"),
        ({"f": rkhs.polynomial("x1", 3)}, "f must live on"),
        ({"lam": -1.0}, "lam must be"),
        ({"lam": "1"}, "lam must be"),
        ({"noise": math.nan}, "noise must be"),
        ({"n": 0}, "n must be"),
        ({"d": 1}, "d must be"),
        ({"kernel": ks.linear() - 1}, "kernel must be positive"),
    ],
)
def test_bad_curves(more: Any, words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        learning.curve(**({"kernel": ks.ntk(2), "f": "step(0.7)", "d": 4, "n": 5} | more))
