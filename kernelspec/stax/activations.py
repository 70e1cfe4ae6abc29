"""Activations under the names of `neural_tangents.stax`, with its parameters and defaults."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..architectures import activations as known
from ..architectures.activations import Activation
from ..numbers.checks import flag, integer, real
from .functions import Network, made


def _abrelu(a: Any, b: Any, do_stabilize: Any) -> Network:
    flag("do_stabilize", do_stabilize)  # nothing overflows here that it would keep from it
    return made(Activation("abrelu", (a, b)))


def Relu(do_stabilize: bool = False) -> Network:
    """max(x, 0). `do_stabilize` changes nothing."""
    return _abrelu(0, 1, do_stabilize)


def LeakyRelu(alpha: float, do_stabilize: bool = False) -> Network:
    """alpha min(x, 0) + max(x, 0). `do_stabilize` changes nothing."""
    return _abrelu(real("alpha", alpha), 1, do_stabilize)


def ABRelu(a: float, b: float, do_stabilize: bool = False) -> Network:
    """a min(x, 0) + b max(x, 0). `do_stabilize` changes nothing."""
    return _abrelu(a, b, do_stabilize)


def Abs(do_stabilize: bool = False) -> Network:
    """|x|. `do_stabilize` changes nothing."""
    return _abrelu(-1, 1, do_stabilize)


def Erf(a: float = 1.0, b: float = 1.0, c: float = 0.0) -> Network:
    """a erf(b x) + c."""
    return made(Activation("erf", (a, b, c)))


def Sigmoid_like() -> Network:
    """erf(x/2.4020563531719796)/2 + 1/2, which is next to the sigmoid on [-5, 5]."""
    return made(known.sigmoid_like())


def Gelu(approximate: bool = False) -> Network:
    """x Phi(x); in finite networks with tanh for Phi where `approximate`."""
    return made(known.gelu(approximate))


def Sin(a: float = 1.0, b: float = 1.0, c: float = 0.0) -> Network:
    """a sin(b x + c)."""
    return made(Activation("sin", (a, b, c)))


def Cos(a: float = 1.0, b: float = 1.0, c: float = 0.0) -> Network:
    """a cos(b x + c)."""
    return made(Activation("cos", (a, b, c)))


def Rbf(gamma: float = 1.0) -> Network:
    """sqrt(2) sin(sqrt(2 gamma) x + pi/4), whose kernel is exp(-gamma |difference|^2); gamma >= 0."""
    return made(Activation("rbf", (gamma,)))


def Exp(a: float = 1, b: float = 1) -> Network:
    """a exp(b x)."""
    return made(Activation("exp", (a, b)))


def Gaussian(a: float = 1, b: float = -1) -> Network:
    """a exp(b x^2)."""
    return made(Activation("gaussian", (a, b)))


def ExpNormalized(gamma: float = 1, shift: float = -1, do_clip: bool = False) -> Network:
    """A map of covariances, |x||y| exp(gamma (cos + shift)), of infinitely wide networks alone; `do_clip` clips cos.

    gamma >= 0, as it is no covariance otherwise, and gamma (1 + shift) <= 700.
    """
    return made(Activation("exp_normalized", (gamma, shift, float(flag("do_clip", do_clip)))))


def Sign() -> Network:
    """The sign of x, 0 at 0."""
    return made(Activation("sign"))


def Gabor() -> Network:
    """exp(-x^2) sin(x)."""
    return made(Activation("gabor"))


def Monomial(degree: int) -> Network:
    """x^degree; degrees from 0 to 100."""
    return made(known.of_degree("monomial", degree))


def RectifiedMonomial(degree: int) -> Network:
    """x^degree from 0 on, 0 below; degrees from 0 to 100."""
    return made(known.of_degree("rectified_monomial", degree))


def Polynomial(coef: Sequence[float]) -> Network:
    """coef[0] + coef[1] x + coef[2] x^2 + ..., of degree at most 100."""
    return made(known.polynomial(coef))


def Hermite(degree: int) -> Network:
    """The Hermite polynomial of this degree, of norm 1 under N(0, 1); degrees from 0 to 100."""
    return made(known.of_degree("hermite", degree))


def ElementwiseNumerical(fn: Callable[[Any], Any], deg: int = 25, df: Callable[[Any], Any] | None = None) -> Network:
    """A function of your own, from a float array to one of its shape, and its derivative.

    `deg` >= 1 changes nothing: the quadrature takes as many points as it needs. Without `df`, the derivative is taken
    by differences.
    """
    integer("deg", deg, 1)
    if not callable(fn):
        raise TypeError(f"fn must be a callable, got {fn!r}")
    if df is not None and not callable(df):
        raise TypeError(f"df must be a callable or None, got {df!r}")
    return made(known.from_callable(fn, df))


def Elementwise(fn: Any, nngp_fn: Any = None, d_nngp_fn: Any = None) -> Network:
    """Any activation: a callable, a name of `ks.dual`, or a text of pieces such as "0 if x < 1; x - 1".

    Its kernel follows from it: `nngp_fn` and `d_nngp_fn` change nothing.

    >>> Elementwise("0 if x < 1; x - 1").apply_fn((), [[0.0, 1.0, 3.0]])
    array([[0., 0., 2.]])
    """
    return made(known.activation(fn, "fn"))
