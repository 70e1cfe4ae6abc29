"""Eigenvalues times their power of k, by depth: the constants of claims 24, 25, 28 and 29."""

from __future__ import annotations

from kernelspec.plots import constants
from kernelspec.plots.constants import Panels

NAME = "decay-constants"
TITLE = "Depth changes the constants, and not the power"
CAPTION = r"""
Eigenvalues on $S^{d-1}$, $d = @d@$, times the power of $k$ with which they fall (dots: even $k$; circles: odd $k$), for
several depths $L$, or scales $c$ of the Laplace kernel $e^{-c\sqrt{1-u}}$; black lines are the exact asymptotes.
Depth changes the constants of ReLU networks, and never the power: deep equals shallow. With $L = 2$ one parity is
exactly $0$ and missing here. For step networks the power itself falls with depth, towards $k^{-(d-1)}$.
"""
ORDER = 21

draw, table = constants.draw_constants, constants.constants_table


def compute(
    quick: bool = False,
    *,
    dims: tuple[int, ...] = (4,),
    depths: tuple[int, ...] = constants.DEPTHS,
    step_depths: tuple[int, ...] = constants.STEP_DEPTHS,
    scales: tuple[float, ...] = constants.SCALES,
    last: int = 10**6,
) -> Panels:
    """Eigenvalues at even and odd degrees up to `last`; fewer of them when `quick`."""
    return constants.constant_lines(dims, depths, step_depths, scales, last, 8 if quick else 16)


def caption(data: Panels) -> str:
    """The caption for these dimensions."""
    return CAPTION.replace("@d@", ", ".join(map(str, dict.fromkeys(d for _, d in data))))
