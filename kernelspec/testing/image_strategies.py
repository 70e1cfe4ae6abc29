"""Hypothesis strategies for convolutional kernels: networks, batches of images that fit them, deformations."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from ..ckn import Layer, Network, Pool, Square, average, gaussian, square, strided
from ..ckn.layers import BORDERS
from ..ckn.network import OUTPUTS, sizes_of
from ..ckn.stability import Field, elastic, field, rotation, scaling, sinusoid, translation
from ..kernels.families import arccos, exponential, laplace, linear, polynomial
from ..kernels.networks import rf
from ..kernels.zonal import Zonal
from ..numbers.checks import integer

Array = np.ndarray[Any, np.dtype[Any]]
Sizes = tuple[int, ...]
PatchKernel = Zonal | Square

_FURTHEST = 512  # positions up to which a network's images are looked for
_SEEDS = st.integers(0, 2**32 - 1)


def sizes() -> st.SearchStrategy[Sizes]:
    """Positions along the axes of small signals, (n,), and images, (height, width), square or not."""
    return st.one_of(st.tuples(st.integers(1, 9)), st.tuples(st.integers(1, 5), st.integers(1, 5)))


# -- networks -----------------------------------------------------------------------------------------


def patch_kernels() -> list[PatchKernel]:
    """Kernels that layers of `architectures` have, of every kind."""
    mixed = 0.25 * linear() + 0.75 * arccos(1)
    steep = [arccos(0), laplace(1)]
    return [linear(), polynomial(2), exponential(0.6), arccos(1), rf(3), mixed, *steep, square]


def pools(border: str = "zero") -> list[Pool]:
    """Small poolings of every kind; a strided one reads positions, and has no centre."""
    centred = (False,) if border == "valid" else (False, True)
    kinds: list[tuple[Callable[..., Pool], int]] = [(gaussian, q) for q in (1, 2)]
    kinds += [(average, q) for q in (1, 2, 3)]
    return [strided(), *(make(q, centred=c) for make, q in kinds for c in centred)]


def _fits(made: Sequence[Layer], positions: Sizes) -> bool:
    try:
        sizes_of(Network(made), positions, 1)
    except ValueError:
        return False
    return True


@st.composite
def layers(
    draw: st.DrawFn,
    positions: Sizes = (9,),
    *,
    kernels: Sequence[PatchKernel] | None = None,
    borders: Sequence[str] = BORDERS,
) -> Layer:
    """A layer whose maps are not empty on inputs of these positions.

    Parameters
    ----------
    positions : along each axis of what it reads.
    kernels : those of its patches that are drawn from; None for a list of every kind.
    borders : those that are drawn from.
    """
    border = draw(st.sampled_from(borders))
    # At a circular border a patch that is longer than the signal reads a position twice.
    patch = draw(st.integers(1, min(4, *positions) if border == "valid" else 4))
    kernel = draw(st.sampled_from(list(kernels or patch_kernels())))
    normalized = draw(st.booleans())
    options = [Layer(patch, kernel, None, 1, border, normalized)] + [
        Layer(patch, kernel, pool, stride, border, normalized) for pool in pools(border) for stride in (1, 2, 3)
    ]
    return draw(st.sampled_from([layer for layer in options if _fits([layer], positions)]))


@st.composite
def architectures(
    draw: st.DrawFn,
    positions: Sizes | None = None,
    *,
    kernels: Sequence[PatchKernel] | None = None,
    borders: Sequence[str] = BORDERS,
    max_layers: int = 3,
    outputs: Sequence[str] = OUTPUTS,
) -> Network:
    """Networks (`ckn.Network`) of 1 to `max_layers` layers none of whose maps is empty.

    Parameters
    ----------
    positions : (n,) or (height, width) of the images, none of whose maps is to be empty; None for any (`images` of the
        network then finds some that fit).
    kernels : those of the patches that are drawn from, such as [ks.arccos(1)] for networks with a tangent kernel; None
        for a list of every kind.
    borders, outputs : those that are drawn from.

    >>> from hypothesis import given
    >>> from hypothesis import strategies as st
    >>> @given(st.data())
    ... def test(data):
    ...     network = data.draw(architectures())
    ...     x = data.draw(images(network))
    ...     assert network.gram(x).shape == (len(x), len(x))
    """
    here = draw(sizes()) if positions is None else tuple(positions)
    made: list[Layer] = []
    for _ in range(draw(st.integers(1, integer("max_layers", max_layers, 1)))):
        made.append(draw(layers(here, kernels=kernels, borders=borders)))
        here = sizes_of(Network(made[-1:]), here, 1)[0].output
    return Network(tuple(made), output=draw(st.sampled_from(outputs)))


# -- images -------------------------------------------------------------------------------------------


@st.composite
def images(
    draw: st.DrawFn,
    network: Network | None = None,
    *,
    positions: Sizes | None = None,
    channels: int | None = None,
    max_images: int = 4,
    dtype: Any = np.float64,
) -> Array:
    """Batches of shape (n, *positions, channels) that fit a network, the channels last.

    An image is random, on a grid, constant, or zero, or a copy of another one: equal, negated, scaled, or shifted.

    Parameters
    ----------
    network : none of its maps is empty on these images; None for images of any size.
    positions : (n,) or (height, width); None for some that fit the network, or `sizes()`.
    channels : None for 1 to 3.
    max_images : the largest n; the least is 1.
    dtype : of the array.

    Raises ValueError where a network has empty maps on images of the positions given, or of any up to 512.
    """
    if positions is None:
        positions = draw(sizes() if network is None else _positions(network))
    elif network is not None:
        sizes_of(network, tuple(positions), 1)
    shape = (*positions, draw(st.integers(1, 3)) if channels is None else integer("channels", channels, 1))
    found: list[Array] = []
    for _ in range(draw(st.integers(1, integer("max_images", max_images, 1)))):
        kind = draw(
            st.sampled_from(
                ["random", "grid", "constant", "zero"] + (["equal", "negated", "scaled", "shifted"] if found else [])
            )
        )
        if kind == "random":
            image = np.random.default_rng(draw(st.integers(0, 2**16))).standard_normal(shape)
        elif kind == "grid":
            size = math.prod(shape)
            pixels = draw(st.lists(st.integers(-2, 2), min_size=size, max_size=size))
            image = np.reshape(np.array(pixels, dtype=np.float64), shape)
        elif kind == "constant":
            image = np.full(shape, draw(st.sampled_from([1.0, -0.3, 7.0])))
        elif kind == "zero":
            image = np.zeros(shape)
        else:
            image = draw(st.sampled_from(range(len(found))).map(found.__getitem__))
            if kind == "negated":
                image = -image
            elif kind == "scaled":
                image = image * draw(st.sampled_from([3.0, 0.1, 1 / 64]))
            elif kind == "shifted":
                image = np.roll(image, 1, axis=0)
        found.append(image)
    return np.stack(found).astype(np.dtype(dtype))


def _positions(network: Network) -> st.SearchStrategy[Sizes]:
    """Signals and images on which no map of the network is empty, of nearly the least size."""
    steps = list(network.layers)
    fitting = [n for n in range(1, _FURTHEST + 1) if _fits(steps, (n,))][:5]
    if not fitting:
        raise ValueError(
            f"network must have images of at most {_FURTHEST} positions along an axis on which no map is empty; got "
            f"{network!r}"
        )
    one = st.sampled_from(fitting)
    return st.one_of(st.tuples(one), st.tuples(one, one)) if fitting[0] <= 32 else st.tuples(one)


# -- deformations -------------------------------------------------------------------------------------

DEFORMATIONS = (*("field", "sinusoid", "translation", "shift", "scaling", "elastic", "rotation", "sum"),)


@st.composite
def deformations(
    draw: st.DrawFn, shape: Sizes | None = None, *, max_grad: float = 0.9, kinds: Sequence[str] = DEFORMATIONS
) -> Field:
    """Displacement fields (`ckn.stability.Field`): random ones, waves, translations, enlargements, turns, and sums.

    Parameters
    ----------
    shape : positions of the signals, (n,), or of the images, (height, width); None for some from 2 to 24.
    max_grad : the largest |grad tau|_inf, below 1 for fields that are invertible.
    kinds : of `DEFORMATIONS`: "translation" is by any vector, "shift" by whole pixels, "rotation" of images only, "sum"
        of two.
    """
    for kind in kinds:
        if kind not in DEFORMATIONS:
            raise ValueError(f"kinds must be among {', '.join(DEFORMATIONS)}; got {kind!r}")
    if shape is None:
        several = st.integers(2, 12)
        shape = draw(st.one_of(st.tuples(st.integers(2, 24)), st.tuples(several, several)))
    plane = len(shape) == 2
    kind = draw(st.sampled_from([k for k in kinds if k != "rotation" or plane]))
    if kind in ("translation", "shift"):
        steps = st.integers(-4, 4) if kind == "shift" else st.floats(-4, 4)
        return translation(shape, [draw(steps) for _ in shape])
    grad = draw(st.floats(0, max_grad))
    if kind == "sinusoid":
        axes, wavelength = st.integers(0, len(shape) - 1), draw(st.floats(1, 40))
        along, moves, phase = draw(axes), draw(axes), draw(st.floats(0, 7))
        return sinusoid(shape, grad, wavelength, along=along, moves=moves, phase=phase)
    if kind == "scaling":  # tau = (1 - 1/factor)(u - c)
        grad = min(grad, 0.999)
        return scaling(shape, 1 / (1 - grad) if draw(st.booleans()) else 1 / (1 + grad))
    if kind == "rotation":  # |grad tau| = 2 |sin(angle/2)|
        return rotation(shape, 2 * math.asin(min(grad, 2.0) / 2) * draw(st.sampled_from([1, -1])))
    scale, seed = draw(st.floats(1, 30)), draw(_SEEDS)
    if kind == "elastic":
        return elastic(shape, 10 * grad, scale, seed)
    tau = field(shape, grad if kind == "field" else grad / 2, scale, seed)
    if kind == "field":
        return tau
    return tau + 0.5 * scaling(shape, 1 / (1 - min(grad, 0.999)))
