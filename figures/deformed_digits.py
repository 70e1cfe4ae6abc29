r"""Digits under growing deformations and translations, in the spaces of CKN and NTK (claim 63).

The distances are those of ``experiments.deformed_digits``, whose checks are C63 and C63a to C63d.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from experiments import deformed_digits as digits
from figures import style
from kernelspec import Table
from kernelspec.ckn import stability
from kernelspec.plots.layout import Sheet, letters, lines_of, log_ticks, no_ticks, parts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NAME = "deformed-digits"
TITLE = "Deformed digits, CKN against NTK"
CAPTION = r"""
Top: a digit, a smooth random displacement field with a root mean square of 1 pixel (arrows, twice as long), and
the digit moved by $\alpha$ times this field. Bottom: the mean relative distance
$|\Phi(x')-\Phi(x)|/|\Phi(x)|$ from a digit 5 to its deformations, to its deformations translated by up to 2
pixels along each axis, and to its translations, for the kernel (CKN) and the tangent kernel (NTK) of two
layers with patches of $3\times 3$, Gaussian pooling and subsampling by 2 and 5, and arc-cosine kernels.
Bands are standard errors over the digits; horizontal lines are the mean distances to other images of the
label (lower) and of others (upper). The NTK's means are the larger ones throughout, for different
images as well. (c) The difference in kind is at small displacements: the CKN is Lipschitz, the NTK
Hölder continuous with exponent 1/2. The digits are those of scikit-learn, or of MNIST where --data names a
folder that has it.
"""
ORDER = 73

Array = NDArray[np.float64]
SMALL = (1e-3, 10**-2.5, 1e-2, 10**-1.5, 1e-1)
ALPHAS = (0.25, 0.5, 1.0, 1.5, 2.0)
SHIFTS = (0.5, 1.0, 2.0, 3.0, 4.0)
SHOWN = (0.5, 1.0, 1.5, 2.0)  # alphas of the pictures


@dataclass(frozen=True, eq=False)
class Deformed:
    """The distances, and the pictures of one digit.

    Parameters
    ----------
    distances : of both kernels.
    image : shape (28, 28).
    field : the displacements of alpha = 1, shape (28, 28, 2).
    moved : the image moved by alpha times the field for alpha in `SHOWN`, shape (4, 28, 28).
    """

    distances: digits.Distances
    image: Array
    field: Array
    moved: Array


def compute(quick: bool = False, data: Path | None = None) -> Deformed:
    """Distances from digits 5; on the digits of MNIST where the folder `data` has them."""
    source = digits.mnist(data) or digits.enlarged_digits()
    if quick:
        sizes = digits.Sizes(3, 1, 3, (SMALL[0], SMALL[2], 0.5, 2.0), (0.0, 2.0), (1e-3, 1e-2, 1.0))
    else:
        sizes = digits.Sizes(8, 2, 8, (*SMALL, *ALPHAS), (0.0, *ALPHAS), (*SMALL[2::2], *SHIFTS))
    image = source.images[source.of(digits.REFERENCE)[1]]
    tau = stability.elastic(digits.SHAPE, 1.0, digits.SCALE, rng=5)
    moved = np.stack([digits.warped(image, alpha * tau)[..., 0] for alpha in SHOWN])
    found = digits.distances(source, sizes, np.random.default_rng(63))
    return Deformed(found, image[..., 0], tau.displacements(), moved)


def table(data: Deformed) -> Table:
    """A row for each kernel, kind of displacement and size: mean distance and its standard error."""
    found = data.distances
    rows: list[dict[str, Any]] = []
    for place, kernel in enumerate(digits.KERNELS):
        for kind, pixels, values in (
            ("deformed", found.sizes.alphas, found.deformed),
            ("deformed and translated", found.sizes.joint, found.joint),
            ("translated", found.sizes.shifts, found.translated),
        ):
            for size, mean, error in zip(pixels, *digits.mean_and_error(values[place]), strict=True):
                rows.append(_row(kernel, kind, size, mean, error))
        for kind, values in (("same label", found.same), ("other labels", found.any)):
            rows.append(_row(kernel, kind, None, values[place].mean(), None))
    return Table(rows, caption="Mean relative distances of digits to their deformations")


def _row(kernel: str, kind: str, pixels: Any, mean: Any, error: Any) -> dict[str, Any]:
    numbers = {"pixels": pixels, "mean": mean, "error": error}
    return {"kernel": kernel, "kind": kind} | {
        name: None if value is None else float(value) for name, value in numbers.items()
    }


def draw(data: Deformed, width: float = style.PAGE) -> Figure:
    """Pictures above, curves below."""
    count = 2 + len(SHOWN)
    tops = 1.3 * lines_of(count, width, 6, 0.95)
    top, bottom = parts(width, [tops, 2.5 * lines_of(3, width, 3, 2.0) + 0.4])
    _pictures(Sheet(width, count, 1.3, across=6, least=0.95, part=top).panels, data)
    sheet = Sheet(width, 3, 2.5, across=3, least=2.0, part=bottom)
    left, middle, right = sheet.panels
    found = data.distances
    _curves(left, found.sizes.alphas, found.deformed, found, 0)
    _curves(left, found.sizes.joint, found.joint, found, 2, marked=True)
    _curves(middle, found.sizes.shifts, found.translated, found, 0)
    for ax in (left, middle):
        _levels(sheet, ax, found)
        ax.set(ylim=(0, 1.07 * found.any.mean(axis=(1, 2)).max()), xlim=(0, None))
        if ax in sheet.first:
            ax.set_ylabel("mean relative distance")
    left.set_xlabel(r"deformation $\alpha$ (pixels)")
    middle.set_xlabel("translation (pixels)")
    _small(right, found)
    for place, (ax, title) in enumerate(
        zip(sheet.panels, ("deformed", "translated", "small deformations"), strict=True)
    ):
        ax.set_title(f"{letters(place)} {title}", loc="left")
    handles, labels = left.get_legend_handles_labels()
    slopes, words = right.get_legend_handles_labels()
    sheet.legend([*handles, slopes[0]], [*labels, words[0]])
    return sheet.settle()


def _pictures(axes: list[Axes], data: Deformed) -> None:
    names = [f"$x$ ({data.distances.digits})", r"$\tau$", *(rf"$\alpha = {alpha:g}$" for alpha in SHOWN)]
    shown = [data.image, data.image, *data.moved]
    for place, (ax, picture, name) in enumerate(zip(axes, shown, names, strict=True)):
        strength = 0.35 if place == 1 else 1.0
        ax.imshow(picture, cmap="gray_r", vmin=0, vmax=1, alpha=strength)
        ax.set_title(name, pad=3)
        no_ticks(ax)
        ax.spines[:].set(visible=True, color="0.7")
    rows = np.arange(1, data.image.shape[0], 3)
    columns = np.arange(1, data.image.shape[1], 3)
    arrows = data.field[np.ix_(rows, columns)]
    # x(u - tau(u)): what is at u has come from u - tau(u), so it has moved by tau.
    axes[1].quiver(
        columns,
        rows,
        arrows[..., 1],
        arrows[..., 0],
        angles="xy",
        scale_units="xy",
        scale=0.5,
        color=style.VERMILION,
        width=0.011,
        headwidth=3.5,
        headlength=3.5,
        headaxislength=3.2,
        minlength=0.2,
    )


def _curves(
    ax: Axes, pixels: tuple[float, ...], values: Array, found: digits.Distances, first: int, marked: bool = False
) -> None:
    """Mean distances of both kernels, with standard errors."""
    for place, name in enumerate(digits.KERNELS):
        mean, error = digits.mean_and_error(values[place])
        look = style.line(place)
        label = f"{name}, deformed and translated" if marked else name
        if marked:
            look |= {"marker": style.MARKERS[place], "markerfacecolor": "white", "linestyle": ":"}
        ax.plot(pixels, mean, label=label, **look)
        ax.fill_between(pixels, mean - error, mean + error, color=look["color"], alpha=0.15, linewidth=0)


def _levels(sheet: Sheet, ax: Axes, found: digits.Distances) -> None:
    """Mean distances to other images, a line for each kernel and kind."""
    named = []
    for place in range(len(digits.KERNELS)):
        look = style.line(place)
        for values, name in ((found.same[place], "same label"), (found.any[place], "others")):
            level = float(values.mean())
            ax.axhline(level, color=look["color"], linestyle=look["linestyle"], lw=0.7)
            named.append((level, name, look["color"]))
    sheet.names(ax, named)


def _small(ax: Axes, found: digits.Distances) -> None:
    """Small displacements in logarithms: deformations, and lines of slopes 1 and 1/2."""
    pixels = np.array(found.sizes.alphas)
    for place, exponent in enumerate((1.0, 0.5)):
        mean, _ = digits.mean_and_error(found.deformed[place])
        ax.plot(pixels, mean, **style.line(place, marker=True))
        line = mean[0] * (pixels / pixels[0]) ** exponent * (0.55 if exponent == 1 else 1.7)
        ax.plot(pixels[:3], line[:3], color="0.5", lw=1, linestyle="-", label="slopes 1 and 1/2")
    ax.set(xscale="log", yscale="log", xlabel=r"deformation $\alpha$ (pixels)")
    log_ticks(ax.xaxis, *ax.get_xlim(), most=5)
    log_ticks(ax.yaxis, *ax.get_ylim(), most=6)
