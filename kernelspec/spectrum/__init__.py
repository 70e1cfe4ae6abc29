"""Mercer eigenvalues on the sphere: closed forms, Taylor series, the branch-cut integral, and `Spectrum`."""

from .spectrum import Spectrum

__all__ = ["Spectrum"]
