r"""Is a function on the sphere in the RKHS of a kernel? Decided by parity, decay and jumps, with a proof.

f = sum f_k is in the RKHS exactly if f_k = 0 wherever mu_k = 0 and sum A_k/mu_k is finite, A_k the mean of f_k^2
(Bietti & Bach 2021, Appendix A; claim 8). What decides:

1. *Jumps.* The functions in the RKHS of a continuous kernel are continuous. For d >= 3 the jumps of ridge functions lie
   on different spheres {<w, x> = t}, so that none cancels another; on the circle their heights add up (`jumps`).
2. *Parity.* Where kappa is a polynomial in a parity, mu_k = 0 beyond its degree: one A_k > 0 there settles it.
3. *The kernel's own functions* x -> k(w, x) are in the RKHS. Where they leave the sum undecided, they are left out.
4. *Decay.* Both g_k and mu_k have expansions with proved remainders (`spectrum.asymptotic`, `profiles`), so that
   A_k/mu_k ~ c k^-q for k = r mod 4; the sum is finite exactly if every q > 1. A kernel that is analytic on [-1, 1]
   has eigenvalues below those of every power.
5. *Several directions.* If each component is in the RKHS, so is the sum; if all but one are, it is not. If several are
   not, take the one of slowest decay, in direction w, of those that fail over a parity. The mean over the rotations
   that leave w fixed is a contraction of the RKHS and takes f to a function of <w, x> with coefficients g_k + sum_j
   g_jk P_k(<w, w_j>). For d >= 3 the P_k(c) -> 0 for |c| < 1, and |g_jk| = O(k^-p): so it decays like g_k, and f is not
   in the RKHS.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..expansions import number
from ..kernels.zonal import Zonal
from ..numbers.exact_numbers import ball
from ..numbers.precision import at_least
from ..spectrum.closed import PolynomialForm
from .atoms import Atom, KernelAtom
from .components import Component, components
from .jumps import jump_in
from .kernel_combinations import without
from .norms import energies
from .ridge import Function
from .tail import NAMES, OPEN, UndecidedError
from .tail_sums import exponential, exponentials

if TYPE_CHECKING:
    from ..results.tables import Table

_LOOKED_AT = 48  # degrees beyond a polynomial's among which a harmonic part that is not 0 is looked for
_DIGITS = 30


@dataclass(frozen=True)
class Membership:
    """Whether a function is in an RKHS.

    `member` is True, False, or None where it could not be decided; `why` says it in a sentence, with the exponents;
    `proof` are the steps.
    """

    member: bool | None
    why: str
    proof: tuple[str, ...]

    def __repr__(self) -> str:
        word = {True: "In the RKHS", False: "Not in the RKHS", None: "Not decided"}[self.member]
        return f"{word}: {self.why}"

    def _repr_html_(self) -> str:
        from ..views.spaces import membership_html

        return membership_html(self)

    def table(self) -> Table:
        """The steps as a `Table`: number and step."""
        from ..results.tables import Table

        rows = [{"step": i, "argument": text} for i, text in enumerate(self.proof, 1)]
        return Table(rows, columns=("step", "argument"), caption=repr(self).split(":")[0])


@dataclass(frozen=True)
class _Finding:
    """What one component is over one class of degrees: member, and the power of k with which A_k/mu_k falls."""

    member: bool
    step: str
    power: Fraction | None = None  # p in g_k ~ x^-p


def membership(kernel: Zonal, d: int, f: Function) -> Membership:
    """See the module; OPEN reasons give `member=None`."""
    try:
        with at_least(128):
            return _decided(kernel, d, f)
    except OPEN as reason:
        rest = without(kernel, f)
        if len(rest.ridges) == len(f.ridges):
            return Membership(None, str(reason), ())
    found = membership(kernel, d, rest)
    own = f"The multiples of k(w, .) are in the RKHS of {kernel!r} themselves."
    why = own if found.member and not rest.ridges and not rest.polynomial else f"{own} What is left: {found.why}"
    return Membership(found.member, why, (own, *found.proof))


def _decided(kernel: Zonal, d: int, f: Function) -> Membership:
    parts = components(f)
    jump = jump_in(d, parts)
    if jump:
        why = (
            f"x -> {jump} of <w, x> jumps, and every function in the RKHS of {kernel!r} is continuous, as the kernel "
            f"is: |f(x) - f(y)|^2 <= 2 |f|^2 (kappa(1) - kappa(x.y))"
        )
        return Membership(False, why, (why,))
    steps: list[str] = []
    for parity in (0, 1):
        found = part_at_zeros(kernel, d, f, parts, parity)
        if found is not None and not found.member:
            return Membership(False, found.step, (*steps, found.step))
        if found is not None:
            steps.append(found.step)
    failing: list[tuple[int, int, _Finding]] = []
    for i, part in enumerate(parts):
        for r in range(4):
            if kernel.polynomial_part(r % 2) is not None:
                continue
            finding = _decay(kernel, d, part, r)
            if finding is None:
                continue
            steps.append(finding.step)
            if not finding.member:
                failing.append((i, r, finding))
    steps = list(dict.fromkeys(steps))
    if not failing:
        if not steps:
            steps.append("The function is a polynomial: finitely many harmonic parts, all at degrees with mu_k > 0.")
        why = " ".join(steps)
        return Membership(True, why, tuple(steps))
    directions = {i for i, _, _ in failing}
    if len(directions) > 1:
        steps.append(_several(d, parts, failing))
    why = next(finding.step for _, _, finding in failing)
    return Membership(False, why, tuple(steps))


# -- degrees at which mu_k = 0 ---------------------------------------------------------------------------


def part_at_zeros(kernel: Zonal, d: int, f: Function, parts: list[Component], parity: int) -> _Finding | None:
    """Whether f has no part at the degrees of a parity with mu_k = 0; None where kappa's part is no polynomial."""
    part = kernel.polynomial_part(parity)
    if part is None:
        return None
    degree = max(part, default=-1)
    form, name = PolynomialForm(d, part), NAMES[parity]
    ends = [component.vanishes_from(r) for component in parts for r in (parity, parity + 2)]
    last = max([f._harmonics.degree, degree, *(end - 1 for end in ends if end is not None)], default=-1)
    if None in ends:
        last = max(last, degree) + _LOOKED_AT
    zeros = [k for k in range(parity, last + 1, 2) if k > degree or form.exactly(k) == 0]
    squares = f._harmonics.squares
    unclear = []
    for k in zeros:
        y = squares[k] if k < len(squares) else Fraction(0)
        if y == 0 and all(component.exactly_zero(k) for component in parts):
            continue
        if not parts:
            value: Any = ball(y)
        else:
            value = energies(d, f, parts, k + 1, _DIGITS)[k]
        if value > 0:
            since = f"for {name} k > {degree}" if k > degree else f"at k = {k}"
            where = f"{since}, where kappa is a polynomial of its {name} part"
            reason = where if part else f"for {name} k, as kappa has no {name} part"
            return _Finding(
                False,
                f"mu_k = 0 exactly {reason}, but the harmonic part of f of degree {k} is not 0: "
                f"the mean of its square is {value.str(8, radius=False)}.",
            )
        unclear.append(k)
    if unclear or None in ends:
        at = f"degree {unclear[0]}" if unclear else f"the {name} degrees above {degree}"
        raise UndecidedError(f"it is not told whether f has a part at {at}, where mu_k = 0")
    return _Finding(True, f"Where mu_k = 0 at {name} k, f has no part: both by exact coefficients.")


