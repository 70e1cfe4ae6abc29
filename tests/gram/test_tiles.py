"""Tiles of Gram matrices where rows nearly coincide: errors near the rounding itself, and the edges of tiles."""

from __future__ import annotations

import itertools
import math
import tracemalloc
from fractions import Fraction
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.typing import DTypeLike

import kernelspec as ks
from kernelspec.gram import blocks
from kernelspec.gram import vectors as gram_module
from kernelspec.gram.tiles import reach
from kernelspec.numbers.arithmetic_protocol import Value

MP = mpmath.MPContext()
MP.dps = 40


def cosine(a: Value, b: Value) -> Value:
    """Of two rows of floats as they are."""
    one, two = ([MP.mpf(float(v)) for v in row] for row in (a, b))
    inner = MP.fsum(v * w for v, w in zip(one, two, strict=True))
    return inner / MP.sqrt(MP.fsum(v * v for v in one) * MP.fsum(w * w for w in two))


def step(u: Value) -> Value:
    """kappa_0, from its angle."""
    return 1 - MP.acos(u) / MP.pi


def pairs(d: int, dtype: DTypeLike, rng: np.random.Generator) -> tuple[Any, Any]:
    """Rows and their neighbours at every distance."""
    distances = 10.0 ** -np.repeat(np.arange(1.0, 7.0, 0.5), 2)
    x = rng.standard_normal((len(distances), d))
    y = x + distances[:, None] * rng.standard_normal(x.shape)
    return x.astype(dtype), y.astype(dtype)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("dtype", "allowed"), [(np.float64, 1e-14), (np.float32, 1.2e-6)])
def test_the_step_kernel_of_neighbours_at_every_distance(
    sign: int, dtype: DTypeLike, allowed: float, rng: np.random.Generator
) -> None:
    x, y = pairs(60, dtype, rng)
    found = np.diag(ks.arccos(0).gram(x, sign * y, normalize=True))
    wanted = [step(sign * cosine(a, b)) for a, b in zip(x, y, strict=True)]
    errors = [abs(float(f - w)) for f, w in zip(map(MP.mpf, map(float, found)), wanted, strict=True)]
    assert max(errors) < allowed  # a row's direction is rounded, and `_WANTED` may be lost


def test_a_kernel_that_is_steep_at_minus_one_alone(rng: np.random.Generator) -> None:
    kernel = ks.laplace() @ (-1 * ks.linear())
    x, y = pairs(60, np.float64, rng)
    found = np.diag(kernel.gram(x, -y, normalize=True))
    for value, a, b in zip(found, x, y, strict=True):
        wanted = MP.exp(-MP.sqrt(1 - cosine(a, b)))
        assert abs(float(MP.mpf(float(value)) - wanted)) < 2e-14


def test_float32_rows_of_a_steep_kernel_are_compared_in_float64(rng: np.random.Generator) -> None:
    x, y = pairs(9, np.float32, rng)
    found = np.diag(ks.laplace(1, Fraction(1, 4)).gram(x, y, normalize=True))
    for value, a, b in zip(found, x, y, strict=True):
        wanted = MP.exp(-MP.sqrt(MP.sqrt(1 - cosine(a, b))))
        assert abs(float(MP.mpf(float(value)) - wanted)) < 1e-6


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_a_narrow_cone_with_neighbours_in_it(kind: Any, rng: np.random.Generator) -> None:
    centre, d = rng.standard_normal(12), 12
    x = centre + 1e-2 * rng.standard_normal((12, d)) * np.linalg.norm(centre) / math.sqrt(d)
    x[6:] = x[:6] + 1e-7 * rng.standard_normal((6, d))
    x = x.astype(kind)
    found = ks.arccos(0).gram(x, x.copy(), normalize=True)
    allowed = 9e-15 if kind is np.float64 else 2e-7
    for i, j in itertools.combinations(range(len(x)), 2):
        assert abs(float(MP.mpf(float(found[i, j])) - step(min(cosine(x[i], x[j]), 1)))) < allowed


def test_the_cosines_of_a_cone_are_off_by_more_than_four_roundings(rng: np.random.Generator) -> None:
    """Where the kernel magnifies them most: the distances are just too large to be taken from differences."""
    kernel, x = ks.ntk(10), 1 + 0.05 * rng.standard_normal((140, 100))
    found = kernel.gram(x, normalize=True, threads=1)
    unit = x / np.linalg.norm(x, axis=1)[:, None]
    chords = np.linalg.norm(unit[:, None] - unit, axis=2)
    assert np.max(np.abs(found - kernel.of_angle(2 * np.arcsin(chords / 2)))) < 1e-14 * kernel.at_one


