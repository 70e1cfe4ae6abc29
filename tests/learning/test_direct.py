"""Factorisations in both dtypes: in place, refined, their inverses' diagonals and condition numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec.learning import factorisation
from kernelspec.learning.factorisation import factors_per_eigh
from kernelspec.learning.symmetric import mirror_lower, product, sizes
from kernelspec.regression import RidgePath, ridge_path

DTYPES: tuple[Any, ...] = (np.float64, np.float32)
METHODS: tuple[Any, ...] = ("cholesky", "eigh")


def gram_of(n: int, seed: int = 0) -> np.ndarray:
    """The Laplace kernel of points in space: full rank, a diagonal of 1."""
    x = np.random.default_rng(seed).standard_normal((n, 3))
    return np.asarray(np.exp(-np.linalg.norm(x[:, None] - x[None], axis=2)))


def residuals(gram: np.ndarray, y: np.ndarray, path: RidgePath) -> np.ndarray:
    """|y - (K + n lambda) alpha| / |y|, the largest of the outputs, with NumPy's own products in long double."""
    wide, found = gram.astype(np.longdouble), []
    for alpha, size in zip(path.coefficients, path.lambdas, strict=True):
        rest = y - wide @ alpha - len(gram) * size * alpha
        found.append(np.max(np.linalg.norm(rest.astype(float), axis=0) / np.linalg.norm(y, axis=0)))
    return np.array(found)


