r"""Depth: a stack of layers, and the Gaussian process and tangent kernel of the network (claims 22-26, 29, 30).

A layer is a map psi_l of correlations. From the correlations rho_0 = u and the tangent kernel T_0 of what comes before
the layers (u, the weights of the input; 0) the layers are read by

.. math:: \rho_l = \psi_l(\rho_{l-1}), \qquad T_l = \psi_l'(\rho_{l-1})\, T_{l-1} + s_l(\rho_{l-1})

where s_l is what the l-th layer's own weights add. `rf` composes its layers, and is no class of its own; the tangent
kernel of ReLU layers is `ntk`; negative slopes, biases in every layer and skip connections are in `layered`.

L layers of weights are L - 1 compositions. One normalisation, stated here once: random-feature (NNGP) kernels have
kappa(1) = 1, tangent kernels kappa(1) = L (L + 1 with the input bias). With f(x) = sqrt(2/m) sum_j v_j relu(w_j.x)
these are the kernels of the network; with 1/sqrt(m) in place of sqrt(2/m) each layer has half of it (Cho & Saul 2009;
claim 12).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from typing import Any

from ..numbers.checks import flag, integer
from ..numbers.exact_numbers import Scalar
from ..numbers.precision import cached_property
from ..numbers.rational import Polynomial
from .atoms import Atom, Monomial
from .base_points import Constant, exact_at
from .expression import compose, compose_layers, zero
from .facts import derivative_of
from .families import ArcCosine, arccos
from .lengths import Lengths
from .points import Pair, Point, pair_sum, product_pair
from .zonal import Zonal

_LARGEST_DEPTH = 10_000


@dataclass(frozen=True)
class Layer:
    """One layer of a stack: psi, and s; None adds nothing. `steep` is psi' where that is not `derivative`."""

    psi: Zonal
    own: Zonal | None
    steep: Zonal | None = None

    @cached_property
    def slope(self) -> Zonal:
        """psi'."""
        return derivative_of(self.psi) if self.steep is None else self.steep

    def tangent(self, before: Pair | None, point: Point) -> Pair | None:
        """T_l at the point rho_{l-1}, `before` being T_{l-1}; None is 0."""
        passed = None if before is None else product_pair(before, point.pair(self.slope))
        if self.own is None:
            return passed
        own = point.pair(self.own)
        return own if passed is None else pair_sum(passed, own)


class Network(Atom):
    """`share` times rho_L or T_L of a stack of layers, which the fields of a dataclass name."""

    series_sign = 1  # sums, products and compositions of kernels of layers and their derivatives (claim 10)
    start: Zonal | None = Monomial(1)  # T_0
    straight = False  # whether no layer bends: a linear network, whose kernel is a polynomial

    depth: int
    tangent: bool

    @property
    def stack(self) -> tuple[Layer, ...]:
        """The layers, read one after the other; psi_l(1) = 1."""
        raise NotImplementedError

    @property
    def share(self) -> Scalar:
        """What rho_L or T_L is multiplied by."""
        return Fraction(1)

    @property
    def bounded(self) -> bool:  # type: ignore[override]  # a constant of most atoms
        return not self.tangent

    def pair(self, point: Point) -> Pair:
        # The name `point` moves on, so that the memory of the layers behind is free.
        layers, number = self.stack, point.arithmetic.number
        total = self.first(point) if self.tangent else None
        for i, layer in enumerate(layers):
            if i:
                point = point.image(layers[i - 1].psi)
            if self.tangent:
                total = layer.tangent(total, point)
        if total is None:
            total = point.pair(zero() if self.tangent else layers[-1].psi)
        if self.share == 1:
            return total
        share = number(self.share)
        return Pair(share * total.value, share * total.defect, number(self.rational_one))

    def slope_at(self, point: Point) -> Any:
        """rho_l' = psi_l'(rho_{l-1}) rho_{l-1}' and the derivative of T_l, layer by layer."""
        steepness = point.arithmetic.number(Fraction(1))  # rho_{l-1}'
        total = self.first(point) if self.tangent else None
        change = None if self.start is None else self.start.slope_at(point)
        for i, layer in enumerate(layers := self.stack):
            if i:
                point = point.image(layers[i - 1].psi)
            slope = point.pair(layer.slope).value
            if self.tangent:
                terms = [] if layer.own is None else [layer.own.slope_at(point) * steepness]
                if total is not None:
                    terms += [slope * change, layer.slope.slope_at(point) * steepness * total.value]
                change = sum(terms[1:], terms[0]) if terms else None
                total = layer.tangent(total, point)
            steepness = steepness * slope
        if self.tangent:
            steepness = 0 * steepness if change is None else change
        return steepness if self.share == 1 else point.arithmetic.number(self.share) * steepness

    def first(self, point: Point) -> Pair | None:
        """T_0 at a point."""
        return None if self.start is None else point.pair(self.start)

    @cached_property
    def rational_one(self) -> Scalar:
        if not self.tangent:
            return self.share
        total = _one(self.start)
        for layer in self.stack:
            total = total * _one(layer.slope) + _one(layer.own)
        return self.share * total

    def expression(self) -> Zonal:
        """The same kernel written out: rho_L or T_L as a tree of the layers and their slopes."""
        rho, _, total = written_out(self.stack, self.start, self.tangent)
        return self.share * ((total or zero()) if self.tangent else rho)

    def derivative(self) -> Zonal:
        return self.expression().derivative()

    @cached_property
    def smooth_in_angle(self) -> bool:
        from .deep_stacks import DeepStack

        return DeepStack(self).smooth_in_angle

    @property
    def radius(self) -> float:
        return math.inf if self.straight else 1.0

    def polynomial_part(self, parity: int) -> Polynomial | None:
        return self.expression().polynomial_part(parity) if self.straight else None

    def latex_of(self, argument: str) -> str:
        return f"{self.latex_name(self.depth, self.tangent)}\\left({argument}\\right)"

    def latex_name(self, depth: Any, tangent: bool) -> str:
        """The name in LaTeX of the tangent kernel of this depth, or of the Gaussian process's."""
        return f"\\kappa_{{{self.latex_label(tangent)}}}^{{({depth})}}"

    def latex_label(self, tangent: bool) -> str:
        """What stands below the kappa: the kind of network and its parameters."""
        raise NotImplementedError


