r"""Harmonics on the sphere

Proofs for every degree and dimension at once, by symbolic arithmetic (`identities`, `sphere_forms`).
"""

import math

import mpmath
import numpy as np
import sympy

from kernelspec import sphere
from oracle import sphere_forms as forms
from oracle.identities import Gammas, rational_zero, rising
from oracle.sphere_forms import ALL, coefficient, down, legendre_equation, legendre_equation_series, multiplicity, up
from paper_checks.registry import *

_APPENDIX = "Bietti & Bach 2021, Appendix A"
_EVERY_D = "sympy, for every d"


@check("C1", verdict="proved", where=_APPENDIX)
def legendre_forms(tier: Tier) -> Checks:
    r"""Legendre polynomials of dimension $d$

    $P_k(t) = (-\frac{1}{2})^k \frac{\Gamma((d-1)/2)}{\Gamma(k+(d-1)/2)} (1-t^2)^{(3-d)/2} \frac{d^k}{dt^k}
    (1-t^2)^{k+(d-3)/2} = \, _2F_1(-k, k+d-2; \frac{d-1}{2}; \frac{1-t}{2}) = C_k^{(d-2)/2}(t)/C_k^{(d-2)/2}(1)$, with
    $P_k(1) = 1$ and $P_k(-t) = (-1)^k P_k(t)$; Chebyshev's for $d = 2$, Legendre's for $d = 3$.
    """
    k, j, d, half = forms.symbols()
    t = sympy.Symbol("t")
    p = sympy.Function("P")(t)
    # (1-t^2) w' + (2k+d-3) t w = 0 for w = (1-t^2)^{k+(d-3)/2}; differentiated k+1 times, by Leibniz' rule, it is an
    # equation for u = w^{(k)} = (1-t^2)^{(d-3)/2} P.
    weight = (1 - t**2) ** ((d - 3) / 2)
    u = weight * p
    leibniz = (1 - t**2) * u.diff(t, 2) - 2 * t * (k + 1) * u.diff(t) - k * (k + 1) * u
    leibniz += (2 * k + d - 3) * (t * u.diff(t) + (k + 1) * u)
    difference = sympy.expand(leibniz / weight) - sympy.expand(legendre_equation(p, t, k, d))
    yield step(
        "Rodrigues' form solves $(1-t^2)P''+(1-d)tP'+k(k+d-2)P=0$ and is 1 at $t=1$",
        "Leibniz' rule: $w=(1-t^2)^{k+(d-3)/2}$ has $(1-t^2)w'+(2k+d-3)tw=0$, which is differentiated $k+1$ times. At "
        "$t=1$ all derivatives must fall on the factor $(1-t)^{k+(d-3)/2}$.",
    )
    yield exact("Rodrigues' form solves the equation", sympy.simplify(difference), 0, by=ALL)
    power = k + (d - 3) / 2  # (d/dt)^k (1-t)^power = (-1)^k power (power-1) ... (1-t)^{power-k}
    falling = Gammas((power + 1,), (power - k + 1,))
    yield exact("it is 1 at $t = 1$", falling.over(rising(half, k)), 1, by=ALL)
    yield step("the hypergeometric form solves it, too, and is 1 at $t=1$", "At $t=1$ its argument is 0.")
    yield exact("power by power in $(1-t)/2$", rational_zero(legendre_equation_series(k, j, d)), 0, by=ALL)
    yield step(
        "these two are one polynomial",
        r"At $t=1$ the exponents of the equation are 0 and $\frac{3-d}{2}$: of two solutions one is analytic there, "
        r"and the other is a fractional or negative power, or has a logarithm. So polynomial solutions with one value "
        r"at 1 are equal.",
    )
    yield step(
        "$P_k(-t)=(-1)^kP_k(t)$",
        r"The equation does not change under $t\to-t$, so $P_k(-t)$ is a polynomial solution: a multiple of $P_k$. Its "
        "leading coefficient, of $t^k$, says which.",
    )
    yield step(
        "$P_k$ is $C_k^{(d-2)/2}$ over its value at 1",
        "Both obey the recurrence of claim 2 and start with 1 and $t$. For $d=2$ it is the limit of the quotient.",
    )
    lam = (d - 2) / 2  # (k+1) C_{k+1} = 2(k+lam) t C_k - (k+2lam-1) C_{k-1}, C_k(1) = (2lam)_k/k!
    last, this, following = (Gammas((2 * lam + n,), (2 * lam, n + 1)) for n in (k - 1, k, k + 1))
    above = (k + 1) * following.over(this) - (k + d - 2)
    below = (k + 2 * lam - 1) * last.over(this) - k
    gaps = [rational_zero(gap) for gap in (above, 2 * (k + lam) - (2 * k + d - 2), below)]
    yield exact("Gegenbauer's recurrence, divided by the values at 1, is that of claim 2", gaps, [0] * 3, by=ALL)
    yield step(
        "Chebyshev's polynomials for $d=2$, Legendre's for $d=3$",
        "There the recurrence of claim 2 is $2tT_k=T_{k-1}+T_{k+1}$, and $(2k+1)tP_k=kP_{k-1}+(k+1)P_{k+1}$.",
    )
    yield conclusion(r"These are all forms and properties of the statement, for every $k\geq0$ and $d\geq2$.")


