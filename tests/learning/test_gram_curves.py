"""`curve_from_gram`: free probability as it stands, a basis that is uniform, the sphere, real digits."""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import sphere
from kernelspec.learning import curve_from_gram
from kernelspec.numbers.checks import FloatArray
from oracle import learning_curves as oracle


def measured(K: FloatArray, y: FloatArray, n: int, lam: float, draws: int, rng: np.random.Generator) -> Any:
    """Means and standard errors of the errors on the other points and on the n, over random choices of n points."""
    found = []
    for _ in range(draws):
        order = rng.permutation(len(K))
        some, others = order[:n], order[n:]
        alpha = np.linalg.solve(K[np.ix_(some, some)] + n * lam * np.eye(n), y[some])
        found.append([np.mean((K[np.ix_(others, some)] @ alpha - y[others]) ** 2), np.mean((n * lam * alpha) ** 2)])
    return np.mean(found, axis=0), np.std(found, axis=0) / max(draws - 1, 1) ** 0.5


@given(
    st.lists(st.floats(1e-3, 1.0), min_size=2, max_size=8), st.integers(1, 7), st.sampled_from([1e-4, 0.1]),
    st.integers(0, 9),
)  # fmt: skip
@settings(max_examples=10, deadline=None)
def test_free_probability_in_mpmath(mu: list[float], n: int, lam: float, seed: int) -> None:
    total, n = len(mu), min(n, len(mu) - 1)
    rng = np.random.default_rng(seed)
    basis, y = np.linalg.qr(rng.standard_normal((total, total)))[0], rng.standard_normal(total)
    found = curve_from_gram((basis * np.array(mu) * total) @ basis.T, y, n, lam)
    with mp.workdps(36):
        power = [mp.mpf(float(x)) for x in (basis.T @ y) ** 2 / total]
        test, train = oracle.of_sample([mp.mpf(x) for x in mu], power, n, lam)
    # eigh is right to 1e-15 of the largest eigenvalue, which is 1e-12 of the smallest.
    assert found.error[0] == pytest.approx(float(test), rel=1e-9)
    assert found.train[0] == pytest.approx(float(train), rel=1e-9)


def test_a_uniform_basis() -> None:
    """K = Q diag Q^T, Q uniform, N = 150: as predicted for every n, to 4 standard errors over Q and 1 percent."""
    rng, total = np.random.default_rng(7), 150
    mu = 1.0 / np.arange(1, total + 1) ** 1.5
    coefficients = rng.standard_normal(total) / np.arange(1, total + 1)
    for n, lam in ((15, 1e-3), (75, 1e-3), (140, 1e-2), (75, 0.0)):
        found = []
        for _ in range(25):
            basis = np.linalg.qr(rng.standard_normal((total, total)))[0]
            K, y = (basis * mu * total) @ basis.T, basis @ coefficients * total**0.5
            found.append(measured((K + K.T) / 2, y, n, lam, 1, rng)[0])
        predicted = curve_from_gram(np.diag(mu * total), coefficients * total**0.5, n, lam)
        mean, error = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / 5
        wanted = np.array([predicted.error[0], predicted.train[0]])
        assert np.all(np.abs(mean - wanted) <= 4 * error + 0.01 * wanted), (n, lam)


def test_points_on_the_sphere() -> None:
    """A step on S^9 with noise: against subsets of the same 400 points, and the curve of the true spectrum."""
    rng, k, d, lam = np.random.default_rng(9), ks.ntk(2), 10, 1e-3
    f = ks.rkhs.parse("step(0.2) + 0.5*x2", d)
    x = sphere.sample_sphere(400, d, rng)
    y = f(x) + 0.1 * rng.standard_normal(400)
    sizes = [20, 100, 300]
    found, K = curve_from_gram(k.gram(x), y, sizes, lam), k.gram(x)
    for i, n in enumerate(sizes):
        mean, error = measured(K, y, n, lam, 40, rng)
        wanted = np.array([found.error[i], found.train[i]])
        assert np.all(np.abs(mean - wanted) <= 3 * error + 0.05 * wanted)
    true = ks.learning.curve(k, f, d, sizes, lam, 0.1)
    assert found.error == pytest.approx(true.error, rel=0.15)  # 400 values of y tell their power to some 1/sqrt(400)


def test_digits() -> None:
    """The digits of scikit-learn, 600 of them: random subsets within 3 standard errors and 6 percent."""
    data = pytest.importorskip("sklearn.datasets").load_digits()
    rng = np.random.default_rng(11)
    chosen = rng.permutation(len(data.data))[:600]
    x = data.data[chosen] / np.linalg.norm(data.data[chosen], axis=1, keepdims=True)
    K, y = ks.ntk(2).gram(x), (data.target[chosen] % 2).astype(float)
    sizes = [30, 100, 300]
    for lam in (1e-2, 1e-4):
        found = curve_from_gram(K, y, sizes, lam)
        for i, n in enumerate(sizes):
            mean, error = measured(K, y, n, lam, 30, rng)
            assert abs(mean[0] - found.error[i]) <= 3 * error[0] + 0.06 * found.error[i]


