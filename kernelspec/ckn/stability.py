r"""Stability of convolutional kernels to deformations: fields, what they do to signals, distances and their bounds."""

from __future__ import annotations

from .fields import Field, elastic, field, rotation, scaling, sinusoid, translation
from .warping import warp

__all__ = [
    "Field",
    "elastic",
    "field",
    "rotation",
    "scaling",
    "sinusoid",
    "translation",
    "warp",
]
