"""The decay of both parities: powers, polynomials, smooth kernels, and their constants in every dimension."""

from __future__ import annotations

import inspect
import math
import sys
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from expressions import exact_kernels, untyped
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.decay import Decay, asymptotes, decay, fit
from kernelspec.decay.leading_powers import leading_powers
from kernelspec.decay.rates import rate
from kernelspec.expansions import number
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.numbers.nesting import for_sympy
from oracle import deep

HALF = Fraction(1, 2)
SQRT2, PI = sympy.sqrt(2), sympy.pi
D = sympy.Symbol("d", integer=True, positive=True)
K = sympy.Symbol("k", integer=True, nonnegative=True)


def constant(d: int, nu: Value) -> Value:
    """C(d, nu) of claim 15."""
    nu, d = sympy.Rational(nu), sympy.Integer(d)
    gammas = sympy.gamma(d / 2) * sympy.gamma(nu + (d - 1) / 2)
    return 2 ** (nu + d - 2) * gammas / (sympy.sqrt(PI) * sympy.gamma(-nu))


# -- constants of the claims --------------------------------------------------------------------------

SLOPED = 64 * SQRT2 / (135 * PI)  # 4/3 times the size of the coefficients of arccos(2)
# kernel, nu, c_plus, c_minus
CLAIMED: list[tuple[Zonal, Fraction, Any, Any]] = [
    (ks.arccos(0), HALF, -SQRT2 / PI, SQRT2 / PI),
    (ks.arccos(1), Fraction(3, 2), 2 * SQRT2 / (3 * PI), 2 * SQRT2 / (3 * PI)),
    (ks.arccos(2), Fraction(5, 2), -16 * SQRT2 / (45 * PI), 16 * SQRT2 / (45 * PI)),
    (ks.arccos(3), Fraction(7, 2), 32 * SQRT2 / (175 * PI), 32 * SQRT2 / (175 * PI)),
    (ks.rf(3, degree=2), Fraction(5, 2), -SLOPED * (1 + sympy.Rational(4, 3) ** sympy.Rational(3, 2)), SLOPED / PI),
    (ks.rf(3), Fraction(3, 2), 4 * SQRT2 / (3 * PI), SQRT2 / (3 * PI)),
    (ks.ntk(2), HALF, -SQRT2 / PI, -SQRT2 / PI),
    (ks.ntk(3), HALF, -3 * SQRT2 / PI, -SQRT2 / (2 * PI)),
    (ks.ntk(2, bias=True), HALF, -2 * SQRT2 / PI, 0),
    (ks.ntk(6, bias=True), HALF, -20 * SQRT2 / PI, 0),
    (ks.ntk(4, bias=True), HALF, -9 * SQRT2 / PI, 0),
    (ks.laplace(3), HALF, -3, 0),
    (ks.laplace(2, Fraction(3, 4)), Fraction(3, 4), -2, 0),
    (ks.rf(3, degree=0), Fraction(1, 4), -((SQRT2 / PI) ** sympy.Rational(3, 2)), 0),
    (ks.rf(4, degree=0), Fraction(1, 8), -((SQRT2 / PI) ** sympy.Rational(7, 4)), 0),
    (ks.defect_power(Fraction(1, 3)), Fraction(1, 3), 1, 0),
]


@pytest.mark.parametrize("d", [2, 3, 4, 7])
@pytest.mark.parametrize(("kernel", "nu", "plus", "minus"), CLAIMED, ids=lambda x: str(x)[:20])
def test_claims_24_to_29(kernel: Zonal, nu: Fraction, plus: Any, minus: Any, d: int) -> None:
    found = kernel.decay(d)
    assert found.nu == sympy.Rational(nu) and found.exponent == d + 2 * sympy.Rational(nu) - 1
    assert sympy.simplify(found.c_plus - plus) == 0 and found.c_minus == minus
    for sign, value, law in zip((1, -1), (found.even, found.odd), found.parities, strict=True):
        wanted = (plus + sign * minus) * constant(d, nu)
        assert sympy.simplify(value - wanted) == 0
        if wanted != 0:
            assert law.kind == "power" and law.nu == found.nu and law.constant == value
    assert found.rate is None


