"""Images and signals for the pages: made here, or read from a file."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..numbers.checks import FloatArray


MOST_PIXELS = 40_000_000  # of a picture that is made smaller: a second of work
LARGEST = 28  # pixels along an axis of an image: norms of operators on more take seconds
LONGEST = 256  # positions of a signal


def ring() -> FloatArray:
    """A ring and a disc, 28 x 28 x 1."""
    y, x = np.mgrid[:28, :28] / 27.0
    out = _soft(np.hypot(x - 0.45, y - 0.5), 0.33) - _soft(np.hypot(x - 0.45, y - 0.5), 0.2)
    return (out + _soft(np.hypot(x - 0.8, y - 0.22), 0.12))[..., None]


def stripes() -> FloatArray:
    """Stripes that become finer, 28 x 28 x 1."""
    y, x = np.mgrid[:28, :28] / 27.0
    return (0.5 + 0.5 * np.sin(2 * np.pi * (2 + 3 * x) * (x + 0.35 * y)))[..., None]


def colours() -> FloatArray:
    """A disc and a triangle before a sky, 28 x 28 x 3."""
    y, x = np.mgrid[:28, :28] / 27.0
    sky = np.stack([0.35 + 0.3 * y, 0.55 + 0.25 * y, 0.85 - 0.1 * y], axis=-1)
    disc = _soft(np.hypot(x - 0.68, y - 0.3), 0.17)[..., None]
    hill = 1 / (1 + np.exp(-40 * (y - 0.45 - 0.9 * np.abs(x - 0.4))))[..., None]
    out = sky * (1 - disc) + disc * np.array([0.98, 0.82, 0.3])
    return np.asarray(out * (1 - hill) + hill * np.array([0.2, 0.42, 0.28]))


def chirp() -> FloatArray:
    """A signal: a bump, a step, and an oscillation that grows faster, 96 x 1."""
    t = np.arange(96) / 96
    steps = np.where((t > 0.4) & (t < 0.58), 1.0, 0.0)
    bump = np.where(np.abs(t - 0.2) < 0.15, 0.9 * np.cos(np.pi * (t - 0.2) / 0.3) ** 2, 0.0)
    return (bump + steps + np.where(t > 0.66, np.sin(60 * np.pi * (t - 0.66) ** 2), 0.0))[:, None]


def digit() -> FloatArray:
    """A handwritten digit of scikit-learn, 8 x 8 pixels, each of them three wide, 24 x 24 x 1."""
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError:
        raise ValueError(
            "source must be another one than 'digit' without scikit-learn: pip install kernelspec[data]"
        ) from None
    return np.kron(load_digits().images[3] / 16.0, np.ones((3, 3)))[..., None]


SOURCES: dict[str, tuple[str, Callable[[], FloatArray]]] = {
    "ring": ("ring and disc, 28 × 28", ring),
    "stripes": ("stripes, 28 × 28", stripes),
    "colours": ("landscape in colours, 28 × 28 × 3", colours),
    "digit": ("handwritten digit, 24 × 24", digit),
    "chirp": ("signal of 96 positions", chirp),
}


def built_in(name: str) -> FloatArray:
    """An image (height, width, channels) or a signal (length, channels) by its name; ValueError where there is none."""
    if name not in SOURCES:
        raise ValueError(f"source must be one of {', '.join(SOURCES)}; got {name!r}")
    return SOURCES[name][1]()


def read(name: str, content: bytes) -> FloatArray:
    """The image or signal in a file, float64 in [0, 1] where it is a picture.

    Parameters
    ----------
    name : its ending says what it is: .png, .jpg and what else Pillow reads; .npy; .csv or .txt, a signal in columns.
    content : the bytes.

    Images of more than 28 pixels along an axis are made smaller by means, signals of more than 256 positions, too.
    Raises ValueError that names the file and what is wrong with it.
    """
    ending = name.rpartition(".")[2].lower()
    if not content.strip():
        raise ValueError(f"file must hold an image or a signal; {name!r} is empty")
    try:
        if ending == "npy":
            array = np.load(io.BytesIO(content), allow_pickle=False)
        elif ending in ("csv", "txt"):
            array = np.loadtxt(
                io.StringIO(content.decode("utf-8-sig")), delimiter="," if ending == "csv" else None, ndmin=2
            )
        else:
            array = _picture(content)
    except (OSError, ValueError, SyntaxError) as error:
        raise ValueError(
            f"file must be a picture, an array (.npy) or a signal (.csv, .txt); {name!r} is none: {error}"
        ) from None
    return _small(np.asarray(array), name, signal=ending in ("csv", "txt"))


def _picture(content: bytes) -> FloatArray:
    """A picture as numbers from 0 to 1, grey or in red, green and blue; ValueError where it is too large."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # refused here
            opened = Image.open(io.BytesIO(content))
    except Image.DecompressionBombError as error:
        raise ValueError(str(error)) from None
    with opened as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise ValueError(f"it has more than {MOST_PIXELS} pixels")
        if picture.mode.startswith("I"):  # 16 bits a pixel, which `convert` would cut off at 8
            return np.asarray(picture) / 65535.0
        grey = picture.mode in ("1", "L", "F", "LA")
        return np.asarray(picture.convert("L" if grey else "RGB")) / 255.0


def _small(array: NDArray[Any], name: str, signal: bool) -> FloatArray:
    if array.dtype.kind not in "buif" or array.ndim not in (1, 2, 3) or array.size == 0:
        raise ValueError(
            f"file must hold numbers: (height, width), (height, width, channels) or a signal; {name!r} holds "
            f"{array.dtype} of shape {array.shape}"
        )
    array = array.astype(np.float64)
    if not np.isfinite(array).all():
        raise ValueError(f"file must hold finite numbers; {name!r} has others")
    if array.ndim == 1:
        array = array[:, None]
    signal = signal or array.shape[1] == 1 and array.ndim == 2
    if not signal and array.ndim == 2:
        array = array[..., None]
    axes = array.ndim - 1
    share = min(1.0, (LONGEST if axes == 1 else LARGEST) / max(array.shape[:axes]))
    sizes = [round(n * share) for n in array.shape[:axes]]
    if min(sizes) < 4:
        raise ValueError(f"file must have at least 4 positions along each axis; {name!r} has {array.shape[:axes]}")
    for axis, n in enumerate(sizes):
        means = _means(array.shape[axis], n)
        array = np.moveaxis(np.tensordot(means, array, axes=([1], [axis])), 0, axis)
    return array


def _means(before: int, after: int) -> FloatArray:
    """The matrix that takes `before` positions to the means over `after` pieces of equal length."""
    ends = np.linspace(0.0, before, after + 1)
    cells = np.arange(before)
    overlap = np.minimum(ends[1:, None], cells + 1) - np.maximum(ends[:-1, None], cells)
    return np.maximum(overlap, 0.0) * (after / before)


def _soft(distance: FloatArray, radius: float) -> FloatArray:
    """1 inside a disc, 0 outside, with an edge of a pixel or so."""
    return 1 / (1 + np.exp(60 * (distance - radius)))
