"""Signals read off the maps: ranks and null vectors against elimination with fractions, readings against P and A."""

from __future__ import annotations

import math
import tracemalloc
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from expressions import untyped
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import kernelspec as ks
from experiments.architectures import network
from kernelspec import ckn
from kernelspec.ckn import recovery
from kernelspec.ckn.recovery import coverage, linear_functions
from oracle.convolutional import Step, is_possible, map_sizes
from oracle.linear_readings import exact_axis, readings
from oracle.patch_kernels import Array

RELU = ks.arccos(1)
LINEAR_ODD = ("arccos(1)", "linear()", "1/4*linear() + 3/4*arccos(1)", "arccos(1) + polynomial(4)")
WRAPPED = ckn.Network([ckn.Layer(3, RELU, ckn.gaussian(1), stride=2, border="circular", normalized=True)] * 2)


@st.composite
def layers(draw: Any, stride: int = 4, patch: int = 3) -> Step:
    border = draw(st.sampled_from(["zero", "circular", "valid"]))
    pool = draw(st.sampled_from(["gaussian", "average", "strided", ""]))
    window = pool in ("gaussian", "average")
    return Step(
        draw(st.integers(1, patch)),
        draw(st.sampled_from(LINEAR_ODD)),
        pool,
        draw(st.integers(1, 2)) if window else 1,
        draw(st.integers(1, stride)) if pool else 1,
        border,
        draw(st.booleans()),
        window and border != "valid" and draw(st.booleans()),
    )


@st.composite
def networks(draw: Any, sizes: tuple[int, ...], depth: int = 2) -> tuple[list[Step], ckn.Network]:
    chosen = draw(st.lists(layers(), min_size=1, max_size=depth))
    assume(is_possible(chosen, sizes))
    return chosen, network(chosen)


def axis_matrix(chosen: list[Step], n: int) -> Array:
    """With the library's taps, which may differ from those of the definition by rounding."""
    return exact_axis(chosen, n, lambda q: ckn.gaussian(q).taps)


def eliminated_rank(matrix: Array) -> int:
    """By elimination with fractions."""
    rows = [[Fraction(v) for v in row] for row in matrix.tolist()]
    rank = 0
    for column in range(matrix.shape[1]):
        pivot = next((i for i in range(rank, len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        for i in range(rank + 1, len(rows)):
            factor = rows[i][column] / rows[rank][column]
            if factor:
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[rank], strict=True)]
        rank += 1
    return rank


def linear_readings(chosen: list[Step], x: Array) -> Array:
    """The readings by linear algebra on the signal, in the shape of the library's."""
    outputs = sizes = x.shape[1:-1]
    for step in chosen:
        outputs = map_sizes(step, outputs)[1]
    places = [step.patch for step in reversed(chosen) for _ in sizes]
    return readings(x, chosen).reshape(len(x), *outputs, *places, x.shape[-1])


# -- what the readings determine -----------------------------------------------------------------------


@settings(max_examples=60)
@given(st.data())
def test_rank_and_null_vector_are_those_of_elimination(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 12))
    chosen, net = data.draw(networks((n,)))
    found = recovery.readout(net, (1, n, 2))
    matrix = axis_matrix(chosen, n).reshape(-1, n)
    assert found.rank == eliminated_rank(matrix)
    assert coverage.composed_reading(net.layers, n).readings == len(matrix)
    assert found.columns == n and found.injective == (found.rank == n)
    if found.null_factors is None:
        assert found.null_vector is None and math.isfinite(found.condition)
        return
    (null,) = found.null_factors
    assert not np.any(matrix @ np.array(null, dtype=object))  # exactly
    assert max(map(abs, null)) == 1 and found.condition == math.inf
    assert found.null_vector is not None and found.null_vector.shape == (n, 2)
    np.testing.assert_array_equal(found.null_vector[:, 1], [float(v) for v in null])


