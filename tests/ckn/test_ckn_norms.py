"""Operator norms between two numbers, against dense singular values and against their own probability of failure."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.linalg import LinearOperator, aslinearoperator
from scipy.special import gamma

from kernelspec.ckn.stability.certificate import proved_bound
from kernelspec.ckn.stability.norms import least_coordinate, norm

# Products of a few dozen terms in float64, and the square root of theta: 1e-14 leaves a factor 10.
ROUNDING = 1e-14


@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 2**32 - 1))
def test_the_norm_of_a_matrix_lies_between(rows: int, columns: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((rows, columns)) * 10.0 ** rng.uniform(-8, 8)
    true = np.linalg.norm(matrix, 2)
    for operator in (matrix, aslinearoperator(matrix), np.asfortranarray(matrix)[::-1]):
        found = norm(operator, rng=seed)
        # A failure of probability 1e-10 in some hundred examples is not to be expected.
        assert found.value <= true * (1 + ROUNDING)
        assert true <= found.upper * (1 + ROUNDING)
        assert found.upper <= found.value * (1 + 1.1e-6)
        assert found.steps <= min(rows, columns)


@given(st.integers(2, 40), st.integers(0, 2**32 - 1))
def test_the_value_is_attained(n: int, seed: int) -> None:
    matrix = np.random.default_rng(seed).standard_normal((n, n))
    found = norm(matrix, rng=seed, steps=3)
    v = found.vector
    assert np.linalg.norm(v) == pytest.approx(1, abs=ROUNDING)
    assert np.linalg.norm(matrix @ v) == pytest.approx(found.value, rel=ROUNDING, abs=0)
    assert found.upper >= np.linalg.norm(matrix, 2)
    assert norm(matrix.T, rng=seed).value == pytest.approx(np.linalg.norm(matrix, 2), rel=1e-6, abs=0)


SPECTRA = {
    "linear": np.linspace(0, 1, 400),
    "dense at the top": 1 - np.linspace(0, 1, 400) ** 2,  # as of convolutions
    "Chebyshev": np.cos(np.linspace(0, math.pi / 2, 400)) ** 2,
    "a gap": np.concatenate([np.linspace(0, 0.5, 399), [1.0]]),
}


@pytest.mark.parametrize("name", SPECTRA)
@pytest.mark.parametrize("steps", [5, 20, 60])
def test_no_upper_bound_is_worse_than_the_theorem(name: str, steps: int) -> None:
    singular = np.sqrt(SPECTRA[name])
    found = norm(aslinearoperator(np.diag(singular)), steps=steps)
    assert found.value <= 1 <= found.upper
    # |M| <= theta / (1 - eps), 1.596 sqrt(n) exp(-(2k - 1) sqrt(eps)) = failure.
    root = math.log(1.596 * math.sqrt(400) / found.failure) / (2 * found.steps - 1)
    if root < 1:
        assert found.upper <= found.value / math.sqrt(1 - root**2) * (1 + 1e-12)
    if name == "a gap" and steps == 60:
        assert found.upper - found.value < 1e-6
        assert found.steps < 40


def test_the_failure_is_as_rare_as_stated_and_not_much_rarer() -> None:
    # One step on the projection diag(1, 0, ..., 0): the lemma's bound is below 1 just where
    # |b_1| < delta / sqrt(1 + delta^2), which has a probability close to the stated one.
    n, draws = 50, 2000
    projection = np.zeros((n, n))
    projection[0, 0] = 1
    operator = aslinearoperator(projection)
    rng = np.random.default_rng(7)
    failed = sum(norm(operator, rng, failure=0.1, steps=1).upper < 1 for _ in range(draws))
    # Binomial: mean 200, standard deviation 13.4; four of them below and above.
    assert 140 < failed < 200 + 54


@pytest.mark.parametrize("name", SPECTRA)
def test_failures_of_other_spectra_are_no_more_frequent(name: str) -> None:
    singular = np.diag(np.sqrt(SPECTRA[name][::20]))
    largest, operator = singular.max(), aslinearoperator(singular)
    rng = np.random.default_rng(8)
    failed = sum(norm(operator, rng, failure=0.1, steps=4).upper < largest for _ in range(400))
    assert failed < 40 + 24  # mean at most 40, standard deviation 6


@settings(max_examples=30)
@given(st.integers(2, 200), st.floats(1e-6, 0.1))
def test_the_least_coordinate(n: int, failure: float) -> None:
    delta = least_coordinate(n, failure)
    # P(|b_1| < delta) = 2 c int_0^delta (1 - t^2)^{(n-3)/2} dt, by the midpoint rule.
    c = gamma(n / 2) / gamma((n - 1) / 2) / math.sqrt(math.pi)
    t = (np.arange(2000) + 0.5) / 2000 * delta
    assert 2 * c * delta * np.mean((1 - t * t) ** ((n - 3) / 2)) == pytest.approx(failure, rel=1e-6, abs=0)


def test_exact_values() -> None:
    assert norm(np.eye(7)).value == pytest.approx(1, rel=ROUNDING, abs=0)
    assert norm(np.eye(7)).steps == 1  # the space is invariant
    zero = norm(np.zeros((3, 5)))
    assert (zero.value, zero.upper, zero.steps) == (0.0, 0.0, 1)
    one = norm(np.array([[3.0], [4.0]]))
    assert one.failure == 0
    assert one.value == pytest.approx(5, rel=ROUNDING, abs=0)
    difference = np.eye(100) - np.roll(np.eye(100), 1, axis=0)
    assert norm(difference).value == pytest.approx(2, rel=1e-6, abs=0)  # |1 - e^{i pi}|
    assert norm(np.arange(6).reshape(2, 3)).value == pytest.approx(math.sqrt((55 + 2809**0.5) / 2))
    assert norm(np.ones((4, 4), dtype=np.float32)).value == pytest.approx(4, rel=1e-6, abs=0)
    assert float(norm(np.eye(2))) == norm(np.eye(2)).value
    assert repr(norm(2 * np.eye(3))) == "2 <= |A| <= 2"
    operator = aslinearoperator(2 * np.eye(3))
    assert repr(norm(operator)) == "2 <= |A| <= 2, but for a probability 1e-10"


@pytest.mark.parametrize("n", [5, 60, 300])
def test_an_operator_that_is_orthogonal_to_a_start(n: int) -> None:
    """0.1 I + 10 v v^T, v orthogonal to the start of the seed 0: its upper bound was 0.1."""
    start = np.random.default_rng(0).standard_normal(n)
    v = np.random.default_rng(1).standard_normal(n)
    v -= start * (start @ v) / (start @ start)
    v /= np.linalg.norm(v)
    matrix = 0.1 * np.eye(n) + 10 * np.outer(v, v)
    for seed in (0, 1, None):  # a matrix: proved, whatever the start
        found = norm(matrix, rng=seed)
        assert found.failure == 0
        assert 10.1 * (1 - 1e-12) <= found.upper <= 10.1 * (1 + 1e-6)
    assert norm(scipy.sparse.csr_matrix(matrix), rng=0).upper >= 10.1 * (1 - 1e-12)
    for _ in range(3):  # what multiplies only: a start that is drawn
        assert norm(aslinearoperator(matrix)).upper >= 10.1 * (1 - 1e-12)


@settings(max_examples=60)
@given(st.integers(1, 25), st.integers(1, 25), st.integers(0, 2**32 - 1), st.floats(0.2, 1.5))
def test_a_proved_bound_is_never_below(rows: int, columns: int, seed: int, guess: float) -> None:
    """Against mpmath's singular values, from guesses that are too small, right, and too large."""
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((rows, columns)) * 10.0 ** rng.uniform(-100, 100, (1, columns))
    context = mpmath.mp.clone()
    context.dps = 250
    exact = max(context.svd_r(context.matrix(matrix.tolist()), compute_uv=False))
    close = float(exact)
    for start in (guess * close, close, math.nextafter(close, 0)):
        found = proved_bound(matrix, start)
        assert exact <= found <= max(start, close) * (1 + 1e-8)


