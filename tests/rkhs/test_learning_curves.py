"""Learning curves on the sphere: the equations in mpmath, their identities, measured regressions."""

from __future__ import annotations

import functools
import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import regression, sphere
from kernelspec.rkhs import Space, polynomial, relu, ridge, step
from kernelspec.rkhs.learning_curves import Unseen, _proved, learning_curve
from kernelspec.rkhs.levels import Levels
from kernelspec.rkhs.sphere_curves import levels
from oracle import learning_curves as oracle

CAP = ridge(step(0.7), [1, 0, 0, 0])
KERNELS = [ks.ntk(3), ks.arccos(1), ks.laplace(), ks.exponential(1.0), ks.parse("0.25 + linear() + 0.5*polynomial(3)")]


@functools.cache
def space(which: int, d: int = 4) -> Any:
    return Space(KERNELS[which], d)


@pytest.mark.parametrize(("n", "lam", "noise"), [(1, 0.0, 0.0), (30, 0.0, 0.5), (500, 1e-4, 0.0), (2000, 1e-7, 0.1)])
def test_a_cap_in_mpmath(n: int, lam: float, noise: float) -> None:
    found = space(1).learning_curve(CAP, n, lam, noise)
    kappa, error = oracle.cap_on_sphere(n, lam, noise)
    # kappa is enclosed to 1e-9; of the oracle, mu/kappa < 1e-9 behind degree 400 is left out.
    assert found.kappa[0] == pytest.approx(kappa, rel=1e-9)
    assert found.lower[0] * (1 - 1e-9) <= error <= found.upper[0] * (1 + 1e-9)
    assert found.upper[0] - found.lower[0] < 1e-8 * error


@given(
    st.lists(st.tuples(st.floats(1e-6, 1.0), st.integers(1, 30), st.floats(0.0, 2.0)), min_size=1, max_size=6),
    st.integers(1, 200),
    st.sampled_from([0.0, 1e-6, 0.1]),
    st.sampled_from([0.0, 0.3]),
)
@settings(max_examples=200)
def test_finite_spectra_in_mpmath(parts: Any, n: int, lam: float, noise: float) -> None:
    mu, several, power = map(np.array, zip(*parts, strict=True))
    total = int(several.sum())
    spectrum = Levels(mu, mu, several.astype(float), several.astype(float))
    found = learning_curve(lambda _: spectrum, list(zip(mu, power, strict=True)), n, lam, noise)
    with mp.workdps(40):
        if lam == 0 and n == total:
            assert found.kappa[0] == 0 and (found.upper[0] == 0 if noise == 0 else math.isinf(found.upper[0]))
            return
        kappa, error = oracle.solved([(mp.mpf(x), int(m), mp.mpf(a)) for x, m, a in parts], n, lam, noise)
        assert found.lower[0] <= error <= found.upper[0]
        assert abs(found.kappa[0] - kappa) <= 1e-9 * kappa
        assert found.upper[0] <= found.lower[0] * (1 + 1e-7) + 1e-300 or n > 0.9 * total


@pytest.mark.parametrize("which", range(len(KERNELS)))
@pytest.mark.parametrize("lam", [0.0, 1e-5])
def test_identities(which: int, lam: float) -> None:
    """Sum rule: all learnabilities add up to n - n lambda/kappa; E_n is the derivative of kappa in lambda."""
    H, n = space(which), np.array([3, 20, 300])
    found = H.learning_curve(CAP, n, lam)
    seen = found.kappa > 0
    dimension = H.effective_dimension(found.kappa[seen])  # in balls
    assert dimension == pytest.approx((n - n * lam / np.maximum(found.kappa, 1e-300))[seen], rel=1e-8)
    step_, up = 1e-4 * found.kappa, []
    for i, h in enumerate(step_):
        more, less = (H.learning_curve(CAP, n[i], lam + x).kappa[0] for x in (2 * h, h))
        base = found.kappa[i]
        up.append((4 * less - more - 3 * base) / (2 * h) if h else math.nan)
    # The difference of second order misses some (h/kappa)^2, and 1e-9 of kappa over h.
    assert np.array(up)[seen] == pytest.approx(found.overfitting[seen], rel=3e-5)


