r"""What the decay alone says of a learning curve for n to infinity: overfitting, and the exponents of the error.

Everything here is proved of the eigenlearning equations (`kernelspec.rkhs.learning_curves`), which are a theory for
the error of a regression, and no theorem. D = d - 1; over each parity mu_k ~ c k^{-2 beta} (`kernelspec.decay`) and
the target has sum_{k >= K} A_k ~ K^{-(a-1)} (`kernelspec.rkhs.target_powers`); beta_1 is the least beta of both
parities, which is that of the slowest eigenvalues, and 2 beta_1 > D, as the trace is finite.

*Overfitting* (the classes are those of Mallinar et al. 2022: E_n -> 1 is benign, E_n -> a number above 1 tempered,
unbounded E_n catastrophic; the proofs are for the sphere and derived here). Let S(kappa) = sum L_i.

- lambda > 0: benign. kappa_n >= lambda, so that sum L_i^2 <= S(lambda) < inf and E_n <= n/(n - S(lambda)) -> 1.
- lambda = 0, a power: tempered, E_n -> 2 beta_1/D. N(d,k) ~ c' k^{D-1} gives S(kappa) ~ C kappa^{-D/(2 beta_1)} as
  kappa -> 0, a parity that falls faster being of lower order; L(1 - L) = -kappa dL/dkappa is a sum of the same kind,
  so that sum L_i (1 - L_i) ~ D/(2 beta_1) S; and n = S, so that n - sum L_i^2 ~ n D/(2 beta_1).
- lambda = 0, both parities faster than any power, infinitely many mu_k > 0: catastrophic. For lambda = 0, E_n = S/(sum
  L_i (1 - L_i)) = dlog(1/kappa)/dlog S. If E_n were at most M from some n on, S would be at least c kappa^{-1/M}; but
  mu_k <= C_m k^{-m} for every m gives S = O(kappa^{-epsilon}) for every epsilon > 0. So E_n is unbounded.
- lambda = 0, finitely many mu_k > 0, together r: benign. E_n = n/(n - r) for n > r.

*The exponent for lambda = 0 and no noise.* kappa_n ~ n^{-2 beta_1/D}. In a parity with mu_k ~ k^{-2 beta} the degrees
with mu_k > kappa are those below K = kappa^{-1/(2 beta)}. Those beyond add sum_{k > K} A_k ~ K^{-(a-1)} to the bias,
those below kappa^2 sum_{k < K} A_k k^{4 beta} ~ K^{-min(a-1, 4 beta)}, times log K where both are equal. So

.. math:: \text{error} \sim n^{-r}, \qquad
          r = \frac{2\beta_1}{D} \min_{\text{parities}} \frac{\min(a - 1, \, 4\beta)}{2\beta},

which is min(a-1, 4 beta)/D where both parities have one beta (Spigler, Geiger & Wyart 2020 for this case). A parity
of the target that lies where mu_k = 0 is never learned: r = 0. In a parity that falls faster than any power K =
kappa^{-o(1)}, so that r = 0 if its a is finite.

*lambda > 0 fixed.* kappa_n -> lambda and E_n -> 1, both like 1/n: the error tends to sum_k A_k (lambda/(mu_k +
lambda))^2 + sigma^2.

*The best lambda for each n.* Without noise it gains a factor at most: E_n >= 1, kappa_n grows with lambda, and so does
the bias: the error is at least that of lambda = 0 divided by its E_n, which tends to 2 beta_1/D. With noise of variance
sigma^2 the excess over sigma^2 is at least the bias + sigma^2 sum L_i^2/n, with sum L_i^2 ~ kappa^{-D/(2 beta_1)} = X:
X^{-r} + X/n is least at X = n^{1/(1+r)}, where it is n^{-r/(1+r)}, and lambda ~ kappa reaches that, as X is o(n).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..kernels.zonal import Zonal
from ..numbers.precision import at_least
from ..rkhs.components import components
from ..rkhs.membership import part_at_zeros
from ..rkhs.ridge import Function
from ..rkhs.tail import NAMES, OPEN
from ..rkhs.target_powers import target_powers

if TYPE_CHECKING:
    from ..results.tables import Table

Number = Fraction | float
_FINITE = "the target lies in a space of finite dimension r: the excess over sigma^2 is like r sigma^2/n."


@dataclass(frozen=True)
class Exponent:
    """r with error ~ n^{-r}, None where it is not told, and a sentence that says why."""

    value: Number | None
    why: str


@dataclass(frozen=True, repr=False)
class CurveLaw:
    """What the eigenlearning equations say for n to infinity, from the decay of the eigenvalues and of the target.

    Parameters
    ----------
    title : kernel, target and sphere.
    lam, noise : as for `curve`.
    overfitting : "benign", "tempered" or "catastrophic"; None where it is not told.
    limit : what E_n tends to; inf where it is unbounded, None where it is not told.
    overfitting_why : a sentence.
    interpolation : the exponent of the error for lambda = 0; with noise, of its excess over sigma^2, here and below.
    fixed : that for a fixed lambda > 0.
    optimal : that for the best lambda at each n.
    """

    title: str
    lam: float
    noise: float
    overfitting: str | None
    limit: Number | None
    overfitting_why: str
    interpolation: Exponent
    fixed: Exponent
    optimal: Exponent

    @property
    def rate(self) -> Exponent:
        """The exponent for `lam`: `fixed` or `interpolation`."""
        return self.fixed if self.lam > 0 else self.interpolation

    def table(self) -> Table:
        """A row for overfitting and for each exponent: question, answer, why."""
        from ..views.curves import law_table

        return law_table(self)

    def __repr__(self) -> str:
        from ..views.curves import law_text

        return law_text(self)

    def _repr_html_(self) -> str:
        from ..views.curves import law_html

        return law_html(self)


@dataclass(frozen=True)
class _Decays:
    """2 beta of both parities: a Fraction, inf (faster than any power), None (mu_k = 0 from some degree on)."""

    both: tuple[Number | None, Number | None]

    @property
    def slowest(self) -> Fraction | None:
        powers = [x for x in self.both if isinstance(x, Fraction)]
        return min(powers) if powers else None


def law(kernel: Zonal, d: int, f: Function, lam: float, noise: float) -> CurveLaw:
    """See the module; the arguments have been checked."""
    title = f"{f!r}, {kernel!r} on S^{d - 1}"
    try:
        decays: _Decays | str = _decays(kernel, d)
    except OPEN as reason:
        decays = str(reason)
    kind, limit, why = _overfitting(decays, d, lam)
    free = _interpolation(kernel, d, f, decays)
    return CurveLaw(title, lam, noise, kind, limit, why, _noisy(free, decays, d, noise), _fixed(f, noise),
                    _optimal(free, noise))  # fmt: skip


def _decays(kernel: Zonal, d: int) -> _Decays:
    found: list[Number | None] = []
    for parity, each in enumerate(kernel.decay(d).parities):
        if each.kind == "unresolved":
            raise ValueError(f"the decay of the {NAMES[parity]} eigenvalues is not known")
        power = Fraction(int(each.exponent.p), int(each.exponent.q)) if each.kind == "power" else math.inf
        found.append(None if each.kind == "vanishing" else power)
    return _Decays((found[0], found[1]))


def _overfitting(decays: _Decays | str, d: int, lam: float) -> tuple[str | None, Number | None, str]:
    if lam > 0:
        why = "lambda > 0 is fixed, so kappa_n >= lambda and E_n tends to 1: the noise costs nothing in the limit."
        return "benign", Fraction(1), why
    if isinstance(decays, str):
        return None, None, f"what E_n tends to is not told, as {decays}."
    slow = decays.slowest
    if slow is not None:
        limit = slow / (d - 1)
        grows = f"E_n tends to 2 beta/(d-1) = {limit}, by which noise is multiplied."
        return "tempered", limit, f"mu_k ~ k^-{_shown(slow)} at lambda = 0, so {grows}"
    if math.inf in decays.both:
        return "catastrophic", math.inf, "mu_k falls faster than any power at lambda = 0, so E_n is unbounded."
    return "benign", Fraction(1), "the kernel has finite rank r, so E_n = n/(n - r) for n > r, which tends to 1."


def _interpolation(kernel: Zonal, d: int, f: Function, decays: _Decays | str) -> Exponent:
    if not f.ridges and not f.polynomial:
        return Exponent(math.inf, "the target is 0, and so is the error.")
    if isinstance(decays, str):
        return Exponent(None, f"the exponent is not told, as {decays}.")
    try:
        powers = target_powers(f)
        with at_least(128):
            unseen = [part_at_zeros(kernel, d, f, components(f), parity) for parity in (0, 1)]
    except OPEN as reason:
        return Exponent(None, f"the exponent is not told, as {reason}.")
    for found in unseen:
        if found is not None and not found.member:
            return Exponent(Fraction(0), f"the error tends to a number > 0: {found.step}")
    slow = decays.slowest
    if slow is None:
        if math.inf in decays.both:
            return Exponent(None, "no exponent is derived where mu_k falls faster than any power, as E_n is unbounded.")
        return Exponent(math.inf, "the kernel has finite rank and the target lies in its span: the error is 0 from "
                        "n = rank on.")  # fmt: skip
    both = enumerate(zip(powers, decays.both, strict=True))
    seen = [(p, a, decay) for p, (a, decay) in both if a is not None and decay is not None]
    return _least([_of_parity(a, decay, slow, d, p) for p, a, decay in seen])


def _of_parity(a: Number, decay: Number, slow: Fraction, d: int, parity: int) -> Exponent:
    """The exponent of a parity's bias, `decay` = 2 beta and `slow` = 2 beta_1."""
    name = NAMES[parity]
    if decay == math.inf:
        if a == math.inf:
            return Exponent(None, f"no exponent is derived where both mu_k and A_k fall fast over the {name} degrees.")
        return Exponent(Fraction(0), f"over the {name} degrees mu_k falls faster than any power and A_k does not: the "
                        "error falls more slowly than every power of n.")  # fmt: skip
    decay = Fraction(decay)
    least = min(a - 1, 2 * decay)
    value = Fraction(least) * slow / (decay * (d - 1))
    if a - 1 == 2 * decay:
        says = f"the target's power beyond degree K falls like K^-{_shown(least)} = K^-(4 beta), times log n"
    elif a - 1 < 2 * decay:
        falls = f"the target's power beyond degree K falls like K^-{_shown(least)}"
        says = f"{falls}, and the kernel saturates at K^-(4 beta) only, 4 beta = {2 * decay}"
    else:
        says = f"the kernel saturates: 4 beta = {least} is below the a - 1 = {a - 1} of the target"
    return Exponent(value, f"at lambda = 0 the error falls like n^-{_shown(value)}: {says} ({name} degrees).")


