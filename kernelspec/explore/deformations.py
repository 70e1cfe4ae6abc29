"""The deformations of the page: fields of a kind and a strength, and the Python that makes them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .fields import chosen, decimal

if TYPE_CHECKING:
    from ..ckn.stability import Field

KINDS = {
    "smooth": "a random smooth field",
    "rotation": "a rotation",
    "enlargement": "an enlargement",
    "shift": "a shift (0.1 is one pixel)",
}
STRONGEST = 0.5
_PIXELS_A_STRENGTH = 10.0  # of a shift


def displacement(kind: str, strength: float, scale: float, seed: int, shape: tuple[int, ...]) -> Field:
    """The field of a kind with |grad tau| = strength; a shift is by 10 strength pixels along each axis."""
    from ..ckn import stability

    strength = decimal("strength", strength, 0.0, STRONGEST)
    if chosen("field", kind, KINDS) == "smooth":
        return stability.field(shape, grad=strength, scale=scale, rng=seed)
    if kind == "rotation":
        return stability.rotation(shape, 2 * math.asin(strength / 2))
    if kind == "enlargement":
        return stability.scaling(shape, 1 / (1 - strength))
    return stability.translation(shape, _PIXELS_A_STRENGTH * strength)


def field_code(kind: str, strength: float, scale: float, seed: int, shape: tuple[int, ...]) -> str:
    """Python that makes the field."""
    if kind == "smooth":
        return f"tau = stability.field({shape}, grad={strength!r}, scale={scale!r}, rng={seed})"
    if kind == "rotation":
        return f"tau = stability.rotation({shape}, {2 * math.asin(strength / 2)!r})"
    if kind == "enlargement":
        return f"tau = stability.scaling({shape}, {1 / (1 - strength)!r})"
    return f"tau = stability.translation({shape}, {_PIXELS_A_STRENGTH * strength!r})"


def general_code(kind: str, shape: tuple[int, ...]) -> str:
    """Python that makes a field of any strength."""
    made = {
        "rotation": f"stability.rotation({shape}, 2 * math.asin(strength / 2))",
        "enlargement": f"stability.scaling({shape}, 1 / (1 - strength))",
        "shift": f"stability.translation({shape}, {_PIXELS_A_STRENGTH} * strength)",
    }
    return f"tau = {made[kind]}"
