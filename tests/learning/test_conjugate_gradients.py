"""Conjugate gradients against factorisations, and the pivoted Cholesky factor that preconditions them."""

from __future__ import annotations

import threading
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernelspec.learning import conjugate_gradients
from kernelspec.learning.conjugate_gradients import Path, preconditioner, rank_for
from kernelspec.learning.pivoted_cholesky import pivoted_cholesky
from kernelspec.regression import ridge_path

DTYPES: tuple[Any, ...] = (np.float64, np.float32)


def gram_of(n: int, seed: int = 0, rank: int = 5) -> np.ndarray:
    """A Gaussian kernel of points in space: eigenvalues that fall fast."""
    x = np.random.default_rng(seed).standard_normal((n, rank)) / np.sqrt(rank)
    return np.asarray(np.exp(-(np.linalg.norm(x[:, None] - x[None], axis=2) ** 2)))


@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 60),
    outputs=st.integers(1, 3),
    p=st.integers(1, 4),
    dtype=st.sampled_from(DTYPES),
    rank=st.sampled_from([None, 1, 10]),
)
def test_solves_what_a_factorisation_solves(seed: int, n: int, outputs: int, p: int, dtype: Any, rank: Any) -> None:
    rng = np.random.default_rng(seed)
    gram, y = gram_of(n, seed).astype(dtype), rng.standard_normal((n, outputs))
    lambdas = 10.0 ** rng.uniform(-4, 2, p)
    found = ridge_path(gram, y, lambdas, method="cg", tolerance=1e-9, rank=rank)
    wanted = ridge_path(gram.astype(np.float64), y, lambdas, method="cholesky")
    assert found.method == "cg" and found.residual is not None and found.residual.max() <= 1e-9
    # |K + n lambda| <= n (1 + lambda), and the least eigenvalue is n lambda or more: the residual over lambda.
    size = np.linalg.norm(wanted.coefficients, axis=1)
    error = np.linalg.norm(found.coefficients - wanted.coefficients, axis=1)
    assert np.all(error <= 1.1e-9 * np.linalg.norm(y, axis=0) / (n * lambdas[:, None]) + 1e-10 * size)


def test_against_fifty_digits() -> None:
    gram, y = gram_of(15).astype(np.float32), np.cos(np.arange(15.0))
    with mpmath.workdps(50):
        matrix = mpmath.matrix(gram.astype(float).tolist()) + 15 * mpmath.mpf(1e-5) * mpmath.eye(15)
        exact = np.array([float(v) for v in mpmath.lu_solve(matrix, mpmath.matrix(y.tolist()))])
    found = ridge_path(gram, y, 1e-5, method="cg", tolerance=1e-13).coefficients[0]
    # The residual times a condition number of 1e5 and the unevenness of y.
    np.testing.assert_allclose(found, exact, rtol=0, atol=1e-9 * np.abs(exact).max())


def test_what_does_not_converge_is_an_error_that_states_the_residual() -> None:
    """A regression in float32 at a lambda that rounding decides about: it returned chance predictions in silence."""
    gram = 300 * gram_of(400, rank=4).astype(np.float32)
    y = np.random.default_rng(0).standard_normal((400, 2))
    with pytest.raises(ArithmeticError, match=r"lambda = 1e-10 .*'cg' in float32.*residual.* is 1 of .*K in float64"):
        ridge_path(gram, y, [1.0, 1e-10], method="cg")
    with pytest.raises(ArithmeticError, match="after 3 steps, and tolerance = 1e-06"):
        ridge_path(gram, y, [1e-6], method="cg", steps=3, rank=1)
    path = ridge_path(gram, y, [1e-6], method="cg", steps=3, rank=1, tolerance=1.0)
    assert path.residual is not None and 1e-6 < path.residual[0] <= 1.0


def test_rounding_of_the_preconditioner_costs_no_steps() -> None:
    """The largest eigenvalue over the shift is 6 / eps: with one projection, P^{-1} was no positive matrix.

    A large constant beside a Gaussian kernel, as for kernels of vectors with positive entries.
    """
    n, shift = 500, 1e-3
    gram = (gram_of(n, rank=3) + 0.1 * np.eye(n) + 100).astype(np.float32)
    y = np.random.default_rng(4).standard_normal((n, 2))
    taken = []
    for dtype in (np.float64, np.float32):
        K = gram.astype(dtype)
        path = Path(K, K.diagonal().astype(float), y, np.array([shift]), 1e-6, 400, 30, np.random.default_rng(0))
        list(path.solve())
        assert path.found.residual[0] <= 1e-6
        taken.append(path.found.steps[0])
    # Refinement takes two runs of steps or three. It was not solved at all.
    assert taken[1] <= 4 * taken[0]


