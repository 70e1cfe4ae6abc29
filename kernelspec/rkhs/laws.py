r"""Two kernels over one parity by their exact laws alone, where no remainder is bounded (`verdict`, 4).

*Power laws.* Let kappa be smooth in the angle (`kernels.end_facts`), and nu the least exponent whose coefficients,
a at u = 1 and b at u = -1, add up to a + (-1)^k b != 0. Then, E_k(nu) > 0 of `spectrum.asymptotic`,

.. math:: \mu_k \sim s\, E_k(\nu), \qquad s = -\sin(\pi\nu)\,(a + (-1)^k b) .

*Proof.* (1-u)^nu and (1+u)^nu have the eigenvalues -sin(pi nu) E_k(nu) and (-1)^k times that. They are smooth in a root
of the angle at their own end, and at the other one even and smooth in it. So finitely many of them leave of kappa a
function that is C^oo between the ends and at either end an even polynomial of the angle plus what is C^oo in a root of
it and vanishes to any order that is wanted: a function that is C^{2m} on the sphere, whose eigenvalues are O(k^{-2m}),
as (-k(k+d-2))^m mu_k is an eigenvalue of the m-th power of its Laplacian. E_k(nu) falls like k^{-2 nu-d+1}. QED.

*Positive at every degree.* kappa = sum b_n u^n with b_n >= 0 has mu_k = sum_n b_n mu_k[u^n], where mu_k[u^n] > 0 for n
= k, k+2, ... and 0 for all other n. If infinitely many b_n of a parity are positive, so is every mu_k of it: where s !=
0, and where the part is singular at u = 1. So two kernels with one nu over a parity have ratios that are positive and
tend to s/s': they lie between positive constants, which this argument does not give.

*Faster than any power.* A part that is C^oo on [-1, 1] is C^oo on the sphere. An analytic one has mu_k = O(q^k) for a q
< 1; conversely, if mu_k = O(q^k) over a parity, that part is analytic in an ellipse around [-1, 1], as |P_k(cos z)| <=
e^{k |Im z|}: P_k is a mean of cosines (DLMF 18.5.11). So a part that is singular at u = 1 has mu_k > C q^k for
infinitely many k, whatever C and q < 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ..decay.leading_powers import leading_powers
from ..kernels.zonal import Zonal
from ..numbers.exact_numbers import ball
from . import growth
from .tail import NAMES, UndecidedError, decimals

_DIGITS = 25  # of leading coefficients


@dataclass(frozen=True)
class Law:
    """mu_k ~ s E_k(nu) over one parity, s > 0; `every`: all of these mu_k are positive."""

    nu: Fraction
    leading: Any  # s, a ball > 0
    every: bool

    @classmethod
    def of(cls, kernel: Zonal, d: int, parity: int) -> Law:
        powers = leading_powers(kernel)
        law, name = (powers.even, powers.odd)[parity], NAMES[parity]
        if law.kind != "power" or law.nu is None:
            raise UndecidedError(f"the decay of the {name} eigenvalues of {kernel!r} is not known")
        if not kernel.smooth_in_angle:
            raise UndecidedError(
                f"no remainder of the expansion of {kernel!r} is bounded, and it is not shown to be smooth in the "
                "angle up to u = 1 and -1, where its law of decay would need none"
            )
        sine = (ball(law.nu) * ball(1).pi()).sin()
        leading = -sine * law.coefficient.accurate(_DIGITS)
        if not leading > 0:
            raise UndecidedError(
                f"the leading coefficient of {kernel!r} over the {name} k is {leading.str(5)}, not positive: it is no "
                f"kernel on S^{d - 1}"
            )
        return cls(law.nu, leading, kernel.series_sign == 1)

    def data(self) -> dict[str, Any]:
        return {"nu": str(self.nu), "leading": list(decimals(self.leading)), "every": self.every}


def endless(kernel: Zonal, d: int, parity: int) -> bool:
    """Whether every eigenvalue of a parity is shown to be positive without a value of any."""
    if kernel.taylor_parts[parity].singular:
        return True
    try:
        return Law.of(kernel, d, parity).every
    except (UndecidedError, ValueError):
        return False


def compare(kernel: Zonal, other: Zonal, d: int, parity: int) -> dict[str, Any]:
    """The comparison over the k of one parity, as data; UndecidedError or ValueError where the laws do not decide."""
    pair, name = (kernel, other), NAMES[parity]
    analytic = [k.analytic_part(parity) for k in pair]
    smooth = [analytic[i] or k.infinitely_smooth for i, k in enumerate(pair)]
    out: dict[str, Any] = {"parity": parity, "steps": [], "excluded": "", "why": ""}
    if smooth[0] == smooth[1]:
        if not smooth[0]:
            return _two_powers(out, pair, [Law.of(k, d, parity) for k in pair], parity)
        if analytic[0] != analytic[1] and pair[analytic.index(False)].taylor_parts[parity].singular:
            return _singular_and_analytic(out, pair, analytic.index(True), parity)
        return growth.compare(out, pair, parity)
    fast = smooth.index(True)
    try:
        law = Law.of(pair[1 - fast], d, parity)
    except (UndecidedError, ValueError):
        if not analytic[fast] or not pair[1 - fast].taylor_parts[parity].singular:
            raise
        return _singular_and_analytic(out, pair, fast, parity)
    out |= {"kind": "power and smooth", "same": False, "law": law.data(), "fast": fast}
    out["steps"].append(_said(pair[1 - fast], law, name))
    out["why"] = (
        f"Over the {name} k, mu_k({pair[fast]!r})/mu_k({pair[1 - fast]!r}) tends to 0 faster than any power: the "
        f"{name} part of the first kernel is {'analytic' if analytic[fast] else 'C^oo'} on [-1, 1], and of the second "
        f"mu_k ~ {float(law.leading):.6g} E_k({law.nu})."
    )
    out["steps"].append(out["why"])
    return out


def _said(kernel: Zonal, law: Law, name: str) -> str:
    return (
        f"{name} k: mu_k({kernel!r}) ~ E_k({law.nu}) {float(law.leading):.10g}, as the exact expansions at u = 1 and "
        "-1 say: kappa(cos theta) is smooth in a root of the angle up to both ends."
    )


def _two_powers(out: dict[str, Any], pair: tuple[Zonal, Zonal], laws: list[Law], parity: int) -> dict[str, Any]:
    name = NAMES[parity]
    out["steps"] += [_said(k, law, name) for k, law in zip(pair, laws, strict=True)]
    out["laws"] = [law.data() for law in laws]
    if laws[0].nu != laws[1].nu:
        slower, faster = sorted((0, 1), key=lambda i: laws[i].nu)
        power = 2 * (laws[faster].nu - laws[slower].nu)
        out |= {"kind": "two powers", "same": False}
        out["why"] = (
            f"Over the {name} k, mu_k({pair[faster]!r})/mu_k({pair[slower]!r}) tends to 0 like k^-{power}: "
            f"nu = {laws[faster].nu} against {laws[slower].nu}."
        )
        out["steps"].append(out["why"])
        return out
    for k, law in zip(pair, laws, strict=True):
        if not law.every:
            raise UndecidedError(
                f"not every {name} eigenvalue of {k!r} is shown to be positive: Taylor coefficients at u = 0 may be "
                "negative"
            )
    limit = laws[0].leading / laws[1].leading
    out |= {"kind": "one power", "same": True, "limit": list(decimals(limit)), "lower": None, "upper": None}
    out["why"] = f"Over the {name} k, mu_k({pair[0]!r})/mu_k({pair[1]!r}) tends to {float(limit):.12g}."
    out["steps"].append(
        f"{name} k: both kernels have Taylor coefficients >= 0 at u = 0, infinitely many of them positive at {name} "
        "degrees, so that every such mu_k is positive."
    )
    out["steps"].append(out["why"])
    return out


def _singular_and_analytic(out: dict[str, Any], pair: tuple[Zonal, Zonal], fast: int, parity: int) -> dict[str, Any]:
    name, slow = NAMES[parity], pair[1 - fast]
    out |= {"kind": "singular and analytic", "same": False, "fast": fast}
    out["why"] = (
        f"Over the {name} k, mu_k({pair[fast]!r}) <= C q^k for some q < 1, as that part is analytic on [-1, 1]; but no "
        f"such bound holds for mu_k({slow!r}): its {name} part has Taylor coefficients >= 0 and is singular at u = 1."
    )
    out["steps"].append(out["why"])
    return out


def together(parts: list[dict[str, Any]], excluded: str) -> str:
    """Why two kernels have the same RKHS, where over a parity no bounds of the ratio are known."""
    limits = " ".join(part["why"] for part in parts if part["kind"] == "one power")
    where = f" (all but {excluded})" if excluded else ""
    return f"{limits} No mu_k vanishes{where}: the ratio lies between two positive constants, which are not known."
