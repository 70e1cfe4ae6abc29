from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernelspec import regression
from kernelspec.regression import RidgePath, feature_path, predict, ridge_path

METHODS: tuple[regression.Method, ...] = ("eigh", "cholesky")


def positive(n: int, rng: np.random.Generator, rank: int | None = None) -> np.ndarray:
    """A random Gram matrix with entries of size 1."""
    factor = rng.standard_normal((n, rank or n + 3))
    return np.asarray(factor @ factor.T / factor.shape[1])


def laplace(n: int, rng: np.random.Generator) -> np.ndarray:
    """The Laplace kernel on the line: full rank, eigenvalues over several decades."""
    x = np.sort(rng.uniform(-1, 1, n))
    return np.asarray(np.exp(-np.abs(x[:, None] - x[None, :])))


@pytest.mark.parametrize("method", METHODS)
def test_solves_the_equation_of_the_module(method: regression.Method, rng: np.random.Generator) -> None:
    gram, y = positive(30, rng), rng.standard_normal((30, 3))
    lambdas = np.array([1e-3, 10.0, 0.1])  # in no order: it is kept
    path = ridge_path(gram, y, lambdas, method=method)
    assert path.method == method
    np.testing.assert_array_equal(path.lambdas, lambdas)
    for alpha, size in zip(path.coefficients, lambdas, strict=True):
        expected = np.linalg.solve(gram + 30 * size * np.eye(30), y)
        # Condition number below 1e4: a few hundred ulp are lost at most.
        np.testing.assert_allclose(alpha, expected, rtol=0, atol=1e-11 * np.abs(expected).max())


@pytest.mark.parametrize("method", METHODS)
def test_against_fifty_digits(method: regression.Method, rng: np.random.Generator) -> None:
    n, size = 12, 1e-9
    gram, y = laplace(n, rng), rng.standard_normal(n)
    with mpmath.workdps(50):
        matrix = mpmath.matrix(gram.tolist()) + n * mpmath.mpf(size) * mpmath.eye(n)
        exact = np.array([float(v) for v in mpmath.lu_solve(matrix, mpmath.matrix(y.tolist()))])
    path = ridge_path(gram, y, size, method=method)
    condition = np.linalg.cond(gram)
    tolerance = 20 * n * np.finfo(float).eps * condition  # backward stability times conditioning
    assert tolerance < 1e-6
    np.testing.assert_allclose(path.coefficients[0], exact, rtol=0, atol=tolerance * abs(exact).max())


@pytest.mark.parametrize("method", METHODS)
def test_minimises_mean_square_plus_lambda_norm(method: regression.Method, rng: np.random.Generator) -> None:
    gram, y = positive(15, rng), rng.standard_normal(15)

    def objective(alpha: np.ndarray, size: float) -> float:
        return float(np.mean((gram @ alpha - y) ** 2) + size * alpha @ gram @ alpha)

    path = ridge_path(gram, y, [0.3, 0.01], method=method)
    for alpha, size in zip(path.coefficients, path.lambdas, strict=True):
        least = objective(alpha, size)
        for _ in range(20):
            step = rng.standard_normal(15)
            # Convex and quadratic: both sides of a minimum lie above it.
            assert objective(alpha + 1e-3 * step, size) > least
            assert objective(alpha - 1e-3 * step, size) > least


@given(seed=st.integers(0, 10**6), n=st.integers(1, 25), p=st.integers(1, 14))
def test_both_methods_agree(seed: int, n: int, p: int) -> None:
    rng = np.random.default_rng(seed)
    gram, y = positive(n, rng), rng.standard_normal(n)
    lambdas = 10.0 ** rng.uniform(-3, 2, p)
    a, b = (ridge_path(gram, y, lambdas, method=m).coefficients for m in METHODS)
    # Eigenvalues at most (1 + 2)^2 n or so over n lambda >= 1e-3 n: conditioning 1e5 at worst.
    np.testing.assert_allclose(a, b, rtol=0, atol=1e-10 * np.abs(b).max())