def test_all_but_one_is_generalised_cross_validation() -> None:
    rng = np.random.default_rng(12)
    x = rng.standard_normal((40, 5))
    K, y, lam = x @ x.T + np.eye(40), rng.standard_normal(40), 0.05
    residual = np.linalg.solve(K + 39 * lam * np.eye(40), y)
    trace = np.trace(np.linalg.inv(K + 39 * lam * np.eye(40)))
    wanted = np.mean(residual**2) / (trace / 40) ** 2
    # kappa, and U_1^2 - U_2 for U_1^2, differ by 1/N.
    assert curve_from_gram(K, y, 39, lam).error[0] == pytest.approx(wanted, rel=0.1)


def test_many_points_have_the_equations_of_the_sphere() -> None:
    """A sample with 300 eigenvalues > 0, and 600 that are 0, is near the eigenlearning equations."""
    mu = np.repeat([1.0, 0.3, 0.05], [10, 90, 200]) / 50
    coefficients = np.sqrt(np.repeat([0.1, 0.02, 0.0], [10, 90, 200]))
    n, lam, copies = 20, 1e-3, 3
    total = copies * len(mu)  # eigenvalues that are 0 are points that are like no other
    K = np.diag(np.concatenate([mu * total, np.zeros(total - len(mu))]))
    y = np.concatenate([coefficients, np.zeros(total - len(mu))]) * total**0.5
    levels = [(float(m), 1, float(c**2)) for m, c in zip(mu, coefficients, strict=True)]
    _, wanted = oracle.solved(levels, n, lam)
    assert curve_from_gram(K, y, n, lam).error[0] == pytest.approx(float(wanted), rel=2 * n / total)


def test_rank_and_scale_and_order() -> None:
    rng = np.random.default_rng(13)
    x = rng.standard_normal((30, 4))
    K, y = x @ x.T, x @ np.array([1.0, -2.0, 0.5, 0.0])
    exact = curve_from_gram(K, y, [3, 5, 6, 20])
    assert exact.error[0] > 0 and exact.error[1:] == pytest.approx(0, abs=1e-25)  # y lies in the span of 4
    assert exact.kappa[1:].tolist() == [0, 0, 0]
    noisy = y + rng.standard_normal(30)
    one, other = curve_from_gram(K, noisy, [5, 20], 1e-2), curve_from_gram(64 * K, 4 * noisy, [5, 20], 0.64)
    assert other.error == pytest.approx(16 * one.error, rel=1e-12)
    for exponent in (-900, -530, 530, 900):
        far = curve_from_gram(np.ldexp(K, exponent), noisy, [5, 20], float(np.ldexp(1e-2, exponent)))
        assert far.error == pytest.approx(one.error, rel=1e-12)
        assert np.ldexp(far.kappa, -exponent) == pytest.approx(one.kappa, rel=1e-12)
    # Nothing is learned under a ridge like this, and the largest floats are no trouble.
    most = curve_from_gram(K, noisy, 5, 1.7e308)
    assert most.error == pytest.approx(np.mean(noisy**2), rel=1e-12) and most.kappa == pytest.approx(1.7e308)
    order = rng.permutation(30)
    assert curve_from_gram(K[np.ix_(order, order)], noisy[order], [5, 20], 1e-2).error == pytest.approx(one.error)
    assert np.isinf(curve_from_gram(K, noisy, 4).error[0])  # as many samples as eigenvalues, with noise
    assert curve_from_gram(K, np.zeros(30), 4).error[0] == 0


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"K": np.ones((2, 3))}, "K must be a square"),
        ({"K": [[1.0]], "y": [1.0]}, "K must have 2 rows"),
        ({"K": [[1.0, 0.5], [0.0, 1.0]]}, "K must be symmetric"),
        ({"K": [[1.0, 2.0], [2.0, 1.0]]}, "K must be positive"),
        ({"y": [1.0]}, "y must have shape"),
        ({"n": 2}, "n must be integers from 1 to N - 1 = 1"),
        ({"n": 0}, "n must be"),
        ({"lam": -1.0}, "lam must be"),
        ({"y": [1.0, 1e200]}, "y must have values up to 1e.150"),
    ],
)
def test_bad_samples(more: Any, words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        curve_from_gram(**({"K": np.eye(2), "y": [1.0, 2.0], "n": 1} | more))
