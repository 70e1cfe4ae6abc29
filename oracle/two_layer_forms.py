r"""The closed forms of two-layer kernels as sympy expressions in k, d and s, and exact integrals.

Written from the integrals of claims 19 and 20 without the library, which is compared with them. For
k - s odd, lambda_k(sigma_s) is the coefficient of max(0, t)^s, and

.. math:: |\lambda_k| = \frac{\Gamma(d/2)\, s!\, \Gamma((k-s)/2)}{2^{s+1}\pi\,\Gamma((k+d+s)/2)}.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from oracle.deep import precision

if TYPE_CHECKING:
    import flint
    import sympy


@lru_cache(maxsize=1)
def symbols() -> tuple[sympy.Expr, sympy.Expr, sympy.Expr]:
    """The symbols k, d, s, positive."""
    import sympy

    return sympy.symbols("k d s", positive=True)


def coefficient(k: sympy.Expr, s: sympy.Expr, d: sympy.Expr) -> sympy.Expr:
    """|lambda_k(sigma_s)| for k - s odd."""
    from sympy import expand, factorial, gamma, pi, sympify

    k, s, d = (sympify(x) for x in (k, s, d))
    ratio = gamma(expand((k - s) / 2)) / gamma(expand((k + d + s) / 2))
    return gamma(d / 2) * factorial(s) / (2 ** (s + 1) * pi) * ratio


def sign(k: int, s: int) -> int:
    """The sign (-1)^{(k-s-1)/2} of lambda_k."""
    return -1 if ((k - s - 1) // 2) % 2 else 1


def double_factorial(s: sympy.Expr) -> sympy.Expr:
    """(2s-1)!!, also for a symbol s."""
    from sympy import factorial

    return factorial(2 * s) / (2**s * factorial(s))


def radial(s: sympy.Expr, d: sympy.Expr) -> sympy.Expr:
    """2/(2s-1)!! E|w|^{2s} for w ~ N(0, I) in R^d: the factor of lambda_k^2 in mu_k(kappa_s)."""
    from sympy import gamma, sympify

    s, d = sympify(s), sympify(d)
    return 2 / double_factorial(s) * 2**s * gamma(d / 2 + s) / gamma(d / 2)


def eigenvalue(k: sympy.Expr, s: sympy.Expr, d: sympy.Expr) -> sympy.Expr:
    """mu_k(kappa_s) of claim 20, for k - s odd."""
    return radial(s, d) * coefficient(k, s, d) ** 2


def times_u(k: sympy.Expr, s: sympy.Expr, d: sympy.Expr) -> list[sympy.Expr]:
    """The two terms of mu_k(u kappa_s), by the three-term recurrence of P_k (claim 2)."""
    below, above = k / (2 * k + d - 2), (k + d - 2) / (2 * k + d - 2)
    return [below * eigenvalue(k - 1, s, d), above * eigenvalue(k + 1, s, d)]


def quotient(terms: Sequence[sympy.Expr], whole: sympy.Expr, shift: sympy.Expr | int = 0) -> sympy.Expr:
    """sum(terms)/whole as a rational function of k and d.

    The new unknowns p = (k-1-shift)/2 and q = (k+d+1+shift)/2 put every Gamma function at an
    integer from p or q, where sympy reduces the quotients.
    """
    import sympy

    k, d, _ = symbols()
    p, q = sympy.symbols("p q", positive=True)
    there = {k: 2 * p + 1 + shift, d: 2 * q - 2 * p - 2 - 2 * shift}
    back = {p: (k - 1 - shift) / 2, q: (k + d + 1 + shift) / 2}
    parts = [sympy.gammasimp((term / whole).subs(there, simultaneous=True)) for term in terms]
    return sympy.factor(sympy.together(sum(parts)).subs(back, simultaneous=True))


def half_integral(d: int, s: int, k: int) -> sympy.Expr:
    """c_d int_0^1 t^s P_k(t) (1-t^2)^{(d-3)/2} dt, exactly: coefficients of P_k, Beta integrals."""
    import sympy

    before, here = [Fraction(1)], [Fraction(0), Fraction(1)]
    for j in range(k):  # (j+d-1) P_{j+2} = (2j+d) t P_{j+1} - (j+1) P_j
        raised = [Fraction(0), *here]
        padded = before + [Fraction(0)] * (len(raised) - len(before))
        following = [((2 * j + d) * x - (j + 1) * y) / (j + d - 1) for x, y in zip(raised, padded, strict=True)]
        before, here = here, following
    total = sympy.Integer(0)
    for j, c in enumerate(before):
        beta = sympy.gamma(sympy.Rational(j + s + 1, 2)) / sympy.gamma(sympy.Rational(j + s + d, 2))
        total += sympy.Rational(c.numerator, c.denominator) * beta
    return sympy.expand(total * sympy.gamma(sympy.Rational(d, 2)) / (2 * sympy.sqrt(sympy.pi)))


def eigenvalue_ball(k: int, s: int, d: int) -> flint.arb:
    """`eigenvalue` as an Arb ball, for degrees k of any size."""
    from flint import arb

    with precision(256):
        half = arb(d) / 2
        size = half.gamma() * arb(s + 1).gamma() / (2 ** (s + 1) * arb.pi())
        size *= ((arb(k) - s) / 2).gamma() / ((arb(k) + d + s) / 2).gamma()
        odd_product = 1
        for j in range(1, 2 * s, 2):
            odd_product *= j
        return size * size * 2 / odd_product * 2**s * (half + s).gamma() / half.gamma()
