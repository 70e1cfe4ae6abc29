"""Networks of finite width against `oracle.finite_layers`: loops over positions, gradients by complex steps."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from scipy import special

from kernelspec import architectures as nets
from kernelspec.architectures import empirical, finite, linear_maps
from kernelspec.architectures.activations import Activation, activation, of_degree, polynomial, sigmoid_like
from oracle import finite_layers

RNG = np.random.default_rng(20)
PADDINGS = ("VALID", "SAME", "CIRCULAR")
ERF = (activation("erf"), ("map", special.erf))
EXACT = 1e-13  # relative to the largest entry; 4e-16 to 6e-15 are seen
Case = tuple[nets.Layer, list[Any], tuple[int, ...]]


def weights(params: Any) -> list[Any]:
    """The pairs (weights, biases) of nested parameters, in their order."""
    if isinstance(params, tuple):
        return [params] if params else []
    return [pair for each in params for pair in weights(each)]


def relative(found: Any, wanted: Any) -> float:
    assert found.shape == wanted.shape
    return float(np.abs(found - wanted).max() / np.abs(wanted).max())


def interleaved(kernel: Any) -> Any:
    """(n1, outputs..., n2, outputs...) as (n1, n2, h, h', w, w')."""
    half = kernel.ndim // 2
    return kernel.transpose([axis for i in range(half) for axis in (i, half + i)])


def conv(
    local: bool, out: int, window: tuple[int, ...], strides: tuple[int, ...], padding: str, fan_in: int, **more: Any
) -> tuple[nets.Layer, tuple[Any, ...]]:
    """A convolution and its step."""
    kind = nets.ConvLocal if local else nets.Conv
    layer = kind(out, window, strides, padding, **more)
    standard = more.get("parameterization") == "standard"
    s = more.get("s", (1, 1))
    c = 1 / math.sqrt(s[0]) if standard else more.get("W_std", 1) / math.sqrt(fan_in)
    b = 1 if standard else more.get("b_std") or 0
    return layer, ("local", c, b, window, strides, padding) if local else ("conv", c, b, strides, padding)


def convolutions() -> list[Case]:
    """A convolution after other weights, whose gradients come back through it."""
    before, first = nets.Dense(2, 1.1, 0.3), ("dense", 1.1, 0.3)
    cases: list[Case] = []
    for local in (False, True):
        for padding in PADDINGS:
            for window, strides in (((3, 2), (1, 1)), ((2, 3), (2, 1)), ((1, 3), (3, 2)), ((4, 2), (1, 2))):
                taps = math.prod(window)
                layer, step = conv(local, 1, window, strides, padding, 2 * taps, W_std=1.3, b_std=0.4)
                cases.append((nets.Serial((before, ERF[0], layer)), [first, ERF[1], step], (4, 3, 1)))
            layer, step = conv(local, 2, (3,), (2,), padding, 6, b_std=0.3, parameterization="standard", s=(2, 1))
            cases.append((nets.Serial((before, ERF[0], layer)), [first, ERF[1], step], (5, 1)))
    # A window that reads round the circle more than once, and one beyond both ends.
    for padding in ("SAME", "CIRCULAR"):
        layer, step = conv(False, 2, (7,), (1,), padding, 14)
        cases.append((nets.Serial((before, ERF[0], layer)), [first, ERF[1], step], (2, 1)))
    return cases


def pools() -> list[Case]:
    first, step = conv(False, 2, (2, 1), (1, 1), "SAME", 2)
    cases: list[Case] = []
    for padding in PADDINGS:
        for window, strides in (((3, 2), (1, 1)), ((2, 3), (2, 1)), ((3, 3), (3, 2))):
            for kind, how in (
                (nets.SumPool(window, strides, padding), "sum"),
                (nets.AvgPool(window, strides, padding), "mean"),
                (nets.AvgPool(window, strides, padding, normalize_edges=True), "inside"),
            ):
                steps = [step, ERF[1], ("pool", how, window, strides, padding)]
                cases.append((nets.Serial((first, ERF[0], kind)), steps, (5, 4, 1)))
    for one, how in ((nets.GlobalSumPool(), "sum"), (nets.GlobalAvgPool(), "mean")):
        cases.append((nets.Serial((first, ERF[0], one)), [step, ERF[1], ("global", how)], (3, 4, 1)))
    return cases


def normalised() -> list[Case]:
    first, step = conv(False, 3, (2, 2), (1, 1), "VALID", 8, b_std=0.2)
    last, end = conv(False, 2, (1, 2), (1, 1), "VALID", 6)
    cases: list[Case] = []
    for axis, own in ((-1, (-1,)), ((1, 3), (0, 2)), ((3, 1, 2), (0, 1, 2)), ((1, -2), (0, 1))):
        norm = nets.LayerNorm(axis, 0.1)  # type: ignore[arg-type]  # one axis is made a tuple
        network = nets.Serial((first, norm, ERF[0], last))
        cases.append((network, [step, ("norm", own, 0.1), ERF[1], end], (3, 4, 2)))
    return cases


def branched() -> list[Case]:
    def dense(n: int, fan_in: int, W: float = 1.2, b: float | None = 0.3) -> tuple[nets.Layer, Any]:
        return nets.Dense(n, W, b), ("dense", W / math.sqrt(fan_in), b)

    (a, one), (b, two), (c, three) = dense(3, 2), dense(3, 2, 0.7, None), dense(4, 3)
    sides = nets.Parallel((a, nets.Serial((b, ERF[0])), nets.Serial((a, ERF[0], dense(3, 3)[0]))))
    steps = [[one], [two, ERF[1]], [one, ERF[1], dense(3, 3)[1]]]
    cases: list[Case] = []
    for kind, how, axis in (
        (nets.FanInSum(), "sum", 0),
        (nets.FanInProd(), "product", 0),
        (nets.FanInConcat(), "concat", -1),
        (nets.FanInConcat(1), "concat", 0),
    ):
        wide = dense(2, 9 if how == "concat" and axis == -1 else 3)
        network = nets.Serial((nets.FanOut(3), sides, kind, ERF[0], wide[0]))
        cases.append((network, [("branches", steps, how, axis), ERF[1], wide[1]], (3, 2)))
    # A branch inside of a branch, weights before it, and a dense head.
    inner = [("branches", [[], [three, ERF[1], ("dense", 1 / 2, 0)]], "sum", 0)]
    block = nets.Serial(
        (nets.FanOut(2), nets.Parallel((nets.Identity(), nets.Serial((c, ERF[0], nets.Dense(3))))), nets.FanInSum())
    )
    outer = nets.Serial((nets.FanOut(2), nets.Parallel((block, nets.Identity())), nets.FanInProd()))
    head, end = dense(3, 12)
    network = nets.Serial((a, outer, nets.Flatten(), head))
    cases.append((network, [one, ("branches", [inner, []], "product", 0), ("flat",), end], (4, 2)))
    return cases


CASES = {
    **{f"convolution {i}": case for i, case in enumerate(convolutions())},
    **{f"pool {i}": case for i, case in enumerate(pools())},
    **{f"norm {i}": case for i, case in enumerate(normalised())},
    **{f"branches {i}": case for i, case in enumerate(branched())},
}


@pytest.mark.parametrize("name", CASES)
def test_outputs_and_both_kernels_are_those_of_loops(name: str) -> None:
    network, steps, shape = CASES[name]
    after, params = finite.init(network, 3, (-1, *shape))
    x, y = np.random.default_rng(4).standard_normal((2, 2, *shape))
    y = y[:1]
    values = finite.apply(network, params, x)
    assert values.shape[1:] == after[1:]
    assert relative(values, finite_layers.outputs(steps, weights(params), x)) < EXACT
    found = empirical.empirical_kernel(network, params, x, y)
    for one, wanted in zip(found, finite_layers.kernels(steps, weights(params), x, y), strict=True):
        assert relative(one, interleaved(wanted)) < EXACT


@pytest.mark.parametrize("name", ["convolution 0", "convolution 3", "branches 0", "branches 4"])
def test_pairs_of_channels(name: str) -> None:
    network, steps, shape = CASES[name]
    _, params = finite.init(network, 3, (-1, *shape))
    x, y = np.random.default_rng(4).standard_normal((2, 2, *shape))
    y = y[:1]
    found = empirical.empirical_kernel(network, params, x, y, traced=False)
    traced = empirical.empirical_kernel(network, params, x, y)
    for one, mean, wanted in zip(
        found, traced, finite_layers.kernels(steps, weights(params), x, y, False), strict=True
    ):
        assert relative(one, interleaved(wanted)) < EXACT
        assert relative(one.trace(axis1=-2, axis2=-1) / one.shape[-1], mean) < EXACT
    alone = empirical.empirical_kernel(network, params, x, get="ntk", traced=False)
    np.testing.assert_allclose(alone[:, :1], empirical.empirical_kernel(network, params, x, x[:1], "ntk", traced=False))


# -- activations -------------------------------------------------------------------------------------------------------


def normal(x: Any) -> Any:
    return (1 + special.erf(x / math.sqrt(2))) / 2


ACTIVATIONS: dict[str, tuple[Activation, Callable[[Any], Any]]] = {
    "erf": (Activation("erf", (2, 0.5, 0.3)), lambda x: 2 * special.erf(x / 2) + 0.3),
    "sigmoid_like": (sigmoid_like(), lambda x: special.erf(x / 2.4020563531719796) / 2 + 0.5),
    "gelu": (activation("gelu"), lambda x: x * normal(x)),
    "gelu with tanh": (
        Activation("gelu", (1,)),
        lambda x: x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    ),
    "sin": (Activation("sin", (2, 0.5, 0.3)), lambda x: 2 * np.sin(x / 2 + 0.3)),
    "cos": (Activation("cos", (2, 0.5, 0.3)), lambda x: 2 * np.cos(x / 2 + 0.3)),
    "rbf": (Activation("rbf", (0.7,)), lambda x: math.sqrt(2) * np.sin(math.sqrt(1.4) * x + math.pi / 4)),
    "exp": (Activation("exp", (2, 0.5)), lambda x: 2 * np.exp(x / 2)),
    "gaussian": (Activation("gaussian", (2, -0.5)), lambda x: 2 * np.exp(-(x**2) / 2)),
    "gabor": (Activation("gabor"), lambda x: np.exp(-(x**2)) * np.sin(x)),
    "polynomial": (polynomial([1, -2, 0, 0.5]), lambda x: 1 - 2 * x + x**3 / 2),
    "constant": (polynomial([3]), lambda x: 3 + 0 * x),
    "monomial": (of_degree("monomial", 4), lambda x: x**4),
    "hermite 0": (of_degree("hermite", 0), lambda x: 1 + 0 * x),
    "hermite 3": (of_degree("hermite", 3), lambda x: (x**3 - 3 * x) / math.sqrt(6)),
    "hermite 4": (of_degree("hermite", 4), lambda x: (x**4 - 6 * x**2 + 3) / math.sqrt(24)),
    "tanh": (activation("tanh"), np.tanh),
    "sigmoid": (activation("sigmoid"), lambda x: 1 / (1 + np.exp(-x))),
    "softplus": (activation("softplus"), lambda x: np.log(1 + np.exp(x))),
    "silu": (activation("silu"), lambda x: x / (1 + np.exp(-x))),
    "mish": (activation("mish"), lambda x: x * np.tanh(np.log(1 + np.exp(x)))),
    "selu": (
        activation("selu"),
        lambda x: (
            1.0507009873554804934193349852946
            * np.where(x.real > 0, x, 1.6732632423543772848170429916717 * (np.exp(x) - 1))
        ),
    ),
    "pieces": (activation("-x if x < -1; x**2 if x < 0.5; 2"), lambda x: np.where(x.real < -1, -x, _middle(x))),
    "relu": (activation("relu"), lambda x: np.where(x.real > 0, x, 0)),
    "abrelu": (Activation("abrelu", (-0.5, 2)), lambda x: np.where(x.real > 0, 2 * x, -x / 2)),
    "abrelu of a concave function": (Activation("abrelu", (2, 0.5)), lambda x: np.where(x.real > 0, x / 2, 2 * x)),
    "rectified": (of_degree("rectified_monomial", 2), lambda x: np.where(x.real > 0, x**2, 0)),
    "rectified step": (of_degree("rectified_monomial", 0), lambda x: np.where(x.real >= 0, 1, 0)),
    "step": (activation("step"), lambda x: np.where(x.real >= 0, 1, 0)),
    "sign": (Activation("sign"), lambda x: np.sign(x.real)),
    "callable": (Activation("callable", (), np.tanh, lambda x: 1 / np.cosh(x) ** 2), np.tanh),
}


def _middle(x: Any) -> Any:
    return np.where(x.real < 0.5, x**2, 2)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_and_their_slopes(name: str) -> None:
    """Against the formula, and its complex step; at points next to no kink."""
    layer, formula = ACTIVATIONS[name]
    x = np.linspace(-3.21, 3.17, 24).reshape(4, 6)
    np.testing.assert_allclose(layer.values(x), formula(x.astype(complex)).real, rtol=1e-14, atol=1e-15)
    slopes = formula(x + 1e-30j).imag / 1e-30
    np.testing.assert_allclose(layer.slopes(x), slopes, rtol=2e-13, atol=1e-15)
    for each in (layer.values, layer.slopes):
        single = each(x.astype(np.float32))
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, each(x), rtol=2e-5, atol=1e-6)


def test_values_at_kinks() -> None:
    zero = np.zeros(1)
    assert [Activation(each).values(zero)[0] for each in ("sign", "step")] == [0, 1]
    assert Activation("abrelu", (0.5, 2)).slopes(zero)[0] == 1.25
    assert [of_degree("rectified_monomial", n).slopes(zero)[0] for n in range(3)] == [0, 0.5, 0]
    assert activation("0 if x < 0; x").slopes(zero)[0] == 1
    assert activation("0 if x < 0; 1").values(zero)[0] == 1


def test_the_slope_of_a_callable_by_differences() -> None:
    """Thirteen digits of a smooth function; next to a kink it is refused and not guessed."""
    x = np.linspace(-4, 4, 101)
    found = Activation("callable", (), np.sin).slopes(x)
    np.testing.assert_allclose(found, np.cos(x), rtol=0, atol=2e-13)
    large = 100 * x
    found = Activation("callable", (), lambda t: t**2).slopes(large)
    np.testing.assert_allclose(found, 2 * large, rtol=1e-11, atol=1e-9)
    with pytest.raises(ValueError, match="next to a kink"):
        Activation("callable", (), np.abs).slopes(np.array([1.0, 0.001]))


def test_functions_of_ones_own_are_checked() -> None:
    network = nets.Serial((nets.Dense(3), Activation("callable", (), lambda x: x[:1])))
    _, params = finite.init(network, 0, (2, 2))
    with pytest.raises(ValueError, match=r"function must return a value for every entry.*\(2, 3\).*\(1, 3\)"):
        finite.apply(network, params, np.ones((2, 2)))
    network = nets.Serial((nets.Dense(3), Activation("callable", (), lambda x: x * 1j)))
    with pytest.raises(TypeError, match="function must return real floats; got dtype complex128"):
        finite.apply(network, params, np.ones((2, 2)))


# -- parameters --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("parameterization", ["ntk", "standard"])
@pytest.mark.parametrize("local", [False, True])
def test_parameters_have_their_deviations(parameterization: str, local: bool) -> None:
    """Sample deviations, each within five of its own deviations, 1/sqrt(2 n)."""
    kind = nets.ConvLocal if local else nets.Conv
    s = (2, 1) if parameterization == "standard" else (1, 1)
    layer = kind(50, (3, 2), None, "SAME", 1.7, 0.6, parameterization, s)
    _, (w, b) = finite.init(layer, 1, (-1, 6, 5, 4))
    assert w.shape == ((6, 5, 24, 50) if local else (3, 2, 4, 50))
    assert b.shape == ((1, 6, 5, 50) if local else (1, 1, 1, 50))
    wanted = (1.7 * math.sqrt(2 / 24), 0.6) if parameterization == "standard" else (1, 1)
    for array, deviation in zip((w, b), wanted, strict=True):
        assert abs(array.std() / deviation - 1) < 5 / math.sqrt(2 * array.size)
        assert abs(array.mean() / deviation) < 5 / math.sqrt(array.size)


@pytest.mark.parametrize("parameterization", ["ntk", "standard"])
def test_both_parametrisations_draw_one_distribution_of_functions(parameterization: str) -> None:
    """E z^2 = W_std^2 |x|^2/N + b_std^2 of a neuron, within five standard errors of 4000 neurons."""
    x = RNG.standard_normal((1, 7))
    layer = nets.Dense(4000, 1.4, 0.5, parameterization)
    _, params = finite.init(layer, 2, x.shape)
    wanted = 1.4**2 * float((x**2).mean()) + 0.25
    squares = finite.apply(layer, params, x) ** 2
    assert abs(squares.mean() / wanted - 1) < 5 * math.sqrt(2 / 4000)


def test_a_standard_layer_is_as_wide_as_s_says() -> None:
    layer = nets.Dense(3, parameterization="standard", s=(1, 4))
    shape, (w, _) = finite.init(layer, 0, (-1, 5))
    assert shape == (-1, 12) and w.shape == (5, 12)


def test_seeds_and_generators() -> None:
    layer = nets.Dense(3, b_std=1.0)
    first, second = (finite.init(layer, rng, (1, 2))[1] for rng in (5, np.random.default_rng(5)))
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])


# -- laws --------------------------------------------------------------------------------------------------------------


def test_one_linear_layer_has_the_linear_kernel() -> None:
    """Depth one: the tangent kernel is W_std^2 <x, y>/N + b_std^2, whatever the weights are."""
    x, y = RNG.standard_normal((3, 6)), RNG.standard_normal((2, 6))
    layer = nets.Dense(5, 1.3, 0.4)
    _, params = finite.init(layer, 0, x.shape)
    np.testing.assert_allclose(
        empirical.empirical_kernel(layer, params, x, y, "ntk"), 1.3**2 * x @ y.T / 6 + 0.16, rtol=1e-14
    )


def test_hidden_channels_may_be_permuted() -> None:
    network = nets.Serial((nets.Conv(6, (2, 2), b_std=0.3), activation("gelu"), nets.Conv(3, (2, 2)), nets.Flatten()))
    x = RNG.standard_normal((3, 4, 5, 2))
    _, params = finite.init(network, 0, x.shape)
    order = RNG.permutation(6)
    (w, b), (v, _) = weights(params)
    moved = [(w[..., order], b[..., order]), (), (v[:, :, order], None), ()]
    for one, other in zip(
        empirical.empirical_kernel(network, params, x), empirical.empirical_kernel(network, moved, x), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize("local", [False, True])
def test_same_padding_is_valid_after_zeros(local: bool) -> None:
    """Windows of 4 x 3 at strides 2 x 1 on 6 x 5 positions: one zero at each end of both axes."""
    kind = nets.ConvLocal if local else nets.Conv
    x = RNG.standard_normal((3, 6, 5, 2))
    zeros = np.pad(x, [(0, 0), (1, 1), (1, 1), (0, 0)])
    same, valid = (kind(3, (4, 3), (2, 1), padding, b_std=0.2) for padding in ("SAME", "VALID"))
    _, params = finite.init(same, 0, x.shape)
    np.testing.assert_allclose(finite.apply(same, params, x), finite.apply(valid, params, zeros), rtol=1e-13)
    for one, other in zip(
        empirical.empirical_kernel(same, params, x), empirical.empirical_kernel(valid, params, zeros), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_circular_networks_commute_with_shifts() -> None:
    network = nets.Serial((nets.Conv(4, (3, 2), None, "CIRCULAR", b_std=0.1), activation("relu")))
    x = RNG.standard_normal((2, 5, 6, 3))
    _, params = finite.init(network, 0, x.shape)
    moved = finite.apply(network, params, np.roll(x, (2, -1), (1, 2)))
    np.testing.assert_allclose(moved, np.roll(finite.apply(network, params, x), (2, -1), (1, 2)), rtol=1e-13)


def test_homogeneous_networks_scale() -> None:
    """Without biases a ReLU network of two hidden layers has f(t x) = t f(x), and kernels of degree two."""
    network = nets.Serial((nets.Dense(9), activation("relu"), nets.Dense(8), activation("relu"), nets.Dense(2)))
    x = RNG.standard_normal((4, 5))
    _, params = finite.init(network, 0, x.shape)
    for one, other in zip(
        empirical.empirical_kernel(network, params, 3 * x), empirical.empirical_kernel(network, params, x), strict=True
    ):
        np.testing.assert_allclose(one, 9 * other, rtol=1e-12)


def test_frozen_layers_have_no_part_in_the_tangent_kernel() -> None:
    first, last = nets.Dense(7, b_std=0.3), nets.Dense(2, 1.5)
    x = RNG.standard_normal((3, 4))
    whole, part = (nets.Serial((each, activation("erf"), last)) for each in (first, nets.Frozen(first)))
    _, params = finite.init(part, 0, x.shape)
    np.testing.assert_array_equal(finite.apply(part, params, x), finite.apply(whole, params, x))
    hidden = special.erf(finite.apply(first, params[0], x))
    np.testing.assert_allclose(
        empirical.empirical_kernel(part, params, x, None, "ntk"), 1.5**2 * hidden @ hidden.T / 7, rtol=1e-13
    )


@pytest.mark.parametrize("memory", [1, 10**4, 10**9])
def test_blocks_change_nothing(memory: int) -> None:
    network = nets.Serial((nets.Conv(4, (2, 2), b_std=0.1), activation("gelu"), nets.Conv(2, (2, 2), (1, 2))))
    x, y = RNG.standard_normal((5, 4, 5, 2)), RNG.standard_normal((3, 4, 5, 2))
    _, params = finite.init(network, 0, x.shape)
    both = empirical.empirical_kernel(network, params, np.concatenate([x, y]), memory=10**9)
    for one, whole in zip(empirical.empirical_kernel(network, params, x, y, memory=memory), both, strict=True):
        np.testing.assert_allclose(one, whole[:5, 5:], rtol=1e-12)
    for one, whole in zip(empirical.empirical_kernel(network, params, x, memory=memory), both, strict=True):
        np.testing.assert_allclose(one, whole[:5, :5], rtol=1e-12)
        np.testing.assert_array_equal(one, one.transpose(1, 0, 3, 2, 5, 4))


def test_many_images_are_multiplied_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 2000 bytes, which hold two images of 20 patches of 6 numbers."""
    layers = [kind(3, (1, 3), None, "SAME", b_std=0.3) for kind in (nets.Conv, nets.ConvLocal)]
    x = RNG.standard_normal((7, 4, 5, 2))
    params = [finite.init(layer, 0, x.shape)[1] for layer in layers]
    whole = [finite.apply(layer, own, x) for layer, own in zip(layers, params, strict=True)]
    monkeypatch.setattr(linear_maps, "_CHUNK", 2000)
    for layer, own, wanted in zip(layers, params, whole, strict=True):
        np.testing.assert_allclose(finite.apply(layer, own, x), wanted, rtol=1e-13)


