"""Nearly coincident images through pools, against the definitions in 40 digits, and laws where those take too long.

A kink reads the angle of pooled maps: of covariances in double precision it has 1e-8 where it is as small.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from kernelspec import stax
from kernelspec.architectures import limit
from kernelspec.gram.workers import each as serially

DIGITS = 40
Rows = list[list[Any]]


# -- the definitions, on a circle of positions -----------------------------------------------------------------------


def _relu(p: Any, q: Any, c: Any) -> tuple[Any, Any]:
    size = mpmath.sqrt(p * q)
    if not size:
        return mpmath.mpf(0), mpmath.mpf(0)
    angle = mpmath.atan2(mpmath.sqrt(max(p * q - c * c, 0)), c)
    slope = (mpmath.pi - angle) / (2 * mpmath.pi)
    return size * mpmath.sin(angle) / (2 * mpmath.pi) + c * slope, slope


def _abs(p: Any, q: Any, c: Any) -> tuple[Any, Any]:
    one, other = _relu(p, q, c), _relu(p, q, -c)
    return 2 * (one[0] + other[0]), 2 * (one[1] - other[1])


def _leaky(p: Any, q: Any, c: Any) -> tuple[Any, Any]:
    one, other = _relu(p, q, c), _relu(p, q, -c)
    return (17 * one[0] - 8 * other[0]) / 16, (17 * one[1] + 8 * other[1]) / 16


def _erf(p: Any, q: Any, c: Any) -> tuple[Any, Any]:
    root = mpmath.sqrt((1 + 2 * p) * (1 + 2 * q) - 4 * c * c)
    return 2 / mpmath.pi * mpmath.atan2(2 * c, root), 4 / mpmath.pi / root


def _sin(p: Any, q: Any, c: Any) -> tuple[Any, Any]:
    decay = mpmath.exp(-(p + q) / 2)
    return decay * mpmath.sinh(c), decay * mpmath.cosh(c)


def _cos(p: Any, q: Any, c: Any) -> tuple[Any, Any]:
    decay = mpmath.exp(-(p + q) / 2)
    return decay * mpmath.cosh(c), decay * mpmath.sinh(c)


def _square(p: Any, q: Any, c: Any) -> tuple[Any, Any]:
    return p * q + 2 * c * c, 4 * c


ACTIVATIONS = {"Relu": _relu, "Abs": _abs, "Leaky": _leaky, "Erf": _erf, "Sin": _sin, "Cos": _cos, "Square": _square}
LAYERS: dict[str, Callable[..., Any]] = {
    "Relu": stax.Relu,
    "Abs": stax.Abs,
    "Leaky": lambda: stax.LeakyRelu(0.25),
    "Erf": stax.Erf,
    "Sin": stax.Sin,
    "Cos": stax.Cos,
    "Square": lambda: stax.Monomial(2),
    "LayerNorm": stax.LayerNorm,
    "Conv": lambda b: stax.Conv(3, (2,), padding="CIRCULAR", W_std=1.3, b_std=b),
    "AvgPool": lambda: stax.AvgPool((2,), padding="CIRCULAR"),
    "GlobalAvgPool": stax.GlobalAvgPool,
    "Dense": lambda b: stax.Dense(3, W_std=1.2, b_std=b),
}


def _definition(layers: list[tuple[Any, ...]], images: Any) -> tuple[Any, Any]:
    """nngp and ntk of two images, of the layers that stand here."""
    with mpmath.workdps(DIGITS):
        rows = [[mpmath.mpf(float(x)) for x in row] for image in images for row in image]
        c: Rows = [[sum(a * b for a, b in zip(x, y, strict=True)) / len(x) for y in rows] for x in rows]
        t: Rows = [[mpmath.mpf(0)] * len(rows) for _ in rows]
        for name, *arguments in layers:
            n = len(c) // 2  # positions: window k reads k and k + 1, or all
            ends = [[i * n + k, i * n + (k + 1) % n] for i in (0, 1) for k in range(n)]
            if name in ACTIVATIONS:
                both = [[ACTIVATIONS[name](c[i][i], c[j][j], c[i][j]) for j in range(2 * n)] for i in range(2 * n)]
                t = [[t[i][j] * both[i][j][1] for j in range(2 * n)] for i in range(2 * n)]
                c = [[each[0] for each in row] for row in both]
            elif name == "LayerNorm":
                scale = [1 / mpmath.sqrt(c[i][i] + mpmath.mpf(1e-12)) for i in range(2 * n)]
                c, t = ([[scale[i] * m[i][j] * scale[j] for j in range(2 * n)] for i in range(2 * n)] for m in (c, t))
            elif name in ("AvgPool", "GlobalAvgPool"):
                windows = ends if name == "AvgPool" else [list(range(n)), list(range(n, 2 * n))]
                c, t = (_averaged(m, windows) for m in (c, t))
            else:
                w, b = (mpmath.mpf(1.3 if name == "Conv" else 1.2) ** 2, mpmath.mpf(arguments[0] or 0) ** 2)
                if name == "Conv":
                    c, t = ([[(m[x][y] + m[u][v]) / 2 for y, v in ends] for x, u in ends] for m in (c, t))
                c = [[w * each + b for each in row] for row in c]
                t = [[w * each + own for each, own in zip(*both, strict=True)] for both in zip(t, c, strict=True)]
        nngp, ntk = (np.array([[float(x) for x in row] for row in m]) for m in (c, t))
        return nngp, ntk


def _averaged(m: Rows, windows: list[list[int]]) -> Rows:
    return [[sum(m[i][j] for i, j in itertools.product(x, y)) / (len(x) * len(y)) for y in windows] for x in windows]


END: list[tuple[Any, ...]] = [("GlobalAvgPool",), ("Dense", 0.2), ("Relu",), ("Dense", None)]
NETWORKS: dict[str, list[tuple[Any, ...]]] = {
    "kinks": [("Conv", None), ("Relu",), ("AvgPool",), ("Conv", None), ("Relu",), *END],
    "biases": [("Conv", 0.4), ("Relu",), ("AvgPool",), ("Conv", 0.1), ("LayerNorm",), ("Abs",), *END],
    "smooth": [("Conv", 0.4), ("Erf",), ("AvgPool",), ("Conv", 0.2), ("Sin",), *END],
    "even": [("Conv", None), ("Erf",), ("AvgPool",), ("Conv", None), ("Abs",), ("Conv", None), ("Relu",), *END],
    "not 0 at 0": [("Conv", None), ("Cos",), ("AvgPool",), ("Conv", None), ("Relu",), *END],
    "even behind a norm": [("Conv", None), ("LayerNorm",), ("Cos",), ("AvgPool",), ("Conv", None), ("Relu",), *END],
    "powers": [("AvgPool",), ("Conv", None), ("Square",), ("Conv", 0.4), ("Relu",), *END],
}
PIXELS: list[tuple[Any, ...]] = [("Dense", None), ("Leaky",), ("AvgPool",), ("Dense", None), ("Relu",), *END]
IMAGES: dict[str, Callable[[Any, Any, float], list[Any]]] = {
    "near": lambda x, n, size: [x, x + size * n],
    "multiples": lambda x, n, size: [x, 2.3 * x + size * n],
    "opposite": lambda x, n, size: [x, size * n - x],
    "flat": lambda x, n, size: [x[:1] + size * x, x[:1] + size * n],
    "tiny": lambda x, n, size: [size * x, size * n],
    "large": lambda x, n, size: [1e3 * x, 1e3 * (x + size * n)],
    "in one direction": lambda x, n, size: [y[:, :1] * np.array([1.0, 2.0]) for y in (x, x + size * n)],
    "periodic": lambda x, n, size: [np.concatenate([y[:2], y[:2]]) for y in (x, x + size * n)],
    "black but for one": lambda x, n, size: [np.arange(3, 0, -1)[:, None] // 3 * y for y in (x, x + size * n)],
    "but for one position": lambda x, n, size: [x, np.where(np.arange(len(x))[:, None] == 1, n, x + size * n)],
}


@pytest.mark.parametrize("kind", IMAGES)
@pytest.mark.parametrize("name", NETWORKS)
def test_pools_of_nearly_coincident_images_are_their_definition(name: str, kind: str) -> None:
    rng = np.random.default_rng(3)
    x, n = rng.standard_normal((2, 5 if kind == "but for one position" else 3, 2))
    network = stax.serial(*(LAYERS[each](*arguments) for each, *arguments in NETWORKS[name]))
    for size in (1e-5, 1e-8):
        images = np.array(IMAGES[kind](x, n, size))
        found = network.kernel_fn(images)
        for got, wanted in zip(found, _definition(NETWORKS[name], images), strict=True):
            # Smooth activations are steps at 1e3, behind which an angle is the root of one.
            assert np.max(np.abs(got - wanted)) <= (2e-13 if kind == "large" else 5e-15) * np.max(np.abs(wanted)), size


@pytest.mark.parametrize("kind", IMAGES)
def test_pools_of_pixels_in_nearly_one_direction(kind: str) -> None:
    """Where a kink is near, differences lose least where images are nearest."""
    x, n = np.random.default_rng(3).standard_normal((2, 3, 2))
    network = stax.serial(*(LAYERS[each](*arguments) for each, *arguments in PIXELS))
    for size, bound in ((1e-5, 1e-12), (1e-8, 5e-15), (1e-10, 5e-15)):
        images = np.array(IMAGES[kind](x, n, size))
        for got, wanted in zip(network.kernel_fn(images), _definition(PIXELS, images), strict=True):
            assert np.max(np.abs(got - wanted)) <= bound * np.max(np.abs(wanted)), size


def test_pooled_positions_whose_distance_is_small_but_rounded() -> None:
    """Here 1 - u of unequal windows is 1e-5 to 2e-5, which pools read off u."""
    x, n = np.random.default_rng(0).standard_normal((2, 3, 2))
    layers = NETWORKS["not 0 at 0"]
    network = stax.serial(*(LAYERS[each](*arguments) for each, *arguments in layers))
    black = np.array([[1], [0], [0]])
    images = np.array([black * x, black * (x + 1e-5 * n)])
    for got, wanted in zip(network.kernel_fn(images), _definition(layers, images), strict=True):
        assert np.max(np.abs(got - wanted)) <= 1e-14 * np.max(np.abs(wanted))


@pytest.mark.parametrize("name", ["Erf", "Sin"])
def test_smooth_activations_of_large_deviations_are_steep(name: str) -> None:
    """Without a kink: their slopes multiply what is lost of 1 - u by the variance."""
    layers: list[tuple[Any, ...]] = [("Conv", 0.1), (name,), ("GlobalAvgPool",)]
    rng = np.random.default_rng(4)
    x, n = rng.standard_normal((2, 4, 3))
    network = stax.serial(*(LAYERS[each](*arguments) for each, *arguments in layers))
    for size in (1e-3, 1e-5):
        images = 2e3 * np.stack([x, x + size * n])
        for got, wanted in zip(network.kernel_fn(images), _definition(layers, images), strict=True):
            assert np.max(np.abs(got - wanted)) <= 1e-13 * np.max(np.abs(wanted)), size


@pytest.mark.parametrize("kind", ["near", "multiples", "opposite"])
def test_a_sum_of_branches_without_biases_is_one_layer(kind: str) -> None:
    """The ratio of two images that are nearly multiples is that of all branches."""
    inside: list[tuple[Any, ...]] = [("Abs",), ("AvgPool",), ("Conv", None), ("Relu",), *END]
    branches = stax.parallel(*(stax.Conv(3, (2,), padding="CIRCULAR", W_std=w) for w in (0.5, 1.2)))  # 1.3^2 together
    tail = (LAYERS[each](*arguments) for each, *arguments in inside)
    network = stax.serial(stax.FanOut(2), branches, stax.FanInSum(), *tail)
    x, n = np.random.default_rng(3).standard_normal((2, 3, 2))
    for size in (1e-5, 1e-8):
        images = np.array(IMAGES[kind](x, n, size))
        for got, wanted in zip(network.kernel_fn(images), _definition([("Conv", None), *inside], images), strict=True):
            assert np.max(np.abs(got - wanted)) <= 5e-15 * np.max(np.abs(wanted)), size


# -- laws ------------------------------------------------------------------------------------------------------------


def _conv(b: float | None = 0.3, padding: str = "SAME") -> Any:
    return stax.Conv(3, (2, 2), padding=padding, W_std=1.3, b_std=b)


def _branches(join: Any) -> Any:
    return [
        stax.FanOut(2),
        stax.parallel(stax.serial(stax.Relu(), _conv()), stax.serial(stax.Gelu(), _conv(None))),
        join,
    ]


POOL = stax.AvgPool((2, 1), padding="SAME", normalize_edges=True)
HEAD = [stax.GlobalSumPool(), stax.Dense(2, 1.2, 0.1), stax.Relu(), stax.Dense(1)]
LAWS = {
    "sum": [_conv(), *_branches(stax.FanInSum()), stax.Relu(), POOL, _conv(), stax.Relu(), *HEAD],
    "product": [_conv(), *_branches(stax.FanInProd()), POOL, _conv(), stax.Relu(), *HEAD],
    "channels": [_conv(), *_branches(stax.FanInConcat(-1)), POOL, _conv(), stax.Relu(), *HEAD],
    "grid": [_conv(), *_branches(stax.FanInConcat(1)), stax.Relu(), POOL, _conv(), stax.Relu(), *HEAD],
    "one position each": [stax.ConvLocal(3, (2, 2), padding="SAME"), stax.Relu(), POOL, _conv(), stax.Relu(), *HEAD],
    "norms of images": [_conv(None), stax.Relu(), POOL, _conv(None), stax.LayerNorm((1, 2, 3)), stax.Abs(), *HEAD],
    "growth": [_conv(), stax.Exp(1.0, 0.4), POOL, _conv(), stax.Gaussian(1.0, 0.02), *HEAD],
    "by series": [_conv(), stax.ElementwiseNumerical(np.tanh, 10), POOL, *HEAD],
    "stride, inside": [_conv(0.2, "VALID"), stax.Relu(), stax.SumPool((2, 2), (1, 2)), *HEAD],
}


def _drops(network: Any, size: float) -> Any:
    """What a kink leaves of a tangent kernel, divided by the distance of the images."""
    x, n = np.random.default_rng(5).standard_normal((2, 4, 3, 2))
    tangent = network.kernel_fn(np.stack([x, x + size * n, x + 2 * size * n]), get="ntk")
    return (tangent[0, 0] - tangent[0, 1:]) / tangent[0, 0] / size


@pytest.mark.parametrize("name", LAWS)
def test_what_a_kink_leaves_of_a_tangent_kernel_is_proportional_to_the_distance(name: str) -> None:
    """K(x, x) - K(x, x + e n) = a e + b e^2 + ...: a is known from larger e, where nothing is lost."""
    network = stax.serial(*LAWS[name])
    wanted = 2 * _drops(network, 2e-4) - _drops(network, 4e-4)
    for size in (1e-7, 1e-8):
        assert np.max(np.abs(_drops(network, size) / wanted - 1)) <= 1e-5


def test_variances_up_to_the_last_that_has_a_mean_square() -> None:
    """exp(b x^2), 4 b s^2 < 1: differences over wider steps would leave it."""
    x, n = np.random.default_rng(5).standard_normal((2, 4, 3, 2))
    largest = float(np.max(stax.serial(_conv()).kernel_fn(np.stack([x, x + 1e-8 * n]), get="nngp")))
    network = stax.serial(_conv(), stax.Gaussian(1.0, 0.2499 / largest), POOL, *HEAD)
    assert np.max(np.abs(_drops(network, 1e-8) / _drops(network, 1e-7) - 1)) <= 1e-3


def test_batches_blocks_and_copies() -> None:
    """The same numbers in every batch; images that are equal are not run again."""
    network = stax.serial(*LAWS["sum"])
    rng = np.random.default_rng(6)
    x = rng.standard_normal((5, 4, 3, 2))
    x[1], x[2], x[4] = x[0] + 1e-8 * x[1], x[0], x[3] + 1e-9 * x[4]
    found = network.kernel_fn(x, get="ntk")
    assert np.array_equal(found, found.T)
    assert found[0, 2] == found[0, 0]
    crossed = network.kernel_fn(x, x.copy(), "ntk")
    small = network.kernel_fn(x, get="ntk", memory=600_000, threads=1)
    pair = network.kernel_fn(x[:2], get="ntk")
    for other in (crossed, small):
        assert np.max(np.abs(found - other)) <= 4e-15 * np.max(found)
    assert np.max(np.abs(found[:2, :2] - pair)) <= 4e-15 * np.max(found)


def test_progress_and_memory_of_pairs_that_are_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two images at once take what a block of two by two takes."""
    network = stax.serial(_conv(), stax.GlobalSumPool(), stax.Dense(1), stax.Relu())
    x = np.random.default_rng(6).standard_normal((4, 16, 16, 1))
    near = np.concatenate([x, x[:3] * (1 + 1e-8)])
    workers: list[int] = []
    totals: list[int] = []

    def each(make: Any, task: Any, phases: Any, count: int) -> Any:
        workers.append(count)
        return serially(make, task, phases, 1)

    def progress(work: Any, total: int) -> Any:
        totals.append(total)
        return work

    monkeypatch.setattr(limit, "each", each)
    monkeypatch.setattr(limit, "workers_of", lambda *_: 16)
    memory = 132_000_000  # of seven blocks of one by one, two of two by two
    network.kernel_fn(near, memory=memory, progress=progress)
    assert totals[1:] == [3] and workers == [7, 2]
    network.kernel_fn(x, memory=memory, progress=progress)
    assert len(totals) == 3


def test_outputs_with_a_grid_and_wanted_pairs() -> None:
    network = stax.serial(_conv(), stax.Relu(), POOL, _conv(), stax.Abs(), _conv())
    rng = np.random.default_rng(7)
    x, n = rng.standard_normal((2, 4, 3, 2))
    both = [network.kernel_fn(np.stack([x, x + size * n]), get="ntk")[0] for size in (1e-6, 1e-8)]
    drops = [(each[0] - each[1]) / size for each, size in zip(both, (1e-6, 1e-8), strict=True)]
    assert np.max(np.abs(drops[0] - drops[1])) <= 1e-5 * np.max(np.abs(drops[0]))
    flat = stax.serial(*LAWS["sum"])
    images = np.stack([x, x + 1e-8 * n, x + 1e-8 * n[::-1]])
    wanted = np.zeros((3, 3), dtype=bool)
    wanted[0, 1] = True
    some = limit.kernel(flat.kernel_fn.network, images, images.copy(), "ntk", wanted=wanted)
    assert some[0, 1] == pytest.approx(flat.kernel_fn(images, get="ntk")[0, 1], rel=1e-15)