def test_a_bound_of_deformed_signals_says_how_sure_it_is() -> None:
    import kernelspec as ks
    from kernelspec import ckn
    from kernelspec.ckn import stability

    net = ckn.Network([ckn.Layer(3, ks.arccos(1), ckn.gaussian(1), stride=2)])
    found = stability.bound(net, stability.field((12, 12), rng=0))
    assert found.proved and 0 < found.failure <= 1e-12
    assert "but for a probability of" in repr(found)


@pytest.mark.parametrize("exponent", [-1060, -1000, -600, -450, 0, 450, 600, 1015])
def test_no_square_of_an_entry_overflows_or_vanishes(exponent: int) -> None:
    matrix = np.random.default_rng(3).integers(-9, 9, (6, 4)).astype(float)
    found = norm(np.ldexp(matrix, exponent))
    unit = math.ulp(0.0)
    expected = math.ldexp(np.linalg.norm(matrix, 2), exponent)
    # Among the subnormals the six entries of A v are rounded to a unit each, sqrt(6)/2 in all, and then their norm.
    assert found.value == pytest.approx(expected, rel=1e-9, abs=3 * unit)
    assert found.value <= found.upper <= found.value * (1 + 1e-6) + 4 * unit
    scaled = np.ldexp(matrix, exponent) @ found.vector
    assert np.linalg.norm(np.ldexp(scaled, -exponent)) == pytest.approx(
        math.ldexp(found.value, -exponent), rel=1e-4, abs=0
    )


def test_a_seed_gives_the_same_and_others_agree() -> None:
    matrix = np.random.default_rng(0).standard_normal((300, 200))
    values = [norm(matrix, rng=seed).value for seed in range(4)]
    assert norm(matrix, rng=0).value == values[0]
    assert max(values) - min(values) < 1e-6 * values[0]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"operator": "text"}, TypeError, "operator must be"),
        ({"operator": np.eye(2) * 1j}, TypeError, "operator must be real"),
        ({"operator": np.zeros((0, 3))}, ValueError, "a row and a column"),
        ({"operator": np.diag([1.0, np.nan])}, ValueError, "NaN or infinity"),
        ({"operator": LinearOperator((2, 2), lambda v: v)}, TypeError, "must have an adjoint"),
        ({"operator": LinearOperator((1, 2), lambda v: v[:1])}, TypeError, "must have an adjoint"),
        ({"rtol": 0.0}, ValueError, "rtol must be from 1e-14 to 1"),
        ({"rtol": "1"}, TypeError, "rtol must be a real number"),
        ({"failure": 0.5}, ValueError, "failure must be"),
        ({"failure": math.nan}, ValueError, "failure must be"),
        ({"steps": 0}, ValueError, "steps must be"),
        ({"rng": -1}, ValueError, "rng must be a seed"),
    ],
)
def test_bad_input(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        norm(**({"operator": np.eye(3)} | arguments))
