r"""Do two kernels have the same RKHS on the sphere? A verdict with a proof ("deep equals shallow", claims 9, 24-29).

On S^{d-1} the RKHS of kappa consists of f = sum a_kj Y_kj with sum a_kj^2 / mu_k finite, a_kj = 0 where mu_k = 0
(claim 8). So two kernels have the same RKHS, with equivalent norms, exactly if their eigenvalues vanish at the same
degrees and

.. math:: lower \le \mu_k(\kappa) / \mu_k(\kappa') \le upper

at all the others with constants 0 < lower, upper < inf: these are the constants of the norm equivalence.

`same_rkhs` proves this, or the contrary, for each parity of k:

1. a parity in which kappa is a polynomial has mu_k = 0 beyond its degree, exactly, and rational eigenvalues up to it;
2. for k < K both eigenvalues are enclosed by balls (`Spectrum.certified`);
3. for k >= K, the expansion and its remainder (`spectrum.asymptotic`) give, with E_k(nu) > 0 of that module,

.. math:: \Big|\frac{\mu_k}{E_k(\nu_0)} - s\Big| \le \varepsilon(k), \qquad s = -\sin(\pi\nu_0)(a_{\nu_0} + (-1)^k
b_{\nu_0}),

.. math:: \varepsilon(k) = \sum_{m \ge 1} |\sin(\pi\nu_m)(a_m + (-1)^k b_m)| \frac{E_k(\nu_m)}{E_k(\nu_0)}
          + R \frac{E_k(\nu^*)}{E_k(\nu_0)} + \frac{S_k}{E_k(\nu_0)} .

epsilon(k) decreases from K on: E_{k+1}(nu)/E_k(nu) = (k-nu)/(k+nu+d-1) falls with nu, and from k to k+1 S_k is
multiplied by at most e^{-H}, so that S_k/E_k(nu_0) decreases while e^{-H} (k+nu_0+d-1)/(k-nu_0) <= 1, which
persists once it holds. Hence epsilon(k) <= epsilon(K): where both kernels have the same nu_0, the ratio lies
between (s - eps)/(s' + eps') and (s + eps)/(s' - eps') for all k >= K; where nu_0 differs, it tends to 0 or to
infinity.

The proof object lists these steps and holds every number that they use, rounded outward; `recheck` goes through the
deduction again from these numbers alone, with the interval arithmetic of mpmath in place of Arb.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from .checks import dimension
from .proof import RecheckError, decimals, lower_float, recheck, shown, upper_float
from .zonal import Zonal

__all__ = ["Proof", "RecheckError", "Verdict", "recheck", "same_rkhs"]

_DIGITS = 15
_TERMS = 2  # beyond the leading one
_NARROW = 0.02  # how small eps/s should be, where that is cheap
_SLACK = 1e-12
_SCREENED = 12  # eigenvalues looked at in float64, to refuse early what is no kernel
_STARTS = (16, 32, 64, 96, 128, 192, 256, 384, 512)
_LATE_STARTS = (768, 1024, 1536, 2048)
_NAMES = ("even", "odd")


@dataclass(frozen=True)
class Proof:
    """The steps of a verdict and the numbers that they use."""

    _data: dict[str, Any] = field(repr=False)

    def data(self) -> dict[str, Any]:
        """Everything that the deduction uses, as plain numbers and text: what `recheck` needs, and ready for JSON."""
        copied: dict[str, Any] = json.loads(json.dumps(self._data))
        return copied

    def steps(self) -> list[str]:
        """The argument, a sentence each."""
        steps = [step for part in self._data["parities"] for step in part["steps"]]
        return list(dict.fromkeys([*steps, self._data["conclusion"]]))

    def __str__(self) -> str:
        return "\n".join(f"{i}. {step}" for i, step in enumerate(self.steps(), 1))


@dataclass(frozen=True)
class Verdict:
    """Whether two kernels have the same RKHS on S^{d-1}, and why.

    `same` is True, False, or None where it could not be decided; lower <= mu_k(kernel)/mu_k(other) <= upper, both
    proved and rounded outward, for every k at which the eigenvalues do not both vanish (0 and inf where there is no
    better bound); `parity` names the degrees left out; `why` says it in a sentence.
    """

    kernel: Zonal
    other: Zonal
    d: int
    same: bool | None
    lower: float
    upper: float
    parity: str
    why: str
    proof: Proof | None = field(repr=False, compare=False)

    def __repr__(self) -> str:
        answer = {True: "the same RKHS.", False: "different RKHSs.", None: "undecided."}[self.same]
        return f"{self.kernel!r} and {self.other!r} on S^{self.d - 1}: {answer} {self.why}"


class _UndecidedError(Exception):
    """The reason why a comparison is left open."""


# A region not shown to be analytic, digits out of reach, an expansion that is not known.
_OPEN = (_UndecidedError, ValueError, ArithmeticError, NotImplementedError)


def same_rkhs(kernel: Zonal, other: Zonal, d: int) -> Verdict:
    r"""Decide whether two kernels have the same RKHS on S^{d-1}, with proved constants (claims 9, 27-29).

    Parameters
    ----------
    kernel, other : kernels (`Zonal`), positive semi-definite on S^{d-1}.
    d : the dimension of the space that the sphere lies in, an integer >= 2.

    Returns a `Verdict`; kernels that cannot be decided get `same=None` and the reason. Raises TypeError for what is
    no kernel, ValueError for d < 2.

    >>> import kernelspec as ks
    >>> v = ks.same_rkhs(ks.laplace(), ks.laplace(c=2), d=4)
    >>> v.same, 0.49 < v.lower < 0.5, 2 < v.upper < 2.3
    (True, True, True)
    >>> ks.same_rkhs(ks.ntk(2), ks.ntk(3), d=4).same
    False
    """
    for name, k in (("kernel", kernel), ("other", other)):
        if not isinstance(k, Zonal):
            raise TypeError(f"{name} must be a kernelspec kernel; got {type(k).__name__}")
    d = dimension(d)
    scale = _multiple(kernel, other)
    try:
        for k in (kernel, other):
            _require_kernel(k, d)
        if scale is not None:
            return _proportional(kernel, other, d, scale)
        return _compared(kernel, other, d)
    except _OPEN as reason:
        why = f"Not decided, because {reason}."
        return Verdict(kernel, other, d, None, 0.0, math.inf, "", why, None)


def _require_kernel(kernel: Zonal, d: int) -> None:
    """What shows at once that there is no RKHS, or that it is not known exactly."""
    if kernel.truncation:
        raise _UndecidedError(
            f"{kernel!r} is a series cut off at an error of {kernel.truncation:.1e}"
        )
    if math.isinf(kernel.at_one):
        raise _UndecidedError(f"{kernel!r} is infinite at u = 1: it is no reproducing kernel")
    try:
        first = kernel.spectrum(d).values(np.arange(_SCREENED))
    except ValueError:
        return  # certified values may still be had
    for k in np.flatnonzero((first.sign < 0) & (first.error < 0.5)):
        raise _UndecidedError(
            f"{kernel!r} is no kernel on S^{d - 1}: mu_{k} = {first.value[k]:.6g} < 0"
        )


def _compared(kernel: Zonal, other: Zonal, d: int) -> Verdict:
    parts, open_questions = [], []
    for parity in (0, 1):
        try:
            parts.append(_parity(kernel, other, d, parity))
        except _OPEN as reason:
            open_questions.append(reason)
    different = [part for part in parts if not part["same"]]
    if open_questions and not different:
        raise open_questions[0]
    excluded = "; ".join(part["excluded"] for part in parts if part["excluded"])
    if different:
        why = " ".join(dict.fromkeys(part["why"] for part in different))
        bounds = 0.0, math.inf
    else:
        pairs = [part for part in parts if part["lower"] is not None]
        if not pairs:
            raise _UndecidedError("both kernels are 0")
        bounds = min(p["lower"] for p in pairs), max(p["upper"] for p in pairs)
        _require_floats(*bounds)
        low, high = shown(bounds[0], up=False), shown(bounds[1], up=True)
        why = f"{low} <= mu_k({kernel!r})/mu_k({other!r}) <= {high} for every k"
        why += f" but these: {excluded}." if excluded else " >= 0."
    data = {
        "kernels": [repr(kernel), repr(other)],
        "d": d,
        "parities": parts,
        "same": not different,
        "lower": bounds[0],
        "upper": "inf" if different else bounds[1],
        "conclusion": why,
    }
    return Verdict(kernel, other, d, not different, *bounds, excluded, why, Proof(data))


def _require_floats(lower: float, upper: float) -> None:
    if not 0 < lower <= upper < math.inf:
        raise _UndecidedError("the ratio of the kernels is beyond the range of floats")


def _multiple(kernel: Zonal, other: Zonal) -> Fraction | None:
    """c > 0 with kernel = c other as expressions, or None."""
    from .expression import Monomial, Sum

    def first(k: Zonal) -> Fraction:
        return k.terms[0][0] if isinstance(k, Sum) and k.terms else Fraction(1)

    a, b = first(kernel), first(other)
    if isinstance(kernel, Sum) and not kernel.terms or isinstance(other, Sum) and not other.terms:
        return None
    same = kernel * Monomial(0) * (1 / a) == other * Monomial(0) * (1 / b)
    return a / b if same and a / b > 0 else None


def _proportional(kernel: Zonal, other: Zonal, d: int, scale: Fraction) -> Verdict:
    bounds = lower_float(scale), upper_float(scale)
    _require_floats(*bounds)
    factor = str(scale) if len(str(scale)) < 40 else shown(bounds[0], up=False)
    why = f"{kernel!r} is {factor} times {other!r}, so mu_k is too, at every degree."
    data = {
        "kernels": [repr(kernel), repr(other)],
        "d": d,
        "parities": [],
        "same": True,
        "scale": str(scale),
        "lower": bounds[0],
        "upper": bounds[1],
        "conclusion": why,
    }
    return Verdict(kernel, other, d, True, *bounds, "", why, Proof(data))


# -- one parity -------------------------------------------------------------------------------------------


def _parity(kernel: Zonal, other: Zonal, d: int, parity: int) -> dict[str, Any]:
    """The comparison over the k of one parity, as data."""
    polynomials = [k.polynomial_part(parity) for k in (kernel, other)]
    name = _NAMES[parity]
    out: dict[str, Any] = {"parity": parity, "steps": [], "excluded": "", "why": ""}
    if all(p is not None for p in polynomials):
        return _both_polynomial(out, kernel, other, d, parity)
    for i, (k, rival) in enumerate(((kernel, other), (other, kernel))):
        part = polynomials[i]
        if part is None:
            continue
        degree = max(part, default=-1)
        first = degree + 1 + (degree + 1 - parity) % 2
        least = _first_positive(rival, d, first)
        out |= {"kind": "one finite", "same": False}
        out["finite"] = i
        out["zero_beyond"] = degree
        out["witness"] = {"k": least[0], "mu": list(decimals(least[1]))}
        shown = least[1].str(8, radius=False)
        since = f"every {name} k > {degree}" if degree >= 0 else f"every {name} k"
        out["why"] = (
            f"For {since}, mu_k({k!r}) = 0 exactly: its {name} part is a polynomial. "
            f"But mu_{least[0]}({rival!r}) = {shown} > 0."
        )
        out["steps"].append(out["why"])
        return out
    return _both_infinite(out, kernel, other, d, parity)


def _first_positive(kernel: Zonal, d: int, start: int) -> tuple[int, Any]:
    for k in range(start, start + 40, 2):
        mu = kernel.spectrum(d).certified(k, _DIGITS)
        if mu != 0:
            _require_positive(kernel, d, k, mu)
            return k, mu
    raise _UndecidedError(f"no positive eigenvalue of {kernel!r} was found from degree {start} on")


def _both_polynomial(
    out: dict[str, Any], kernel: Zonal, other: Zonal, d: int, parity: int
) -> dict[str, Any]:
    from .powers import monomial_eigenvalue_exact

    found: list[dict[int, Fraction]] = []
    for k in (kernel, other):
        part = k.polynomial_part(parity) or {}
        degree = max(part, default=-1)
        mu = {
            j: sum((q * monomial_eigenvalue_exact(d, m, j) for m, q in part.items()), Fraction(0))
            for j in range(parity, degree + 1, 2)
        }
        for j, value in mu.items():
            if value < 0:
                raise _UndecidedError(f"{k!r} is no kernel on S^{d - 1}: mu_{j} = {value} < 0")
        found.append({j: value for j, value in mu.items() if value})
    out |= {
        "kind": "both finite",
        "eigenvalues": [{str(j): str(q) for j, q in mu.items()} for mu in found],
    }
    name = _NAMES[parity]
    shared = sorted(found[0].keys() & found[1].keys())
    apart = sorted(found[0].keys() ^ found[1].keys())
    out["same"] = not apart
    listed = ", ".join(map(str, shared)) or "none"
    out["steps"].append(
        f"The {name} parts of both kernels are polynomials; their {name} eigenvalues are rational numbers, "
        f"positive at k = {listed} for both."
    )
    if apart:
        holder, lacking = (kernel, other) if apart[0] in found[0] else (other, kernel)
        out["why"] = f"mu_{apart[0]}({lacking!r}) = 0 but mu_{apart[0]}({holder!r}) > 0, exactly."
        out["steps"].append(out["why"])
        return out
    ratios = [found[0][j] / found[1][j] for j in shared]
    out["lower"] = lower_float(min(ratios)) if ratios else None
    out["upper"] = upper_float(max(ratios)) if ratios else None
    missing = f"{name} k" if not shared else f"{name} k > {shared[-1]}"
    gaps = [j for j in range(parity, shared[-1], 2) if j not in shared] if shared else []
    out["excluded"] = f"{missing}{''.join(f', k = {j}' for j in gaps)}, where both vanish"
    out["steps"].append(f"Both vanish exactly at {missing}.")
    return out


def _exponential(kernel: Zonal) -> Fraction | None:
    """alpha where the kernel is a multiple of e^{alpha u}."""
    from .expression import Sum
    from .families import Exponential, Laplace

    if isinstance(kernel, Sum) and len(kernel.terms) == 1:
        kernel = kernel.terms[0][1]
    if isinstance(kernel, Exponential):
        return kernel.alpha
    return kernel.c if isinstance(kernel, Laplace) and kernel.gamma == 1 else None


def _different_rates(
    out: dict[str, Any], kernel: Zonal, other: Zonal, d: int, parity: int
) -> dict[str, Any] | None:
    """A kernel that is analytic on [-1, 1] against one that is not, or two exponentials; None for others."""
    from .spectrum.asymptotic import expansion

    name = _NAMES[parity]
    alphas = _exponential(kernel), _exponential(other)
    out |= {"same": False}
    if alphas[0] is not None and alphas[1] is not None:
        faster, slower = (kernel, other) if alphas[0] < alphas[1] else (other, kernel)
        out |= {"kind": "exponentials", "alphas": [str(a) for a in alphas]}
        ratio = min(alphas[0] / alphas[1], alphas[1] / alphas[0])
        out["why"] = (
            f"mu_k({faster!r})/mu_k({slower!r}) tends to 0 like ({ratio})^k: for e^(alpha u), mu_k is "
            "(alpha/2)^k Gamma(d/2)/Gamma(k+d/2) times a factor between 1 and exp(alpha^2/(2d)) (claim 11)."
        )
        out["steps"].append(f"{name} k: {out['why']}")
        return out
    smooth = [k.radius > 1 for k in (kernel, other)]
    if smooth[0] == smooth[1]:
        return None
    fast, slow = (kernel, other) if smooth[0] else (other, kernel)
    tail = _Tail.of(slow, d, parity)
    height, bound = expansion(fast).strip
    start = _start([tail], parity)
    out |= {"kind": "different rates", "start": start, "tail": tail.data()}
    out |= {"height": decimals(height)[0], "bound": decimals(bound)[1]}
    out["why"] = (
        f"Over the {name} k, mu_k({fast!r})/mu_k({slow!r}) tends to 0 faster than any power: "
        f"the first kernel is analytic "
        f"for |Im theta| < {float(height):.3g}, so that |mu_k| <= C e^{{-{float(height):.3g} k}}; of the second mu_k ~ "
        f"{float(tail.leading):.6g} E_k({tail.nu})."
    )
    out["steps"].append(out["why"])
    return out


def _both_infinite(
    out: dict[str, Any], kernel: Zonal, other: Zonal, d: int, parity: int
) -> dict[str, Any]:
    apart = _different_rates(dict(out), kernel, other, d, parity)
    if apart is not None:
        return apart
    tails = [_Tail.of(k, d, parity) for k in (kernel, other)]
    name = _NAMES[parity]
    for k, tail in zip((kernel, other), tails, strict=True):
        out["steps"].append(
            f"{name} k: mu_k({k!r}) = E_k({tail.nu}) ({float(tail.leading):.10g} + error), with |error| <= eps(k) "
            f"decreasing; R = {float(tail.constant):.4g} and H = {float(tail.height):.4g} (expansions at u = 1 and -1, "
            "analyticity by balls)."
        )
    out["tails"] = [tail.data() for tail in tails]
    if tails[0].nu != tails[1].nu:
        return _different_powers(out, (kernel, other), tails, parity)
    start = _start(tails, parity)
    errors = [tail.error(start) for tail in tails]
    out |= {"kind": "both infinite", "same": True, "start": start}
    band = (
        (tails[0].leading - errors[0]) / (tails[1].leading + errors[1]),
        (tails[0].leading + errors[0]) / (tails[1].leading - errors[1]),
    )
    out["steps"].append(
        f"{name} k >= {start}: eps <= {shown(upper_float(errors[0]), True, 3)} and "
        f"{shown(upper_float(errors[1]), True, 3)}, so the ratio lies in "
        f"[{shown(lower_float(band[0]), up=False)}, {shown(upper_float(band[1]), up=True)}]."
    )
    degrees = list(range(parity, start, 2))
    enclosures = [_enclosures(k, d, degrees) for k in (kernel, other)]
    ratios = [a / b for a, b in zip(*enclosures, strict=True)]
    out["enclosures"] = [
        {str(k): list(decimals(mu)) for k, mu in zip(degrees, column, strict=True)}
        for column in enclosures
    ]
    # A little slack, so that the data, rounded outward to 20 digits, prove the bounds as well.
    lows = [lower_float(x * (1 - _SLACK)) for x in (*ratios, band[0])]
    highs = [upper_float(x * (1 + _SLACK)) for x in (*ratios, band[1])]
    out["lower"], out["upper"] = min(lows), max(highs)
    where = [
        f"k = {degrees[i]}" if i < len(degrees) else f"the bound of the tail k >= {start}"
        for i in (lows.index(out["lower"]), highs.index(out["upper"]))
    ]
    out["steps"].append(
        f"{name} k < {start}: both eigenvalues are enclosed at {len(degrees)} degrees, all positive. "
        f"Over all {name} k the ratio is at least {shown(out['lower'], up=False)} ({where[0]}) "
        f"and at most {shown(out['upper'], up=True)} ({where[1]})."
    )
    return out


def _different_powers(
    out: dict[str, Any], kernels: tuple[Zonal, Zonal], tails: list[_Tail], parity: int
) -> dict[str, Any]:
    start = _start(tails, parity)
    slower, faster = sorted((0, 1), key=lambda i: tails[i].nu)
    power = 2 * (tails[faster].nu - tails[slower].nu)
    out |= {
        "kind": "different powers",
        "same": False,
        "start": start,
    }
    out["why"] = (
        f"Over the {_NAMES[parity]} k, mu_k({kernels[faster]!r})/mu_k({kernels[slower]!r}) tends to 0 like k^-{power}: "
        f"nu = {tails[faster].nu} against {tails[slower].nu}."
    )
    out["steps"].append(
        f"From k = {start} on, eps is below the leading coefficient for both kernels: neither has a zero there."
    )
    out["steps"].append(out["why"])
    return out


def _enclosures(kernel: Zonal, d: int, degrees: list[int]) -> list[Any]:
    found = kernel.spectrum(d).certified(degrees, _DIGITS)
    for k, mu in zip(degrees, found, strict=True):
        _require_positive(kernel, d, k, mu)
    return list(found)


def _require_positive(kernel: Zonal, d: int, k: int, mu: Any) -> None:
    if not mu > 0:
        raise _UndecidedError(
            f"{kernel!r} is no kernel on S^{d - 1}, or mu_{k} vanishes: mu_{k} = {mu.str(5)}"
        )


def _start(tails: list[_Tail], parity: int) -> int:
    """The degree K from which the tails' bounds are used: the first at which they are narrow."""
    usable = None
    for k in (*_STARTS, *_LATE_STARTS):
        k += (k - parity) % 2
        if any(k <= tail.largest_exponent or not tail.decreasing(k) for tail in tails):
            continue
        sizes = [tail.error(k) / tail.leading for tail in tails]
        if all(size < _NARROW for size in sizes):
            return k
        if all(size < 0.5 for size in sizes) and k <= _STARTS[-1]:
            usable = k
        if usable is not None and k >= _STARTS[-1]:
            return usable
    if usable is not None:
        return usable
    raise _UndecidedError(
        f"the remainder is not below the leading term up to degree {_LATE_STARTS[-1]}"
    )