def test_steps_that_rounding_has_overtaken_end() -> None:
    """K has the rank 15, float32's rounding of it is of the size of n lambda: what the steps carry along falls on."""
    gram = 300 * gram_of(400, rank=4).astype(np.float32)
    y = np.random.default_rng(0).standard_normal((400, 2))
    with pytest.raises(
        ArithmeticError, match=r"steps, below which rounding keeps it from falling, and.*method"
    ) as seen:
        ridge_path(gram, y, [1e-6], method="cg", steps=10_000)
    assert "more steps" not in str(seen.value)
    assert int(str(seen.value).split(" after ")[1].split()[0]) <= 2048
    # Ten times as large it takes twice as many steps as are usual, and none of them is in vain.
    found = ridge_path(gram, y, [1e-5], method="cg", steps=10_000)
    assert found.residual is not None and found.residual[0] <= 1e-6
    with pytest.raises(ArithmeticError, match="after 1000 steps, and .*more steps"):
        ridge_path(gram, y, [1e-5], method="cg", steps=1000)


def test_float32_that_stays_on_a_plateau_ends_before_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """The residual is as large as y from the first step on, and stays: the same error, thousands of steps before."""
    rng = np.random.default_rng(0)
    q, _ = np.linalg.qr(rng.standard_normal((600, 600)))
    matrix = ((q * np.geomspace(1, 1e-9, 600)) @ q.T).astype(np.float32)
    matrix, y = (matrix + matrix.T) / 2, rng.standard_normal((600, 1))

    def steps(lam: float) -> int:
        with pytest.raises(ArithmeticError, match="steps") as seen:
            ridge_path(matrix, y, [lam], method="cg", tolerance=1e-6, steps=10_000)
        assert np.isfinite(float(str(seen.value).split(" is ")[-1].split(" of ")[0])) and "K in float64" in str(
            seen.value
        )
        return int(str(seen.value).split(" after ")[1].split()[0])

    assert steps(1e-11) <= 1024
    found = ridge_path(matrix, y, [1e-8], method="cg", tolerance=1e-6, steps=10_000)  # slow, and it arrives
    assert found.residual is not None and found.residual[0] <= 1e-6
    monkeypatch.setattr(conjugate_gradients, "_PATIENCE", 10**9)
    assert steps(1e-11) >= 4096  # where what the steps carry along is at last another residual


def test_a_long_path_goes_in_batches_that_begin_where_the_last_ended() -> None:
    gram, y = gram_of(200), np.random.default_rng(1).standard_normal((200, 20))
    lambdas = np.geomspace(1e-3, 1, 9)[[3, 1, 8, 0, 2, 7, 4, 6, 5]]  # in no order; three a batch
    found = ridge_path(gram, y, lambdas, method="cg", tolerance=1e-10)
    wanted = ridge_path(gram, y, lambdas, method="eigh")
    np.testing.assert_allclose(found.coefficients, wanted.coefficients, rtol=0, atol=1e-7)
    seen: list[int] = []

    def progress(work: Any, total: int) -> Any:
        assert total == 100
        for each in work:
            seen.append(each)
            yield each

    ridge_path(gram, y, lambdas, method="cg", progress=progress)
    assert seen == list(range(1, 101))


def test_the_preconditioner_saves_steps_and_is_the_inverse_that_it_says() -> None:
    gram, y = gram_of(500, rank=3), np.random.default_rng(2).standard_normal((500, 3))
    diagonal, shifts = gram.diagonal().copy(), np.array([500 * 1e-5])
    taken = []
    for rank in (1, 20, 150):
        path = Path(gram, diagonal, y, shifts, 1e-8, 1000, rank, np.random.default_rng(0))
        list(path.solve())
        assert path.found.residual.max() <= 1e-8
        taken.append(float(path.found.steps[0]))
    assert taken[0] > 2 * taken[1] > 4 * taken[2]  # 330, 163, 9
    factor, _ = pivoted_cholesky(gram, diagonal, 40, np.random.default_rng(3), 1e-3)
    made = preconditioner(gram, diagonal, 40, 1e-3, np.random.default_rng(3))
    several = np.array([0.5, 3.0, 0.001])
    found = made.apply(y, several)
    for column, shift in enumerate(several):
        wanted = np.linalg.solve(factor.T @ factor + shift * np.eye(500), y[:, column])
        # What is dropped below a hundredth of the least shift changes as much of the rest.
        np.testing.assert_allclose(found[:, column], wanted, rtol=0, atol=0.011 * np.abs(wanted).max())
    np.testing.assert_allclose(made.vectors @ made.vectors.T, np.eye(len(made.values)), rtol=0, atol=1e-7)


@settings(max_examples=30)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 80), rank=st.integers(1, 90), dtype=st.sampled_from(DTYPES))
def test_pivoted_cholesky_leaves_a_positive_rest(seed: int, n: int, rank: int, dtype: Any) -> None:
    gram = gram_of(n, seed).astype(dtype)
    diagonal = gram.diagonal().astype(np.float64)
    factor, left = pivoted_cholesky(gram, diagonal, rank, np.random.default_rng(seed))
    assert factor.dtype == dtype and len(factor) <= min(rank, n)
    rest = gram.astype(np.float64) - factor.T.astype(np.float64) @ factor.astype(np.float64)
    rounding = n * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(left, rest.diagonal(), rtol=0, atol=10 * rounding)
    assert np.linalg.eigvalsh(rest)[0] >= -20 * rounding
    if len(factor) < min(rank, n):  # nothing but rounding is left
        assert left.max() <= 16 * float(np.finfo(dtype).eps)


