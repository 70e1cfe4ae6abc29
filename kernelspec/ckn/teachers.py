r"""Teachers: convolutional networks with a given activation as functions in the RKHS of a kernel network (claim 50).

A neuron :math:`z \mapsto |z|\,\sigma(\langle g, z\rangle/|z|)` with sigma = sum_j a_j u^j is the inner product of
the features of the kernel :math:`|z||z'|\kappa(\cos)`, kappa = sum_j b_j u^j, with an element of squared norm
:math:`C^2(|g|^2)`. Layer by layer this makes a network an element of the RKHS of the kernel network: its norm is
bounded by that of this element, and that by norms of the weights. Bietti & Mairal (2019), the norm of convolutional
networks; with spectral norms at every layer, the first one too, and with a_0 != 0, here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from ..numbers.arrays import library_of
from ..numbers.checks import FloatArray, choice, real_array
from ..numbers.exact_numbers import Exact, Scalar
from ..numbers.exponents import times_powers
from ..numbers.outward import raised, upper_float
from ..numbers.precision import default_errors
from ..rkhs.neurons import as_coefficients, as_float, as_kernel, ratios
from .axes import read_images
from .layers import Layer
from .network import Network, by
from .scaling import least, powers_of

_EPS = float(np.finfo(np.float64).eps)
BOUNDS = ("gram", "spectral", "frobenius")


@dataclass(frozen=True, eq=False, repr=False)
class Teacher:
    r"""A convolutional network with a polynomial activation, as an element of the RKHS of a kernel network.

    .. math:: f_k(u) = A_k\left[n_k\,\sigma\left(\frac{W_k P_k f_{k-1}}{n_k}\right)\right](u), \quad
              n_k(u) = |P_k x_{k-1}(u)|, \quad f_0 = x, \qquad f(x) = \sum_u \langle w(u), f_n(u)\rangle

    where x_k are the maps of the kernel network, and P_k, A_k its patches and pooling. So
    :math:`f(x) = \langle f, \Phi(x)\rangle`, and :math:`|f(x) - f(x')| \le \|f\|\,|\Phi(x) - \Phi(x')|` (claim 41).

    Parameters
    ----------
    network : layers with zonal kernels, each with b_j > 0 where a_j != 0.
    filters : W_1, ..., W_n; W_k of shape (filters, patch, patch, channels) for images, (filters, patch, channels) for
        signals, its channels the filters of the layer before. With a `normalized` layer they act on the patch divided
        by the root of its size, as the kernel does.
    readout : w, of shape (height, width, filters) or (length, filters) of the last map; (filters,) for a network with
        output "mean", where f(x) is <w, mean of f_n over its positions>.
    activation : the coefficients a_0, a_1, ... of sigma, the same at every layer.

    Raises TypeError and ValueError that name the parameter.

    Source: Bietti & Mairal 2019 (JMLR), norms of networks in the RKHS (claim 50).

    >>> import kernelspec as ks
    >>> from kernelspec import ckn
    >>> net = ckn.Network([ckn.Layer(patch=1, kernel=ks.parse("0.5*linear() + 0.5*polynomial(2)"))])
    >>> teacher = Teacher(net, [[[[1.0, 0.0]], [[0.0, 1.0]]]], [[1.0, 1.0]], [0, 0, 1])  # (x_1^2 + x_2^2)/|x|
    >>> teacher([[[3.0, 4.0]]]), round(teacher.squared_norm(), 12)
    (array([5.]), 4.0)
    >>> round(teacher.squared_norm("spectral"), 12), round(teacher.squared_norm("frobenius"), 12)
    (4.0, 16.0)
    """

    network: Network
    filters: Sequence[Any]
    readout: Any
    activation: Sequence[Any]

    def __post_init__(self) -> None:
        if not isinstance(self.network, Network):
            raise TypeError(f"network must be a ckn.Network; got {self.network!r}")
        layers = self.network.layers
        for number, layer in enumerate(layers, start=1):
            as_kernel(layer.kernel, f"the kernel of layer {number}")
        several = isinstance(self.filters, Sequence) or np.ndim(self.filters) > 0
        if not several or len(self.filters) != len(layers):
            raise ValueError(f"filters must be {len(layers)} arrays, one for each layer; got {_length(self.filters)}")
        filters = tuple(_weights(f"filters of layer {i}", w) for i, w in enumerate(self.filters, start=1))
        axes = filters[0].ndim - 2
        for number, (layer, weights) in enumerate(zip(layers, filters, strict=True), start=1):
            channels = filters[number - 2].shape[:1] if number > 1 else weights.shape[-1:]
            sizes = (*weights.shape[:1], *(layer.patch,) * axes, *channels)
            if axes not in (1, 2) or weights.shape != sizes or not weights.size:
                raise ValueError(
                    f"filters of layer {number} must have shape (filters, {layer.patch}, channels) for signals or "
                    f"(filters, {layer.patch}, {layer.patch}, channels) for images, and as many channels as the layer "
                    f"before has filters; got {weights.shape}"
                )
        readout = _weights("readout", self.readout)
        places = axes if self.network.output == "sum" else 0
        if readout.ndim != places + 1 or readout.shape[-1] != len(filters[-1]) or not readout.size:
            raise ValueError(
                f"readout must have {places} axes of positions and then {len(filters[-1])}, the filters of the last "
                f'layer, for output "{self.network.output}"; got shape {readout.shape}'
            )
        coefficients = as_coefficients(self.activation)
        for number, layer in enumerate(layers, start=1):
            ratios(as_kernel(layer.kernel), coefficients, f"the kernel of layer {number}")
        object.__setattr__(self, "filters", filters)
        object.__setattr__(self, "readout", readout)
        object.__setattr__(self, "activation", coefficients)

    def __repr__(self) -> str:
        widths = ", ".join(str(len(w)) for w in self.filters)
        return f"Teacher({self.network!r}, {widths} filters, activation of degree {len(self.activation) - 1})"

    @default_errors
    def __call__(self, x: Any, channels: str | None = None) -> FloatArray:
        """f(x) for images or signals of shape (n, ..., channels): an array of shape (n,), float64.

        `channels` is "last", or "first"; None refuses shapes that look like those of channels first.
        """
        x = read_images(library_of(np.empty(0)), "x", x, double=True, channels=channels)
        axes = self.filters[0].ndim - 2
        if x.ndim != axes + 2 or x.shape[-1] != self.filters[0].shape[-1]:
            kind = "(n, length, " if axes == 1 else "(n, height, width, "
            raise ValueError(f"x must have shape {kind}{self.filters[0].shape[-1]}) for these filters; got {x.shape}")
        last = self.network.shapes(x.shape, "last")[-1].output
        if self.network.output == "sum" and last != self.readout.shape[:-1]:
            raise ValueError(
                f"x must leave a last map of {by(self.readout.shape[:-1])} positions, as readout has; "
                f"{by(x.shape[1:-1])} positions leave {by(last)}"
            )
        if not len(x):
            return np.zeros(0)
        with np.errstate(over="ignore", invalid="ignore"):  # seen in the result
            powers = powers_of(self.network, x)
            found = times_powers(self._values(times_powers(x, -powers)), powers)
        if not np.isfinite(found).all():
            raise ValueError("x, filters or readout must be smaller: f(x) overflows float64")
        return found

    def _values(self, x: FloatArray) -> FloatArray:
        axes = x.ndim - 2
        norms = [m.values for m in self.network.maps(x, channels="last") if m.name.startswith("patches")]
        sigma, largest = [float(a) for a in self.activation], 0.0
        for layer, weights, size in zip(self.network.layers, self.filters, norms, strict=True):
            pre = np.tensordot(_patches(x, layer), weights, (range(-axes - 1, 0), range(1, axes + 2)))
            if layer.normalized:
                pre /= float(layer.patch) ** (axes / 2)
            # Norms that divide have a floor, and those that multiply do not: maps of norms below are rounding.
            floor = self.network.floor or max(_EPS * largest, least(64, first=False))
            largest = float(size.max(initial=0.0))
            x = size[..., None] * np.polynomial.polynomial.polyval(pre / np.maximum(size, floor)[..., None], sigma)
            for axis in range(1, axes + 1):
                pooled = np.tensordot(layer.pooling(x.shape[axis]), x, (1, axis))
                x = np.moveaxis(pooled, 0, axis)
        if self.network.output == "mean":
            x = x.mean(axis=tuple(range(1, axes + 1)))
        return cast(FloatArray, x.reshape(len(x), -1) @ self.readout.ravel())

    @default_errors
    def squared_norm(self, bound: str = "gram") -> float:
        r"""A bound of the squared norm of f in the RKHS, rounded up.

        Parameters
        ----------
        bound : which of the three, each below the next:

            "gram", the squared norm of the element itself, with G_k the inner products of the neurons of layer k,

            .. math:: \sum_u w(u)^T G_n w(u), \quad G_k = C_k^2[\Gamma_k], \quad
                      \Gamma_k = \sum_v W_k(v) G_{k-1} W_k(v)^T, \quad G_0 = 1;

            "spectral", with :math:`|W_k|_2` the largest singular value of W_k as a matrix with one row for each
            filter, and p_k filters,

            .. math:: |w|^2 C_n^2(|W_n|_2^2 \cdots C_1^2(|W_1|_2^2)), \quad
                      C_k^2(s) = p_k \frac{a_0^2}{b_0} + \sum_{j\ge1} \frac{a_j^2}{b_j} s^j;

            "frobenius", as in the paper but for a_0, with :math:`|W_1|_F^2` in place of :math:`|W_1|_2^2` and, from
            the second layer on, :math:`\sum_v |W_k(v)|_2^2` over the places v of a patch.

        The spectral bound holds since :math:`\Gamma^{\circ j}`, an entrywise power, is at most
        :math:`|\Gamma|_2^j` (Schur), and a_0 adds a matrix of ones, of norm p_k.
        """
        choice("bound", bound, BOUNDS)
        sigma, readout = self.activation, self.readout.reshape(-1, self.readout.shape[-1])
        squares = [
            [(j, _up(r)) for j, r in ratios(as_kernel(layer.kernel), sigma, "kernel").items()]
            for layer in self.network.layers
        ]
        # What overflows has no finite bound here.
        with np.errstate(over="ignore", invalid="ignore"):
            if bound == "gram":
                found, largest = self._gram(squares), self._gram(squares, absolute=True)
                # What is rounded on the way to a number, and so what the sum of absolute values may be off by.
                operations = 1
                for weights, series in zip(self.filters, squares, strict=True):
                    longest = 2 * weights[0].size + 8
                    operations = max((j for j, _ in series), default=0) * (operations + longest) + len(series)
                operations += 2 * readout.size + 8
                total = raised(max(found, 0.0) + operations * 2.0**-52 * largest, 4)
                return total if math.isfinite(total) else math.inf
            size: Any
            operations, value = 8, np.float64(1.0)
            for number, (weights, series) in enumerate(zip(self.filters, squares, strict=True)):
                flat = weights.reshape(len(weights), -1, weights.shape[-1])
                if bound == "spectral":
                    size = _spectral(flat.reshape(len(flat), -1)) ** 2
                elif number:
                    size = np.float64(sum(_spectral(flat[:, v]) ** 2 for v in range(flat.shape[1])))
                else:
                    size = np.sum(flat**2)
                value = _apply(series, size * value, len(flat))
                degree = max((j for j, _ in series), default=0)
                operations = degree * (operations + 2 * flat.size + 8) + len(series)
            found = raised(float(np.sum(readout**2) * value), operations + 2 * readout.size)
            return found if math.isfinite(found) else math.inf

    def _gram(self, squares: list[list[tuple[int, float]]], absolute: bool = False) -> float:
        """The squared norm of the element, in floats; with absolute values of all weights, what bounds its terms."""
        size = np.abs if absolute else np.asarray
        gram = np.eye(self.filters[0].shape[-1])
        for weights, series in zip(self.filters, squares, strict=True):
            flat = size(weights.reshape(len(weights), -1, weights.shape[-1]))
            gram = _apply(series, np.einsum("avi,ij,bvj->ab", flat, gram, flat, optimize=True), 1)
        readout = size(self.readout.reshape(-1, self.readout.shape[-1]))
        return float(np.einsum("ui,ij,uj->", readout, gram, readout))


# ---------------------------------------------------------------------------------------------- the operators


def _up(value: Scalar) -> float:
    """A float not below; infinite beyond their range."""
    if isinstance(value, Exact):
        return upper_float(value.ball(64))
    return upper_float(value) if as_float(value) < math.inf else math.inf


def _spectral(matrix: FloatArray) -> np.float64:
    """The largest singular value, rounded up: proved (`stability.certificate`)."""
    from .stability.certificate import proved_bound

    return np.float64(proved_bound(matrix, float(np.linalg.norm(matrix, 2))))


def _apply(series: list[tuple[int, float]], s: Any, ones: int) -> Any:
    """sum_j r_j s^j, elementwise, with r_0 counted so many times."""
    total = np.zeros(np.shape(s))
    for j, r in series:
        total = total + (r * s**j if j else ones * r)
    return total


def _patches(maps: FloatArray, layer: Layer) -> FloatArray:
    """P f: maps (n, positions..., channels) to (n, places..., offsets..., channels)."""
    for axis in range(1, maps.ndim - 1):
        size = maps.shape[axis]
        reads = np.arange(layer.map_size(size))[:, None] + np.asarray(layer.offsets)
        if layer.border == "circular":
            reads %= size
        inside = (reads >= 0) & (reads < size)
        shape = [1] * (maps.ndim + 1)
        shape[axis : axis + 2] = reads.shape
        taken = np.take(maps, np.clip(reads, 0, size - 1), axis=axis) * inside.reshape(shape)
        maps = np.moveaxis(taken, axis + 1, -2)
    return maps


def _weights(name: str, value: Any) -> FloatArray:
    array = np.array(real_array(name, value), dtype=np.float64)
    array.setflags(write=False)
    return array


def _length(value: Any) -> str:
    several = isinstance(value, Sequence) or np.ndim(value) > 0
    return str(len(value)) if several and not isinstance(value, str) else repr(value)
