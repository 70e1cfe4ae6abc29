"""The expansion of mu_k, summed in float64, with its proved remainder (`asymptotic`) as a part of its error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..kernels.zonal import Zonal
from ..numbers.precision import at_least
from ..sphere.power_eigenvalues import log_power_eigenvalue
from .eigenvalue_arrays import Array, Values, unknown
from .route import Route

if TYPE_CHECKING:
    from .asymptotic import Remainder

LOST = 1e-9  # a relative error that more terms, or another route, should make smaller
_TERMS = (3, 8, 20)
_REMAINDERS = 16  # degrees for which the remainder is evaluated; between them it falls faster than the first term
_PRECISION = 96  # bits, of logarithms


class ExpansionRoute(Route):
    """The first terms at both ends, with the proved remainder and what they lose by cancelling as error."""

    name = "asymptotic expansion"

    def __init__(self, kernel: Zonal) -> None:
        self.kernel = kernel

    def values(self, d: int, k: Array, estimate: bool = False) -> Values:
        from .asymptotic import remainder, summed
        from .end_expansions import PRECISION

        best = unknown(k.size)
        for count in _TERMS if self.kernel.singular else ():
            try:
                proved = remainder(self.kernel, d, count)
            except (ValueError, ArithmeticError, NotImplementedError):
                break
            large = k >= proved.start
            if not large.any():
                break
            degrees = np.where(large, k, k.max())
            with at_least(PRECISION):
                found, _ = summed(proved.terms, d, degrees)
            found = found._replace(error=found.error + _relative_bound(proved, d, degrees, found.log_abs))
            error = np.where(large & (found.sign != 0), found.error, np.inf)
            better = error < best.error
            best = Values(*(np.where(better, a, b) for a, b in zip(found._replace(error=error), best, strict=True)))
            if np.all(best.error <= LOST):
                break
        return best


def _relative_bound(proved: Remainder, d: int, k: Array, log_abs: Array) -> Array:
    """The remainder's bound over |mu_k|: it falls faster than the first term, so that a few degrees do for all."""
    degrees = np.unique(k)
    chosen = np.unique(np.round(np.geomspace(1, degrees.size, _REMAINDERS)).astype(int)) - 1
    chosen = degrees[chosen]
    nu = float(proved.terms[0][0])
    with at_least(_PRECISION):
        logs = np.array([float(proved.bound(int(x)).log()) for x in chosen])
    logs -= log_power_eigenvalue(d, nu, chosen)[1]
    above = logs[np.searchsorted(chosen, k, side="right") - 1]
    with np.errstate(over="ignore", invalid="ignore"):
        return np.exp(np.minimum(above + log_power_eigenvalue(d, nu, k)[1] - log_abs, 700.0))
