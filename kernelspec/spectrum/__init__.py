"""Mercer eigenvalues: `Spectrum` on the sphere (closed, Taylor, branch cuts), `CubeSpectrum` on the cube."""

from .cube import CubeSpectrum
from .spectrum import Spectrum

__all__ = ["CubeSpectrum", "Spectrum"]
