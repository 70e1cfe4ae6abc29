"""Piecewise smooth activations with names: PyTorch's, with its constants."""

from __future__ import annotations

from fractions import Fraction

from .activations import Activation, Terms, canonical, read, scaled

_SELU_ALPHA = Fraction("1.6732632423543772848170429916717")
_SELU_SCALE = Fraction("1.0507009873554804934193349852946")


def elu(alpha: Fraction = Fraction(1)) -> Activation:
    """x for x > 0, alpha (e^x - 1) below."""
    zero = Fraction(0)
    left: Terms = {(0, Fraction(1)): alpha, (0, zero): -alpha}
    return canonical((zero,), [left, {(1, zero): Fraction(1)}])


def selu() -> Activation:
    """scale times elu(alpha), with PyTorch's constants to their last digit."""
    found = elu(_SELU_ALPHA)
    return canonical(found.breaks, [scaled(piece, _SELU_SCALE) for piece in found.terms])


NAMED: dict[str, Activation] = {
    "elu": elu(),
    "selu": selu(),
    "relu6": read("0 if x < 0; x if x < 6; 6"),
    "hardtanh": read("-1 if x < -1; x if x < 1; 1"),
    "hardswish": read("0 if x < -3; x*(x + 3)/6 if x < 3; x"),
}


def name_of(activation: Activation) -> str | None:
    """PyTorch's name, where it is one of these."""
    return next((name for name, known in NAMED.items() if known == activation), None)
