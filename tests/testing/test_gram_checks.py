"""`check_gram`: every law has a function that it, and it first, finds wrong, with words that say what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from expressions import untyped

import kernelspec as ks
from kernelspec.numbers.arithmetic_protocol import Array, Value
from kernelspec.testing import GRAM_LAWS, CheckFailed, check_gram
from kernelspec.testing.semidefinite import definiteness

Gram = Callable[..., Value]


def norms(x: Array) -> Array:
    return np.sqrt(np.sum(x * x, axis=1))


def cosines(x: Array, y: Array) -> Array:
    """In [-1, 1], and 0 for rows of zeros."""
    one, two = (np.where(norms(z) > 0, norms(z), 1)[:, None] for z in (x, y))
    return np.clip((x / one) @ (y / two).T, -1, 1)


def squares(x: Array, y: Array) -> Array:
    """|x - y|^2 from the differences."""
    return np.sum((x[:, None, :] - y[None, :, :]) ** 2, axis=2)


def gaussian(x: Array, y: Array) -> Array:
    return np.exp(-squares(x, y) / 2)


def smooth(x: Array, y: Array) -> Array:
    """|x||y| e^{cos - 1}."""
    return np.outer(norms(x), norms(y)) * np.exp(cosines(x, y) - 1)


def ramp(x: Array, y: Array) -> Value:
    """|x||y| kappa_1(cos), as it is often written."""
    u = cosines(x, y)
    return np.outer(norms(x), norms(y)) * (u * (np.pi - np.arccos(u)) + np.sqrt(1 - u * u)) / np.pi


RIGHT: list[Gram] = [
    gaussian,
    smooth,
    ramp,
    lambda x, y: x @ y.T,
    lambda x, y: (1 + x @ y.T) ** 3,
    lambda x, y: np.exp(-np.sqrt(squares(x, y))),
    lambda x, y: 1 / (1 + squares(x, y)),
    lambda x, y: np.ones((len(x), len(y))),
    lambda x, y: np.zeros((len(x), len(y))),
    lambda x, y: np.minimum.outer(norms(x), norms(y)),
    ks.ntk(3).gram,
    ks.mlp(3, bias_variance=1).gram,
]


@pytest.mark.parametrize("function", RIGHT)
@pytest.mark.parametrize("d", [2, 7])
def test_kernels_pass(function: Gram, d: int) -> None:
    report = check_gram(function, d)
    assert not report.not_known
    assert set(report.not_applicable) <= {"scale", "values"}
    assert len(report.met) + len(report.not_applicable) == len(GRAM_LAWS)


def test_a_kernel_that_is_stated() -> None:
    for kernel in (ks.ntk(2), ks.laplace(), ks.mlp(2, bias_variance=1, tangent=True)):
        assert {"values", "diagonal"} <= set(check_gram(kernel.gram, 4, kernel=kernel).met)
    report = check_gram(gaussian, diagonal=1)
    assert report["diagonal"].why.endswith("what is stated")
    assert check_gram(smooth, diagonal=lambda x: np.sum(x * x, axis=1))["diagonal"].result == "ok"


# -- planted faults -------------------------------------------------------------------------------------


def jittered(x: Array, y: Any = None) -> Array:
    return gaussian(x, x) + 1e-6 * np.eye(len(x)) if y is None else gaussian(x, y)


def nan_of_equal_rows(x: Array, y: Array) -> Array:
    """arccos of a cosine that is not clipped, rounded beyond 1."""
    with np.errstate(invalid="ignore", divide="ignore"):
        u = x @ y.T / np.outer(norms(x), norms(y)) * (1 + 2**-50)
        return np.where(np.outer(norms(x), norms(y)) > 0, 1 - np.arccos(u) / np.pi, 0)


def naive_step(x: Array, y: Array) -> Array:
    """kappa_0 from a cosine, 1 for equal rows: next to them it has half of its digits."""
    there = np.outer(norms(x), norms(y)) > 0
    found = np.where(there, 1 - np.arccos(cosines(x, y)) / np.pi, 0)
    return np.where(there & (squares(x, y) == 0), 1, found)


def lines(x: Array, y: Array) -> Array:
    """Opposite rows are taken for equal ones."""
    found = smooth(x, y)
    size = np.outer(norms(x), norms(y))
    return np.where(np.abs(cosines(x, y)) > 1 - 1e-15, size, found)


def indefinite(x: Array, y: Array) -> Array:
    """1 - |x/|x| - y/|y||^2/5 has a negative part, but obeys Cauchy and Schwarz: P_0 and P_1 less P_2."""
    u = cosines(x, y)
    return np.outer(norms(x), norms(y)) * (0.5 + 0.6 * u - 0.1 * (3 * u * u - 1) / 2)


def apart(x: Array, y: Array) -> Array:
    return squares(x, y) > 0


def whole_batch(x: Array, y: Array) -> Array:
    return gaussian(x, y) * (1 - 1e-9 * (len(x) > 1) * apart(x, y))


def one_order(x: Array, y: Array) -> Array:
    rising = [len(z) > 1 and z[0, 0] < z[-1, 0] for z in (x, y)]
    return gaussian(x, y) * (1 - 1e-9 * (rising[0] == rising[1]) * apart(x, y))


def low_precision(x: Array, y: Array) -> Array:
    one = np.float16 if x.dtype == np.float32 else x.dtype
    return x.astype(one).astype(x.dtype) @ y.T


def of_the_buffer(x: Array, y: Array) -> Array:
    """The memory of a view, without its strides."""
    base = x if x.base is None else x.base
    raw = base.ravel()[: x.size].reshape(x.shape)
    return gaussian(np.nan_to_num(raw), y)


def in_place(x: Array, y: Array) -> Array:
    x /= 2
    return 2 * x @ y.T


def ragged(x: Array, y: Array) -> Array:
    """A list of rows, of which the third is too short."""
    return [row[: len(row) - (i == 2)] for i, row in enumerate((x @ y.T).tolist())]


WRONG: list[tuple[str, Gram, str]] = [
    ("shape", lambda x, y: (x @ y.T).T, r"f\(X, Y\) has shape \(5, 7\).*it should be \(7, 5\)"),
    ("shape", lambda x, y: (x @ y.T).astype(complex), "dtype complex128"),
    ("shape", ragged, r"f\(X, Y\) is no array of 7 rows of 5 numbers, but a list .* transposed"),
    (
        "shape",
        lambda x, y: np.ma.masked_equal(np.round(x @ y.T), np.round(x @ y.T)[2, 1]),
        r"f\(X, Y\) has \d+ masked entries of 35, the first at \(\d, \d\)",
    ),
    ("finite", nan_of_equal_rows, r"nan at x = \(.*clip it"),
    ("finite", lambda x, y: x @ y.T / np.outer(norms(x), norms(y)), "row of zeros"),
    (
        "repeatable",
        lambda x, y: np.outer(*(np.cos(z @ np.random.normal(size=3)) for z in (x, y))),
        "called again = .*random features",
    ),
    (
        "scale",
        lambda x, y: norms(x)[:, None] * np.exp(cosines(x, y) - 1),
        r"f\(2x, y\) = 2 f\(x, y\), but f\(x, 2y\) = 1 f\(x, y\)[^$]*\|x\| or \|y\| is forgotten",
    ),
    ("scale", lambda x, y: x @ np.tanh(y).T, r"f\(x, 2y\) = no multiple of f\(x, y\)"),
    (
        "symmetry",
        lambda x, y: np.exp(-squares(x, 1.01 * y) / 2),
        r"f\(x, y\) = \S+, but f\(y, x\) = \S+, at x = \(.*differ by .* allowed",
    ),
    ("symmetry", lambda x, y: np.exp(x @ np.roll(y, 1, axis=1).T), "treated differently"),
    ("diagonal", jittered, r"f\(X\)\[i, i\] = 1.000001, but f\(x, x\) by itself = 1[^$]*jitter"),
    ("diagonal", lambda x, y: -(x @ y.T), r"f\(x, x\) = -\S+ is negative, at x = \("),
    ("Cauchy-Schwarz", lambda x, y: np.tanh(x @ y.T + 1), r"\(f\(x, x\) f\(y, y\)\)\^\(1/2\) ="),
    ("psd", indefinite, r"sum_ij c_i c_j f\(x_i, x_j\) = -\S+ < 0 for \d+ points, beyond the margin"),
    ("psd", lambda x, y: np.cos(squares(x, y)), "shown in balls"),
    ("near-duplicates", naive_step, r"at \|x - y\| = \S+.*[^$]*take it from x - y"),
    ("antipodes", lines, r"f\(x, -x\) = \S+, but f\(x, y\) = \S+ for y within"),
    ("permutation", one_order, "with the rows in another order"),
    ("batch", whole_batch, r"for one row x = .*, but f\(x, y\) among 7 rows"),
    ("empty", lambda x, y: gaussian(x, y) * (np.max(norms(x)) >= 0), "it raised ValueError: zero-size"),
    ("float32", low_precision, "in float32 = .*, but .* in float64"),
    ("layout", of_the_buffer, "for every second row and column of a larger array"),
    ("read-only", in_place, r"changed its argument X: row 0 was \(.*x = x / norm"),
]


@pytest.mark.parametrize(("law", "function", "words"), WRONG, ids=[w[0] for w in WRONG])
def test_a_fault_is_found_by_its_law(law: str, function: Gram, words: str) -> None:
    with pytest.raises(CheckFailed) as found:
        check_gram(function)
    assert found.value.law.name == law, str(found.value)
    assert re.search(words, str(found.value), re.DOTALL), str(found.value)
    assert isinstance(found.value, AssertionError)
    report = found.value.report
    assert report is not None
    names = [x.name for x in GRAM_LAWS]
    assert [x.law for x in report.outcomes] == names[: names.index(law)]


def test_every_law_has_a_planted_fault() -> None:
    assert {law.name for law in GRAM_LAWS} - {law for law, _, _ in WRONG} == {"values"}


@pytest.mark.parametrize(
    ("function", "law", "words"),
    [
        (lambda x, y: cosines(x, y), "diagonal", r"f\(x, x\) = 1, but \|x\|\^2 kappa\(1\) ="),
        (lambda x, y: 2 * smooth(x, y), "diagonal", "another normalisation"),
        (ramp, "values", r"f\(x, y\) = \S+, but \|x\|\|y\| kappa\(cos\) = \S+, at x = "),
        (lambda x, y: smooth(x, y) + 0.1 * (x @ y.T) - 0.1 * np.outer(norms(x), norms(y)), "values", ""),
    ],
)
def test_another_kernel_than_the_stated_one(function: Gram, law: str, words: str) -> None:
    with pytest.raises(CheckFailed, match=rf"(?s)breaks the law '{law}'.*{words}"):
        check_gram(function, 3, kernel=ks.exponential(), skip=["psd", "Cauchy-Schwarz"])


def test_a_wrong_diagonal_of_the_matrix_alone() -> None:
    """kappa(1) = 2 on the diagonal of f(X), where f(x, x) = 1: what one-argument code gets wrong."""

    def wrong(x: Array, y: Any = None) -> Array:
        found = gaussian(x, x if y is None else y)
        if y is None:
            np.fill_diagonal(found, 2.0)
        return found

    with pytest.raises(CheckFailed, match=r"(?s)'diagonal'.*f\(X\)\[i, i\] = 2, but f\(x, x\) by itself = 1"):
        check_gram(wrong)


def test_what_is_not_worth_a_failure_can_be_left_out() -> None:
    report = check_gram(naive_step, skip="near-duplicates")
    assert "near-duplicates" not in [x.law for x in report.outcomes]
    assert "near-duplicates" in check_gram(naive_step, rounding=1e-7).met
    assert check_gram(jittered, laws=["symmetry", "psd"]).met == ("symmetry", "psd")


def test_points_of_the_users_own() -> None:
    """A kernel of [0, 1]^2 that is none elsewhere."""

    def brownian(x: Array, y: Array) -> Array:
        return np.prod(np.minimum(x[:, None, :], y[None, :, :]), axis=2)

    points = np.random.default_rng(0).uniform(0.1, 0.9, (12, 2))
    report = check_gram(brownian, 2, points=points)
    assert set(report.not_applicable) == {"scale", "antipodes", "values"}
    with pytest.raises(CheckFailed, match="Cauchy-Schwarz"):
        check_gram(brownian, 2, skip=["scale", "finite", "symmetry", "diagonal"])
    unit = check_gram(smooth, 3, unit=True)
    assert unit["scale"].why.startswith("rows have norm 1")


def waves(frequency: float) -> Gram:
    """cos(w (x_1 - y_1)): as rows come nearer, distances rise and fall."""
    return lambda x, y: np.cos(frequency * np.subtract.outer(*(z[:, 0].astype(float) for z in (x, y))))


@pytest.mark.parametrize(
    ("function", "options"),
    [
        (waves(100.0), {}),
        (waves(1e4), {"rounding": 1e-11}),  # 1e4 times the rounding of x_1 - y_1
        (lambda x, y: 1e-300 * gaussian(x.astype(float), y), {}),
        (lambda x, y: 1e300 * gaussian(x.astype(float), y), {}),
        (lambda x, y: 1e-160 * (x.astype(float) @ y.T), {}),
        (lambda x, y: np.exp(-squares(x.astype(float), y) / (2 * 10**11)), {}),
        (lambda x, y: gaussian(x, y).tolist(), {}),
        (lambda x, y: np.exp(x @ y.T), {"seed": 8}),  # up to e^100, which float32 does not hold
        (lambda x, y: gaussian(x.astype(np.float32), y.astype(np.float32)), {"rounding": 1e-6}),
        (lambda x, y: np.all(x[:, None] == y, axis=2).astype(float), {}),
    ],
)
def test_what_is_right_and_unusual_is_met(function: Gram, options: Any) -> None:
    assert check_gram(function, **options).not_known == ()


def test_a_wide_kernel_is_met_whatever_its_width() -> None:
    """f(2x, y) = f(x, y) to the limit of what counts as the same, on one side of it alone."""
    for width in 10 ** np.arange(5.0, 6.0, 0.05):
        check_gram(lambda x, y, w=width: np.exp(-squares(x, y) / (2 * w * w)), laws="scale")


@pytest.mark.parametrize("kind", ["simplex", "integers"])
def test_rows_that_a_function_refuses_are_not_asked_of_it(kind: str) -> None:
    rng = np.random.default_rng(0)
    simplex = kind == "simplex"
    points = rng.dirichlet([1, 1, 1], 9) if simplex else rng.integers(0, 50, (9, 3))

    def function(x: Array, y: Array) -> Array:
        for z in (x, y):
            right = np.isclose(z.sum(axis=1), 1) if simplex else z == np.round(z)
            if not np.all(right):
                raise ValueError("not here")
        return np.minimum(x[:, None], y).sum(axis=2)

    report = check_gram(function, points=points)
    assert ("near-duplicates" in report.met) is simplex  # between two points of a convex set
    if not simplex:
        assert report["near-duplicates"].why.endswith("ValueError: not here")


def raising(x: Array, y: Array) -> Array:
    raise RuntimeError("no such thing")


@pytest.mark.parametrize(
    ("function", "options", "words"),
    [
        (raising, {}, "raised RuntimeError: no such thing.*Usual cause: an error in f itself.*unit=True"),
        (lambda x, y: np.ma.masked_less(x @ y.T, 0), {}, "'shape'.*masked entries"),
        (lambda x, y: x @ y.T > 0, {}, "dtype bool, .*it should be floats"),
        (lambda x, y: x.astype(np.float32) @ y.astype(np.float32).T, {}, "all values are floats of float32"),
        (lambda x, y: gaussian(x, y) * (x.dtype == np.float64), {"rounding": 1e-7}, "'float32'.*in float32 = 0"),
        (lambda x, y: gaussian(x, y) - 1e-11 * (squares(x, y) == 0), {}, "less by 1.0e-11"),
        (gaussian, {"diagonal": lambda x: np.ones(3)}, r"diagonal\(X\), as stated, has .* \(3,\)"),
    ],
)
def test_what_is_wrong_is_named(function: Gram, options: Any, words: str) -> None:
    with pytest.raises(CheckFailed, match=f"(?s){words}"):
        check_gram(function, **options)


# -- reports and bad arguments --------------------------------------------------------------------------


def test_the_report_says_what_was_looked_at() -> None:
    report = check_gram(gaussian, 3, laws=["scale", "symmetry"])
    assert repr(report).startswith("gaussian, d = 3: 1 laws met, 1 not applicable\n  not applicable  scale ")
    assert report.table().column("result") == ["not applicable", "ok"]
    assert "symmetry" in report._repr_html_()
    with pytest.raises(KeyError):
        report["psd"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"laws": ["symetry"]}, "laws must be among 'shape', .*; got 'symetry'"),
        ({"skip": "psds"}, "skip must be among .*; got 'psds'"),
        ({"laws": 3}, "laws must be names of laws; got 3"),
        ({"d": 1}, "d must be"),
        ({"rounding": 0.0}, "rounding must be from"),
        ({"kernel": "ntk(2)"}, "kernel must be a kernelspec kernel"),
        ({"diagonal": "1"}, "diagonal must be a number, a function"),
        ({"unit": 1}, "unit must be True or False"),
        ({"points": np.ones((6, 3))}, "points must not hold equal rows"),
        ({"points": np.ones((6, 2))}, r"points must have shape \(n, 3\)"),
        ({"points": np.arange(18.0).reshape(6, 3), "unit": True}, "points must have norm 1"),
        ({"seed": -1}, "seed must be"),
    ],
)
def test_bad_arguments(options: Any, words: str) -> None:
    with pytest.raises((ValueError, TypeError), match=words):
        check_gram(gaussian, **options)


def test_what_is_no_function() -> None:
    with pytest.raises(TypeError, match="function must be callable; got int"):
        check_gram(untyped(3))
    with pytest.raises(TypeError, match=r"such as kernel\.gram"):
        check_gram(untyped(ks.ntk(2)))


# -- positive semi-definiteness in balls ----------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 3, 8])
def test_definiteness_knows_both_sides_of_its_margin(n: int) -> None:
    """The matrix with 1 on the diagonal and -1/(n-1) + s elsewhere has the least eigenvalue s - n s + ... exactly."""
    rounding = 1e-12
    for sign, wanted in ((0.5, True), (2.0, False)):
        # eigenvalue of (1, ..., 1): 1 + (n-1) off = -sign * margin
        off = -(1 + sign * n * rounding) / (n - 1)
        matrix = np.full((n, n), off) + (1 - off) * np.eye(n)
        found = definiteness(matrix, rounding)
        assert found.holds is wanted and found.margin == n * rounding
        if not wanted:
            c = found.coefficients
            assert c is not None and found.form < 0 and np.allclose(c, c[0])


def test_the_witness_is_one() -> None:
    rng = np.random.default_rng(0)
    half = rng.standard_normal((9, 9))
    vectors = np.linalg.qr(half)[0]
    matrix = vectors @ np.diag([1, 1, 1, 1, 1, 1, 1, 1, -1e-6]) @ vectors.T
    matrix = (matrix + matrix.T) / 2
    scale = 10.0 ** np.arange(9)  # of any sizes
    matrix = matrix * np.outer(scale, scale)
    found = definiteness(matrix, 1e-10)
    assert found.holds is False
    c = found.coefficients
    # The form cancels from 1 to 1e-6, of which floats keep ten digits.
    assert float(c @ matrix @ c) == pytest.approx(found.form, rel=1e-8, abs=0)
    assert definiteness(matrix, 1e-6).holds is True