def test_even_over_odd_in_the_limit() -> None:
    """Claims 24 and 25, as stated to six decimals."""
    claimed = {"rf": (5 / 3, 1.223505, 1.105454, 1.058289), "ntk": (7 / 5, 1.105839, 1.040888, 1.019059)}
    for name, family in (("rf", ks.rf), ("ntk", ks.ntk)):
        for depth, ratio in zip(range(3, 7), claimed[name], strict=True):
            found = family(depth).decay(5)
            assert float(found.even / found.odd) == pytest.approx(ratio, abs=5e-7)


# -- the kind of a parity --------------------------------------------------------------------------------

U = ks.linear()
FATES: list[tuple[Zonal, tuple[Any, ...], tuple[Any, ...]]] = [
    (ks.arccos(0), ("vanishing", 0), ("power", HALF)),
    (ks.arccos(1), ("power", Fraction(3, 2)), ("vanishing", 1)),
    (ks.arccos(2), ("vanishing", 2), ("power", Fraction(5, 2))),
    (ks.arccos(30), ("vanishing", 30), ("power", Fraction(61, 2))),
    (ks.ntk(2), ("power", HALF), ("vanishing", 1)),
    (ks.dual("abs"), ("power", Fraction(3, 2)), ("vanishing", -1)),
    (ks.mlp(4, slope=-1), ("power", Fraction(3, 2)), ("vanishing", -1)),
    (ks.ntk(3), ("power", HALF), ("power", HALF)),
    (U * ks.arccos(0) + ks.rf(3), ("power", HALF), ("power", Fraction(3, 2))),
    (ks.arccos(0) + ks.arccos(1), ("power", Fraction(3, 2)), ("power", HALF)),
    (ks.arccos(1) + ks.dual("sin"), ("power", Fraction(3, 2)), ("super-polynomial",)),
    (ks.arccos(1) * ks.dual("sin"), ("super-polynomial",), ("power", Fraction(3, 2))),
    (ks.arccos(0) * ks.dual("cos"), ("super-polynomial",), ("power", HALF)),
    (ks.arccos(0) * ks.polynomial(3), ("power", HALF), ("vanishing", 3)),
    (ks.exponential(1), ("super-polynomial",), ("super-polynomial",)),
    (ks.dual("erf"), ("vanishing", -1), ("super-polynomial",)),
    (ks.dual("gelu"), ("super-polynomial",), ("vanishing", 1)),
    (ks.dual("cos"), ("super-polynomial",), ("vanishing", -1)),
    (ks.sine_power(2), ("vanishing", 4), ("vanishing", -1)),
    (ks.sine_power(1) * (1 + U) - U, ("vanishing", 2), ("vanishing", 3)),
    (ks.sine_power(2) @ ks.polynomial(2), ("vanishing", 8), ("vanishing", -1)),
    (ks.sine_power(2) @ ks.exponential(1), ("super-polynomial",), ("super-polynomial",)),
    (ks.power_series(0.0) @ ks.arccos(0), ("vanishing", -1), ("vanishing", -1)),
    (ks.power_series(2.0) @ ks.rf(3), ("vanishing", 0), ("vanishing", -1)),
    (ks.sine_power(1) @ ks.polynomial(3), ("vanishing", 6), ("vanishing", -1)),
    (ks.polynomial(4), ("vanishing", 4), ("vanishing", -1)),
    (ks.power_series(1, 0, 0, 2), ("vanishing", 0), ("vanishing", 3)),
    (0 * U, ("vanishing", -1), ("vanishing", -1)),
    (ks.rf(3, degree=0), ("power", Fraction(1, 4)), ("power", Fraction(1, 4))),
    (ks.laplace(1) @ ks.rf(2), ("power", HALF), ("power", HALF)),
]


@pytest.mark.parametrize(("kernel", "even", "odd"), FATES, ids=lambda x: str(x)[:24])
def test_kinds_of_parities(kernel: Zonal, even: tuple[Any, ...], odd: tuple[Any, ...]) -> None:
    d = 4
    for law, (kind, *value) in zip(kernel.decay(d).parities, (even, odd), strict=True):
        assert law.kind == kind
        if kind == "power":
            assert law.nu == sympy.Rational(value[0]) and law.degree is None
            assert law.constant != 0
        else:
            assert law.nu == law.exponent == sympy.oo and law.constant == 0
            assert law.degree == (value[0] if value else None)


