r"""How far the dual of f_s(x) = phi(s x) may be from that of f_{s_0}, and so its derivative: proved bounds.

Variances behind smooth activations are balls, and roots of others irrational: duals are read at a rational s_0 beside s
(`panel_readings`). For pieces g that grow no faster than exponentials, and a pair a, b of any correlation,

.. math:: H(\sigma) = E[g(\sigma a) g(\sigma b)], \qquad \tfrac12 |H'(\sigma)| \le \|x g'(\sigma x)\| \, \|g(\sigma x)\|
   + \sum_c |J_c| \frac{|c|}{\sigma^2} \varphi(c/\sigma)\, E\big[|g(\sigma b)| \,\big|\, a = c/\sigma\big],

J_c the jumps of g, norms those of L^2 of the Gaussian measure: only one factor is differentiated at a time, and where
it jumps the other one has a mean. Of sigma <= sigma_1 densities of normal variables say ||h(sigma x)||^2 <=
(sigma_1/sigma) ||h(sigma_1 x)||^2; given a = x, |b| <= |x| + |z| in law, for a normal z, and with X >= |x|

.. math:: E[(X + |z|)^m e^{\gamma (X + |z|)}] \le
   e^{\gamma X} \big(4^m (X^{2m} + (2m-1)!!)\, 2 e^{2\gamma^2}\big)^{1/2} .

A Taylor coefficient of H at 0 is a_i^2, a_i = E g(sigma z) h_i(z), h_i the normalised Hermite polynomials. There half
of |(a_i^2)'| has the same bound, with ||g|| in place of the mean and |h_i| phi, which is at most
1.09 (2 pi)^{-1/2} e^{-x^2/4} (Cramer's inequality; Indritz 1961), in place of the density.

K is H with g = phi, and K' is sigma^2 H with g = phi'. Next to rho = 1 the change of K(1) - K, an integral of that of
K', is at most 1 - rho times the bound for K'. For other phi both follow from Lipschitz constants C of phi and C' of
phi', by ||f_s - f_{s_0}|| <= C |s - s_0| and ||f_s' - f_{s_0}'|| <= (C + s C') |s - s_0|.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import flint

from ..numbers.exact_numbers import ball
from .activations import Activation, stretched, times_x
from .expression import exact_one
from .phi_facts import as_pieces
from .proved_series import lipschitz
from .scaled_duals import Phi

_CRAMER = flint.arb("1.09")
_WIDE = Fraction(1, 1 << 12)  # of the numbers between which a root is known


def changes(phi: Phi, s: Any, root: Fraction) -> tuple[Any, Any] | None:
    """Bounds of |K_s - K_{s_0}| and |K_s' - K_{s_0}'|, for all numbers s in a ball; None where none is known."""
    pieces = as_pieces(phi)
    if pieces is None:
        constants = lipschitz(phi)
        if constants is None:
            return None
        near, off = root * root, abs(s - ball(root)).upper()
        moved = constants[0] * off, (constants[0] + s.upper() * constants[1]) * off
        norms = (ball(exact_one(kernel)).sqrt() for kernel in (phi.dual(near), phi.slope(near)))
        first, second = (change * (2 * norm + change) for change, norm in zip(moved, norms, strict=True))
        return first.upper(), second.upper()
    return changes_of(pieces, s, root)


def changes_of(pieces: Activation, s: Any, root: Fraction, coefficients: bool = False) -> tuple[Any, Any] | None:
    """`changes` of the dual of such pieces; with `coefficients`, of any one of their Taylor coefficients at 0."""
    off = abs(s - ball(root)).upper()
    wide = min(_WIDE, Fraction(2) ** (root.numerator.bit_length() - root.denominator.bit_length() - 3))
    low, high = ((math.floor if sign < 0 else math.ceil)(root / wide) * wide + sign * wide for sign in (-1, 1))
    if not (low > 0 and s > ball(low) and s < ball(high)):
        return None
    slope, top = pieces.derivative(), ball(high)
    change, size = _change(pieces, low, high, coefficients)
    steeper, climb = _change(slope, low, high, coefficients)
    return (off * change).upper(), (off * (2 * top * climb + top * top * steeper)).upper()


def _change(g: Activation, low: Fraction, high: Fraction, coefficients: bool) -> tuple[Any, Any]:
    """Bounds of |H'(sigma)| and of H(sigma), or of their coefficients, low <= sigma <= high."""
    from ..expansions.kinks import number

    least, bits = ball(low), flint.ctx.prec
    excess = ball(high / low)
    size, moved = (excess * _mean_square(h, high) for h in (g, times_x(g.derivative())))
    found = size.sqrt() * moved.sqrt() / least
    for c in g.breaks:
        jump = g.jump(c)
        if jump and c:
            place = ball(abs(c)) / least
            height = (-(ball(abs(c) / high) ** 2) / (4 if coefficients else 2)).exp() / (2 * flint.arb.pi()).sqrt()
            other = _CRAMER * size.sqrt() if coefficients else _mean(g, high, place)
            found += abs(number(jump).ball(bits)) * place / least * height * other
    return 2 * found, size


def _mean_square(g: Activation, s: Fraction) -> Any:
    """E g(s z)^2."""
    from ..expansions.kinks import expectation

    f = stretched(g, s)
    return expectation(f, f).ball(flint.ctx.prec)


def _mean(g: Activation, s: Fraction, place: Any) -> Any:
    """A bound of E[|g(sigma b)| | a = x], sigma <= s, |x| <= place."""
    total = flint.arb(0)
    for piece in g.pieces:
        for m, beta, c in piece:
            rate = ball(abs(beta) * s)
            powers = 4**m * (place ** (2 * m) + math.prod(range(1, 2 * m, 2)))
            total += ball(abs(c) * s**m) * (rate * place).exp() * (2 * powers * (2 * rate * rate).exp()).sqrt()
    return total