@settings(max_examples=40)
@given(st.data())
def test_stages_are_those_of_each_layer(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, 12))
    chosen, net = data.draw(networks((n,)))
    found = recovery.readout(net, (1, n, 1))
    size = n
    for layer, stage in zip(chosen, found.stages, strict=True):
        matrix = axis_matrix([layer], size)
        assert stage.positions == (size,) and stage.readings == (matrix[..., 0].size,)
        assert stage.rank == eliminated_rank(matrix.reshape(-1, size))
        assert stage.injective == (stage.rank == stage.columns)
        strides = layer.stride if layer.pool else 1
        first = strides if layer.pool == "strided" else 0
        reads = set()
        for u in range(len(matrix)):
            # An even patch stands one further to the left, and a valid one begins where it stands.
            begin = strides * u + first - (0 if layer.border == "valid" else layer.patch // 2)
            reads |= {begin + c for c in range(layer.patch)}
        if layer.border == "circular":
            reads = {u % size for u in reads}
        assert set(stage.covered[0]) == {u for u in reads if 0 <= u < size}
        assert (stage.transfer is None) == (layer.border != "circular")
        size = len(matrix)
    if all(stage.injective for stage in found.stages):
        assert found.injective
        bound = math.prod(stage.condition for stage in found.stages)
        assert found.condition <= bound * (1 + 1e-8)  # condition numbers are right to nine digits


@settings(max_examples=25)
@given(st.data())
def test_images_are_kronecker_products(data: st.DataObject) -> None:
    sizes = (data.draw(st.integers(1, 5)), data.draw(st.integers(1, 4)))
    chosen, net = data.draw(networks(sizes))
    found = recovery.readout(net, (1, *sizes, 3))
    rows, columns = (axis_matrix(chosen, n).reshape(-1, n) for n in sizes)
    whole = np.kron(rows, columns)
    assert found.rank == eliminated_rank(whole)
    if found.null_factors is None:
        values = np.linalg.svd(whole.astype(float), compute_uv=False)
        if values[-1] > 1e-6 * values[0]:  # else the singular values are not known to 1e-9
            assert found.condition == pytest.approx(values[0] / values[-1], rel=1e-8, abs=0)
    else:
        null = np.multiply.outer(*(np.array(v, dtype=object) for v in found.null_factors))
        assert not np.any(whole @ null.ravel())
        assert found.null_vector is not None
        np.testing.assert_allclose(found.null_vector[..., 2], null.astype(float), rtol=1e-15)


@given(st.integers(1, 30), st.integers(1, 6), st.integers(1, 7))
def test_strided_readings_on_a_circle_are_injective_where_patches_cover(n: int, patch: int, stride: int) -> None:
    assume(n >= stride and patch <= n)
    net = ckn.Network([ckn.Layer(patch, RELU, ckn.strided(), stride, "circular")])
    found = recovery.readout(net, (1, n, 1))
    # The largest gap between sampled positions: the stride, and what is left over at the end.
    widest = max(stride if n // stride > 1 else 0, stride + n % stride)
    assert found.injective == (widest <= patch)
    assert found.rank == len(found.stages[0].covered[0])


@pytest.mark.parametrize("pool", [ckn.gaussian(1), ckn.gaussian(2), ckn.average(3)])
@pytest.mark.parametrize("stride", [1, 2, 4])
def test_condition_on_a_circle_is_that_of_the_transfer_function(pool: Any, stride: int) -> None:
    # As many readings of each position as stride divides patch: all singular values are those of h^, times a factor.
    n = 16
    net = ckn.Network([ckn.Layer(4, RELU, pool, stride, "circular")])
    found = recovery.readout(net, (1, n, 1))
    w = 2 * np.pi * np.arange(n) / n
    transfer = abs(np.exp(1j * np.outer(w, np.arange(pool.length))) @ pool.taps)
    assert found.stages[0].transfer == pytest.approx(transfer.min(), rel=1e-13, abs=0)
    # SVD and FFT of 16 numbers: some ulp of the largest singular value.
    assert found.condition == pytest.approx(1 / transfer.min(), rel=1e-12, abs=0)
    assert found.stages[0].deconvolution == pytest.approx(1 / transfer.min(), rel=1e-12, abs=0)


def test_a_zero_of_the_transfer_function_is_found_exactly() -> None:
    net = ckn.Network([ckn.Layer(3, RELU, ckn.average(2), 2, "circular")])
    found = recovery.readout(net, (1, 8, 1))
    assert found.rank == 7 and found.stages[0].transfer == 0 and found.condition == math.inf
    assert found.null_factors == (tuple(Fraction((-1) ** j) for j in range(8)),)
    odd = recovery.readout(net, (1, 9, 1))  # no zero at odd n; the last window begins at 6 of 9
    assert odd.injective and odd.stages[0].transfer == pytest.approx(math.cos(math.pi * 4 / 9))


def test_claim_51_at_stride_patch_and_one_more() -> None:
    for patch in (2, 3, 4, 5):
        for stride, injective in ((patch, True), (patch + 1, False)):
            net = ckn.Network([ckn.Layer(patch, RELU, ckn.gaussian(1), stride, "circular")])
            n = 4 * stride
            found = recovery.readout(net, (1, n, 1))
            assert found.injective is injective
            assert found.rank == (n if injective else 4 * patch)


def test_the_papers_windows_lose_the_last_positions() -> None:
    # n // stride - 1 windows of 3 places each: 9 * 3 readings of 32 positions.
    net = ckn.Network([ckn.Layer(3, RELU, ckn.gaussian(2), stride=3)])
    assert recovery.readout(net, (1, 32, 1)).rank == 27
    centred = ckn.Network([ckn.Layer(3, RELU, ckn.gaussian(2, centred=True), stride=3)])
    assert recovery.readout(centred, (1, 32, 1)).injective
    # At stride 2 the last of an odd number of positions lies in no patch that enters a window.
    for n in range(6, 24):
        net = ckn.Network([ckn.Layer(3, RELU, ckn.gaussian(2), stride=2)])
        assert recovery.readout(net, (1, n, 1)).injective == (n % 2 == 0)


@pytest.mark.parametrize(("q", "n", "depth"), [(8, 20, 2), (10, 24, 2), (12, 32, 4), (30, 30, 1)])
def test_large_condition_numbers(q: int, n: int, depth: int) -> None:
    """Beyond the reach of singular values in float64, against the eigenvalues of R^T R in mpmath with 250 digits."""
    layer = ckn.Layer(3, RELU, ckn.gaussian(q, centred=True), stride=2)
    found = recovery.readout(ckn.Network([layer] * depth), (1, n, 1))
    matrix = coverage.identity(n)
    for k in range(depth):
        matrix = coverage.through(layer, matrix, coverage.integer_taps(layer))
        rows = matrix.reshape(-1, n)
        if k and k < depth - 1:
            continue
        with mpmath.workdps(250):
            values = mpmath.eigsy(mpmath.matrix((rows.T @ rows).tolist()), eigvals_only=True)
            expected = mpmath.sqrt(max(values) / min(values))
        assert expected > 1e7 or depth > k + 1
        condition = found.stages[0].condition if k == 0 else found.condition
        assert condition == pytest.approx(float(expected), rel=1e-9, abs=0)


def test_the_null_vector_has_few_entries() -> None:
    # Means of 2 at every second position: x(2u) - x(2u+1), and not a sum of several of these.
    net = ckn.Network([ckn.Layer(1, RELU, ckn.average(2), 2)])
    (null,) = recovery.readout(net, (1, 8, 1)).null_factors or [()]
    assert sorted(map(abs, null)) == [0] * 6 + [1] * 2
    # Of one position that is missed and of a difference, the position.
    net = ckn.Network([ckn.Layer(1, RELU, ckn.average(2), 2)])
    (null,) = recovery.readout(net, (1, 9, 1)).null_factors or [()]
    assert list(null) == [Fraction(0)] * 8 + [Fraction(1)]


def test_a_bad_prime_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.array([[1, 1, 0], [1, 8, 0], [0, 0, 7]], dtype=object)
    monkeypatch.setattr(coverage, "PRIME", 7)
    assert coverage.rank_and_null(rows) == (3, None)


@pytest.mark.parametrize("prime", [2, 3, 5])
@settings(max_examples=15)
@given(data=st.data())
def test_bad_primes_are_noticed_in_several_layers(prime: int, data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 10))
    chosen, net = data.draw(networks((n,), depth=3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coverage, "PRIME", prime)
        found = recovery.readout(net, (1, n, 1))
    matrix = axis_matrix(chosen, n).reshape(-1, n)
    assert found.rank == eliminated_rank(matrix)
    if found.null_factors is not None:
        assert not np.any(matrix @ np.array(found.null_factors[0], dtype=object))


def test_many_layers() -> None:
    """3^12 readings of every position of the last map: the span of their rows and R^T R have the size of the signal."""
    net = ckn.Network([ckn.Layer(3, RELU)] * 12)
    found = recovery.readout(net, (1, 10, 1))
    # The kernel of the network with linear layers is that of the readings, R^T R for the unit signals.
    linear = ckn.Network([ckn.Layer(3, ks.linear())] * 12)
    values = np.linalg.eigvalsh(linear.gram(np.eye(10)[:, :, None]))
    assert found.rank == 10
    assert found.condition == pytest.approx(math.sqrt(values[-1] / values[0]), rel=1e-9, abs=0)
    means = ckn.Network([ckn.Layer(3, RELU, ckn.average(2), 1, "circular")] * 12)
    found = recovery.readout(means, (1, 10, 1))
    assert found.rank == 9
    assert found.null_factors == (tuple(Fraction((-1) ** j) for j in range(10)),)


def test_the_table() -> None:
    found = recovery.readout(WRAPPED, (1, 16, 1))
    lines = repr(found).splitlines()
    assert lines[0].split()[:4] == ["layer", "map", "readings", "rank"] and len(lines) == 4
    assert lines[1].split() == ["1", "16", "24", "16", "of", "16", "6.986", "6.569", "0.1522", "0"]
    assert found._repr_html_().count("<tr>") == 4


# -- reading and reconstructing ------------------------------------------------------------------------


def _tolerance(x: Array, net: ckn.Network) -> float:
    """Values of kernels are right to some 1e-15 |w||z|: |w| of the last layer, and patches of the whole image."""
    w = math.prod(1 / math.sqrt(0.5) for _ in net.layers)
    size = math.prod(layer.patch ** ((x.ndim - 2) / 2) for layer in net.layers)
    return 1e-14 * w * size * max(1.0, float(np.abs(x).max())) * math.sqrt(x[0].size)


@settings(max_examples=40)
@given(st.data())
def test_readings_by_the_kernels_are_those_of_linear_algebra(data: st.DataObject) -> None:
    sizes = data.draw(st.one_of(st.tuples(st.integers(2, 10)), st.tuples(st.integers(2, 6), st.integers(2, 5))))
    chosen, net = data.draw(networks(sizes, depth=3 if len(sizes) == 1 else 2))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    x = rng.standard_normal((2, *sizes, data.draw(st.integers(1, 2))))
    found = recovery.read(net, x)
    expected = linear_readings(chosen, x)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=_tolerance(x, net))


@settings(max_examples=40)
@given(st.data())
def test_reconstruction_is_the_signal_or_its_orthogonal_projection(data: st.DataObject) -> None:
    sizes = data.draw(st.one_of(st.tuples(st.integers(2, 10)), st.tuples(st.integers(2, 5), st.integers(2, 5))))
    chosen, net = data.draw(networks(sizes))
    known = recovery.readout(net, (2, *sizes, 1))
    x = np.random.default_rng(0).standard_normal((2, *sizes, 1))
    rows = [axis_matrix(chosen, n).reshape(-1, n).astype(float) for n in sizes]
    values = [np.linalg.svd(r, compute_uv=False) for r in rows]
    ranks = [int(np.linalg.matrix_rank(r)) for r in rows]
    assume(math.prod(ranks) == known.rank)  # the oracle's pseudo-inverse decides by float64
    lost = math.prod(v[0] / v[r - 1] if r else 1.0 for v, r in zip(values, ranks, strict=True))
    assume(lost < 1e8)
    back = recovery.reconstruct(net, recovery.read(net, x), x.shape)
    expected = x
    for axis, r in enumerate(rows, start=1):
        project = np.linalg.pinv(r) @ r
        expected = np.moveaxis(np.tensordot(project, expected, axes=(1, axis)), 0, axis)
    # Readings are right to `_tolerance` relative to their largest; the smallest singular value divides that.
    np.testing.assert_allclose(back, expected, rtol=0, atol=10 * lost * _tolerance(x, net))
    if known.injective:
        np.testing.assert_allclose(back, x, rtol=0, atol=10 * lost * _tolerance(x, net))


def test_a_signal_that_no_reading_sees() -> None:
    net = ckn.Network([ckn.Layer(3, RELU, ckn.gaussian(1), 4, "circular")])
    x = np.random.default_rng(0).standard_normal((1, 16, 16, 2))
    null = recovery.readout(net, x.shape).null_vector
    assert null is not None
    # The null vector is rounded to 1e-16, and the readings to some 1e-15.
    found, other = recovery.read(net, x), recovery.read(net, x + null)
    np.testing.assert_allclose(found, other, rtol=0, atol=1e-13)
    # The map itself tells the two apart: |z| and the even part of kappa_1 see what the linear part misses.
    assert net.distances(x, x + null)[0, 0] > 1e-3 * net.norms(x)[0]


def test_strided_maps_do_not_see_positions_that_no_patch_reads() -> None:
    net = ckn.Network([ckn.Layer(3, RELU, ckn.strided(), 4)])
    known = recovery.readout(net, (1, 16, 1))
    x = np.random.default_rng(0).standard_normal((1, 16, 1))
    for j in set(range(16)) - set(known.stages[0].covered[0]):
        y = x.copy()
        y[0, j] += 5
        assert net.gram(x, y)[0, 0] == net.gram(x, x)[0, 0] == net.gram(y, y)[0, 0]


def test_depth_three_and_images() -> None:
    net = ckn.Network([ckn.Layer(3, RELU, ckn.gaussian(1), 2, "circular")] * 3)
    x = np.random.default_rng(0).standard_normal((1, 16, 16, 1))
    known = recovery.readout(net, x.shape)
    back = recovery.reconstruct(net, recovery.read(net, x), x.shape)
    assert known.injective and 1e2 < known.condition < 1e5
    # The largest singular value of the readings is about 1: the noise of 1e-15 grows by the condition number.
    assert np.abs(back - x).max() < 1e-14 * known.condition


def test_cubature_of_a_moderate_error_is_enough() -> None:
    """An error of 1e-3 in the RKHS is one of 1e-7 at points."""
    x = np.random.default_rng(0).standard_normal((2, 8, 1))
    f = recovery.linear_function(ks.rf(3), 3)
    assert 1e-3 < f.error < 1e-2 and f.reading_error < 1e-6
    found = recovery.read(ckn.Network([ckn.Layer(3, ks.rf(3), border="circular")]), x)
    expected = linear_readings([Step(3, "linear()", border="circular")], x)
    assert abs(found - expected).max() <= f.reading_error * math.sqrt(3) * abs(x).max()


def test_smooth_kernels_are_read_by_cubature() -> None:
    x = np.random.default_rng(0).standard_normal((2, 12, 1))
    first = Step(3, "linear()", "gaussian", 1, 2, "circular", True)
    for text in ("exponential(0.6)", "exponential(1)", "polynomial(3)", "arccos(3)"):
        one = ckn.Layer(3, ks.parse(text), ckn.gaussian(1), 2, "circular", normalized=True)
        net = ckn.Network([one])
        # 512 nodes with weights up to 1/mu_1 = 10: 1e-15 times some hundreds.
        expected = linear_readings([first], x)
        np.testing.assert_allclose(recovery.read(net, x), expected, rtol=0, atol=2e-13)
        deep = ckn.Network([one, WRAPPED.layers[0]])
        expected = linear_readings([first, first], x)
        np.testing.assert_allclose(recovery.read(deep, x), expected, rtol=0, atol=2e-13)


@pytest.mark.parametrize("factor", [1e-8, 1e13, 1e20, 1e150])
def test_scaled_kernels_are_read_the_same(factor: float) -> None:
    """|f_w| = (b factor)^{-1/2} goes below the floor of norms, which is of patches alone."""
    x = np.random.default_rng(0).standard_normal((2, 9, 1))
    steps = [Step(3, "arccos(1)", "average", 2, 2, "circular")] * 3
    one = ckn.Layer(3, factor * RELU, ckn.average(2), 2, "circular")
    other = ckn.Layer(3, 1 / factor * RELU, ckn.average(2), 2, "circular")
    layers = [one, other, one] if factor > 1 else [one]
    found = recovery.read(ckn.Network(layers), x)
    expected = linear_readings(steps[: len(layers)], x)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_what_rounding_hides_is_not_read() -> None:
    x = np.random.default_rng(0).standard_normal((2, 8, 1))
    small = ks.parse("1 + 1e-7*linear()")
    # Rounding of 1e-16 of kappa(1), over the slope: 1e-9 of |P x|; in the second layer, |w| = 1e3.5 times that.
    one = ckn.Layer(2, small, border="circular")
    found = recovery.read(ckn.Network([one]), x)
    expected = linear_readings([Step(2, "linear()", border="circular")], x)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-8)
    with pytest.raises(ValueError, match="layer 2 .*readings would have a rounding of 7e-06"):
        recovery.read(ckn.Network([one, one]), x)
    with pytest.raises(ValueError, match="layer 1 .*1e-12 beside kappa"):
        recovery.read(ckn.Network([ckn.Layer(2, ks.parse("1 + 1e-12*linear()"))]), x)


