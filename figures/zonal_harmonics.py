"""The zonal harmonics: P_k as a function of the cosine in several dimensions, and on S^2."""

from __future__ import annotations

from kernelspec.plots import harmonics
from kernelspec.plots.harmonics import ZonalHarmonics

NAME = "zonal_harmonics"
TITLE = "Zonal harmonics"
CAPTION = r"""
Top: the Legendre polynomials $P_k$ of dimension $d$, $P_k(1) = 1$. They
oscillate as far as $t = \pm 1$ on $S^2$; the higher the dimension, the flatter they are in the
middle, and they tend to $t^k$ (grey, from $d = 50$ on). Bottom: $P_k(x\cdot e)$ on the sphere $S^2$, seen
from above the equator; the pole $e$ is the dot, and the circles where $P_k$ vanishes, $k$ of them
on the whole sphere, are white. Under each sphere the number $N(3,k)$ of independent harmonics of
this degree.
"""
ORDER = 5

draw, table = harmonics.draw, harmonics.table


def compute(
    quick: bool = False, *, dims: tuple[int, ...] = harmonics.DIMS, largest: int = harmonics.LARGEST
) -> ZonalHarmonics:
    """The values of all P_k shown; `quick` takes fewer points."""
    return harmonics.harmonics(dims, largest, *((101, 61) if quick else (401, 241)))
