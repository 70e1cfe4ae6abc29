"""`kernel_fn.zonal`: a network's kernel on a sphere as an expression, against kernel_fn and the peer's numbers."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import stax
from kernelspec.architectures import activation
from kernelspec.stax.functions import made, network_of
from oracle import neural_tangents as peer
from oracle.neural_tangents import dense, layer, serial, skip

FOLDER = Path(__file__).parent.parent / "architectures"
NUMBERS = json.loads((FOLDER / "neural_tangents.json").read_text(encoding="utf-8"))["sphere"]
# u and -u, and points next to u = 1 and -1 whose angles are theta to their last digit.
THETA = np.array([0.0, 1e-9, 1e-4, 0.3, 1.0, 1.5, 2.5, math.pi - 1e-4])


def circle(radius: float, d: int = 2) -> Any:
    """Points (1, 0, ...) and (cos, sin, ...) at these angles, of this root mean square of their entries."""
    x = np.zeros((len(THETA), d))
    x[:, 0], x[:, 1] = np.cos(THETA), np.sin(THETA)
    return radius * math.sqrt(d) * x


def check(net: Any, norm: float, d: int | None = None, rtol: float = 1e-13) -> None:
    x = circle(norm, d or 2)
    for get in ("nngp", "ntk"):
        k = net.kernel_fn.zonal(norm if d is None else norm * math.sqrt(d), get, d)
        wanted = net.kernel_fn(x[:1], x, get)[0]
        assert np.max(np.abs(k.of_angle(THETA) - wanted)) <= rtol * np.max(np.abs(wanted))


def needs_d(data: Any) -> bool:
    """Whether the first weights are of the parametrisation standard, alone or in a branch."""
    text = json.dumps(data)
    return "standard" in text


@pytest.mark.parametrize("name", NUMBERS)
def test_the_numbers_of_neural_tangents(name: str) -> None:
    """On inputs of one norm; its own are rounded next to 1e-13."""
    net, x = peer.network(stax, NUMBERS[name]["network"]), peer.sphere()
    d = x.shape[1] if needs_d(NUMBERS[name]["network"]) else None
    u = x[:1] @ x[1:].T / np.sum(x[0] ** 2)
    for get in ("nngp", "ntk"):
        wanted = np.array(NUMBERS[name][get])
        k = net.kernel_fn.zonal(1.2 * math.sqrt(d or 1), get, d)
        assert np.max(np.abs(k(u) - wanted)) <= 1e-12 * np.max(np.abs(wanted))


@pytest.mark.parametrize("name", NUMBERS)
def test_it_is_kernel_fn(name: str) -> None:
    data = NUMBERS[name]["network"]
    check(peer.network(stax, data), 0.8, 3 if needs_d(data) else None)


_ACTIVATIONS = [
    layer(name, *arguments)
    for name, arguments in (
        ("Relu", ()),
        ("LeakyRelu", (0.1,)),
        ("ABRelu", (-0.3, 1.2)),
        ("Abs", ()),
        ("Erf", ()),
        ("Erf", (1.5, 0.5, 0.25)),
        ("Gelu", ()),
        ("Sin", ()),
        ("Cos", (1.0, 2.0)),
        ("Rbf", (0.5,)),
        ("Gaussian", (1.0, -0.5)),
        ("Sigmoid_like", ()),
        ("Polynomial", ([0.5, 1.0, -0.25],)),
        ("Hermite", (2,)),
        ("Monomial", (2,)),
        ("RectifiedMonomial", (2,)),
        ("ExpNormalized", (0.5, -1.0)),
    )
]
_DENSE = st.builds(
    lambda w, b, p: dense(5, w, b, parameterization=p),
    st.sampled_from([0.5, 1.0, 2**0.5]),
    st.sampled_from([None, 0.0, 0.3]),
    st.sampled_from(["ntk", "standard"]),
)


@st.composite
def networks(draw: st.DrawFn, depth: int = 2) -> Any:
    found = [draw(_DENSE)]
    for _ in range(draw(st.integers(0, depth))):
        inside = [draw(st.sampled_from(_ACTIVATIONS)), draw(_DENSE)]
        kind = draw(st.sampled_from(["plain", "plain", "skip", "norm", "product", "concat"]))
        if kind == "skip":
            inside = skip(*inside)
        elif kind == "norm":
            inside = [layer("LayerNorm"), *inside]
        elif kind in ("product", "concat"):
            more = serial(draw(st.sampled_from(_ACTIVATIONS)), draw(_DENSE))
            end = layer("FanInProd") if kind == "product" else layer("FanInConcat")
            inside = [layer("FanOut", 2), layer("parallel", serial(*inside), more), end, draw(_DENSE)]
        found += inside
    return serial(*found)


@given(networks(), st.sampled_from([0.5, 1.0, 1.25]))
@settings(max_examples=40, deadline=None)
def test_random_networks(data: Any, norm: float) -> None:
    try:
        check(peer.network(stax, data), norm, 3, rtol=1e-13)
    except ValueError as error:  # a float near the root of 2 whose square is near 2: whether a term is 0 is not known
        assume("0 within the rounding of the inputs" not in str(error))
        raise


@pytest.mark.parametrize(
    "name", ["tanh", "sigmoid", "softplus", "silu", "mish", "elu", "selu", "relu6", "hardtanh", "0 if x < 1; x - 1"]
)
def test_activations_by_name_and_by_pieces(name: str) -> None:
    phi = made(activation(name))
    check(stax.serial(stax.Dense(4, 1.2, 0.3), phi, stax.Dense(4, 1.2, 0.3), phi, stax.Dense(1)), 1.1, rtol=2e-14)


@pytest.mark.parametrize("df", [None, lambda x: 1 - np.tanh(x) ** 2])
@pytest.mark.parametrize("get", ["nngp", "ntk"])
def test_a_callable(get: str, df: Any) -> None:
    function = stax.ElementwiseNumerical(lambda x: np.tanh(x), df=df)  # np.tanh itself is known by its name
    net = stax.serial(stax.Dense(4), function, stax.Dense(1, 1.0, 0.5))
    k, x = net.kernel_fn.zonal(1.1, get), circle(1.1)
    wanted = net.kernel_fn(x[:1], x, get)[0]
    assert np.max(np.abs(k.of_angle(THETA) - wanted)) <= k.truncation + 1e-14 < 1e-9


def test_frozen_layers_have_no_part() -> None:
    from kernelspec.architectures import Frozen

    first = made(Frozen(network_of("layer", stax.Dense(4, 1.5, 0.5))))
    net = stax.serial(
        first, stax.Erf(), stax.Dense(4, 1.5, 0.5), stax.Relu(), made(Frozen(network_of("l", stax.Dense(1))))
    )
    check(net, 1.0)
    frozen = stax.serial(first, stax.Erf())
    assert frozen.kernel_fn.zonal(get="ntk") == 0 * ks.linear()


def test_norm_is_a_length_where_d_is_given() -> None:
    net = stax.serial(stax.Dense(8, 1.5, 0.2), stax.Gelu(), stax.Dense(1))
    assert net.kernel_fn.zonal(2.0, d=4) == net.kernel_fn.zonal(1.0)
    x = np.array([[1.0, 0, 0], [0.6, 0.8, 0]])
    k = net.kernel_fn.zonal(d=3)
    assert abs(k(0.6) - net.kernel_fn(x, None, "ntk")[0, 1]) < 1e-14


def test_the_expression_has_its_readings() -> None:
    net = stax.serial(*[stax.Dense(8, 1.5, 0.2), stax.Relu()] * 2, stax.Dense(1))
    k = net.kernel_fn.zonal(get="nngp")
    assert ks.parse(repr(k)) == k and k.decay(3).exponent == 5
    assert ks.same_rkhs(k, net.kernel_fn.zonal(0.5, get="nngp"), d=4).same
    assert k.normalized()(1.0) == 1.0
    assert abs(k.spectrum(3).trace(400) / k(1.0) - 1) < 1e-5


@pytest.mark.parametrize(
    ("net", "given", "error", "reason"),
    [
        (stax.serial(stax.Conv(4, (3,)), stax.Relu(), stax.Flatten(), stax.Dense(1)), {}, ValueError, "grid"),
        (stax.serial(stax.Dense(4), stax.Relu()), {"norm": 0}, ValueError, "norm must be > 0"),
        (stax.serial(stax.Dense(4), stax.Relu()), {"norm": 1e300}, ValueError, "between 1e-100 and 1e100"),
        (stax.serial(stax.Dense(4), stax.Relu()), {"norm": "one"}, TypeError, "norm"),
        (stax.serial(stax.Dense(4), stax.Relu()), {"get": "both"}, ValueError, "get"),
        (stax.serial(stax.Dense(4), stax.Relu()), {"d": 1}, ValueError, "d must"),
        (stax.serial(stax.Dense(4, parameterization="standard")), {}, ValueError, "d must be given"),
        (stax.serial(stax.Relu(), stax.Dense(4)), {}, ValueError, "needs Gaussian inputs"),
        (stax.serial(stax.Dense(4), stax.FanOut(2)), {}, ValueError, "one output"),
        (
            stax.serial(
                stax.Dense(4), stax.FanOut(2), stax.parallel(stax.Identity(), stax.Identity()), stax.FanInSum()
            ),
            {},
            ValueError,
            "independent branches",
        ),
        (stax.serial(stax.Dense(4, 0.0), stax.Erf()), {}, ValueError, "variance 0"),
        (stax.serial(stax.Dense(4, 2.0), stax.Gaussian(1, 1)), {}, ValueError, "mean square"),
    ],
)
def test_refusals(net: Any, given: dict[str, Any], error: type[Exception], reason: str) -> None:
    with pytest.raises(error, match=reason):
        net.kernel_fn.zonal(**given)


def test_many_inputs_take_no_memory() -> None:
    net = stax.serial(stax.Dense(4, parameterization="standard"), stax.Relu(), stax.Dense(1))
    # The first weights add 10^15 times the covariance 10^-15, half of which passes the ReLU.
    assert abs(net.kernel_fn.zonal(1, d=10**15)(1.0) - 0.5) < 1e-14
