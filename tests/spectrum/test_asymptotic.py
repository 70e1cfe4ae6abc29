"""The asymptotic expansion and its remainder against quadrature in balls, closed forms and claims."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR
from fractions import Fraction
from typing import Any

import flint
import mpmath as mp
import numpy as np
import pytest
from expressions import time_limit, untyped
from flint import arb
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.kernels.expression import zero
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.spectrum.asymptotic import Remainder, _three_digits
from kernelspec.spectrum.end_expansions import Expansion, expansion
from oracle.mpmath_values import ends_product, power_eigenvalue

P = ks.parse
KERNELS = [
    "rf(2)", "rf(3)", "rf(5)", "ntk(3)", "ntk(4, bias=True)", "laplace()", "laplace(c=2, gamma=1/3)", "rf(3, degree=0)",
    "rf(4, degree=0)", "rf(3, degree=2)", "resnet(3, tangent=True)", "mlp(3, slope=0.4, bias_variance=0.3)",
    "mlp(3, slope=-0.5, tangent=True)", "laplace()*arccos(1)", "ntk(3) - rf(4)", "arccos(0)@laplace()",
    "arccos(0)@(2*arccos(0)-1)", "arccos(1)@exponential(2) + defect_power(5/3)",
]  # fmt: skip


def gap(kernel: Zonal, d: int, k: int, terms: int) -> tuple[Any, Any]:
    """(|mu_k - sum|, the bound) at 50 digits, mu_k by quadrature."""
    s = kernel.spectrum(d)
    remainder = s.remainder(terms)
    with flint.ctx.workprec(400):
        return abs(s.certified(k, 50) - s.asymptotic_ball(k, terms, digits=60)), remainder.bound(k)


@settings(max_examples=5)
@given(
    st.sampled_from(KERNELS),
    st.sampled_from([2, 3, 4, 5, 8, 13]),
    st.integers(1, 8),
    st.one_of(st.integers(0, 6), st.integers(0, 60)),
)
def test_remainder_is_bounded(text: str, d: int, terms: int, beyond: int) -> None:
    kernel = P(text)
    k = kernel.spectrum(d).remainder(terms).start + beyond
    error, bound = gap(kernel, d, k, terms)
    assert error.rad() < 1e-9 * bound  # the comparison tells something
    assert error <= bound


@pytest.mark.parametrize("text", ["rf(2)", "rf(3)", "ntk(3)", "laplace()", "rf(3, degree=0)"])
@pytest.mark.parametrize("d", [2, 3, 7])
def test_remainder_is_useful(text: str, d: int) -> None:
    # the first term left out is of the bound's own order; parities may halve it or nearly cancel it
    for terms in (1, 3, 6):
        worst = max(error / bound for error, bound in (gap(P(text), d, k, terms) for k in (110, 111)))
        assert worst > 1e-3


@settings(max_examples=25)
@given(st.integers(2, 40), st.fractions(Fraction(1, 6), 4, max_denominator=6), st.integers(1, 60))
def test_powers_are_their_own_expansion(d: int, nu: Fraction, beyond: int) -> None:
    if nu.denominator == 1:
        nu += Fraction(1, 3)
    k = math.floor(nu) + beyond
    s = (ks.defect_power(nu) + ks.defect_power(nu + 1)).spectrum(d)
    ball = s.asymptotic_ball(k, 1, digits=40)
    with mp.workdps(60):
        exact = power_eigenvalue(d, mp.mpf(nu.numerator) / nu.denominator, k)
        difference = abs(mp.mpf(ball.mid().str(70, radius=False)) - exact)
        assert difference < mp.mpf(10) ** -38 * abs(exact)
    assert s.asymptotic(k, 1) == pytest.approx(float(exact), rel=1e-12, abs=0)


def even_power_eigenvalue(d: int, p: Any, k: int) -> Any:
    """Claim 16: mu_k[(1-t^2)^p] for even k, by Gamma functions."""
    half, a = mp.mpf(1) / 2, mp.mpf(d - 1) / 2
    j, b = mp.mpf(k) / 2, mp.mpf(d) / 2
    return (
        mp.gammaprod([b, p + a, half + j], [a, p + b + j, half, a + j]) * mp.gamma(a) * mp.gammaprod([j - p], [-p])
        if k < 4000
        else (-1) ** int(mp.floor(p) + 1)
        / abs(mp.gamma(-p))
        * mp.gammaprod([b, p + a], [half])
        * mp.exp(mp.loggamma(half + j) + mp.loggamma(j - p) - mp.loggamma(p + b + j) - mp.loggamma(a + j))
    )


@pytest.mark.parametrize("p", ["125/2", "191/2"])
@pytest.mark.parametrize("k", [200, 10**6])
def test_exponents_after_a_gap_are_not_skipped(p: str, k: int) -> None:
    # u^2 (1-u^2)^p = (1-u^2)^p - (1-u^2)^{p+1}: exponents from p on, with a long gap before
    s = (ks.polynomial(2) * ks.sine_power(Fraction(p))).spectrum(3)
    with mp.workdps(60):
        power = mp.mpf(Fraction(p).numerator) / Fraction(p).denominator
        exact = even_power_eigenvalue(3, power, k) - even_power_eigenvalue(3, power + 1, k)
        digits = mp.nstr(exact / mp.pi, 50)
    with flint.ctx.workprec(300):
        exact, ball = arb(digits), s.certified(k, 20)
        assert abs(ball - exact) < 2 * ball.rad() + abs(exact) * arb(10) ** -45
        assert ball.rad() < arb(10) ** -20 * abs(ball)
        for terms in (1, 2, 5):
            r = s.remainder(terms)
            assert [nu for nu, _, _ in r.terms] == [Fraction(p) + i for i in range(terms)]
            assert abs(exact - r.sum(k)) <= r.bound(k) + abs(exact) * arb(10) ** -45


def test_the_remainder_of_a_late_power_holds() -> None:
    s = ks.sine_power(Fraction(191, 2)).spectrum(3)
    r = s.remainder(1)
    assert r.order == Fraction(193, 2)
    for k in (98, 100, 130, 200, 1000):
        with mp.workdps(60):
            digits = mp.nstr(even_power_eigenvalue(3, mp.mpf(191) / 2, k) / mp.pi, 50)
        with flint.ctx.workprec(300):
            assert abs(arb(digits) - r.sum(k)) <= r.bound(k)


@settings(max_examples=6)
@given(
    st.lists(
        st.tuples(
            st.integers(-4, 4).filter(bool),
            st.integers(0, 6),
            st.one_of(st.integers(0, 5), st.integers(0, 110)),
            st.sampled_from([Fraction(1, 2), Fraction(1, 3)]),
        ),
        min_size=1,
        max_size=3,
    ),
    st.integers(2, 6),
    st.integers(1, 6),
    st.one_of(st.integers(0, 20), st.integers(0, 400)),
)
def test_sparse_exponents(parts: list[tuple[int, int, int, Fraction]], d: int, terms: int, beyond: int) -> None:
    """Sums of c u^m (1-u)^(n+q): finitely many exponents, gaps between them; u^m = sum binom (-t)^i."""
    kernel = sum((c * ks.polynomial(m) * ks.defect_power(n + q) for c, m, n, q in parts), zero())
    assume(kernel != zero())
    r = kernel.spectrum(d).remainder(terms)
    k = r.start + beyond
    with mp.workdps(80):
        exact = mp.fsum(
            c * mp.binomial(m, i) * (-1) ** i * power_eigenvalue(d, n + i + mp.mpf(q.numerator) / q.denominator, k)
            for c, m, n, q in parts
            for i in range(m + 1)
        )
        size = mp.fsum(
            abs(c * mp.binomial(m, i) * power_eigenvalue(d, n + i + mp.mpf(q.numerator) / q.denominator, k))
            for c, m, n, q in parts
            for i in range(m + 1)
        )
        doubt, digits = mp.nstr(size * mp.mpf(10) ** -70, 10), mp.nstr(exact, 75)
    with flint.ctx.workprec(400):
        error = abs(arb(digits) - kernel.spectrum(d).asymptotic_ball(k, terms, digits=90))
        assert error <= r.bound(k) + arb(doubt)
    orders = [kernel.spectrum(d).remainder(n).order for n in (1, 2, 4)]
    assert orders == sorted(orders)


def test_kernels_with_one_power_only() -> None:
    s = ks.defect_power(Fraction(1, 2)).spectrum(4)
    for terms in (1, 3, 8):
        r = s.remainder(terms)
        assert [nu for nu, _, _ in r.terms] == [Fraction(1, 2)]
        assert r.order == Fraction(1, 2) + 2 * terms
        k = 100
        assert s.asymptotic(k, terms) == pytest.approx(s[k], rel=1e-13, abs=0)
        assert float(r.bound(k)) < 1e-8 * abs(s[k])


@pytest.mark.parametrize("text", ["laplace()@(1-polynomial(2))", "arccos(1)@(2*polynomial(2)-1) + ntk(3)"])
def test_singularities_inside_are_refused(text: str) -> None:
    s = P(text).spectrum(4)
    for call in (lambda: s.asymptotic(50), lambda: s.asymptotic_ball(50, digits=20), lambda: s.remainder(2)):
        with pytest.raises(ValueError, match=r"analytic inside \(-1, 1\)"):
            call()


def test_a_layer_that_reaches_minus_one() -> None:
    # singular at u = -1, where the inner kernel is -1, and not at u = 1, where it is 0
    s = (ks.arccos(0) @ P("0.5*linear() - 0.5*polynomial(2)")).spectrum(4)
    assert [(nu, a == 0, b > 0) for nu, a, b in s.remainder(1).terms] == [(Fraction(1, 2), True, True)]
    for k in (60, 61):
        with flint.ctx.workprec(300):
            assert abs(s.certified(k, 30) - s.asymptotic_ball(k, 4, digits=40)) <= s.remainder(4).bound(k)


@pytest.mark.parametrize("depth", [3, 4])
def test_leading_terms_of_claims_24_and_25(depth: int) -> None:
    with mp.workdps(30):
        product, root = ends_product(depth), mp.sqrt(2) / mp.pi
        expected = {
            f"rf({depth})": (1.5, (depth - 1) * 2 * root / 3, product * 2 * root / 3),
            f"ntk({depth})": (0.5, -depth * (depth - 1) * root / 2, -product * root),
        }
    for text, (nu, plus, minus) in expected.items():
        (found, a, b), *_ = P(text).spectrum(4).remainder(1).terms
        assert float(found) == nu
        assert float(a) == pytest.approx(float(plus), rel=1e-14, abs=0)
        assert float(b) == pytest.approx(float(minus), rel=1e-14, abs=0)


@pytest.mark.parametrize(("c", "d"), [(Fraction(1), 3), (Fraction(5, 2), 6)])
def test_laplace_terms(c: Fraction, d: int) -> None:
    # e^{-c sqrt t} = sum (-c)^m t^{m/2} / m!: the odd m, at u = 1 alone (claim 18)
    remainder = ks.laplace(c).spectrum(d).remainder(5)
    assert remainder.order == Fraction(11, 2)
    for i, (nu, a, b) in enumerate(remainder.terms):
        m = 2 * i + 1
        q = (-c) ** m / math.factorial(m)
        assert nu == Fraction(m, 2)
        assert a.overlaps(arb(flint.fmpq(q.numerator, q.denominator)))
        assert b == 0


@pytest.mark.parametrize("text", ["rf(3)", "ntk(4)", "laplace()", "rf(3, degree=0)"])
def test_two_proofs_meet_where_both_reach(text: str) -> None:
    s = P(text).spectrum(3)
    for k in (300, 301):
        quadrature = s.certified(k, 30)
        with flint.ctx.workprec(300):
            expanded = s.asymptotic_ball(k, 6, digits=50) + arb(0, 1) * s.remainder(6).bound(k)
            assert expanded.rad() < 1e-6 * abs(expanded)
            assert quadrature.overlaps(expanded)


def test_expansions_of_many_terms_agree_at_large_degrees() -> None:
    s = ks.ntk(3).spectrum(7)
    with flint.ctx.workprec(400):
        for k in (10**4, 10**6 + 1, 10**9):
            few, many = (s.asymptotic_ball(k, n, digits=80) + arb(0, 1) * s.remainder(n).bound(k) for n in (2, 9))
            assert few.contains(many)
            assert s(k) == pytest.approx(float(many), rel=1e-12, abs=0)


@settings(max_examples=6)
@given(st.sampled_from(KERNELS), st.integers(2, 12))
def test_start_and_order_grow_with_the_terms(text: str, d: int) -> None:
    s = P(text).spectrum(d)
    remainders = [s.remainder(n) for n in (1, 2, 5)]
    for r, more in zip(remainders, remainders[1:], strict=False):
        assert r.start <= more.start
        assert r.order < more.order
        assert [nu for nu, _, _ in more.terms][: len(r.terms)] == [nu for nu, _, _ in r.terms]
        assert r.order in [nu for nu, _, _ in more.terms]
    for r in remainders:
        assert r.start > r.order > max(nu for nu, _, _ in r.terms)
        assert [nu for nu, _, _ in r.terms] == sorted({nu for nu, _, _ in r.terms})
        assert all(nu.denominator > 1 for nu, _, _ in r.terms)


@settings(max_examples=6)
@given(st.sampled_from(KERNELS), st.integers(2, 9), st.integers(1, 5))
def test_bound_falls_with_the_degree(text: str, d: int, terms: int) -> None:
    s = P(text).spectrum(d)
    start = s.remainder(terms).start
    bounds = s.asymptotic_bound(np.arange(start, start + 40), terms)
    assert bounds.shape == (40,)
    assert np.all(np.diff(bounds) < 0)
    assert np.all(bounds > 0)
    with pytest.raises(ValueError, match=rf"k must be at least {start} "):
        s.asymptotic_bound(start - 1, terms)


def test_float_bounds_are_rounded_up() -> None:
    s = ks.rf(3).spectrum(5)
    for terms in (1, 3):
        remainder = s.remainder(terms)
        for k in range(remainder.start, remainder.start + 50):
            assert arb(s.asymptotic_bound(k, terms)) >= remainder.bound(k)


def test_bounds_do_not_depend_on_the_precision_in_force() -> None:
    s = ks.ntk(3).spectrum(4)
    sharp, sharp_sum = s.asymptotic_bound(60, 4), s.remainder(4).sum(60)
    with flint.ctx.workprec(8):
        rough = ks.ntk(3).spectrum(4).asymptotic_bound(60, 4)
        rough_sum = s.remainder(4).sum(60)
        assert flint.ctx.prec == 8
    assert rough == pytest.approx(sharp, rel=1e-6, abs=0)
    assert rough_sum.rad() < 1e-9 * abs(sharp_sum)


def test_a_low_precision_in_force_does_no_harm() -> None:
    # kernels that nothing has read before, so that no cache helps
    with flint.ctx.workprec(5):
        rough = P("rf(9) + 0.123*laplace()").spectrum(4).asymptotic(60, 2)
    assert rough == pytest.approx(P("rf(9) + 0.123*laplace()").spectrum(4).asymptotic(60, 2), rel=1e-13, abs=0)


@pytest.mark.parametrize(
    "text", ["exponential()", "polynomial(4)", "dual('erf')", "dual('gelu')", "exponential()@polynomial(2)"]
)
def test_analytic_kernels_are_refused(text: str) -> None:
    s = P(text).spectrum(4)
    for call in (lambda: s.asymptotic(50), lambda: s.asymptotic_bound(50), lambda: s.remainder()):
        with pytest.raises(ValueError, match="analytic on"):
            call()


@pytest.mark.parametrize("text", ["mlp(2, activation='tanh')", "mlp(3, activation='silu', bias_variance=0.1)"])
def test_smooth_networks_are_refused_by_their_own_name(text: str) -> None:
    s = P(text).spectrum(4)
    for call in (lambda: s.asymptotic(50), lambda: s.asymptotic_bound(50), lambda: s.remainder()):
        with pytest.raises(ValueError, match=r"^mlp\(.*\) is infinitely smooth on"):
            call()


@pytest.mark.parametrize(("steps", "d"), [("silu > relu", 4), ("dense(1) > tanh > dense(1, 0.1) > relu", 5)])
def test_a_smooth_layer_before_a_kink_has_terms(steps: str, d: int) -> None:
    """Against enclosures by panels of the angle; twice the terms, less than a thousandth of the error."""
    s, k = ks.network(steps).spectrum(d), 81
    few, many = (abs(s.asymptotic(k, terms) / float(s.certified(k)) - 1) for terms in (2, 4))
    assert many < few / 1000 < 1e-8
    with pytest.raises(ValueError, match=r"^network\(.* its expansion has no proved remainder"):
        s.remainder()


@pytest.mark.parametrize(
    "text",
    ["arccos(0)@(4*polynomial(3)-3*linear())", "arccos(0)@(0*linear()+1) + ntk(3)", "sine_power(1/2)*sine_power(1/2)"],
)
def test_refusals_are_errors_of_the_right_kind(text: str) -> None:
    s = P(text).spectrum(4)
    for call in (lambda: s.asymptotic(50), lambda: s.asymptotic_bound(50)):
        with time_limit(), pytest.raises(ValueError, match="analytic|powers|could not be read"):
            call()


@pytest.mark.parametrize("terms", [0, -1, 1.5, True, "3"])
def test_wrong_number_of_terms(terms: Any) -> None:
    s = ks.rf(3).spectrum(4)
    for call in (s.asymptotic, s.asymptotic_bound):
        with pytest.raises((ValueError, TypeError), match="terms must"):
            call(50, terms)
    with pytest.raises((ValueError, TypeError), match="terms must"):
        s.remainder(terms)


@pytest.mark.parametrize("k", [-1, 2.5, True, "7", slice(3, None)])
def test_wrong_degrees(k: Value) -> None:
    s = ks.rf(3).spectrum(4)
    for call in (s.asymptotic, s.asymptotic_bound):
        with pytest.raises((ValueError, TypeError), match="k must|spectrum needs an end"):
            call(untyped(k))


def test_degrees_below_the_exponents_are_refused() -> None:
    s = ks.rf(3).spectrum(4)
    with pytest.raises(ValueError, match="k must be above"):
        s.asymptotic(3, terms=3)
    with pytest.raises(ValueError, match="k must be above"):
        s.asymptotic(np.array([100, 2]), terms=3)
    with pytest.raises(ValueError, match="k must be above"):
        s.asymptotic_ball(3, terms=3, digits=20)


def test_arrays_and_floats() -> None:
    s = ks.ntk(3).spectrum(4)
    k = np.array([[20, 21], [300, 4001]])
    found = s.asymptotic(k, 3)
    assert found.shape == k.shape
    assert [[s.asymptotic(int(x), 3) for x in row] for row in k] == found.tolist()
    assert isinstance(s.asymptotic(20), float)
    assert s.asymptotic(slice(20, 24)).tolist() == [s.asymptotic(x) for x in range(20, 24)]
    assert float(s.asymptotic_ball(21, 3, digits=30)) == pytest.approx(s.asymptotic(21, 3), rel=1e-13, abs=0)


def test_the_statement_reads_well() -> None:
    remainder = ks.ntk(3).spectrum(4).remainder(2)
    assert isinstance(remainder, Remainder)
    assert repr(remainder).startswith("for every k >= 3: |mu_k - terms in nu = 1/2, 3/2| <=")
    assert remainder.d == 4
    assert expansion(ks.ntk(3)) is expansion(P("ntk(3)"))  # shared by all dimensions


# -- the inequalities of the proof, one by one -----------------------------------------------


@settings(max_examples=15)
@given(st.sampled_from(KERNELS[:12]), st.sampled_from([1, -1]), st.floats(0.02, 0.98), st.floats(0.05, 1))
def test_the_jump_and_its_series(text: str, at: int, share: float, turn: float) -> None:
    """g(w) = kappa(+-(1 - w^q)) is the sum of its series inside the disc, and at most the disc's bound."""
    kernel = P(text)
    found = expansion(kernel)
    q, disc = found.ramification, found.disc(at)
    radius = float(disc.radius) * share
    # on a ray off the cut, where the principal branches are right
    t = radius * complex(math.cos(turn), math.sin(turn))
    value = kernel.of_angle(np.arccos(complex(at * (1 - t))))
    bound = float(disc.bound)
    assert abs(value) <= bound * (1 + 1e-9)
    coefficients = [float(c) for c in found.coefficients(at, 40 * q, 192)]
    w = t ** (1 / q)
    total = sum(c * w**j for j, c in enumerate(coefficients))
    ratio = (radius / float(disc.radius)) ** (1 / q)
    tail = bound * ratio ** (40 * q) / (1 - ratio)
    assert abs(total - value) <= tail * (1 + 1e-9) + 1e-9 * bound