@check("C2", verdict="proved", where=_APPENDIX)
def recurrences(tier: Tier) -> Checks:
    r"""Recurrence, differential equation, Laplacian

    $tP_k = \frac{k}{2k+d-2}P_{k-1} + \frac{k+d-2}{2k+d-2}P_{k+1}$ for $k\geq1$, $tP_0=P_1$; $(1-t^2)P_k'' + (1-d)tP_k'
    + k(k+d-2)P_k = 0$; $\Delta Y_k = -k(k+d-2)Y_k$ for the Laplacian of the sphere.
    """
    k, j, d, _ = forms.symbols()
    t, r, s = sympy.symbols("t r s", positive=True)
    yield step(
        "the recurrence",
        "It is an identity between the coefficients of $((1-t)/2)^j$ in the hypergeometric form (claim 1).",
    )
    one = coefficient(k, j, d)
    terms = down(k, d) * coefficient(k - 1, j, d).over(one) + up(k, d) * coefficient(k + 1, j, d).over(one)
    left = 1 - 2 * coefficient(k, j - 1, d).over(one)
    yield exact("power by power in $(1-t)/2$", rational_zero(left - terms), 0, by=ALL)
    yield step("the differential equation", "The same, for its left side.")
    yield exact("power by power", rational_zero(legendre_equation_series(k, j, d)), 0, by=ALL)
    yield step(
        "the Laplacian of the sphere",
        "$Y_k$ is the restriction of a harmonic polynomial that is homogeneous of degree $k$: one is "
        r"$|x|^kP_k(x\cdot e/|x|)$, by the equation. In polar coordinates "
        r"$\Delta=\partial_r^2+\frac{d-1}{r}\partial_r+\frac{1}{r^2}\Delta_S$.",
    )
    # |x|^k P(x.e/|x|) as a function g of s = x.e and r = |x|, and its Laplacian in R^d
    f = sympy.Function("P")
    g = r**k * f(s / r)
    laplacian = g.diff(s, 2) + 2 * s / r * g.diff(s, r) + g.diff(r, 2) + (d - 1) / r * g.diff(r)
    equation = legendre_equation(f(t), t, k, d).subs(t, s / r).doit()
    difference = (laplacian.doit() * r ** (2 - k) - equation).subs(s, t * r).doit()
    label = r"in $R^d$, $\Delta(|x|^kP(x\cdot e/|x|))$ less $|x|^{k-2}$ times the equation's left side"
    yield exact(label, sympy.simplify(difference), 0, by="sympy, for every k, d and P")
    y = sympy.Symbol("Y")  # on the sphere; there the Laplacian of R^d is d_rr + (d-1)/r d_r + ...
    radial = (r**k * y).diff(r, 2) + (d - 1) / r * (r**k * y).diff(r)
    gap = sympy.simplify(radial * r ** (2 - k) - k * (k + d - 2) * y)
    yield exact(r"$|x|^kY$ is harmonic if and only if $\Delta Y = -k(k+d-2)Y$ on the sphere", gap, 0, by=ALL)
    yield conclusion("Each of the three formulas is a step, for every $k$ and $d$.")


