"""How fast eigenvalues decay: the laws of both parities with exact constants, and the rates of smooth kernels."""

from .power_laws import Decay, DecayFit, Parity, asymptotes, decay, fit
from .rates import Rate

__all__ = ["Decay", "DecayFit", "Parity", "Rate", "asymptotes", "decay", "fit"]