def written_out(
    layers: Sequence[Layer], start: Zonal | None, tangent: bool
) -> tuple[Zonal, Zonal | None, Zonal | None]:
    """rho_L and, where they are wanted, its derivative and T_L as trees of the layers and their slopes; None is 0."""
    rho: Zonal = Monomial(1)
    steepness: Zonal | None = Monomial(0) if tangent else None
    total = start if tangent else None
    for layer in layers:
        if steepness is not None:
            slope = compose(layer.slope, rho)
            steepness = steepness * slope
            passed = None if total is None else total * slope
            own = layer.own.expression() if isinstance(layer.own, Network) else layer.own
            own = None if own is None else compose(own, rho)
            total = own if passed is None else passed if own is None else passed + own
        rho = compose(layer.psi, rho)
    return rho, steepness, total


def _one(kernel: Zonal | None) -> Scalar:
    """What a part of a stack is at u = 1."""
    if kernel is None:
        return Fraction(0)
    assert kernel.rational_one is not None
    return kernel.rational_one


RELU = Layer(ArcCosine(1), ArcCosine(1))


@dataclass(frozen=True, repr=False)
class NeuralTangent(Network):
    """The tangent kernel of ReLU layers after T_0 = u (+ 1): `ntk` (Bietti & Bach 2021; claims 23, 26)."""

    maker = "ntk"
    tangent = True

    depth: int
    _: KW_ONLY
    bias: bool = False

    @property
    def start(self) -> Zonal:  # type: ignore[override]  # a constant of most networks
        return Monomial(1) + 1 if self.bias else Monomial(1)

    def first(self, point: Point) -> Pair | None:
        if not self.bias:
            return super().first(point)
        return Pair(point.codelta, point.delta, point.arithmetic.number(Fraction(2)))

    @property
    def stack(self) -> tuple[Layer, ...]:
        return (RELU,) * (self.depth - 1)

    @property
    def straight(self) -> bool:  # type: ignore[override]  # a constant of most networks
        return self.depth == 1

    @property
    def rational_one(self) -> Fraction:
        return Fraction(self.depth + int(self.bias))

    @property
    def homogeneous(self) -> bool:  # type: ignore[override]  # a constant of most atoms
        return not self.bias

    def between(self, point: Point, lengths: Lengths) -> Any:
        """With the bias T_1 = x.y + 1: the kernel without it, and the product of the slopes.

        Behind the first layer a vector of length 0 has derivatives 0, as max(0, .)'(0) = 0.
        """
        if self.homogeneous:
            return super().between(point, lengths)
        value = lengths.times(point.pair(NeuralTangent(self.depth)).value)
        slopes = point.pair(Monomial(0)).value
        for i in range(self.depth - 1):
            if i:
                point = point.image(RELU.psi)
            slopes = slopes * point.pair(RELU.slope).value
        return value + (slopes if self.depth == 1 else lengths.without_zeros(slopes))

    def exact_at(self, at: int) -> Constant | None:
        return exact_at(self.expression(), at) if self.depth == 2 else super().exact_at(at)

    def rise(self, point: Point, at: int) -> Any:
        if self.depth == 2 and at != 1:
            return self.expression().rise(point, at)
        return super().rise(point, at)

    def polynomial_part(self, parity: int) -> Polynomial | None:
        return self.expression().polynomial_part(parity) if self.depth <= 2 else None

    @property
    def with_closed_terms(self) -> Zonal:
        return self.expression() if self.depth <= 2 else self

    def latex_label(self, tangent: bool) -> str:
        return "\\mathrm{NTK},b" if self.bias else "\\mathrm{NTK}"


def rf(depth: int, degree: int = 1) -> Zonal:
    """The random-feature (NNGP) kernel of `depth` >= 1 layers: the degree-s arc-cosine kernel composed depth - 1 times.

    degree 1 is ReLU, 0 the step activation (Cho & Saul 2009; Lee et al. 2018; Bietti & Bach 2021; claims 24, 29), s the
    power max(0, .)^s (claim 30).

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
    (Jacot, Gabriel & Hongler 2018; Bietti & Mairal 2019, NeurIPS, for two layers; Bietti & Bach 2021 and its released
    code; claims 21, 22, 26).

    >>> ntk(4)(1.0), ntk(4, bias=True)(1.0)
    (4.0, 5.0)
    """
    bias, depth = flag("bias", bias), as_depth(depth)
    return NeuralTangent(depth, bias=bias) if depth > 1 or bias else Monomial(1)