@check("C3", verdict="proved", where=_APPENDIX)
def number_of_harmonics(tier: Tier) -> Checks:
    r"""The number of harmonics

    $N(d,k) = \frac{2k+d-2}{k}\binom{k+d-3}{d-2}$, $N(d,0) = 1$; as $k$ grows it is $\sim 2k^{d-2}/(d-2)!$. It is 2,
    $2k+1$, $(k+1)^2$ for $d = 2, 3, 4$.
    """
    k, _, d, _ = forms.symbols()
    number = multiplicity(k, d)
    yield step(
        "$N(d,k)$ is the number of homogeneous polynomials of degree $k$ less that of degree $k-2$",
        "A homogeneous polynomial is in one way a harmonic one plus $|x|^2$ times another, and $N(d,k)$ is the "
        r"dimension of the harmonic ones. There are $\binom{k+d-1}{d-1}$ monomials.",
    )
    monomials = [Gammas((n + d,), (n + 1, d)).over(number) for n in (k, k - 2)]  # binom(n+d-1, d-1)
    yield exact("the difference over $N(d,k)$, less 1", rational_zero(monomials[0] - monomials[1] - 1), 0, by=ALL)
    yield step("that is the formula")
    printed = Gammas((k + d - 2,), (k, d - 1), factor=(2 * k + d - 2) / k)
    yield exact("the printed formula over $N(d,k)$", printed.over(number), 1, by=ALL)
    yield step(
        "it grows like $2k^{d-2}/(d-2)!$",
        "$N$ is the product of $d-2$ factors that are linear in $k$, over $(d-2)!$. One has the leading coefficient 2, "
        r"the others 1, for every $d\geq3$; for $d=2$ it is 2.",
    )
    n = sympy.Symbol("k")
    dims = range(3, 13)
    products = [(2 * n + m - 2) * sympy.prod(n + i for i in range(1, m - 2)) for m in dims]
    polynomials = [sympy.Poly(q / math.factorial(m - 2), n) for q, m in zip(products, dims, strict=True)]
    label = r"degree, leading coefficient and value at 5 of $(2k+d-2)(k+1)\cdots(k+d-3)/(d-2)!$, $2 < d < 13$"
    stated = [(m - 2, sympy.Rational(2, math.factorial(m - 2)), sphere.multiplicity(m, 5)) for m in dims]
    yield exact(label, [(q.degree(), q.LC(), q.eval(5)) for q in polynomials], stated)
    yield step(
        "2, $2k+1$ and $(k+1)^2$ for $d=2,3,4$",
        r"The formula is $\frac{2k}{k}$, $\frac{2k+1}{k}\,k$ and $\frac{2k+2}{k}\,\frac{(k+1)k}{2}$ there.",
    )
    yield conclusion(
        "Count, formula, growth and the three small dimensions: all that the statement names, for every "
        r"$k\geq1$; $N(d,0)=1$ counts the constants."
    )


@check("C4", verdict="proved", where=_APPENDIX)
def area(tier: Tier) -> Checks:
    r"""The area of the sphere

    $\omega_{d-1} = 2\pi^{d/2}/\Gamma(d/2)$ and $\omega_{d-2}/\omega_{d-1} = \Gamma(d/2)/(\sqrt{\pi}\,\Gamma((d-1)/2))$.
    """
    _, _, d, half = forms.symbols()
    r = sympy.Symbol("r", positive=True)
    radial = sympy.integrate(r ** (d - 1) * sympy.exp(-(r**2)), (r, 0, sympy.oo))
    omega = 2 * sympy.pi ** (d / 2) / sympy.gamma(d / 2)
    yield step(
        "the area",
        "In polar coordinates the integral of $e^{-|x|^2}$ over $R^d$ is the area times a radial integral; as a "
        r"product of $d$ integrals it is $\pi^{d/2}$.",
    )
    one = sympy.simplify(omega * radial / sympy.pi ** (d / 2))
    yield exact(r"$\omega_{d-1}\int_0^\infty r^{d-1}e^{-r^2}dr$ over $\pi^{d/2}$", one, 1, by=_EVERY_D)
    yield step(
        "the quotient of two areas",
        "The formula at $d-1$ over that at $d$. It is the factor that makes $(1-t^2)^{(d-3)/2}$, the density of a "
        "coordinate, integrate to 1.",
    )
    constant = sympy.gamma(d / 2) / (sympy.sqrt(sympy.pi) * sympy.gamma(half))
    quotient = sympy.simplify(omega.subs(d, d - 1) / omega / constant)
    yield exact("the quotient in two dimensions", quotient, 1, by=_EVERY_D)
    beta = sympy.gamma(sympy.S.Half) * sympy.gamma(half) / sympy.gamma(sympy.S.Half + half)
    yield exact(r"times $B(\frac{1}{2},\frac{d-1}{2})$, the integral", sympy.simplify(constant * beta), 1, by=_EVERY_D)
    yield conclusion(r"Both formulas, for every $d\geq2$.")


