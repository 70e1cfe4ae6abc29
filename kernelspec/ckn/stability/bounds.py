r"""Bounds of |Phi(L_tau x) - Phi(x)| / |x| for a network on pixels, which hold for every x.

With S the smoothing A_0 (the identity without), |x|_w^2 = sum_p w(p)|x(p)|^2 (`transport`) and T_t the shift by t:

norms : |Phi(x)| <= prod_k kappa_k(1)^(1/2) |Sx|_w, so the sum of the norms of the two maps is always a bound.
displacement : |Phi(L x) - Phi(x)| <= prod_k rho_k |S(L - I)x|_w, the norm of a linear operator on the pixels.
shift : where borders are circular and strides divide, |Phi(L x) - Phi(T_t x)| + |Phi(T_t x) - Phi(x)|. The first is
    as above with T_t in place of I. For the second the shift goes through the layers: layer j moves its output by
    the whole strides that are in it, and pools with a filter displaced by the rest r_j, an error of at most
    |A_j T_r - A_j| times the norm of what is pooled, which the later layers carry on. It is small where the filter is
    wide: the term |tau|_inf / sigma_n of Bietti & Mairal 2019, JMLR, Theorem 7 (claim 43).

For tangent kernels `transport.tangent_growth` stands in place of the product of the rho_k: the square root of Bietti &
Mairal 2019, NeurIPS (claim 48). The operators are those of the arrays themselves, so the bounds hold for every array,
border and stride. What they have not is the continuum's gain that the gradient of tau alone matters at small scales: an
array may live at the highest frequency of its pixels, where half a pixel makes another signal of it. `continuum` has
the theorem for continuous domains, whose signals are smoothed first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ...numbers.checks import FloatArray
from ...numbers.outward import raised
from ..groups.network import Network as GroupNetwork
from ..layers import Layer
from ..network import Network
from .fields import Field
from .grid_motions import GridMotion
from .norms import norm
from .transport import MapConstants, Weights, tangent_growth
from .warping import Interpolation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ...results.tables import Table

FAILURE = 1e-13  # probability that an operator's norm is above what is taken for it; a bound takes up to six
_REACH = 6  # standard deviations that a smoothing's filter has
_ROUGHLY = 1e-3  # relative: what norms that enter only beside others are known to
WIDEST = 2.0**15  # pixels of a smoothing


@dataclass(frozen=True)
class Bound:
    """An upper bound of |Phi(L_tau x) - Phi(x)| / |x| for every x.

    `value` is the bound, `terms` the numbers that it is made of, by name, `source` says which statement it is and
    what it assumes, `proved` whether it is proved for pixels as `stability.measured` reads them, but for the rounding
    of its floats, and `failure` the probability with which the proof may fail: norms of operators on pixels are
    bounds but for a probability of 1e-13 each, over a start of Lanczos' method that is drawn anew from the system for
    every call, and not from a seed.
    """

    value: float
    terms: dict[str, float]
    source: str
    proved: bool
    failure: float = 0.0

    def __repr__(self) -> str:
        how = "proved" if self.proved else "not proved for pixels"
        if self.failure:
            how += f" but for a probability of {self.failure:.0e}"
        terms = "".join(f"\n  {name} = {number:.6g}" for name, number in self.terms.items())
        return f"|Phi(L x) - Phi(x)| <= {self.value:.6g} |x|, {how}: {self.source}{terms}"

    def __float__(self) -> float:
        return self.value

    def table(self) -> Table:
        """The terms and the bound, the last row, as a `Table` of names and values."""
        from ...views.stability import bound_table

        return bound_table(self)

    def plot(self, ax: Any = None, label: str | None = None, asymptote: bool | None = None, **more: Any) -> Axes:
        """Draw the terms as bars; returns the axes.

        Parameters
        ----------
        ax : axes of matplotlib; None for a new figure, which pyplot does not know.
        label : its name in the legend.
        asymptote : whether the bound itself is drawn as a line (None: it is).
        more : keywords of `Axes.barh`, which win.
        """
        from ...views.stability import bound_plot

        return bound_plot(self, ax, label, asymptote, **more)

    def latex(self) -> str:
        """The inequality in LaTeX, its number rounded up."""
        from ...views.stability import bound_latex

        return bound_latex(self)

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"

    def _repr_html_(self) -> str:
        from ...views.stability import bound_html

        return bound_html(self)


@dataclass(frozen=True, eq=False)
class Sampled:
    """A network on images of some positions, with a smoothing before it; `bound` is for one field."""

    network: Network
    shape: tuple[int, ...]
    smoothing: float
    tangent: bool

    draws = 6  # of starts, at most: one for each operator whose norm enters

    @cached_property
    def maps(self) -> tuple[MapConstants, ...]:
        return constants(self.network)

    @cached_property
    def weights(self) -> Weights:
        return Weights.of(self.network, self.shape)

    @property
    def border(self) -> str:
        return border_of(self.network)

    def bound(self, tau: Field) -> Bound:
        """The least of the bounds above."""
        count = len(self.maps)
        gain = math.prod(m.norm for m in self.maps) * math.sqrt(1 + count * self.tangent)
        warp = Interpolation.of(tau, self.border)
        size, moved = self._size(), self._weighted(warp, rtol=_ROUGHLY)
        candidates = {"norms": gain * (size + moved)}
        terms = {"|S x|_w / |x|": size, "|S L x|_w / |x|": moved}
        if not self.tangent:
            terms["prod rho"] = math.prod(m.rho for m in self.maps)
        if self._carries():
            for motion in self._motions(tau):
                apart = self._weighted(warp, motion)
                rest = self._shifted(motion.shift) if any(motion.shift) else 0.0
                terms[f"|S (L - T) x|_w / |x|, {motion.name}"] = apart
                if any(motion.shift):
                    terms[f"|Phi(T x) - Phi(x)| / |x|, {motion.name}"] = rest
                candidates[motion.name] = self._carry(0, size, moved, apart, apart) + rest
        best = min(candidates, key=lambda name: candidates[name])
        terms |= {f"bound by {name}": value for name, value in candidates.items()}
        what = ("the tangent kernel (claim 48)" if self.tangent else "the kernel (claim 43)") + self._on
        # Sums of numbers >= 0, along axes, patches and windows; norms have their own rounding in them.
        value = raised(candidates[best], 8 * self._sums())
        source = f"by {best}, for {what} on {' x '.join(map(str, self.shape))} pixels"
        return Bound(value, terms, source, True, self.draws * FAILURE)

    _on = ""  # what the network is on, beside pixels

    def _sums(self) -> int:
        """How many numbers are added up on the way of a weight."""
        layers = self.network.layers
        return sum(self.shape) + sum(layer.patch + (layer.pool.length if layer.pool else 0) for layer in layers)

    def _carries(self) -> bool:
        """Whether distances are carried on by every layer."""
        return all(m.bend is not None if self.tangent else math.isfinite(m.rho) for m in self.maps)

    # -- displacement ----------------------------------------------------------------------------------

    def _size(self) -> float:
        """An upper bound of the norm of W^(1/2) S, a product over the axes."""
        found = 1.0
        for weights, n in zip(self.weights.axes[0], self.shape, strict=True):
            smooth = smoothing_matrix(n, self.smoothing, self.border)
            roots = np.sqrt(weights)
            found *= float(roots.max()) if smooth is None else norm(roots[:, None] * smooth, failure=FAILURE).upper
        return found

    def _weighted(self, warp: Interpolation, motion: GridMotion | None = None, rtol: float = 1e-6) -> float:
        """An upper bound of the norm of W^(1/2) S (L - T); of W^(1/2) S L without a motion T."""
        from scipy.sparse.linalg import LinearOperator

        roots = self.weights.roots()
        smooth = [smoothing_matrix(n, self.smoothing, self.border) for n in self.shape]

        def filtered(v: FloatArray, transpose: bool) -> FloatArray:
            for axis, matrix in enumerate(smooth):
                if matrix is not None:
                    matrix = matrix.T if transpose else matrix
                    v = np.moveaxis(np.tensordot(matrix, v, axes=([1], [axis])), 0, axis)
            return v

        def forward(v: FloatArray) -> FloatArray:
            v = v.reshape(self.shape)
            out = warp.apply(v[..., None]).reshape(self.shape)
            if motion is not None:
                out = out - motion.forward(v, self.border)
            return roots * filtered(out, False).ravel()

        def backward(v: FloatArray) -> FloatArray:
            v = filtered((roots * v.ravel()).reshape(self.shape), True)
            out = warp.adjoint(v.ravel()).reshape(self.shape)
            if motion is not None:
                out = out - motion.backward(v, self.border)
            return out.ravel()

        size = math.prod(self.shape)
        operator = LinearOperator((size, size), matvec=forward, rmatvec=backward, dtype=np.dtype(np.float64))
        return norm(operator, rtol=rtol, failure=FAILURE).upper

    def _carry(self, first: int, size: float, other: float, dx: float, dy: float) -> float:
        """What distances at the input of layer `first`, in the norms weighted by w, become at the end."""
        if self.tangent:
            return tangent_growth(self.maps, first, size, other, dx, dy)
        return dx * math.prod(m.rho for m in self.maps[first:])

    # -- shifts ----------------------------------------------------------------------------------------

    def _motions(self, tau: Field) -> list[GridMotion]:
        """What L is compared with: nothing, and the shift that is nearest to its mean where shifts go through."""
        shift = self._nearest_shift(tau.displacements())
        found = [GridMotion("displacement", (0,) * tau.d)]
        return [*found, GridMotion(f"shift by {shift}", shift)] if any(shift) else found

    def _nearest_shift(self, moved: FloatArray) -> tuple[int, ...]:
        """The mean of displacements in whole pixels, (*shape, d); on a circle a shift by its length is none."""
        if not self._commutes():
            return (0,) * len(self.shape)
        mean = moved.mean(axis=tuple(range(len(self.shape))))
        return tuple(int(np.round(t - n * np.round(t / n))) for t, n in zip(mean, self.shape, strict=True))

    def _commutes(self) -> bool:
        """Whether every layer is circular, and its stride divides its map."""
        sizes = self.network.shapes((1, *self.shape, 1))
        return all(
            layer.border == "circular" and all(n % layer.stride == 0 for n in shape.patches)
            for layer, shape in zip(self.network.layers, sizes, strict=True)
        )

    def _shifted(self, shift: tuple[int, ...]) -> float:
        """A bound of |Phi(T_t x) - Phi(x)| / |x|."""
        sizes = self.network.shapes((1, *self.shape, 1))
        filtered = math.prod(_norm_of(smoothing_matrix(n, self.smoothing, "circular")) for n in self.shape)
        total, size, last = 0.0, filtered, len(self.maps) - 1
        for number, (layer, shape) in enumerate(zip(self.network.layers, sizes, strict=True)):
            if not any(shift):
                break
            size *= self._patch_norm(number) * self.maps[number].norm
            whole = [0 if number == last and self.network.output != "mean" else round(t / layer.stride) for t in shift]
            rest = [t - layer.stride * m for t, m in zip(shift, whole, strict=True)]
            apart, pooled = self._displaced(layer, shape.patches, rest)
            # The pair (x, y) of a tangent map after layer j is (number + 2)^(1/2) times as large as x.
            dx = apart * size
            dy = dx * (math.sqrt(number + 2) if self.tangent else 1.0)
            size *= pooled
            root = math.sqrt(self.weights.largest(number + 1))
            if number == last:
                total += dy * root
            else:
                total += self._carry(number + 1, size * root, size * root, dx * root, dy * root)
            shift = tuple(whole)
        return total

    def _patch_norm(self, number: int) -> float:
        """A bound of |P| at a layer, which is 0 for the first."""
        layer = self.network.layers[number]
        return 1.0 if layer.normalized else layer.patch ** (len(self.shape) / 2)

    def _displaced(self, layer: Layer, positions: tuple[int, ...], rest: list[int]) -> tuple[float, float]:
        """Bounds of |A T_r - A| and of |A|, axis by axis: AT (x) AT - A (x) A is a sum of two products."""
        apart, size = 0.0, 1.0
        for n, r in zip(positions, rest, strict=True):
            pooling = layer.pooling(n)
            own = _norm_of(pooling)
            # A T_r x(u) = sum_v A(u, v) x(v - r)
            difference = _norm_of(np.roll(pooling, -r, axis=1) - pooling)
            apart, size = apart * own + size * difference, size * own
        return apart, size


def constants(network: Network | GroupNetwork) -> tuple[MapConstants, ...]:
    """Of every layer's kernel map; ValueError, naming the layer, where one is not homogeneous."""
    found = []
    for number, layer in enumerate(network.layers, start=1):
        try:
            found.append(MapConstants.of(layer.kernel))
        except ValueError as error:
            raise ValueError(f"layer {number}: {error}") from error
    return tuple(found)


