r"""Activations as layers: the family and the parameters of one, or a function of your own, or smooth pieces.

`FAMILIES` lists the families with the names of their parameters. Activations that are one function are one value:
Relu, LeakyRelu and Abs are members of `abrelu`, a min(x, 0) + b max(x, 0), and Monomial is a `polynomial`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..kernels.activations import Activation as Pieces
from ..kernels.activations import made
from ..kernels.callable_duals import name_of
from ..kernels.named_activations import NAMED
from ..kernels.scaled_duals import NAMES
from ..kernels.smooth_duals import NAMES as SMOOTH
from ..numbers.checks import choice, flag, integer, real, reals
from ..numbers.user_functions import called, differences, slope_checked
from . import scalar_functions
from .layers import Layer

FAMILIES: dict[str, tuple[str, ...]] = {
    "abrelu": ("a", "b"),  # a min(x, 0) + b max(x, 0)
    "erf": ("a", "b", "c"),  # a erf(b x) + c
    "gelu": ("approximate",),  # x Phi(x); with tanh for Phi where approximate is 1, in finite networks alone
    "sin": ("a", "b", "c"),  # a sin(b x + c)
    "cos": ("a", "b", "c"),  # a cos(b x + c)
    "rbf": ("gamma",),  # sqrt(2) sin(sqrt(2 gamma) x + pi/4), whose dual is exp(-gamma (q11 + q22 - 2 q12))
    "exp": ("a", "b"),  # a exp(b x)
    "gaussian": ("a", "b"),  # a exp(b x^2)
    "gabor": (),  # exp(-x^2) sin(x)
    "sign": (),
    "step": (),  # 1 from 0 on, 0 below
    "rectified_monomial": ("degree",),  # x^degree from 0 on, 0 below
    "polynomial": ("coefficients",),  # of 1, x, x^2, ...: as many parameters as it has
    "hermite": ("degree",),  # He_n(x)/sqrt(n!), of norm 1 under N(0, 1)
    "tanh": (),
    "sigmoid": (),
    "softplus": (),
    "silu": (),
    "mish": (),
    # A map of covariances, exp(gamma (cos + shift)) times both lengths: no function of one variable has it.
    "exp_normalized": ("gamma", "shift", "do_clip"),
    "callable": (),  # `function`
    "pieces": (),  # `pieces`
}
_MOST_POWERS = 100
_LARGEST = 1e75  # parameters: the square of a product of two is a float
_LARGEST_EXPONENT = 700
_SIGMOID_SCALE = 2.4020563531719796  # the width of an erf that is next to the sigmoid on [-5, 5]


@dataclass(frozen=True, repr=False)
class Activation(Layer):
    """A function of every entry.

    Parameters
    ----------
    family : one of `FAMILIES`.
    parameters : its parameters, in the order of `FAMILIES`; real numbers.
    function, derivative : of the family `callable`: from a float array to one of its shape. Without the derivative,
        it is taken by differences.
    pieces : of the family `pieces`: an activation of `kernelspec.kernels.activations`.
    """

    family: str
    parameters: tuple[float, ...] = ()
    function: Callable[[Any], Any] | None = None
    derivative: Callable[[Any], Any] | None = None
    pieces: Pieces | None = None

    def __post_init__(self) -> None:
        names = FAMILIES[choice("family", self.family, tuple(FAMILIES))]
        if self.family == "polynomial":
            names = names * len(self.parameters)
        if len(self.parameters) != len(names):
            raise ValueError(f"the parameters of {self.family} are ({', '.join(names)}), got {self.parameters!r}")
        largest = math.inf if self.family == "polynomial" else _LARGEST
        found = tuple(real(name, p, -largest, largest) for name, p in zip(names, self.parameters, strict=True))
        self._keep(parameters=found)
        if self.family == "exp_normalized":
            gamma, shift = real("gamma", found[0], 0, largest), found[1]
            if gamma * (1 + shift) > _LARGEST_EXPONENT:
                raise ValueError(
                    f"gamma (1 + shift) must be at most {_LARGEST_EXPONENT}, for its exponential to be a float; got "
                    f"gamma={gamma!r} and shift={shift!r}"
                )
        elif self.family == "rbf":
            real("gamma", found[0], 0, largest)
        if (self.family == "callable") is not callable(self.function):
            raise TypeError(f"function must be a callable where family='callable'; got {self.function!r}")
        if self.derivative is not None and (self.function is None or not callable(self.derivative)):
            raise TypeError(f"derivative must be a callable beside function, or None; got {self.derivative!r}")
        if (self.family == "pieces") is not isinstance(self.pieces, Pieces):
            raise TypeError(f"pieces must be an activation of pieces where family='pieces'; got {self.pieces!r}")

    def __repr__(self) -> str:
        if self.pieces is not None:
            return f"activation({self.pieces.text()!r})"
        words = [repr(self.family)]
        if self.parameters or self.function is not None:
            words.append(repr(self.parameters))
        words += [getattr(f, "__name__", repr(f)) for f in (self.function, self.derivative) if f is not None]
        return f"Activation({', '.join(words)})"

    def values(self, x: Any) -> Any:
        """The function at a float array."""
        if self.function is not None:
            return called(self.function, "function", x)
        if self.family == "pieces":
            return scalar_functions.piecewise(self.pieces, x)
        return self._known()[0](x, *self.parameters)

    def slopes(self, x: Any) -> Any:
        """Its derivative at a float array, without jumps; at a kink the mean, but of pieces that from the right."""
        if self.function is not None:
            if self.derivative is None:
                return differences(self.function, x).value
            return called(self.derivative, "derivative", x)
        if self.family == "pieces" and self.pieces is not None:
            return scalar_functions.piecewise(self.pieces.derivative(), x)
        return self._known()[1](x, *self.parameters)

    def _known(self) -> tuple[Callable[..., Any], Callable[..., Any]]:
        if self.family == "exp_normalized":
            raise NotImplementedError(
                "ExpNormalized is a map of covariances and no function of one variable: only infinitely wide networks "
                "have it"
            )
        return scalar_functions.FUNCTIONS[self.family]


def abrelu(a: float, b: float) -> Activation:
    """The function a min(x, 0) + b max(x, 0)."""
    return Activation("abrelu", (a, b))


def polynomial(coefficients: Any) -> Activation:
    """The polynomial with these coefficients of 1, x, x^2, ..., at most 101 of them."""
    found = reals("coef", coefficients)
    if found.ndim != 1 or not 1 <= found.size <= _MOST_POWERS + 1:
        raise ValueError(f"coef must be a sequence of 1 to {_MOST_POWERS + 1} real numbers, got {coefficients!r}")
    return Activation("polynomial", tuple(found))


def of_degree(family: str, degree: Any) -> Activation:
    """A member of hermite or rectified_monomial, or the monomial of this degree, an integer from 0 to 100."""
    n = integer("degree", degree, 0, _MOST_POWERS)
    return polynomial(np.eye(1, n + 1, n)[0]) if family == "monomial" else Activation(family, (n,))


def sigmoid_like() -> Activation:
    """The function erf(x/2.4020563531719796)/2 + 1/2."""
    return Activation("erf", (0.5, 1 / _SIGMOID_SCALE, 0.5))


def gelu(approximate: Any = False) -> Activation:
    """The function x Phi(x); with tanh for Phi in finite networks where approximate is True."""
    return Activation("gelu", (float(flag("approximate", approximate)),))


def from_callable(function: Callable[[Any], Any], derivative: Callable[[Any], Any] | None = None) -> Activation:
    """A function of your own, from a float array to one of its shape, and its derivative.

    NumPy's sin, cos, tanh, exp and abs, and SciPy's erf and expit, are the families of these names.
    """
    name = name_of(function) if derivative is None else None
    if name is not None:
        return Activation(*_NAMED[name])
    if derivative is not None and callable(derivative) and callable(function):
        slope_checked(function, derivative)
    return Activation("callable", (), function, derivative)


_NAMED: dict[str, tuple[str, tuple[float, ...]]] = {
    **{name: (family, tuple(map(float, parameters))) for name, (family, parameters) in NAMES.items()},
    "gelu": ("gelu", (0.0,)),
    **{name: (name, ()) for name in SMOOTH},
}


def activation(given: Any, name: str = "activation") -> Activation:
    """The activation that a name of `ks.dual`, a text of pieces, a callable or an activation of pieces says.

    Errors call it by this name.

    >>> activation("gelu")
    Activation('gelu', (0.0,))
    >>> activation("0 if x < 1; x - 1")
    activation('0 if x < 1; x - 1')
    """
    if isinstance(given, Activation):
        return given
    if isinstance(given, Pieces):
        return Activation("pieces", pieces=given)
    if isinstance(given, str):
        if given in _NAMED:
            return Activation(*_NAMED[given])
        if given.isidentifier() and given not in NAMED and given != "x":
            raise ValueError(
                f"{name} must be one of {', '.join([*_NAMED, *NAMED])}, or a text of pieces; got {given!r}"
            )
        return Activation("pieces", pieces=NAMED.get(given) or made(given))
    if callable(given):
        return from_callable(given)
    raise TypeError(f"{name} must be a name, a text of pieces or a callable, got {given!r}")
