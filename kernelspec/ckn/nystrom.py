r"""Convolutional kernel networks in finite dimension: `Nystrom`, with fit and transform (Mairal 2016).

Each layer's kernel map is replaced by a map psi_k into R^{r_k} (`anchors`), and patches, borders and pooling are those
of the layer: x_k = A_k psi_k(P_k x_{k-1}), so that layer k+1 reads maps of r_k channels. Their patches in turn are
what the anchors of layer k+1 are learned from.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..numbers.checks import check_progress, integer, memory_size, random_generator, watched
from ..numbers.exponents import times_powers
from ..numbers.parameters import not_fitted
from ..numbers.precision import default_errors
from .anchors import distinct_rows, spherical_kmeans
from .finite import LayerMap, anchor_map, forward, levels, padded, plan, random_map, rectifier, windows
from .network import Network, by
from .scaling import Scaling, lengths, powers_of
from .transformer import Transformer

ANCHORS = ("kmeans", "patches", "random")
SMALL = 1e-6  # beside the largest norm, of patches that no anchors are learned from
_GATHER = 2**12  # sampled patches read at a time
_EIGH = 4 * 8  # bytes for each entry of kappa(Z Z^T): the matrix, its eigenvectors, the work of LAPACK

Progress = Callable[..., Iterable[Any]]


class Nystrom(Transformer):
    r"""Explicit features Phi of a convolutional kernel network, <Phi(x), Phi(x')> ~ K(x, x').

    Parameters
    ----------
    net : a `ckn.Network`. A layer of `ckn.square` needs no norms, psi(z) = S^T (Z z)^2, and is exact as soon as the
        matrices z z^T of its anchors span what those of the patches span: d(d+1)/2 anchors for patches of d numbers,
        the dimension of the explicit map z (x) z, which has no advantage then.
    components : how many anchors (or random features) each layer has at most, one number for all layers or one for
        each; None for 256 in the last layer and 64 in those before. Fewer come where the data have fewer distinct
        patches or the kernel a smaller rank.
    anchors : "kmeans", spherical k-means on patches of the data; "patches", distinct patches at random; "random",
        random features sqrt(2/m) max(Wz, 0) for ReLU layers (leaky ReLU alike; other kernels are refused), which
        learn nothing from the data and are unbiased: for one layer E <Phi(x), Phi(x')> = K(x, x').
    rng : seed or Generator; a seed gives the same features at every fit.
    patches : how many patches the anchors of a layer are learned from, at most, and no more than a quarter of the
        memory holds. One is drawn from each of so many equal parts of all positions; patches of 0 are left
        out, and norms below 1e-6 of the largest.
    memory : bytes for maps, patches, samples and the eigenproblem of m anchors, beyond X, the result, the fitted maps
        and a MiB.
    shape : None; or, for data that come as rows of numbers, as from other steps of a pipeline, the shape of one image
        or signal that each makes, such as (8, 8, 1), with -1 where it may be any.

    Attributes, once fitted
    -----------------------
    maps_ : one `AnchorMap` or `RandomMap` a layer.
    n_features_in_, n_features_out_ : numbers of an image, and columns of its features, of the size that was fitted.

    The features have the dtype of the data fitted, float32 or float64. With the network's output "sum" they are the
    last maps, position by position; with "mean", their average over positions, and then images of any size can be
    transformed.

    Source: Mairal (2016), "End-to-end kernel learning with supervised convolutional kernel networks", section 2.

    >>> import kernelspec as ks
    >>> from kernelspec import ckn
    >>> net = ckn.Network([ckn.Layer(3, ks.exponential(0.6), ckn.gaussian(2), stride=2)])
    >>> X = np.random.default_rng(0).standard_normal((5, 8, 8, 1))
    >>> features = ckn.Nystrom(net, components=320).fit_transform(X)
    >>> features.shape
    (5, 2880)
    >>> bool(np.allclose(features @ features.T, net.gram(X), rtol=1e-10))  # an anchor for each of 5 * 8 * 8 patches
    True
    """

    _parameters = ("net", "components", "anchors", "rng", "patches", "memory", "shape")
    maps_: tuple[LayerMap, ...]

    def __init__(
        self,
        net: Network,
        components: Any = None,
        anchors: str = "kmeans",
        rng: Any = 0,
        patches: int = 100_000,
        memory: int = 2**30,
        shape: Any = None,
    ) -> None:
        # As scikit-learn wants it, parameters are kept as they were given, and checked by fit.
        self.net = net
        self.components = components
        self.anchors = anchors
        self.rng = rng
        self.patches = patches
        self.memory = memory
        self.shape = shape

    def __repr__(self) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._parameters[1:])
        return f"Nystrom({self.net!r}, {values})"

    # -- fit and transform ---------------------------------------------------------------------------

    @default_errors
    def fit(self, x: Any, y: Any = None, *, progress: Progress | None = None, channels: str | None = None) -> Nystrom:
        """Choose the anchors of every layer.

        Parameters
        ----------
        x : images (n, height, width, channels) or signals (n, length, channels), n >= 1, finite; integers are read
            as float64.
        y : ignored.
        progress : called as progress(layers, total=...), like tqdm.
        channels : "last", as above, or "first"; None refuses shapes that look like those of channels first.

        Raises TypeError and ValueError for wrong parameters or data, a layer whose patches are all 0, a kernel that
        is not positive semi-definite, too little memory.
        """
        check_progress(progress)
        counts = self._components()
        data = self._images(x, channels)
        if not len(data):
            raise ValueError("x must hold at least one image to fit; got none")
        self.net.shapes(data.shape, "last")
        rng = random_generator(self.rng)
        maps: list[LayerMap] = []
        features = data.shape[-1]
        for k in watched(progress, range(len(counts)), len(counts)):
            layer, number = self.net.layers[k], k + 1
            try:
                if self.anchors == "random":
                    size = features * layer.patch ** (data.ndim - 2)
                    made: LayerMap = random_map(layer, size, counts[k], data.dtype, rng)
                else:
                    sample = self._sample(data, maps, counts[k], rng)
                    choose = spherical_kmeans if self.anchors == "kmeans" else distinct_rows
                    made = anchor_map(layer, choose(sample, counts[k], rng), self.net.floor)
            except ValueError as error:
                raise ValueError(f"layer {number}: {error}") from error
            maps.append(made)
            features = made.features
        self.maps_, self._fitted_net = tuple(maps), self.net
        self._shape, self._dtype = data.shape[1:], data.dtype
        self.n_features_in_ = math.prod(data.shape[1:])
        self.n_features_out_ = _columns(self.net, data.shape, features)
        return self

    @default_errors
    def transform(self, x: Any, *, progress: Progress | None = None, channels: str | None = None) -> Any:
        """The features of images or signals, shape (n, columns): transform(X) @ transform(Y).T ~ net.gram(X, Y).

        Parameters
        ----------
        x : as in `fit`, with as many channels; of the same size unless the network's output is "mean".
        progress : called as progress(batches, total=...), like tqdm.
        channels : as in `fit`.

        Returns an array, or a data frame where `set_output` asks for one.

        Raises `NotFittedError` before `fit`; TypeError and ValueError as `fit`.
        """
        if not hasattr(self, "maps_"):
            raise not_fitted("this Nystrom has no anchors yet: call fit(X), or fit_transform(X), before transform")
        check_progress(progress)
        net, maps = self._fitted_net, self.maps_
        data = self._images(x, channels, self.n_features_in_)
        shape, fitted = data.shape[1:], self._shape
        if len(shape) != len(fitted) or shape[-1] != fitted[-1]:
            raise ValueError(
                f"x must have the {len(fitted)} axes and {fitted[-1]} channels of the fitted data, "
                f"(n, {', '.join(map(str, fitted))}); got shape {data.shape}"
            )
        if net.output == "sum" and shape != fitted:
            raise ValueError(
                f"x must have images of the fitted size {by(fitted)}, got {by(shape)}: the features are the maps, "
                "position by position; output='mean' takes images of any size"
            )
        scaling, powers = Scaling.of(net), powers_of(net, data)
        out = np.empty((len(data), _columns(net, data.shape, maps[-1].features)), dtype=self._dtype)
        size, strip = plan(net, maps, data.shape, self._dtype, memory_size(self.memory))
        starts = range(0, len(data), size)
        for start in watched(progress, starts, len(starts)):
            here = slice(start, start + size)
            part = times_powers(data[here], -powers[here]).astype(self._dtype, copy=False)
            last = forward(net, maps, part, strip)
            if net.output == "mean":
                last = last.mean(axis=tuple(range(1, last.ndim - 1)))
            last = last.reshape(len(last), -1)
            out[here] = times_powers(last, scaling.degrees[-1] * powers[here])
        if not np.isfinite(out).all():
            raise ValueError(f"x is too large: its features overflow {self._dtype}")
        return self._made(out)

    def fit_transform(
        self, x: Any, y: Any = None, *, progress: Progress | None = None, channels: str | None = None
    ) -> Any:
        """The features of the data that the anchors are chosen from."""
        fitted = self.fit(x, progress=progress, channels=channels)
        return fitted.transform(x, progress=progress, channels=channels)

    def _components(self) -> list[int]:
        """The parameters checked; how many components each layer has."""
        if not isinstance(self.net, Network):
            raise TypeError(f"net must be a ckn.Network; got {self.net!r}")
        if self.anchors not in ANCHORS:
            raise ValueError(f"anchors must be one of {', '.join(ANCHORS)}; got {self.anchors!r}")
        integer("patches", self.patches, 1)
        memory_size(self.memory)
        random_generator(self.rng)
        self._shape_of_rows()
        layers = self.net.layers
        given = [64] * (len(layers) - 1) + [256] if self.components is None else self.components
        several = isinstance(given, Iterable) and not isinstance(given, str)
        if several and np.ndim(given):
            counts = [integer("components", count, 1) for count in given]
        else:
            counts = [integer("components", given, 1)] * len(layers)
        if len(counts) != len(layers):
            raise ValueError(
                f"components must be one number, or one for each of the {len(layers)} layers; got {self.components!r}"
            )
        if self.anchors == "random":
            for number, layer in enumerate(layers, start=1):
                if rectifier(layer) is None:
                    raise ValueError(
                        "anchors='random' needs layers of ReLU or leaky ReLU, a*linear() + b*arccos(1) with b >= 0, "
                        f"a >= -b/2: layer {number} has {layer.kernel!r}; take anchors='kmeans' or 'patches'"
                    )
        return counts

    def _sample(self, data: Any, maps: list[LayerMap], count: int, rng: np.random.Generator) -> Any:
        """Directions of the patches that the next layer reads, at random positions; shape (patches, d)."""
        layer = self.net.layers[len(maps)]
        level, dtype = levels(self.net, maps, data.shape)[-1], data.dtype
        width, places = level.dimension, level.places
        patches, memory = integer("patches", self.patches, 1), memory_size(self.memory)
        each = math.prod(places)
        total = len(data) * each
        # A sample, what k-means makes of it, and for each patch some 16 numbers: its place, labels, cosines.
        row = 4 * width * dtype.itemsize + 128
        count = min(count, patches, total)
        least = max(row, _EIGH * count) * count
        if memory < least:
            raise ValueError(
                f"memory must be at least {least} bytes for {count} anchors among patches of {width} numbers, "
                f"got {memory}"
            )
        wanted = min(patches, memory // row, total)
        # One place in each of `wanted` equal parts: all differ, in order, and no batch size has a say.
        edges = np.arange(wanted + 1) * total // wanted
        chosen = edges[:-1] + (rng.random(wanted) * np.diff(edges)).astype(np.int64)
        image, place = chosen // each, chosen % each
        images, powers = np.unique(image), powers_of(self.net, data)
        sample = np.empty((wanted, width), dtype=dtype)
        size, strip = plan(self.net, maps, data.shape, dtype, memory, share=2)
        step = max(1, min(_GATHER, wanted // 8))
        for start in range(0, len(images), size):
            batch = images[start : start + size]
            x = forward(self.net, maps, times_powers(data[batch], -powers[batch]), strip)
            view = windows(padded(x, layer), layer)
            first, last = np.searchsorted(image, [batch[0], batch[-1] + 1])
            for i in range(first, last, step):
                rows = slice(i, min(i + step, last))
                at = np.searchsorted(batch, image[rows]), *np.unravel_index(place[rows], places)
                sample[rows] = view[at].reshape(-1, width)
        norms = lengths(sample)
        if not np.isfinite(norms).all():
            raise ValueError(f"x is too large: the norms of its patches overflow {dtype}")
        if not norms.any():
            raise ValueError("no patch of x has a norm above 0: there is no direction")
        kept = norms > SMALL * norms.max()
        sample, norms = sample[kept], norms[kept]
        sample /= norms[:, None]
        return sample


def _columns(net: Network, shape: tuple[int, ...], features: int) -> int:
    return features * (math.prod(net.shapes(shape, "last")[-1].output) if net.output == "sum" else 1)
