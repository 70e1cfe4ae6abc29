r"""Networks with negative slopes, biases and skip connections (claims L6, L7, L8): `mlp` and `resnet`.

Both are lists of layers, read as `layers` says; the tangent kernel's s_l is the layer itself where it is dense, and
kappa_1 + u kappa_0 in a residual block. Deep networks are atoms that run this loop: written out as sums of
arc-cosine kernels, a residual kernel doubles with every block.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..numbers.checks import flag
from ..numbers.exact_numbers import KNOWN_BITS, Exact, Rounded, Scalar, decimal, latex_number
from ..numbers.precision import cached_property
from ..numbers.rational import Polynomial, known_to
from .expression import Atom, Monomial, Product, Sum, add
from .layers import ReluLayer, as_ratio, layer_of, options, read_layers, sum_at_one, written_out
from .lengths import Lengths, with_biases
from .networks import NeuralTangent, as_depth, ntk, rf
from .points import Pair, Point
from .zonal import Zonal

_LARGEST_BIASED = 1_000  # the layers differ, and their exact fractions grow with the depth
_LARGEST_IRRATIONAL = 5  # and so do, faster, nested irrational numbers


@dataclass(frozen=True, repr=False)
class Dense(Atom):
    """The fully connected network of `mlp`."""

    series_sign = 1  # sums, products and compositions of kernels of layers and their derivatives
    added = None  # s_l: the layer itself
    share = Fraction(1)  # of T_L in the tangent kernel

    depth: int
    slope: Scalar
    weight_variance: Scalar
    bias_variance: Scalar
    tangent: bool

    @property
    def bounded(self) -> bool:  # type: ignore[override]  # a constant of most atoms
        return not self.tangent

    @cached_property
    def layers(self) -> tuple[Zonal, ...]:
        """psi_1 (the input's), ..., psi_depth: rational kernels with kappa(1) = 1, read one after the other."""
        s, bias = self.slope, self.bias_variance
        line = 2 * s / (1 + s * s)
        if not bias:
            return (Monomial(1), *(layer_of(line, bias),) * (self.depth - 1))
        if any(isinstance(q, Rounded) for q in (s, self.weight_variance, bias)):
            return self._rounded_layers
        lines = (Fraction(1), *(line,) * (self.depth - 1))
        return tuple(layer_of(a * (1 - c), c) for a, c in zip(lines, self.shares, strict=True))

    @cached_property
    def shares(self) -> tuple[Scalar, ...]:
        """The bias's share of the variance of each layer, for inputs of length 1: sigma_b^2/q_l; floats as decimals."""
        slope, variance, bias = (decimal(q) for q in (self.slope, self.weight_variance, self.bias_variance))
        total = variance + bias
        shares = [bias / total]
        for _ in range(self.depth - 1):
            total = total * variance * (1 + slope**2) / 2 + bias
            shares.append(bias / total)
        return tuple(shares)

    @property
    def homogeneous(self) -> bool:  # type: ignore[override]  # a constant of most atoms
        return not self.bias_variance

    def between(self, point: Point, lengths: Lengths) -> Any:
        if self.homogeneous:
            return super().between(point, lengths)
        line = layer_of(2 * self.slope / (1 + self.slope**2), Fraction(0))
        layers = [(float(1 - c), float(c), line if number else Monomial(1)) for number, c in enumerate(self.shares)]
        return with_biases(layers, self.tangent, point, lengths)

    @property
    def _straight(self) -> bool:
        """Whether no layer bends: a linear network, whose kernel is a polynomial."""
        return self.slope == 1 or self.depth == 1

    @property
    def radius(self) -> float:
        return math.inf if self._straight else 1.0

    @property
    def _rounded_layers(self) -> tuple[Zonal, ...]:
        # Each layer's coefficients are rounded numbers of their own, and their ramps what is left of 1: the exact
        # rational functions would grow with the depth. All variances are sums of positive terms, so that the l-th
        # is known to 4 l + 8 times what its parameters are.
        slope, variance, bias = (decimal(q) for q in (self.slope, self.weight_variance, self.bias_variance))
        exact = Dense(self.depth, slope, variance, bias, self.tangent)
        layers = []
        for i, layer in enumerate(exact.layers):
            a, c = _line_and_constant(layer)
            bits = KNOWN_BITS - (4 * i + 12).bit_length()
            constant = known_to(c, bits)
            layers.append(layer_of(1 - constant if not i else known_to(a, bits), constant))
        return tuple(layers)

    def pair(self, point: Point) -> Pair:
        return read_layers(self.layers, self.tangent, self.added, point)

    @cached_property
    def rational_one(self) -> Scalar:
        return sum_at_one(self.layers, 1) if self.tangent else Fraction(1)

    def expression(self) -> Zonal:
        """The same kernel written out in layers (`relu_layer`), and for the tangent kernel in their slopes."""
        return written_out(self.layers, self.tangent, self.added)

    def derivative(self) -> Zonal:
        return self.expression().derivative()

    def polynomial_part(self, parity: int) -> Polynomial | None:
        if self._straight:
            return self.expression().polynomial_part(parity)
        # |u| is even, and every layer after it, too; the other deep ones have no parity.
        return {} if parity == 1 and self.slope == -1 and not self.bias_variance else None

    def text(self) -> str:
        named = {
            "slope": (self.slope, 0),
            "weight_variance": (self.weight_variance, 2),
            "bias_variance": (self.bias_variance, 0),
        }
        return _call_text("mlp", self.depth, named, self.tangent)

    def latex_of(self, argument: str) -> str:
        return f"{self.latex_name(self.tangent)(self.depth)}\\left({argument}\\right)"

    def latex_name(self, tangent: bool) -> Callable[[Any], str]:
        """The name in LaTeX of the tangent kernel, or the Gaussian process's, by its depth."""
        scales = [
            f"{name}={latex_number(value)}"
            for name, value, default in (
                ("s", self.slope, 0),
                ("\\sigma_w^2", self.weight_variance, 2),
                ("\\sigma_b^2", self.bias_variance, 0),
            )
            if value != default
        ]
        name = ",".join(["\\mathrm{NTK}" if tangent else "\\mathrm{NN}", *scales])
        return lambda depth: f"\\kappa_{{{name}}}^{{({depth})}}"


@dataclass(frozen=True, repr=False)
class Residual(Atom):
    """The residual network of `resnet`."""

    series_sign = 1  # sums, products and compositions of kernels of layers and their derivatives
    added = NeuralTangent(2, False)  # s_l

    depth: int
    alpha: Scalar
    tangent: bool

    @property
    def bounded(self) -> bool:  # type: ignore[override]  # a constant of most atoms
        return not self.tangent

    @cached_property
    def layers(self) -> tuple[Zonal, ...]:
        """One layer for every block."""
        return (layer_of(1 / (1 + self.alpha**2), Fraction(0)),) * self.depth

    def pair(self, point: Point) -> Pair:
        pair = read_layers(self.layers, self.tangent, self.added, point)
        if not self.tangent:
            return pair
        number = point.arithmetic.number
        share = number(self.share)
        return Pair(share * pair.value, share * pair.defect, number(Fraction(1)))

    @property
    def share(self) -> Fraction:
        """The share of T_L in the tangent kernel."""
        return Fraction(1, 2 * self.depth)

    @property
    def rational_one(self) -> Fraction:
        return Fraction(1)

    def expression(self) -> Zonal:
        """The same kernel written out in layers (`relu_layer`), and for the tangent kernel in their slopes."""
        written = written_out(self.layers, self.tangent, self.added.expression())
        return self.share * written if self.tangent else written

    def derivative(self) -> Zonal:
        return self.expression().derivative()

    def text(self) -> str:
        return _call_text("resnet", self.depth, {"alpha": (self.alpha, 1)}, self.tangent)

    def latex_of(self, argument: str) -> str:
        return f"{self.latex_name(self.tangent)(self.depth)}\\left({argument}\\right)"

    def latex_name(self, tangent: bool) -> Callable[[Any], str]:
        """The name in LaTeX of the tangent kernel, or the Gaussian process's, by its depth."""
        name = "ResNTK" if tangent else "Res"
        scale = "" if self.alpha == 1 else f",\\alpha={latex_number(self.alpha)}"
        return lambda depth: f"\\kappa_{{\\mathrm{{{name}}}{scale}}}^{{({depth})}}"


def _line_and_constant(layer: Zonal) -> tuple[Fraction, Fraction]:
    """The coefficients of u and 1 in a layer with rational ones."""
    if isinstance(layer, ReluLayer):
        return decimal(layer.linear), decimal(layer.constant)
    found = {1: Fraction(0), 0: Fraction(0)}
    for c, k in layer.terms if isinstance(layer, Sum) else ((Fraction(1), layer),):
        if isinstance(k, Monomial):
            found[k.degree] = decimal(c)
    return found[1], found[0]


def mlp(depth: int, slope: Any = 0, weight_variance: Any = 2, bias_variance: Any = 0, tangent: bool = False) -> Zonal:
    r"""The kernel of a deep network with ReLU-like activations and biases: its Gaussian process, or its tangent kernel.

    The network, in the tangent ("NTK") parametrisation, every weight and bias standard normal and trained,

    .. math:: h^1 = \sigma_w W^1 x + \sigma_b b^1, \qquad
       h^l = \frac{\sigma_w}{\sqrt m} W^l \varphi(h^{l-1}) + \sigma_b b^l, \qquad
       \varphi(z) = \max(z, 0) + s \min(z, 0),

    has the variances q_1 = sigma_w^2 + sigma_b^2, q_l = g q_{l-1} + sigma_b^2 with g = sigma_w^2 (1+s^2)/2 for
    |x| = 1, and the correlations and tangent kernels

    .. math:: \rho_1 = w_1 u + 1 - w_1, \quad \rho_l = w_l h(\rho_{l-1}) + 1 - w_l, \quad
       T_1 = \rho_1, \quad T_l = w_l h'(\rho_{l-1})\, T_{l-1} + \rho_l,

    where w_l = 1 - sigma_b^2/q_l and h(u) = ((1-s)^2 kappa_1(u) + 2 s u)/(1+s^2). The result is rho_depth, with
    kappa(1) = 1, or T_depth, the tangent kernel divided by the output's variance q_depth (kappa(1) = depth where
    there are no biases). Without biases nothing depends on sigma_w; with inputs of length sqrt(d) and W^1 scaled by
    sigma_w/sqrt(d) it is the same network.

    Parameters
    ----------
    depth : the number of layers of weights, >= 1 (at most 1000 with biases).
    slope : s, any real number; 0 is ReLU, -1 the absolute value, 1 the identity. Without biases s and 1/s agree.
    weight_variance : sigma_w^2 > 0; 2/(1+s^2) keeps the variance of a layer where there are no biases.
    bias_variance : sigma_b^2 >= 0.
    tangent : the tangent kernel instead of the Gaussian process's.

    Raises
    ------
    ValueError, TypeError
        for a parameter outside of these ranges, or none of these types.

    Source: Lee et al. 2018, Jacot et al. 2018, with the kernels of Cho & Saul 2009 (claims L6, L7).

    >>> mlp(4) == rf(4), mlp(4, tangent=True) == ntk(4)
    (True, True)
    >>> mlp(3, slope=0.5, bias_variance=0.1)
    mlp(3, slope=0.5, bias_variance=0.1)
    """
    depth, tangent = as_depth(depth), flag("tangent", tangent)
    s = as_ratio(slope, "slope")
    variance, bias = (as_ratio(weight_variance, "weight_variance"), as_ratio(bias_variance, "bias_variance"))
    if variance <= 0:
        raise ValueError(f"weight_variance must be > 0; got {weight_variance}")
    if bias < 0:
        raise ValueError(f"bias_variance must be >= 0; got {bias_variance}")
    if bias and depth > _LARGEST_BIASED:
        raise ValueError(f"depth must be at most {_LARGEST_BIASED} with biases; got {depth}")
    if bias and depth > _LARGEST_IRRATIONAL:
        if any(isinstance(q, Exact) for q in (s, variance, bias)):
            raise ValueError(
                f"depth must be at most {_LARGEST_IRRATIONAL} with biases and irrational parameters; got {depth}"
            )
    if not bias:
        s, variance = (1 / s if abs(s) > 1 else s), Fraction(2)
        if s == 0:
            return ntk(depth) if tangent else rf(depth)
    network = Dense(depth, s, variance, bias, tangent)
    # Two layers are short, and a straight line is a polynomial at any depth; with biases, off the sphere it is not.
    plain = not bias and (s == 1 or depth <= 2)
    return _plain(network.expression()) if plain else network


def resnet(depth: int, alpha: Any = 1, tangent: bool = False) -> Zonal:
    r"""The kernel of a residual ReLU network: its Gaussian process, or its tangent kernel, with kappa(1) = 1.

    The network of Huang, Wang, Tao & Zhao (2020), every weight standard normal,

    .. math:: x_0 = \frac{1}{\sqrt m} A x, \qquad
       x_l = x_{l-1} + \frac{\alpha}{\sqrt m} V^l \sqrt{\tfrac2m} \max(0, W^l x_{l-1}) \quad (l = 1, \dots, L), \qquad
       f(x) = v^\top x_L,

    has the covariance K_l = K_{l-1} + alpha^2 q_{l-1} kappa_1(K_{l-1}/q_{l-1}) with q_l = (1+alpha^2)^l = K_l(1), and
    with V^l and W^l trained (A and v are not) the tangent kernel

    .. math:: \Theta_l = \Theta_{l-1} (1 + \alpha^2 \kappa_0(\rho_{l-1}))
       + \alpha^2 \left(q_{l-1} \kappa_1(\rho_{l-1}) + K_{l-1} \kappa_0(\rho_{l-1})\right), \qquad \rho_l = K_l/q_l .

    The first summand is what passes the block backwards: V^l W^l multiplies the squared length of a gradient by
    alpha^2 kappa_0; the second what V^l (gradient alpha relu(W x)) and W^l see. Divided by its value at u = 1,
    2 L alpha^2 (1+alpha^2)^{L-1}, this is T_L / (2L) with

    .. math:: \rho_l = \psi(\rho_{l-1}), \quad T_l = \psi'(\rho_{l-1})\, T_{l-1} + (\kappa_1 + u \kappa_0)(\rho_{l-1}),
       \qquad \psi(u) = \frac{u + \alpha^2 \kappa_1(u)}{1 + \alpha^2}, \quad T_0 = 0.

    Parameters
    ----------
    depth : L, the number of residual blocks, >= 1.
    alpha : the weight of the residual branch, > 0 (or < 0, which is the same).
    tangent : the tangent kernel instead of the Gaussian process's.

    Raises
    ------
    ValueError, TypeError
        for a parameter outside of these ranges, or none of these types.

    Source: Huang et al. (2020); Belfer, Geifman, Galun & Basri, Spectral analysis of the neural tangent kernel for
    deep residual networks; derived here from the network above, claim L8.

    >>> resnet(1, alpha=0.5)
    0.8*linear() + 0.2*arccos(1)
    >>> resnet(20, tangent=True)(1.0)
    1.0
    """
    depth, tangent = as_depth(depth), flag("tangent", tangent)
    scale = abs(as_ratio(alpha, "alpha"))
    if not scale:
        raise ValueError("alpha must not be 0: the network would be linear")
    network = Residual(depth, scale, tangent)
    return _plain(network.expression()) if depth == 1 else network


def _plain(kernel: Zonal) -> Zonal:
    """The layers of a two-layer kernel as sums, multiplied out: each term has its closed form in the spectrum."""
    if isinstance(kernel, ReluLayer):
        return kernel.expression()
    if isinstance(kernel, Sum):
        return add([(c, _plain(k)) for c, k in kernel.terms])
    if isinstance(kernel, Product) and isinstance(kernel.factors[-1], Sum):
        return add([(c, kernel.factors[0] * k) for c, k in kernel.factors[-1].terms])
    return kernel


def _call_text(name: str, depth: int, named: dict[str, tuple[Scalar, int]], tangent: bool) -> str:
    words = [str(depth), *options(**named), *(["tangent=True"] if tangent else [])]
    return f"{name}({', '.join(words)})"