@pytest.mark.parametrize(
    ("kernel", "depth", "shape"),
    [(RELU, 1, (60, 20, 20, 3)), (RELU, 2, (30, 20, 20, 1)), (ks.exponential(1), 1, (40, 100, 1))],
)
def test_memory_and_progress(kernel: ks.Zonal, depth: int, shape: tuple[int, ...]) -> None:
    net = ckn.Network([ckn.Layer(3, kernel, ckn.gaussian(1), 2)] * depth)
    x = np.random.default_rng(0).standard_normal(shape)
    whole = recovery.read(net, x)
    with pytest.raises(ValueError, match="memory must be at least") as raised:
        recovery.read(net, x, memory=1)
    memory = int(str(raised.value).split("at least ")[1].split()[0])
    memory += 500_000 if depth == 1 else 10_000_000  # a few images at a time; maps need some 9 MB
    seen = []

    def watched(batches: Any, total: int) -> Any:
        seen.append((len(batches), total))
        return batches

    tracemalloc.start()
    try:
        found = recovery.read(net, x, memory=memory, progress=watched)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Deep networks find their maps with as much memory again; and there is what Python holds beside arrays.
    assert peak <= memory * (1 + (depth > 1)) + 2e5
    assert (depth == 1) < seen[0][0] == seen[0][1] <= len(x)
    np.testing.assert_allclose(found, whole, rtol=0, atol=1e-14 * abs(x).max())
    with pytest.raises(TypeError, match="progress must be a callable"):
        untyped(recovery.read)(net, x, progress=1)


