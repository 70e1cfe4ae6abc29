"""The comparison of two kernels over the degrees of one parity, as data (steps 1-4 of `verdict`)."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from fractions import Fraction
from typing import Any, TypeAlias

from ..kernels.atoms import Monomial
from ..kernels.ball_values import value_at
from ..kernels.expression import add
from ..kernels.zonal import Zonal
from ..numbers.exact_numbers import ball
from ..numbers.outward import lower_float, upper_float
from . import laws
from .checker import shown
from .tail import DIGITS, NAMES, OPEN, Tail, UndecidedError, decimals, start_of

_SLACK = 1e-12
_LARGEST_DEGREE = 512  # of polynomials by which kernels may differ
STEPS = 4  # that a comparison yields at the most: two tails, the eigenvalues of two kernels

# Yields after each of the steps that take their time.
Comparison: TypeAlias = Generator[None, None, dict[str, Any]]


def compare(kernel: Zonal, other: Zonal, d: int, parity: int) -> Comparison:
    """The comparison over the k of one parity, as data.

    What is exact comes first: parts that are polynomials. Of two others the remainders of their expansions give the
    constants; where none is bounded, the laws alone decide; and what is left may differ by a polynomial. Beside a
    polynomial one positive eigenvalue of the other kernel is enough, or its law, which needs no value and comes first
    where values are dear.
    """
    polynomials = [k.polynomial_part(parity) for k in (kernel, other)]
    out: dict[str, Any] = {"parity": parity, "steps": [], "excluded": "", "why": ""}
    if all(p is not None for p in polynomials):
        return _both_polynomial(out, kernel, other, d, parity)
    for i, (k, rival) in enumerate(((kernel, other), (other, kernel))):
        part = polynomials[i]
        if part is not None:
            return _one_polynomial(out | {"finite": i}, k, rival, max(part, default=-1), d)
    with contextlib.suppress(*OPEN):
        return (yield from _both_infinite(dict(out, steps=[]), kernel, other, d, parity))
    try:
        return laws.compare(kernel, other, d, parity)
    except OPEN:
        found = _up_to_a_polynomial(out, kernel, other, d, parity)
        if found is None:
            raise
        return found


def _one_polynomial(out: dict[str, Any], kernel: Zonal, rival: Zonal, degree: int, d: int) -> dict[str, Any]:
    """A kernel whose part is a polynomial of this degree, -1 for 0, against one whose part is shown to be none."""
    parity, name = out["parity"], NAMES[out["parity"]]
    since = f"every {name} k > {degree}" if degree >= 0 else f"every {name} k"
    out |= {"same": False, "zero_beyond": degree}
    dear = rival.real_only  # eigenvalues are integrals in balls where a kernel has no reading off [-1, 1]
    found = _by_law(rival, d, parity) if dear else None
    if found is None:
        try:
            found = _by_eigenvalue(rival, d, degree + 1 + (degree + 1 - parity) % 2)
        except OPEN:
            found = _by_law(rival, d, parity)
            if found is None:
                raise
    out["why"] = f"For {since}, mu_k({kernel!r}) = 0 exactly: its {name} part is a polynomial. But {found.pop('why')}"
    out["steps"].append(out["why"])
    return out | found


def _by_eigenvalue(kernel: Zonal, d: int, start: int) -> dict[str, Any]:
    k, mu = _first_positive(kernel, d, start)
    why = f"mu_{k}({kernel!r}) = {mu.str(8, radius=False)} > 0."
    return {"kind": "one finite", "witness": {"k": k, "mu": list(decimals(mu))}, "why": why}


def _by_law(kernel: Zonal, d: int, parity: int) -> dict[str, Any] | None:
    if not laws.endless(kernel, d, parity):
        return None
    why = (
        f"mu_k({kernel!r}) > 0 at every {NAMES[parity]} k: its Taylor coefficients are >= 0, and infinitely many of "
        f"them positive at {NAMES[parity]} degrees."
    )
    return {"kind": "one finite, one endless", "why": why}


def _first_positive(kernel: Zonal, d: int, start: int) -> tuple[int, Any]:
    for k in range(start, start + 40, 2):
        mu = kernel.spectrum(d).certified(k, DIGITS)
        if mu != 0:
            _require_positive(kernel, d, k, mu)
            return k, mu
    raise UndecidedError(f"no positive eigenvalue of {kernel!r} was found from degree {start} on")


def _both_polynomial(out: dict[str, Any], kernel: Zonal, other: Zonal, d: int, parity: int) -> dict[str, Any]:
    from ..spectrum.closed import PolynomialForm

    found: list[dict[int, Fraction]] = []
    for k in (kernel, other):
        part = k.polynomial_part(parity) or {}
        degree = max(part, default=-1)
        if not all(isinstance(q, Fraction) for q in part.values()):
            raise UndecidedError(f"polynomials are compared with rational coefficients only, not {k!r}")
        form = PolynomialForm(d, part)
        mu: dict[int, Fraction] = {}
        for j in range(parity, degree + 1, 2):
            value = form.exactly(j)
            assert isinstance(value, Fraction)  # as the coefficients are
            if value < 0:
                raise UndecidedError(f"{k!r} is no kernel on S^{d - 1}: mu_{j} = {value} < 0")
            if value:
                mu[j] = value
        found.append(mu)
    out |= {"kind": "both finite", "eigenvalues": [{str(j): str(q) for j, q in mu.items()} for mu in found]}
    name = NAMES[parity]
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
    """alpha where the kernel is a multiple of e^{alpha u}, alpha rational."""
    alpha = kernel.exponential_rate
    return alpha if isinstance(alpha, Fraction) else None


def _different_rates(out: dict[str, Any], kernel: Zonal, other: Zonal, d: int, parity: int) -> dict[str, Any] | None:
    """A kernel that is analytic on [-1, 1] against one that is not, or two exponentials; None for others."""
    from ..spectrum.end_expansions import expansion

    name = NAMES[parity]
    alphas = _exponential(kernel), _exponential(other)
    out |= {"same": False}
    if alphas[0] is not None and alphas[1] is not None and alphas[0] != alphas[1]:
        faster, slower = (kernel, other) if alphas[0] < alphas[1] else (other, kernel)
        out |= {"kind": "exponentials", "alphas": [str(a) for a in alphas]}
        ratio = min(alphas[0] / alphas[1], alphas[1] / alphas[0])
        out["why"] = (
            f"mu_k({faster!r})/mu_k({slower!r}) tends to 0 like ({ratio})^k: for e^(alpha u), mu_k is "
            "(alpha/2)^k Gamma(d/2)/Gamma(k+d/2) times a factor between 1 and exp(alpha^2/(2d)) (claim 11)."
        )
        out["steps"].append(f"{name} k: {out['why']}")
        return out
    smooth = [not k.singular for k in (kernel, other)]
    if smooth[0] == smooth[1]:
        return None
    fast, slow = (kernel, other) if smooth[0] else (other, kernel)
    tail = Tail.of(slow, d, parity)
    height, bound = expansion(fast).strip
    start = start_of([tail], parity)
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


def _both_infinite(out: dict[str, Any], kernel: Zonal, other: Zonal, d: int, parity: int) -> Comparison:
    apart = _different_rates(dict(out, steps=[]), kernel, other, d, parity)
    if apart is not None:
        return apart
    tails = []
    for k in (kernel, other):
        tails.append(Tail.of(k, d, parity))
        yield
    name = NAMES[parity]
    for k, tail in zip((kernel, other), tails, strict=True):
        out["steps"].append(
            f"{name} k: mu_k({k!r}) = E_k({tail.nu}) ({float(tail.leading):.10g} + error), with |error| <= eps(k) "
            f"decreasing; R = {float(tail.constant):.4g} and H = {float(tail.height):.4g} (expansions at u = 1 and -1, "
            "analyticity by balls)."
        )
    out["tails"] = [tail.data() for tail in tails]
    if tails[0].nu != tails[1].nu:
        return _different_powers(out, (kernel, other), tails, parity)
    start = start_of(tails, parity)
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
    enclosures = []
    for k in (kernel, other):
        enclosures.append(_enclosures(k, d, degrees))
        yield
    lows, highs = _bounded(out, enclosures, degrees, band)
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


def _bounded(
    out: dict[str, Any], enclosures: list[list[Any]], degrees: list[int], beyond: tuple[Any, Any]
) -> tuple[list[float], list[float]]:
    """Bounds of the ratio at the degrees, and last of all beyond them; they are put into the data."""
    ratios = [a / b for a, b in zip(*enclosures, strict=True)]
    out["enclosures"] = [
        {str(k): list(decimals(mu)) for k, mu in zip(degrees, column, strict=True)} for column in enclosures
    ]
    # A little slack, so that the data, rounded outward to 20 digits, prove the bounds as well.
    lows = [lower_float(x * (1 - _SLACK)) for x in (*ratios, beyond[0])]
    highs = [upper_float(x * (1 + _SLACK)) for x in (*ratios, beyond[1])]
    out["lower"], out["upper"] = min(lows), max(highs)
    return lows, highs


def multiple(kernel: Zonal, other: Zonal) -> Fraction | None:
    """c > 0 with kernel = c other as expressions, or None."""
    if not (kernel.as_sum and other.as_sum):
        return None
    a, b = kernel.as_sum[0][0], other.as_sum[0][0]
    same = kernel * Monomial(0) * (1 / a) == other * Monomial(0) * (1 / b)
    scale = a / b
    return scale if same and scale > 0 and type(scale) is Fraction else None


def _factor(kernel: Zonal, other: Zonal) -> Any:
    """c > 0 with kernel = c other, a ball, of two multiples of one e^{alpha u}; None for others."""
    alpha = _exponential(kernel)
    if alpha is None or alpha != _exponential(other):
        return None
    factor = value_at(kernel, Fraction(0)) / value_at(other, Fraction(0))
    return factor if factor > 0 else None


def _up_to_a_polynomial(out: dict[str, Any], kernel: Zonal, other: Zonal, d: int, parity: int) -> dict[str, Any] | None:
    """Two kernels of which this part of one is c times that of the other, up to a polynomial; None for others."""
    rests, degree, name = [], -1, NAMES[parity]
    for k in (kernel, other):
        parts = [(c, term, term.polynomial_degree(parity)) for c, term in k.as_sum]
        rests.append(add([(c, term) for c, term, n in parts if n is None]))
        degree = max([degree, *(n for _, _, n in parts if n is not None)])
    scale = multiple(rests[0], rests[1]) or _factor(rests[0], rests[1])
    if scale is None or degree > _LARGEST_DEGREE:
        return None
    exact = isinstance(scale, Fraction)
    size = ball(scale) if exact else scale
    said = str(scale) if exact else f"{float(size):.10g}"
    degrees = list(range(parity, degree + 1, 2))
    enclosures = [_enclosures(k, d, degrees) for k in (kernel, other)]
    out |= {"kind": "up to a polynomial", "same": True, "start": degree + 1}
    out["scale"] = [str(scale)] * 2 if exact else list(decimals(size))
    _bounded(out, enclosures, degrees, (size, size))
    since, rest = (f"k > {degree}", f", up to a polynomial of degree {degree}") if degree >= 0 else ("k", "")
    out["steps"].append(
        f"{name} {since}: mu_k({kernel!r}) = {said} mu_k({other!r}), as the {name} part of the first kernel is "
        f"{said} times that of the second{rest}."
    )
    if degrees:
        out["steps"].append(
            f"{name} k <= {degree}: both eigenvalues are enclosed, all positive. Over all {name} k the ratio is at "
            f"least {shown(out['lower'], up=False)} and at most {shown(out['upper'], up=True)}."
        )
    return out


def _different_powers(
    out: dict[str, Any], kernels: tuple[Zonal, Zonal], tails: list[Tail], parity: int
) -> dict[str, Any]:
    start = start_of(tails, parity)
    slower, faster = sorted((0, 1), key=lambda i: tails[i].nu)
    power = 2 * (tails[faster].nu - tails[slower].nu)
    out |= {"kind": "different powers", "same": False, "start": start}
    out["why"] = (
        f"Over the {NAMES[parity]} k, mu_k({kernels[faster]!r})/mu_k({kernels[slower]!r}) tends to 0 like k^-{power}: "
        f"nu = {tails[faster].nu} against {tails[slower].nu}."
    )
    out["steps"].append(
        f"From k = {start} on, eps is below the leading coefficient for both kernels: neither has a zero there."
    )
    out["steps"].append(out["why"])
    return out


def _enclosures(kernel: Zonal, d: int, degrees: list[int]) -> list[Any]:
    found = kernel.spectrum(d).certified(degrees, DIGITS)
    for k, mu in zip(degrees, found, strict=True):
        _require_positive(kernel, d, k, mu)
    return list(found)


def _require_positive(kernel: Zonal, d: int, k: int, mu: Any) -> None:
    if not mu > 0:
        raise UndecidedError(f"{kernel!r} is no kernel on S^{d - 1}, or mu_{k} vanishes: mu_{k} = {mu.str(5)}")