@given(st.integers(2, 20), st.integers(0, 60), st.floats(0.1, 2))
def test_the_weight_beyond_the_cut(d: int, k: int, height: float) -> None:
    """Step 4: K_k = c_d Q_k / 2 from its definition, against the bounds used."""
    with mp.workdps(30):
        lam, x = mp.mpf(d) / 2 - 1, mp.cosh(height)
        if d == 2:
            bound = own = mp.exp(-k * mp.mpf(height)) / (2 * mp.sinh(height))
        else:
            decay = mp.exp(-2 * mp.mpf(height))
            beta = mp.gamma(lam + 1) * mp.factorial(k) / mp.gamma(k + 1 + lam)
            g = (1 - decay) ** (lam - 1) if d == 3 else 1
            bound = beta * g * mp.exp(-(k + 1) * mp.mpf(height))
            own = lam * mp.exp(-(k + 1) * mp.mpf(height)) * mp.beta(k + 1, lam)
            own *= mp.hyp2f1(1 - lam, k + 1, k + 1 + lam, decay)
        # Q_k as a hypergeometric function of 1/x^2, from 1/(x-t) = sum t^m / x^{m+1} and claim 10
        half = mp.mpf(d) / 2
        moment = mp.gamma(half) * mp.factorial(k) / (mp.mpf(2) ** k * mp.gamma(k + half))
        series = mp.hyp2f1(mp.mpf(k + 1) / 2, mp.mpf(k + 2) / 2, k + half, 1 / x**2)
        assert abs(own / (moment * x ** (-k - 1) * series / 2) - 1) < mp.mpf(10) ** -15
        assert own <= bound * (1 + mp.mpf(10) ** -25)


