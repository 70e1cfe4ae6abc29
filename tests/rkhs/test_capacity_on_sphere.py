"""Capacities of kernels on the sphere: closed forms on the circle, sums by mpmath, exact numbers, and data sets."""

from __future__ import annotations

import functools
from collections.abc import Callable
from fractions import Fraction
from typing import Any, cast

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec.rkhs.capacity_on_sphere import Capacity
from kernelspec.rkhs.harmonic_counts import harmonics_through
from kernelspec.rkhs.mercer import mercer
from oracle import circle


def holds(ball: Any, value: Any, width: float = 1e-15) -> None:
    """The ball contains the value, and its relative radius is at most `width` (seen: 1e-16)."""
    middle, radius = mp.mpf(ball.mid().str(60, radius=False)), mp.mpf(ball.rad().str(30, radius=False))
    assert abs(middle - value) <= radius * (1 + mp.mpf(10) ** -20) + mp.mpf(10) ** -48 * abs(value), (ball, value)
    assert radius <= width * abs(value)


# -- the step kernel 1 - theta/pi on the circle: mu_0 = 1/2, mu_k = 2/(pi k)^2 for odd k, closed sums ----------------


@settings(deadline=None, max_examples=25)
@given(st.floats(-40, 3), st.integers(1, 10**9), st.floats(-9, 3))
def test_closed_forms_on_the_circle(exponent: float, n: int, of_noise: float) -> None:
    lam, noise = 10.0**exponent, 10.0**of_noise
    H = Capacity(ks.arccos(0), 2)
    with mp.workdps(60):
        holds(H.effective_dimension(lam, certified=True), circle.effective_dimension(lam))
        holds(H.information_gain(n, noise, certified=True), circle.information_gain(n, noise))


@pytest.mark.parametrize("lam", [1e-300, 1e-200, 1e300])
def test_every_lambda(lam: float) -> None:
    with mp.workdps(60):
        holds(Capacity(ks.arccos(0), 2).effective_dimension(lam, certified=True), circle.effective_dimension(lam))


@pytest.mark.parametrize("r", [0, 1, 2, 3, 4, 127, 128, 129, 130, 131, 1000, 12_345, 10**9, 2**53])
def test_best_rank_on_the_circle(r: int) -> None:
    with mp.workdps(60):
        holds(Capacity(ks.arccos(0), 2).tail(r, certified=True), circle.tail(r))


# -- S^2: the step kernel and the Gaussian, eigenvalue by eigenvalue -------------------------------------------------


@functools.cache
def step_eigenvalues(most: int) -> list[tuple[int, Any]]:
    """mu_0 = 1/2 and mu_k = [(k-2)!!/(k+1)!!]^2/2 for odd k, with their multiplicities."""
    found, mu = [(1, mp.mpf(1) / 2)], mp.mpf(1) / 8
    for k in range(1, most, 2):
        found.append((2 * k + 1, mu))
        mu *= (mp.mpf(k) / (k + 3)) ** 2
    return found


@pytest.mark.parametrize("lam", [1e-7, 1e-4, 0.3])
def test_the_step_kernel_on_the_sphere(lam: float) -> None:
    """10^5 terms of the sum; behind them the exact trace, and mu_k/lam below 10^-8 of what that adds."""
    with mp.workdps(40):
        known = step_eigenvalues(100_001)
        rest = 1 - mp.fsum(n * mu for n, mu in known)
        value = mp.fsum(n * mu / (mu + lam) for n, mu in known)
        ball = Capacity(ks.arccos(0), 3).effective_dimension(lam, certified=True)
        low, high = value + rest / (known[-1][1] + lam), value + rest / lam
        assert mp.mpf(ball.lower().str(30, radius=False)) <= high
        assert mp.mpf(ball.upper().str(30, radius=False)) >= low
        assert ball.rad() < 1e-15 * ball