@check("C5", verdict="proved", where=_APPENDIX)
def orthogonality(tier: Tier) -> Checks:
    r"""Orthogonality of the Legendre polynomials

    $\int_{-1}^1 P_jP_k(1-t^2)^{(d-3)/2}dt = 0$ for $j \neq k$, and $\frac{\omega_{d-1}}{\omega_{d-2}}\frac{1}{N(d,k)}$
    for $j = k$.
    """
    k, _, d, _ = forms.symbols()
    t = sympy.Symbol("t")
    p = sympy.Function("P")(t)
    weight = (1 - t**2) ** ((d - 3) / 2)
    adjoint = ((1 - t**2) * weight * p.diff(t)).diff(t) + k * (k + d - 2) * weight * p
    difference = sympy.expand(adjoint / weight) - sympy.expand(legendre_equation(p, t, k, d))
    yield step(
        r"$j\neq k$",
        "The equation of claim 2 is self-adjoint. Multiplied by the other polynomial, integrated and subtracted, the "
        r"two give $[k(k+d-2)-j(j+d-2)]\int P_jP_k(1-t^2)^{(d-3)/2}dt=0$: what stands at the ends has a factor "
        "$(1-t^2)^{(d-1)/2}$, and $k(k+d-2)$ increases with $k$.",
    )
    label = r"claim 2's equation is $((1-t^2)^{(d-1)/2}P')' + k(k+d-2)(1-t^2)^{(d-3)/2}P = 0$"
    yield exact(label, sympy.simplify(difference), 0, by=ALL)
    yield step(
        r"$j=k$: the quotient of $\|P_k\|^2$ and $\|P_{k-1}\|^2$",
        r"$\langle tP_k,P_{k-1}\rangle$ is read twice: by the recurrence for $P_k$, and by that for $P_{k-1}$; the "
        r"first step leaves one term of each. (At $k=1$ the second is $tP_0=P_1$, the quotient $d-2$ over $d-2$, also "
        r"for $d=2$.)",
    )
    quotient = multiplicity(k - 1, d).over(multiplicity(k, d))
    gap = rational_zero(down(k, d) / up(k - 1, d) - quotient)
    yield exact(r"$\|P_k\|^2/\|P_{k-1}\|^2$ less $N(d,k-1)/N(d,k)$", gap, 0, by=ALL)
    yield step("$j=k=0$", r"$\|P_0\|^2$ is the integral of the weight, $\omega_{d-1}/\omega_{d-2}$ (claim 4).")
    yield conclusion(r"The quotients multiply to $\|P_k\|^2=\|P_0\|^2N(d,0)/N(d,k)$, and $N(d,0)=1$.")


@check("C5a", verdict="holds", where=_APPENDIX)
def addition(tier: Tier) -> Checks:
    r"""Addition theorem and reproducing property

    $\sum_j Y_{kj}(x)Y_{kj}(y) = N(d,k)P_k(x\cdot y)$ and $\int P_j(w\cdot x)P_k(w\cdot y)d\tau(w) =
    \delta_{jk}P_k(x\cdot y)/N(d,k)$.
    """
    angles = tier.rng.uniform(0.1, 3.0, (2, 2)).tolist()
    x, y = (np.array([[math.sin(a) * math.cos(b), math.sin(a) * math.sin(b), math.cos(a)]]) for a, b in angles)
    sums = []
    for k in range(tier.pick(quick=4, full=9)):
        first, second = ([mpmath.spherharm(k, m, a, b) for m in range(-k, k + 1)] for a, b in angles)
        total = sum(p * mpmath.conj(q) for p, q in zip(first, second, strict=True))
        sums.append(float(4 * mpmath.pi * mpmath.re(total)))
    label = "$d = 3$: the library against the spherical harmonics of mpmath"
    found = [float(sphere.zonal_addition(3, k, x, y)[0, 0]) for k in range(len(sums))]
    yield measured_against(label, found, sums, atol=1e-14, why="sums of up to 17 products of size about 1 in float64")
    c = 0.37  # x.y
    for d in (3, 4, 6, 11):
        t, s, weight = forms.two_angles(d, 40)
        at_x, at_y = sphere.legendre_all(d, 6, t), sphere.legendre_all(d, 6, forms.second_cosine(t, s, c))
        label = rf"$\int P_j(w\cdot x)P_k(w\cdot y)d\tau(w)$ for $j, k < 7$, $d = {d}$"
        found = np.einsum("jab,kab,ab->jk", np.broadcast_to(at_x, at_y.shape), at_y, weight)
        stated = np.diag([sphere.legendre(d, k, c) / sphere.multiplicity(d, k) for k in range(7)])
        why = "sums of 1600 terms in float64; the rule is exact beyond that"
        yield measured_against(label, found, stated, atol=1e-14, why=why)
