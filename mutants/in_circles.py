"""Faults in the eigenvalues by an integral over a circle."""

from __future__ import annotations

from mutants.fault import Fault

CIRCLE = "kernelspec/spectrum/circle.py"

_CIRCLE = ("tests/spectrum/test_circle.py",)

FAULTS = (
    Fault(
        CIRCLE,
        "values = [circle.right + sign * circle.left]",
        "values = [circle.right - sign * circle.left]",
        "the other parity integrated",
        _CIRCLE,
    ),
    Fault(CIRCLE, "        if k >= 2:\n", "        if k >= 1:\n", "a constant and c u taken off at degree 1", _CIRCLE),
    Fault(
        CIRCLE,
        "(-2 * np.sin(phi / 2) ** 2 + 1j",
        "(-1 * np.sin(phi / 2) ** 2 + 1j",
        "a curve that is no circle",
        _CIRCLE,
    ),
    Fault(
        CIRCLE,
        "return right, self._symmetry * right, rise,",
        "return right, right, rise,",
        "an odd kernel read as an even one",
        _CIRCLE,
    ),
    Fault(
        CIRCLE,
        "    if kernel.radius < _SMALL_RADIUS:\n        return True\n",
        "",
        "series of a small radius taken for short",
        _CIRCLE,
    ),
)
