"""Norms of one layer on independent patches: on a grid of two circles, for single patches, and where there is none."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn.spectra import Model
from kernelspec.numbers.precision import precision
from kernelspec.rkhs import Space, polynomial, relu, ridge
from oracle import convolutional_spectra as oracle

POINTS = 26  # angles of a circle: degrees k and 26 - k fall together
KERNEL = ks.exponential(1.0)
FUNCTIONS = ("1 + x1", "x1*x2 - 2*x2", "x1**3 + 1/2", "x2 + x1**2", "3")


def model(pool: Any = None, n: int = 2, p: int = 2, kernel: Any = KERNEL, output: str = "sum") -> Model:
    return Model(ckn.Network([ckn.Layer(p, kernel, pool, border="circular")], output=output), n)


def on_the_grid(pooled: Any, first: Any, second: Any) -> tuple[float, float]:
    """f^T K^+ f for f = first(x_1) + second(x_2), and how much of f is in the null space of K."""
    angle = 2 * np.pi * np.arange(POINTS) / POINTS
    points = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    values = (first(points)[:, None] + second(points)[None, :]).ravel()
    size, vectors = np.linalg.eigh(oracle.circles_matrix(KERNEL, pooled, POINTS))
    parts, kept = vectors.T @ values, size > 1e-7 * size[-1]
    return float(np.sum(parts[kept] ** 2 / size[kept])), float(np.linalg.norm(parts[~kept]))


@pytest.mark.parametrize("taps", [[1.0], [0.75, 0.25]])
@pytest.mark.parametrize(("a", "b"), [(0, 1), (0, 2), (1, 3), (2, 3), (3, 4), (4, 4), (0, 0)])
def test_two_circles_against_a_grid(taps: Any, a: int, b: int) -> None:
    pools = {1: None, 2: ckn.gaussian(1)}
    pooled = oracle.pooling(2, taps if len(taps) == 1 else oracle.gaussian_taps(1))
    first, second = (polynomial(FUNCTIONS[i], 2) for i in (a, b))
    wanted, missed = on_the_grid(pooled, first, second)
    assert missed < 1e-9
    found = model(pools[len(taps)]).norm([first, second])
    assert found**2 == pytest.approx(wanted, rel=1e-8)  # eigenvalues of 1e-6 of the largest have 9 digits or so


def test_one_position_is_the_patch_kernel() -> None:
    g = ridge(relu(4), [1, 0, 0]) - 2 * polynomial("x1*x2 + 1", 3)
    assert model(n=1, p=3, kernel=ks.ntk(3)).norm([g]) == pytest.approx(Space(ks.ntk(3), 3).norm(g), rel=1e-14)


def test_translates_of_one_function_have_the_same_norm_with_and_without_pooling() -> None:
    """Claim 55: n |g|^2, a constant in g or not, and digits that can be asked for."""
    g = ridge(relu(5), [Fraction(3, 5), 0, Fraction(4, 5)]) + polynomial("x2 + 1/3", 3)
    one = Space(ks.ntk(3), 3).norm(g, digits=25)
    for pool in (None, ckn.average(4), ckn.gaussian(1)):
        found = model(pool, 4, 3, ks.ntk(3)).norm([g] * 4, digits=25)
        with precision(128):
            assert abs(found / one - 2) < 1e-24


def test_constants_of_all_positions_are_one_function() -> None:
    """Claim 54: the constant 1 at one of n positions has the square 1/(n mu_0)."""
    mu = KERNEL.spectrum(3)[0]
    for pool in (None, ckn.average(2), ckn.gaussian(2)):
        layer = model(pool, 5, 3)
        assert layer.norm({3: polynomial("1", 3)}) ** 2 == pytest.approx(1 / (5 * mu), rel=1e-13)
        both = layer.norm({0: polynomial("x1 + 1", 3), 3: polynomial("-1", 3)})
        assert both == pytest.approx(layer.norm({0: polynomial("x1", 3)}), rel=1e-13)
    assert model(ckn.average(5), 5, 3, output="mean").norm({3: polynomial("1", 3)}) ** 2 == pytest.approx(
        1 / mu, rel=1e-13
    )


def test_what_is_not_in_the_space() -> None:
    g, h = ridge(relu(4), [1, 0, 0]), polynomial("x2*x3", 3)
    halves = model(ckn.average(2), 4, 3, ks.ntk(3))
    assert halves.norm([g, -g, g, -g]) == math.inf  # the frequency that an average of 2 loses
    assert halves.norm([g + h, g, g, g]) == math.inf
    assert halves.norm([g, None, -g, None]) < math.inf
    assert halves.norm([ridge(relu(0), [1, 0, 0])] * 4) == math.inf  # a jump
    assert model(n=4, p=3, kernel=ks.ntk(2)).norm({0: polynomial("x1*x2*x3", 3)}) == math.inf  # mu_3 = 0
    assert model(n=4, p=3, kernel=ks.linear()).norm({0: polynomial("x1 + 1", 3)}) == math.inf  # mu_0 = 0
    assert halves.norm({}) == 0.0
    assert halves.norm([g - g] * 4) == 0.0


def test_alternating_constants_are_no_function() -> None:
    one = polynomial("1", 3)
    assert model(ckn.average(2), 4, 3).norm([one, -one, one, -one]) == 0.0


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (polynomial("x1", 3), "f must be a function for each position"),
        ("x1", "f must be a function for each position"),
        ([polynomial("x1", 3)], "one function for each of the 4"),
        ({4: polynomial("x1", 3)}, "f must be an integer from 0 to 3"),
        ({0: 1.0}, "f must hold functions"),
        ({0: polynomial("x1", 2)}, "the sphere in R\\^3"),
    ],
)
def test_bad_functions(f: Any, words: str) -> None:
    with pytest.raises((TypeError, ValueError), match=words):
        model(n=4, p=3).norm(f)