def test_the_gaussian_on_the_sphere() -> None:
    """mu_k of e^{a(u-1)} on S^2 is e^{-a} sqrt(pi/(2a)) I_{k+1/2}(a)."""
    kernel = ks.exponential(sigma=0.5)
    H = Capacity(kernel, 3)
    with mp.workdps(60):
        a = mp.mpf(4)
        mu = [mp.exp(-a) * mp.sqrt(mp.pi / (2 * a)) * mp.besseli(k + mp.mpf(1) / 2, a) for k in range(200)]
        for lam in (1e-40, 1e-8, 1.0):
            value = mp.fsum((2 * k + 1) * x / (x + mp.mpf(lam)) for k, x in enumerate(mu))
            holds(H.effective_dimension(lam, certified=True), value)
        holds(
            H.information_gain(50, 1e-9, certified=True),
            mp.fsum((2 * k + 1) * mp.log1p(50 * x / mp.mpf(1e-9) ** 2) for k, x in enumerate(mu)) / 2,
        )
        for r in (0, 1, 3, 4, 9, 100, 1000):
            every = [x for k, x in enumerate(mu) for _ in range(2 * k + 1)]
            holds(H.tail(r, certified=True), mp.fsum(every[r:]), 1e-12)


@pytest.mark.parametrize(("text", "d"), [("ntk(3)", 4), ("rf(4)", 3), ("laplace(c=2)", 5), ("arccos(0)@arccos(1)", 3)])
def test_nodes_stand_for_all_their_degrees(text: str, d: int) -> None:
    """The sums over 10^4 degrees, by the asymptotic expansion in floats (error 1e-14 from degree 128 on)."""
    from kernelspec.numbers.precision import precision
    from kernelspec.rkhs.degree_sums import BITS, PowerTail

    s = ks.parse(text).spectrum(d)
    for parity in (0, 1):
        with precision(BITS):
            tail = PowerTail(s.kernel, d, parity)
            while tail.ends[-1].degree < 10_000:
                tail.extend()
            end = tail.ends[-1]
            nodes = [(float(mu), float(w)) for mu, w in tail.nodes]
            errors = [float(w.rad() / w) for _, w in tail.nodes]
        k = np.arange(tail.start, end.degree, 2)
        mu, count = s.asymptotic(k, 8), np.exp(ks.sphere.log_multiplicity(d, k))
        assert max(errors) < 2e-16
        for lam in (1e-3 * mu[-1], mu[100], mu[-1], 10 * mu[0]):
            direct = float(np.sum(count * mu / (mu + lam)))
            assert sum(w * x / (x + lam) for x, w in nodes) == pytest.approx(direct, rel=2e-13)
            direct = float(np.sum(count * np.log1p(mu / lam)))
            assert sum(w * np.log1p(x / lam) for x, w in nodes) == pytest.approx(direct, rel=2e-13)


def test_the_trace_behind_is_what_the_trace_leaves() -> None:
    """Two ways to the trace behind degree 128: Lemma 3 with blocks, and kappa(1) less 128 certified eigenvalues."""
    from kernelspec.numbers.precision import precision
    from kernelspec.rkhs.degree_sums import BITS
    from kernelspec.rkhs.mercer import Power

    for text, d in (("ntk(3)", 3), ("rf(3)", 10), ("laplace(c=1)", 2)):
        for part in mercer(ks.parse(text), d):
            assert isinstance(part, Power)
            with precision(BITS):
                blocks, whole = part.tail.trace_from(part.tail.start), part._first
                assert blocks.overlaps(whole)
                assert blocks.rad() < 1e-15 * blocks and whole.rad() < 1e-30


def test_a_polynomial_is_exact() -> None:
    kernel = ks.polynomial(2)
    d = 4
    mu = {0: Fraction(1, 4), 2: Fraction(1, 12)}  # u^2: 1/d and 2/(d(d+2))
    H = Capacity(kernel, d)
    with mp.workdps(60):
        value = mp.mpf(1) / 4 / (mp.mpf(1) / 4 + mp.mpf(0.1)) + 9 * mp.mpf(1) / 12 / (mp.mpf(1) / 12 + mp.mpf(0.1))
        assert mu[0] + 9 * mu[2] == 1
        holds(H.effective_dimension(0.1, certified=True), value)
        holds(H.tail(4, certified=True), mp.mpf(1) / 2)
    assert H.tail([10, 11, 2**53]).tolist() == [0.0, 0.0, 0.0]


