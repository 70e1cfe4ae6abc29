"""What is wrong with the layout of a figure: texts outside of it, on one another, or too small."""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from kernelspec.plots.layout import lettering
from kernelspec.views.drawing import COLUMN, PAGE

SMALLEST = 7.0  # points
_SLACK = 0.75  # pixels that two boxes may share: boxes of text hold a little air
# What every font has in its own place, outside of formulas; the minus sign is that of ticks.
_EVERYWHERE = set(string.ascii_letters + string.digits + " \n()[]:;,.+-*/=@'!?%&#\u2212")
_APART = 2.0  # pixels of air between words side by side


def layout_faults(figure: Figure) -> list[str]:
    """What a reader would find wrong, in words; empty for a good figure."""
    canvas = FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    renderer = canvas.get_renderer()
    whole = figure.bbox
    faults = []
    boxes: list[tuple[str, Bbox]] = []
    for text in shown_texts(figure):
        box = text.get_window_extent(renderer)
        name = repr(text.get_text())
        if float(text.get_fontsize()) < SMALLEST:
            faults.append(f"{name} has {text.get_fontsize():g} points")
        if strange := set(re.sub(r"\$[^$]*\$", "", text.get_text())) - _EVERYWHERE:
            faults.append(f"{name} has {sorted(strange)}, other letters in Computer Modern")
        if (
            box.x0 < whole.x0 - _SLACK
            or box.y0 < whole.y0 - _SLACK
            or box.x1 > whole.x1 + _SLACK
            or box.y1 > whole.y1 + _SLACK
        ):
            faults.append(f"{name} is not inside the figure: {np.round(box.extents)}")
        boxes.append((name, box))
    for (one, a), (other, b) in combinations(boxes, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        along = min(a.y1, b.y1) - max(a.y0, b.y0)
        side_by_side = along > 0.3 * min(a.height, b.height)
        if along > _SLACK and across > (-_APART if side_by_side else _SLACK):
            faults.append(f"{one} lies on {other}, by {across:.1f} x {along:.1f} pixels")
    return faults


def faults_at_both_widths(draw: Callable[..., Figure], data: Any) -> list[str]:
    """The faults of a figure in a column and on a page."""
    found = []
    for width in (COLUMN, PAGE):
        with lettering(width):
            figure = draw(data, width)
            found += [f"{width} inches: {fault}" for fault in layout_faults(figure)]
    return found


def shown_texts(figure: Figure) -> list[Text]:
    """All texts that are drawn; of an axis, its labels within the limits."""
    found: list[Text] = []
    hidden = set()
    for ax in figure.axes:
        axes: list[Any] = [ax.xaxis, ax.yaxis]
        for axis in axes:
            inside = {id(tick) for tick in axis._update_ticks()} if ax.axison else set()
            for tick in (*axis.majorTicks, *axis.minorTicks):
                if id(tick) not in inside:
                    hidden |= {id(tick.label1), id(tick.label2)}
    for text in figure.findobj(Text):
        if not isinstance(text, Text) or id(text) in hidden:
            continue
        if text.get_visible() and text.get_text().strip() and _parents_visible(text):
            found.append(text)
    return found


def _parents_visible(text: Text) -> bool:
    ax = text.axes
    if ax is None:
        return True
    if not ax.get_visible():
        return False
    parts: list[Any] = []
    for axis in (ax.xaxis, ax.yaxis):
        for tick in (*axis.majorTicks, *axis.minorTicks):
            parts += [tick.label1, tick.label2]
        parts += [axis.label, axis.offsetText]
    return ax.axison or not any(part is text for part in parts)
