"""Kernels on groups of turns and reflections: against definitions in coordinates, and their exact symmetries."""

from __future__ import annotations

import itertools
import pickle
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from expressions import untyped
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn import groups
from kernelspec.ckn.groups.operators import patch_reads, turn_reads
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.numbers.parameters import NotFittedError
from oracle import groups as oracle
from oracle.groups import GroupStep

Array = NDArray[np.float64]

EXACT = [groups.cyclic(1), groups.cyclic(2), groups.cyclic(4), groups.dihedral(2), groups.dihedral(4)]
# Kernels whose slope is bounded: rounding of a cosine stays rounding.
KERNELS = [ks.arccos(1), ks.exponential(0.6), ks.polynomial(2), ks.linear(), ckn.square]
EXPONENTIAL = ks.exponential(0.6)


def two_layers(group: groups.Group, output: str = "mean", **more: Any) -> groups.Network:
    layers = [
        groups.Layer(3, EXPONENTIAL, ckn.gaussian(1, centred=True), 2),
        groups.Layer(2, ks.arccos(1), rotations=1, **more),
    ]
    return groups.Network(group, layers, output)


def elements(group: groups.Group) -> list[tuple[int, bool]]:
    """The quarter turns and reflections of a group, as `groups.act` takes them."""
    turns = [t for t in range(4) if t * group.turns % 4 == 0]
    return [(t, f) for t in turns for f in ((False, True) if group.reflections else (False,))]


@st.composite
def layers(draw: Callable[..., Value], sizes: tuple[int, int]) -> tuple[groups.Layer, tuple[int, int]]:
    """A layer whose pooling is symmetric on maps of this size, and the size that it leaves."""
    border = draw(st.sampled_from(["zero", "circular", "valid"]))
    patch = draw(st.integers(1, min(3, *sizes)))
    pools = [
        None,
        ckn.gaussian(1, centred=True),
        ckn.gaussian(1),
        ckn.average(2),
        ckn.average(3, centred=True),
        ckn.strided(),
    ]
    turn_pools = [None, None, "all", ckn.gaussian(1), ckn.average(2)]
    layer = groups.Layer(
        patch,
        draw(st.sampled_from(KERNELS)),
        draw(st.sampled_from(pools)),
        1,
        border,
        draw(st.booleans()),
        draw(st.sampled_from(["all", "none", 1])),
        draw(st.sampled_from(turn_pools)),
    )
    if layer.pool is not None:
        object.__setattr__(layer, "stride", draw(st.integers(1, 3)))
    after = (layer.map_size(sizes[0]), layer.map_size(sizes[1]))
    left = (layer.pooling_size(after[0]), layer.pooling_size(after[1]))
    if not all(_centred(layer, n) for n in after):
        object.__setattr__(layer, "pool", None)
        object.__setattr__(layer, "stride", 1)
        left = after
    return layer, left


def _centred(layer: groups.Layer, n: int) -> bool:
    matrix = layer.pooling(n)
    return len(matrix) > 0 and bool(np.allclose(matrix, matrix[::-1, ::-1], rtol=0, atol=1e-15))


@st.composite
def networks(draw: Callable[..., Value], group: groups.Group, size: tuple[int, int]) -> groups.Network:
    made = []
    for _ in range(draw(st.integers(1, 2))):
        layer, size = draw(layers(size))
        made.append(layer)
    return groups.Network(group, made, draw(st.sampled_from(["mean", "orbit", "sum"])))


def images(seed: int, n: int, size: tuple[int, int], channels: int = 1) -> Array:
    return np.random.default_rng(seed).standard_normal((n, *size, channels))


# -- symmetries -------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.data())
def test_invariance_and_equivariance_of_exact_groups(data: st.DataObject) -> None:
    group = data.draw(st.sampled_from(EXACT[1:]))
    n = data.draw(st.integers(2, 5))
    size = (n, n) if group.turns > 2 else (n, data.draw(st.integers(2, 5)))
    net = data.draw(networks(group, size))
    x, y = (images(data.draw(st.integers(0, 999)), 1, size, 2) for _ in (0, 1))
    t, f = data.draw(st.sampled_from(elements(group)))
    moved = groups.act(x, t, f)
    there = groups.act(y, t, f) if net.output == "sum" else y
    found, kernel = net.gram(moved, there), net.gram(x, y)
    # Sums of at most some thousand terms, in another order; relative to the norms, as signed maps may cancel.
    scale = np.sqrt(net.gram(x) * net.gram(y)).max()
    still = net.maps(x)
    floor = 1e-13 * max(m.values.max() ** 2 for m in (*still, *net.maps(y)))
    assert abs(found - kernel).max() <= 1e-12 * scale + floor
    # A norm is the root of a square with an error of some 1e-15 of the map's largest one.
    largest = max(m.values.max() for m in still)
    for a, b in zip(net.maps(moved)[1:], still[1:], strict=True):
        expected = groups.act_on_maps(b.values, t, f, group=group)
        np.testing.assert_allclose(a.values**2, expected**2, rtol=0, atol=1e-12 * largest**2)


