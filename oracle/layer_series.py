r"""What one layer does to the expansions at the ends, in symbols (L6, L7, L8).

With $s=t^{1/2}$, $c=\sqrt2/\pi$ and claim 13's leading terms, for $\psi=r\kappa_1+au+\mathrm{const}$, $w=r+a$:
the constants that a layer passes on are read off a product of power series, nothing is guessed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sympy


def through_layer(
    ramp: sympy.Expr, total: sympy.Expr, state: tuple[sympy.Expr, sympy.Expr, sympy.Expr, sympy.Expr], added: int
) -> tuple[sympy.Expr, ...]:
    r"""(D, C, A, E) behind a layer at u = 1 from those before it.

    The correlation is 1 - D t + C t^{3/2} + O(t^2), the tangent kernel A + E t^{1/2} + O(t). `ramp` is r,
    `total` is psi'(1) = w; a layer's own weights add psi (`added` = 1) or kappa_1 + u kappa_0 (`added` = 2).
    """
    import sympy

    slope, cusp, value, root = state
    s = sympy.Symbol("s", positive=True)
    c = sympy.sqrt(2) / sympy.pi
    delta = slope * s**2 - cusp * s**3
    # delta^{1/2} and delta^{3/2} = delta delta^{1/2}; the rest of kappa_1 and kappa_0 is smaller by delta.
    half = s * sympy.sqrt(slope) * sympy.series(sympy.sqrt(1 - cusp / slope * s), s, 0, 2).removeO()
    step = 1 - c * half
    ramp_defect = delta - 2 * c / 3 * delta * half
    defect = sympy.expand(ramp * ramp_defect + (total - ramp) * delta)
    passed = ramp * step + total - ramp
    own = 1 - defect if added == 1 else (1 - ramp_defect) + (1 - delta) * step
    tangent = sympy.expand((value + root * s) * passed + own)
    return (
        sympy.simplify(defect.coeff(s, 2)),
        sympy.simplify(-defect.coeff(s, 3)),
        sympy.simplify(tangent.coeff(s, 0)),
        sympy.simplify(tangent.coeff(s, 1)),
    )


def first_layer_below(ramp: sympy.Expr, tangent: sympy.Expr, added: int) -> tuple[list[sympy.Expr], list[sympy.Expr]]:
    r"""(psi(-1), t, t^{3/2}) and (1, t^{1/2}) coefficients at u = -1 + t behind a first layer r kappa_1 + (1-r) u.

    `tangent` is the tangent kernel's value at -1 before it.
    """
    import sympy

    s = sympy.Symbol("s", positive=True)
    c = sympy.sqrt(2) / sympy.pi
    u, ramp_kernel, step = -1 + s**2, 2 * c / 3 * s**3, c * s  # claim 13
    layer = sympy.expand(ramp * ramp_kernel + (1 - ramp) * u)
    own = layer if added == 1 else ramp_kernel + u * step
    after = sympy.expand(tangent * (ramp * step + 1 - ramp) + own)
    return ([layer.coeff(s, j) for j in (0, 2, 3)], [sympy.expand(after).coeff(s, j) for j in (0, 1)])


def later_layer_below() -> tuple[sympy.Expr, ...]:
    r"""t^{3/2} and t^{1/2} coefficients at u = -1 + t behind a layer that reads at an inner value b.

    There psi = p_0 + p_1 x + p_2 x^2 + ... in x = rho - b; rho = b + D t + C t^{3/2}, T = A + E t^{1/2}.
    """
    import sympy

    s, cusp, slope, value, root = sympy.symbols("s C D A E")
    p = sympy.symbols("p0:4")
    x = slope * s**2 + cusp * s**3
    layer = sympy.expand(sum(p[j] * x**j for j in range(4)))
    passed = sympy.expand(sum(j * p[j] * x ** (j - 1) for j in range(1, 4)))
    after = sympy.expand((value + root * s) * passed + layer)
    return [layer.coeff(s, 3), after.coeff(s, 1)], [p[1] * cusp, p[1] * root]
