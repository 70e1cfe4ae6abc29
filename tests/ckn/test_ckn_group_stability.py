"""Deformations of images in networks on groups: no array violates a bound, and where bounds are attained."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import ckn, testing
from kernelspec.ckn import groups, stability
from kernelspec.ckn.groups.operators import patch_reads
from kernelspec.ckn.stability.group_bounds import GroupSampled, GroupWeights

RELU = ks.arccos(1)
RECTIFIERS = [RELU, ks.linear(), 0.5 * ks.linear() + 2 * ks.arccos(1)]
KERNELS = [*RECTIFIERS, ks.exponential(0.6), ks.polynomial(3), ks.arccos(0)]
GROUPS = [
    groups.cyclic(1),
    groups.cyclic(2),
    groups.cyclic(4),
    groups.dihedral(1),
    groups.dihedral(4),
    groups.cyclic(3),
    groups.cyclic(8),
    groups.cyclic(8, "bilinear"),
    groups.dihedral(8, "bilinear"),
]
APART = "|S (L - T) x|_w / |x|, displacement"
REACHES: list[str | int] = ["all", "none", 1]
OUTPUTS = st.sampled_from(groups.network.OUTPUTS)
SEEDS = st.integers(0, 2**32 - 1)


@st.composite
def layers(draw: st.DrawFn, kernels: Any, border: str) -> groups.Layer:
    pool = draw(st.sampled_from([None, ckn.gaussian(1, centred=True), ckn.average(3, centred=True)]))
    return groups.Layer(
        draw(st.integers(1, 3)),
        draw(st.sampled_from(kernels)),
        pool,
        1 if pool is None else draw(st.integers(1, 2)),
        border,
        draw(st.booleans()),
        draw(st.sampled_from(REACHES)),
        draw(st.sampled_from([None, "all", ckn.gaussian(1), ckn.average(2)])),
    )


@st.composite
def networks(draw: st.DrawFn, shape: tuple[int, ...], tangent: bool = False) -> groups.Network:
    border = draw(st.sampled_from(["zero", "circular", "valid"]))
    several = draw(st.lists(layers(RECTIFIERS if tangent else KERNELS, border), min_size=1, max_size=2))
    net = groups.Network(draw(st.sampled_from(GROUPS)), several, draw(OUTPUTS))
    try:
        net.shapes((1, *shape, 1))
    except ValueError:
        assume(False)
    return net


def images(shape: tuple[int, ...], seed: int) -> Any:
    """Noise, one pixel, and an alternating image."""
    rng = np.random.default_rng(seed)
    noise, pixel = rng.standard_normal((2, *shape, 1))
    pixel[...] = 0.0
    pixel[tuple(int(rng.integers(n)) for n in shape)] = 1.0
    return np.stack([noise, pixel, ((-1.0) ** np.indices(shape).sum(axis=0))[..., None]])


@pytest.mark.parametrize("tangent", [False, True])
@given(st.data(), st.sampled_from([(4, 4), (5, 5), (7,)]), SEEDS, st.sampled_from([0.0, 1.0]))
@settings(max_examples=20, deadline=None)
def test_nothing_violates_a_bound(
    tangent: bool, data: st.DataObject, shape: tuple[int, ...], seed: int, smoothing: float
) -> None:
    net, tau = data.draw(networks(shape, tangent)), data.draw(testing.deformations(shape))
    if len(shape) == 2 and data.draw(st.booleans()):
        tau = tau + stability.rotation(shape, data.draw(st.sampled_from([1, 2, 3])) * math.pi / 2)
    found = stability.bound(net, tau, tangent, smoothing=smoothing)
    apart = stability.measured(net, images(shape, seed), tau, tangent, smoothing=smoothing)
    # As for networks on the plane: angles behind the first layer are known to 1e-8, and distances are their roots.
    steep = tangent or found.terms["prod rho"] == math.inf
    scale = (2 * found.terms["|S x|_w / |x|"] + 1e-300) * math.prod(
        k.norm for k in GroupSampled(net, shape, 0.0, tangent).maps
    )
    assert found.proved
    assert apart.max() <= found.value * (1 + 1e-10) + scale * (2e-3 if steep else 1e-6)


def plane(net: groups.Network) -> ckn.Network:
    made = [
        ckn.Layer(each.patch, each.kernel, each.pool, each.stride, each.border, each.normalized) for each in net.layers
    ]
    return ckn.Network(made, "sum" if net.output == "orbit" else net.output)


@given(st.data(), st.booleans(), SEEDS)
@settings(max_examples=10, deadline=None)
def test_without_turns_it_is_the_bound_of_the_plane(data: st.DataObject, tangent: bool, seed: int) -> None:
    net = data.draw(networks((5, 5), tangent))
    net = groups.Network(groups.cyclic(1), net.layers, net.output)
    tau = stability.field((5, 5), 0.3, 2.0, seed)
    one, two = stability.bound(net, tau, tangent), stability.bound(plane(net), tau, tangent)
    # Norms of differences are found to 1e-6, that of S L, which enters beside them, to 1e-3.
    assert one.value == pytest.approx(two.value, rel=2e-3)
    if APART in one.terms:
        assert one.terms[APART] == pytest.approx(two.terms[APART], rel=3e-6)


@pytest.mark.parametrize("group", GROUPS[2:5])
def test_the_displacement_is_attained(group: groups.Group) -> None:
    """Linear layers of one pixel: Phi(x) is x at every turn, and the bound is |G|^(1/2) |L - 1|."""
    net = groups.Network(group, [groups.Layer(1, ks.linear(), border="circular")] * 2, "sum")
    # Patches of the second layer sum over all turns: |G| for |P|^2.
    tau = stability.field((6, 6), 0.4, 2.0, 5)
    columns = [np.eye(36)[i].reshape(6, 6, 1) for i in range(36)]
    moved = np.stack([stability.warp(e, tau, "circular").ravel() for e in columns], axis=1) - np.eye(36)
    values, vectors = np.linalg.svd(moved)[1:]
    x = vectors[0].reshape(6, 6, 1)
    expected = group.order * values[0]
    assert stability.bound(net, tau).value == pytest.approx(expected, rel=2e-6)
    assert stability.measured(net, x, tau) == pytest.approx(expected, rel=1e-6)


def symmetric(rng: np.random.Generator, n: int) -> Any:
    """An image that quarter turns and reflections leave as it is."""
    x = rng.standard_normal((1, n, n, 1))
    return sum(groups.act(x, turns, flip) for turns in range(4) for flip in (False, True))[0]


@pytest.mark.parametrize("tangent", [False, True])
@given(SEEDS)
@settings(max_examples=10, deadline=None)
def test_the_average_over_turns_takes_nothing_from_what_the_group_leaves(tangent: bool, seed: int) -> None:
    """An image and a field that the group leaves as they are: "orbit" has the distance of "sum"."""
    x, tau = symmetric(np.random.default_rng(seed), 7), stability.scaling((7, 7), 1.2)
    several = [groups.Layer(3, RELU, ckn.gaussian(1, centred=True), 2), groups.Layer(3, RELU, rotations=1)]
    nets = [groups.Network(groups.dihedral(4), several, out) for out in ("sum", "orbit")]
    found = [stability.measured(net, x, tau, tangent) for net in nets]
    assert found[0] == pytest.approx(found[1], rel=1e-6)
    bounds = [stability.bound(net, tau, tangent).terms[APART] for net in nets]
    assert bounds[0] == pytest.approx(bounds[1], rel=3e-6)  # norms are found to 1e-6


@given(st.data(), st.sampled_from(GROUPS[1:5]), st.integers(1, 3), SEEDS, st.sampled_from(["mean", "orbit"]))
@settings(max_examples=30, deadline=None)
def test_turns_of_the_group_cost_nothing(
    data: st.DataObject, group: groups.Group, quarters: int, seed: int, output: str
) -> None:
    """Turned and deformed: the bound of the turn is that of what is left, and far below that of the displacement."""
    assume(4 // math.gcd(4, quarters) <= group.turns)
    net = groups.Network(group, [groups.Layer(3, RELU), groups.Layer(2, RELU, border="valid")], output)
    turn = stability.rotation((6, 6), quarters * math.pi / 2)
    assert stability.bound(net, turn).value < 1e-11
    x = np.random.default_rng(seed).standard_normal((6, 6, 1))
    assert stability.measured(net, x, turn) < 1e-6
    small = stability.field((6, 6), 0.02, 2.0, seed)
    both = stability.bound(net, turn + small)
    assert "turn" in both.source and both.value < 0.5 * both.terms["bound by displacement"]
    assert stability.measured(net, x, turn + small) <= both.value
    # What is left is L_g after a deformation of the size of `small`, and |L_g| = 1.
    alone = stability.bound(groups.Network(group, net.layers, output), small).terms["bound by displacement"]
    assert both.value == pytest.approx(alone, rel=0.5)


def test_elements_that_are_not_in_the_group_are_not_free() -> None:
    several = [groups.Layer(3, RELU)]
    turn = stability.rotation((6, 6), math.pi / 2)
    for group in (groups.cyclic(1), groups.cyclic(2), groups.dihedral(1)):
        assert "turn" not in stability.bound(groups.Network(group, several, "orbit"), turn).source
    assert "turn" not in stability.bound(groups.Network(groups.cyclic(4), several, "sum"), turn).source
    # 90 degrees are none of C_3, and 30 degrees from one of its turns.
    third = groups.Network(groups.cyclic(3), several, "orbit")
    x = np.random.default_rng(0).standard_normal((6, 6, 1))
    assert 0.01 < stability.measured(third, x, turn) <= stability.bound(third, turn).value
    signal = stability.bound(groups.Network(groups.dihedral(1), several, "mean"), stability.translation(8, 0.25))
    assert "displacement" in signal.source


def test_shifts_of_a_torus_cost_nothing_where_positions_are_averaged() -> None:
    tau = stability.translation((8, 8), (2, -4)) + stability.field((8, 8), 0.02, 2.0, 1)
    several = [groups.Layer(3, RELU, ckn.average(2), 2, "circular"), groups.Layer(3, RELU, border="circular")]
    net = groups.Network(groups.cyclic(4), several, "mean")
    whole = stability.bound(net, stability.translation((8, 8), (2, -4)))
    assert "shift" in whole.source and whole.value < 1e-11
    x = np.random.default_rng(0).standard_normal((8, 8, 1))
    assert stability.measured(net, x, tau) <= stability.bound(net, tau).value
    # r^-1 t is another translation at every turn: for "orbit" a shift is none of the output.
    orbit = groups.Network(groups.cyclic(4), several, "orbit")
    assert stability.measured(orbit, x, stability.translation((8, 8), (2, -4))) > 0.1
    moved = stability.bound(orbit, stability.translation((8, 8), (2, -4)))
    assert moved.value >= stability.measured(orbit, x, stability.translation((8, 8), (2, -4)))


def test_a_turned_and_shifted_image_is_compared_with_both() -> None:
    net = groups.Network(groups.cyclic(4), [groups.Layer(3, RELU, border="circular")], "mean")
    tau = stability.rotation((6, 6), math.pi / 2) + stability.translation((6, 6), (1, 2))
    found = stability.bound(net, tau)
    assert "turn by 90 degrees and shift" in found.source and found.value < 1e-10


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_weights_sum_to_the_norm_of_a_constant(data: st.DataObject) -> None:
    """Cauchy and Schwarz lose nothing of a constant image on a torus, where all that is read is >= 0."""
    net = data.draw(networks((6, 6)))
    several = [
        groups.Layer(a.patch, ks.linear(), a.pool, a.stride, "circular", a.normalized, a.rotations, a.turn_pool)
        for a in net.layers
        if isinstance(a, groups.Layer)
    ]
    group = data.draw(st.sampled_from([g for g in GROUPS if g.interpolation != "cubic"]))
    net = groups.Network(group, several, net.output)
    try:
        net.shapes((1, 6, 6, 1))
    except ValueError:
        assume(False)
    weights = GroupWeights.of(net, (6, 6))
    assume(net.output != "orbit" or group.exact)  # turned points between pixels are lost at the border
    assert weights.positive
    assert float(weights.maps[0].sum()) == pytest.approx(float(net.norms(np.ones((1, 6, 6, 1)))[0]) ** 2, rel=1e-10)
    # |P|^2 is attained by a constant as well, and every pixel has a share.
    assert min(weights.patches) > 0


def test_weights_of_one_pixel_by_hand() -> None:
    """Two layers of 3 x 3 on a 3 x 3 image, C_4, "orbit": every read counted."""
    net = groups.Network(groups.cyclic(4), [groups.Layer(3, RELU), groups.Layer(3, RELU, rotations=1)], "orbit")
    weights = GroupWeights.of(net, (3, 3))
    line = np.array([[1, 1, 0], [1, 1, 1], [0, 1, 1]])  # which positions are next to which
    beside = np.kron(line, line)
    second = 3 * beside.sum(axis=1)  # three turns read each position of the first map
    np.testing.assert_array_equal(weights.maps[1].reshape(4, 9), np.tile(second, (4, 1)))
    np.testing.assert_array_equal(weights.maps[0], 4 * beside @ second)


@pytest.mark.parametrize("group", [groups.cyclic(8), groups.dihedral(8, "bilinear")])
def test_weights_of_reads_between_pixels(group: groups.Group) -> None:
    """|W| times its sum, over every read of every patch at every turn."""
    net = groups.Network(group, [groups.Layer(3, RELU)], "sum")
    reads = patch_reads(group, net.layers[0], (4, 4))  # type: ignore[arg-type]
    expected = np.zeros(16)
    for index, weight in zip(reads.index.reshape(-1, reads.index.shape[-1]), _flat(reads), strict=True):
        inside = index >= 0
        sizes = np.abs(weight[inside])
        np.add.at(expected, index[inside], sizes * sizes.sum())
    np.testing.assert_allclose(GroupWeights.of(net, (4, 4)).maps[0], expected, rtol=1e-13)


def _flat(reads: Any) -> Any:
    return np.broadcast_to(reads.weight, reads.index.shape).reshape(-1, reads.index.shape[-1])


def test_pooling_over_turns_makes_what_a_shift_leaves_smaller() -> None:
    """Its norm is |G|^(-1/2) for "all", and 1 for filters."""
    found = list[tuple[float, float]]()
    pools: list[Any] = [None, ckn.gaussian(1), "all"]
    for pool in pools:
        layer = groups.Layer(3, RELU, ckn.gaussian(1), 1, "circular", turn_pool=pool)
        sampled = GroupSampled(groups.Network(groups.cyclic(4), [layer], "mean"), (6, 6), 0.0, False)
        found.append(sampled._displaced(layer, (6, 6), [1, 0]))
    ratios = np.array(found, dtype=np.float64) / np.array(found[0])
    np.testing.assert_allclose(ratios, np.array([[1, 1], [1, 1], [0.5, 0.5]]), rtol=1e-12)


def test_cubic_reads_leave_the_norms_to_tangent_kernels() -> None:
    tau = stability.field((6, 6), 0.1, 2.0, 0)
    for name, carried in (("cubic", False), ("bilinear", True)):
        net = groups.Network(groups.cyclic(8, name), [groups.Layer(3, RELU)] * 2, "mean")
        assert ("bound by displacement" in stability.bound(net, tau, True).terms) == carried
        assert "bound by displacement" in stability.bound(net, tau).terms


# -- R^2 with turns ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tangent", [False, True])
def test_the_theorem_has_the_constants_of_the_plane(tangent: bool) -> None:
    tau = stability.field((25, 25), 0.05, 6.0, 0)
    several = [
        groups.Layer(3, RELU, ckn.gaussian(2, centred=True), 2),
        groups.Layer(3, RELU, ckn.gaussian(1, centred=True)),
    ]
    for group in (groups.cyclic(4), groups.dihedral(4), groups.cyclic(8)):
        net = groups.Network(group, several, "orbit")
        one = stability.bound(net, tau, tangent, smoothing=1.0, continuum=True)
        two = stability.bound(plane(net), tau, tangent, smoothing=1.0, continuum=True)
        scale = math.sqrt(group.order) * math.sqrt(group.order)  # a sum over turns, and one over the q of a patch
        assert one.value == pytest.approx(scale * two.value, rel=1e-12)
        assert not one.proved and "claim 51" in one.source


def test_even_patches_are_wider_on_a_group() -> None:
    tau = stability.field((24, 24), 0.01, 6.0, 0)
    found = []
    for border in ("zero", "valid"):
        net = groups.Network(groups.cyclic(4), [groups.Layer(2, RELU, border=border)], "sum")
        found.append(stability.bound(net, tau, smoothing=2.0, continuum=True).terms["|[P_1 A_0, L]|"])
    moved = 1 / (1 - 0.01)
    still = 2 * ((1 - 0.01) ** -2 - 1)
    for value, square in zip(found, (2 * 4 / 12 + 2 / 4, 2 * 4 / 12), strict=True):
        assert value == pytest.approx(still + math.exp(-0.5) * moved * 0.01 * math.sqrt(square) / 2, rel=1e-12)


@given(st.data(), SEEDS)
@settings(max_examples=5, deadline=None)
def test_fine_grids_do_not_violate_the_theorem(data: st.DataObject, seed: int) -> None:
    factor, pixels, tangent = 2, 8, data.draw(st.booleans())
    several = [
        groups.Layer(
            data.draw(st.integers(1, 3)),
            RELU,
            data.draw(st.sampled_from([ckn.gaussian(1), ckn.gaussian(2)])),
            rotations=data.draw(st.sampled_from([REACHES[0], REACHES[2]])),
            turn_pool=data.draw(st.sampled_from([None, ckn.gaussian(1), "all"])),
        )
        for _ in range(data.draw(st.integers(1, 2)))
    ]
    net = groups.Network(groups.cyclic(4), several, data.draw(st.sampled_from(["sum", "orbit"])))
    fine, n = stability.refined(net, factor), pixels * factor
    tau = stability.field((n, n), 10 ** data.draw(st.floats(-3, -0.5)), factor * 2.0, seed)
    found = stability.bound(fine, tau, tangent, smoothing=factor, continuum=True)
    apart = stability.measured(fine, images((n, n), seed), tau, tangent, smoothing=factor)
    assert apart.max() <= found.value


def test_bad_input() -> None:
    tau = stability.field((6, 6))
    with pytest.raises(TypeError, match="groups.Network"):
        stability.bound(3, tau)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'orbit' on a group"):
        net = groups.Network(groups.cyclic(4), [groups.Layer(1, RELU)], "mean")
        stability.bound(net, tau, smoothing=1.0, continuum=True)
    with pytest.raises(ValueError, match="square"):
        stability.bound(groups.Network(groups.cyclic(4), [groups.Layer(1, RELU)]), stability.field((6, 5)))
    with pytest.raises(ValueError, match="layer 1"):
        stability.bound(groups.Network(groups.cyclic(4), [groups.Layer(1, ckn.square)]), tau)