def test_readings_of_any_size() -> None:
    for kernel in (RELU, ks.exponential(1)):
        net = ckn.Network([ckn.Layer(2, kernel)])
        x = np.array([1.0, -2.0, 0.5, 0.25])[None, :, None]
        for factor in (2.0**1000, 2.0**-1000):  # where squares overflow, or vanish
            found = recovery.read(net, factor * x)
            np.testing.assert_array_equal(found, factor * recovery.read(net, x))


@pytest.mark.parametrize(
    "text",
    [
        "linear() - 0.1*polynomial(3)",
        "linear() - polynomial(2)",
        # Odd parts whose sum from degree 3 on is not negative, though mu_3 is.
        "linear() - 0.1*polynomial(3) + 0.11*polynomial(21)",
    ],
)
def test_kernels_that_are_not_positive(text: str) -> None:
    kernel = ks.parse(text)
    with pytest.raises(ValueError, match="kernel must be positive semi-definite"):
        recovery.linear_function(kernel, 3)
    with pytest.raises(ValueError, match="layer 1: kernel must be positive semi-definite"):
        recovery.read(ckn.Network([ckn.Layer(3, kernel)]), np.ones((1, 5, 1)))


def test_doors_of_linear_functions() -> None:
    z = np.ones((4, 2))
    norms = np.linalg.norm(z, axis=1)
    for kernel in (RELU, ks.exponential(1)):
        f = recovery.linear_function(kernel, 2)
        np.testing.assert_array_equal(f.of_patches(z.tolist(), norms.tolist()), f.of_patches(z, norms))
        with pytest.raises(ValueError, match=r"z must have shape \(\.\.\., 2\)"):
            f.of_patches(np.ones((4, 3)), norms)
        with pytest.raises(ValueError, match=r"z must have shape \(\.\.\., 2\)"):
            f.of_patches(z, norms[:2])
        with pytest.raises(ValueError, match="norms must be >= 0"):
            f.of_patches(z, -norms)
        with pytest.raises(TypeError, match="z must be a real number or an array"):
            f.of_patches(z.astype(complex), norms)
    f = recovery.linear_function(RELU, 2)
    with pytest.raises(ValueError, match="w must be > 0"):
        f.of_inner_products(z, 0.0, 1.0)
    with pytest.raises(TypeError, match="w must be a real number"):
        f.of_inner_products(z, "1", 1.0)
    with pytest.raises(ValueError, match=r"nodes must be at least 2\^1000000 for"):
        recovery.linear_function(ks.exponential(1), 10**6)