@pytest.mark.parametrize("which", range(len(KERNELS)))
def test_inequalities(which: int) -> None:
    H, n, lam = space(which), np.array([1, 2, 5, 10, 40, 200]), 1e-3
    f = 2 * CAP + polynomial("x1*x2 - x3", 4)
    found, free, noisy = H.learning_curve(f, n, lam), H.learning_curve(f, n), H.learning_curve(f, n, lam, 0.5)
    for curve in (found, free, noisy):
        finite = np.isfinite(curve.upper)
        assert np.all((curve.lower <= curve.error) & (curve.error <= curve.upper))
        assert np.all((curve.upper - curve.lower)[finite] <= 1e-7 * curve.upper[finite])
        assert np.all(np.diff(curve.kappa) <= 0) and np.all(curve.overfitting >= 1)
    assert np.all(found.kappa >= np.maximum(lam, free.kappa)) and np.all(found.overfitting <= free.overfitting)
    assert noisy.error == pytest.approx(found.error + found.overfitting * 0.25, rel=1e-8)
    # Between the plateau of lambda and E |f|^2; |f|^2 = 4 (cap) + 4 E[1{cap} x1 x2 - ...] + 1/24 + 1/4, cross terms 0.
    square = 4 * float(step(0.7).square(4)) + 1 / 24 + 1 / 4
    assert np.all(found.error <= found.overfitting * square * (1 + 1e-9))
    plateau = H.learning_curve(f, 2**53, lam).error[0]
    assert np.all(found.error >= plateau * (1 - 1e-9))
    mu = np.maximum(H.kernel.spectrum(4)[0 : found.learnability.shape[1]], 0)
    assert found.learnability == pytest.approx(mu / (mu + found.kappa[:, None]), rel=1e-9)


def test_functions_of_the_space_have_half_of_the_rate() -> None:
    """(kappa/(mu+kappa))^2 <= kappa/(4 mu): the bias is at most kappa |f|_H^2/4."""
    H, f = space(0), ridge(ks.ntk(3), [0, 1, 0, 0])
    found = H.learning_curve(f, [1, 10, 100, 1000])
    assert np.all(found.error <= found.overfitting * found.kappa / 4 * H.norm(f) ** 2)


@pytest.mark.parametrize("d", [2, 3, 6])
@pytest.mark.parametrize("scale", [2.0**-40, 2.0**40])
def test_scales(d: int, scale: float) -> None:
    """A multiple of the kernel, with as many times the ridge, is the same regression; kappa is that many times."""
    f = 3 * ridge(relu(1), [1, *(d - 1) * [0]])
    one = Space(ks.ntk(2), d).learning_curve(f / 3, [4, 50], 1e-4)
    other = Space(scale * ks.ntk(2), d).learning_curve(f, [4, 50], 1e-4 * scale)
    assert other.error == pytest.approx(9 * one.error, rel=1e-9)
    assert other.kappa == pytest.approx(scale * one.kappa, rel=1e-9)


@pytest.mark.parametrize(("kernel", "d"), [(ks.ntk(3), 3), (ks.laplace(), 4), (ks.arccos(1), 5)])
@pytest.mark.parametrize("kappa", [1e-3, 1e-6])
def test_nodes_serve_squares(kernel: Any, d: int, kappa: float) -> None:
    """Sums of L and of L^2 over nodes: those of `Capacity`, in balls, and 2^15 degrees one by one."""
    found, k = levels(kernel, d, 400), np.arange(2**15)
    shares = [x / (x + kappa) for x in (found.lower, found.upper)]
    wanted = ks.rkhs.Capacity(kernel, d).effective_dimension(kappa)
    both = found.multiplicity_lower, found.multiplicity_upper
    low, high = (np.sum(several * share) for several, share in zip(both, shares, strict=True))
    low, high = low + found.rest[0] / (found.largest + kappa), high + found.rest[1] / kappa
    assert low * (1 - 1e-13) <= wanted <= high * (1 + 1e-13) and high - low < 1e-11 * high
    low, high = (np.sum(several * share**2) for several, share in zip(both, shares, strict=True))
    mu, several = np.maximum(kernel.spectrum(d)[0 : 2**15], 0), np.exp(sphere.log_multiplicity(d, k))
    terms = several * (mu / (mu + kappa)) ** 2
    wanted, tail = math.fsum(terms), terms[-2:].max() * len(k)  # those left out fall like k^-3 or faster
    slack = 1e-12 * wanted
    assert low - tail - slack <= wanted <= high + slack and high - low < 1e-12 * high


