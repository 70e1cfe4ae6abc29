"""What networks of `kernelspec.stax` are made of: their functions, at images, against loops and closed forms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kernelspec import stax
from kernelspec.numbers.arithmetic_protocol import Value
from oracle import finite_layers

from ..kinds import PROGRESS, Array, Free, Given, Kind, Real, Whole, Word, memory, threads
from ..table import Row
from .shapes import record
from .stax import VECTORS, sines, with_sines

# Without biases and with ReLU: outputs are homogeneous of degree 1.
NET = stax.serial(stax.Dense(4, 1.3), stax.Relu(), stax.Dense(2))
PARAMS = with_sines(NET.init_fn(0, (-1, 6))[1])
STEPS = [("dense", 1.3 / math.sqrt(6), 0), ("map", lambda x: np.where(x.real > 0, x, 0)), ("dense", 1 / 2, 0)]
PAIRS = [(sines((6, 4), 0), None), (sines((4, 2), 0), None)]
BAD_IMAGES = (VECTORS[0], VECTORS[:, :0])
BAD_PARAMS: tuple[Any, ...] = (
    None,
    3,
    [],
    PARAMS[:1],
    [PARAMS[0], (), PARAMS[0]],
    [(PARAMS[2][0], None), (), PARAMS[2]],
)
X1 = Array(VECTORS, 0, bad=(*BAD_IMAGES, VECTORS[:, :5]))
X2 = Array(0.7 * VECTORS[:2] + VECTORS[1:], 1, none=True, bad=(*BAD_IMAGES, VECTORS[:, :5]))
GET = Word(None, none=True)
DEGREES = {"x1": 1, "x2": 1}
PRODUCTS = "x1 and x2 differ in number"


def empirical(x1: Any, x2: Any, **options: Any) -> Value:
    return finite_layers.kernels(STEPS, PAIRS, x1, x1 if x2 is None else x2)


def infinite(x1: Any, x2: Any, get: Any, **options: Any) -> Value:
    """One hidden ReLU layer (Cho & Saul 2009): J_1 and J_0 of the angle."""
    y = x1 if x2 is None else x2
    lengths = np.linalg.norm(x1, axis=1)[:, None] * np.linalg.norm(y, axis=1) * 1.3**2 / 6
    cosine = np.clip(x1 @ y.T * 1.3**2 / 6 / lengths, -1, 1)
    angle = np.arccos(cosine)
    nngp = lengths * (np.sin(angle) + (np.pi - angle) * cosine) / (2 * np.pi)
    return nngp, nngp + lengths * cosine * (np.pi - angle) / (2 * np.pi)


COSINES = np.array([-1.0, -0.5, 0.25, 0.96, 1.0])


def _on_a_sphere(deviation: float, get: str) -> Value:
    """`infinite` at the angles of COSINES, for inputs of this root mean square."""
    x = deviation * math.sqrt(6) * np.eye(1, 6)
    y = np.zeros((len(COSINES), 6))
    y[:, 0], y[:, 1] = COSINES, np.sqrt(1 - COSINES**2)
    nngp, ntk = infinite(x, deviation * math.sqrt(6) * y, get)
    return (nngp if get == "nngp" else ntk)[0]


def drawn(x1: Any, x2: Any, get: Any) -> list[Any]:
    """The kernels of the three networks that the generator of seed 5 draws."""
    generator = np.random.default_rng(5)
    rows = []
    for _ in range(3):
        params = [(generator.standard_normal(shape), None) for shape in ((6, 4), (4, 2))]
        rows.append(finite_layers.kernels(STEPS, params, x1, x1 if x2 is None else x2))
    return rows


def means(x1: Any, x2: Any, get: Any) -> Value:
    return tuple(np.mean([row[i] for row in drawn(x1, x2, get)], axis=0) for i in range(2))


def estimate(x1: Any, x2: Any, get: Any) -> Value:
    rows = drawn(x1, x2, get)
    errors = tuple(np.std([row[i] for row in rows], axis=0, ddof=1) / math.sqrt(3) for i in range(2))
    return means(x1, x2, get), errors, 3


SAMPLES = stax.monte_carlo_kernel_fn(*NET[:2], 5, 3)
KERNELS: dict[str, Kind] = {"x1": X1, "x2": X2, "get": GET}
GIVEN: dict[str, Kind] = {"x1": X1, "x2": X2}
MANY = {"x1": sines((90, 6), 1), "x2": sines((70, 6), 2), "memory": 400_000}  # some blocks
WORK: dict[str, Kind] = {"memory": memory(), "threads": threads(), "progress": PROGRESS}
PARAMETERS: dict[str, Kind] = {"params": Given(PARAMS, bad=BAD_PARAMS)}


def called(kind: str, of: Any, given: dict[str, Kind], oracle: Any, method: str = "__call__", **more: Any) -> Row:
    return Row(
        f"stax.{kind}.{method}",
        given,
        oracle,
        of=lambda: of,
        rtol=1e-11,
        norm=1e-13,
        rounding=1e-14,
        degree=DEGREES,
        laws={"symmetry": PRODUCTS},
        **more,
    )


ROWS = [
    record("stax.Network", init_fn=NET[0], apply_fn=NET[1], kernel_fn=NET[2]),
    record("stax.InitFunction", network=NET[0].network),
    record("stax.ApplyFunction", network=NET[0].network),
    record("stax.KernelFunction", network=NET[0].network),
    record("stax.EmpiricalFunction", network=NET[0].network, traced=True),
    record("stax.EmpiricalKind", network=NET[0].network, kind="ntk", traced=False),
    record("stax.MonteCarloFunction", network=NET[0].network, key=5, samples=3, traced=True),
    record("architectures.Estimate", mean=1.0, error=0.5, samples=3),
    record("architectures.Kernel", nngp=1.0, ntk=0.5),
    Row(
        "stax.InitFunction.__call__",
        {
            "rng": Given(5, bad=("seed", 1.5, -1)),
            "input_shape": Given((-1, 6), bad=(3, "ab", (2,), (2, 0), (2.5, 3), (-2, 3), None)),
        },
        lambda rng, input_shape: _first_draw(rng),
        of=lambda: NET.init_fn,
        named={"input_shape": "(?:input_)?shape"},
        read=lambda found: [found[0], found[1][0][0], found[1][2][0]],
    ),
    Row(
        "stax.ApplyFunction.__call__",
        {
            "inputs": Array(VECTORS, 0, bad=BAD_IMAGES),
            **PARAMETERS,
            "rng": Free(None, why="not used: no layer is random"),
        },
        lambda inputs, params, rng: finite_layers.outputs(STEPS, PAIRS, inputs),
        of=lambda: NET.apply_fn,
        rtol=1e-13,
        rounding=1e-14,
        degree={"inputs": 1},
        named={"params": "params|weights"},
    ),
    called("KernelFunction", NET.kernel_fn, {**KERNELS, **WORK}, infinite, large=MANY),
    Row(
        "stax.KernelFunction.zonal",
        {"norm": Real(1.5, bad=(0.0, -1.0)), "get": Word("ntk"), "d": Whole(6, least=2, none=True)},
        lambda norm, get, d: _on_a_sphere(norm / math.sqrt(d or 1), get),
        of=lambda: NET.kernel_fn,
        also=({"get": "nngp"}, {"d": None}),
        read=lambda k: k(COSINES),
        rtol=1e-12,
        atol=1e-16,
    ),
    called(
        "EmpiricalFunction",
        stax.empirical_kernel_fn(NET.apply_fn),
        {**KERNELS, **PARAMETERS},
        empirical,
        also=({"x2": None},),
        named={"params": "params|weights"},
    ),
    called(
        "EmpiricalKind",
        stax.empirical_ntk_fn(NET.apply_fn),
        {**GIVEN, **PARAMETERS},
        lambda **given: empirical(**given)[1],
        named={"params": "params|weights"},
    ),
    called("MonteCarloFunction", SAMPLES, KERNELS, means),
    called("MonteCarloFunction", SAMPLES, KERNELS, estimate, "estimate").but(
        laws={
            "symmetry": PRODUCTS,
            **dict.fromkeys(
                ("dtype", "single", "permutation", "scale", "empty", "one_row"), "the means are those of a call"
            ),
        },
        degree={},
    ),
]


def _first_draw(rng: int) -> Value:
    generator = np.random.default_rng(rng)
    return [-1, 2, generator.standard_normal((6, 4)), generator.standard_normal((4, 2))]