def test_covariances_of_a_turned_image_are_permuted() -> None:
    for group in (groups.cyclic(4), groups.dihedral(4)):
        net = two_layers(group, turn_pool=ckn.gaussian(1))
        x, y = images(0, 2, (5, 5)), images(1, 1, (5, 5))
        before = net.covariances(x, y)
        assert before.shape == (2, 1, *(group.order, 3, 3) * 2)
        for t, f in elements(group):
            after = net.covariances(groups.act(x, t, f), groups.act(y, t, f))
            for i, m in itertools.product(range(2), range(3)):
                # Rows and columns of the table at one other place, as one map.
                row = before[i, 0, :, :, :, 1, m, 2][None]
                expected = groups.act_on_maps(row, t, f, group=group)[0]
                place = np.zeros((1, group.order, 3, 3))
                place[0, 1, m, 2] = 1
                s, a, b = np.argwhere(groups.act_on_maps(place, t, f, group=group)[0])[0]
                np.testing.assert_allclose(after[i, 0, :, :, :, s, a, b], expected, atol=1e-12)


def test_what_is_no_element_changes_the_kernel() -> None:
    x, y = images(0, 1, (5, 5)), images(1, 1, (5, 5))
    net = two_layers(groups.cyclic(4), "orbit")
    assert abs(net.gram(groups.act(x, 0, True), y) / net.gram(x, y) - 1).max() > 1e-3
    net = two_layers(groups.cyclic(2), "orbit")
    assert abs(net.gram(groups.act(x, 1), y) / net.gram(x, y) - 1).max() > 1e-3
    net = two_layers(groups.cyclic(4), "sum")
    assert abs(net.gram(groups.act(x, 1), y) / net.gram(x, y) - 1).max() > 1e-3


@pytest.mark.parametrize("output", ["mean", "orbit"])
@pytest.mark.parametrize("interpolation", ["bilinear", "cubic"])
def test_finer_groups_are_exact_for_their_quarter_turns(output: str, interpolation: str) -> None:
    group = groups.dihedral(8, interpolation)
    net = two_layers(group, output, turn_pool=ckn.gaussian(1))
    x, y = images(0, 2, (5, 5)), images(1, 1, (5, 5))
    kernel = net.gram(x, y)
    for t, f in elements(group):
        np.testing.assert_allclose(net.gram(groups.act(x, t, f), y), kernel, rtol=1e-12)


def test_a_turn_between_pixels_is_nearer_for_smooth_images_and_better_interpolation() -> None:
    axis = np.arange(9) - 4.0
    errors = {}  # of images turned by 45 degrees
    for name, w in itertools.product(("bilinear", "cubic"), (0.8, 1.1)):
        x = [
            np.exp(-((axis[:, None] - a) ** 2 + (axis - b) ** 2) / (2 * w * w))[..., None]
            for a, b in ((w, 0.0), (w * np.sqrt(0.5), w * np.sqrt(0.5)))
        ]
        net = groups.Network(
            groups.cyclic(8, name), [groups.Layer(3, ks.exponential(1.0), ckn.gaussian(1, centred=True))], "orbit"
        )
        k = net.gram(np.stack(x))
        errors[name, w] = np.sqrt((k[0, 0] + k[1, 1] - 2 * k[0, 1]) / k[0, 0])
    assert errors["cubic", 0.8] < errors["bilinear", 0.8] < 0.05
    assert errors["cubic", 1.1] < errors["bilinear", 1.1] < errors["bilinear", 0.8]
    assert errors["cubic", 1.1] < errors["cubic", 0.8]


# -- values -----------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.data())
def test_the_trivial_group_gives_the_plain_kernel(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 6)), data.draw(st.integers(2, 6))
    net = data.draw(networks(groups.cyclic(1), size))
    x, y = images(data.draw(st.integers(0, 999)), 2, size, 2), images(1, 1, size, 2)
    plain = ckn.Network(
        [ckn.Layer(a.patch, a.kernel, a.pool, a.stride, a.border, a.normalized) for a in net.layers],
        "mean" if net.output == "mean" else "sum",
    )
    own, maps = plain.gram(x), plain.maps(x)
    scale = np.sqrt(np.diag(own).max() * np.diag(plain.gram(y)).max())
    floor = 1e-13 * max(m.values.max() ** 2 for m in (*maps, *plain.maps(y)))
    for mine, theirs in ((net.gram(x, y), plain.gram(x, y)), (net.gram(x), own)):
        assert abs(mine - theirs).max() <= 1e-12 * scale + floor
    largest = max(m.values.max() for m in maps)
    for a, b in zip(net.maps(x), maps, strict=True):
        values = a.values if a.name == "input" else a.values[:, 0]
        np.testing.assert_allclose(values**2, b.values**2, rtol=0, atol=1e-12 * largest**2)


TAPS = tuple(ckn.gaussian(1).taps)