@dataclass(frozen=True)
class _Tail:
    """mu_k over one parity: leading exponent and coefficient, further terms, and the remainder's constants."""

    d: int
    parity: int
    nu: Fraction
    leading: Any  # s, a ball > 0
    terms: tuple[tuple[Fraction, Any], ...]  # the further exponents and |sin(pi nu_m) (a_m +- b_m)|
    sizes: tuple[
        tuple[Fraction, Any], ...
    ]  # all exponents and (|a_m| + |b_m|) |sin(pi nu_m)|, for S_k
    order: Fraction
    constant: Any
    height: Any
    bound: Any

    @classmethod
    def of(cls, kernel: Zonal, d: int, parity: int) -> _Tail:
        from .spectrum.asymptotic import remainder
        from .spectrum.balls import ball

        law = kernel.decay(d).parities[parity]
        if law.kind != "power":
            raise _UndecidedError(
                f"the {_NAMES[parity]} eigenvalues of {kernel!r} fall faster than any power of k, and no comparison of "
                "such kernels is implemented"
                if law.kind == "super-polynomial"
                else f"the decay of the {_NAMES[parity]} eigenvalues of {kernel!r} is not known"
            )
        nu = Fraction(int(law.nu.p), int(law.nu.q))
        count = 1 + _TERMS
        while True:
            found = remainder(kernel, d, count)
            later = [term for term in found.terms if term[0] >= nu]
            if len(later) > _TERMS:
                break
            count += 1 + _TERMS - len(later)
        sums = []
        for e, a, b in found.terms:
            sine = (ball(e) * ball(1).pi()).sin()
            size = (abs(a) + abs(b)) * abs(sine)
            # Below nu the exact expansions say that the two ends cancel.
            sums.append((e, -sine * (a + b if parity == 0 else a - b), size))
        leading = next(value for e, value, _ in sums if e == nu)
        if not all(value.contains(0) for e, value, _ in sums if e < nu):
            raise AssertionError(f"the exact and the numerical expansions of {kernel!r} disagree")
        if not leading > 0:
            raise _UndecidedError(
                f"the leading coefficient of {kernel!r} over the {_NAMES[parity]} k is {leading.str(5)}, not positive: "
                "it is no kernel, or the precision does not tell"
            )
        terms = tuple((e, abs(value)) for e, value, _ in sums if e > nu)
        return cls(
            d,
            parity,
            nu,
            leading,
            terms,
            tuple((e, size) for e, _, size in sums),
            found.order,
            found.constant,
            found.height,
            found.largest,
        )

    @property
    def largest_exponent(self) -> Fraction:
        return max([self.order, *(e for e, _ in self.sizes)])

    def decreasing(self, k: int) -> bool:
        """Whether S_k/E_k(nu_0) decreases from k on."""
        from .spectrum.balls import ball

        ratio = ball(Fraction(k) + self.nu + self.d - 1) / ball(Fraction(k) - self.nu)
        return bool((-self.height).exp() * ratio < 1)

    def error(self, k: int) -> Any:
        """An upper bound of epsilon(k)."""
        from .spectrum.asymptotic import Remainder
        from .spectrum.balls import ball, positive_power

        scale = positive_power(self.d, self.nu, k)
        total = self.constant * positive_power(self.d, self.order, k)
        for e, size in self.terms:
            total += size * positive_power(self.d, e, k)
        # S_k takes (|a| + |b|) |sin|: sizes stand for it with the sine divided out again.
        terms = tuple(
            (e, size / abs((ball(e) * ball(1).pi()).sin()), ball(0)) for e, size in self.sizes
        )
        beyond = Remainder(
            self.d, terms, self.order, self.constant, self.height, self.bound, 1
        ).beyond(k)
        return ((total + beyond) / scale).upper()

    def data(self) -> dict[str, Any]:
        return {
            "nu": str(self.nu),
            "leading": list(decimals(self.leading)),
            "terms": [[str(e), decimals(size)[1]] for e, size in self.terms],
            "sizes": [[str(e), decimals(size)[1]] for e, size in self.sizes],
            "order": str(self.order),
            "R": decimals(self.constant)[1],
            "H": decimals(self.height)[0],
            "D": decimals(self.bound)[1],
        }