def border_of(network: Network | GroupNetwork) -> str:
    """How signals go on beyond their border: "circular" where every layer does, else "zero"."""
    return "circular" if all(layer.border == "circular" for layer in network.layers) else "zero"


def smoothing_matrix(n: int, sigma: float, border: str) -> FloatArray | None:
    """The Gaussian filter A_0 of standard deviation sigma along an axis, with sum 1; None where sigma is 0."""
    if sigma == 0:
        return None
    reach = math.ceil(_REACH * sigma)
    t = np.arange(-reach, reach + 1)
    taps = np.exp(-(np.minimum(np.abs(t) / sigma, 40.0) ** 2) / 2)  # e^{-800} is 0
    taps /= taps.sum()
    between = np.arange(n) - np.arange(n)[:, None]
    if border == "circular":
        return np.asarray(np.bincount(t % n, taps, minlength=n)[between % n])
    inside = np.abs(t) < n
    line = np.zeros(2 * n - 1)
    line[t[inside] + n - 1] = taps[inside]
    return np.asarray(line[between + n - 1])


def _norm_of(matrix: FloatArray | None) -> float:
    """The norm of a matrix whose rows are its first one moved round by equal steps; 1 for None.

    A A^T is a circulant matrix, and has its Fourier transform for eigenvalues.
    """
    if matrix is None:
        return 1.0
    return math.sqrt(float(np.abs(np.fft.fft(matrix @ matrix[0])).max())) * (1 + 1e-12)
