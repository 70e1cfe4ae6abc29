r"""The stability theorem (Bietti & Mairal 2019, JMLR, Theorem 7; claims 43, 48) on continuous domains.

Signals are functions on R^d. A network is read as x_k = A_k M_k P_k x_{k-1}, x_0 = A_0 x, without subsampling, in
pixels of the input: with s_k the product of the strides up to layer k, patches are cubes of side p_k s_{k-1} with the
uniform probability measure (or p_k^d points in them), pools the continuous filters that `smoothing.Smoothing.of`
states, s_{k-1} times as wide, and A_0 is a Gaussian. Nothing happens at borders. Patches and windows are taken as
centred: where they are not (even patches, windows that begin at their output), the network is that of centred ones
and then a translation, since P, M and A commute with translations, and a translation keeps |Phi(L_tau x) - Phi(x)|.

**Theorem.** Let eps = |grad tau|_inf < 1, c_k a bound of |[P_k A_{k-1}, L_tau]|, c_{n+1} of |[A_n, L_tau]|, b of
|L_tau A_n - A_n| (`constants`), g_k = kappa_k(1), m_k = (g_1 ... g_k)^(1/2) and rho_k as in `transport`. Then
|Phi(L_tau x) - Phi(x)| <= (e_n + (c_{n+1} + b) m_n)|x| with

.. math:: e_0 = 0, \qquad e_k = \rho_k (e_{k-1} + c_k m_{k-1}),

which for kernels with kappa(1) = 1 >= kappa'(1) is the sum of the n + 1 commutators. For tangent kernels

.. math:: f_k^2 = g_k (dy^2 + dx^2) + k b_k \min\big(s, \tfrac2\pi s + (\tfrac12 - \tfrac1\pi) dx^2\big),
    \quad s = l\, m_{k-1} dx, \quad dx = e_{k-1} + c_k m_{k-1}, \quad dy = f_{k-1} + \sqrt{k}\, c_k m_{k-1},

l = (1 - eps)^{-d/2}, and |Phi(L_tau x) - Phi(x)| <= (f_n + (n + 1)^{1/2}(c_{n+1} + b) m_n)|x|.

Proof. L_tau moves positions and M acts at each, so they commute, and Phi L_tau - L_tau Phi is a telescoping sum with a
commutator at each P_k A_{k-1}, of size c_k m_{k-1}, and at A_n; each is carried on by the Lipschitz constants of the
layers after it, P and A having norm 1. Then |A_n L_tau z - A_n z| <= (c_{n+1} + b)|z|. The tangent map has
|M(x_k, y_k)|^2 <= (k + 1) m_k^2 |x|^2, and one layer carries its errors on as `transport.tangent_growth` proves.

For ReLU layers and equal c_k = c it gives, with sum k^(1/2) <= (2/3)(n + 1)^(3/2) and sum k^2 <= (n + 1)^3/3,

.. math:: f_n \le (n + 1)^{3/2}\big[(l c/3)^{1/2} + (\tfrac23 + 3^{-1/2})\,c\big]:

both powers of the depth, n^{7/4} for |grad tau|^{1/2} and n^2 for |grad tau| in print, are n^{3/2}. (By Minkowski's
inequality f_n <= sum k^(1/2) c + (sum u_k^2)^(1/2), where u_k^2 = (k c)^2 + k l k c.)

**On a group** of translations and turns, R^d with a finite group of orthogonal maps r or with all of them, with the
invariant probability on the turns, the same bounds hold, with the same constants. L_tau moves positions at every turn r
alike, so that it commutes with M, with the pooling over turns and with the turns q of a patch, which have norm 1. What
is left of P A at (r; c, q) is T_{rc} A_s on the map at r q, A_s the pooling over positions, and |[T_{rc} A_s, L_tau]|
is bounded through |r c| = |c| alone; squares add up over r and the patch. The last term is |L_tau A_n - A_n| at all r.
"orbit", the average of x_n(r u, r), is a contraction, and keeps the bound. With it, and filters that the group keeps,
h(g c) = h(c), Phi(L_g x) = Phi(x) for every turn g of the group, so that Phi(L_tau L_g x) is as near to Phi(x) as the
bound says of tau: these turns cost nothing, whatever their angle, and one between two of C_m costs what a turn by at
most pi/m does, |grad tau| = 2 sin(pi/(2m)) and |tau| = that times the radius of the image. Gaussians are kept by all
turns, products of filters along the axes by quarter turns. No constant is smaller for the pooling over turns: it
commutes with L_tau.
"""

from __future__ import annotations

import math
from typing import overload

from ...numbers.checks import integer
from ...numbers.outward import raised
from ...numbers.precision import default_errors
from ..groups.network import Layer as GroupLayer
from ..groups.network import Network as GroupNetwork
from ..layers import Layer, Pool
from ..network import Network
from .bounds import Bound, constants
from .constants import commutator_bound, deformation_norm, displacement_bound
from .fields import Field
from .smoothing import Smoothing
from .transport import tangent_growth