@pytest.mark.parametrize("kernel", [kernel for kernel, _, _ in FATES], ids=repr)
def test_kinds_of_parities_in_the_spectrum(kernel: Zonal) -> None:
    """Eigenvalues vanish beyond the degree, and not at it; powers have their exponents at large k."""
    d, found = 3, kernel.decay(3)
    spectrum = kernel.spectrum(d)
    for parity, law in enumerate(found.parities):
        if law.kind == "vanishing":
            assert law.degree is not None
            first = parity if law.degree < 0 else law.degree + 2
            beyond = spectrum(np.arange(first, first + 8, 2))
            # Polynomials with 1/pi in them go through a quadrature of numbers of order one: 1e-16, no better.
            exact = kernel.polynomial_part(parity) is not None
            assert np.all(beyond == 0) if exact else np.all(np.abs(beyond) < 1e-16)
            if law.degree >= 0:
                assert spectrum[law.degree] != 0 and law.degree % 2 == parity
        elif law.kind == "power":
            if float(law.nu) > 20:  # below the least float
                continue
            k = np.array([10**6, 2 * 10**6]) + parity
            slope = np.diff(spectrum.log_abs(k)) / np.diff(np.log(k + (d - 2) / 2))
            # Corrections: k^{-1/2} relative (step networks), and their slope half of that.
            assert slope == pytest.approx(-float(law.exponent), abs=2e-3)
        else:
            k = np.array([20, 40, 80]) + parity
            if spectrum.method(int(k[1])) == "branch-cut integral":
                continue  # below the rounding of an integrand that is not known to vanish
            logs = spectrum.log_abs(k)
            assert np.diff(logs)[1] < 1.5 * np.diff(logs)[0]  # steeper than any power


@pytest.mark.parametrize(
    "kernel",
    [
        ks.ntk(4),
        ks.rf(3),
        ks.arccos(3),
        U * ks.arccos(0) + ks.rf(3),
        ks.arccos(0) + ks.arccos(1),
        ks.laplace(1) * ks.ntk(3),
        ks.arccos(1) * ks.dual("sin"),
        ks.resnet(3, tangent=True),
    ],
    ids=repr,
)
def test_each_parity_by_its_own_law(kernel: Zonal) -> None:
    for d in (2, 3, 6):
        found, spectrum = kernel.decay(d), kernel.spectrum(d)
        k = np.array([20_000, 20_001])
        asymptotic = found.at(k)
        present = asymptotic != 0  # the others may be below all digits
        assert [law.kind == "power" for law in found.parities] == list(present)
        # The next power is smaller by k^{-1} or k^{-2}, with coefficients below 100 times the leading ones.
        assert spectrum(k[present]) == pytest.approx(asymptotic[present], rel=5e-3, abs=0)
        assert found.at(20_000) == asymptotic[0] and isinstance(found.at(20_000), float)
        for parity, law in enumerate(found.parities):
            if law.kind == "power":
                bare = float(law.constant) * float(k[parity]) ** -float(law.exponent)
                assert bare == pytest.approx(asymptotic[parity], rel=1e-2, abs=0)


@settings(max_examples=25)
@given(exact_kernels(), st.integers(4, 8))
def test_any_kernel(kernel: Zonal, d: int) -> None:
    from kernelspec.expansions import ramification

    assume(max(ramification(kernel, at) for at in (1, -1)) <= 48)
    try:
        found = decay(kernel, d)
    except ValueError as error:  # a function that is smooth, or zero, and does not look so
        assert "not known to be smooth" in str(error)
        return
    powers = leading_powers(kernel)
    for law, sign in zip(found.parities, (1, -1), strict=True):
        if law.kind == "power":
            assert law.exponent == d + 2 * law.nu - 1 >= found.exponent
            total = powers.c_plus + powers.c_minus.scaled(sign)
            assert (law.nu == found.nu) == (not total.is_zero())
        else:
            assert law.constant == 0
    assert (found.rate is None) == (found.nu != sympy.oo or all(law.kind == "vanishing" for law in found.parities))
    assert isinstance(found._repr_latex_(), str)