def test_takes_the_cheaper_method(rng: np.random.Generator) -> None:
    gram, y = positive(8, rng), rng.standard_normal(8)
    assert ridge_path(gram, y, np.geomspace(1e-3, 1, 4)).method == "cholesky"
    assert ridge_path(gram, y, np.geomspace(1e-3, 1, 40)).method == "eigh"
    # As the docstring says: an eigendecomposition costs as much as 16 factorisations.
    assert ridge_path(gram, y, np.full(16, 0.1)).method == "cholesky"
    assert ridge_path(gram, y, np.full(17, 0.1)).method == "eigh"
    # And each inverse as much as a factorisation.
    assert ridge_path(gram, y, np.full(8, 0.1), leave_one_out=True).method == "cholesky"
    assert ridge_path(gram, y, np.full(9, 0.1), leave_one_out=True).method == "eigh"


@pytest.mark.parametrize("method", METHODS)
def test_outputs_are_independent(method: regression.Method, rng: np.random.Generator) -> None:
    gram, y = positive(20, rng), rng.standard_normal((20, 4))
    cross = rng.standard_normal((7, 20))
    together = predict(ridge_path(gram, y, [0.1, 1.0], method=method), cross)
    assert together.shape == (2, 7, 4)
    for column in range(4):
        alone = predict(ridge_path(gram, y[:, column], [0.1, 1.0], method=method), cross)
        assert alone.shape == (2, 7)
        # The same factorisation; only the order of the sums differs.
        np.testing.assert_allclose(together[..., column], alone, rtol=0, atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_limits_in_lambda(method: regression.Method, rng: np.random.Generator) -> None:
    gram, y = laplace(10, rng), rng.standard_normal(10)
    path = ridge_path(gram, y, [1e9, 1e-15], method=method)
    # First order in K/(n lambda) = 1e-9, and in n lambda / smallest eigenvalue.
    np.testing.assert_allclose(path.coefficients[0], y / 1e10, rtol=1e-6)
    smallest = np.linalg.eigvalsh(gram)[0]
    np.testing.assert_allclose(predict(path, gram)[1], y, rtol=0, atol=1e-12 / smallest)


@pytest.mark.parametrize("method", METHODS)
def test_fit_and_norm_are_monotone_in_lambda(method: regression.Method, rng: np.random.Generator) -> None:
    gram, y = positive(25, rng), rng.standard_normal(25)
    path = ridge_path(gram, y, np.geomspace(1e-4, 1e2, 9), method=method)
    misfit = np.mean((predict(path, gram) - y) ** 2, axis=1)
    norm = np.einsum("pi,ij,pj->p", path.coefficients, gram, path.coefficients)
    assert np.all(np.diff(misfit) > 0)
    assert np.all(np.diff(norm) < 0)


@pytest.mark.parametrize("width", [3, 12, 40])
def test_features_are_the_kernel_of_their_products(width: int, rng: np.random.Generator) -> None:
    features, new = rng.standard_normal((20, width)), rng.standard_normal((6, width))
    y, lambdas = rng.standard_normal((20, 2)), [1e-4, 0.3]
    primal = predict(feature_path(features, y, lambdas), new)
    dual = predict(ridge_path(features @ features.T, y, lambdas), new @ features.T)
    assert primal.shape == (2, 6, 2)
    # Conditioning up to |F|^2 / (n lambda) = 1e5 or so, on entries of size 1.
    np.testing.assert_allclose(primal, dual, rtol=0, atol=1e-9)


@pytest.mark.parametrize("width", [1, 3, 12, 40])
@pytest.mark.parametrize("outputs", [(), (2,)])
@pytest.mark.parametrize("power", [-400, 0, 400])
def test_features_leave_out_what_refitting_leaves_out(width: int, outputs: tuple[int, ...], power: int) -> None:
    rng = np.random.default_rng(width)
    features, y, lambdas = rng.standard_normal((20, width)), rng.standard_normal((20, *outputs)), [0.3, 1e-2]
    path = feature_path(np.ldexp(features, power), y, np.ldexp(lambdas, 2 * power), leave_one_out=True)
    wanted = np.empty((2, *y.shape))
    for place, size in enumerate(lambdas):
        for i in range(20):
            others = np.delete(np.arange(20), i)
            shifted = features[others].T @ features[others] + 20 * size * np.eye(width)
            wanted[place, i] = y[i] - features[i] @ np.linalg.solve(shifted, features[others].T @ y[others])
    # Conditioning of 1e3, and leverages of .99 at most.
    np.testing.assert_allclose(path.left_out, wanted, rtol=0, atol=1e-11)
    dual = ridge_path(features @ features.T, y, lambdas, leave_one_out=True)
    np.testing.assert_allclose(path.generalised_cross_validation, dual.generalised_cross_validation, rtol=1e-9)
    assert regression.leave_one_out(path, y).kind == "leave-one-out"
    with np.errstate(all="raise"):
        tiny = feature_path(features, 1e-250 * y, lambdas, leave_one_out=True)
        assert tiny.generalised_cross_validation.tolist() == [0.0, 0.0] and tiny.left_out.any()
    with pytest.raises(ValueError, match="leave_one_out must be True"):
        feature_path(features, y, lambdas).left_out  # noqa: B018 - the property is the test


def test_feature_path_of_one_output(rng: np.random.Generator) -> None:
    features, y = rng.standard_normal((9, 2)), rng.standard_normal(9)
    path = feature_path(features, y, 0.5)
    expected = np.linalg.solve(features.T @ features + 4.5 * np.eye(2), features.T @ y)
    assert path.coefficients.shape == (1, 2)
    np.testing.assert_allclose(path.coefficients[0], expected, rtol=1e-12)  # conditioning of 10


@pytest.mark.parametrize("method", METHODS)
def test_computes_in_float64_and_leaves_its_arguments_alone(method: regression.Method) -> None:
    gram = np.array([[2.0, 1.0], [1.0, 2.0]], dtype=np.float32)
    y = np.array([1, 0])
    before = gram.copy()
    path = ridge_path(gram, y, np.float32(0.5), method=method)
    assert path.coefficients.dtype == np.float64
    # Solved in float32, and refined until the residual is 1e-13 at most.
    np.testing.assert_allclose(path.coefficients, [[3 / 8, -1 / 8]], rtol=1e-13)
    np.testing.assert_array_equal(gram, before)
    held = np.array([[2.0, 1.0], [1.0, 2.0]])
    path = ridge_path(held, y, 0.5, method=method)
    np.testing.assert_allclose(path.coefficients, [[3 / 8, -1 / 8]], rtol=1e-15)
    np.testing.assert_array_equal(held, before)


def test_a_singular_gram_matrix_is_fine(rng: np.random.Generator) -> None:
    gram = positive(20, rng, rank=3)
    y = gram @ rng.standard_normal(20)
    for method in METHODS:
        path = ridge_path(gram, y, 1e-8, method=method)
        np.testing.assert_allclose(predict(path, gram)[0], y, rtol=0, atol=1e-4)  # lambda/e_min


def test_repr_says_what_it_holds() -> None:
    path = ridge_path(np.eye(3), np.ones((3, 2)), [1.0, 0.1])
    assert repr(path) == ("<RidgePath: 2 x lambda from 0.1 to 1; 3 coefficients, 2 outputs; cholesky>")


GOOD: dict[str, Any] = {"K": np.eye(3), "y": np.ones(3), "lambdas": [0.1]}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"K": np.ones((3, 2))}, ValueError, r"K must be square.*\(3, 2\)"),
        ({"K": np.ones(3)}, ValueError, r"K must be a matrix.*\(3,\)"),
        ({"K": np.ones((0, 0))}, ValueError, r"K must be a matrix that is not empty"),
        ({"K": np.eye(3) * np.nan}, ValueError, "K must be finite"),
        ({"K": np.eye(3) * 1j}, TypeError, "K must be a real"),
        ({"K": [["a"]]}, TypeError, "K must be a real"),
        ({"K": np.triu(np.ones((3, 3)))}, ValueError, "K must be symmetric.*differ by 1"),
        ({"K": -np.eye(3)}, ValueError, "K must be positive semi-definite"),
        ({"y": np.ones(4)}, ValueError, r"y must have shape \(3,\).*\(4,\)"),
        ({"y": np.ones((3, 0))}, ValueError, "y must have shape"),
        ({"y": np.ones((3, 1, 1))}, ValueError, "y must have shape"),
        ({"y": 1.0}, ValueError, "y must have shape"),
        ({"y": [1.0, np.inf, 0.0]}, ValueError, "y must be finite, got inf"),
        ({"lambdas": []}, ValueError, "lambdas must be one or more"),
        ({"lambdas": [[0.1]]}, ValueError, "lambdas must be one or more"),
        ({"lambdas": [0.1, 0.0]}, ValueError, "lambdas must be > 0; got 0.0"),
        ({"lambdas": -1}, ValueError, "lambdas must be > 0; got -1.0"),
        ({"lambdas": [np.nan]}, ValueError, "lambdas must be finite"),
        ({"lambdas": 1e-17}, ValueError, r"lambdas must be >= 2.22e-16.*got 1e-17"),
        ({"lambdas": "small"}, TypeError, "lambdas must be a real"),
        ({"method": "lu"}, ValueError, "method must be 'eigh', 'cholesky', 'cg' or None; got 'lu'"),
    ],
)
@pytest.mark.parametrize("method", METHODS)
def test_bad_input(change: dict[str, Any], error: type[Exception], message: str, method: str) -> None:
    with pytest.raises(error, match=message):
        ridge_path(**{"method": method, **GOOD, **change})