@pytest.mark.parametrize("shape", [(0, 8, 1), (0, 6, 5, 2)])
def test_no_images(shape: tuple[int, ...]) -> None:
    readings = recovery.read(WRAPPED, np.zeros(shape))
    assert readings.shape[0] == 0
    assert recovery.reconstruct(WRAPPED, readings, shape).shape == shape


def test_types_and_layouts() -> None:
    x = np.random.default_rng(0).integers(-9, 9, (3, 8, 8, 2))
    found = recovery.read(WRAPPED, x)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, recovery.read(WRAPPED, x.astype(np.float32)))
    turned = np.asfortranarray(x.astype(float))
    # Sums over another layout may round otherwise: 1e-15 of patches of norm 100.
    np.testing.assert_allclose(found, recovery.read(WRAPPED, turned), rtol=0, atol=1e-12)
    np.testing.assert_allclose(found[::2], recovery.read(WRAPPED, x[::2]), rtol=0, atol=1e-12)
    back = recovery.reconstruct(WRAPPED, found[:, ::1], x.shape)
    np.testing.assert_allclose(back, x, rtol=0, atol=1e-9)
    zero = recovery.read(WRAPPED, np.zeros((1, 8, 1)))
    assert not zero.any()


def test_patches_below_the_floor_of_norms_are_read_too_small() -> None:
    """With the floor of the papers' code, max(|z|, 1e-6), K(w, z) is |z| kappa(<w, z>/1e-6) there."""
    net = ckn.Network([ckn.Layer(1, RELU)], floor=1e-6)
    for size, share in ((1e-5, 1.0), (1e-6, 1.0), (1e-7, 0.1), (1e-9, 1e-3)):
        found = recovery.read(net, np.array([[[size], [-size]]]))[0, :, 0, 0]
        # kappa(c) - kappa(-c) is right to 1e-16, times |z|.
        expected = [share * size, -share * size]
        np.testing.assert_allclose(found, expected, rtol=0, atol=4e-16 * size)


