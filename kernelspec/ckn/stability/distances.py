"""Measured distances of deformed signals, bounds of them, and the smoothing before a network."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...numbers.arrays import InPlace
from ...numbers.checks import FloatArray, choice, flag, real, real_array
from ...numbers.exponents import times_powers
from ...numbers.precision import default_errors
from ..axes import at_positions, read_images
from ..groups.network import Network as GroupNetwork
from ..network import Network
from ..patch_kernels import check_tangent
from ..scaling import Scaling, powers_of
from .bounds import WIDEST, Bound, Sampled, border_of, smoothing_matrix
from .continuum import continuum_bound
from .fields import Field
from .group_bounds import GroupSampled
from .warping import WARP_BORDERS, warp

_NARROWEST = 1e-100  # pixels of a smoothing on R^d


@default_errors
def measured(
    net: Network | GroupNetwork,
    x: Any,
    tau: Field,
    tangent: bool = False,
    *,
    smoothing: float = 0.0,
    memory: int = 2**30,
    channels: str | None = None,
) -> Any:
    r"""The relative distance |Phi(L_tau x) - Phi(x)| / |x|, exact up to the rounding of a difference.

    Parameters
    ----------
    net : a `ckn.Network`, or a `groups.Network`.
    x : an image or signal, or a batch of n: shape (n, height, width, channels) or (height, width, channels) for a field
        of two axes, (n, length, channels) or (length, channels) for one; finite.
    tau : a field of the positions of x.
    tangent : whether Phi is the tangent kernel's map (claim 48), else that of the kernel (claim 43).
    smoothing : the standard deviation in pixels of a Gaussian filter A_0 before the network, 0 for none: then Phi(x) is
        Phi(A_0 x), and |x| remains the norm before it; at most 2^15.
    memory : bytes for working memory, as for `net.distances`.
    channels : "last", as above, or "first"; None is the last axis, and refuses what may be read in both ways.

    Returns
    -------
    A float for one image, an array (n,) for a batch; float64, 0 for x = 0. Below about 1e-7 |Phi(x)|/|x| it is
    rounding; below 1e-4 of it for tangent kernels of several layers, and kernels of infinite slope, as angles of nearly
    coincident maps are known to 1e-8 only. Signals go on beyond their border as the network has it: periodically where
    the border of every layer is "circular", with 0 otherwise (see `warp`). Images may have
    any size: they are divided by a power of 2 first, to pixels of about 1, and with layers `ckn.square`, whose relative
    distance depends on the size of x, the result is multiplied again.

    Raises TypeError and ValueError that name the parameter.

    Source: Bietti & Mairal 2019, JMLR, Theorem 7 (claim 43), and NeurIPS (claim 48).
    """
    _check(net, tau, tangent)
    smoothing = real("smoothing", smoothing, 0.0, WIDEST)
    x, border = _images(x, tau, channels), border_of(net)
    batch = x if x.ndim == tau.d + 2 else x[None]
    powers, degree = powers_of(net, batch), Scaling.of(net).degrees[-1]
    batch = times_powers(batch, -powers)
    before = smooth(batch, smoothing, border, "last")
    after = smooth(warp(batch, tau, border, "last"), smoothing, border, "last")
    out = np.zeros(len(batch))
    for i, image in enumerate(batch):
        size = float(np.linalg.norm(image))
        if size > 0:
            pair = before[i : i + 1], after[i : i + 1]
            apart = net.distances(*pair, tangent, memory=memory, threads=1, channels="last")
            out[i] = float(apart[0, 0]) / size
    out = times_powers(out, (degree - 1) * powers)
    if not np.isfinite(out).all():
        raise ValueError("x must be smaller: relative distances overflow float64")
    return out if x.ndim == tau.d + 2 else float(out[0])


@default_errors
def bound(
    net: Network | GroupNetwork, tau: Field, tangent: bool = False, *, smoothing: float = 0.0, continuum: bool = False
) -> Bound:
    r"""An upper bound of `measured(net, x, tau, tangent, smoothing=...)` for every x.

    The least of several, which `kernelspec.ckn.stability.bounds` derives and `terms` lists: from the norms, from the
    displacement, from the nearest shift, and on a group from its nearest turn (`group_bounds`, claim 51). Constants of
    expansive kernels are in it (claim 37).

    Parameters
    ----------
    net, tau, tangent, smoothing : as for `measured`. With a floor of the network, patches below it are left aside.
    continuum : the stability theorem in its place, for the network as one on R^d (`stability.continuum`):

        .. math:: \Big(\sum_{k=1}^n \prod_{j \ge k} \rho_j\, |[P_k A_{k-1}, L_\tau]| + |[A_n, L_\tau]|
            + |L_\tau A_n - A_n|\Big)\,|x|

        or its counterpart for tangent kernels. It needs smoothing > 0 and |grad tau| < 1, and is proved for functions
        on R^d, not for pixels (`proved` is False), with the suprema that `Field` has, which for rotations and scalings
        are those over the image; `refined` gives networks on grids that come near them.

    Raises TypeError and ValueError that name the parameter, and the layer whose kernel is not homogeneous.

    Source: Bietti & Mairal 2019, JMLR, Lemma 1 and Theorem 7 (claims 37, 43), and NeurIPS (claim 48); the
    constants are derived in `kernelspec.ckn.stability.bounds` and `kernelspec.ckn.stability.continuum`.

    >>> import kernelspec as ks
    >>> from kernelspec import ckn
    >>> from kernelspec.ckn import stability
    >>> net = ckn.Network([ckn.Layer(1, ks.arccos(1))])
    >>> stability.bound(net, stability.translation(8, 0.0))  # doctest: +ELLIPSIS
    |Phi(L x) - Phi(x)| <= 0 |x|, proved but for a probability of 6e-13: by displacement, for the kernel ... on 8 pixels
      |S x|_w / |x| = 1
      |S L x|_w / |x| = 1
      prod rho = 1
      |S (L - T) x|_w / |x|, displacement = 0
      bound by norms = 2
      bound by displacement = 0
    """
    _check(net, tau, tangent)
    sigma = real("smoothing", smoothing, 0.0, WIDEST)
    if not flag("continuum", continuum):
        if isinstance(net, GroupNetwork):
            return GroupSampled(net, tau.shape, sigma, bool(tangent)).bound(tau)
        return Sampled(net, tau.shape, sigma, bool(tangent)).bound(tau)
    if sigma < _NARROWEST:
        raise ValueError(
            f"smoothing must be > 0 (at least {_NARROWEST:g}) for a bound on R^d: the theorem is about Phi(A_0 x), and "
            f"no bound in the gradient of tau holds without A_0; got {smoothing!r}"
        )
    if tau.grad_sup >= 1:
        raise ValueError(f"tau must have |grad tau| < 1 for a bound on R^d; got {tau.grad_sup:g}")
    if net.output == "mean":
        raise ValueError(
            "net must have the output 'sum', or 'orbit' on a group, for a bound on R^d, which has no mean; got 'mean'"
        )
    return continuum_bound(net, tau, bool(tangent), sigma)


@default_errors
def smooth(x: Any, sigma: float, border: str = "zero", channels: str | None = None) -> FloatArray:
    """A_0 x: images (n, height, width, channels) or signals (n, length, channels) filtered by a Gaussian, with sum 1.

    Parameters
    ----------
    x : real and finite; read as float64.
    sigma : the standard deviation in pixels, 0 to 2^15; 0 for none. The filter reaches 6 of them.
    border : "zero" or "circular": beyond it signals are 0, or periodic.
    channels : "last", or "first", where the result has them, too.

    Raises TypeError and ValueError that name the parameter.
    """
    x = read_images(InPlace(), "x", x, double=True, channels=channels)
    sigma = real("sigma", sigma, 0.0, WIDEST)
    choice("border", border, WARP_BORDERS)
    for axis in range(1, x.ndim - 1):
        matrix = smoothing_matrix(x.shape[axis], sigma, border)
        if matrix is not None:
            x = np.moveaxis(np.tensordot(matrix, x, axes=([1], [axis])), 0, axis)
    return np.asarray(np.moveaxis(x, -1, 1) if channels == "first" else x)


def _check(net: Any, tau: Any, tangent: Any) -> None:
    if not isinstance(net, Network | GroupNetwork):
        raise TypeError(f"net must be a ckn.Network or a groups.Network; got {net!r}")
    if not isinstance(tau, Field):
        raise TypeError(f"tau must be a field such as stability.field(shape); got a {type(tau).__name__}")
    if not isinstance(tangent, bool | np.bool_):
        raise ValueError(f"tangent must be False or True; got {tangent!r}")
    if tangent:
        check_tangent(net.layers)
    net.shapes((1, *tau.shape, 1))


def _images(x: Any, tau: Field, channels: str | None) -> Any:
    """x as a float64 array, one image or a batch, of the field's positions, the channels last."""
    array = at_positions(real_array("x", x), tau.shape, channels)
    if array.ndim not in (tau.d + 1, tau.d + 2) or array.shape[-1 - tau.d : -1] != tau.shape:
        one = "(height, width, channels)" if tau.d == 2 else "(length, channels)"
        raise ValueError(
            f"x must have shape {one}, or (n, ...) of that, with the positions {tau.shape} of the field; "
            f"got {array.shape}"
        )
    batch = array if array.ndim == tau.d + 2 else array[None]
    batch = read_images(InPlace(), "x", batch, double=True, channels="last")
    return batch if array.ndim == tau.d + 2 else batch[0]
