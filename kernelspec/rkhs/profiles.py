r"""Functions of one variable u = <w, x> with known harmonics: max(0, u)^s, |u|^s, 1{u >= t}.

With the uniform probability on S^{d-1} and s > -1 (Bach 2017, Appendix D, for integer s: claim 19)

.. math:: \lambda_k[\max(0,u)^s] = \frac{\Gamma(\frac d2)\,\Gamma(s+1)}
          {2^{s+1}\,\Gamma(\frac{s-k}2+1)\,\Gamma(\frac{s+k+d}2)} .

*Proof.* For s > k, Rodrigues' formula and k integrations by parts give a Beta integral, which is this. Both sides are
analytic in s for Re s > -1, so they agree there. |u|^s has twice that at even k, and 0 at odd k. QED. (It is 0 where
k - s is even and positive, as 1/Gamma is at a pole.)

For a jump at t in (-1, 1) and k >= 1, Legendre's equation in the form ((1-u^2)^{(d-1)/2} P_k')' = -k(k+d-2)
(1-u^2)^{(d-3)/2} P_k gives

.. math:: \lambda_k[1\{u \ge t\}] = \frac{c_d}{d-1}\,(1-t^2)^{\frac{d-1}2} P_{k-1}^{(d+2)}(t) .
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from ..numbers.checks import FloatArray
from ..numbers.exact_numbers import ball, decimal
from ..numbers.rational import as_fraction
from ..sphere.gamma_products import HALF, GammaProduct, K
from ..sphere.power_eigenvalues import density
from .degree_series import DegreeSeries, gamma_ratio

_LARGEST_POWER = 100


@dataclass(frozen=True, repr=False)
class PowerProfile:
    """max(0, u)^s, or |u|^s where `even`."""

    s: Fraction
    even: bool = False

    def __repr__(self) -> str:
        return f"{'abs_power' if self.even else 'relu'}({_shown(self.s)})"

    def __call__(self, u: FloatArray) -> FloatArray:
        """Values; at u = 0 those of the limit from the right."""
        size = np.abs(u) ** float(self.s)
        return size if self.even else np.where(u >= 0, size, 0.0)

    @property
    def jumps(self) -> bool:
        """Whether the function is not continuous."""
        return self.s == 0 and not self.even

    def form(self, d: int) -> GammaProduct:
        """lambda_k of max(0, u)^s."""
        s = self.s
        return GammaProduct(
            above=(s + 1, d * HALF), below=(-(K * HALF) + (s * HALF + 1), K * HALF + (s + d) * HALF), two=-s - 1
        )

    def balls(self, d: int, count: int) -> list[Any]:
        """lambda_0, ..., lambda_{count-1}, at flint's precision in force."""
        form = self.form(d)
        if self.even:
            return [ball(0) if k % 2 else 2 * form.ball(k) for k in range(count)]
        return [form.ball(k) for k in range(count)]

    def scaled(self, d: int, root: FloatArray) -> FloatArray:
        """lambda_k e^root_k in float64, k = 0, 1, ..."""
        k = np.arange(root.size, dtype=np.float64)
        _, log_abs, sign, _ = self.form(d).floats(k)
        value = sign * np.exp(log_abs + root)
        return np.where(k % 2 == 1, 0.0, 2 * value) if self.even else value

    def square(self, d: int) -> Any:
        """The mean of the function's square over the sphere, a ball."""
        return PowerProfile(2 * self.s, self.even).balls(d, 1)[0]

    def vanishes(self, r: int) -> bool:
        """Whether lambda_k is exactly 0 for every k > s with k = r mod 4."""
        return bool(self.even and r % 2) or ((r - self.s) / 2).denominator == 1

    def is_zero(self, k: int) -> bool:
        """Whether lambda_k is exactly 0."""
        return bool(self.even and k % 2) or k > self.s and self.vanishes(k % 4)

    def exactly(self, d: int, k: int) -> Fraction | None:
        """lambda_k of max(0, u)^s where it is rational, for s - k even; None for other k."""
        if self.even or ((self.s - k) / 2).denominator != 1:
            return None
        if k > self.s:
            return Fraction(0)
        s = int(self.s)
        below = math.prod((d * HALF + i for i in range((s + k) // 2)), start=Fraction(1))
        return math.factorial(s) / (2 ** (s + 1) * math.factorial((s - k) // 2) * below)

    def power(self, d: int) -> Fraction:
        """p in lambda_k ~ x^-p, where lambda_k does not vanish."""
        return self.s + d * HALF

    def series(self, d: int, r: int, like: tuple[Fraction, int, Fraction]) -> DegreeSeries:
        """lambda_k for k = r mod 4, by 1/Gamma((s-k)/2 + 1) = sin(pi (k-s)/2) Gamma((k-s)/2)/pi."""
        import flint

        s, p = self.s, self.power(d)
        angle = (r - s) / 2
        sine = flint.arb.sin_pi_fmpq(flint.fmpq(angle.numerator, angle.denominator))
        constant = ball(d * HALF).gamma() * ball(s + 1).gamma() / ball(2) ** ball(s + 1) / ball(1).pi() * sine
        # Gamma(y + 1/2 - p/2)/Gamma(y + 1/2 + p/2), y = x/2
        ratio = gamma_ratio(p / 2, like, HALF).times(constant * ball(2) ** ball(p)).raised(p)
        return ratio.times(2) if self.even else ratio


@dataclass(frozen=True, repr=False)
class JumpProfile:
    """1{u >= t} with -1 < t < 1, t != 0."""

    t: Fraction
    jumps = True

    def __repr__(self) -> str:
        return f"step({_shown(self.t)})"

    def __call__(self, u: FloatArray) -> FloatArray:
        """Values."""
        return (u >= float(self.t)).astype(np.float64)

    def balls(self, d: int, count: int) -> list[Any]:
        """lambda_0, ..., lambda_{count-1}, at flint's precision in force."""
        t = ball(self.t)
        scale = density(d).ball(0) / (d - 1) * (1 - t * t) ** ball((d - 1) * HALF)
        found, before, now = [self._share(d, scale)], ball(0), ball(1)
        for j in range(count - 1):  # P_j of dimension d + 2
            found.append(scale * now)
            before, now = now, ((2 * j + d) * t * now - j * before) / (j + d)
        return found[:count]

    def _share(self, d: int, scale: Any) -> Any:
        """The share of the cap, (1/2) I_{1-t^2}((d-1)/2, 1/2) for t > 0, in the narrower of two forms.

        1/2 - c t F(1/2, (3-d)/2; 3/2; t^2) cancels where the cap is small, in high dimension to nothing; for |t| near
        0, where the argument is near 1, scale |t| F(d/2, 1; (d+1)/2; 1-t^2) loses digits.
        """
        t = ball(self.t)
        c = density(d).ball(0)
        middle = ball(HALF) - c * t * (t * t).hypgeom_2f1(ball(HALF), ball(Fraction(3 - d, 2)), ball(Fraction(3, 2)))
        cap = scale * abs(t) * (1 - t * t).hypgeom_2f1(ball(Fraction(d, 2)), ball(1), ball(Fraction(d + 1, 2)))
        end = cap if self.t > 0 else 1 - cap
        return end if end.rel_accuracy_bits() > middle.rel_accuracy_bits() else middle

    def scaled(self, d: int, root: FloatArray) -> FloatArray:
        """lambda_k e^root_k in float64, k = 0, 1, ..."""
        from ..numbers.precision import at_least

        with at_least(256):  # some 80 bits are lost at t = 0.3, d = 1000
            first = [float(x) for x in self.balls(d, 2)]
        found, before, t = [first[0] * math.exp(root[0])], 0.0, float(self.t)
        now = first[1] * math.exp(root[min(1, root.size - 1)])
        # The recursion of P_j of dimension d + 2, its factor e^root in it: in high dimension P_j is below every float.
        steps = np.exp(np.diff(root)).tolist()
        for j in range(root.size - 1):
            found.append(now)
            if j + 1 < len(steps):
                later = (2 * j + d) * t * now - (j * before * steps[j] if j else 0.0)
                before, now = now, later / (j + d) * steps[j + 1]
        return np.array(found)

    def square(self, d: int) -> Any:
        """The mean of the function's square over the sphere, a ball: the share of the cap."""
        return self.balls(d, 1)[0]


def relu(s: Any) -> PowerProfile:
    r"""The profile u -> max(0, u)^s; for s = 0 the step 1{u >= 0}.

    .. math:: \lambda_k = \frac{\Gamma(d/2)\Gamma(s+1)}{2^{s+1}\Gamma((s-k)/2+1)\Gamma((s+k+d)/2)}

    Parameters
    ----------
    s : from 0 to 100, an integer, a Fraction, or a float that stands for the decimal that it prints.

    Raises TypeError or ValueError for other s. Source: Bach 2017, Appendix D (claim 19); other than integers, here.

    >>> relu(2)
    relu(2)
    """
    return PowerProfile(_power(s))


def abs_power(s: Any) -> PowerProfile:
    """The profile u -> |u|^s: twice the even harmonics of `relu(s)`. Parameters, errors and source are those of it.

    >>> abs_power(1.5)
    abs_power(Fraction(3, 2))
    """
    return PowerProfile(_power(s), even=True)


def step(t: Any = 0) -> PowerProfile | JumpProfile:
    """The profile u -> 1{u >= t}, the indicator of a cap.

    Parameters
    ----------
    t : between -1 and 1, an integer, a Fraction, or a float that stands for the decimal that it prints.

    Raises TypeError or ValueError for other t. Source: Bach 2017, Appendix D, for t = 0 (claim 19); here for others.

    >>> step(0) == relu(0), step(0.5)
    (True, step(Fraction(1, 2)))
    """
    at = decimal(as_fraction(t, "t"))
    if not -1 < at < 1:
        raise ValueError(f"t must lie between -1 and 1, where 1{{u >= t}} has a jump; got {t!r}")
    return JumpProfile(at) if at else PowerProfile(Fraction(0))


def _power(s: Any) -> Fraction:
    found: Fraction = decimal(as_fraction(s, "s"))
    if not 0 <= found <= _LARGEST_POWER:
        raise ValueError(f"s must be from 0 to {_LARGEST_POWER}; got {s!r}")
    return found


def _shown(q: Fraction) -> str:
    return str(q) if q.denominator == 1 else repr(q)