# -- linear functions in the RKHS -----------------------------------------------------------------------


def test_claim_51_norms() -> None:
    # d mu_1 = b_1 + 3 b_3/(d + 2) + ...; for e^{alpha(u-1)} by claim 11.
    for d in (1, 2, 3, 4, 9, 27):
        assert recovery.linear_function(RELU, d).norm == math.sqrt(2)
        assert recovery.linear_function(ks.linear(), d).norm == 1
        if d <= 9:
            found = recovery.linear_function(ks.polynomial(3), d, nodes=2 * 3 ** max(1, d - 1)).norm
            assert found == pytest.approx(math.sqrt((d + 2) / 3), rel=1e-14, abs=0)
    alpha = mpmath.mpf(25) / 9
    for d in (2, 3, 4):
        mu = mpmath.exp(-alpha) * mpmath.gamma(mpmath.mpf(d) / 2) * (2 / alpha) ** (mpmath.mpf(d) / 2 - 1)
        mu *= mpmath.besseli(mpmath.mpf(d) / 2, alpha)
        found = recovery.linear_function(ks.exponential(0.6), d).norm
        assert found == pytest.approx(float(1 / mpmath.sqrt(d * mu)), rel=1e-13, abs=0)
        assert found < 1 / math.sqrt(alpha * mpmath.exp(-alpha))  # 1/sqrt(b_1)
    assert recovery.linear_function(RELU, math.inf).norm == math.sqrt(2)


