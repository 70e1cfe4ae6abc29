"""Architectures of published tables: their recursions as printed, neural_tangents, finite networks, what they cost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kernelspec as ks
from kernelspec import stax
from kernelspec.architectures import homogeneous_rows, limit
from oracle import named_networks as oracle

NUMBERS: dict[str, Any] = json.loads(Path(__file__).with_name("named_numbers.json").read_text(encoding="utf-8"))
IMAGES = np.random.default_rng(5).standard_normal((3, 8, 8, 3))
CALLS: dict[str, Any] = {"myrtle": stax.myrtle, "cntk": stax.cntk, "lap": stax.lap, "wide_resnet": stax.wide_resnet}


def called(name: str) -> Any:
    """The network of a call that is written as text: a name, numbers and words."""
    word, arguments = name.rstrip(")").split("(")
    values = {"True": True, "False": False}
    found = [each.strip() for each in arguments.split(",")]
    return CALLS[word](*(values[e] if e in values else e.strip("'") if "'" in e else int(e) for e in found))


def test_every_call_has_its_numbers() -> None:
    assert set(NUMBERS) - {"versions"} == set(oracle.NAMED)
    assert NUMBERS["versions"] == {"neural_tangents": "0.6.5", "jax": "0.5.3"}


@pytest.mark.parametrize("name", oracle.NAMED)
def test_numbers_of_neural_tangents(name: str) -> None:
    """By the recursion over layers, and by the engine of `ckn`, which has all kernels but those of one."""
    x, y = oracle.inputs(oracle.NAMED[name][1])
    network = called(name)
    both = limit.kernel(network.kernel_fn.network, x, y, memory=2**31)
    pairs = [(both.nngp, "nngp"), (both.ntk, "ntk")]
    fast = homogeneous_rows.row_of(network.kernel_fn.network)
    assert (fast is None) is name.startswith("wide_resnet")
    if fast and fast.tangent:
        both = network.kernel_fn(x, y)
        pairs += [(both.nngp, "nngp"), (both.ntk, "ntk"), (network.kernel_fn(x, y, "ntk"), "ntk")]
    if fast:
        pairs.append((network.kernel_fn(x, y, "nngp"), "nngp"))
    for found, kind in pairs:
        wanted = np.array(NUMBERS[name][kind])
        assert found.shape == wanted.shape
        assert np.max(np.abs(found / wanted - 1)) <= 1e-12


@pytest.mark.parametrize("fixed", [True, False])
@pytest.mark.parametrize("pool", ["vanilla", "gap"])
@pytest.mark.parametrize("depth", [2, 3, 7])
def test_the_recursion_of_cntk(depth: int, pool: str, fixed: bool) -> None:
    """Theirs is this one times the channels, and for "vanilla" times the positions; to 1e-13, 40 sums and products."""
    x, y = IMAGES[:1, :5, :4], IMAGES[1:2, :5, :4]
    found = stax.cntk(depth, pool, fixed).kernel_fn(x, y)
    wanted = oracle.cntk(x[0], y[0], depth, pool == "gap", fixed)
    factor = 3 * (20 if pool == "vanilla" else 1)
    assert factor * found.nngp[0, 0] == pytest.approx(wanted[0], rel=1e-13)
    assert factor * found.ntk[0, 0] == pytest.approx(wanted[1], rel=1e-13)


@pytest.mark.parametrize("activation", ["relu", "gaussian"])
@pytest.mark.parametrize("depth", [5, 7, 10])
def test_the_configurations_of_myrtle(depth: int, activation: str) -> None:
    """Theirs sum over 9 positions in every patch, 2^4 pairs of two pools each, and all pairs of the last map."""
    x, y = IMAGES[:1], IMAGES[1:2]
    found = stax.myrtle(depth, activation).kernel_fn(x, y)
    wanted = oracle.myrtle(x[0], y[0], stax.named._MYRTLE[depth], activation)
    factor = 3 * 9 ** (depth - 1) * 2**8 * 4**2
    assert factor * found.nngp[0, 0] == pytest.approx(wanted[0], rel=1e-13)
    assert factor * found.ntk[0, 0] == pytest.approx(wanted[1], rel=1e-13)


def test_of_whole_images_it_is_the_constant_of_the_docstring() -> None:
    assert 2**8 * 64**2 == 2**20
    x = np.random.default_rng(1).standard_normal((1, 32, 32, 1))
    found = stax.myrtle(5).kernel_fn(x, -0.5 * x[:, ::-1], "nngp")[0, 0]
    wanted = oracle.myrtle(x[0], -0.5 * x[0, ::-1], (2, 1, 1), "gaussian")[0]
    assert 9**4 * 2**20 * found == pytest.approx(wanted, rel=1e-12)


def test_lap_is_the_mean_over_shifts() -> None:
    """Of the last maps' covariances, with zeros outside; and of images themselves, where maps are circular."""
    maps = stax.serial(*[stax.Conv(1, (3, 3), None, "SAME", 2**0.5), stax.Relu()] * 2)
    x, y = IMAGES[:1, :4, :5], IMAGES[1:2, :4, :5]
    k = np.moveaxis(maps.kernel_fn(x, y, "nngp")[0, 0], 1, 2)  # (height, width, height', width')
    wide = np.pad(k, 1)
    total = 0.0
    for a in range(3):
        for b in range(3):
            for c in range(3):
                for d in range(3):
                    total += np.einsum("ijij->", wide[a : a + 4, b : b + 5, c : c + 4, d : d + 5])
    assert stax.lap(2, 1).kernel_fn(x, y, "nngp")[0, 0] == pytest.approx(total / 20 / 81, rel=1e-14)
    shifted = [np.roll(y, (a, b), (1, 2)) for a in range(4) for b in range(5)]
    flat = np.mean([stax.lap(2, 0, "CIRCULAR").kernel_fn(x, each, "nngp") for each in shifted])
    assert stax.lap(2, None, "CIRCULAR").kernel_fn(x, y, "nngp")[0, 0] == pytest.approx(flat, rel=1e-14)


