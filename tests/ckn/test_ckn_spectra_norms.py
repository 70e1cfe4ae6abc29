"""Norms in the RKHS of one convolutional layer against least squares over all decompositions."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn.spectra import Model, quadratic_norm
from kernelspec.ckn.spectra.overlapping import placed
from oracle import convolutional_spectra as oracle

EXPONENTIAL = ks.exponential(1.0)


def taps(pool: Any) -> list[float]:
    if pool is None:
        return [1.0]
    return oracle.gaussian_taps(pool.scale) if pool.kind == "gaussian" else [1 / pool.scale] * pool.scale


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from([(6, 3, None), (6, 2, ckn.average(3)), (5, 3, ckn.average(2)), (6, 3, ckn.gaussian(1))]),
    st.dictionaries(
        st.sampled_from([(), (0,), (2,), (0, 1), (1, 2), (0, 2), (4, 0), (1, 3), (0, 1, 2)]),
        st.integers(-3, 3).filter(bool),
        min_size=1,
        max_size=5,
    ),
)
def test_parities_against_the_matrix_of_all_signals(case: Any, f: Any) -> None:
    """f^T K^+ f, or infinity where a part of f is in the null space of K."""
    n, q, pool = case
    found = Model(ckn.Network([ckn.Layer(q, EXPONENTIAL, pool, border="circular", normalized=True)]), n, "cube").norm(f)
    matrix = oracle.cube_matrix(EXPONENTIAL, n, q, oracle.pooling(n, taps(pool)))
    values = sum(c * np.prod(oracle.signals(n)[:, list(s)], axis=1) for s, c in f.items())
    size, vectors = np.linalg.eigh(matrix)
    kept, parts = size > 1e-10 * size[-1], vectors.T @ values
    if np.linalg.norm(parts[~kept]) > 1e-8 * np.linalg.norm(parts):
        assert found == math.inf
    else:
        # The smallest eigenvalues that are kept, of 1e-5 of the largest, have 11 digits.
        assert found**2 == pytest.approx(np.sum(parts[kept] ** 2 / size[kept]), rel=1e-9)


def test_the_reproducing_kernel_has_its_own_norm() -> None:
    """K(., x) has the norm K(x, x)^(1/2), with patches of two tails at a border."""
    n, q = 6, 4
    layer = ckn.Layer(q, ks.polynomial(2), border="valid", normalized=True)
    x = np.array([1, -1, 1, 1, 1, -1])
    f: dict[tuple[int, ...], Fraction] = {}
    for u, (a, b) in itertools.product(range(n - q + 1), itertools.product(range(q), repeat=2)):
        key = () if a == b else tuple(sorted((u + a, u + b)))  # <x_u, y_u>^2/q^2
        f[key] = f.get(key, Fraction(0)) + Fraction(int(x[u + a] * x[u + b]), q * q)
    found = Model(ckn.Network([layer]), n, "cube").norm(f)
    assert found == pytest.approx(math.sqrt(n - q + 1), rel=1e-15)


def test_an_overlap_divides_the_square_by_the_number_of_patches() -> None:
    """Claim 53: |Y_S|^2 = 1/(r xi) without pooling, where one patch alone would have 1/xi."""
    q = 4
    model = Model(ckn.Network([ckn.Layer(q, EXPONENTIAL, border="circular", normalized=True)]), 9, "cube")
    for s in [(0,), (0, 1), (0, 2), (0, 1, 2), (0, 3), (0, 1, 2, 3)]:
        alone = Model(ckn.Network([ckn.Layer(q, EXPONENTIAL, border="valid", normalized=True)]), q, "cube").norm({s: 1})
        assert alone**2 / model.norm({s: 1}) ** 2 == pytest.approx(q - s[-1], rel=1e-14)


def test_digits() -> None:
    model = Model(ckn.Network([ckn.Layer(3, ks.ntk(3), ckn.gaussian(1), border="circular")]), 7, "cube")
    ball = model.norm({(0, 1): 1, (5,): Fraction(1, 3)}, digits=30)
    assert ball.rad() < 1e-30 * ball
    assert float(ball.mid()) == pytest.approx(model.norm({(0, 1): 1, (5,): Fraction(1, 3)}), rel=1e-15)
    assert model.norm({(0, 2, 5): 1}, digits=30) == math.inf  # no patch holds it
    assert model.norm({}) == 0.0


QUADRATIC = [
    (5, 2, None, "circular"),
    (5, 3, None, "circular"),
    (5, 3, ckn.gaussian(1), "circular"),
    (5, 3, ckn.average(2), "circular"),
    (6, 3, ckn.average(3), "circular"),
    (5, 3, None, "zero"),
    (5, 2, None, "zero"),
    (6, 3, None, "valid"),
    (6, 3, ckn.average(2), "valid"),
]


@pytest.mark.parametrize("case", QUADRATIC, ids=lambda case: "-".join(map(str, case)))
def test_quadratic_forms_against_least_squares(case: Any) -> None:
    """min |F|^2 over F with sum_v <F_v, sum_u A_vu x_u x_u^T> = x^T F x at 80 random signals, and K^+ of these."""
    n, q, pool, border = case
    rng = np.random.default_rng(1)
    layer = ckn.Layer(q, ckn.square, pool, border=border)
    net, x = ckn.Network([layer]), rng.standard_normal((80, n))
    starts = range(n) if border == "circular" else [u + layer.offsets[0] for u in range(layer.map_size(n))]
    padded = np.concatenate([x, np.zeros((80, 1))], axis=1)
    patches = [[(u + c) % n if border == "circular" or 0 <= u + c < n else n for c in range(q)] for u in starts]
    pooled = layer.pooling(layer.map_size(n))
    # A form that is reached: one made of weights on the outputs, in quarters, so that the matrix is exact.
    weights = np.round(4 * rng.standard_normal((len(pooled), q, q))) / 4
    taps_ = len(taps(pool)) if pool is not None and pool.kind == "average" else 1
    forms = np.einsum("vu,vab->uab", pooled * taps_, weights)
    if pool is not None and pool.kind == "gaussian":
        forms = np.round(4 * forms) / 4  # an injective pooling reaches all
    total = np.zeros((n + 1, n + 1))
    for patch, form in zip(patches, forms, strict=True):
        total[np.ix_(patch, patch)] += form
    total = ((total + total.T) / 2)[:n, :n]
    found = quadratic_norm(net, total.tolist())
    features = oracle.quadratic_features(padded, patches, pooled)
    wanted, missed = oracle.least_norm(features, np.einsum("ni,ij,nj->n", x, total, x))
    assert missed < 1e-12
    assert found**2 == pytest.approx(wanted, rel=1e-11)  # the condition of random signals, squared, is about 1e4


def test_the_naive_formula_without_the_minimum() -> None:
    """Claim 53 for x_2^2 on a circle of 5, patches of 3 positions: one patch has 1, the minimum is 1/3."""
    net = ckn.Network([ckn.Layer(3, ckn.square, border="circular")])
    matrix = np.zeros((5, 5))
    matrix[2, 2] = 1
    assert quadratic_norm(net, matrix.tolist()) ** 2 == pytest.approx(1 / 3, rel=1e-15)


def test_what_is_not_in_the_space() -> None:
    net = ckn.Network([ckn.Layer(2, ckn.square, ckn.average(2), border="circular")])
    alternating = np.diag([1, -1, 1, -1])
    assert quadratic_norm(net, alternating.tolist()) == math.inf  # the frequency that an average of 2 loses
    assert quadratic_norm(net, np.eye(4).tolist()) < math.inf
    assert quadratic_norm(net, [[0, 0, 1, 0], [0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]) == math.inf


@given(st.integers(1, 12), st.integers(1, 12), st.data())
def test_sets_have_one_place(q: int, n: int, data: Any) -> None:
    if 2 * q > n + 1:
        return
    first = data.draw(st.integers(0, n - 1))
    shape = data.draw(st.sets(st.integers(0, q - 1), min_size=1, max_size=q))
    shape = {i - min(shape) for i in shape}
    found = placed([(first + i) % n for i in shape], q, n, True)
    assert found == (tuple(sorted(shape)), first, max(shape) + 1)


@pytest.mark.parametrize(
    ("f", "words"),
    [
        ("text", "f must be a mapping"),
        ({0: 1}, "tuples of positions"),
        ({(0, 0): 1}, "different positions"),
        ({(9,): 1}, "f must be an integer from 0 to 7"),
        ({(0,): math.nan}, "f must be finite"),
        ({(0,): "1"}, "f must be a real number"),
    ],
)
def test_bad_functions(f: Any, words: str) -> None:
    model = Model(ckn.Network([ckn.Layer(3, ks.arccos(1), border="circular")]), 8, "cube")
    with pytest.raises((TypeError, ValueError), match=words):
        model.norm(f)


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        ([[1, 2], [3, 4]], "symmetric"),
        ([[1, 2]], "shape"),
        ([], "shape"),
        ([[1]], "at least 2"),
        ([[math.inf]], "finite"),
    ],
)
def test_bad_forms(matrix: Any, words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        quadratic_norm(ckn.Network([ckn.Layer(2, ckn.square, border="valid")]), matrix)


def test_bad_layers_of_forms() -> None:
    layers = [[ckn.Layer(2, ks.arccos(1))], [ckn.Layer(2, ckn.square)] * 2]
    wrong: list[Any] = ["net", *map(ckn.Network, layers)]
    for net in wrong:
        with pytest.raises((TypeError, ValueError), match="net must"):
            quadratic_norm(net, [[1, 0], [0, 1]])
    with pytest.raises(ValueError, match="pool must"):
        net = ckn.Network([ckn.Layer(2, ckn.square, ckn.gaussian(1), border="valid")])
        quadratic_norm(net, (np.eye(6, k=1) + np.eye(6, k=-1)).tolist())


@pytest.mark.parametrize("pool", [None, ckn.average(2), ckn.average(4), ckn.gaussian(1)])
@pytest.mark.parametrize(
    "f",
    [
        {(0,): 1, (3,): -2},
        {(): 3, (0, 3): 1, (1, 4): Fraction(1, 2)},  # two rotations that are one set
        {(0, 2, 4): 1, (1, 3, 5): 1},
        {(0, 2, 4): 1, (1, 3, 5): -1},
        {(0, 1, 2): 1, (0, 1, 3): 2, (1, 2, 3): 1},
        {(0, 1, 2, 3, 4, 5): 1},
        {},
    ],
)
def test_patches_of_the_whole_cycle(pool: Any, f: Any) -> None:
    """Orbits of sets that some rotations leave as they are. Seen 2e-14."""
    net = ckn.Network([ckn.Layer(6, EXPONENTIAL, pool, border="circular")])
    signals = oracle.signals(6)
    size, vectors = np.linalg.eigh(net.gram(signals[:, :, None].astype(float), channels="last"))
    values = sum((float(c) * np.prod(signals[:, list(s)], axis=1) for s, c in f.items()), np.zeros(64))
    kept, parts = size > 1e-10 * size[-1], vectors.T @ values
    found = Model(net, 6, "cube").norm(f)
    if np.linalg.norm(parts[~kept]) > 1e-8 * np.linalg.norm(parts):
        assert found == math.inf
    else:
        square = np.sum(parts[kept] ** 2 / size[kept])
        rounding = 2.2e-16 * size[-1] * np.sum((parts[kept] / size[kept]) ** 2)  # of the oracle's matrix
        assert found**2 == pytest.approx(square, rel=2e-13, abs=rounding)