def test_the_norm_is_the_limit_of_least_norms() -> None:
    """Of all elements that agree with <w, .> at N points the least norm is (f^T K^+ f)^{1/2}, which grows with N."""
    rng = np.random.default_rng(0)
    for text, reached in (("exponential(0.6)", 0.999), ("polynomial(3)", 1 - 1e-9)):
        kernel = ks.parse(text)
        points = rng.standard_normal((300, 3))
        points /= np.linalg.norm(points, axis=1, keepdims=True)
        w = np.array([0.6, 0.0, 0.8])
        known = recovery.linear_function(kernel, 3).norm
        least = []
        for count in (2, 10, 300):
            gram = kernel.gram(points[:count])
            f = points[:count] @ w
            # Eigenvalues below 1e-10 are rounding; leaving them out lowers the norm.
            values, vectors = np.linalg.eigh(gram)
            kept = values > 1e-10 * values[-1]
            least.append(math.sqrt(np.sum((vectors.T[kept] @ f) ** 2 / values[kept])))
        assert least[0] < least[1] <= known * (1 + 1e-9)
        assert reached * known < least[2] <= known * (1 + 1e-9)


@pytest.mark.parametrize("nodes", [8, 16, 200])
@pytest.mark.parametrize("text", ["exponential(0.6)", "arccos(2)", "polynomial(5)", "rf(3)", "laplace(1)", "arccos(0)"])
@pytest.mark.parametrize("d", [1, 2, 3, 4])
def test_errors_are_bounds(text: str, d: int, nodes: int) -> None:
    kernel = ks.parse(text)
    f = recovery.linear_function(kernel, d, nodes=max(nodes, 2**d))
    rng = np.random.default_rng(d)
    z = np.concatenate([rng.standard_normal((200, d)), f.nodes])
    norms = np.linalg.norm(z, axis=1)
    found = f.of_patches(z, norms)
    for w in [*np.eye(d)[:1], np.full(d, d**-0.5), *f.nodes[:3]]:
        worst = np.max(np.abs((found - z) @ w) / norms)
        # Rounding of up to 200 terms of weights that sum to 1/(mu_1 sqrt(d)) <= 20.
        assert worst <= f.reading_error + 1e-13
        # In the RKHS: |f_w|^2 - 2 sum a_i <w, s_i> + a^T K a; squares lose half of the digits.
        a = f.weights @ w
        squared = f.norm**2 - 2 * a @ (f.nodes @ w) + a @ kernel.gram(f.nodes) @ a
        assert math.sqrt(max(squared, 0.0)) <= f.error * (1 + 1e-6) + 3e-7


def test_the_bound_of_errors_is_attained() -> None:
    """d = 2, four nodes: what they leave of w = e_1 + e_2 is of the degrees 3, 5, ..., whose features are orthogonal at
    e_1 and e_2: 2^{-1/2} of the bound, which has |sum| <= sum | |."""
    for text in ("exponential(0.6)", "polynomial(3)", "laplace(1)"):
        kernel = ks.parse(text)
        f = recovery.linear_function(kernel, 2, nodes=8)
        assert len(f.nodes) in (4, 6, 8)
        f = recovery.linear_function(kernel, 2, nodes=5)
        assert len(f.nodes) == 4
        w = np.full(2, 0.5**0.5)
        a = f.weights @ w
        squared = f.norm**2 - 2 * a @ (f.nodes @ w) + a @ kernel.gram(f.nodes) @ a
        assert math.sqrt(squared) == pytest.approx(f.error * 0.5**0.5, rel=1e-4, abs=0)


@given(st.integers(2, 5), st.integers(2, 5), st.data())
def test_cubature_is_exact_for_monomials(d: int, m: int, data: st.DataObject) -> None:
    powers = data.draw(st.lists(st.integers(0, 2 * m - 1), min_size=d, max_size=d))
    assume(sum(powers) <= 2 * m - 1)
    points, weights = linear_functions.sphere_rule(d, m)
    assert len(points) == 2 * m ** (d - 1)
    found = np.sum(weights * np.prod(points ** np.array(powers), axis=1))
    # Gamma(d/2) prod Gamma((p_i + 1)/2) / (pi^{d/2} Gamma((sum p + d)/2)) where all powers are even.
    expected = 0.0
    if not any(p % 2 for p in powers):
        logs = sum(math.lgamma((p + 1) / 2) for p in powers) - math.lgamma((sum(powers) + d) / 2)
        expected = math.exp(logs + math.lgamma(d / 2) - d / 2 * math.log(math.pi))
    assert found == pytest.approx(expected, abs=1e-14)  # weights sum to 1, up to 1250 of them


def test_representations() -> None:
    assert "phi(w) - phi(-w)" in repr(recovery.linear_function(RELU, 3))
    assert "18 nodes" in repr(recovery.linear_function(ks.polynomial(3), 3))


