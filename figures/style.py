"""How figures look in print: what `kernelspec.views.drawing` gives to every plot, for a whole page."""

from __future__ import annotations

from kernelspec.views.drawing import (
    BLACK,
    BLUE,
    COLOURS,
    COLUMN,
    DASHES,
    GREEN,
    MARKERS,
    ORANGE,
    PAGE,
    PURPLE,
    SKY,
    VERMILION,
    YELLOW,
    line,
    rendered,
)
from kernelspec.views.drawing import style as paper

__all__ = [
    "BLACK",
    "BLUE",
    "COLOURS",
    "COLUMN",
    "DASHES",
    "GREEN",
    "MARKERS",
    "ORANGE",
    "PAGE",
    "PURPLE",
    "SKY",
    "VERMILION",
    "YELLOW",
    "line",
    "paper",
    "rendered",
]