def test_float32_rows_with_float64_rows_are_float64(rng: np.random.Generator) -> None:
    x, y = rng.standard_normal((3, 4)).astype(np.float32), rng.standard_normal((2, 4))
    for one, two in ((x, y), (y, x)):
        found = ks.rf(2).gram(one, two)
        assert found.dtype == np.float64
        wide = ks.rf(2).gram(one.astype(np.float64), two.astype(np.float64))
        np.testing.assert_array_equal(found, wide)


def test_several_blocks_of_several_strips_are_the_formula(
    monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    plan = gram_module._plan
    monkeypatch.setattr(gram_module, "_plan", lambda *given: plan(*given)._replace(chunk=8, ahead=1, block=24))
    x, y = rng.standard_normal((75, 5)), 3 * rng.standard_normal((50, 5))
    for other in (None, y):
        found = ks.arccos(1).gram(x, other, threads=1)
        b = x if other is None else other
        sizes = np.outer(np.linalg.norm(x, axis=1), np.linalg.norm(b, axis=1))
        u = np.clip(x @ b.T / sizes, -1, 1)
        wanted = sizes * (np.sqrt(1 - u * u) + u * (np.pi - np.arccos(u))) / np.pi
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-13 * sizes.max())
    symmetric = ks.arccos(1).gram(x, threads=1)
    np.testing.assert_array_equal(symmetric, symmetric.T)
    np.testing.assert_allclose(np.diag(symmetric), np.sum(x * x, axis=1), rtol=1e-15)
    steep = ks.arccos(0).gram(x, threads=1)
    np.testing.assert_allclose(np.diag(steep), np.sum(x * x, axis=1), rtol=1e-15)
    np.testing.assert_array_equal(steep, steep.T)


def test_memory_of_a_deep_kernel_is_kept(rng: np.random.Generator) -> None:
    x = rng.standard_normal((330, 4))
    kernel, memory = ks.rf(6), 3 * 2**20
    kernel.gram(x[:2])
    tracemalloc.start()
    try:
        found = kernel.gram(x, memory=memory, threads=1)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak - found.nbytes < memory


def test_norms_of_one_are_asked_of_every_row() -> None:
    kernel = ks.exponential() * ks.mlp(3, bias_variance=0.1)
    x = np.array([[0.6, 0.8], [1.0, 0.0]])
    np.testing.assert_allclose(kernel.gram(x)[0, 1], kernel(0.6), rtol=1e-14)
    for wrong in (1 + 1e-6, 1 - 1e-6, 0.5, 0.0):
        for other in (None, x):
            with pytest.raises(ValueError, match="x and y must have rows of norm 1"):
                kernel.gram(x * [[1.0], [wrong]], other)
        with pytest.raises(ValueError, match="x and y must have rows of norm 1"):
            kernel.gram(x, x * [[wrong], [1.0]])


def test_large_and_small_norms_meet_in_a_small_value() -> None:
    kernel = ks.exponential(0.1)  # e^{-200} at u = -1
    x, y = np.array([[2.0**-1000, 0.0]]), np.array([[-(2.0**1000), 0.0], [-(2.0**1010), 0.0]])
    np.testing.assert_allclose(kernel.gram(x, y), kernel(-1.0) * np.array([[1, 2.0**10]]), rtol=1e-14)


def test_multiples_of_a_row_have_exactly_its_angle(rng: np.random.Generator) -> None:
    x = rng.integers(-999, 1000, (20, 7)).astype(float)
    for factor in (3.0, -7.0, 2.0**600, -(2.0**-600)):
        found = np.diag(ks.arccos(0).gram(x, factor * x, normalize=True))
        np.testing.assert_array_equal(found, 1.0 if factor > 0 else 0.0)


def test_rows_of_zeros_on_either_side() -> None:
    x, zeros = np.array([[3.0, 4.0]]), np.zeros((1, 2))
    for kernel in (ks.arccos(1), ks.exponential(), ks.polynomial(0), ks.ntk(3)):
        for normalize in (False, True):
            assert kernel.gram(x, zeros, normalize=normalize) == 0
            assert kernel.gram(zeros, x, normalize=normalize) == 0
    # Behind the first layer a vector of length 0 has no slopes: x.y + 1, and then nothing.
    assert ks.ntk(1, bias=True).gram(x, zeros) == ks.ntk(1, bias=True).gram(zeros) == 1
    assert ks.ntk(2, bias=True).gram(x, zeros) == ks.ntk(2, bias=True).gram(zeros) == 0


