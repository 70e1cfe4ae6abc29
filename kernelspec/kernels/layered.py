r"""Networks with negative slopes, biases and skip connections: `mlp` and `resnet`.

Both are stacks of layers (`networks`); the tangent kernel's s_l is the layer itself where it is dense, and
kappa_1 + u kappa_0 in a residual block. Deep networks are atoms that read their layers one after the other: written
out as sums of arc-cosine kernels, a residual kernel doubles with every block. Source: Lee et al. 2018 and Jacot et al.
2018 (claims L6, L7), Huang et al. 2020 (claim L8); the constants of the decay are derived here.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from fractions import Fraction
from typing import Any

from ..numbers.checks import flag
from ..numbers.exact_numbers import KNOWN_BITS, Exact, Rounded, Scalar, ball, decimal
from ..numbers.precision import at_least, cached_property
from ..numbers.rational import Polynomial, decimal_of, known_to
from ..numbers.scalar_text import latex_number
from . import steps, wide
from .atoms import Monomial
from .expression import add
from .layers import ReluLayer, as_ratio, layer_of
from .lengths import Lengths, with_biases
from .networks import Layer, Network, NeuralTangent, as_depth, ntk, rf
from .points import Point
from .products import Product
from .scaled_duals import Phi
from .sums import Sum
from .zonal import Zonal

_LARGEST_BIASED = 1_000  # the layers differ, and their exact fractions grow with the depth
_LARGEST_IRRATIONAL = 5  # and so do, faster, nested irrational numbers
_DIGITS, _BITS = 40, 192  # of decimals of irrational numbers beside rounded ones


@dataclass(frozen=True, repr=False)
class Dense(Network):
    """The fully connected network of `mlp`."""

    maker = "mlp"

    depth: int
    _: KW_ONLY
    slope: Scalar = Fraction(0)
    weight_variance: Scalar = Fraction(2)
    bias_variance: Scalar = Fraction(0)
    tangent: bool = False

    @property
    def start(self) -> Zonal | None:  # type: ignore[override]  # a constant of most networks
        # With biases the input's weights are the first of `depth` layers.
        return None if self.bias_variance else Monomial(1)

    @cached_property
    def stack(self) -> tuple[Layer, ...]:
        if not self.bias_variance:
            return (_dense(self.line, Fraction(0)),) * (self.depth - 1)
        lines = (Fraction(1), *(self.line,) * (self.depth - 1))
        if not any(isinstance(q, Rounded) for q in (self.slope, self.weight_variance, self.bias_variance)):
            return tuple(_dense(a * (1 - c), c) for a, c in zip(lines, self.shares, strict=True))
        # Each layer's coefficients are rounded numbers of their own, and their ramps what is left of 1: the exact
        # rational functions would grow with the depth. All variances are sums of positive terms, so that the l-th
        # is known to 4 l + 8 times what its parameters are.
        layers = []
        for i, (a, c) in enumerate(zip(lines, self.shares, strict=True)):
            bits = KNOWN_BITS - (4 * i + 12).bit_length()
            constant = known_to(_decimal(c), bits)
            layers.append(_dense(known_to(_decimal(a * (1 - c)), bits) if i else 1 - constant, constant))
        return tuple(layers)

    @property
    def line(self) -> Scalar:
        """The share of u in what the activation does to a correlation."""
        return 2 * self.slope / (1 + self.slope**2)

    @cached_property
    def variances(self) -> tuple[Scalar, ...]:
        """q_1, ..., q_L of `mlp`, for inputs of length 1; exact, floats as decimals."""
        if not self.bias_variance:
            return super().variances  # whose error says that they are not known here
        slope, variance, bias = (decimal(q) for q in (self.slope, self.weight_variance, self.bias_variance))
        variances = [variance + bias]
        for _ in range(self.depth - 1):
            variances.append(variances[-1] * variance * (1 + slope**2) / 2 + bias)
        return tuple(variances)

    @cached_property
    def shares(self) -> tuple[Scalar, ...]:
        """The bias's share of the variance of each layer, for inputs of length 1: sigma_b^2/q_l; floats as decimals."""
        return tuple(decimal(self.bias_variance) / q for q in self.variances)

    @property
    def homogeneous(self) -> bool:  # type: ignore[override]  # a constant of most atoms
        return not self.bias_variance

    def between(self, point: Point, lengths: Lengths) -> Any:
        if self.homogeneous:
            return super().between(point, lengths)
        line = layer_of(self.line, Fraction(0))
        layers = [(float(1 - c), float(c), line if number else Monomial(1)) for number, c in enumerate(self.shares)]
        return with_biases(layers, self.tangent, point, lengths)

    @property
    def straight(self) -> bool:  # type: ignore[override]  # a constant of most networks
        return self.slope == 1 or self.depth == 1

    def polynomial_part(self, parity: int) -> Polynomial | None:
        # |u| is even, and every layer after it, too; the other deep ones have no parity.
        even = parity == 1 and self.slope == -1 and not self.bias_variance
        return {} if even and not self.straight else super().polynomial_part(parity)

    def latex_label(self, tangent: bool) -> str:
        named = (("s", self.slope, 0), (r"\sigma_w^2", self.weight_variance, 2), (r"\sigma_b^2", self.bias_variance, 0))
        scales = [f"{name}={latex_number(value)}" for name, value, default in named if value != default]
        return ",".join([r"\mathrm{NTK}" if tangent else r"\mathrm{NN}", *scales])


