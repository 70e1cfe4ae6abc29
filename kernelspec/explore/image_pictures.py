"""Images, maps, signals and fields beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDE = 7.0  # inches
Panel: TypeAlias = tuple[str, Any]  # a name, and an image, a signal or a field


def pictures(panels: list[Panel]) -> Figure:
    """Images, maps, signals and fields beside each other, four a row."""
    from ..views import drawing

    signal = panels[0][1].ndim == 2
    columns = min(len(panels), 2 if signal else 5)
    rows = -(-len(panels) // columns)
    figure = drawing.new_figure(_WIDE, rows * (1.7 if signal else 1.12 * _WIDE / columns))
    axes = np.atleast_1d(figure.subplots(rows, columns)).ravel()
    for ax, (name, values) in zip(axes, panels, strict=False):
        _picture(ax, values, signal)
        ax.set_title(name, fontsize="medium")
    for ax in axes[len(panels) :]:
        ax.set_axis_off()
    return figure


def _picture(ax: Axes, values: Any, signal: bool) -> None:
    if hasattr(values, "displacements"):
        values.plot(ax, label="")
        ax.set(xlabel="", ylabel="")
        return
    if signal:
        ax.plot(values if values.ndim == 1 else values[:, 0], color="#0072B2")
        return
    ax.grid(False)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    if values.ndim == 3 and values.shape[-1] == 3:
        ax.imshow(np.clip(values, 0, 1))
    elif values.ndim == 3:
        ax.imshow(np.linalg.norm(values, axis=-1) if values.shape[-1] > 1 else values[..., 0], cmap="cividis")
    else:
        ax.imshow(values, cmap="cividis", vmin=0)