@given(exact_kernels(), exact_kernels())
@settings(max_examples=25)
def test_smooth_parts_add_and_multiply(a: Zonal, b: Zonal) -> None:
    """What `analytic_part` claims of a parity, the expansions confirm: no non-integer powers there."""
    for kernel in (a + b, a * b):
        from kernelspec.expansions import at_order, ramification

        assume(max(ramification(kernel, at) for at in (1, -1)) <= 24)
        for parity in (0, 1):
            if kernel.analytic_part(parity):
                plus, minus = (at_order(kernel, at, Fraction(2)) for at in (1, -1))
                total = plus + minus.scaled((-1) ** parity)
                assert all(e.denominator == 1 for e in total.exponents)


def test_a_smooth_series_beside_a_power() -> None:
    """What falls faster than any power changes no law but that of a parity that was a polynomial."""
    rough, odd, even = ks.arccos(1), ks.dual("tanh"), ks.dual("silu")  # odd; even but for u/4
    for smooth, kind in ((odd, "super-polynomial"), (even, "vanishing")):
        law, alone = (rough + smooth).decay(4), rough.decay(4)
        assert (law.nu, law.even, law.c_plus) == (alone.nu, alone.even, alone.c_plus)
        assert [parity.kind for parity in law.parities] == ["power", kind]
    k = 300
    mu = (rough + even).spectrum(4)[k]
    assert mu * k ** float(alone.exponent) == pytest.approx(float(alone.even), rel=0.02)
    assert [p.kind for p in (ks.dual("elu") + odd).decay(3).parities] == ["power", "power"]


# -- in every dimension -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", [ks.arccos(2), ks.ntk(3), ks.rf(3, degree=0), ks.laplace(2)], ids=repr)
def test_symbolic_laws(kernel: Zonal) -> None:
    laws = asymptotes(kernel)
    for d in (2, 5, 30):
        found = kernel.decay(d)
        for law, parity in zip(laws, found.parities, strict=True):
            assert law.kind == parity.kind
            if parity.kind != "power":
                assert law.constant is None and law.expression is None and law.nu is None
                continue
            assert law.nu == parity.nu and law.exponent.subs(D, d) == parity.exponent
            assert law.constant.free_symbols == {D} and law.expression.free_symbols == {D, K}
            at_d = law.constant.subs(D, d)
            assert float(at_d / parity.constant) == pytest.approx(1, rel=1e-13, abs=0)  # rounding
            k = 50 + laws.index(law)
            value = law.expression.subs({D: d, K: k})
            assert float(value) == pytest.approx(found.at(k), rel=1e-12, abs=0)  # rounding


def test_claims_22_24_25_for_every_dimension() -> None:
    """The constants as they are stated, d a symbol."""
    stated = 2 ** (D - 2) * sympy.gamma(D / 2) ** 2 / PI**2
    for depth in (2, 3):
        even, odd = asymptotes(ks.ntk(depth))
        product = sympy.Rational(1, depth - 1)
        half = sympy.Rational(depth * (depth - 1), 2)
        assert sympy.simplify(even.constant / stated - (half + product)) == 0
        if depth > 2:
            assert sympy.simplify(odd.constant / stated - (half - product)) == 0
            assert odd.exponent == D
    both = asymptotes(ks.ntk(2, bias=True))
    assert both[0].constant == both[1].constant
    assert sympy.simplify(both[0].constant / stated - 2) == 0
    for degree in range(4):
        even, odd = asymptotes(ks.arccos(degree))
        law, other = (odd, even) if degree % 2 == 0 else (even, odd)
        assert law.exponent == D + 2 * degree and other.kind == "vanishing"