def test_curves_of_the_exponents() -> None:
    """n^-(min(a-1, 4 beta)/(d-1)) for a jump and for kinks (`sphere_curves`), where they differ and where not."""
    n = np.array([10**7, 2 * 10**7])
    for kernel, smooth, rate in ((ks.rf(3), 6, 3.0), (ks.ntk(3), 4, 8 / 3)):
        assert kernel.decay(4).exponent == smooth
        half = ks.exponential(0.5) @ (1 - ks.defect_power(1.5) / 4)
        kinks = ridge(half, [1, 0, 0, 0]) + ridge(half, [-1, 0, 0, 0])
        curve = Space(kernel, 4).learning_curve(kinks, n)
        assert -np.diff(np.log(curve.error))[0] / math.log(2) == pytest.approx(rate, abs=0.01)
        assert curve.overfitting == pytest.approx(smooth / 3, abs=0.001)
        jump = Space(kernel, 4).learning_curve(CAP, n)
        assert -np.diff(np.log(jump.error))[0] / math.log(2) == pytest.approx(1 / 3, abs=0.001)


def test_ridge_regression_follows_the_prediction() -> None:
    """A jump and a kink, in d = 3 and 5: the mean over draws within 3 standard errors and 5 percent (a theory)."""
    rng = np.random.default_rng(3)
    for d, n, lam in ((3, 60, 1e-5), (5, 150, 1e-3)):
        f = ridge(step(0.5), [1, *(d - 1) * [0]]) + ridge(relu(1), [0, 1, *(d - 2) * [0]])
        errors = []
        for _ in range(20):
            train, test = sphere.sample_sphere(n, d, rng), sphere.sample_sphere(1000, d, rng)
            path = regression.ridge_path(ks.ntk(2).gram(train), f(train), [lam])
            errors.append(np.mean((regression.predict(path, ks.ntk(2).gram(test, train))[0] - f(test)) ** 2))
        predicted = Space(ks.ntk(2), d).learning_curve(f, n, lam).error[0]
        slack = 3 * np.std(errors, ddof=1) / math.sqrt(len(errors)) + 0.05 * predicted
        assert abs(np.mean(errors) - predicted) < slack


def test_bounds_say_where_floats_end() -> None:
    """Eigenvalues like 1/k!: from some n on kappa is below the floats' range, and the upper bound is infinite."""
    curve = space(3).learning_curve(CAP, [1000, 10**5, 10**9])
    assert np.all(curve.upper[:2] < curve.lower[:2] * (1 + 1e-7)) and 0 < curve.lower[2]
    assert math.isinf(curve.upper[2])


def test_as_many_samples_as_eigenvalues() -> None:
    """x_1 is learned from n = rank samples on, without noise; with noise the error is infinite at n = rank."""
    H, f = Space(ks.linear() + ks.polynomial(2), 3), polynomial("x1", 3)  # degrees 0, 1, 2: 1 + 3 + 5
    clean, noisy = (H.learning_curve(f, [8, 9, 10, 18], noise=sigma) for sigma in (0.0, 0.5))
    assert clean.error[0] > 0 and np.all(clean.upper[1:] == 0) and np.all(clean.kappa[1:] == 0)
    assert math.isinf(noisy.error[1]) and noisy.error[2:] == pytest.approx([0.25 * 10, 0.25 * 2], rel=1e-9)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"f": 3}, "f must be a function"),
        ({"f": polynomial("x1", 3)}, "f must live on"),
        ({"n": 0}, "n must be"),
        ({"n": 2.5}, "n must be"),
        ({"n": []}, "n must be"),
        ({"n": [[1]]}, "n must be"),
        ({"ridge": -1e-9}, "ridge must be"),
        ({"ridge": math.inf}, "ridge must be"),
        ({"noise": math.nan}, "noise must be"),
    ],
)
def test_bad_curves(more: Any, words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        space(0).learning_curve(**({"f": CAP, "n": 5} | more))


def test_what_is_unseen_widens_bounds() -> None:
    value, several = np.array([1.0]), np.array([10.0])
    one = Levels(value, value, several, several)
    curve = learning_curve(lambda _: one, [], 5, unseen=Unseen((0.5, 1.0), 1.0))  # kappa = 1, L = 1/2, E = 2
    assert curve.lower[0] == pytest.approx(2 * 0.5 / 4, rel=1e-9)
    assert curve.upper[0] == pytest.approx(2.0, rel=1e-9)


@pytest.mark.parametrize(("side", "guess", "last"), [(1, 0.5, 100.0), (0, 2.0, 0.0)])
def test_a_wrong_guess_becomes_a_bound(side: int, guess: float, last: float) -> None:
    """kappa = 1 for 10 eigenvalues 1 and n = 5: from a guess on its wrong side, a bound on its own side."""
    value, several = np.array([1.0]), np.array([10.0])
    one = Levels(value, value, several, several)
    found = _proved(one, side, np.array([5.0]), 0.0, np.array([guess]), np.array([last]))[0]
    assert 1 <= found < last if side else last < found <= 1