@given(n=st.sampled_from([1, 2, 3, 255, 256, 257, 600]), dtype=st.sampled_from(DTYPES), seed=st.integers(0, 99))
def test_products_read_the_lower_triangle_alone(n: int, dtype: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    full = rng.standard_normal((n, n))
    full = (full + full.T).astype(dtype)
    half = np.tril(full, -1) + np.triu(np.full((n, n), np.nan, dtype))
    x = rng.standard_normal((n, 3))
    wanted = full.astype(np.float64) @ x
    # Sums of n products of numbers of size 1, in another order.
    np.testing.assert_allclose(product(half, full.diagonal().astype(float), x), wanted, rtol=0, atol=1e-15 * n + 1e-14)
    mirror_lower(half, full.diagonal().copy())
    np.testing.assert_array_equal(half, full)
    seen = sizes(full)
    assert seen.largest == np.abs(full).max() and seen.asymmetry == 0.0
    off = np.abs(full.astype(np.float64)) * (1 - np.eye(n))
    np.testing.assert_allclose(seen.sums, off.sum(axis=1), rtol=0, atol=1e-15 * n**2 + 1e-14)


@pytest.mark.parametrize("rows", [1 << 10, 1 << 16])
def test_products_in_strips_of_any_height(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kernelspec.learning.symmetric.STRIP", rows)
    gram = gram_of(100).astype(np.float32)
    x = np.random.default_rng(1).standard_normal((100, 2))
    wanted = gram.astype(np.float64) @ x
    np.testing.assert_allclose(product(gram, gram.diagonal().astype(float), x), wanted, rtol=0, atol=1e-13)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_residual_is_that_of_the_coefficients(method: Any, dtype: Any) -> None:
    gram = gram_of(300).astype(dtype)
    y = np.random.default_rng(2).standard_normal((300, 2))
    path = ridge_path(gram, y, [1.0, 1e-3, 1e-6], method=method)
    assert path.residual is not None and path.residual.max() < 1e-12  # float32 too: it is refined
    np.testing.assert_allclose(path.residual, residuals(gram, y, path), rtol=0, atol=1e-14)  # sums of 300 terms
    for alpha, size in zip(path.coefficients, path.lambdas, strict=True):
        shifted = gram.astype(np.float64) + 300 * size * np.eye(300)
        wanted = scipy.linalg.cho_solve(scipy.linalg.cho_factor(shifted), y)
        np.testing.assert_allclose(alpha, wanted, rtol=0, atol=1e-10 * np.abs(wanted).max())  # condition 1e3 at most


@pytest.mark.parametrize("method", METHODS)
def test_float32_against_fifty_digits(method: Any) -> None:
    """A condition number of 3e5, of which float32 alone would leave two digits."""
    gram, y = gram_of(20).astype(np.float32), np.arange(20.0) - 7
    with mpmath.workdps(50):
        matrix = mpmath.matrix(gram.astype(float).tolist()) + 20 * mpmath.mpf(1e-7) * mpmath.eye(20)
        exact = np.array([float(v) for v in mpmath.lu_solve(matrix, mpmath.matrix(y.tolist()))])
    found = ridge_path(gram, y, 1e-7, method=method).coefficients[0]
    np.testing.assert_allclose(found, exact, rtol=0, atol=1e-11 * np.abs(exact).max())


@pytest.mark.parametrize("method", METHODS)
def test_what_float32_does_not_solve_is_an_error_that_states_the_residual(method: Any) -> None:
    """Rank 5, and lambda far below float32's rounding of K."""
    factor = np.random.default_rng(3).standard_normal((200, 5)).astype(np.float32)
    gram, y = factor @ factor.T, np.random.default_rng(4).standard_normal(200)
    try:
        path = ridge_path(gram, y, 1e-12, method=method)
    except ArithmeticError as error:
        assert "residual" in str(error) and "float32" in str(error) and "tolerance = 1e-06" in str(error)
    except ValueError as error:  # no factor in float32
        assert "no Cholesky factor in float32" in str(error) or "smallest eigenvalue" in str(error)
    else:
        assert residuals(gram, y[:, None], RidgePath(path.lambdas, path.coefficients[..., None], "eigh"))[0] <= 1e-6


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("inverse", [False, True])
def test_overwriting_takes_no_copy_and_puts_the_matrix_back(dtype: Any, order: Any, inverse: bool) -> None:
    gram = np.array(gram_of(300), dtype=dtype, order=order)
    before, y = gram.copy(), np.ones((300, 2))
    kept = ridge_path(gram, y, [1.0, 0.1], leave_one_out=inverse, method="cholesky")
    np.testing.assert_array_equal(gram, before)
    found = ridge_path(gram, y, [1.0, 0.1], leave_one_out=inverse, method="cholesky", overwrite=True)
    np.testing.assert_array_equal(gram, before)
    np.testing.assert_array_equal(found.coefficients, kept.coefficients)
    with pytest.raises(ValueError, match="positive semi-definite"):
        ridge_path(gram - 2 * np.eye(300, dtype=dtype), y, [0.5, 0.001], method="cholesky", overwrite=True)
    strips = np.zeros((600, 300), dtype)[::2]
    strips[...] = before
    np.testing.assert_array_equal(
        ridge_path(strips, y, [1.0, 0.1], method="cholesky", overwrite=True).coefficients, kept.coefficients
    )
    gram.setflags(write=False)
    ridge_path(gram, y, [1.0], method="cholesky", overwrite=True)


def test_a_matrix_that_is_worked_in_comes_back_after_a_fault() -> None:
    gram = gram_of(300) - 0.5 * np.eye(300)
    before = gram.copy()
    with pytest.raises(ValueError, match="positive semi-definite"):
        ridge_path(gram, np.ones(300), [10.0, 1e-9], method="cholesky", overwrite=True)
    np.testing.assert_array_equal(gram, before)

    def interrupted(work: Any, total: int) -> Any:
        for number, each in enumerate(work):
            if number == 1:
                raise KeyboardInterrupt
            yield each

    with pytest.raises(KeyboardInterrupt):
        ridge_path(gram, np.ones(300), [3.0, 2.0, 1.0], method="cholesky", overwrite=True, progress=interrupted)
    np.testing.assert_array_equal(gram, before)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n", [1, 2, 30, 300])
def test_what_is_left_out_is_what_refitting_gives(method: Any, dtype: Any, n: int) -> None:
    gram, y = gram_of(n).astype(dtype), np.random.default_rng(5).standard_normal(n)
    lambdas = [0.3, 1e-3]
    path = ridge_path(gram, y, lambdas, method=method, leave_one_out=True)
    wide = gram.astype(np.float64)
    for i in range(0, n, 7):
        others = np.delete(np.arange(n), i)
        for place, size in enumerate(lambdas):
            shifted = wide[np.ix_(others, others)] + n * size * np.eye(n - 1)
            error = y[i] - (wide[i, others] @ np.linalg.solve(shifted, y[others]) if n > 1 else 0.0)
            # The diagonal of the inverse is in the matrix's dtype: float32 times a condition number of 1e2.
            rtol = 1e-11 if dtype == np.float64 else 1e-5
            np.testing.assert_allclose(path.left_out[place, i], error, rtol=rtol)


def test_generalised_cross_validation_is_leaving_out_on_a_circle() -> None:
    """On a circulant matrix every point is like every other, and both scores are one."""
    x = np.arange(24) * (2 * np.pi / 24)
    gram = np.exp(np.cos(x[:, None] - x[None]))
    path = ridge_path(gram, np.random.default_rng(6).standard_normal((24, 2)), [1.0, 0.01], leave_one_out=True)
    np.testing.assert_allclose(path.generalised_cross_validation, (path.left_out**2).mean(axis=(1, 2)), rtol=1e-12)
    with pytest.raises(ValueError, match="leave_one_out must be True"):
        ridge_path(gram, x, [1.0]).left_out  # noqa: B018 - the property is the test
    with pytest.raises(ValueError, match="leave_one_out needs method 'eigh' or 'cholesky'"):
        ridge_path(gram, x, [1.0], method="cg", leave_one_out=True)


@pytest.mark.parametrize("dtype", DTYPES)
def test_condition_numbers(dtype: Any) -> None:
    """Exact by eigh; LAPACK's estimate is at most the 1-norm's, and seldom less than a third; a bound by cg."""
    gram, lambdas = gram_of(120).astype(dtype), np.array([1.0, 1e-2, 1e-4])
    shifted = [gram.astype(float) + 120 * size * np.eye(120) for size in lambdas]
    two, one = ([np.linalg.cond(each, p) for each in shifted] for p in (2, 1))
    by_eigh, by_cholesky, by_cg = (
        ridge_path(gram, np.ones(120), lambdas, method=method).condition for method in ("eigh", "cholesky", "cg")
    )
    rounding = 1e-12 if dtype == np.float64 else 1e-4
    assert by_eigh is not None and by_cholesky is not None and by_cg is not None
    np.testing.assert_allclose(by_eigh, two, rtol=rounding)
    assert np.all(by_cholesky <= np.array(one) * (1 + rounding)) and np.all(by_cholesky >= np.array(one) / 3)
    # |K| is at most its largest sum of a row, here 1.5 times as large; K may be singular for all that is known.
    wide = gram.astype(float)
    bound = 1 + min(np.trace(wide), np.abs(wide).sum(axis=1).max()) / (120 * lambdas)
    np.testing.assert_allclose(by_cg, bound, rtol=1e-14)
    assert np.all(by_cg >= two) and bound[0] - 1 < 1.5 * np.linalg.norm(wide, 2) / 120


def test_the_price_of_an_eigendecomposition() -> None:
    assert [factors_per_eigh(n) for n in (1, 1000, 1500, 5000, 10**6)] == [16.0, 16.0, 17.5, 27.0, 27.0]


def test_large_eigendecompositions_take_the_driver_that_counts_in_32_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    gram, y = gram_of(30), np.ones(30)
    usual = ridge_path(gram, y, [0.1], method="eigh").coefficients
    monkeypatch.setattr(factorisation, "_MOST_EVD", 20)
    np.testing.assert_allclose(ridge_path(gram, y, [0.1], method="eigh").coefficients, usual, rtol=1e-12)


def test_paths_that_were_saved_before_there_were_residuals_are_read(tmp_path: Path) -> None:
    """What version 1 of the format wrote of a path then."""
    data = {
        "type": "ridge-path",
        "lambdas": {"type": "array", "dtype": "float64", "shape": [1], "values": [0.25]},
        "coefficients": {"type": "array", "dtype": "float64", "shape": [1, 2], "values": [0.75, -0.25]},
        "method": "cholesky",
    }
    from kernelspec.results.saved import _digest

    file = tmp_path / "path.json"
    file.write_text(json.dumps({"kernelspec": 1, "sha256": _digest(data), "result": data}))
    path = ks.load(file)
    assert isinstance(path, RidgePath) and path.residual is None and path.method == "cholesky"
    assert [row["residual"] for row in path.table()] == [None]
    ks.save(ridge_path([[1.0, 0.5], [0.5, 1.0]], [1.0, 0.0], [0.25], leave_one_out=True), file)
    np.testing.assert_allclose(ks.load(file).left_out, [[1.0, -1 / 3]], rtol=1e-14)
