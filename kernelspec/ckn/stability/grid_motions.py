"""Shifts by whole pixels, quarter turns and reflections of images: what a deformation is compared with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...numbers.checks import FloatArray


@dataclass(frozen=True)
class GridMotion:
    """T_t L_g: quarter turns and a reflection of the columns before them (`groups.act`), and then a shift."""

    name: str
    shift: tuple[int, ...]
    quarters: int = 0
    reflection: bool = False

    def forward(self, x: FloatArray, border: str) -> FloatArray:
        x = x[..., ::-1] if self.reflection else x
        return translated(np.rot90(x, self.quarters) if self.quarters else x, self.shift, border)

    def backward(self, x: FloatArray, border: str) -> FloatArray:
        x = translated(x, tuple(-t for t in self.shift), border)
        x = np.rot90(x, -self.quarters) if self.quarters else x
        return x[..., ::-1] if self.reflection else x


def translated(x: FloatArray, shift: tuple[int, ...], border: str) -> FloatArray:
    """T_t x(u) = x(u - t) along the first axes of x."""
    for axis, t in enumerate(shift):
        x = np.roll(x, t, axis=axis)
        if border == "zero" and t:
            lost = slice(0, t) if t > 0 else slice(t, None)
            x[(slice(None),) * axis + (lost,)] = 0.0
    return x