@pytest.mark.parametrize("reflections", [False, True])
@pytest.mark.parametrize(
    ("first", "second", "channels"),
    [
        # Layers of the library, and the same ones as the definitions have them.
        (
            (groups.Layer(2, ks.polynomial(2), ckn.gaussian(1, True), 2), GroupStep(2, "polynomial(2)", TAPS, 2)),
            (groups.Layer(2, ks.linear()), GroupStep(2, "linear", neighbours=tuple(range(8)))),
            2,
        ),
        (
            (groups.Layer(3, ckn.square, rotations=1), GroupStep(3, "square")),
            (
                groups.Layer(3, ks.linear(), ckn.gaussian(1, True), 4, rotations=1, turn_pool=ckn.gaussian(1)),
                GroupStep(3, "linear", TAPS, 4, (0, 1, 3), tuple(zip((3, 0, 1), TAPS, strict=True))),
            ),
            1,
        ),
        (
            (
                groups.Layer(1, ks.linear(), turn_pool=ckn.average(2)),
                GroupStep(1, "linear", turn_taps=((3, 0.5), (0, 0.5))),
            ),
            (groups.Layer(2, ks.polynomial(2), rotations="none"), GroupStep(2, "polynomial(2)")),
            1,
        ),
    ],
    ids=["all turns", "neighbours", "no turns"],
)
def test_definitions_in_coordinates(reflections: bool, first: Any, second: Any, channels: int) -> None:
    point = oracle.quarter_turns(reflections)
    group = groups.dihedral(4) if reflections else groups.cyclic(4)
    steps = [first[1], second[1]]
    steps = [GroupStep(**(vars(s) | {"neighbours": s.neighbours[: len(point)]})) for s in steps]
    x = images(3, 2, (5, 5), channels)
    maps = [oracle.features(image, point, steps) for image in x]
    net = groups.Network(group, [first[0], second[0]], "sum")
    size = maps[0][..., 0].size
    for output, terms in (("sum", 1), ("mean", size**2), ("orbit", len(point))):
        expected = [[oracle.inner(a, b, point, output) / terms for b in maps] for a in maps]
        found = groups.Network(group, net.layers, output).gram(x)
        # Sums of some ten thousand products.
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * np.max(expected))
    covariances = np.einsum("ruvk,sabk->ruvsab", maps[0], maps[1])
    found = net.covariances(x)[0, 1]
    np.testing.assert_allclose(found, covariances, rtol=0, atol=1e-12 * abs(covariances).max())
    norms = net.maps(x)[-1].values[0]
    np.testing.assert_allclose(norms, np.linalg.norm(maps[0], axis=-1), rtol=1e-10)


def test_pooling_over_all_turns_leaves_functions_of_positions() -> None:
    layers = [groups.Layer(2, ks.linear(), turn_pool="all"), groups.Layer(1, ks.polynomial(2))]
    net = groups.Network(groups.cyclic(4), layers, "sum")
    assert net.fibres == (1, 1, 4)
    x = images(0, 2, (4, 4))
    # The first layer is the mean over turns of patches, which the second one lifts: four equal maps.
    point = oracle.quarter_turns()
    maps = [oracle.features(image, point, [GroupStep(2, "linear")]).mean(axis=0) for image in x]
    inner = np.einsum("uvk,uvk->uv", maps[0], maps[1])
    norms = [np.linalg.norm(m, axis=-1) for m in maps]
    expected = 4 * np.sum(inner**2 / (norms[0] * norms[1]))
    assert net.gram(x)[0, 1] == pytest.approx(expected, rel=1e-12, abs=0)
    assert [m.values.shape for m in net.maps(x)[1:]] == [(2, 4, 4, 4), (2, 1, 4, 4), (2, 4, 4, 4), (2, 4, 4, 4)]
    assert net.maps(x)[2].axes == ("image", "rotation", "height", "width")


@pytest.mark.parametrize("group", [groups.dihedral(4), groups.cyclic(8), groups.dihedral(3)], ids=repr)
@pytest.mark.parametrize("output", ["mean", "orbit", "sum"])
def test_matrices_are_symmetric_and_positive(group: groups.Group, output: str) -> None:
    x = images(5, 4, (5, 5), 2)
    x[3] = 0
    net = two_layers(group, output)
    k = net.gram(x)
    assert np.array_equal(k, k.T)
    assert np.linalg.eigvalsh(k)[0] >= -1e-13 * k.max()
    assert (k[3] == 0).all()
    np.testing.assert_allclose(net.gram(x, x), k, rtol=0, atol=1e-12 * k.max())
    d = net.distances(x)
    norms = np.diag(k)
    np.testing.assert_allclose(d**2, norms[:, None] + norms - 2 * k, rtol=0, atol=1e-12 * k.max())
    assert (np.diag(d) == 0).all()


# -- groups and tables ------------------------------------------------------------------------------------