def _least(found: list[Exponent]) -> Exponent:
    """The least exponent; the one that is not told, where there is one. Without any, the target is learned exactly."""
    if not found:
        return Exponent(math.inf, "the target lies in finitely many degrees that are learned exactly.")
    return min(found, key=lambda each: -math.inf if each.value is None else each.value)


def _noisy(free: Exponent, decays: _Decays | str, d: int, noise: float) -> Exponent:
    """The exponent of the excess over sigma^2 for lambda = 0."""
    if noise == 0 or isinstance(decays, str):
        return free
    if decays.slowest is not None:
        limit = decays.slowest / (d - 1)
        why = f"with noise, at lambda = 0, the error is at least E_n sigma^2, which tends to {limit} sigma^2."
        return Exponent(Fraction(0), why)
    if math.inf in decays.both:
        return Exponent(None, "with noise, at lambda = 0, the error is at least E_n sigma^2, which is unbounded.")
    return Exponent(Fraction(1), _FINITE) if free.value == math.inf else free


def _fixed(f: Function, noise: float) -> Exponent:
    if not f.ridges and not f.polynomial and noise == 0:
        return Exponent(math.inf, "the target is 0, and so is the error.")
    more = " + sigma^2" if noise else ""
    why = f"lambda > 0 is fixed: the error tends to sum A_k (lambda/(mu_k + lambda))^2{more}, the distance like 1/n."
    return Exponent(Fraction(0), why)


def _optimal(free: Exponent, noise: float) -> Exponent:
    r = free.value
    if r is None:
        return free
    if noise == 0:
        if r == 0 or r == math.inf:
            return free
        why = "without noise the best lambda gains a factor of at most the limit of E_n over lambda = 0."
        return Exponent(r, f"with the best lambda the error falls like n^-{_shown(r)}: {why}")
    if r == 0:
        return Exponent(r, free.why)
    if r == math.inf:
        return Exponent(Fraction(1), _FINITE)
    value = r / (1 + r)
    return Exponent(value, f"with noise and the best lambda the excess over sigma^2 falls like n^-{_shown(value)} = "
                    f"n^-(r/(1+r)), r = {r}.")  # fmt: skip


def _shown(value: Any) -> str:
    return str(value) if getattr(value, "denominator", 1) == 1 else f"({value})"
