"""The names of `neural_tangents.stax`: what they mean, what they take, and that one import is all that changes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from kernelspec import architectures as nets
from kernelspec import stax
from kernelspec.architectures import empirical, finite, limit, sampling
from kernelspec.stax.functions import network_of

RNG = np.random.default_rng(8)

# Of neural_tangents 0.6.5, by inspect.signature: names, order and defaults of what both have.
SIGNATURES = {
    "ABRelu": "(a, b, do_stabilize=False)",
    "Abs": "(do_stabilize=False)",
    "AvgPool": "(window_shape, strides=None, padding='VALID', normalize_edges=False, batch_axis=0, channel_axis=-1)",
    "Conv": (
        "(out_chan, filter_shape, strides=None, padding='VALID', W_std=1.0, b_std=None, dimension_numbers=None, "
        "parameterization='ntk', s=(1, 1))"
    ),
    "ConvLocal": (
        "(out_chan, filter_shape, strides=None, padding='VALID', W_std=1.0, b_std=None, dimension_numbers=None, "
        "parameterization='ntk', s=(1, 1))"
    ),
    "Cos": "(a=1.0, b=1.0, c=0.0)",
    "Dense": "(out_dim, W_std=1.0, b_std=None, batch_axis=0, channel_axis=-1, parameterization='ntk', s=(1, 1))",
    "Elementwise": "(fn, nngp_fn=None, d_nngp_fn=None)",  # there, fn may be left out
    "ElementwiseNumerical": "(fn, deg=25, df=None)",  # there, deg has no default
    "Erf": "(a=1.0, b=1.0, c=0.0)",
    "Exp": "(a=1, b=1)",
    "ExpNormalized": "(gamma=1, shift=-1, do_clip=False)",
    "FanInConcat": "(axis=-1)",
    "FanInProd": "()",
    "FanInSum": "()",
    "FanOut": "(num)",
    "Flatten": "(batch_axis=0, batch_axis_out=0)",
    "Frozen": "(layer)",  # not there
    "Gabor": "()",
    "Gaussian": "(a=1, b=-1)",
    "Gelu": "(approximate=False)",
    "GlobalAvgPool": "(batch_axis=0, channel_axis=-1)",
    "GlobalSumPool": "(batch_axis=0, channel_axis=-1)",
    "Hermite": "(degree)",
    "Identity": "()",
    "LayerNorm": "(axis=-1, eps=1e-12, batch_axis=0, channel_axis=-1)",
    "LeakyRelu": "(alpha, do_stabilize=False)",
    "Monomial": "(degree)",
    "Polynomial": "(coef)",
    "Rbf": "(gamma=1.0)",
    "RectifiedMonomial": "(degree)",
    "Relu": "(do_stabilize=False)",
    "Sigmoid_like": "()",
    "Sign": "()",
    "Sin": "(a=1.0, b=1.0, c=0.0)",
    "SumPool": "(window_shape, strides=None, padding='VALID', batch_axis=0, channel_axis=-1)",
    "parallel": "(*layers)",
    "repeat": "(layer, n)",
    "serial": "(*layers)",
}


@pytest.mark.parametrize("name", stax.ABSENT)
def test_layers_that_are_not_here_say_so(name: str) -> None:
    with pytest.raises(AttributeError, match=f"kernelspec.stax does not have {name} of neural_tangents.stax; it has"):
        getattr(stax, name)


def test_every_name_has_a_signature_here() -> None:
    kernels = {"empirical_kernel_fn", "empirical_nngp_fn", "empirical_ntk_fn", "monte_carlo_kernel_fn"}
    named = {"Plan", "cntk", "lap", "myrtle", "plan", "wide_resnet"}  # not there
    assert set(stax.__all__) - kernels - named == set(SIGNATURES)


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures(name: str) -> None:
    parameters = inspect.signature(getattr(stax, name)).parameters.values()
    bare = [each.replace(annotation=inspect.Parameter.empty) for each in parameters]
    assert str(inspect.Signature(bare)) == SIGNATURES[name]


MEANINGS: Sequence[tuple[Any, nets.Layer]] = (
    (stax.Dense(3, 1.5, 0.1, parameterization="standard", s=(1, 2)), nets.Dense(3, 1.5, 0.1, "standard", (1, 2))),
    (
        stax.Conv(3, [2, 3], [1, 2], "SAME", 1.5, 0.1, ("NHWC", "HWIO", "NHWC"), "standard", (2, 1)),
        nets.Conv(3, (2, 3), (1, 2), "SAME", 1.5, 0.1, "standard", (2, 1)),
    ),
    (stax.ConvLocal(3, (2,), padding="CIRCULAR"), nets.ConvLocal(3, (2,), None, "CIRCULAR")),
    (stax.AvgPool((2, 2), None, "SAME", True), nets.AvgPool((2, 2), None, "SAME", True)),
    (stax.SumPool((2,), (2,)), nets.SumPool((2,), (2,))),
    (stax.GlobalAvgPool(), nets.GlobalAvgPool()),
    (stax.GlobalSumPool(), nets.GlobalSumPool()),
    (stax.Flatten(), nets.Flatten()),
    (stax.LayerNorm((1, 2), 0.1), nets.LayerNorm((1, 2), 0.1)),
    (stax.Identity(), nets.Identity()),
    (stax.FanOut(2), nets.FanOut(2)),
    (stax.Frozen(stax.Dense(2)), nets.Frozen(nets.Dense(2))),
    (stax.FanInSum(), nets.FanInSum()),
    (stax.FanInProd(), nets.FanInProd()),
    (stax.FanInConcat(1), nets.FanInConcat(1)),
    (stax.serial(stax.Dense(2), stax.Relu()), nets.Serial((nets.Dense(2), nets.activation("relu")))),
    (stax.parallel(stax.Dense(2), stax.Identity()), nets.Parallel((nets.Dense(2), nets.Identity()))),
    (stax.repeat(stax.Dense(2), 3), nets.Serial((nets.Dense(2),) * 3)),
)


@pytest.mark.parametrize("i", range(len(MEANINGS)))
def test_layers(i: int) -> None:
    found, wanted = MEANINGS[i]
    assert network_of("found", found) == wanted and {network_of("found", each) for each in found} == {wanted}


def test_a_network_is_printed_once() -> None:
    assert (
        repr(stax.serial(stax.Dense(2, b_std=0.1), stax.Gabor()))
        == "Serial((Dense(2, b_std=0.1), Activation('gabor')))"
    )


@pytest.mark.parametrize(
    "layer",
    [lambda p: stax.Dense(3, 1.5, 0.1, parameterization=p)]
    + [lambda p, kind=kind: kind(3, (2,), parameterization=p) for kind in (stax.Conv, stax.ConvLocal)],
)
def test_parametrisations_are_read_in_any_case(layer: Callable[[str], Any]) -> None:
    assert layer("STANDARD") == layer("standard") != layer("NTK") == layer("ntk")


# Values at -1.5, 0 and 2, from the formulas of neural_tangents' documentation.
ACTIVATIONS: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "Relu": (stax.Relu(), lambda x: np.maximum(x, 0)),
    "LeakyRelu": (stax.LeakyRelu(0.3), lambda x: 0.3 * np.minimum(x, 0) + np.maximum(x, 0)),
    "ABRelu": (stax.ABRelu(0.5, 2), lambda x: 0.5 * np.minimum(x, 0) + 2 * np.maximum(x, 0)),
    "Abs": (stax.Abs(True), np.abs),
    "Erf": (stax.Erf(2, 0.5, 0.3), lambda x: 2 * _erf(0.5 * x) + 0.3),
    "Sigmoid_like": (stax.Sigmoid_like(), lambda x: 0.5 * _erf(x / 2.4020563531719796) + 0.5),
    "Gelu": (stax.Gelu(), lambda x: x * (1 + _erf(x / 2**0.5)) / 2),
    "Sin": (stax.Sin(2, 0.5, 0.3), lambda x: 2 * np.sin(0.5 * x + 0.3)),
    "Cos": (stax.Cos(2, 0.5, 0.3), lambda x: 2 * np.cos(0.5 * x + 0.3)),
    "Rbf": (stax.Rbf(0.7), lambda x: 2**0.5 * np.sin(1.4**0.5 * x + np.pi / 4)),
    "Exp": (stax.Exp(2, 0.5), lambda x: 2 * np.exp(0.5 * x)),
    "Gaussian": (stax.Gaussian(2, -0.5), lambda x: 2 * np.exp(-0.5 * x**2)),
    "Sign": (stax.Sign(), np.sign),
    "Gabor": (stax.Gabor(), lambda x: np.exp(-(x**2)) * np.sin(x)),
    "Monomial": (stax.Monomial(3), lambda x: x**3),
    "RectifiedMonomial": (stax.RectifiedMonomial(0), lambda x: (x >= 0) * 1.0),
    "Polynomial": (stax.Polynomial([1, 2, 3]), lambda x: 1 + 2 * x + 3 * x**2),
    "Hermite": (stax.Hermite(3), lambda x: (x**3 - 3 * x) / 6**0.5),
    "ElementwiseNumerical": (stax.ElementwiseNumerical(np.tanh, 25), np.tanh),
    "Elementwise": (stax.Elementwise("tanh"), np.tanh),
    "pieces": (stax.Elementwise("0 if x < 0; x**2"), lambda x: np.where(x > 0, x**2, 0)),
}


def _erf(x: Any) -> Any:
    from scipy.special import erf

    return erf(x)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name: str) -> None:
    layer, formula = ACTIVATIONS[name]
    x = np.array([[-1.5, 0.0, 2.0]])
    assert layer.init_fn(0, (-1, 3)) == ((-1, 3), ())
    np.testing.assert_allclose(layer.apply_fn((), x), formula(x), rtol=1e-14)


def test_the_migrated_program() -> None:
    """As in the documentation of neural_tangents, but for the key: init, apply, empirical and Monte Carlo kernels."""
    init_fn, apply_fn, kernel_fn = stax.serial(
        stax.Conv(8, (3, 3), padding="SAME", b_std=0.1), stax.Relu(), stax.GlobalAvgPool(), stax.Dense(2)
    )
    x1, x2 = RNG.standard_normal((2, 5, 5, 3)), RNG.standard_normal((3, 5, 5, 3))
    shape, params = init_fn(np.array([0, 7], dtype=np.uint32), (-1, 5, 5, 3))
    assert shape == (-1, 2) and apply_fn(params, x1, rng=None).shape == (2, 2)
    network = kernel_fn.network
    np.testing.assert_array_equal(kernel_fn(x1, x2, "nngp"), limit.kernel(network, x1, x2).nngp)
    np.testing.assert_array_equal(kernel_fn(x1, get="ntk"), limit.kernel(network, x1).ntk)
    np.testing.assert_array_equal(apply_fn(params, x1), finite.apply(network, params, x1))
    both = empirical.empirical_kernel(network, params, x1, x2)
    found = stax.empirical_kernel_fn(apply_fn)(x1, x2, ("ntk", "nngp"), params)
    assert found._fields == ("ntk", "nngp")
    np.testing.assert_array_equal(found.ntk, both.ntk)
    for more in ({}, {"vmap_axes": 0, "implementation": 2}):
        np.testing.assert_array_equal(stax.empirical_ntk_fn(apply_fn, **more)(x1, x2, params), both.ntk)
        np.testing.assert_array_equal(stax.empirical_kernel_fn(apply_fn, **more)(x1, x2, "ntk", params), both.ntk)
    np.testing.assert_array_equal(stax.empirical_nngp_fn(apply_fn, -1)(x1, x2, params), both.nngp)
    wanted = sampling.monte_carlo_kernel(network, x1, x2, samples=3, rng=4)
    function = stax.monte_carlo_kernel_fn(init_fn, apply_fn, 4, 3, vmap_axes=0, implementation=2)
    np.testing.assert_array_equal(function(x1, x2, "ntk"), wanted.mean.ntk)
    np.testing.assert_array_equal(function.estimate(x1, x2).error.nngp, wanted.error.nngp)
    several = list(stax.monte_carlo_kernel_fn(init_fn, apply_fn, 4, [1, 3])(x1, x2))
    assert len(several) == 2
    np.testing.assert_array_equal(several[1].nngp, wanted.mean.nngp)
    first, second = stax.monte_carlo_kernel_fn(init_fn, apply_fn, 4, (1, 3)).estimate(x1, x2, "nngp")
    assert (first.samples, second.samples) == (1, 3)


TRIPLE = stax.Dense(3)
OTHER = stax.Dense(4)
BAD: Sequence[tuple[Callable[[], Any], type[Exception], str]] = (
    (lambda: stax.serial(), ValueError, "layers must hold at least one layer"),
    (lambda: stax.serial(stax.Dense), TypeError, "layers must come from kernelspec.stax, got <function Dense"),
    (lambda: stax.serial((1, 2, 3)), TypeError, r"layers must come from kernelspec.stax, got \(1, 2, 3\)"),
    (lambda: stax.Dense(3, batch_axis=1), ValueError, "batch_axis must be 0, as images come first, got 1"),
    (lambda: stax.Dense(3, channel_axis=1), ValueError, "channel_axis must be -1, as channels come last, got 1"),
    (lambda: stax.Flatten(batch_axis_out=1), ValueError, "batch_axis_out must be 0"),
    (lambda: stax.LayerNorm(batch_axis=1), ValueError, "batch_axis must be 0"),
    (lambda: stax.AvgPool((2,), channel_axis=1), ValueError, "channel_axis must be -1"),
    (lambda: stax.SumPool((2,), channel_axis=1), ValueError, "channel_axis must be -1"),
    (lambda: stax.GlobalAvgPool(1), ValueError, "batch_axis must be 0"),
    (lambda: stax.GlobalSumPool(1), ValueError, "batch_axis must be 0"),
    (lambda: stax.Conv(3, (2, 2), dimension_numbers=("NCHW", "HWIO", "NCHW")), ValueError, "channels last, as"),
    (
        lambda: stax.Conv(3, (2, 2), dimension_numbers=("NHWC", "WHIO", "NHWC")),
        ValueError,
        "dimension_numbers must have",
    ),
    (lambda: stax.Conv(3, (2, 2), dimension_numbers=("NCHW", "CHIO", "NCHW")), ValueError, "channels last, as"),
    (lambda: stax.ConvLocal(3, (2,), dimension_numbers=3), TypeError, "must be None or three words, got 3"),  # type: ignore[arg-type]
    (lambda: stax.repeat(TRIPLE, 0), ValueError, "n must be an integer from 1"),
    (lambda: stax.Relu(1), TypeError, "do_stabilize must be True or False, got 1"),  # type: ignore[arg-type]
    (lambda: stax.LeakyRelu("a"), TypeError, "alpha must be a real number, got 'a'"),  # type: ignore[arg-type]
    (lambda: stax.Rbf(-1), ValueError, r"gamma must be from 0 to 1e\+75, got -1"),
    (lambda: stax.Gelu(1), TypeError, "approximate must be True or False, got 1"),  # type: ignore[arg-type]
    (lambda: TRIPLE[0](0, [(-1, 4), (-1, 4)]), TypeError, r"the number of images in input_shape .* got \(-1, 4\)"),
    (lambda: stax.ExpNormalized(do_clip=2), TypeError, "do_clip must be True or False, got 2"),  # type: ignore[arg-type]
    (lambda: stax.Monomial(-1), ValueError, "degree must be an integer from 0 to 100, got -1"),
    (lambda: stax.Hermite(1.5), TypeError, "degree must be an integer"),  # type: ignore[arg-type]
    (lambda: stax.Polynomial([[1]]), ValueError, "coef must be a sequence of 1 to 101"),  # type: ignore[list-item]
    (lambda: stax.ElementwiseNumerical("tanh", 25), TypeError, "fn must be a callable, got 'tanh'"),  # type: ignore[arg-type]
    (lambda: stax.ElementwiseNumerical(np.tanh, 0), ValueError, "deg must be an integer from 1"),
    (lambda: stax.Elementwise(None), TypeError, "fn must be a name"),
    (lambda: stax.empirical_kernel_fn(np.tanh), TypeError, "f must come from kernelspec.stax"),
    (lambda: stax.empirical_kernel_fn(TRIPLE[1], trace_axes=0), ValueError, r"trace_axes must be \(-1,\).*got 0"),
    (lambda: stax.empirical_ntk_fn(TRIPLE[1], diagonal_axes=(0,)), ValueError, r"diagonal_axes must be \(\)"),
    (lambda: stax.monte_carlo_kernel_fn(TRIPLE[0], OTHER[1], 0, 3), ValueError, "must belong to one network"),
    (lambda: stax.monte_carlo_kernel_fn(TRIPLE[0], TRIPLE[1], 0, 0), ValueError, "n_samples must be an integer from 1"),
    (lambda: stax.monte_carlo_kernel_fn(TRIPLE[0], TRIPLE[1], 0, [2, 2]), ValueError, r"increasing ones, got \[2, 2\]"),
    (lambda: stax.ElementwiseNumerical(np.tanh, 25, 3), TypeError, "df must be a callable or None, got 3"),  # type: ignore[arg-type]
)


@pytest.mark.parametrize("i", range(len(BAD)))
def test_bad_arguments_are_met_at_the_door(i: int) -> None:
    call, kind, words = BAD[i]
    with pytest.raises(kind, match=words):
        call()