# -- harmonics that n points can see ---------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.integers(2, 60), st.integers(1, 10**9))
def test_visible_degrees(d: int, n: int) -> None:
    k = Capacity(ks.ntk(2), d).visible_degrees(n)
    assert harmonics_through(d, k) <= n < harmonics_through(d, k + 1)
    if k < 1000:
        assert harmonics_through(d, k) == sum(map(int, ks.sphere.multiplicity(d, list(range(k + 1)))))


# -- any data --------------------------------------------------------------------------------------------------------


def spectra(K: Any) -> Any:
    return np.clip(np.linalg.eigvalsh(K / len(K)), 0.0, None)[::-1]


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_no_data_set_exceeds_the_bounds(data: st.DataObject) -> None:
    d, n = data.draw(st.integers(2, 6)), data.draw(st.integers(1, 40))
    kernel = ks.parse(
        data.draw(st.sampled_from(["ntk(3)", "rf(2)", "arccos(0)", "exponential(sigma=0.6)", "laplace(c=2)"]))
    )
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    X = rng.standard_normal((n, d)) * data.draw(st.sampled_from([1.0, 0.05])) + data.draw(st.sampled_from([0.0, 1.0]))
    X = np.where(rng.random((n, 1)) < 0.3, -X[:1], X)
    X /= np.linalg.norm(X, axis=1)[:, None]
    eig, H = spectra(kernel.gram(X)), Capacity(kernel, d)
    slack = 1 + 1e-12  # of eigvalsh
    for lam in (1.0, 1e-2, 1e-4):
        assert np.sum(eig / (eig + lam)) <= H.worst_effective_dimension(lam, n) * slack
        assert np.sum(np.log1p(n * eig / lam)) / 2 <= H.worst_information_gain(n, np.sqrt(lam)) * slack
    ranks = np.arange(n + 1)
    tails = np.append(np.cumsum(eig[::-1])[::-1], 0.0)
    assert np.all(tails <= H.worst_tail(n, ranks) * slack + 1e-13)


def test_the_bounds_are_attained() -> None:
    """Orthonormal points under u^1: n = d eigenvalues 1/d, the Mercer spectrum itself; and one point, n = 1."""
    H = Capacity(ks.linear(), 5)
    eig = spectra(ks.linear().gram(np.eye(5)))
    assert H.worst_effective_dimension(0.1, 5) == pytest.approx(np.sum(eig / (eig + 0.1)), rel=1e-14)
    assert H.worst_tail(5, 2) == pytest.approx(0.6, rel=1e-14)
    assert Capacity(ks.ntk(3), 7).worst_effective_dimension(0.1, 1) == pytest.approx(3 / 3.1, rel=1e-14)
    # Equidistant points on the circle: the Gram matrix of an equivariant design, near the Mercer spectrum.
    n = 2048
    angle = 2 * np.pi * np.arange(n) / n
    eig = spectra(ks.ntk(2).gram(np.stack([np.cos(angle), np.sin(angle)], axis=1)))
    found = float(np.sum(eig / (eig + 1e-3)))
    bound = Capacity(ks.ntk(2), 2).worst_effective_dimension(1e-3, n)
    assert found <= bound < 1.003 * found
    assert bound < Capacity(ks.ntk(2), 2).effective_dimension(1e-3)


def test_off_the_sphere() -> None:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 4)) * rng.exponential(2.0, (60, 1))
    kernel, square = ks.ntk(3), float(np.mean(np.sum(X**2, axis=1)))
    eig, H = spectra(kernel.gram(X)), Capacity(kernel, 4)
    found = np.sum(eig / (eig + 0.5))
    assert found <= H.worst_effective_dimension(0.5, 60, mean_square=square)
    assert found > H.worst_effective_dimension(0.5, 60)  # without it, the bound would be wrong
    with pytest.raises(ValueError, match="mean_square must be 1 for .*, which holds a bias"):
        Capacity(ks.ntk(3, bias=True), 4).worst_tail(3, 1, mean_square=2.0)