def test_coefficients_have_the_bits_that_are_asked_for() -> None:
    """Also where some with fewer are known."""
    found = Expansion(ks.laplace(Fraction(1, 3)))
    low, high = (found.coefficients(1, 4, bits)[1] for bits in (64, 512))
    assert low.rel_accuracy_bits() < 128 and high.rel_accuracy_bits() > 400
    assert low.overlaps(high)


def test_a_remainder_beyond_the_floats_prints() -> None:
    found = (ks.sine_power(Fraction(2001, 2)) * ks.linear()).spectrum(3).remainder(1)
    text = repr(found)
    assert "<= 2.56e+402 E_k(2003/2)" in text
    assert found.constant < flint.arb("2.56e+402")
    assert found.bound(1002).is_finite()


@given(st.fractions(Fraction(1, 10**9), 10**9), st.integers(-2000, 2000))
def test_three_digits_lie_on_their_side(x: Fraction, exponent: int) -> None:
    x *= Fraction(10) ** exponent
    number = flint.arb(flint.fmpq(x.numerator, x.denominator))
    above, below = (Fraction(_three_digits(number, rounding)) for rounding in (ROUND_CEILING, ROUND_FLOOR))
    assert below <= x * (1 + Fraction(1, 10**12)) and x * (1 - Fraction(1, 10**12)) <= above
    assert above - below <= x / 99
