r"""How smooth the functions of an RKHS are: beta with mu_k ~ k^{-2 beta}, and both constants of the Sobolev norm.

On the harmonics of degree k, -Delta is k(k+d-2) (claim 2). So for f with harmonic parts of one parity and degrees >= 1

.. math:: \frac{\|\Delta^{\beta/2} f\|_{L_2}}{\sqrt{upper}} \le \|f\|_H \le \frac{\|\Delta^{\beta/2} f\|}{\sqrt{lower}},
   \qquad lower = \inf_k \mu_k (k(k+d-2))^\beta, \quad upper = \sup_k \mu_k (k(k+d-2))^\beta,

and both are sharp (claim 32, Bietti & Bach 2021; the constants, here). They are proved as in `verdict`: for k < K by
balls; for k >= K, mu_k/E_k(nu) lies between s -+ epsilon(K), and with x = k + d/2 - 1, p = 2 beta, E_k(nu) is a
constant times q_k x^{-p}, where q_k tends to 1 monotonically (`onset`), and (k(k+d-2)/x^2)^beta =
(1 - (d/2-1)^2/x^2)^beta increases to 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from ..kernels.zonal import Zonal
from ..numbers.exact_numbers import ball
from ..numbers.outward import lower_float, upper_float
from ..sphere.power_eigenvalues import cut_power
from .checker import shown
from .components import eigenvalues
from .tail import NAMES, Tail, UndecidedError, start_of

if TYPE_CHECKING:
    from ..results.tables import Table

_DIGITS = 20


@dataclass(frozen=True)
class Smoothness:
    """beta with mu_k ~ k^{-2 beta} over the even and the odd degrees.

    A Fraction; inf where mu_k falls faster than any power; None where it is 0 from some degree on.
    """

    even: Fraction | float | None
    odd: Fraction | float | None

    def __repr__(self) -> str:
        if self.even == self.odd:
            return f"beta = {_beta(self.even)} for all k"
        return f"beta = {_beta(self.even)} for even k, {_beta(self.odd)} for odd k"

    def table(self) -> Table:
        """A `Table` of one row for each parity: parity and beta."""
        from ..results.tables import Table

        both = zip(NAMES, (self.even, self.odd), strict=True)
        return Table([{"parity": name, "beta": _beta(beta)} for name, beta in both], headings={"beta": r"$\beta$"})


def _beta(beta: Fraction | float | None) -> str:
    if beta is None:
        return "none (mu_k = 0 for large k)"
    return "inf" if beta == math.inf else str(beta)


def smoothness(kernel: Zonal, d: int) -> Smoothness:
    """The exact exponents of both parities; ValueError where a law of decay is not known."""
    found: list[Fraction | float | None] = []
    for parity, law in enumerate(kernel.decay(d).parities):
        if law.kind == "unresolved":
            raise ValueError(f"the decay of the {NAMES[parity]} eigenvalues of {kernel!r} is not known")
        power = Fraction(int(law.exponent.p), int(law.exponent.q)) / 2 if law.kind == "power" else math.inf
        found.append(None if law.kind == "vanishing" else power)
    return Smoothness(*found)


@dataclass(frozen=True)
class Equivalence:
    """lower <= mu_k (k(k+d-2))^beta <= upper for the k >= 1 of one parity, proved, rounded outward; and its limit."""

    parity: int
    beta: Fraction
    lower: float
    upper: float
    limit: float
    lower_at: str
    upper_at: str

    @property
    def constants(self) -> tuple[float, float]:
        """(c, C) with c |Delta^{beta/2} f| <= |f|_H <= C |Delta^{beta/2} f|, rounded outward."""
        below, above = Fraction(self.upper), Fraction(self.lower)
        return lower_float(1 / ball(below).sqrt()), upper_float(1 / ball(above).sqrt())


@dataclass(frozen=True)
class Sobolev:
    """The norm of the RKHS against that of Delta^{beta/2} f in L_2, each parity with its own beta.

    `even` and `odd` are `Equivalence`s; None where mu_k = 0 beyond a degree, or falls faster than any power. `mean` is
    mu_0, as |f|^2 = (mean of f)^2/mu_0 + ... (0 where the RKHS has no constants).
    """

    kernel: Zonal
    d: int
    mean: float
    even: Equivalence | None
    odd: Equivalence | None
    why: tuple[str, ...]

    def __repr__(self) -> str:
        return " ".join(self.why)

    def _repr_html_(self) -> str:
        from ..views.spaces import sobolev_html

        return sobolev_html(self)

    def table(self) -> Table:
        """A `Table` of one row for each parity with a power: parity, beta, lower, upper, limit."""
        from ..results.tables import Table

        names = ("parity", "beta", "lower", "upper", "limit", "lower at", "upper at")
        rows = [
            (NAMES[e.parity], e.beta, e.lower, e.upper, e.limit, e.lower_at, e.upper_at)
            for e in (self.even, self.odd)
            if e is not None
        ]
        caption = f"mu_k (k(k+d-2))^beta over k >= 1, {self.kernel!r} on S^{self.d - 1}"
        return Table([dict(zip(names, row, strict=True)) for row in rows], columns=names, caption=caption)


def sobolev(kernel: Zonal, d: int) -> Sobolev:
    """Both constants for each parity; UndecidedError where no remainder is proved."""
    found: list[Equivalence | None] = []
    sentences: list[str] = []
    betas = smoothness(kernel, d)
    for parity, beta in enumerate((betas.even, betas.odd)):
        name = NAMES[parity]
        if beta is None:
            degree = kernel.polynomial_degree(parity)
            sentences.append(f"At {name} k > {degree} the RKHS has nothing: mu_k = 0.")
            found.append(None)
        elif beta == math.inf:
            sentences.append(f"Over the {name} k, mu_k falls faster than any power: no Sobolev norm is equivalent.")
            found.append(None)
        else:
            equivalence = _equivalence(kernel, d, parity, Fraction(beta))
            low, high = equivalence.constants
            sentences.append(
                f"On functions of {name} degrees k >= 1, {shown(low, up=False)} |Delta^(beta/2) f| <= |f|_H <= "
                f"{shown(high, up=True)} |Delta^(beta/2) f| in L2, beta = {beta}."
            )
            found.append(equivalence)
    mean = eigenvalues(kernel, d, 0, 1, _DIGITS)[0] if kernel.polynomial_degree(0) != -1 else ball(0)
    sentences.append(f"Constants c have |c|_H^2 = c^2/mu_0, mu_0 = {float(mean):.6g}.")
    return Sobolev(kernel, d, float(mean), found[0], found[1], tuple(sentences))


def _equivalence(kernel: Zonal, d: int, parity: int, beta: Fraction) -> Equivalence:
    tail = Tail.of(kernel, d, parity)
    start = start_of([tail], parity)
    error, x = tail.error(start), ball(Fraction(2 * start + d - 2, 2))
    constant = cut_power(d, tail.nu).part(moving=False).ball(0)
    # E_k (k(k+d-2))^beta over the constant: q_k, monotone to 1, times what increases to 1.
    q = cut_power(d, tail.nu).ball(start) / constant * x ** ball(2 * beta)
    rise = (1 - (ball(Fraction(d - 2, 2)) / x) ** 2) ** ball(beta)
    band = (tail.leading - error) * constant * q.min(1) * rise, (tail.leading + error) * constant * q.max(1)
    limit = tail.leading * constant
    degrees = range(parity or 2, start, 2)
    known = eigenvalues(kernel, d, parity, start, _DIGITS)
    values = []
    for k in degrees:
        mu = known[k // 2]
        if not mu > 0:
            raise UndecidedError(f"{kernel!r} is no kernel on S^{d - 1}: mu_{k} = {mu.str(5)}")
        values.append(mu * ball(k * (k + d - 2)) ** ball(beta))
    lows = [*map(lower_float, values), lower_float(band[0])]
    highs = [*map(upper_float, values), upper_float(band[1])]
    places = [*(f"k = {k}" for k in degrees), f"the bound of the tail k >= {start}"]
    low, high = min(lows), max(highs)
    return Equivalence(parity, beta, low, high, float(limit), places[lows.index(low)], places[highs.index(high)])