@pytest.mark.parametrize("get", ["nngp", "ntk"])
def test_the_rows_of_claim_60(get: str) -> None:
    """Sixteen layers whose maps are averaged once, as `ckn` has them: 9 in every patch, and the channels."""
    net = ks.ckn.Network([ks.ckn.Layer(3, ks.arccos(1))] * 16, output="mean")
    wanted = net.gram(IMAGES, tangent=get == "ntk") / (3 * 9.0**16)
    found = stax.lap(16).kernel_fn(IMAGES, get=get)
    assert np.max(np.abs(found / wanted - 1)) <= 1e-13


def test_with_both_layers_fixed_nothing_is_trained() -> None:
    network = stax.cntk(2, width=8)
    params = network.init_fn(0, (-1, 8, 8, 3))[1]
    assert not stax.empirical_ntk_fn(network.apply_fn)(IMAGES, IMAGES, params).any()
    assert not network.kernel_fn(IMAGES, get="ntk").any()


def test_wide_networks_have_these_kernels() -> None:
    """With one hidden layer the means over networks of any width are those of the limit."""
    network = stax.cntk(2, "gap", False, width=8)
    x = IMAGES[:2, :4, :4]
    found = stax.monte_carlo_kernel_fn(*network[:2], key=3, n_samples=300).estimate(x)
    limits = network.kernel_fn(x)
    for kind in ("nngp", "ntk"):
        mean, error, wanted = (getattr(each, kind) for each in (found.mean, found.error, limits))
        assert np.all(error < 0.1 * np.abs(wanted)) and np.all(np.abs(mean - wanted) <= 4 * error)


