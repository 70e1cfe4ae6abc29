"""Harmonic analysis on the sphere: what users need, and products of Gamma functions of the degree `K`."""

from . import harmonics, invariants
from .gamma_products import GammaProduct as GammaProduct
from .gamma_products import K as K
from .harmonics import *  # noqa: F403

__all__ = [*harmonics.__all__, "GammaProduct", "K", "invariants"]
