"""The variance of an entry at finite width, against `oracle.finite_width`: quadrature and differences in 60 digits."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernelspec.numbers.arithmetic_protocol import Value
from oracle import finite_width

from ..kinds import Array, Flag, Given
from ..table import Row

U = Array(np.array([-1.0, -0.6, 0.0, 0.4, 1 - 2**-50, 1.0]), 0, "float64", scalars=True, bad=(1.1, np.array([0, -1.5])))
NO_LAYERS: tuple[Any, ...] = (0, -3, 2.5, True, [], [4, 0], [[3]], "3", None, {"a": 1}, 1j)


def oracle(u: Any, widths: Any, tangent: bool) -> Value:
    several = [int(m) for m in np.atleast_1d(widths)]
    found = [float(finite_width.entry_variance(each, several, tangent)) for each in np.ravel(u).tolist()]
    return np.reshape(found, np.shape(u))


ROWS = [
    Row(
        "learning.entry_variance",
        {"u": U, "widths": Given([7, 5], bad=NO_LAYERS), "tangent": Flag(False)},
        oracle,
        rtol=2e-15,
        atol=1e-16,
        also=({"tangent": True}, {"widths": 3}, {"widths": 3, "tangent": True}),
        extreme=({"u": np.array([-1 + 1e-12, 1e-300, 1 - 2**-53, 1.0]), "widths": [1] * 40, "tangent": True},),
        laws={"scale": "cosines have no scale"},
    )
]
