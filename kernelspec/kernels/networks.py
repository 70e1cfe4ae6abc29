"""Depth: the kernels of infinitely wide fully connected networks (claims 22-26, 29, 30).

L layers are L - 1 compositions. One normalisation, stated here once: random-feature (NNGP) kernels have
kappa(1) = 1, tangent kernels kappa(1) = L (L + 1 with the input bias). With f(x) = sqrt(2/m) sum_j v_j relu(w_j.x)
these are the kernels of the network; with 1/sqrt(m) in place of sqrt(2/m) each layer has half of it (claim 12).
Negative slopes, biases in every layer and skip connections are in `layered`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..numbers.checks import flag, integer
from ..numbers.rational import Polynomial
from .base_points import Constant, exact_at
from .expression import Atom, Monomial, compose, compose_layers, product_pair
from .families import ArcCosine, arccos
from .lengths import Lengths, input_bias
from .points import Pair, Point
from .zonal import Zonal

_LARGEST_DEPTH = 10_000


@dataclass(frozen=True, repr=False)
class NeuralTangent(Atom):
    """kappa_NTK^1 = u (+ 1), kappa_NTK^l = kappa_NTK^{l-1} kappa_0(kappa^{l-1}) + kappa^l (claims 23, 26)."""

    bounded = False
    series_sign = 1  # sums, products and compositions of such kernels

    @property
    def rational_one(self) -> Fraction:
        return Fraction(self.depth + int(self.bias))

    depth: int
    bias: bool

    def pair(self, point: Point) -> Pair:
        number = point.arithmetic.number
        one = number(Fraction(1))
        if self.bias:
            tangent = Pair(point.u + one, point.delta, number(Fraction(2)))
        else:
            tangent = Pair(point.u, point.delta, one)
        step, ramp = ArcCosine(0), ArcCosine(1)
        for _ in range(self.depth - 1):
            product, layer = product_pair(tangent, point.pair(step)), point.pair(ramp)
            tangent = Pair(product.value + layer.value, product.defect + layer.defect, product.one + one)
            point = point.image(ramp)
        return tangent

    def exact_at(self, at: int) -> Constant | None:
        return exact_at(self.expression(), at) if self.depth == 2 else super().exact_at(at)

    def rise(self, point: Point, at: int) -> Any:
        if self.depth == 2 and at != 1:
            return self.expression().rise(point, at)
        return super().rise(point, at)

    @property
    def homogeneous(self) -> bool:  # type: ignore[override]  # a constant of most atoms
        return not self.bias

    def between(self, point: Point, lengths: Lengths) -> Any:
        if self.homogeneous:
            return super().between(point, lengths)
        plain = NeuralTangent(self.depth, False)
        return input_bias(self.depth, plain, ArcCosine(0), ArcCosine(1), point, lengths)

    def expression(self) -> Zonal:
        """The same kernel written out in arc-cosine kernels."""
        tangent: Zonal = Monomial(1) + 1 if self.bias else Monomial(1)
        layer: Zonal = Monomial(1)
        for _ in range(self.depth - 1):
            tangent = tangent * compose(ArcCosine(0), layer)
            layer = compose(ArcCosine(1), layer)
            tangent = tangent + layer
        return tangent

    def derivative(self) -> Zonal:
        return self.expression().derivative()

    @property
    def radius(self) -> float:
        return math.inf if self.depth == 1 else 1.0

    def text(self) -> str:
        return f"ntk({self.depth}, bias=True)" if self.bias else f"ntk({self.depth})"

    def latex_of(self, argument: str) -> str:
        return f"{self.latex_name(self.depth)}\\left({argument}\\right)"

    def latex_name(self, depth: Any) -> str:
        """The name of the kernel of this depth in LaTeX."""
        return f"\\kappa_{{\\mathrm{{NTK}}{',b' if self.bias else ''}}}^{{({depth})}}"

    def polynomial_part(self, parity: int) -> Polynomial | None:
        return self.expression().polynomial_part(parity) if self.depth <= 2 else None


def rf(depth: int, degree: int = 1) -> Zonal:
    """The random-feature (NNGP) kernel of `depth` >= 1 layers: the degree-s arc-cosine kernel composed depth - 1 times.

    degree 1 is ReLU, 0 the step activation (Bietti & Bach 2021; claims 24, 29), s the power max(0, .)^s (claim 30).

    >>> rf(3) == rf(2) @ rf(2)
    True
    """
    depth = as_depth(depth)
    layer = arccos(degree)
    return compose_layers((layer,) * (depth - 1)) if depth > 1 else Monomial(1)


nngp = rf


def as_depth(value: Any) -> int:
    """A number of layers, 1 <= depth <= 10000; TypeError or ValueError otherwise."""
    return integer("depth", value, 1, _LARGEST_DEPTH)


def ntk(depth: int, bias: bool = False) -> Zonal:
    """The neural tangent kernel of a ReLU network of `depth` >= 1 layers, un-normalised: kappa(1) = depth.

    `bias` adds 1 to the input inner product (kappa(1) = depth + 1): at depth 2 (u+1) kappa_0 + kappa_1
    (Bietti & Bach 2021 and its released code; claims 22, 26).

    >>> ntk(4)(1.0), ntk(4, bias=True)(1.0)
    (4.0, 5.0)
    """
    bias, depth = flag("bias", bias), as_depth(depth)
    return NeuralTangent(depth, bias) if depth > 1 or bias else Monomial(1)
