"""Networks of `kernelspec.stax` of finite width, against `oracle.finite_layers`: loops over positions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy import special

from kernelspec import stax
from kernelspec.numbers.arithmetic_protocol import Value
from oracle import finite_layers

from ..kinds import Flag, Free, Given, Kind, Real, Whole, Word
from ..table import Row

RNG = np.random.default_rng(31)
X = RNG.standard_normal((2, 4, 3, 2))
VECTORS = RNG.standard_normal((3, 6))
POINTS = np.linspace(-2.6, 2.3, 15).reshape(3, 5)
NO_SIZES: tuple[Any, ...] = (3, "ab", None, (), (0, 1), (1.5, 2), ("a", "b"), object())
FIRST = Given(0, bad=(1, -1, "first", None))
LAST = Given(-1, bad=(0, 1, "last", None))
NETWORK = stax.Dense(3)
NO_NETWORKS: tuple[Any, ...] = (3, "Dense", None, object(), stax.Dense, (1, 2, 3))


def sines(shape: tuple[int, ...], phase: float) -> Any:
    return 1.2 * np.sin(phase + 1.9 * np.arange(math.prod(shape))).reshape(shape)


def with_sines(params: Any) -> Any:
    """The same parameters with sines in them; phases tell weights from biases, and not one layer from another."""
    if isinstance(params, list):
        return [with_sines(each) for each in params]
    return tuple(each if each is None else sines(each.shape, i) for i, each in enumerate(params))


def on(x: Any) -> Callable[[Any], Value]:
    """What a network gives for x."""
    return lambda net: net.apply_fn(with_sines(net.init_fn(0, (-1, *x.shape[1:]))[1]), x)


def stepped(steps: list[Any], x: Any, *shapes: tuple[tuple[int, ...], tuple[int, ...] | None]) -> Value:
    params = [(sines(w, 0), None if b is None else sines(b, 1)) for w, b in shapes]
    return finite_layers.outputs(steps, params, x)


WEIGHTS: dict[str, Kind] = {
    "W_std": Real(1.3, bad=(1e200,)),
    "b_std": Real(0.2, bad=(1e200,), none=True),
    "parameterization": Word("ntk"),
    "s": Given((1, 1), bad=(2, (1, 2), (0, 1), (1, 1, 1), "ab", None)),
}
AXES: dict[str, Kind] = {"batch_axis": FIRST, "channel_axis": LAST}
SETS: tuple[dict[str, Any], ...] = (
    {"parameterization": "standard", "s": (2, 3), "b_std": 0.4},
    {"b_std": None},
    {"parameterization": "standard", "b_std": None},
)


def factors(fan_in: int, W_std: float, b_std: float | None, parameterization: str, s: Any) -> tuple[float, float]:
    standard = parameterization == "standard"
    return (s[0] ** -0.5, 1.0) if standard else (W_std / math.sqrt(fan_in), b_std or 0.0)


def dense(out_dim: int, b_std: float | None, s: Any, batch_axis: int, channel_axis: int, **more: Any) -> Value:
    out = s[1] * out_dim
    step = ("dense", *factors(2, b_std=b_std, s=s, **more))
    return stepped([step], X, ((2, out), None if b_std is None else (1, 1, 1, out)))


def convolution(word: str) -> Callable[..., Value]:
    def oracle(
        out_chan: int,
        filter_shape: Any,
        strides: Any,
        padding: str,
        b_std: Any,
        s: Any,
        dimension_numbers: Any,
        **more: Any,
    ) -> Value:
        out, fan_in, steps = s[1] * out_chan, 2 * math.prod(filter_shape), strides or (1, 1)
        c = factors(fan_in, b_std=b_std, s=s, **more)
        if word == "conv":
            step: tuple[Any, ...] = ("conv", *c, steps, padding)
            shapes = (*filter_shape, 2, out), (1, 1, 1, out)
        else:
            step = ("local", *c, filter_shape, steps, padding)
            pairs = zip(X.shape[1:3], filter_shape, steps, strict=True)
            inside = padding == "VALID"
            grid = [len(range(0, n - f + 1 if inside else n, k)) for n, f, k in pairs]
            shapes = (*grid, fan_in, out), (1, *grid, out)
        return stepped([step], X, (shapes[0], None if b_std is None else shapes[1]))

    return oracle


def pool(how: Callable[..., str]) -> Callable[..., Value]:
    def oracle(window_shape: Any, strides: Any, padding: str, **more: Any) -> Value:
        return stepped([("pool", how(**more), window_shape, strides or (1, 1), padding)], X)

    return oracle


WINDOWS: dict[str, Kind] = {"strides": Given((2, 1), bad=(3, "ab", (0, 1), (1,), (1, 2, 3))), "padding": Word("SAME")}
PADDINGS: tuple[dict[str, Any], ...] = ({"padding": "VALID"}, {"padding": "CIRCULAR"}, {"strides": None})


def layer(name: str, given: Mapping[str, Kind], oracle: Callable[..., Value], x: Any = X, **more: Any) -> Row:
    return Row(f"stax.{name}", dict(given), oracle, read=on(x), rtol=1e-13, atol=1e-14, **more)


def convolutional(name: str, word: str) -> Row:
    given: dict[str, Kind] = {
        "out_chan": Whole(3, 1),
        "filter_shape": Given((2, 3), bad=NO_SIZES),
        **WINDOWS,
        **WEIGHTS,
    }
    given["dimension_numbers"] = Given(None, bad=(3, "NHWC", ("NCHW", "HWIO", "NCHW"), ("NHWC", "WHIO", "NHWC")))
    return layer(name, given, convolution(word), also=(*SETS, *PADDINGS))


def activation(name: str, function: Callable[..., Value], also: tuple[Any, ...] = (), **given: Kind) -> Row:
    def oracle(**keywords: Any) -> Value:
        keywords.pop("do_stabilize", None)
        return function(POINTS, **keywords)

    return layer(name, given, oracle, POINTS, also=also)


def polynomial(x: Any, coef: Any) -> Value:
    return sum(c * x**i for i, c in enumerate(coef))


def joined(how: str, axis: int = 0) -> Value:
    """Of both branches 6 channels."""
    return stepped([("branches", [[], [("map", np.abs)]], how, axis)], VECTORS)


def two(end: Any) -> Value:
    """What joins x and |x|, of vectors; along the first axis of the grid, of images."""
    x = X if getattr(end.apply_fn.network, "axis", -1) == 1 else VECTORS
    return on(x)(stax.serial(stax.FanOut(2), stax.parallel(stax.Identity(), stax.Abs()), end))


STABLE: dict[str, Any] = {"do_stabilize": Flag(False)}
SCALES: dict[str, Any] = {"a": Real(2.0), "b": Real(0.5), "c": Real(0.3)}


def small() -> Any:
    """A network of two layers, its parameters and images."""
    net = stax.serial(stax.Dense(3, 1.3, 0.2), stax.Erf(), stax.Dense(2))
    return net, with_sines(net.init_fn(0, (-1, 6))[1])


def both(found: Any) -> Value:
    """nngp and ntk at the parameters of `small`, of a function of kernels."""
    return found(VECTORS, VECTORS[:2], None, small()[1])


def expected(trace_axes: Any, **options: Any) -> Value:
    steps = [("dense", 1.3 / math.sqrt(6), 0.2), ("map", special.erf), ("dense", 1 / math.sqrt(3), 0)]
    params = [(sines((6, 3), 0), sines((1, 3), 1)), (sines((3, 2), 0), None)]
    return _paired(finite_layers.kernels(steps, params, VECTORS, VECTORS[:2], bool(trace_axes)))


def _paired(found: Any) -> Any:
    """Pairs of channels last."""
    return [value.swapaxes(1, 2) if value.ndim == 4 else value for value in found]


def sampled(init_fn: Any, apply_fn: Any, key: int, n_samples: Any, trace_axes: Any, **options: Any) -> Value:
    """Means over the networks that a generator of this seed draws, by loops."""
    steps = [("dense", 1.3 / math.sqrt(6), 0.2), ("map", special.erf), ("dense", 1 / math.sqrt(3), 0)]
    generator = np.random.default_rng(key)
    rows = []
    for _ in range(n_samples):
        params = init_fn(generator, (-1, 6))[1]
        rows.append(finite_layers.kernels(steps, [params[0], params[2]], VECTORS, VECTORS[:2], bool(trace_axes)))
    return [np.mean([_paired(row)[i] for row in rows], axis=0) for i in range(2)]


UNUSED = "changes nothing, as speed is not its matter here"
F: dict[str, Kind] = {
    "f": Given(small()[0].apply_fn, bad=NO_NETWORKS),
    "trace_axes": Given((-1,), bad=((0,), (-1, 0), -2)),
    "diagonal_axes": Given((), bad=((0,), (1, 2))),
}
PAIRS = ({"trace_axes": ()},)
JAX: dict[str, Kind] = {"vmap_axes": Free(None, why=UNUSED), "implementation": Free(1, why=UNUSED)}

ROWS = [
    layer("Dense", {"out_dim": Whole(3, 1), **WEIGHTS, **AXES}, dense, also=SETS),
    convolutional("Conv", "conv"),
    convolutional("ConvLocal", "local"),
    layer(
        "AvgPool",
        {"window_shape": Given((2, 3), bad=NO_SIZES), **WINDOWS, "normalize_edges": Flag(False), **AXES},
        pool(lambda normalize_edges, **more: "inside" if normalize_edges else "mean"),
        also=(*PADDINGS, {"normalize_edges": True}),
    ),
    layer(
        "SumPool",
        {"window_shape": Given((2, 3), bad=NO_SIZES), **WINDOWS, **AXES},
        pool(lambda **more: "sum"),
        also=PADDINGS,
    ),
    layer("GlobalAvgPool", AXES, lambda **axes: X.mean((1, 2))),
    layer("GlobalSumPool", AXES, lambda **axes: X.sum((1, 2))),
    layer("Flatten", {"batch_axis": FIRST, "batch_axis_out": FIRST}, lambda **axes: X.reshape(2, -1)),
    layer(
        "LayerNorm",
        {"axis": Given(-1, bad=("a", 1.5, (), None)), "eps": Real(1e-12, bad=(0, -1)), **AXES},
        lambda axis, eps, **axes: finite_layers.outputs([("norm", -1 if axis == -1 else (0, 1), eps)], [], X),
        also=({"axis": (1, 2), "eps": 0.3},),
    ),
    layer("Identity", {}, lambda: X),
    Row("stax.FanOut", {"num": Whole(2, 1)}, lambda num: [VECTORS] * num, read=on(VECTORS), also=({"num": 3},)),
    Row("stax.FanInSum", {}, lambda: joined("sum"), read=two),
    Row("stax.FanInProd", {}, lambda: joined("product"), read=two),
    Row(
        "stax.FanInConcat",
        {"axis": Given(-1, bad=("a", 1.5, None))},
        lambda axis: joined("concat", -1) if axis == -1 else np.concatenate([X, np.abs(X)], 1),
        read=two,
        also=({"axis": 1},),
    ),
    Row(
        "stax.serial",
        {"layers": Given((NETWORK, stax.Erf()), bad=((3,), (NETWORK, "Relu"), (stax.Dense,), ()))},
        lambda layers: stepped([("dense", 6**-0.5, 0), ("map", special.erf)], VECTORS, ((6, 3), None)),
        read=on(VECTORS),
    ),
    Row(
        "stax.parallel",
        {"layers": Given((stax.Abs(), stax.Exp()), bad=((3,), (NETWORK, "Relu"), (stax.Dense,), ()))},
        lambda layers: [np.abs(VECTORS), np.exp(VECTORS)],
        read=lambda net: on(VECTORS)(stax.serial(stax.FanOut(2), net)),
    ),
    Row(
        "stax.repeat",
        {"layer": Given(stax.Gaussian(1, -0.5), bad=NO_NETWORKS), "n": Whole(3, 1)},
        lambda layer, n: _repeated(n),
        read=on(VECTORS),
        also=({"n": 1},),
    ),
    Row(
        "stax.Frozen",
        {"layer": Given(stax.Gaussian(1, -0.5), bad=NO_NETWORKS)},
        lambda layer: _repeated(1),
        read=on(VECTORS),
    ),
    activation("Relu", lambda x: np.maximum(x, 0), **STABLE),
    activation("LeakyRelu", lambda x, alpha: np.where(x > 0, x, alpha * x), alpha=Real(0.3), **STABLE),
    activation("ABRelu", lambda x, a, b: np.where(x > 0, b * x, a * x), a=Real(0.5), b=Real(2.0), **STABLE),
    activation("Abs", np.abs, **STABLE),
    activation("Erf", lambda x, a, b, c: a * special.erf(b * x) + c, **SCALES),
    activation("Sigmoid_like", lambda x: (special.erf(x / 2.4020563531719796) + 1) / 2),
    activation(
        "Gelu",
        lambda x, approximate: (
            x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
            if approximate
            else x / 2 * (1 + special.erf(x / math.sqrt(2)))
        ),
        ({"approximate": True},),
        approximate=Flag(False),
    ),
    activation("Sin", lambda x, a, b, c: a * np.sin(b * x + c), **SCALES),
    activation("Cos", lambda x, a, b, c: a * np.cos(b * x + c), **SCALES),
    activation(
        "Rbf",
        lambda x, gamma: math.sqrt(2) * np.sin(math.sqrt(2 * gamma) * x + math.pi / 4),
        gamma=Real(0.7, bad=(-1,)),
    ),
    activation("Exp", lambda x, a, b: a * np.exp(b * x), a=Real(2.0), b=Real(0.5)),
    activation("Gaussian", lambda x, a, b: a * np.exp(b * x**2), a=Real(2.0), b=Real(-0.5)),
    activation("Sign", np.sign),
    activation("Gabor", lambda x: np.exp(-(x**2)) * np.sin(x)),
    activation("Monomial", lambda x, degree: x**degree, ({"degree": 0},), degree=Whole(3, 0, 100)),
    activation("RectifiedMonomial", lambda x, degree: (x > 0) * x**degree, ({"degree": 0},), degree=Whole(2, 0, 100)),
    activation(
        "Hermite",
        lambda x, degree: special.eval_hermitenorm(degree, x) / math.sqrt(math.factorial(degree)),
        ({"degree": 0}, {"degree": 20}),
        degree=Whole(3, 0, 100),
    ),
    activation(
        "Polynomial",
        polynomial,
        ({"coef": [2.0]},),
        coef=Given([1.0, -2.0, 0.5], bad=([], [[1]], "text", None, ["a"], [1j], [math.nan], [1.0] * 102)),
    ),
    activation(
        "ElementwiseNumerical",
        lambda x, fn, deg, df: np.tanh(x),
        ({"df": lambda x: 1 / np.cosh(x) ** 2},),
        fn=Given(np.tanh, bad=("tanh", 3, None)),
        deg=Whole(25, 1),
        df=Given(None, bad=("sech", 3)),
    ),
    activation(
        "Elementwise",
        lambda x, fn, nngp_fn, d_nngp_fn: np.where(x < 1, 0, x - 1) if isinstance(fn, str) else np.tanh(x),
        ({"fn": "0 if x < 1; x - 1"},),
        fn=Given(np.tanh, bad=("swish", 3, None)),
        nngp_fn=Free(None, why="changes nothing"),
        d_nngp_fn=Free(None, why="changes nothing"),
    ),
    Row(
        "stax.ExpNormalized",
        {"gamma": Real(0.7), "shift": Real(-1.0), "do_clip": Flag(False)},
        lambda gamma, shift, do_clip: [0.7, -1.0, float(do_clip)],
        read=lambda net: list(net.kernel_fn.network.parameters),
        also=({"do_clip": True},),
    ),
    Row("stax.empirical_kernel_fn", {**F, **JAX}, expected, read=both, rtol=1e-12, also=PAIRS),
    Row(
        "stax.empirical_nngp_fn",
        F,
        lambda **options: expected(**options)[0],
        read=lambda found: found(VECTORS, VECTORS[:2], small()[1]),
        rtol=1e-12,
        also=PAIRS,
    ),
    Row(
        "stax.empirical_ntk_fn",
        {**F, **JAX},
        lambda **options: expected(**options)[1],
        read=lambda found: found(VECTORS, VECTORS[:2], small()[1]),
        rtol=1e-12,
        also=PAIRS,
    ),
    Row(
        "stax.monte_carlo_kernel_fn",
        {
            "init_fn": Given(small()[0].init_fn, bad=NO_NETWORKS),
            "apply_fn": Given(small()[0].apply_fn, bad=(*NO_NETWORKS, NETWORK.apply_fn)),
            "key": Free(5, why="is read where networks are drawn"),
            "n_samples": Given(3, bad=(0, 2.5, None, "ab", [], [3, 2], [0])),
            "batch_size": Free(0, why=UNUSED),
            "device_count": Free(-1, why=UNUSED),
            "store_on_device": Free(True, why=UNUSED),
            "trace_axes": F["trace_axes"],
            "diagonal_axes": F["diagonal_axes"],
            **JAX,
        },
        sampled,
        read=lambda found: found(VECTORS, VECTORS[:2]),
        rtol=1e-12,
        also=PAIRS,
    ),
]


def _repeated(n: int) -> Value:
    x = VECTORS
    for _ in range(n):
        x = np.exp(-(x**2) / 2)
    return x