@pytest.mark.parametrize("padding", ["SAME", "CIRCULAR", "VALID"])
@pytest.mark.parametrize("strides", [(1, 1), (1, 2), (2, 1)])
@pytest.mark.parametrize("channels", [20, 64])
def test_large_maps_of_many_channels(padding: str, strides: Any, channels: int) -> None:
    """Where a place of the first axis, or every place, is a product of its own, and where strides forbid it."""
    assert 13 * 11 >= linear_maps._TALL and 20 * 3 >= linear_maps._WIDE and 20 < linear_maps._MANY <= 64
    _check_convolution((4, 3), strides, padding, (3, 13, 11, channels))


@pytest.mark.parametrize(("shape", "grid"), [((3,), (130,)), ((3, 3), (130, 1)), ((3, 2, 4), (9, 4, 4))])
@pytest.mark.parametrize("padding", ["SAME", "CIRCULAR"])
def test_products_by_places_on_any_grid(shape: tuple[int, ...], grid: tuple[int, ...], padding: str) -> None:
    """Without later axes, with places that read nothing but zeros, with two axes that are moved."""
    assert math.prod(grid) >= linear_maps._TALL
    _check_convolution(shape, (1,) * len(shape), padding, (2, *grid, linear_maps._MANY))


def _check_convolution(window: tuple[int, ...], strides: Any, padding: str, shape: tuple[int, ...]) -> None:
    layer = nets.Conv(4, window, strides, padding, 1.3, 0.3)
    x = RNG.standard_normal(shape)
    _, params = finite.init(layer, 0, x.shape)
    scale = 1.3 / math.sqrt(shape[-1] * math.prod(window))
    wanted = finite_layers.outputs([("conv", scale, 0.3, strides, padding)], [params], x)
    np.testing.assert_allclose(finite.apply(layer, params, x), wanted, rtol=0, atol=1e-13)