@pytest.mark.parametrize("method", METHODS)
def test_an_indefinite_matrix_is_refused(method: regression.Method) -> None:
    with pytest.raises(ValueError, match="K must be positive semi-definite"):
        ridge_path([[1.0, 2.0], [2.0, 1.0]], [1.0, 1.0], 0.1, method=method)


def test_an_indefinite_matrix_is_refused_for_the_least_of_several_lambdas() -> None:
    for method in METHODS:
        with pytest.raises(ValueError, match="K must be positive semi-definite"):
            ridge_path([[1.0, 2.0], [2.0, 1.0]], [1.0, 1.0], [10.0, 0.1, 10.0], method=method)


def test_symmetry_is_looked_at_everywhere_and_nearly_to_rounding() -> None:
    """Strips of 512 rows are compared; 1e-12 of the largest entry is rounding."""
    for n, i, j, size in ((600, 550, 590, 1e-3), (600, 599, 3, 1e-3), (4, 0, 2, 1e-10)):
        gram = np.eye(n)
        gram[i, j] += size
        with pytest.raises(ValueError, match="K must be symmetric"):
            ridge_path(gram, np.ones(n), 0.1)
    gram = np.eye(4)
    gram[0, 2] += 1e-13
    ridge_path(gram, np.ones(4), 0.1)