# -- smooth kernels --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kernel",
    [
        ks.exponential(1),
        ks.exponential(2),
        3 * ks.exponential(0.5),
        ks.laplace(2, 1),
        ks.dual("exp"),
        ks.dual("sin"),
        2 * ks.dual("cos"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("d", [2, 3, 8])
def test_claim_11_asymptotes(kernel: Zonal, d: int) -> None:
    found = kernel.decay(d).rate
    assert found is not None and found.rho == sympy.oo
    odd_only = "sin" in repr(kernel)
    for k in (60 + odd_only, 120 + odd_only):
        mu = math.log(kernel.spectrum(d)[k])
        truth = float(sympy.log(found.asymptote.subs(K, k)).evalf())
        # I_n(alpha) = (alpha/2)^n/n! (1 + (alpha/2)^2/(n+1) + ...), alpha <= 4: at most e^{4/k}.
        assert abs(mu - truth) < 4.5 / k


@pytest.mark.parametrize(
    ("kernel", "rho"),
    [
        (ks.dual("erf"), (3 + sympy.sqrt(5)) / 2),
        (ks.dual("gelu"), 2 + sympy.sqrt(3)),
        (ks.arccos(1) @ (HALF * U), 2 + sympy.sqrt(3)),
        (ks.exponential(1) * ks.dual("erf"), (3 + sympy.sqrt(5)) / 2),
        (ks.dual("gelu") + ks.dual("erf"), (3 + sympy.sqrt(5)) / 2),
        (ks.laplace(1) @ (HALF * U + Fraction(1, 4)), Fraction(3, 2) + sympy.sqrt(5) / 2),
        # The nearest of two singularities, u = 3/2 and -5/2, and u = 5/2 and -3/2.
        (ks.arccos(0) @ (HALF * U + Fraction(1, 4)), Fraction(3, 2) + sympy.sqrt(5) / 2),
        (ks.arccos(0) @ (HALF * U - Fraction(1, 4)), Fraction(3, 2) + sympy.sqrt(5) / 2),
    ],
    ids=lambda x: str(x)[:24],
)
def test_geometric_rates(kernel: Zonal, rho: Any) -> None:
    found = kernel.decay(3).rate
    assert found is not None and sympy.simplify(found.rho - rho) == 0
    spectrum = kernel.spectrum(3)
    k = np.array([201, 401]) if "arccos(0)@(2/3" in repr(kernel) else np.array([200, 400])
    logs = spectrum.log_abs(k)
    # mu_k ~ k^{-p} rho^{-k} with p <= 4 here: over 200 degrees p log 2 / 200.
    assert -np.diff(logs)[0] / 200 == pytest.approx(float(sympy.log(rho)), abs=4 * math.log(2) / 200)


def test_a_singularity_that_cancels_gives_no_rate() -> None:
    # kappa_1 = u kappa_0 + sqrt(1 - u^2)/pi (claim 12), read at a line.
    line = HALF * U + Fraction(1, 4)
    nothing = ks.arccos(1) @ line - line * (ks.arccos(0) @ line) - ks.sine_power(HALF) @ line
    found = rate(nothing + ks.rational_quadratic(1, 1), 3)
    assert found.rho is None and found.statement.endswith("u = 3/2")


@pytest.mark.parametrize(
    ("kernel", "parity", "degree"),
    [
        (ks.arccos(1) * ks.sine_power(1), 1, 3),  # u/2 (1-u^2)/pi
        (ks.polynomial(2) * (ks.sine_power(2) @ ks.sine_power(1)), 0, 10),
    ],
    ids=str,
)
def test_products_vanish_beyond_the_sum_of_the_degrees(kernel: Zonal, parity: int, degree: int) -> None:
    law, s = kernel.decay(3).parities[parity], kernel.spectrum(3)
    assert (law.kind, law.degree) == ("vanishing", degree)
    assert s[degree] != 0 and s[degree + 2] == 0


def test_other_rates() -> None:
    entire = rate(ks.exponential(1) * ks.dual("sin"), 3)
    assert entire.rho == sympy.oo and entire.asymptote is None
    unknown = rate(ks.dual("erf") @ ks.exponential(1), 3)
    assert unknown.rho is None and "geometric" in unknown.statement
    assert ks.polynomial(3).decay(3).rate is None


# -- shapes, and what is refused --------------------------------------------------------------------------------


def test_shapes() -> None:
    found = ks.ntk(3).decay(4)
    assert isinstance(found, Decay) and found.kernel == ks.ntk(3) and found.d == 4
    values = found.at(np.arange(2, 8).reshape(2, 3))
    assert values.shape == (2, 3)
    assert values.ravel()[3] == found.at(5)
    assert "14}{\\pi^{2}}\\,k^{-4}" in found._repr_latex_()
    assert "$\\mu_k = 0$ for $k > 1$" in ks.arccos(1).decay(4)._repr_latex_()
    assert "for every $m$" in ks.exponential(1).decay(4)._repr_latex_()


def test_deep_and_high() -> None:
    step = ks.rf(30, degree=0).decay(3)
    assert step.nu == sympy.Rational(1, 2**29)
    assert float(step.even) > 0 and step.even == step.odd
    deep = ks.rf(60).decay(3)
    assert deep.c_plus == 59 * 2 * SQRT2 / (3 * PI)
    assert 0 < float(deep.c_minus) < 1e-3
    assert ks.arccos(60).decay(3).nu == sympy.Rational(121, 2)


@pytest.mark.parametrize(
    ("text", "nu", "plus", "minus"),
    [
        # t^{1/2} where the inner kernel is -1 + 3t/2, and nothing at u = 1, where it is 0
        ("arccos(0)@(0.5*linear() - 0.5*polynomial(2))", HALF, 0, sympy.sqrt(3) / PI),
        ("arccos(1)@(0.5*linear() - 0.5*polynomial(2))", 3 * HALF, 0, None),
        ("laplace()@(-linear())", HALF, 0, -1),
        ("laplace(c=3)@(0.25*polynomial(2) - 0.75*linear())", HALF, 0, -3 * sympy.sqrt(5) / 2),
        ("arccos(0)@(-exponential())", HALF, SQRT2 / PI, 0),
        ("sine_power(191/2)", 191 * HALF, None, None),
    ],
)
def test_each_end_is_looked_at(text: str, nu: Value, plus: Any, minus: Any) -> None:
    found = ks.parse(text).decay(3)
    assert found.nu == sympy.nsimplify(nu)
    assert plus is None or sympy.simplify(found.c_plus - plus) == 0
    assert minus is None or sympy.simplify(found.c_minus - minus) == 0
    assert [law.kind == "power" for law in found.parities] == [True, "sine" not in text]


@pytest.mark.parametrize(
    "text",
    [
        "laplace()@(0.5*linear() - 0.5*polynomial(2))",  # -1 at u = -1, where Laplace is analytic
        "arccos(0)@(0.9*linear() - 0.8*polynomial(3))",  # beyond 1 in the complex disc only
        "arccos(1)@(0.5 - exponential())",
        "laplace()@(0.135*dual('exp'))",
    ],
)
def test_analytic_between_the_ends(text: str) -> None:
    kernel = ks.parse(text)
    found = kernel.decay(3)
    assert found.nu == sympy.oo
    assert found.rate is not None
    assert "geometric" in found.rate.statement
    values = kernel.spectrum(3)(np.arange(1, 44, 6))
    assert np.all(np.abs(values[1:]) < 0.7 * np.abs(values[:-1]))


@pytest.mark.parametrize(
    "text",
    [
        "laplace()@(1 - polynomial(2))",  # e^{-|u|}
        "arccos(1)@(2*polynomial(2) - 1)",
        "arccos(0)@(4*polynomial(3) - 3*linear())",
        "ntk(3) + arccos(1)@(2*polynomial(2) - 1)",
        "linear()*(laplace()@(1 - polynomial(2)))",
    ],
)
def test_singularities_inside_are_refused(text: str) -> None:
    # the expansions at the ends say nothing of a kink inside, which decides
    with pytest.raises(ValueError, match=r"not shown to be analytic inside \(-1, 1\)"):
        ks.parse(text).decay(3)


def test_a_constant_inside() -> None:
    for text in ("arccos(0)@(0*linear() + 1)", "laplace()@(0*linear() + 1/2)"):
        laws = ks.parse(text).decay(3).parities
        assert [(law.kind, law.degree) for law in laws] == [("vanishing", 0), ("vanishing", -1)]


def test_refusals() -> None:
    with pytest.raises(ValueError, match="no power-law decay"):
        ks.exponential(1).decay(3).at(5)
    with pytest.raises(ValueError, match="not integrable"):
        ks.defect_power(Fraction(-1)).decay(3)
    with pytest.raises(ValueError, match="not known to be smooth"):
        # kappa_1 = u kappa_0 + sqrt(1-u^2)/pi: zero, which the form does not show
        (ks.arccos(1) - U * ks.arccos(0) - ks.sine_power(HALF)).decay(3)
    for early in (0, 1, np.array([50, 1])):
        with pytest.raises(ValueError, match="k must be above nu = 3/2; got [01]"):
            ks.rf(3).decay(5).at(early)
    assert ks.rf(3).decay(5).at(2) > 0
    for wrong in (1, 0, 2.5, "3", None, True):
        with pytest.raises((TypeError, ValueError), match="d must be"):
            ks.arccos(1).decay(untyped(wrong))
    with pytest.raises((TypeError, ValueError), match="k must be"):
        ks.arccos(1).decay(3).at(untyped(-1))


def test_fits_find_the_laws() -> None:
    for kernel in (ks.ntk(3), ks.laplace(1), U * ks.arccos(0) + ks.rf(3)):
        found, exact = fit(kernel.spectrum(3), (10_000, 40_000)), kernel.decay(3)
        even, odd = exact.parities
        # The next power: k^{-2} relative, or k^{-1} for a parity that cancels.
        assert found.nu_even == pytest.approx(float(even.nu), abs=1e-4)
        assert found.nu_odd == pytest.approx(float(odd.nu), abs=1e-4)
        assert found.even == pytest.approx(float(even.constant), rel=1e-3, abs=0)
        assert found.odd == pytest.approx(float(odd.constant), rel=1e-3, abs=0)
        assert found.exponent(3) == pytest.approx(float(exact.exponent), abs=2e-4)


@pytest.mark.parametrize(("text", "k"), [("laplace()", 0), ("matern(2.5)", 2), ("rf(3)", 1), ("ntk(3)", 0)])
def test_the_law_holds_above_nu_only(text: str, k: int) -> None:
    # Below nu the Gamma ratio has the wrong sign or a pole; `asymptotic` refuses these degrees, too.
    kernel = ks.parse(text)
    law = kernel.decay(5)
    with pytest.raises(ValueError, match="k must be above nu"):
        law.at(k)
    with pytest.raises(ValueError, match="k must be above nu"):
        law.at(np.array([k + 10, k]))
    with pytest.raises(ValueError, match="k must be above"):
        kernel.spectrum(5).asymptotic(k)
    assert law.at(k + 1) > 0 and np.all(law.at(np.arange(k + 1, k + 5)) > 0)


def test_a_parity_that_vanishes_has_no_least_degree() -> None:
    law = ks.arccos(1).decay(3)  # odd: a polynomial
    assert law.at(1) == 0
    with pytest.raises(ValueError, match="k must be above nu"):
        law.at(0)


def test_a_constant_too_deep_for_sympy_says_so() -> None:
    value = leading_powers(ks.rf(201)).c_minus
    with pytest.raises(ValueError, match="nested [0-9]+ deep.*sys.setrecursionlimit"), for_sympy(value):
        raise RecursionError


def test_constants_of_hundreds_of_layers_are_read_without_recursion() -> None:
    # c_{-1} = -(sqrt 2/pi) prod kappa_0(b_j) over j = 2, ..., L-1 (claim 24), by the printed formulas.
    depth = 300
    with mpmath.workdps(60):
        b, product = mpmath.mpf(0), mpmath.mpf(1)
        for _ in range(2, depth):
            product, b = product * deep.arccosine(0, b), deep.arccosine(1, b)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 150)
    try:
        law = decay(ks.ntk(depth), 2)
        texts = str(law.c_minus), sympy.latex(law.c_minus), repr(law)
        twin = leading_powers(ks.ntk(depth)).c_minus.sympy()
    finally:
        sys.setrecursionlimit(limit)
    expected = -math.sqrt(2) / math.pi * float(product)
    assert float(number(law.c_minus)) == pytest.approx(expected, rel=1e-14)
    assert law.c_minus == twin and hash(law.c_minus) == hash(twin)
    assert texts[0].count("kappa_0") == texts[1].count(r"\kappa_{0}") == depth - 3  # kappa_0(0) = 1/2 is written out
    assert "4544.26..." in texts[2]