def test_a_linear_model_with_a_bias_has_a_kernel_at_0() -> None:
    """x.y + 1: one layer has no layer behind it whose slope would be 0."""
    found = ks.ntk(1, bias=True).gram([[0.0, 0.0], [3.0, 4.0]], [[0.0, 0.0], [1.0, 2.0]])
    np.testing.assert_allclose(found, [[1, 1], [1, 12]], rtol=1e-15)


def test_parallel_rows_of_two_lengths_in_a_network_with_biases() -> None:
    """The recursion with the network's variances written out; slopes of parallel rows are not 1 behind a bias."""
    weight, bias = 1.5, 0.25
    a, b = MP.mpf(3) / 4, MP.mpf(5) / 2
    q = [weight * v * v + bias for v in (a, b)]
    k = weight * a * b + bias
    tangent = k
    unit = MP.mpf(weight + bias)  # the output's variance at length 1
    for _ in range(2):
        size = MP.sqrt(q[0] * q[1])
        theta = MP.acos(k / size)
        kappa = (MP.sin(theta) + (MP.pi - theta) * MP.cos(theta)) / MP.pi
        tangent = weight / MP.mpf(2) * (1 - theta / MP.pi) * tangent
        k = weight / MP.mpf(2) * size * kappa + bias
        tangent += k
        q = [weight * v / MP.mpf(2) + bias for v in q]
        unit = weight * unit / 2 + bias
    x, y = [[0.75, 0.0]], [[2.5, 0.0]]
    for wanted, is_tangent in ((k, False), (tangent, True)):
        kernel = ks.mlp(3, weight_variance=1.5, bias_variance=0.25, tangent=is_tangent)
        np.testing.assert_allclose(kernel.gram(x, y), float(wanted / unit), rtol=1e-14)


def test_a_file_goes_on_with_the_same_call_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    monkeypatch.setattr(blocks, "_LIGHT", 0)
    monkeypatch.setattr(gram_module, "_TILE", 16)
    x = rng.standard_normal((200, 4))
    options: dict[str, Any] = {"memory": 3 * 2**20, "threads": 1, "out": tmp_path / "matrix.npy"}

    def stopped(steps: Any, total: int) -> Any:
        yield from itertools.islice(steps, 3)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ks.ntk(3).gram(x, progress=stopped, **options)
    with pytest.raises(ValueError, match="other data"):
        ks.ntk(3).gram(x, normalize=True, **options)
    with pytest.raises(ValueError, match="other data"):  # of as many layers: the blocks are alike
        ks.resnet(3).gram(x, **options)
    np.testing.assert_allclose(ks.ntk(3).gram(x, **options), ks.ntk(3).gram(x), rtol=1e-13)


def test_how_near_is_near_does_not_depend_on_a_factor() -> None:
    """Also where kappa(1) is infinite, and the size of the kernel is that at each distance."""
    for kernel in (ks.defect_power(Fraction(-1, 2)), ks.arccos(0)):
        near = reach(kernel, 1e-15, 1e-14)
        assert 0 < near < 1
        for factor in (Fraction(1, 2**60), 2**60):
            assert reach(factor * kernel, 1e-15, 1e-14) == near


def test_little_memory_takes_workers_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are there by default; not those that were asked for."""
    monkeypatch.setattr(gram_module, "workers_of", lambda threads, ops: threads or 16)
    x = np.eye(3)
    np.testing.assert_array_equal(ks.linear().gram(x, memory=2**22), x)
    with pytest.raises(ValueError, match=r"memory must be at least .* and 16 worker\(s\)"):
        ks.linear().gram(x, memory=2**22, threads=16)


def test_infinity_and_longer_rows_are_named() -> None:
    with pytest.raises(ValueError, match="y must be finite"):
        ks.rf(2).gram(np.eye(2), [[np.inf, 0.0]])
    for other in (np.eye(3), np.ones((2, 1))):
        with pytest.raises(ValueError, match="same number of columns"):
            ks.rf(2).gram(np.eye(2), other)