@pytest.mark.parametrize(
    ("network", "first", "last"),
    [
        (stax.myrtle(5, "relu", 7), 7, 7),
        (stax.cntk(4, width=7), 7, 7),
        (stax.lap(3, 1, width=7), 7, 7 * 32 * 32),
        (stax.wide_resnet(1, 3), 16, 3 * 64),
    ],
)
def test_widths_are_those_of_finite_networks(network: Any, first: int, last: int) -> None:
    output, params = network.init_fn(0, (-1, 32, 32, 3))
    shapes = [np.shape(each) for each in _leaves(params)]
    dense = [shape for shape in shapes if len(shape) == 2 and shape[0] > 1]
    assert shapes[0] == (3, 3, 3, first) and dense == [(last, output[1])] and output[0] == -1
    assert network.apply_fn(params, np.ones((1, 32, 32, 3))).shape == (1, output[1])


def _leaves(params: Any) -> list[Any]:
    if isinstance(params, list | tuple):
        return [leaf for each in params for leaf in _leaves(each)]
    return [] if params is None else [params]


@pytest.mark.parametrize("wrong", [4, 6, 0, -5, 10.5, "5", None])
def test_depths_of_myrtle_are_three(wrong: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="depth must be"):
        stax.myrtle(wrong)


def test_small_images_have_no_wide_resnet() -> None:
    with pytest.raises(ValueError, match=r"window of shape \(8, 8\) must fit into the grid"):
        stax.wide_resnet(1).kernel_fn(np.ones((1, 16, 16, 3)))


# -- what they cost ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("network", "get", "correlations", "largest"),
    [
        (stax.lap(16), "nngp", 16 * 32**4, 32**4),
        (stax.lap(16), "ntk", 16 * 32**4, 2 * 32**4),
        (stax.lap(3, 0), "nngp", 3 * 32**2, 32**2),
        (stax.lap(3, 2), "nngp", 3 * 32**4, 32**4),
        (stax.cntk(21), "ntk", 20 * 32**4, 2 * 32**4),
        (stax.cntk(21, "vanilla"), "nngp", 20 * 32**2, 32**2),
        (stax.myrtle(5), "nngp", 2 * 32**4 + 16**4 + 8**4, 32**4),
        (stax.myrtle(10), "ntk", 3 * (32**4 + 16**4 + 8**4), 2 * 32**4),
        (stax.wide_resnet(2), "nngp", 4 * 32**4 + (32**4 + 3 * 16**4) + (16**4 + 3 * 8**4), 32**4),
    ],
)
def test_correlations_of_a_pair(network: Any, get: str, correlations: int, largest: int) -> None:
    plan = stax.plan(network, (10, 32, 32, 3), get=get, pairs_per_second=5.0, memory=2**31)
    assert plan.correlations == correlations and plan.bytes == 8 * largest
    assert plan.gram.pairs == 55 and plan.seconds == pytest.approx(11.0)
    assert plan.seconds_per_million == pytest.approx(2e5)


def test_a_plan_is_measured_and_looks_like_something() -> None:
    plan = stax.plan(stax.myrtle(10).kernel_fn, IMAGES, IMAGES[:2])
    assert plan.gram.pairs == 6 and plan.seconds > 0 and plan.fast
    assert stax.plan(stax.myrtle(10), IMAGES, get="ntk", pairs_per_second=1.0).fast
    assert stax.plan(stax.myrtle(10, "relu"), IMAGES, get="ntk", pairs_per_second=1.0).fast
    conv = stax.Conv(1, (3, 3), None, "SAME", parameterization="standard")
    for get in ("nngp", "ntk"):
        standard = stax.serial(conv, stax.Relu(), stax.Flatten())
        assert stax.plan(standard, IMAGES, get=get, pairs_per_second=1.0).fast is (get == "nngp")
    assert not stax.plan(stax.wide_resnet(1), (2, 32, 32, 3), pairs_per_second=1.0, memory=2**31).fast
    rows = {row["what"]: row["plan"] for row in plan.table()}
    assert rows["correlations of a pair"] == str(3 * (8**4 + 4**4 + 2**4)) and rows["pairs"] == "6"
    assert repr(plan).startswith("<Plan: 6 pairs of 13104 correlations and ")
    with pytest.raises(ValueError, match="get must be 'nngp' or 'ntk'"):
        stax.plan(stax.lap(1), IMAGES, get=("nngp",))  # type: ignore[arg-type]
