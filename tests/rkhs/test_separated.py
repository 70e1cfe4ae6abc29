"""The smallest eigenvalue of Gram matrices of separated points: two points exactly, and data that are tried."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, cast

import mpmath as mp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec.rkhs.separated import smallest_eigenvalue

KERNELS = ("ntk(2)", "ntk(3)", "rf(3)", "arccos(0)", "exponential(sigma=0.6)", "linear() + 0.5")


@pytest.mark.parametrize("text", KERNELS)
@pytest.mark.parametrize("delta", [1e-9, 0.01, 0.3, 1.0])
def test_two_points_are_exact(text: str, delta: float) -> None:
    """n = 2, x.y = 1 - delta: kappa(1) - kappa(1 - delta), whose relative accuracy is that of the defect."""
    kernel = ks.parse(text)
    with mp.workdps(60):
        rho = 1 - mp.mpf(delta)
        exact = kernel(mp.mpf(1)) - kernel(rho)
        ball = smallest_eigenvalue(kernel, 2, delta, certified=True)
        assert isinstance(ball, ks.ntk(2).taylor(1)[0].__class__)
        assert abs(mp.mpf(ball.mid().str(50, radius=False)) - exact) <= mp.mpf(10) ** -40
    assert smallest_eigenvalue(kernel, 2, delta) == pytest.approx(float(exact), rel=4e-16)


@pytest.mark.parametrize("text", ["mlp(3, activation='elu', bias_variance=0.1)", "dual('tanh')", "dual('hardswish')"])
def test_networks_are_exact_for_two_points(text: str) -> None:
    """Of pieces and of Hermite series; the digits are those of balls."""
    kernel, delta = ks.parse(text), 0.25
    exact = float(kernel.defect(0.75))
    assert smallest_eigenvalue(kernel, 2, delta) == pytest.approx(exact, rel=1e-13, abs=0)
    three = np.full((3, 3), kernel(0.75)) + np.eye(3) * exact  # equal angles
    assert 0 < smallest_eigenvalue(kernel, 3, delta) <= float(np.linalg.eigvalsh(three)[0])


def test_tiny_distances() -> None:
    """sqrt(2 delta)/pi beside kappa(1): digits are raised until the difference of two ones has some."""
    for delta in (1e-20, 5e-324):  # below the spacing of floats at 1, and the least float
        defect = math.sqrt(2) * math.sqrt(delta) / math.pi  # kappa(1) - kappa(rho) of ntk(2), but for O(delta)
        assert smallest_eigenvalue(ks.ntk(2), 2, delta) == pytest.approx(defect, rel=1e-9)
        with pytest.raises(ValueError, match="delta must be larger for n = 3"):
            smallest_eigenvalue(ks.ntk(2), 3, delta)
    # J is some 3440: what is left is about 1/3440!, far below all floats and digits.
    ball = cast(Any, smallest_eigenvalue(ks.exponential(1), 10**15, 0.01, certified=True))
    assert ball.contains(0) and ball.upper() > 0 and smallest_eigenvalue(ks.exponential(1), 10**15, 0.01) == 0.0


def defined(coefficients: Any, n: int, rho: float) -> float:
    """sum_j b_j (1 - (n-1) rho^j)_+ term by term."""
    return math.fsum(b * max(0.0, 1 - (n - 1) * rho**j) for j, b in enumerate(coefficients))


def test_the_sum_term_by_term() -> None:
    """e^{a(u-1)}, a = 1/0.36: b_j = e^{-a} a^j/j!, 1e-133 where J = 110; and a polynomial, exactly."""
    with mp.workdps(40):
        b = [float(mp.exp(-1 / mp.mpf("0.36")) * (1 / mp.mpf("0.36")) ** j / mp.factorial(j)) for j in range(200)]
    for n, delta in ((10, 0.3), (100, 0.5), (4, 0.01)):
        found = smallest_eigenvalue(ks.exponential(sigma=0.6), n, delta)
        assert found == pytest.approx(defined(b, n, 1 - delta), rel=1e-12, abs=1e-300)
    kernel = (ks.linear() + ks.polynomial(2) + 2 * ks.polynomial(5)) / 4
    exact = Fraction(1, 4) * (1 - 3 * Fraction(1, 16)) + Fraction(1, 2) * (1 - 3 * Fraction(1, 4) ** 5)
    exact += Fraction(1, 4) * (1 - Fraction(3, 4))
    assert smallest_eigenvalue(kernel, 4, 0.75) == pytest.approx(float(exact), rel=1e-15)


@pytest.mark.parametrize(
    ("degrees", "n", "delta", "exact"),
    [  # rho = 1 - delta, r^2 = 1 - delta/2, e = u^a, o = u^b, q = r^2 in all
        ((2, 3), 4, 0.75, Fraction(1, 8)),  # 2 - 3 q = 1/8, below 1 + r^3 - 2 q
        ((2, 3), 3, 0.75, Fraction(3, 4)),  # 2 - 2 q = 3/4
        ((2, 101), 3, 1.0, Fraction(1, 2)),  # 1 + r^101 - q = 1/2, below 2 - 2 q = 1
    ],
)
def test_theorem_b_by_hand(degrees: tuple[int, int], n: int, delta: float, exact: Fraction) -> None:
    kernel = ks.polynomial(degrees[0]) + ks.polynomial(degrees[1])
    found = smallest_eigenvalue(kernel, n, delta, antipodes=True)
    assert float(exact) * (1 - 1e-14) <= found <= float(exact) + 1.1 * 2.0 ** (-degrees[1] / 2)


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_no_data_set_is_below(data: st.DataObject) -> None:
    d, n = data.draw(st.integers(2, 8)), data.draw(st.integers(2, 12))
    kernel = ks.parse(data.draw(st.sampled_from(KERNELS)))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    X = rng.standard_normal((n, d))
    antipodes = data.draw(st.booleans())
    if antipodes and n > 3:
        half = n // 2
        X[half : 2 * half] = -X[:half] + data.draw(st.sampled_from([0.0, 1e-3, 0.1])) * X[half : 2 * half]
    X /= np.linalg.norm(X, axis=1)[:, None]
    U = X @ X.T - 2 * np.eye(n)
    most = float(np.max(U if antipodes else np.abs(X @ X.T - np.eye(n))))
    delta = 1 - most - 1e-12  # of rounding
    assume(1e-3 < delta <= 1)  # few Taylor coefficients
    least = float(np.linalg.eigvalsh(kernel.gram(X))[0])
    assert smallest_eigenvalue(kernel, n, delta, antipodes=antipodes) <= least + 1e-13 * n * kernel.at_one


def test_orthogonal_points_are_tight() -> None:
    """delta = 1: K = (kappa(1) - kappa(0)) I + kappa(0) 1 1^T, whose smallest eigenvalue is b_1 + b_2 + ... ."""
    for text in ("ntk(3)", "arccos(0)"):
        kernel = ks.parse(text)
        least = float(np.linalg.eigvalsh(kernel.gram(np.eye(5)))[0])
        assert smallest_eigenvalue(kernel, 5, 1.0) == pytest.approx(least, rel=1e-14)


def test_antipodal_pairs_are_near() -> None:
    """x, -x with kappa = (u^2 + u^3)/2: K = [[1, 0], [0, 1]], bound min(e(1) + e(r), o(1) + o(r)), 1 as r -> 1."""
    kernel = (ks.polynomial(2) + ks.polynomial(3)) / 2
    assert smallest_eigenvalue(kernel, 2, 1e-9, antipodes=True) < 1e-8  # two points may be near each other, too
    found = [smallest_eigenvalue(ks.ntk(3), n, 0.8, antipodes=True) for n in (2, 3, 10, 1000)]
    assert found[0] >= found[1] >= found[2] >= found[3] > 0.03
    assert all(x <= smallest_eigenvalue(ks.ntk(3), n, 0.8) for x, n in zip(found, (2, 3, 10, 1000), strict=True))
    assert smallest_eigenvalue(ks.arccos(0), 4, 0.9, antipodes=True) == 0.0  # x, -x, y, -y: singular


def test_a_point_near_an_antipode() -> None:
    """(u^2 + u^101)/2, delta = 1, r = sqrt(1/2): the bound is (1 + r^101)/2; two points with u = -s have no less."""
    kernel = (ks.polynomial(2) + ks.polynomial(101)) / 2
    found = smallest_eigenvalue(kernel, 2, 1.0, antipodes=True)
    assert found == pytest.approx((1 + 0.5**50.5) / 2, rel=1e-14)
    s = np.linspace(math.sqrt(0.5), 1, 1000)
    assert found <= np.min(1 - np.abs(s**2 - s**101) / 2) < 1.12 * found


def test_growth_with_n_and_delta() -> None:
    """ntk(2): about sqrt(delta/log n), not delta/n^2."""
    small, large = smallest_eigenvalue(ks.ntk(2), 100, 0.01), smallest_eigenvalue(ks.ntk(2), 10**8, 0.01)
    assert large > 0.4 * small  # sqrt(log(100)/log(10^8)) = 0.5
    assert smallest_eigenvalue(ks.ntk(2), 100, 0.0025) == pytest.approx(small / 2, rel=0.1)


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda: smallest_eigenvalue(ks.ntk(2), 0, 0.1), ValueError, "n must be an integer from 1"),
        (lambda: smallest_eigenvalue(ks.ntk(2), 3, 0.0), ValueError, r"delta must be in \(0, 1\], got 0.0"),
        (lambda: smallest_eigenvalue(ks.ntk(2), 3, 1.5), ValueError, "delta must be from 0 to 1"),
        (lambda: smallest_eigenvalue(ks.ntk(2), 3, math.nan), ValueError, "delta must be"),
        (lambda: smallest_eigenvalue(ks.ntk(2), 10**9, 1e-6), ValueError, "delta must be larger for n = 1000000000"),
        (lambda: smallest_eigenvalue(ks.ntk(2) - ks.polynomial(4), 3, 0.1), ValueError, "shown to be >= 0"),
        (lambda: smallest_eigenvalue(cast(Any, "ntk(2)"), 3, 0.1), TypeError, "kernel"),
        (lambda: smallest_eigenvalue(ks.ntk(2), 3, 0.1, antipodes=cast(Any, 1)), TypeError, "antipodes must be"),
    ],
)
def test_bad_input(call: Callable[[], Any], kind: type[Exception], text: str) -> None:
    with pytest.raises(kind, match=text):
        call()