def _decimal(q: Scalar) -> Fraction:
    """A number's decimals, those of an irrational one cut off."""
    found = decimal(q)
    if isinstance(found, Fraction):
        return found
    with at_least(_BITS):
        return decimal_of(ball(found), _DIGITS)


@dataclass(frozen=True, repr=False)
class Residual(Network):
    """The residual network of `resnet`."""

    maker = "resnet"
    start = None

    depth: int
    _: KW_ONLY
    alpha: Scalar = Fraction(1)
    tangent: bool = False

    @cached_property
    def stack(self) -> tuple[Layer, ...]:
        """One layer for every block, whose own weights add kappa_1 + u kappa_0."""
        return (Layer(layer_of(1 / (1 + self.alpha**2), Fraction(0)), NeuralTangent(2)),) * self.depth

    @property
    def share(self) -> Fraction:
        return Fraction(1, 2 * self.depth if self.tangent else 1)

    rational_one = Fraction(1)  # the tangent kernel is divided by its value at u = 1

    def latex_label(self, tangent: bool) -> str:
        scale = "" if self.alpha == 1 else rf",\alpha={latex_number(self.alpha)}"
        return (r"\mathrm{ResNTK}" if tangent else r"\mathrm{Res}") + scale


def _dense(linear: Scalar, constant: Scalar) -> Layer:
    """A layer whose own weights add what it does."""
    psi = layer_of(linear, constant)
    return Layer(psi, psi)


def mlp(
    depth: int,
    slope: Any = 0,
    weight_variance: Any = 2,
    bias_variance: Any = 0,
    tangent: bool = False,
    *,
    activation: Any = None,
) -> Zonal:
    r"""The kernel of a deep network with biases and any activation: its Gaussian process, or its tangent kernel.

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
    there are no biases). The network's own kernel is q_depth times that, and `variances` has the q_l exactly where
    there are biases. Without, nothing but q_l = sigma_w^2 g^(l-1) depends on sigma_w, and the result has forgotten it.
    With inputs of length sqrt(d) and W^1 scaled by sigma_w/sqrt(d) it is the same network.

    With any other activation phi, q_l = sigma_w^2 E phi(q_{l-1}^{1/2} z)^2 + sigma_b^2 and h = h_l is the dual of
    phi at the variance q_{l-1}, divided by its value at u = 1 (`kernelspec.kernels.scaled_duals`), also where there are
    no biases: `variances` has the q_l, as exact numbers.

    Parameters
    ----------
    depth : the number of layers of weights, >= 1 (at most 1000 with biases, 200 with another activation).
    slope : s, any real number; 0 is ReLU, -1 the absolute value, 1 the identity. Without biases s and 1/s agree.
    weight_variance : sigma_w^2 > 0; 2/(1+s^2) keeps the variance of a layer where there are no biases.
    bias_variance : sigma_b^2 >= 0.
    tangent : the tangent kernel instead of the Gaussian process's.
    activation : in place of the slope: a name of `dual`, linear, sign or gabor; or one with its parameters, as
        `network` lists them: "sin(1, 2, 0)", "leaky_relu(1/10)", "elu(2)"; or pieces, as `dual` takes them; or a
        function of your own from a float array to one of its shape, or the pair of it and its derivative, which is
        else taken by differences: the kernel is a series then, and `truncation` its error.

    Raises
    ------
    ValueError, TypeError
        for a parameter outside of these ranges, or none of these types, and for the tangent kernel of an activation
        that jumps.

    Source: Lee et al. 2018, Jacot et al. 2018, with the kernels of Cho & Saul 2009 (claims L6, L7).

    >>> mlp(3, activation="step", bias_variance=0.1).decay(4).exponent
    7/2
    >>> mlp(4) == rf(4), mlp(4, tangent=True) == ntk(4)
    (True, True)
    >>> k = mlp(3, slope=0.5, bias_variance=0.1)
    >>> k, k.variances                      # q_1, q_2, q_3: the network's own kernel is q_3 k
    (mlp(3, slope=0.5, bias_variance=0.1), (Fraction(21, 10), Fraction(109, 40), Fraction(561, 160)))
    """
    depth, tangent = as_depth(depth), flag("tangent", tangent)
    if isinstance(slope, str) or callable(slope):
        raise TypeError(f"slope must be a real number; got {slope!r}; for an activation, write activation={slope!r}")
    phi = None if activation is None else steps.activation(activation)
    if phi is not None and slope != 0:
        raise ValueError(f"slope must be 0, its default, beside an activation; got {slope}")
    s, phi = _as_slope(phi) if phi is not None else (as_ratio(slope, "slope"), None)
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
    if phi is not None and depth > 1:
        return wide.stacked(depth, phi, variance, bias, tangent)
    if not bias:
        s, variance = (1 / s if abs(s) > 1 else s), Fraction(2)
        if s == 0:
            return ntk(depth) if tangent else rf(depth)
    network = Dense(depth, slope=s, weight_variance=variance, bias_variance=bias, tangent=tangent)
    # Two layers are short, and a straight line is a polynomial at any depth; with biases, off the sphere it is not.
    plain = not bias and (s == 1 or depth <= 2)
    return _plain(network.expression()) if plain else network


def _as_slope(phi: Phi) -> tuple[Scalar, Phi | None]:
    """The slope of a ramp z -> max(z, 0) + s min(z, 0), or 0 and any other activation."""
    if phi.family == "abrelu" and phi.parameters[1] == 1:
        return phi.parameters[0], None
    return Fraction(0), phi


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
    network = Residual(depth, alpha=scale, tangent=tangent)
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