def test_single_precision_stays_single() -> None:
    network = nets.Serial((nets.Conv(20, (3, 3), b_std=0.1), activation("gelu"), nets.AvgPool((2, 2)), nets.Flatten()))
    network = nets.Serial((network, nets.LayerNorm(), nets.Dense(3)))
    x = RNG.standard_normal((4, 6, 6, 2))
    _, params = finite.init(network, 0, x.shape)
    single = x.astype(np.float32)
    assert finite.apply(network, params, single).dtype == np.float32
    for one, double in zip(
        empirical.empirical_kernel(network, params, single), empirical.empirical_kernel(network, params, x), strict=True
    ):
        assert one.dtype == np.float32 and relative(one, double) < 1e-5


# -- doors -------------------------------------------------------------------------------------------------------------

DENSE = nets.Dense(3)
GOOD = (np.zeros((2, 3)), None)
BAD: Sequence[tuple[Callable[[], Any], type[Exception], str]] = (
    (
        lambda: finite.init(DENSE, 0, (2,)),
        ValueError,
        r"input_shape must be \(images, grid axes\.\.\., channels\), got \(2",
    ),
    (lambda: finite.init(DENSE, 0, 2), TypeError, "input_shape must be"),
    (lambda: finite.init(DENSE, 0, (2, 0)), ValueError, "every axis in input_shape must be an integer from 1 .* got 0"),
    (lambda: finite.init(DENSE, 0, (-2, 2)), ValueError, "the number of images .* got -2"),
    (lambda: finite.init("Dense", 0, (2, 2)), TypeError, "network must be a layer, got 'Dense'"),  # type: ignore[arg-type]
    (lambda: finite.init(DENSE, "seed", (2, 2)), TypeError, "rng must be a seed or a Generator; got 'seed'"),
    (lambda: finite.apply(DENSE, GOOD, np.ones((2, 5))), ValueError, r"must have shape \(5, 3\), got \(2, 3\)"),
    (
        lambda: finite.apply(DENSE, (GOOD[0], np.ones((1, 3))), np.ones((2, 2))),
        ValueError,
        "biases .* must not be there",
    ),
    (lambda: finite.apply(nets.Dense(3, b_std=1.0), GOOD, np.ones((2, 2))), ValueError, "biases of .* must be there"),
    (lambda: finite.apply(DENSE, None, np.ones((2, 2))), ValueError, r"must be \(weights, biases\), got NoneType"),
    (lambda: finite.apply(nets.Serial((DENSE,)), [], np.ones((2, 2))), ValueError, "parameters of 1 layers"),
    (lambda: finite.apply(DENSE, GOOD, [[1.0, math.nan]]), ValueError, "x must be finite"),
    (lambda: finite.apply(DENSE, GOOD, "x"), TypeError, "x must be a real array"),
    (lambda: finite.apply(DENSE, (np.full((2, 3), 1e300), None), np.full((1, 2), 1e300)), ValueError, "overflow"),
    (lambda: finite.apply(Activation("exp_normalized", (1, -1, 0)), (), [[1.0]]), NotImplementedError, "ExpNormalized"),
    (lambda: empirical.empirical_kernel(DENSE, GOOD, [[1.0, 2.0]], [[1.0]]), ValueError, "images of one shape"),
    (lambda: empirical.empirical_kernel(DENSE, GOOD, [[1.0, 2.0]], None, "cov"), ValueError, "one of nngp, ntk; got"),
    (lambda: empirical.empirical_kernel(DENSE, GOOD, [[1.0, 2.0]], None, 3), TypeError, "get must be None.*got 3"),
    (lambda: empirical.empirical_kernel(DENSE, GOOD, [[1.0, 2.0]], None, ("ntk", "ntk")), ValueError, "once"),
    (lambda: empirical.empirical_kernel(nets.FanOut(2), (), [[1.0, 2.0]]), ValueError, "must end in one output"),
)


@pytest.mark.parametrize("i", range(len(BAD)))
def test_bad_arguments_are_met_at_the_door(i: int) -> None:
    call, kind, words = BAD[i]
    with pytest.raises(kind, match=words):
        call()


def test_no_images_give_empty_matrices() -> None:
    found = empirical.empirical_kernel(DENSE, GOOD, np.zeros((0, 2)), np.ones((3, 2)))
    assert found.nngp.shape == found.ntk.shape == (0, 3)
