r"""From which degree on the law of decay holds to within a given share: a proved statement (`tail`, `verdict`).

With mu_k = E_k(nu_0) (s + r_k) and |r_k| <= epsilon(k), where epsilon decreases from a degree on, the law s E_k(nu_0) -
that of `Decay.at` - is within epsilon(K)/s of mu_k for every k >= K of the parity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..checks import integer, real
from ..state import at_least, with_balls
from .tail import NAMES, OPEN, Tail

if TYPE_CHECKING:
    from ..spectrum import Spectrum

_PRECISION = 128
_FARTHEST = 2**20


@with_balls
def onset(spectrum: Spectrum, parity: int, share: float = 0.01) -> int:
    """The least degree K found of a parity with |mu_k / decay.at(k) - 1| <= share proved for every k >= K of it.

    Parameters
    ----------
    spectrum : of a kernel whose eigenvalues of this parity decay like a power.
    parity : 0 for the even degrees, 1 for the odd ones.
    share : 0 < share < 1.

    Raises ValueError (or what `Decay` and the remainder raise) where there is no such law, no remainder is proved, or K
    would be beyond 2^20.

    >>> import kernelspec as ks
    >>> s = ks.ntk(4, bias=True).spectrum(10)
    >>> onset(s, 0), abs(s[36] / ks.ntk(4, bias=True).decay(10).at(36) - 1) < 0.01
    (36, True)
    """
    if integer("parity", parity, 0) > 1:
        raise ValueError(f"parity must be 0 or 1; got {parity!r}")
    share = real("share", share)
    if not 0 < share < 1:
        raise ValueError(f"share must lie between 0 and 1; got {share!r}")
    law = spectrum.kernel.decay(spectrum.d).parities[parity]
    if law.kind != "power":
        raise ValueError(
            f"the {NAMES[parity]} eigenvalues of {spectrum.kernel!r} must decay like a power; their law is {law.kind}"
        )
    with at_least(_PRECISION):
        try:
            tail = Tail.of(spectrum.kernel, spectrum.d, parity)
        except OPEN as error:
            raise ValueError(f"no degree is proved: {error}") from error

        def holds(k: int) -> bool:
            if k <= tail.largest_exponent or not tail.decreasing(k):
                return False
            return bool(tail.error(k) <= share * tail.leading)

        # `holds` is true from its first degree on, so halving finds it.
        low, high = -2 + parity, 16 + parity
        while not holds(high):
            low, high = high, 2 * high - parity
            if high > _FARTHEST:
                raise ValueError(f"no degree up to {_FARTHEST} is proved for a share of {share:g}")
        while high - low > 2:
            middle = (low + high) // 4 * 2 + parity
            middle = middle if low < middle < high else low + 2
            low, high = (low, middle) if holds(middle) else (middle, high)
        return max(high, parity)