def continuum_bound(network: Network | GroupNetwork, tau: Field, tangent: bool, sigma: float) -> Bound:
    """The theorem for a network after a Gaussian A_0 of standard deviation sigma > 0 pixels, in its own units.

    The network's sums instead of means over patches, and its subsampling, are in a factor `scale`.
    """
    maps, d, eps = constants(network), tau.d, tau.grad_sup
    moved = deformation_norm(eps, d)
    filter_: Smoothing | None = Smoothing.gaussian(sigma, d)
    dx = dy = 0.0
    size = step = scale = 1.0
    terms: dict[str, float] = {}
    for number, (layer, constant) in enumerate(zip(network.layers, maps, strict=True), start=1):
        radius = _radius(layer, step, d)
        if filter_ is None:  # nothing smooths what these patches read
            change = 2 * moved
        else:
            change = commutator_bound(eps, filter_, radius, tau.sup)
        terms[f"|[P_{number} A_{number - 1}, L]|"] = change
        terms[f"rho_{number}"] = constant.rho
        dx += change * size
        dy += change * size * math.sqrt(number)
        if tangent:
            dy = tangent_growth(maps[:number], number - 1, size * moved, size * moved, dx, dy)
        dx = dx * constant.rho if dx > 0 else 0.0  # equal maps, Lipschitz or not
        size *= constant.norm
        filter_ = filter_of(layer, step, d)
        scale *= (1.0 if layer.normalized else layer.patch ** (d / 2)) / layer.stride ** (d / 2)
        if isinstance(network, GroupNetwork):
            scale *= _lift(network, number)
        step *= layer.stride
    last = 1 + moved
    if filter_ is not None:
        commutator = commutator_bound(eps, filter_, 0.0, tau.sup)
        shift = displacement_bound(tau.sup, eps, filter_)
        terms |= {f"|[A_{len(maps)}, L]|": commutator, f"|L A_{len(maps)} - A_{len(maps)}|": shift}
        last = min(last, commutator + shift)
    count = math.sqrt(len(maps) + 1) if tangent else 1.0
    apart = (dy if tangent else dx) + last * size * count
    if tangent and any(constant.bend is None for constant in maps):
        apart = math.inf  # the pointwise bound of y_k by x_k needs kappa' >= 0
    norms = (1 + moved) * size * count
    terms |= {"deformation and translation": apart, "norms": norms, "scale": scale}
    # Sums, products and roots of numbers >= 0: at most 12 for each layer.
    value = raised(min(apart, norms) * scale, 12 * (len(maps) + 1))
    kind = "the tangent kernel (claim 48)" if tangent else "the kernel (claim 43)"
    on = f"R^{d}" + (f" with {network.group!r} (claim 51)" if isinstance(network, GroupNetwork) else "")
    source = f"the stability theorem for {kind} on {on}, after a Gaussian of {sigma:g} pixels"
    return Bound(value, terms, source, False)


def _radius(layer: Layer, step: float, d: int) -> float:
    """The root mean square of |c| over a patch, in pixels of the input.

    On the plane a patch that is not centred is a centred one and a translation. On a group it is another translation at
    every turn, and an even patch, which reaches half a position further up and left, is as wide as it is.
    """
    square = d * layer.patch**2 / 12
    if isinstance(layer, GroupLayer) and layer.patch % 2 == 0 and layer.border != "valid":
        square += d / 4
    return raised(step * math.sqrt(square), 6)


def _lift(network: GroupNetwork, number: int) -> float:
    """How much larger maps are with a sum over turns than with the mean, and sums over the q of a patch."""
    layer, order = network.layers[number - 1], network.group.order
    assert isinstance(layer, GroupLayer)
    before, after = network.fibres[number - 1 : number + 1]
    squares = (1.0 if before > 1 else float(order)) * (1.0 if after > 1 else 1 / order)
    if before > 1 and not layer.normalized:
        squares *= len(layer.neighbours(network.group))
    return math.sqrt(squares)


def filter_of(layer: Layer, step: float, d: int) -> Smoothing | None:
    """The continuous filter of a layer's pooling, in pixels of the input; None where it has none."""
    if layer.pool is None or layer.pool.kind == "strided":
        return None
    unit = Smoothing.of(layer.pool, d)
    slope, curvature = raised(unit.slope / step, 1), raised(unit.curvature / step**2, 2)
    return Smoothing(d, slope, curvature, unit.moment)


@overload
def refined(net: Network, factor: int) -> Network: ...


@overload
def refined(net: GroupNetwork, factor: int) -> GroupNetwork: ...


@default_errors
def refined(net: Network | GroupNetwork, factor: int) -> Network | GroupNetwork:
    """The network on a grid `factor` times finer, without subsampling: it stands for the one on R^d.

    Patches and filters are as wide as before subsampling; every position is kept, patches have the probability
    measure, borders are circular. A signal of n pixels has n * factor on this grid, where lengths (`scale`,
    `smoothing`, translations) are `factor` times as large, too. Of networks on groups pools are centred and patches
    odd, by a position more where they would be even.
    """
    if not isinstance(net, Network | GroupNetwork):
        raise TypeError(f"net must be a ckn.Network or a groups.Network; got {net!r}")
    layers, step = list[Layer](), integer("factor", factor, 1)
    grouped = isinstance(net, GroupNetwork)
    for layer in net.layers:
        pool = layer.pool
        if pool is not None:
            pool = None if pool.kind == "strided" else Pool(pool.kind, pool.scale * step, centred=grouped)
        if isinstance(layer, GroupLayer):
            size = layer.patch * step + (layer.patch * step + 1) % 2
            turns = layer.rotations, layer.turn_pool
            layers.append(GroupLayer(size, layer.kernel, pool, 1, "circular", True, *turns))
        else:
            layers.append(Layer(layer.patch * step, layer.kernel, pool, 1, border="circular", normalized=True))
        step *= layer.stride
    return GroupNetwork(net.group, layers, net.output) if isinstance(net, GroupNetwork) else Network(layers, net.output)
