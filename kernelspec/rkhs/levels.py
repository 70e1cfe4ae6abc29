"""Eigenvalues of an integral operator, enclosed, with their multiplicities: what capacities are computed from."""

from __future__ import annotations

from dataclasses import dataclass

from ..numbers.checks import FloatArray


@dataclass(frozen=True)
class Levels:
    """Enclosed eigenvalues >= 0 with multiplicities, and bounds of all that are left out.

    Parameters
    ----------
    lower, upper : ends of the enclosures, float64, one for each eigenvalue, in any order.
    multiplicity_lower, multiplicity_upper : how often each stands there, float64; equal and exact below 2^53.
    rest : lower and upper bound of the trace of what is left out, the sum of multiplicity times eigenvalue.
    largest : an upper bound of every eigenvalue that is left out.
    """

    lower: FloatArray
    upper: FloatArray
    multiplicity_lower: FloatArray
    multiplicity_upper: FloatArray
    rest: tuple[float, float] = (0.0, 0.0)
    largest: float = 0.0