def test_pivots_are_drawn_in_proportion_to_what_is_left() -> None:
    """Two pivots of three: first i with K_ii / Tr K, then j with its Schur complement, in 4,000 draws."""
    gram = np.array([[4.0, 2.7, 0.5], [2.7, 2.0, 0.1], [0.5, 0.1, 1.0]])
    wanted = np.zeros((3, 3))
    for i in range(3):
        left = gram.diagonal() - gram[i] ** 2 / gram[i, i]
        for j in range(3):
            wanted[i, j] = gram[i, i] / 7 * max(left[j], 0) / left.clip(0).sum()
    rng, found = np.random.default_rng(5), np.zeros((3, 3))
    draws = 4000
    for _ in range(draws):
        factor, left = pivoted_cholesky(gram, gram.diagonal().copy(), 2, rng)
        # The first row of F is K_i / sqrt(K_ii): its largest entry over K tells i; what is left is 0 at both.
        first = int(np.argmin([np.abs(factor[0] - gram[i] / np.sqrt(gram[i, i])).max() for i in range(3)]))
        second = next(j for j in range(3) if j != first and left[j] < 1e-12)
        found[first, second] += 1 / draws
    # Four standard errors of a proportion.
    np.testing.assert_allclose(found, wanted, rtol=0, atol=4 * 0.5 / np.sqrt(draws))


def test_indefinite_matrices_are_refused() -> None:
    for gram, y in (([[1.0, 2.0], [2.0, 1.0]], [1.0, 1.0]), (-np.eye(3), np.ones(3))):
        with pytest.raises(ValueError, match="K must be positive semi-definite"):
            ridge_path(gram, y, 0.1, method="cg")
    rng = np.random.default_rng(0)
    gram = gram_of(200)
    v = rng.standard_normal(200)
    gram -= 0.5 * np.outer(v, v) / (v @ v)
    with pytest.raises(ValueError, match="K must be positive semi-definite.*(negative curvature|diagonal)"):
        ridge_path(gram, v, [1e-4], method="cg", rank=3)


def test_the_rank_balances_its_price() -> None:
    assert rank_for(10, 1) == 10 and rank_for(50_000, 40) == 2000 and rank_for(10_000, 40) == 500
    assert rank_for(1000, 4) == 64


def test_zero_targets_and_zero_rows() -> None:
    gram = np.diag([1.0, 0.0, 3.0, 1.0])
    y = np.array([[0.0, 1.0], [0.0, 2.0], [0.0, 3.0], [0.0, 0.0]])
    found = ridge_path(gram, y, [0.25, 4.0], method="cg").coefficients
    for place, shift in enumerate((1.0, 16.0)):
        np.testing.assert_allclose(found[place], y / (gram.diagonal() + shift)[:, None], rtol=1e-6)
    assert not found[:, :, 0].any()
    np.testing.assert_allclose(ridge_path(np.zeros((3, 3)), [1.0, 2.0, 3.0], 0.5, method="cg").coefficients[0] * 1.5,
                               [1.0, 2.0, 3.0], rtol=1e-12)  # fmt: skip


@pytest.mark.parametrize("power", [-1000, -60, 60, 1000])
def test_sizes_far_from_one(power: int) -> None:
    gram, y = gram_of(30), np.random.default_rng(3).standard_normal(30)
    usual = ridge_path(gram, y, [0.25, 1.0], method="cg").coefficients
    found = ridge_path(np.ldexp(gram, power), y, np.ldexp([0.25, 1.0], power), method="cg").coefficients
    np.testing.assert_allclose(np.ldexp(found, power), usual, rtol=1e-5)
    if abs(power) < 100:
        short = ridge_path(np.ldexp(gram, power).astype(np.float32), y, np.ldexp([0.25, 1.0], power), method="cg")
        np.testing.assert_allclose(np.ldexp(short.coefficients, power), usual, rtol=0, atol=1e-5 * abs(usual).max())


def test_the_same_seed_gives_the_same_numbers_in_any_thread() -> None:
    gram, y = gram_of(150), np.random.default_rng(3).standard_normal((150, 2))
    wanted = ridge_path(gram, y, [0.01], method="cg", rng=7).coefficients
    found: list[np.ndarray] = []

    def solve() -> None:
        found.append(ridge_path(gram, y, [0.01], method="cg", rng=7).coefficients)

    several = [threading.Thread(target=solve) for _ in range(3)]
    for each in several:
        each.start()
    for each in several:
        each.join()
    assert len(found) == 3
    for each_found in found:
        np.testing.assert_array_equal(each_found, wanted)
