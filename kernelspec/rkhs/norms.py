r"""Norms in the RKHS on the sphere to any number of digits: the finite part in balls, the tail by expansions.

With f_k the harmonic part of degree k and A_k the mean of its square, |f|^2 = sum A_k/mu_k (claim 8). For ridge
functions in directions w_i, the addition theorem (claim 5) and, for a polynomial with parts Y_k, Funk-Hecke give

.. math:: A_k = N(d,k) \sum_{ij} g_{ik} g_{jk} P_k(\langle w_i, w_j\rangle) + 2 \sum_i g_{ik} Y_k(w_i) + \int Y_k^2 .

*The tail* (`tail_sums`). In x = k + d/2 - 1, N, g_ik and mu_k have expansions with proved remainders
(`degree_series`); so has N g_ik g_jk/mu_k for k = r mod 4, and the zeta function of Hurwitz adds it up where i = j.
Where i != j, c = <w_i, w_j>, g_ik g_jk/mu_k over either parity is written in G_k(nu) = Gamma(k-nu)/Gamma(k+nu+d-1)
instead of powers of x, and

.. math:: \sum_k N(d,k) G_k(\nu) P_k(c) = \frac{(1-c)^\nu}{C(d,\nu)}, \qquad
          \sum_k (-1)^k N(d,k) G_k(\nu) P_k(c) = \frac{(1+c)^\nu}{C(d,\nu)}

for nu > 0 that is no integer (claim 15), less the terms k < K; at an integer n both sides are differentiated with
respect to nu, which gives (1-c)^n log(1-c) and a polynomial. Products of a kernel and a profile
with a power at u = 0 have signs that change with k mod 4: for them the same is done with |c|^s and its odd
continuation, whose coefficients are those of `profiles`. All of it is derived here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ..kernels.zonal import Zonal
from ..numbers.exact_numbers import ball
from ..numbers.precision import precision
from .components import Component, components, cosine, dimensions, eigenvalues, legendre_balls
from .degree_series import ShortSeriesError
from .exact_energies import exact_energies
from .kernel_combinations import reproduced
from .ridge import Function
from .tail import UndecidedError
from .tail_sums import tail

_STARTS = (128, 256, 512, 1024, 2048)
_SPARE = 12  # digits
_MOST_LOST = 200


@dataclass(frozen=True)
class Squared:
    """|f|^2 as a ball, and whether it has the digits that were asked for."""

    value: Any
    enough: bool


def squared_norm(kernel: Zonal, d: int, f: Function, digits: int) -> Squared:
    """|f|^2 for a function that is known to be in the RKHS; the best ball where the digits are out of reach."""
    if kernel.real_floats and (found := _reproduced(kernel, d, f, digits)) is not None:
        return found  # a tail of its sum over degrees has no bound, or takes long
    parts, more = components(f), 0
    try:
        best = _tried(kernel, d, f, parts, digits, more)
    except (UndecidedError, ArithmeticError):
        found = _reproduced(kernel, d, f, digits)
        if found is None:
            raise
        return found
    several = len(parts) + bool(f.polynomial) > 1 or any(len(part.profiles) > 1 for part in parts)
    while several and not best.enough and more < _MOST_LOST:
        # Terms that nearly cancel take digits from their sum: it is had by more digits of each.
        have = max(best.value.rel_accuracy_bits(), 0) / math.log2(10)
        more += math.ceil(digits - have) + _SPARE
        found = _tried(kernel, d, f, parts, digits, more)
        if not 8 * found.value.rad() < best.value.rad():
            break
        best = found
    return best if best.enough else _reproduced(kernel, d, f, digits) or best


def _reproduced(kernel: Zonal, d: int, f: Function, digits: int) -> Squared | None:
    """|f|^2 by the reproducing property, for combinations of k(w, .) and a polynomial."""
    polynomial = Function(d, (), f.polynomial)
    for more in (_SPARE, digits + _SPARE, _MOST_LOST):
        precise = digits + more
        with precision(int(precise * math.log2(10)) + 64):
            value = reproduced(kernel, f)
            if value is None:
                return None
            value += finite_part(kernel, d, polynomial, [], polynomial._harmonics.degree + 1, precise)
        if value == 0 or value.rel_accuracy_bits() > digits * math.log2(10) + 1:
            return Squared(value, True)
    return Squared(value, False)


def _tried(kernel: Zonal, d: int, f: Function, parts: list[Component], digits: int, more: int) -> Squared:
    """|f|^2 by `more` digits of each term than are asked for."""
    best: Any = None
    precise = digits + more + _SPARE
    for start in _STARTS:
        if start <= f._harmonics.degree:
            continue
        try:
            with precision(int(precise * math.log2(10)) + 64):
                # The tail comes first: where it begins too early, it says so at once.
                value = tail(kernel, d, parts, start, digits + more)
                value += finite_part(kernel, d, f, parts, start, precise)
        except ShortSeriesError:
            continue
        stuck = best is not None and not 8 * value.rad() < best.rad()
        if best is None or value.rad() < best.rad():
            best = value
        if value == 0 or value.rel_accuracy_bits() > digits * math.log2(10) + 1:
            return Squared(best, True)
        if stuck:
            break
    if best is None:
        raise ArithmeticError(f"no remainder below the terms was found up to degree {_STARTS[-1]}")
    return Squared(best, False)


# -- the degrees below K ---------------------------------------------------------------------------------


def energies(d: int, f: Function, parts: list[Component], count: int, digits: int) -> list[Any]:
    """A_0, ..., A_{count-1}, the mean squares of the harmonic parts, as balls; exactly where all is rational."""
    import flint

    values = [part.balls(count, digits) for part in parts]
    many = dimensions(d, count)
    total = [ball(q) for q in f._harmonics.squares[:count]]
    total += [ball(0)] * (count - len(total))
    for i, part in enumerate(parts):
        root = ball(part.direction.square).sqrt()
        for k, y in enumerate(f._harmonics.values(part.direction.w)[:count] if f.polynomial else ()):
            total[k] += 2 * values[i][k] * ball(y) / root**k
        for k in range(count):
            total[k] += many[k] * values[i][k] * values[i][k]  # Arb's power of a ball around 0 is no number
        for j in range(i):
            with precision(flint.ctx.prec + 2 * count):
                c = cosine(parts[j], part)
            for k, p in enumerate(legendre_balls(d, c, count)):
                total[k] += 2 * many[k] * values[i][k] * values[j][k] * p
    for parity in (0, 1):
        exact = exact_energies(d, f, parts, parity, count)
        if exact is not None:
            total[parity::2] = [ball(q) for q in exact]
    return total


def finite_part(kernel: Zonal, d: int, f: Function, parts: list[Component], count: int, digits: int) -> Any:
    """The sum of A_k/mu_k over k < count."""
    found = energies(d, f, parts, count, digits)
    total = ball(0)
    for parity in (0, 1):
        mu = eigenvalues(kernel, d, parity, count, digits)
        for k, value in zip(range(parity, count, 2), mu, strict=True):
            if value == 0:
                continue  # f has no part there, or it would not be in the RKHS
            if not value > 0:
                raise ValueError(f"{kernel!r} is no kernel on S^{d - 1}: mu_{k} = {value.str(5)}")
            total += found[k] / value
    return total