# -- decay -----------------------------------------------------------------------------------------------


def _decay(kernel: Zonal, d: int, part: Component, r: int) -> _Finding | None:
    """One component at k = r mod 4, where mu_k > 0 for infinitely many k; None where it has finitely many parts."""
    atoms = part.atoms(r)
    if not atoms:
        return None
    name, own = NAMES[r % 2], KernelAtom(kernel, d, r % 2)
    if own.law.kind == "power" and not number(own.law.constant) > 0:
        raise UndecidedError(f"{kernel!r} is no kernel on S^{d - 1}: mu_k < 0 at large {name} k")
    slow = [atom for atom in atoms if not atom.fast]
    if own.fast:
        return _against_fast(kernel, part, slow, name, own)
    if not slow:
        return _Finding(True, f"Over the {name} k, mu_k ~ k^-{own.power}, and g_k falls faster than any power.")
    power = min(atom.power for atom in slow)
    leading = [atom for atom in slow if atom.power == power]
    if len(leading) > 1:
        raise UndecidedError("the leading terms of different profiles in one direction may cancel")
    q = 2 * power - own.power - (d - 2)
    laws = (
        f"Over the {name} k, mu_k ~ k^-{own.power} and the energy of degree k is A_k = N(d,k) g_k^2 ~ "
        f"k^{d - 2 - 2 * power}, g_k ~ k^-{power}"
    )
    if q > 1:
        return _Finding(True, f"{laws}: A_k/mu_k ~ k^{-q}, which is summable.", power)
    return _Finding(False, f"{laws}: A_k/mu_k ~ k^{-q}, which is not summable.", power)


def _against_fast(kernel: Zonal, part: Component, slow: list[Atom], name: str, own: KernelAtom) -> _Finding:
    if slow:
        power = min(atom.power for atom in slow)
        if sum(atom.power == power for atom in slow) > 1:
            raise UndecidedError("the leading terms of different profiles in one direction may cancel")
        step = (
            f"Over the {name} k, mu_k falls faster than any power of k, {kernel!r} being smooth on [-1, 1], but g_k ~ "
            f"k^-{power}."
        )
        return _Finding(False, step, power)
    sums = [exponentials(g) for g in part.kernels]
    mine = exponential(kernel)
    if mine is None or any(terms is None for terms in sums):
        raise UndecidedError(f"both {kernel!r} and the profile are smooth, and no two-sided bounds of mu_k are known")
    return _Finding(
        True,
        f"mu_k is (alpha/2)^k/Gamma(k+d/2), alpha = {mine[1]}, and |g_k| that of other rates, each times factors "
        "between constants (claim 11): Gamma(k+d/2) makes A_k/mu_k summable.",
    )


def _several(d: int, parts: list[Component], failing: list[tuple[int, int, _Finding]]) -> str:
    """The argument for several components that are not in the RKHS; UndecidedError where it does not apply."""
    if d == 2:
        raise UndecidedError("several directions fail, and on the circle P_k(c) does not tend to 0")
    for i, r, finding in sorted(failing, key=lambda item: item[2].power or math.inf):
        others = [part.atoms(s) for j, part in enumerate(parts) if j != i for s in (r % 4, (r + 2) % 4)]
        powers = [atom.power for row in others for atom in row if not atom.fast]
        if finding.power is not None and all(p >= finding.power for p in powers):
            return (
                f"Several directions fail. The mean over the rotations that fix w_{i + 1} is a contraction of the RKHS "
                f"and leaves g_k + sum_j g_jk P_k(<w, w_j>), in which P_k -> 0 (d >= 3) and no g_jk decays more slowly "
                f"than g_k ~ k^-{finding.power}: the mean is not in the RKHS, so f is not."
            )
    raise UndecidedError("several directions fail, and none of them dominates the others")
