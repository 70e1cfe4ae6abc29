"""Architectures of published tables, against their recursions as printed (`oracle.named_networks`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernelspec import learning, stax
from kernelspec.numbers.arithmetic_protocol import Value
from oracle import named_networks as oracle

from ..kinds import Given, Real, Whole, Word, memory
from ..table import Row
from .shapes import record, rows_of
from .stax import NO_NETWORKS

X = np.random.default_rng(40).standard_normal((2, 8, 8, 2))
SMALL = X[:, :3, :4]
CHANNELS = 2


def on(x: Any) -> Any:
    """Both kernels of two images."""
    return lambda net: [float(each[0, 0]) for each in net.kernel_fn(x[:1], x[1:])]


def scaled(values: tuple[float, float], factor: float) -> Value:
    return [each / factor for each in values]


def cntk(depth: int, pool: str, fixed: bool, width: int) -> Value:
    gap = pool == "gap"
    return scaled(oracle.cntk(SMALL[0], SMALL[1], depth, gap, fixed), CHANNELS * (1 if gap else 12))


def lap(depth: int, shift: int | None, padding: str, width: int) -> Value:
    return scaled(
        oracle.lap(SMALL[0], SMALL[1], depth, shift, padding == "CIRCULAR"), CHANNELS * (1 if shift is None else 12)
    )


def myrtle(depth: int, activation: str, width: int) -> Value:
    groups = {5: (2, 1, 1), 7: (2, 2, 2), 10: (3, 3, 3)}[depth]
    return scaled(oracle.myrtle(X[0], X[1], groups, activation), CHANNELS * 9.0 ** (depth - 1) * 2**8 * 2**4)


def shapes(net: Any) -> Value:
    """Numbers of all weights, layer by layer, for images of two channels; outputs first."""
    output, params = net.init_fn(0, (-1, 32, 32, CHANNELS))
    return [output[-1], *_sizes(params)]


def _sizes(params: Any) -> list[int]:
    if isinstance(params, list | tuple):
        return [size for each in params for size in _sizes(each)]
    return [] if params is None else [params.size]


def wide_resnet(block_size: int, k: int, num_classes: int) -> Value:
    found, before = [num_classes, 9 * CHANNELS * 16], 16
    for channels in (16 * k, 32 * k, 64 * k):
        for block in range(block_size):
            found += [9 * before * channels, 9 * channels**2]
            found += [9 * before * channels] if block == 0 else []
            before = channels
    return [*found, 64 * k * num_classes, num_classes]


def planned() -> Any:
    return stax.plan(stax.lap(2), (3, 4, 5, 1), pairs_per_second=2.0)


def numbers(plan: Any) -> Value:
    return plan.correlations, plan.bytes, plan.fast, plan.gram.pairs, plan.seconds, plan.gram.dtype


def plan(get: str, dtype: Any, workers: int, pairs_per_second: float, **more: Any) -> Value:
    """Two layers of 20 positions, of which all pairs are wanted; 6 pairs in one block of the one worker."""
    return 2 * 400, 8 * 400 * (2 if get == "ntk" else 1), True, 6, 6 / pairs_per_second, "float64"


WIDTH = Whole(2, 1)
ROWS = [
    Row(
        "stax.myrtle",
        {"depth": Given(5, bad=(4, 6, 0, 5.5, "5", None, [5])), "activation": Word("gaussian"), "width": WIDTH},
        myrtle,
        read=on(X),
        rtol=1e-13,
        also=({"depth": 7, "activation": "relu"}, {"depth": 10}),
    ),
    Row(
        "stax.cntk",
        {"depth": Whole(3, 2, 1000), "pool": Word("gap"), "fixed": Given(True, bad=(1, "yes", None)), "width": WIDTH},
        cntk,
        read=on(SMALL),
        rtol=1e-13,
        also=({"pool": "vanilla", "depth": 6}, {"fixed": False}),
    ),
    Row(
        "stax.lap",
        {"depth": Whole(3, 1, 1000), "shift": Whole(None, 0, 1000, none=True), "padding": Word("SAME"), "width": WIDTH},
        lap,
        read=on(SMALL),
        rtol=1e-13,
        also=({"shift": 1}, {"shift": 3}, {"padding": "CIRCULAR"}, {"padding": "CIRCULAR", "shift": 1}, {"shift": 0}),
    ),
    Row(
        "stax.wide_resnet",
        {"block_size": Whole(2, 1, 1000), "k": Whole(1, 1, 1000), "num_classes": Whole(3, 1)},
        wide_resnet,
        read=shapes,
        also=({"block_size": 1, "k": 2},),
    ),
    Row(
        "stax.plan",
        {
            "network": Given(stax.lap(2), bad=NO_NETWORKS),
            "x": Given((3, 4, 5, 1), bad=(None, "text", (3,), (3, -4, 5, 1), 1.5, object())),
            "y": Given(None, bad=("text", (3, 4, 4, 1), 1.5, object())),
            "get": Given("nngp", bad=("both", None, ("nngp",), 3)),
            "dtype": Given(None, bad=("float16", "text", 3, complex)),
            "block": Whole(4, 1, none=True),
            "memory": memory(),
            "threads": Whole(1, 1, 4096),
            "workers": Whole(1, 1),
            "pairs_per_second": Real(2.0, bad=(0.0, -1.0), none=True),
        },
        plan,
        read=numbers,
        also=({"get": "ntk"},),
        laws={"threads": "of workers, whose rate is measured or given"},
    ),
    record("stax.Plan", correlations=3, multiply_adds=4, bytes=8, fast=True, gram=None),
    Row("stax.Plan.seconds", {}, lambda: 3.0, planned),
    Row("stax.Plan.seconds_per_million", {}, lambda: 5e5, planned),
    Row(
        "stax.Plan.table",
        {},
        lambda: [
            *(
                "correlations of a pair",
                "800",
                "multiply-adds of a pair",
                "6401",
                "bytes of a pair's largest map",
                "3200",
            ),
            *("a million pairs", "5 d 18 h"),
            *_rest(),
        ],
        planned,
        read=rows_of,
    ),
]


def _rest() -> Value:
    return rows_of(learning.plan_gram(stax.lap(2), (3, 4, 5, 1), pairs_per_second=2.0).table())
