r"""From which degree on the law of decay holds to within a given share: a proved statement (`tail`, `verdict`).

With mu_k = E_k(nu_0) (s + r_k) and |r_k| <= epsilon(k), where epsilon decreases from a degree on, the law s E_k(nu_0) -
that of `Decay.at` - is within epsilon(K)/s of mu_k for every k >= K of the parity.

The power C k^{-p}, p = 2 nu_0 + d - 1, to which it tends, is farther away, in high dimension by much: with
m = k + d/2 - 1,

.. math:: \frac{\Gamma(k-\nu)}{\Gamma(k+\nu+d-1)} = q_k\, m^{-p}, \qquad
   \frac{d}{dk}\log q_k = \int_0^\infty e^{-mt} \Big(p - \frac{\sinh(pt/2)}{\sinh(t/2)}\Big) dt,

by psi(x) = integral of e^{-t}/t - e^{-xt}/(1 - e^{-t}). The bracket is <= 0 for p >= 1 and >= 0 for p <= 1, so q_k
tends to 1 monotonically, from above or from below, and (k/m)^p <= 1 increases to 1: both make distances that decrease.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..numbers.checks import flag, integer, real
from ..numbers.exact_numbers import ball
from ..numbers.precision import at_least, with_balls
from ..sphere.power_eigenvalues import power as eigenvalue_of_power
from .tail import NAMES, OPEN, Tail

if TYPE_CHECKING:
    from ..spectrum import Spectrum

_PRECISION = 128
_FARTHEST = 2**20
_FARTHEST_POWER = 2**40


@with_balls
def onset(spectrum: Spectrum, parity: int, share: float = 0.01, power: bool = False) -> int:
    """The least degree K found of a parity with |mu_k / decay.at(k) - 1| <= share proved for every k >= K of it.

    With `power` the law is constant * k^-exponent, the limit of `decay.at(k)`.

    Parameters
    ----------
    spectrum : of a kernel whose eigenvalues of this parity decay like a power.
    parity : 0 for the even degrees, 1 for the odd ones.
    share : 0 < share < 1.
    power : whether mu_k is compared with the power of k, and not with its law by Gamma functions.

    Raises ValueError (or what `Decay` and the remainder raise) where there is no such law, no remainder is proved, or K
    would be beyond 2^20, or 2^40 for a power.

    >>> import kernelspec as ks
    >>> s = ks.ntk(4, bias=True).spectrum(10)
    >>> onset(s, 0), abs(s[36] / ks.ntk(4, bias=True).decay(10).at(36) - 1) < 0.01
    (36, True)
    >>> onset(s, 0, power=True)
    3980
    """
    power = flag("power", power)
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
            error = tail.error(k) / tail.leading
            return bool(_distance(tail, k, error) <= share if power else error <= share)

        farthest = _FARTHEST_POWER if power else _FARTHEST
        # `holds` is true from its first degree on, so halving finds it.
        low, high = -2 + parity, 16 + parity
        while not holds(high):
            low, high = high, 2 * high - parity
            if high > farthest:
                raise ValueError(f"no degree up to {farthest} is proved for a share of {share:g}")
        while high - low > 2:
            middle = (low + high) // 4 * 2 + parity
            middle = middle if low < middle < high else low + 2
            low, high = (low, middle) if holds(middle) else (middle, high)
        return max(high, parity)


def _distance(tail: Tail, k: int, error: Any) -> Any:
    """A bound of |mu_k / (C k^-p) - 1| that decreases, from one of |mu_k / (s E_k) - 1|."""
    p, middle = ball(2 * tail.nu + tail.d - 1), ball(Fraction(2 * k + tail.d - 2, 2))
    q = eigenvalue_of_power(tail.d, tail.nu).part(moving=True).ball(k) * middle**p
    above = (1 + error) * q.max(1) - 1
    below = 1 - (1 - error) * (k / middle) ** p * q.min(1)
    return above.max(below).upper()