# -- what is refused -----------------------------------------------------------------------------------


def test_kernels_without_linear_functions() -> None:
    x = np.ones((1, 8, 1))
    for kernel in (ks.polynomial(2), ckn.square, ks.parse("arccos(1) - 0.5*linear()")):
        layers = [ckn.Layer(3, RELU), ckn.Layer(3, kernel)]
        net = ckn.Network(layers)
        for call in (lambda n=net: recovery.readout(n, x.shape), lambda n=net: recovery.read(n, x)):
            with pytest.raises(ValueError, match="layer 2 .*linear functions are not in its RKHS"):
                call()
    # b_1 = 0: enough in the plane, not in a Hilbert space.
    cubic = ckn.Layer(2, ks.polynomial(3))
    assert recovery.readout(ckn.Network([cubic]), x.shape).injective
    with pytest.raises(ValueError, match="layer 2 .*b_1 = 0"):
        recovery.readout(ckn.Network([cubic, cubic]), x.shape)
    with pytest.raises(ValueError, match="part of degree 1"):
        recovery.linear_function(ks.polynomial(4), 3)


def test_kernels_that_are_not_read() -> None:
    x = np.ones((1, 8, 1))
    smooth = ckn.Layer(2, ks.exponential(0.6))
    with pytest.raises(ValueError, match="layer 2 .*exponential.*must be linear"):
        recovery.read(ckn.Network([smooth, smooth]), x)
    with pytest.raises(ValueError, match="layer 1 .*laplace.*read to an error of 0\\.009"):
        recovery.read(ckn.Network([ckn.Layer(2, ks.laplace(1))]), x)
    with pytest.raises(ValueError, match="layer 1: nodes must be at least .*dimension 25"):
        recovery.read(ckn.Network([ckn.Layer(5, ks.exponential(1))]), np.ones((1, 5, 5, 1)))
    with pytest.raises(ValueError, match="linear odd part"):
        recovery.linear_function(ks.exponential(1), math.inf)
    with pytest.raises(ValueError, match="odd part of .* is not linear"):
        recovery.linear_function(ks.exponential(1), 2).of_inner_products(0.0, 1.0, 1.0)


def test_doors() -> None:
    x = np.ones((1, 8, 1))
    bad: Any
    for bad in (None, [WRAPPED.layers[0]], "net"):
        for call in (
            lambda n=bad: recovery.readout(n, x.shape),
            lambda n=bad: recovery.read(n, x),
            lambda n=bad: recovery.reconstruct(n, x, x.shape),
        ):
            with pytest.raises(TypeError, match="net must be a ckn.Network"):
                call()
    for bad in (np.full((1, 8, 1), np.nan), np.full((1, 8, 1), np.inf)):
        with pytest.raises(ValueError, match="x must be finite"):
            recovery.read(WRAPPED, bad)
        with pytest.raises(ValueError, match="readings must be finite"):
            readings = recovery.read(WRAPPED, x)
            recovery.reconstruct(WRAPPED, readings * bad[0, 0, 0], x.shape)
    with pytest.raises(TypeError, match="x must be a real array"):
        recovery.read(WRAPPED, x.astype(complex))
    with pytest.raises(ValueError, match="x must have shape"):
        recovery.read(WRAPPED, np.ones((8, 1)))
    with pytest.raises(ValueError, match=r"readings must have shape \(1, 2, 3, 3, 1\)"):
        recovery.reconstruct(WRAPPED, np.ones((1, 2)), x.shape)
    with pytest.raises(ValueError, match="readings must be an array; its rows"):
        recovery.reconstruct(WRAPPED, [[1.0], [1.0, 2.0]], x.shape)
    with pytest.raises(TypeError, match="readings must be a real array"):
        recovery.reconstruct(WRAPPED, np.ones((1, 2, 3, 3, 1), dtype=bool), x.shape)
    with pytest.raises(ValueError, match="layer 2 has an empty map"):
        recovery.readout(WRAPPED, (1, 2, 1))
    with pytest.raises(ValueError, match="shape must be that of the data"):
        recovery.readout(WRAPPED, (8, 1))
    with pytest.raises(ValueError, match="memory must be at least .* bytes for the readings"):
        recovery.read(WRAPPED, x, memory=10)
    with pytest.raises(TypeError, match="memory must be an integer"):
        untyped(recovery.read)(WRAPPED, x, memory="1G")
    with pytest.raises(TypeError, match="kernel must be a zonal kernel"):
        recovery.linear_function(ckn.square, 3)
    for bad in (0, -1):
        with pytest.raises(ValueError, match="dimension must be an integer"):
            recovery.linear_function(RELU, bad)
    with pytest.raises(TypeError, match="dimension must be an integer"):
        recovery.linear_function(RELU, 2.5)
    with pytest.raises(ValueError, match="nodes must be an integer"):
        recovery.linear_function(RELU, 2, nodes=1)
