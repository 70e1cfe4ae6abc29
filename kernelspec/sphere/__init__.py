"""Harmonic analysis on the sphere: what users need of `harmonics`, `legendre_polynomials`, `power_eigenvalues`."""

from .harmonics import *  # noqa: F403
from .harmonics import __all__ as __all__