@pytest.mark.parametrize("text", ["ntk(3)", "rf(2)"])
def test_uniform_samples(text: str) -> None:
    """Mean of the effective dimension of 40 samples of n = 800: below the Mercer sum (Jensen), and near it."""
    rng, kernel, lam = np.random.default_rng(3), ks.parse(text), 0.1
    found = []
    for _ in range(12):
        X = rng.standard_normal((600, 4))
        eig = spectra(kernel.gram(X / np.linalg.norm(X, axis=1)[:, None]))
        found.append(float(np.sum(eig / (eig + lam))))
    value = Capacity(kernel, 4).effective_dimension(lam)
    error = 3 * float(np.std(found, ddof=1)) / np.sqrt(len(found))
    # Below by Jensen's inequality; by how much, is of the order D/n per eigenvalue: seen 1.0 %.
    assert value - 0.02 * value - error <= float(np.mean(found)) <= value + error


# -- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda H: H.effective_dimension(0.0), ValueError, "lam must be positive, from 1e-300 to 1e300, got 0.0"),
        (lambda H: H.effective_dimension(-1.0), ValueError, "lam must be positive"),
        (lambda H: H.effective_dimension(np.nan), ValueError, "lam must be finite"),
        (lambda H: H.effective_dimension(1.0, certified=cast(Any, 1)), TypeError, "certified must be True or False"),
        (lambda H: H.information_gain(0, 1.0), ValueError, "n must be an integer from 1 to 2.53, got 0"),
        (lambda H: H.information_gain(3, 0.0), ValueError, "noise must be positive"),
        (lambda H: H.tail(-1), ValueError, "r must be an integer from 0"),
        (lambda H: H.tail(1.5), TypeError, "r must be integers"),
        (lambda H: H.visible_degrees(0), ValueError, "n must be an integer from 1"),
        (lambda H: H.worst_effective_dimension(1.0, 0), ValueError, "n must be an integer from 1"),
        (lambda H: H.worst_tail(3, 1, mean_square=0.0), ValueError, "mean_square must be"),
    ],
)
def test_bad_input(call: Callable[[Capacity], Any], kind: type[Exception], text: str) -> None:
    with pytest.raises(kind, match=text):
        call(Capacity(ks.ntk(2), 3))


@pytest.mark.parametrize(
    ("kernel", "text"),
    [
        (lambda: ks.linear() - 2 * ks.polynomial(3), "linear.* on S.2 is not positive definite"),
        (lambda: -1 * ks.ntk(2), "not .*positive definite"),
        (lambda: ks.from_callable(np.exp, name="f"), "f"),
    ],
)
def test_kernels_that_are_refused(kernel: Callable[[], Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        Capacity(kernel(), 3).effective_dimension(0.1)


def test_a_kernel_that_cannot_be_certified_is_refused() -> None:
    with pytest.raises(ValueError, match="no eigenvalues are certified for an integer nu"):
        Capacity(ks.matern(1), 3).effective_dimension(1e-3)


def test_the_kernel_0() -> None:
    H = Capacity(0 * ks.linear(), 3)
    assert [H.effective_dimension(0.1), H.worst_effective_dimension(0.1, 5), H.tail(0)] == [0.0, 0.0, 0.0]
    assert not np.signbit(H.worst_effective_dimension(0.1, 5))


def test_a_hundred_certified_values() -> None:
    H, lam = Capacity(ks.ntk(3), 3), 3 * np.geomspace(1e-8, 1, 100)
    balls = H.effective_dimension(lam, certified=True)
    assert max(float(x.rad() / x) for x in balls) < 1e-15


def test_shapes_and_floats() -> None:
    H = Capacity(ks.ntk(2), 3)
    grid = np.array([[0.1, 1.0, 2.0]], dtype=np.float32)
    assert H.effective_dimension(grid).shape == (1, 3)
    assert isinstance(H.effective_dimension(0.1), float) and isinstance(H.tail(3), float)
    assert H.information_gain([[1], [2]], [0.1, 1.0, 2.0]).shape == (2, 3)
    assert H.effective_dimension([]).shape == (0,) and H.effective_dimension([], certified=True) == []
    balls = H.effective_dimension([0.1, 1.0], certified=True)
    assert [float(x) for x in balls] == H.effective_dimension([0.1, 1.0]).tolist()