@given(st.integers(1, 12), st.booleans())
def test_group_laws(m: int, reflections: bool) -> None:
    group = groups.dihedral(m) if reflections else groups.cyclic(m)
    a = np.arange(group.order)
    product = group.product(a[:, None], a)
    matrices = group.elements
    # Matrices of cosines and sines: a few roundings.
    found = np.einsum("aij,bjk->abik", matrices, matrices)
    np.testing.assert_allclose(matrices[product], found, rtol=0, atol=1e-14)
    assert (product[a, group.inverse(a)] == 0).all() and (product[group.inverse(a), a] == 0).all()
    assert group.exact == (m in (1, 2, 4))
    if m % 4 == 0:
        np.testing.assert_array_equal(matrices[m // 4], [[0, -1], [1, 0]])


def test_pooling_over_turns_reads_r_q() -> None:
    """x(r q): behind a reflection r = f, the turn by q is read at f q, which is that by -q and then f."""
    a, b, c = ckn.gaussian(1).taps
    layer = groups.Layer(1, ks.linear(), turn_pool=ckn.gaussian(1))
    expected = [[b, c, 0, a], [a, b, c, 0], [0, a, b, c], [c, 0, a, b]]
    np.testing.assert_array_equal(layer.turn_pooling(groups.cyclic(4)), expected)
    layer = groups.Layer(1, ks.linear(), turn_pool=ckn.average(2))  # the turns by -1 and 0
    turns = [[1, 0, 0, 1], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]]
    flips = [[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1], [1, 0, 0, 1]]
    zero = np.zeros((4, 4))
    blocks = np.block([[np.array(turns), zero], [zero, np.array(flips)]]) / 2
    np.testing.assert_array_equal(layer.turn_pooling(groups.dihedral(4)), blocks)


def test_elements_act_as_numpy_turns() -> None:
    x = images(0, 1, (4, 4), 2)
    np.testing.assert_array_equal(groups.act(x, 1)[0], np.rot90(x[0]))
    np.testing.assert_array_equal(groups.act(x, -1, True)[0], np.rot90(np.fliplr(x[0]), 3))
    group = groups.dihedral(4)
    reads = turn_reads(group, (4, 4))
    for t, f in elements(group):
        # x(g u) of L_g x is x.
        table = reads.matrix([t + 4 * f], [0]).toarray()
        np.testing.assert_array_equal(table @ groups.act(x, t, f)[0].reshape(16, 2), x[0].reshape(16, 2))


@pytest.mark.parametrize(("name", "degree"), [("bilinear", 1), ("cubic", 2)])
def test_interpolation_is_exact_for_polynomials(name: str, degree: int) -> None:
    group, n = groups.cyclic(12, name), 11
    axis = np.arange(n) - 5.0
    c = np.array(list(itertools.product((-1, 0, 1), repeat=2)))
    reads = patch_reads(group, groups.Layer(3, ks.linear()), (n, n))
    rows, columns = np.meshgrid(axis, axis, indexing="ij")
    grid = np.stack([rows, columns], -1).reshape(-1, 1, 2)
    inside = (np.abs(grid) < 2.5).all(axis=-1).ravel()
    for r in range(group.order):
        points = grid + c @ group.elements[r].T
        for i, j in itertools.product(range(degree + 1), repeat=2):
            x = (rows**i * columns**j).ravel()
            found = (reads.matrix([r], slice(None)) @ x).reshape(-1, 9)
            expected = points[..., 0] ** i * points[..., 1] ** j
            # Pixels of up to 625, weights of up to 1.
            np.testing.assert_allclose(found[inside], expected[inside], rtol=0, atol=1e-11)


# -- features ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("group", [groups.cyclic(1), groups.dihedral(4), groups.cyclic(8)], ids=repr)
@pytest.mark.parametrize("output", ["mean", "orbit", "sum"])
@pytest.mark.parametrize("normalized", [False, True])
def test_features_are_exact_where_the_anchors_hold_every_patch(
    group: groups.Group, output: str, normalized: bool
) -> None:
    layers = [
        groups.Layer(2, EXPONENTIAL, ckn.average(2), 2, normalized=normalized),
        groups.Layer(2, ks.arccos(1), rotations=1, normalized=normalized, turn_pool=ckn.gaussian(1)),
    ]
    net = groups.Network(group, layers, output)
    x = images(2, 3, (4, 4))
    features = groups.Features(net, 1000).fit_transform(x)
    k = net.gram(x)
    # As for ckn.Nystrom: kappa(ZZ^T) has small eigenvalues, whose coordinates hold their rounding.
    np.testing.assert_allclose(features @ features.T, k, rtol=0, atol=1e-11 * k.max())


@settings(max_examples=40)
@given(st.data())
def test_few_anchors_are_as_invariant(data: st.DataObject) -> None:
    group = data.draw(st.sampled_from([groups.cyclic(4), groups.dihedral(4)]))
    net = data.draw(networks(group, (4, 4)))
    x = images(data.draw(st.integers(0, 99)), 3, (4, 4))
    features = groups.Features(net, data.draw(st.integers(1, 5)), rng=1).fit(x)
    assert features.transform(x).shape == (3, features.n_features_out_)
    t, f = data.draw(st.sampled_from(elements(group)))
    one, two = features.transform(x), features.transform(groups.act(x, t, f))
    scale = max(abs(one).max(), 1e-3)
    if net.output == "sum":
        one, two = (np.linalg.norm(z, axis=1) for z in (one, two))
    # A root S of kappa(ZZ^T)^+ multiplies rounding by at most its norm, below 1e3 for so few anchors.
    np.testing.assert_allclose(one, two, rtol=0, atol=1e-11 * scale)


def test_features_of_a_seed_are_the_same_and_keep_float32() -> None:
    net = two_layers(groups.cyclic(8), "orbit")
    x = images(0, 4, (5, 5)).astype(np.float32)
    one, two = (groups.Features(net, (4, 6), rng=3).fit(x).transform(x) for _ in (0, 1))
    np.testing.assert_array_equal(one, two)
    assert one.dtype == np.float32
    double = groups.Features(net, (4, 6), rng=3).fit(x.astype(np.float64))
    assert double.transform(x[:0]).shape == (0, double.n_features_out_)
    assert repr(double) == f"Features({net!r}, components=(4, 6), rng=3, patches=20000, shape=None)"


# -- the door ---------------------------------------------------------------------------------------------


def test_kinds_of_data() -> None:
    net = two_layers(groups.cyclic(4))
    x = images(0, 3, (5, 5))
    k = net.gram(x)
    single = net.gram(x.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, k, rtol=1e-5)  # the images are rounded to 6e-8
    whole = np.rint(3 * x).astype(np.int64)
    np.testing.assert_array_equal(net.gram(whole), net.gram(whole.astype(np.float64)))
    wide = np.zeros((3, 5, 10, 2))
    wide[:, :, ::2, 1:] = x
    np.testing.assert_array_equal(net.gram(wide[:, :, ::2, 1:]), k)
    assert net.gram(x[:0]).shape == (0, 0) and net.gram(x, x[:0]).shape == (3, 0)
    assert net.covariances(x[:0]).shape == (0, 0, 4, 3, 3, 4, 3, 3)
    assert net.maps(x[:0])[-1].values.shape == (0, 4, 3, 3)
    np.testing.assert_allclose(net.gram(x, memory=least_memory(net, x)), k, rtol=1e-13)


@pytest.mark.parametrize("scale", [1.0, 3e-7, 1e-9])
@pytest.mark.parametrize("kernel", [ks.arccos(0), ks.laplace(1), EXPONENTIAL])
def test_coinciding_patches_and_small_norms(kernel: ks.Zonal, scale: float) -> None:
    """As in `ckn.Network`: cosines next to 1 are 1 for kernels with a steep end, and norms have a floor."""
    layers = [ckn.Layer(2, kernel), ckn.Layer(2, kernel)]
    x = scale * images(0, 2, (3, 3))
    for group in (groups.cyclic(1), groups.cyclic(4)):
        net = groups.Network(group, layers, "sum")
        k = net.gram(x)
        if scale == 1:
            np.testing.assert_allclose(net.gram(x, x.copy()), k, rtol=1e-12)
    plain = ckn.Network(layers)
    net = groups.Network(groups.cyclic(1), layers, "sum")
    np.testing.assert_allclose(net.gram(x), plain.gram(x), rtol=1e-9)


@pytest.mark.parametrize("output", ["mean", "sum"])
def test_what_networks_of_the_plane_can(output: str, tmp_path: Path) -> None:
    """Tangent kernels, norms, workers and files; of one turn, the values of the plane."""
    x, y = images(0, 5, (7, 6)), images(1, 3, (7, 6))
    layers = [ckn.Layer(3, ks.arccos(1), ckn.gaussian(1), 2), ckn.Layer(2, ks.arccos(1), normalized=True)]
    plain, net = ckn.Network(layers, output), groups.Network(groups.cyclic(1), layers, output)
    for other in (None, y):
        wanted = plain.gram(x, other, tangent="both")
        for k, found in zip(wanted, net.gram(x, other, tangent="both", threads=2), strict=True):
            np.testing.assert_allclose(found, k, rtol=1e-12, atol=1e-13 * k.max())
        np.testing.assert_array_equal(net.gram(x, other, tangent=True), net.gram(x, other, tangent="both")[1])
    np.testing.assert_allclose(net.norms(x, tangent=True), plain.norms(x, tangent=True), rtol=1e-12)
    np.testing.assert_allclose(net.distances(x, y, tangent=True), plain.distances(x, y, tangent=True), rtol=1e-9)
    np.testing.assert_array_equal(net.gram(x, y, out=tmp_path / "k.npy"), net.gram(x, y))


def test_tangent_kernels_of_turned_images_are_as_invariant() -> None:
    net = groups.Network(groups.dihedral(4), [groups.Layer(3, ks.arccos(1), rotations=1)] * 2)
    x, y = images(0, 2, (5, 5)), images(1, 3, (5, 5))
    tangent = net.gram(x, y, tangent=True)
    assert np.all(tangent > net.gram(x, y))
    np.testing.assert_allclose(net.gram(groups.act(x, 3, True), y, tangent=True), tangent, rtol=1e-12)


def least_memory(net: groups.Network, x: Any) -> int:
    """What the refusal of one byte says is needed, for one pair at a time."""
    with pytest.raises(ValueError, match="memory must be at least .* groups.Features takes larger images") as refusal:
        net.gram(x, memory=1, threads=1)
    return int(str(refusal.value).split("at least ")[1].split()[0])


def test_progress() -> None:
    net = two_layers(groups.cyclic(2))
    x = images(0, 5, (5, 5))
    seen: list[tuple[int, int]] = []

    def watched(steps: Any, total: int) -> Any:
        seen.append((sum(1 for _ in steps), total))
        return ()

    k = net.gram(x)
    memory = least_memory(net, x)
    np.testing.assert_allclose(net.gram(x, memory=memory, progress=watched), k, rtol=1e-13)
    net.gram(x, x[:2], memory=memory, progress=watched)
    net.distances(x, memory=memory, progress=watched)
    net.covariances(x, memory=memory, progress=watched)
    net.maps(x, memory=memory, progress=watched)
    # Strips of pairs, one or several for each image of x; for covariances, 5 images and 25 pairs.
    assert seen == [(15, 15), (10, 10), (15, 15), (30, 30), (5, 5)]
    # A progress that stops early: the rest is done all the same.
    early = net.gram(x, memory=memory, progress=lambda steps, total: [next(iter(steps))])
    np.testing.assert_allclose(early, k, rtol=1e-13)
    seen.clear()
    features = groups.Features(net, 3)

    def passed(steps: Any, total: int) -> Any:
        seen.append((len(steps), total))
        return steps

    out = features.fit(x, progress=passed).transform(x, progress=passed)
    assert seen == [(2, 2), (1, 1)]
    np.testing.assert_array_equal(out, groups.Features(net, 3).fit_transform(x))
    for call in (features.fit, features.transform, features.fit_transform):
        with pytest.raises(TypeError, match="progress must be a callable"):
            untyped(call)(x, progress="bar")


@pytest.mark.parametrize("output", ["mean", "orbit", "sum"])
def test_memory_is_kept(output: str) -> None:
    net = groups.Network(groups.cyclic(4), [groups.Layer(3, ks.arccos(1))] * 2, output)
    x = images(0, 3, (11, 11))
    one = least_memory(net, x)
    assert one < 1.1 * 64 * (4 * 121) ** 2 + 2**20
    for memory in (one, int(1.6 * one), int(3.9 * one)):
        tracemalloc.start()
        try:
            net.gram(x, memory=memory)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        # Tables of what is read beside the tensors.
        assert peak <= memory + 5e5
    # Refused before anything of the size of a pair is made: here, 2e10 bytes.
    with pytest.raises(ValueError, match="memory must be at least"):
        net.gram(images(0, 1, (110, 110)))


def test_tables_of_fine_groups_are_made_turn_by_turn() -> None:
    net = groups.Network(groups.cyclic(36), [groups.Layer(3, ks.arccos(1))])
    x = images(0, 1, (21, 21))
    groups.Features(net, 3).fit(x[:, :5, :5])
    tracemalloc.start()
    try:
        groups.Features(net, 3, patches=100).fit(x)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # 16 taps for each of 9 places of 36 * 441 patches: 12 bytes each in the tables, and 15 times that for one turn.
    taps = 16 * 9 * 36 * 441
    assert peak <= 12 * taps + 180 * taps / 36 + 2e7


@settings(max_examples=30)
@given(st.data())
def test_signals(data: st.DataObject) -> None:
    """The trivial group gives the plain kernel of signals; reflections are exact."""
    n = data.draw(st.integers(2, 9))
    made, size = [], (n, n)
    for _ in range(data.draw(st.integers(1, 2))):
        layer, size = data.draw(layers(size))
        made.append(layer)
    output = data.draw(st.sampled_from(["mean", "orbit", "sum"]))
    x, y = (np.random.default_rng(s).standard_normal((2, n, 2)) for s in (0, 1))
    net = groups.Network(groups.cyclic(1), made, output)
    plain = ckn.Network(
        [ckn.Layer(a.patch, a.kernel, a.pool, a.stride, a.border, a.normalized) for a in made],
        "mean" if output == "mean" else "sum",
    )
    scale = np.sqrt(np.diag(plain.gram(x)).max() * np.diag(plain.gram(y)).max())
    floor = 1e-13 * max(m.values.max() ** 2 for m in plain.maps(np.concatenate([x, y])))
    assert abs(net.gram(x, y) - plain.gram(x, y)).max() <= 1e-12 * scale + floor
    for a, b in zip(net.maps(x), plain.maps(x), strict=True):
        values = a.values if a.name == "input" else a.values[:, 0]
        largest = max(m.values.max() for m in plain.maps(x))
        np.testing.assert_allclose(values**2, b.values**2, rtol=0, atol=1e-12 * largest**2)
    turned = groups.Network(groups.dihedral(1), made, output)
    back, there = groups.act(x, 0, True), groups.act(y, 0, True)
    np.testing.assert_array_equal(back, x[:, ::-1])
    k = turned.gram(x, y)
    scale = np.sqrt(np.diag(turned.gram(x)).max() * np.diag(turned.gram(y)).max())
    found = turned.gram(back, there if output == "sum" else y)
    assert abs(found - k).max() <= 1e-12 * scale + 4 * floor
    largest = max(m.values.max() for m in turned.maps(x))
    for a, b in zip(turned.maps(back)[1:], turned.maps(x)[1:], strict=True):
        expected = groups.act_on_maps(b.values, 0, True, group=turned.group)
        np.testing.assert_allclose(a.values**2, expected**2, rtol=0, atol=1e-12 * largest**2)
    assert turned.maps(x)[1].axes == ("image", "rotation", "length")


def test_features_of_signals() -> None:
    layers = [groups.Layer(3, EXPONENTIAL, ckn.gaussian(1, True), 2, normalized=True), groups.Layer(2, ks.arccos(1))]
    net = groups.Network(groups.dihedral(1), layers, "orbit")
    x = np.random.default_rng(0).standard_normal((4, 9, 2))
    features = groups.Features(net, 1000).fit(x)
    k = net.gram(x)
    np.testing.assert_allclose(features.transform(x) @ features.transform(x).T, k, rtol=0, atol=1e-11 * k.max())
    np.testing.assert_allclose(net.gram(x[:, ::-1], x), k, rtol=1e-11)
    # Long signals: pooling is no dense matrix, and its windows are not looked at as one.
    long = np.random.default_rng(0).standard_normal((2, 20_001, 1))
    few = groups.Features(net, 4, patches=200).fit(long[..., [0, 0]])
    one, two = few.transform(long[..., [0, 0]]), few.transform(long[:, ::-1, [0, 0]])
    np.testing.assert_allclose(one, two, rtol=0, atol=1e-11 * abs(one).max())


def test_text() -> None:
    layer = groups.Layer(3, EXPONENTIAL, ckn.average(2), 2, rotations=0, turn_pool="all")
    assert repr(layer) == (
        "Layer(patch=3, kernel=exponential(sigma=0.6), pool=average(2), stride=2, rotations=0, turn_pool='all')"
    )
    net = groups.Network(groups.dihedral(8, "bilinear"), [ckn.Layer(1, ks.arccos(1))], "orbit")
    assert repr(net) == (
        "Network(dihedral(8, interpolation='bilinear'), [Layer(patch=1, kernel=arccos(1))], output='orbit')"
    )
    assert repr(groups.cyclic(4)) == "cyclic(4)"


def test_bad_parameters() -> None:
    cases: list[tuple[Any, type[Exception], str]] = [
        (lambda: groups.cyclic(0), ValueError, "m must be"),
        (lambda: groups.cyclic(2.5), TypeError, "m must be"),  # type: ignore[arg-type]  # wrong on purpose
        (lambda: groups.cyclic(1000), ValueError, "at most 360"),
        (lambda: groups.cyclic(8, "nearest"), ValueError, "interpolation must be one of bilinear, cubic"),
        (lambda: groups.Group(8), ValueError, "interpolation"),
        (lambda: groups.Group(4, 1), TypeError, "reflections must be"),  # type: ignore[arg-type]  # wrong on purpose
        (lambda: groups.Layer(3, EXPONENTIAL, rotations="some"), ValueError, "rotations"),
        (lambda: groups.Layer(3, EXPONENTIAL, rotations=-1), ValueError, "rotations"),
        (lambda: groups.Layer(3, EXPONENTIAL, turn_pool=ckn.strided()), TypeError, "turn_pool"),
        (lambda: groups.Layer(3, EXPONENTIAL, turn_pool="mean"), ValueError, "turn_pool"),
        (lambda: groups.Layer(0, EXPONENTIAL), ValueError, "patch"),
        (lambda: groups.Network(4, []), TypeError, "group must be"),  # type: ignore[arg-type]  # wrong on purpose
        (lambda: groups.Network(groups.cyclic(4), []), ValueError, "at least one"),
        (lambda: groups.Network(groups.cyclic(4), [3]), TypeError, "layer 1 is 3"),  # type: ignore[list-item]  # wrong on purpose
        (lambda: groups.Network(groups.cyclic(4), "a"), TypeError, "sequence"),  # type: ignore[arg-type]  # wrong on purpose
        (lambda: two_layers(groups.cyclic(4), "max"), ValueError, "output"),
        (lambda: groups.act(np.zeros((2, 2))), ValueError, "height, width"),
        (lambda: groups.act(np.zeros((1, 2, 2, 1)), untyped(1.5)), TypeError, "turns must be an integer, got"),
        (lambda: groups.act(np.zeros((1, 2, 2, 1)), True), TypeError, "turns must be an integer, got"),
        (lambda: groups.act([[1], [2, 3]]), ValueError, "x must be an array; its rows"),
        (lambda: groups.act(np.zeros((1, 5, 1))), ValueError, "signals have no turns"),
        (
            lambda: groups.act_on_maps(np.zeros((1, 4, 2, 2)), group=4),  # type: ignore[arg-type]  # wrong on purpose
            TypeError,
            "group must be",
        ),
        (
            lambda: groups.act_on_maps([[1], [2, 3]], group=groups.cyclic(4)),
            ValueError,
            "maps must be an array; its rows",
        ),
        (lambda: groups.cyclic(4).product(4, 1), ValueError, "a must be .* from 0 to 3; got 4"),
        (lambda: groups.cyclic(4).product(1, [0, -1]), ValueError, "b must be .* from 0 to 3"),
        (lambda: groups.cyclic(4).product(1.0, 1), TypeError, "a must be the number of an element"),
        (lambda: groups.dihedral(4).inverse(8), ValueError, "a must be .* from 0 to 7; got 8"),
        (
            lambda: groups.Layer(3, EXPONENTIAL, rotations=None),  # type: ignore[arg-type]  # wrong on purpose
            TypeError,
            "rotations must be 'all', 'none' or an integer",
        ),
        (lambda: groups.act(np.zeros((1, 2, 2, 1)), 1, 2), TypeError, "reflection"),  # type: ignore[arg-type]  # wrong on purpose
        (lambda: groups.act_on_maps(np.zeros((1, 4, 2, 2)), 1, True, group=groups.cyclic(4)), ValueError, "element of"),
        (
            lambda: groups.act_on_maps(np.zeros((1, 3, 2, 2)), group=groups.cyclic(4)),
            ValueError,
            "maps must have shape",
        ),
    ]
    for call, error, match in cases:
        with pytest.raises(error, match=match):
            call()


def test_bad_images() -> None:
    net = two_layers(groups.cyclic(4))
    x = images(0, 2, (5, 5))
    for bad in (np.nan, np.inf):
        wrong = x.copy()
        wrong[0, 0, 0, 0] = bad
        with pytest.raises(ValueError, match="x must be finite"):
            net.gram(wrong)
    with pytest.raises(ValueError, match="x must have square images.*5x6"):
        net.gram(images(0, 1, (5, 6)))
    with pytest.raises(ValueError, match="x must be images.*signals have no turns.*cyclic\\(4\\)"):
        net.gram(np.zeros((2, 5, 1)))
    with pytest.raises(ValueError, match="shape must be that of the data"):
        net.shapes((5, 1))
    with pytest.raises(ValueError, match="one size; got 5x5x1 and 7x7x1"):
        net.gram(x, images(0, 1, (7, 7)))
    with pytest.raises(TypeError, match="real array"):
        net.gram(x.astype(complex))
    with pytest.raises(ValueError, match="memory must be at least"):
        net.gram(x, memory=100)
    for call in (net.gram, net.distances, net.covariances, net.maps):
        if call in (net.gram, net.covariances):  # norms do not overflow
            with pytest.raises(ValueError, match="squared norms of their patches, or the results, overflow"):
                call(x * 1e200)
        with pytest.raises(TypeError, match="progress must be a callable"):
            untyped(call)(x, progress=3)
    # |x|^2 is in the range of float64, and not in that of the result.
    with pytest.raises(ValueError, match="overflow float32"):
        net.gram((x * 1e25).astype(np.float32))
    assert np.isfinite(net.maps((x * 1e25).astype(np.float32))[-1].values).all()
    with pytest.raises(
        ValueError,
        match=r"layer 1: the windows of gaussian\(1, centred=True\), stride 2, on 6 positions are not symmetric.*"
        r"gaussian\(1, centred=True\) with stride 1.*stride 2 on 7",
    ):
        net.gram(images(0, 1, (6, 6)))
    # Without turns of the rows, rows may be as they are.
    rows = groups.Network(groups.dihedral(1), net.layers)
    assert rows.gram(images(0, 1, (6, 5))).shape == (1, 1)
    for shape in ((1, 5, 6, 1), (1, 6, 1)):  # but columns, or signals, that are reflected, may not
        with pytest.raises(ValueError, match="layer 1: the windows of .* on 6 positions are not symmetric"):
            rows.shapes(shape)
    assert groups.Network(groups.cyclic(1), net.layers).shapes((1, 6, 6, 1))[0].output == (3, 3)
    half_turn = groups.Network(groups.cyclic(2), net.layers)
    with pytest.raises(ValueError, match="layer 1: the windows of .* on 6 positions are not symmetric"):
        half_turn.shapes((1, 6, 5, 1))


def test_bad_features() -> None:
    net = two_layers(groups.cyclic(4))
    x = images(0, 2, (5, 5))
    with pytest.raises(TypeError, match=r"groups\.Network"):
        groups.Features(ckn.Network([ckn.Layer(3, EXPONENTIAL)])).fit(x)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(ValueError, match="each of the 2 layers"):
        groups.Features(net, (1, 2, 3)).fit(x)
    with pytest.raises(ValueError, match="components"):
        groups.Features(net, 0).fit(x)
    with pytest.raises(TypeError, match="rng"):
        groups.Features(net, rng="a").fit(x)
    with pytest.raises(NotFittedError, match="no anchors yet"):
        groups.Features(net).transform(x)
    with pytest.raises(ValueError, match="at least one image"):
        groups.Features(net).fit(x[:0])
    with pytest.raises(ValueError, match="layer 1: no patch of x has a norm"):
        groups.Features(net).fit(0 * x)
    with pytest.raises(ValueError, match="fitted size 5x5x1"):
        groups.Features(net, 3).fit(x).transform(images(0, 1, (7, 7)))


def test_features_that_earlier_versions_have_pickled() -> None:
    """They call a class by another name."""
    x = np.random.default_rng(0).standard_normal((3, 5, 5, 1))
    features = groups.Features(groups.Network(groups.dihedral(4), [groups.Layer(3, ks.arccos(1))]), 4).fit(x)
    now = pickle.dumps(features, protocol=0)
    assert b"patch_kernels\nRectifier" in now
    earlier = pickle.loads(now.replace(b"patch_kernels\nRectifier", b"patch_kernels\n_Rectifier"))
    np.testing.assert_array_equal(earlier.transform(x), features.transform(x))
