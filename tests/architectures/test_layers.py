"""Networks as values: what is the same, what is printed, which shapes come out, what is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from kernelspec import architectures as nets
from kernelspec.architectures.activations import Activation, activation, gelu, of_degree, polynomial
from kernelspec.architectures.windows import Windows

BLOCK = nets.Serial(
    (nets.FanOut(2), nets.Parallel((nets.Identity(), nets.Dense(4))), nets.FanInSum(), activation("relu"))
)


def test_networks_are_values() -> None:
    again = nets.Serial((nets.FanOut(2), nets.Parallel((nets.Identity(), nets.Dense(4))), nets.FanInSum(), _abs(0)))
    assert again == BLOCK and hash(again) == hash(BLOCK)
    assert BLOCK != nets.Serial((BLOCK,))
    assert nets.Conv(3, (2, 2)) != nets.ConvLocal(3, (2, 2))
    assert nets.Conv(3, [2, 2], np.array([1, 1])) == nets.Conv(3, (2, 2))  # type: ignore[arg-type]
    assert of_degree("monomial", 2) == polynomial([0, 0, 1])
    assert {activation("relu"): 1}[Activation("abrelu", (0, 1))] == 1


def _abs(a: float) -> nets.Layer:
    return Activation("abrelu", (a, 1))


PRINTED = (
    (BLOCK, "Serial((FanOut(2), Parallel((Identity(), Dense(4))), FanInSum(), Activation('abrelu', (0.0, 1.0))))"),
    (
        nets.Dense(3, 1.5, 0.0, "standard", (1, 2)),
        "Dense(3, W_std=1.5, b_std=0.0, parameterization='standard', s=(1, 2))",
    ),
    (nets.Conv(3, (2, 1), (2, 2), "SAME"), "Conv(3, (2, 1), strides=(2, 2), padding='SAME')"),
    (nets.LayerNorm(), "LayerNorm()"),
    (nets.Frozen(nets.AvgPool((2,), normalize_edges=True)), "Frozen(AvgPool((2,), normalize_edges=True))"),
    (polynomial([1, 2]), "Activation('polynomial', (1.0, 2.0))"),
    (activation("hardtanh"), "activation('-1 if x < -1; x if x < 1; 1')"),
    (activation("erf"), "Activation('erf', (1.0, 1.0, 0.0))"),
    (activation("gabor"), "Activation('gabor')"),
    (Activation("callable", (), abs, np.sign), "Activation('callable', (), abs, sign)"),
)


@pytest.mark.parametrize("i", range(len(PRINTED)))
def test_what_is_printed(i: int) -> None:
    assert repr(PRINTED[i][0]) == PRINTED[i][1]
    names = {name: getattr(nets, name) for name in nets.__all__}
    assert eval(PRINTED[i][1], names | {"abs": abs, "sign": np.sign}) == PRINTED[i][0]


SHAPES: Sequence[tuple[nets.Layer, Any, Any]] = (
    (nets.Dense(3), (-1, 5, 4), (-1, 5, 3)),
    (nets.Dense(3, parameterization="standard", s=(2, 4)), (7, 5), (7, 12)),
    (nets.Conv(3, (2, 3), (2, 1)), (1, 5, 6, 2), (1, 2, 4, 3)),
    (nets.Conv(3, (2, 3), (2, 1), "SAME"), (1, 5, 6, 2), (1, 3, 6, 3)),
    (nets.ConvLocal(3, (7,), (4,), "CIRCULAR"), (1, 5, 2), (1, 2, 3)),
    (nets.Conv(3, (1, 2, 3)), (1, 4, 4, 4, 2), (1, 4, 3, 2, 3)),
    (nets.SumPool((2, 2)), (1, 4, 5, 3), (1, 3, 4, 3)),
    (nets.AvgPool((2, 2), (2, 2)), (1, 4, 5, 3), (1, 2, 2, 3)),
    (nets.GlobalAvgPool(), (1, 4, 5, 3), (1, 3)),
    (nets.GlobalSumPool(), (1, 3), (1, 3)),
    (nets.Flatten(), (1, 4, 5, 3), (1, 60)),
    (nets.LayerNorm((1, -1)), (1, 4, 3), (1, 4, 3)),
    (nets.FanOut(3), (1, 4), [(1, 4)] * 3),
    (nets.Parallel((nets.Dense(2), nets.Identity())), [(1, 4), (1, 5)], [(1, 2), (1, 5)]),
    (nets.FanInConcat(), [(1, 4, 2), (1, 4, 3)], (1, 4, 5)),
    (nets.FanInConcat(1), [(1, 4, 2), (1, 3, 2)], (1, 7, 2)),
    (nets.FanInProd(), [(1, 4), (1, 4)], (1, 4)),
    (BLOCK, (0, 4), (0, 4)),
    (nets.Frozen(nets.Dense(2)), (1, 4), (1, 2)),
)


@pytest.mark.parametrize("i", range(len(SHAPES)))
def test_shapes(i: int) -> None:
    layer, before, after = SHAPES[i]
    assert layer.output_shape(before) == after


def test_windows_of_one_axis() -> None:
    """Positions that are read, -1 a zero, as counted on paper: of an odd number outside, the end has one more."""
    assert Windows((3,), (2,), "SAME").reads((6,))[0].tolist() == [[0, 1, 2], [2, 3, 4], [4, 5, -1]]
    assert Windows((4,), (3,), "SAME").reads((7,))[0].tolist() == [[-1, 0, 1, 2], [2, 3, 4, 5], [5, 6, -1, -1]]
    assert Windows((4,), (3,), "CIRCULAR").reads((7,))[0].tolist() == [[6, 0, 1, 2], [2, 3, 4, 5], [5, 6, 0, 1]]
    assert Windows((3,), (4,), "VALID").reads((8,))[0].tolist() == [[0, 1, 2], [4, 5, 6]]
    assert Windows((5,), (1,), "CIRCULAR").counts((2,))[0].tolist() == [[3, 2], [2, 3]]
    assert Windows((5,), (1,), "SAME").counts((2,))[0].tolist() == [[1, 1], [1, 1]]


def test_activations_by_name() -> None:
    assert activation("gelu") == gelu() and activation("leaky_relu") == Activation("abrelu", (0.01, 1))
    assert activation("-1 if x < -1; x if x < 1; 1") == activation("hardtanh")
    assert activation("x").values(np.ones(1)) == 1
    assert activation(np.tanh) == activation("tanh")
    kept = activation("tanh")
    assert activation(kept) is kept


BAD: Sequence[tuple[Callable[[], Any], type[Exception], str]] = (
    (lambda: nets.Dense(0), ValueError, "out_dim must be an integer from 1 to .*, got 0"),
    (lambda: nets.Dense(2.0), TypeError, "out_dim must be an integer >= 1, got 2.0"),  # type: ignore[arg-type]
    (lambda: nets.Dense(2, 1e151), ValueError, r"W_std must be from -1e\+150 to 1e\+150, got 1e\+151"),
    (lambda: nets.Conv(2, (1,), b_std=float("nan")), ValueError, r"b_std must be from -1e\+150 to 1e\+150, got nan"),
    (
        lambda: nets.Dense(2, parameterization="mup"),
        ValueError,
        "parameterization must be one of ntk, standard; got 'mup'",
    ),
    (lambda: nets.Dense(2, s=(1, 2)), ValueError, r"s must be \(1, 1\) but for .*'standard', got \(1, 2\)"),
    (lambda: nets.Dense(2, s=(1, 1, 1)), ValueError, "s must have 2 entries"),  # type: ignore[arg-type]
    (lambda: nets.Conv(2, 3), TypeError, "filter_shape must be a sequence of integers >= 1, got 3"),  # type: ignore[arg-type]
    (lambda: nets.Conv(2, ()), ValueError, r"filter_shape must have an entry for every axis of the grid, got \(\)"),
    (lambda: nets.Conv(2, (3, 0)), ValueError, "filter_shape must be an integer from 1 .* got 0"),
    (lambda: nets.Conv(2, (3, 3), (2,)), ValueError, r"strides must have 2 entries, .* got \(2,\)"),
    (
        lambda: nets.Conv(2, (3, 3), padding="same"),
        ValueError,
        "padding must be one of VALID, SAME, CIRCULAR; got 'same'",
    ),
    (lambda: nets.AvgPool((2,), normalize_edges=1), TypeError, "normalize_edges must be True or False, got 1"),  # type: ignore[arg-type]
    (lambda: nets.LayerNorm(eps=0), ValueError, "eps must be > 0, got 0"),
    (lambda: nets.LayerNorm(()), ValueError, "axis must name at least one axis"),
    (lambda: nets.LayerNorm((0,)).output_shape((1, 2)), ValueError, r"axis must be an axis of .*\(1, 2\), got 0"),
    (lambda: nets.LayerNorm((2,)).output_shape((1, 2)), ValueError, "axis must be an axis of"),
    (lambda: nets.LayerNorm((-1, 1)).output_shape((1, 2)), ValueError, "axis must name every axis once"),
    (lambda: nets.Serial(()), ValueError, "layers must hold at least one layer"),
    (lambda: nets.Serial((nets.Dense(2), "Relu")), TypeError, "layers must be layers, got 'Relu'"),  # type: ignore[arg-type]
    (lambda: nets.Frozen(3), TypeError, "layers must be layers, got 3"),  # type: ignore[arg-type]
    (lambda: nets.FanOut(0), ValueError, "num must be an integer from 1"),
    (lambda: nets.FanInConcat(0).output_shape([(1, 2)]), ValueError, "axis must be an axis of the grid"),
    (lambda: nets.FanInConcat(1).output_shape([(1, 2, 3), (1, 2, 4)]), ValueError, "differ along axis 1 alone, got"),
    (lambda: nets.FanInSum().output_shape([(1, 2), (1, 3)]), ValueError, r"one shape, got \(1, 2\), \(1, 3\)"),
    (lambda: nets.FanInSum().output_shape((1, 2)), ValueError, "needs branches, .* got one input"),
    (lambda: nets.Parallel((nets.Dense(2),)).output_shape((1, 2)), ValueError, r"FanOut\(n\) before Parallel makes n"),
    (lambda: nets.Parallel((nets.Dense(2),)).output_shape([(1, 2)] * 2), ValueError, "has 1 branches and got 2 inputs"),
    (lambda: nets.Dense(2).output_shape([(1, 2)] * 2), ValueError, "takes one input and got 2: branches must end"),
    (lambda: nets.Conv(2, (3, 3)).output_shape((1, 2, 4, 1)), ValueError, r"\(3, 3\) must fit .* shape \(2, 4\)"),
    (lambda: nets.Conv(2, (3,)).output_shape((1, 4, 4, 1)), ValueError, "1 axes, channels.*; got a grid of 2 axes"),
    (lambda: nets.SumPool((3,)).output_shape((1, 2)), ValueError, "got a grid of 0 axes"),
    (lambda: activation("swish"), ValueError, "activation must be one of relu, .* got 'swish'"),
    (lambda: activation(3), TypeError, "activation must be a name, a text of pieces or a callable, got 3"),
    (lambda: Activation("erf", (1, 2)), ValueError, r"the parameters of erf are \(a, b, c\), got \(1, 2\)"),
    (lambda: Activation("sin", (1, 1e76, 0)), ValueError, r"b must be from -1e\+75 to 1e\+75, got 1e\+76"),
    (lambda: Activation("exp_normalized", (-1, -1, 0)), ValueError, r"gamma must be from 0 to 1e\+75, got -1"),
    (
        lambda: Activation("exp_normalized", (1, 800, 0)),
        ValueError,
        r"gamma \(1 \+ shift\) must be at most 700, .* gamma=1.0 and shift=800.0",
    ),
    (lambda: Activation("sine"), ValueError, "family must be one of abrelu, "),
    (lambda: Activation("callable"), TypeError, "function must be a callable where family='callable'; got None"),
    (lambda: Activation("tanh", function=np.tanh), TypeError, "function must be a callable where"),
    (lambda: Activation("tanh", derivative=np.tanh), TypeError, "derivative must be a callable beside function"),
    (lambda: Activation("pieces"), TypeError, "pieces must be an activation of pieces"),
    (lambda: Activation("gabor", (1,)), ValueError, r"the parameters of gabor are \(\), got \(1,\)"),
    (lambda: polynomial([]), ValueError, "coef must be a sequence of 1 to 101 real numbers"),
    (lambda: polynomial(["x"]), TypeError, "coef must be a real number"),
    (lambda: of_degree("hermite", -1), ValueError, "degree must be an integer from 0 to 100, got -1"),
)


@pytest.mark.parametrize("i", range(len(BAD)))
def test_bad_arguments_are_met_at_the_door(i: int) -> None:
    call, kind, words = BAD[i]
    with pytest.raises(kind, match=words):
        call()
