"""A picture of a network's architecture: its maps to scale, and what stands between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..ckn.network import Shapes, by
from ..kernels.zonal import Zonal
from .drawing import axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_HEIGHT = 3.0  # of the input, in the diagram's own units
_STEP = 3.5  # from the middle of one map to the next, beyond their half widths
_LONGEST = 30  # characters of a kernel, beyond which its formula is shown
_INPUT, _MAP, _POOLED = "#d9d9d9", "#9ecae1", "#fdae6b"


def draw(shapes: Shapes, ax: Any = None, label: str | None = None, **more: Any) -> Axes:
    """Draw the maps of `shapes`, first to last; on a new figure where `ax` is None. Returns the axes."""
    from matplotlib.patches import Rectangle

    boxes, labels = _content(shapes)
    ax = axes(ax, 1.35 * len(boxes) + 1.2, 2.6)
    if label is not None:
        ax.set_title(label)
    look: dict[str, Any] = {"edgecolor": "black", "linewidth": 0.8} | more
    unit = _HEIGHT / max(max(size) for size, _, _ in boxes)
    left, middles = 0.0, []
    for size, colour, title in boxes:
        height = max(unit * (size[0] if len(size) == 2 else 1), 0.12)
        width = max(unit * size[-1], 0.12)
        middle = left + width / 2
        ax.add_patch(Rectangle((left, -height / 2), width, height, **{"facecolor": colour} | look))
        ax.text(middle, height / 2 + 0.12, title, ha="center", va="bottom", fontsize=9)
        middles.append((left, left + width))
        left += width + _STEP
    for (_, start), (stop, _), label in zip(middles, middles[1:], labels, strict=False):
        ax.annotate("", (stop - 0.1, 0), (start + 0.1, 0), arrowprops={"arrowstyle": "->", "lw": 0.9})
        ax.text((start + stop) / 2, -0.12, label, ha="center", va="top", fontsize=8)
    end = middles[-1][1]
    ax.text(end + 0.7, 0, labels[-1], ha="left", va="center", fontsize=9)
    ax.set_xlim(-0.3, end + 3.0)
    ax.set_ylim(-_HEIGHT / 2 - 0.4, _HEIGHT / 2 + 0.7)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return ax


def _content(shapes: Shapes) -> tuple[list[tuple[tuple[int, ...], str, str]], list[str]]:
    """The maps as (size, colour, title), and what stands between them and behind the last."""
    first: tuple[Any, ...] = shapes[0].input
    boxes = [(first[:-1], _INPUT, by(first))]
    labels = []
    for number, (layer, shape) in enumerate(zip(shapes.layers, shapes, strict=True), start=1):
        kernel = repr(layer.kernel).replace("exponential(sigma=", "exp(")
        if len(kernel) > _LONGEST and isinstance(layer.kernel, Zonal):
            kernel = f"${layer.kernel.latex()}$"
        measure = ", normalised" if layer.normalized else ""
        border = "" if layer.border == "zero" else f"\n{layer.border} border"
        labels.append(f"$P_{{{number}}}$ patch {layer.patch}{measure}\n$M_{{{number}}}$ {kernel}{border}")
        boxes.append((shape.patches, _MAP, by(shape.patches)))
        if layer.pool is not None:
            pool = repr(layer.pool).replace(", centred=True", "")
            centred = "centred, " if layer.pool.centred else ""
            labels.append(f"$A_{{{number}}}$ {pool}\n{centred}stride {layer.stride}")
            boxes.append((shape.output, _POOLED, by(shape.output)))
    count = by(shapes[-1].output)
    ends = {"sum": rf"$\sum_u$ over {count}", "mean": f"mean over\n{count}"}
    labels.append(ends.get(shapes.output, f"{shapes.output} over\n{count}"))
    return boxes, labels