def test_the_least_lambda_is_where_the_message_says() -> None:
    gram, floor = np.diag([1.0, 5.0]), 3 * float(np.finfo(float).eps)
    assert ridge_path(gram, [1.0, 1.0], floor).lambdas == floor
    with pytest.raises(ValueError, match="lambdas must be >= 6.66e-16"):
        ridge_path(gram, [1.0, 1.0], 0.99 * floor)
    features = np.sqrt(gram)
    assert feature_path(features, [1.0, 1.0], 1.01 * floor).lambdas == 1.01 * floor
    with pytest.raises(ValueError, match="lambdas must be >= 6.66e-16"):
        feature_path(features, [1.0, 1.0], 0.99 * floor)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5)])
@pytest.mark.parametrize("power", [-400, 0, 400])
def test_features_of_any_shape_and_size_have_the_weights_of_their_kernel(shape: tuple[int, int], power: int) -> None:
    rng = np.random.default_rng(1)
    n, m = shape
    features, y = rng.integers(-4, 5, shape).astype(float), rng.integers(-4, 5, n).astype(float)
    for size in (0.25, 4.0):
        alpha = np.linalg.solve(features @ features.T + n * size * np.eye(n), y)
        found = feature_path(np.ldexp(features, power), np.ldexp(y, 9), np.ldexp(size, 2 * power))
        wanted = np.ldexp(features.T @ alpha, 9 - power)
        np.testing.assert_allclose(found.coefficients[0], wanted, rtol=1e-12)


def test_bad_features() -> None:
    with pytest.raises(ValueError, match="features must be a matrix"):
        feature_path(np.ones(3), np.ones(3), 0.1)
    with pytest.raises(ValueError, match=r"y must have shape \(3,\)"):
        feature_path(np.ones((3, 2)), np.ones(2), 0.1)
    with pytest.raises(ValueError, match="lambdas must be >= 4.44e-16.*features' K"):
        feature_path(np.ones((3, 2)), np.ones(3), 1e-16)


def test_bad_predictions() -> None:
    path = ridge_path(np.eye(3), np.ones(3), 0.1)
    assert isinstance(path, RidgePath)
    with pytest.raises(ValueError, match=r"one column for each of 3 coefficients; got \(2, 4\)"):
        predict(path, np.ones((2, 4)))
    with pytest.raises(ValueError, match="K must be a matrix"):
        predict(path, np.ones(3))
    with pytest.raises(TypeError, match="path must be a RidgePath; got tuple"):
        predict((1, 2), np.eye(3))  # type: ignore[arg-type]  # the wrong type is the test


# -- numbers of any size ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["eigh", "cholesky"])
@pytest.mark.parametrize("power", [-1060, -1000, -500, 500, 1000, 1014])
def test_matrices_of_any_size(method: Any, power: int) -> None:
    """A subnormal K gave infinities, a large one the message that lambdas must be >= inf."""
    rng = np.random.default_rng(0)
    factor = rng.integers(-4, 5, (5, 8)).astype(float)
    gram, y = factor @ factor.T, rng.integers(-4, 5, (5, 2)).astype(float)
    lambdas, q = np.array([0.25, 4.0]), -100 if power < 0 else 100
    usual = ridge_path(gram, y, lambdas, method=method)
    scaled = np.ldexp(gram, power), np.ldexp(y, q), np.ldexp(lambdas, power)
    found = ridge_path(*scaled, method=method)
    # (2^p K + 2^p n lambda I) alpha = 2^q y.
    wanted = np.ldexp(usual.coefficients, q - power)
    np.testing.assert_allclose(found.coefficients, wanted, rtol=1e-13)
    np.testing.assert_array_equal(found.lambdas, scaled[2])
    features = feature_path(np.ldexp(factor, power // 2), y, np.ldexp(lambdas, power))
    plain = feature_path(factor, y, lambdas)
    np.testing.assert_allclose(features.coefficients, np.ldexp(plain.coefficients, -(power // 2)), rtol=1e-12)


def test_coefficients_that_overflow_are_refused() -> None:
    """1 / 2e-310 is no float."""
    methods: tuple[Any, ...] = ("eigh", "cholesky")
    for method in methods:
        with pytest.raises(ValueError, match="coefficients .* overflow float64"):
            ridge_path([[1e-310]], [1.0], [1e-310], method=method)
    with pytest.raises(ValueError, match="coefficients .* overflow float64"):
        feature_path([[1e-162]], [1e300], [5e-324])
    found = ridge_path([[1e-310]], [1e-5], [1e-310]).coefficients[0, 0]
    assert found == pytest.approx(1e-5 / 2e-310, rel=1e-12, abs=0)


def test_the_least_lambda_of_a_large_matrix_is_a_number() -> None:
    gram = np.full((3, 3), 1.5e308)
    with pytest.raises(ValueError, match=r"lambdas must be >= 3.33e\+292"):
        ridge_path(gram, [1.0, 2.0, 3.0], [1e290])
    with pytest.raises(ValueError, match=r"lambdas must be >= 2.22e-16 .*; got 1e-300"):
        ridge_path(np.eye(2), [1.0, 0.0], [1e-300])


def test_predictions_that_overflow_are_refused() -> None:
    path = ridge_path([[1.0]], [1e300], [1.0])
    with pytest.raises(ValueError, match="overflow float64"):
        predict(path, [[1e300]])


def test_the_users_error_state_stays_outside() -> None:
    with np.errstate(all="raise"):
        path = ridge_path([[1e-200, 0.0], [0.0, 1.0]], [1e-200, 1.0], [1e-3])
        predict(path, [[1e-300, 1e-300]])
        feature_path([[1e-200], [1.0]], [1e-200, 1.0], [1e-3])
