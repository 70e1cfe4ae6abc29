"""A kernel of a user's own, written as the docstring of `Zonal` says: all readings, and none that is wrong."""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint
import mpmath
import numpy as np
import pytest
from expressions import untyped

import kernelspec as ks
from kernelspec import Zonal
from kernelspec.kernels.points import Point
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.numbers.precision import precision
from kernelspec.rkhs import recheck
from kernelspec.sphere import GammaProduct
from kernelspec.sphere import K as K_DEGREE
from kernelspec.sphere.gamma_products import HALF


@dataclass(frozen=True, repr=False)
class Multiquadric(Zonal):
    """(1 + c (1-u))^{-1/2}, singular at u = 1 + 1/c alone."""

    c: Fraction
    bounded = True
    rational_one = Fraction(1)
    series_sign = 1

    @property
    def radius(self) -> float:
        return float(1 + 1 / self.c)

    def pair(self, point: Point) -> ks.Pair:
        arithmetic = point.arithmetic
        one, c = arithmetic.number(Fraction(1)), arithmetic.number(self.c)
        root = arithmetic.sqrt(one + c * point.delta)
        return ks.Pair(one / root, c * point.delta / (root * (root + one)), one)

    def derivative(self) -> Zonal:
        return self.c / 2 * self**3

    def text(self) -> str:
        return f"multiquadric({self.c})"

    def latex_of(self, argument: str) -> str:
        return f"(1+{self.c}(1-{argument}))^{{-1/2}}"


@dataclass(frozen=True, repr=False)
class Quadric(Multiquadric):
    """Its square, 1/(1 + c (1-u)), with a pole at 1 + 1/c."""

    def pair(self, point: Point) -> ks.Pair:
        arithmetic = point.arithmetic
        one, c = arithmetic.number(Fraction(1)), arithmetic.number(self.c)
        value = arithmetic.power(one + c * point.delta, Fraction(-1))
        return ks.Pair(value, c * point.delta * value, one)

    def derivative(self) -> Zonal:
        return self.c * self**2

    def text(self) -> str:
        return f"quadric({self.c})"


@dataclass(frozen=True, repr=False)
class SmallPole(Multiquadric):
    """e^{u-1} + eps/(1 + c (1-u)): eigenvalues of low degree say nothing of the pole."""

    eps: Fraction
    bounded = False

    @property
    def rational_one(self) -> Fraction:  # type: ignore[override]  # a constant of `Multiquadric`
        return 1 + self.eps

    def pair(self, point: Point) -> ks.Pair:
        arithmetic = point.arithmetic
        pole, weight = point.pair(Quadric(self.c)), arithmetic.number(self.eps)
        value = arithmetic.exp(-point.delta) + weight * pole.value
        return ks.Pair(value, weight * pole.defect - arithmetic.expm1(-point.delta), arithmetic.number(1 + self.eps))

    def text(self) -> str:
        return f"small_pole({self.c}, {self.eps})"


NAMES = {"multiquadric": lambda c: Multiquadric(Fraction(c)), "quadric": lambda c: Quadric(Fraction(c))}
K = Multiquadric(Fraction(3))


def plain(u: Value) -> Value:
    return 1 / np.sqrt(1 + 3 * (1 - u))


def test_values_in_every_number_system() -> None:
    u = np.linspace(-1, 1, 23)
    np.testing.assert_allclose(K(u), plain(u), rtol=1e-15)
    assert K.defect(1 - 1e-15) == pytest.approx(1.5 * (1 - (1 - 1e-15)), rel=1e-13, abs=0)
    assert K(mpmath.mpf(1) / 4) == pytest.approx(plain(0.25), rel=1e-15, abs=0)
    assert K(flint.arb(1) / 4).overlaps(flint.arb(plain(0.25), 1e-15))
    assert float(K.sympy(0.25)) == pytest.approx(plain(0.25), rel=1e-15, abs=0)
    assert abs(K.of_angle(0.5 + 0.25j) - plain(np.cos(0.5 + 0.25j))) < 1e-14
    assert [float(b) for b in K.taylor(3)] == pytest.approx([1 / 2, 3 / 16, 27 / 256])
    assert K.derivative()(0.25) == pytest.approx(1.5 * plain(0.25) ** 3)
    np.testing.assert_allclose(K.gram(np.eye(2)), [[1, 0.5], [0.5, 1]])


@pytest.mark.parametrize("c", [Fraction(1, 3), Fraction(3), Fraction(50), Fraction(2000)])
@pytest.mark.parametrize("kind", [Multiquadric, Quadric])
def test_certified_balls_hold_the_eigenvalue(kind: type[Multiquadric], c: Fraction) -> None:
    # The singularity comes as near as 1/2000, inside ellipses whose boundary shows nothing of it but by the tests.
    kernel = kind(c)
    mp = mpmath.mp.clone()
    mp.dps = 40
    power = mp.mpf(1) / 2 if kind is Multiquadric else mp.mpf(1)
    s = kernel.spectrum(3)
    for k in (0, 1, 6):
        near = [0, mp.mpf(1) / c.numerator, mp.mpf(1) / 20, mp.mpf(1) / 2, 2]
        truth = mp.quad(
            lambda t, k=k: (1 + c.numerator * t / mp.mpf(c.denominator)) ** -power * mp.legendre(k, 1 - t) / 2,
            sorted(set(near)),
        )
        try:
            ball = s.certified(k, digits=20)
        except ValueError:
            assert c > 100  # refused, not wrong
        else:
            assert ball.overlaps(flint.arb(mp.nstr(truth, 35)) * flint.arb(1, 1e-24))
        if c < 1000:  # beyond, the Taylor series converges too slowly, which is said
            assert s[k] == pytest.approx(float(truth), rel=1e-9, abs=0)


class SmallPoleOfNoSign(SmallPole):
    """The same, of which nothing is said about signs."""

    series_sign = 0


@pytest.mark.parametrize("kind", [SmallPole, SmallPoleOfNoSign])
@pytest.mark.parametrize(("k", "share"), [(20, "1e-9"), (100, "1e-9"), (130, "1")])
def test_a_pole_of_a_tiny_residue_is_not_overlooked(kind: type[SmallPole], k: int, share: str) -> None:
    """Its Taylor coefficients are nothing beside those of e^u for hundreds of terms, and add up to that share of mu_k.

    On S^1 mu_k is a Bessel function, and a power of the distance to the pole.
    """
    with mpmath.workdps(40):
        z = 1 + mpmath.mpf(1) / 10**4
        entire = mpmath.besseli(k, 1) / mpmath.e
        pole = (z - mpmath.sqrt(z * z - 1)) ** k / mpmath.sqrt(z * z - 1) / 10**4
        eps = Fraction(int(mpmath.nint(mpmath.mpf(share) * entire / pole * mpmath.mpf(10) ** 320)), 10**320)
        wanted = entire + mpmath.mpf(eps.numerator) / eps.denominator * pole
    s = kind(Fraction(10**4), eps).spectrum(2)
    if not kind.series_sign:
        with pytest.raises(ValueError, match=f"too slowly at degree {k}"):
            s[k]
        return
    value, error = s.approximate(k)
    assert abs(value - wanted) <= error
    with precision(160):
        assert abs(s.certified(k, 20).mid() / flint.arb(mpmath.nstr(wanted, 30)) - 1) < 1e-19


def test_around_and_inside_other_kernels() -> None:
    for kernel in (ks.rf(3) @ K, K @ ks.rf(3), K * ks.laplace(), 0.5 * K + ks.ntk(2)):
        s = kernel.spectrum(4)
        for k in (2, 5):
            assert float(s.certified(k, digits=15)) == pytest.approx(s[k], rel=1e-11, abs=0)
        law = kernel.decay(4)
        assert law.at(3000) == pytest.approx(s[3000], rel=2e-2, abs=0)
        assert abs(s.asymptotic(60, 3) - s[60]) <= s.asymptotic_bound(60, 3) + 1e-13 * s[60]


def test_expansions_and_decay() -> None:
    found = K.expand(terms=3)
    assert found.exponents == (0, 1, 2)
    assert found.coefficients == (1, Fraction(-3, 2), Fraction(27, 8))
    assert (ks.arccos(0) @ K).expand(terms=2).exponents == (0, Fraction(1, 2))
    assert K.decay(3).parities[0].kind == "super-polynomial"


def test_verdicts() -> None:
    verdict = ks.same_rkhs(K * ks.laplace(), ks.laplace(), d=3)
    assert verdict.same is True and verdict.proof is not None
    assert recheck(verdict.proof.data())


def test_text_latex_pickles() -> None:
    kernel = 2 * ks.rf(3) @ K - K * Quadric(Fraction(1, 2))
    assert ks.parse(repr(kernel), kernels=NAMES) == kernel
    assert pickle.loads(pickle.dumps(kernel)) == kernel == copy.deepcopy(kernel)
    assert "(1+3(1-u))" in kernel.latex()
    with pytest.raises(ValueError, match="unknown kernel"):
        ks.parse(repr(kernel))
    with pytest.raises(ValueError, match="kernels must not rename 'rf'"):
        ks.parse("rf(3)", kernels=untyped({"rf": K}))
    with pytest.raises(ValueError, match="made a int, no kernel"):
        ks.parse("f()", kernels=untyped({"f": lambda: 5}))
    with pytest.raises(TypeError, match="kernels must map names to functions"):
        ks.parse("f()", kernels=untyped({"f": 5}))


@dataclass(frozen=True, repr=False)
class Bare(Zonal):
    """A kernel that says nothing but its values."""

    def pair(self, point: Point) -> ks.Pair:
        arithmetic = point.arithmetic
        one = arithmetic.number(Fraction(1))
        value = arithmetic.sqrt(one + arithmetic.number(Fraction(2)) * point.delta)
        return ks.Pair(value, one - value, one)

    def text(self) -> str:
        return "bare()"


def test_a_pair_is_enough_for_an_expansion() -> None:
    kernel = Bare()
    assert kernel(1.0) == 1 and kernel.spectrum(3)[0] > 1
    assert kernel.expand(terms=3).terms == ((0, 1), (1, 1), (2, Fraction(-1, 2)))
    assert str(kernel.expand(at=-1, terms=2)) == "sqrt(5) - sqrt(5)/5*t + O(t^2)"
    # It does not say where it is singular, and may be inside.
    with pytest.raises(ValueError, match="is not shown to be analytic inside"):
        kernel.decay(3)
    with pytest.raises(NotImplementedError, match=r"no derivative of bare\(\) is known"):
        kernel.derivative()


@dataclass(frozen=True, repr=False)
class Kinked(Zonal):
    """(1-u)^{3/2} + sqrt(u^2)/8, whose slowest eigenvalues come from the kink at u = 0, of which it says nothing."""

    def pair(self, point: Any) -> ks.Pair:
        arithmetic = point.arithmetic
        root = arithmetic.sqrt(point.u * point.u) * arithmetic.number(Fraction(1, 8))
        value = arithmetic.power(point.delta, Fraction(3, 2)) + root
        return ks.Pair(value, arithmetic.number(Fraction(1, 8)) - value, arithmetic.number(Fraction(1, 8)))

    def text(self) -> str:
        return "kinked()"


def test_what_is_not_stated_is_not_claimed() -> None:
    """Of a kernel with `pair` alone: values, Gram matrices and what balls prove; what rests on facts is refused."""
    kernel, u = Bare(), np.linspace(-1, 1, 5)
    true = np.sqrt(3 - 2 * u)
    np.testing.assert_allclose(kernel(u), true, rtol=1e-15)
    np.testing.assert_allclose(kernel.gram(np.eye(2)), [[1, 3**0.5], [3**0.5, 1]], rtol=1e-15)
    s = kernel.spectrum(3)  # mu_1 = int_{-1}^1 sqrt(3 - 2u) u du/2 = -1/5
    assert s.certified(1, 15).overlaps(flint.arb(-1) / 5) and s[1] == pytest.approx(-0.2, rel=1e-12)
    assert (2 * kernel + ks.ntk(2))(0.5) == pytest.approx(2 * 2**0.5 + ks.ntk(2)(0.5), rel=1e-15)
    assert kernel.latex() == "\\mathrm{Bare}\\left(u\\right)"
    for refused in (lambda: kernel.decay(3), lambda: (kernel * ks.arccos(1)).decay(3), lambda: s.asymptotic(50)):
        with pytest.raises(ValueError, match="is not shown to be analytic inside"):
            refused()
    with pytest.raises(ValueError, match=r"must take values in \[-1, 1\]; bare\(\) reaches 2.23607 at u = -1"):
        ks.arccos(1) @ kernel
    with pytest.raises(ValueError, match="unknown kernel"):
        ks.parse(repr(kernel))
    assert ks.parse(repr(kernel), kernels={"bare": Bare}) == kernel
    verdict = ks.same_rkhs(kernel, ks.laplace(), d=3)
    assert verdict.same is None and verdict.proof is None


def test_a_kink_inside_of_which_nothing_is_said_gives_no_law() -> None:
    kernel = Kinked()
    assert kernel.expand(terms=2).exponents == (0, 1)  # which is right, and tells nothing of the eigenvalues
    for read in (lambda: kernel.decay(3), lambda: (ks.exponential() + kernel).decay(3), kernel.spectrum(3).remainder):
        with pytest.raises(ValueError, match="is not shown to be analytic inside"):
            read()
    with pytest.raises((ValueError, ArithmeticError)):
        kernel.spectrum(3).certified(4)


@dataclass(frozen=True, repr=False)
class Layered(Zonal):
    """sqrt(c kappa_1(kappa_1(u))) + e^{kappa_0 - 1} (1-u)^{3/2}/u^2, written with other kernels' pairs and images."""

    c: Fraction

    def pair(self, point: Point) -> ks.Pair:
        arithmetic, ramp = point.arithmetic, ks.arccos(1)
        two = point.image(ramp).pair(ramp)
        root = arithmetic.sqrt(arithmetic.number(self.c) * two.value)
        power = arithmetic.power(point.delta, Fraction(3, 2)) / point.u**2
        value = root + arithmetic.exp(-point.pair(ks.arccos(0)).defect) * power
        one = arithmetic.sqrt(arithmetic.number(self.c) * two.one)
        return ks.Pair(value, one - value, one)

    def text(self) -> str:
        return f"layered({self.c})"


@pytest.mark.parametrize("at", [1, -1])
def test_an_expansion_of_other_kernels_pairs_is_that_of_their_values(at: int) -> None:
    kernel = Layered(Fraction(2, 3))
    series = kernel.expand(at=at, terms=7)
    with precision(400):
        t = flint.arb(2) ** -60
        terms = [c.ball(400) * t ** flint.arb(flint.fmpq(e.numerator, e.denominator)) for e, c in series.entries]
        # The last term lies 2^{-30 j} below those before it.
        rest = kernel(1 - t if at == 1 else t - 1) - sum(terms[:-1], flint.arb(0))
        assert abs(rest / terms[-1] - 1) < 2.0**-24


@dataclass(frozen=True, repr=False)
class Elsewhere(Zonal):
    """A kernel whose formula holds what series have not got."""

    how: str
    singular = frozenset({1, -1})

    def pair(self, point: Point) -> ks.Pair:
        arithmetic, one = point.arithmetic, point.arithmetic.number(Fraction(1))
        if self.how == "sine":
            value = point.numerical.sin(point.u)
        elif self.how == "float":
            value = 0.5 * point.u
        elif self.how == "numpy":
            value = np.exp(point.u)
        elif self.how == "float64":
            value = np.float64(0.5) * point.u
        elif self.how == "constant":
            return ks.Pair(Fraction(1, 2), 0, Fraction(1, 2))
        elif self.how == "number":
            return ks.Pair(0.5, 0.0, 0.5)
        elif self.how == "infinity":
            value = arithmetic.infinity - point.u
        else:
            value = point.u if point.u else one
        return ks.Pair(value, one - value, one)

    def text(self) -> str:
        return f"elsewhere({self.how!r})"


@pytest.mark.parametrize("how", ["sine", "float", "float64", "numpy", "number", "choice"])
def test_what_series_have_not_got_is_refused(how: str) -> None:
    kernel = 2 * Elsewhere(how) * ks.linear()
    for read in (kernel.expand, lambda: kernel.decay(3)):
        with pytest.raises(ValueError, match=r"no expansion is known for elsewhere\('"):
            read()
    with pytest.raises(ValueError, match="infinite, or not known"):
        Elsewhere("infinity").expand()
    assert Elsewhere("constant").expand().terms == ((0, Fraction(1, 2)),)


@dataclass(frozen=True, repr=False)
class Distance(Zonal):
    """((1-u)/2)^{1/2}, half the distance of two points, that states its eigenvalues (claim 15)."""

    def pair(self, point: Point) -> ks.Pair:
        arithmetic = point.arithmetic
        value = arithmetic.sqrt(point.delta * arithmetic.number(Fraction(1, 2)))
        return ks.Pair(value, -value, arithmetic.number(Fraction(0)))

    def eigenvalue(self, d: int) -> GammaProduct:
        return GammaProduct(
            above=(K_DEGREE - HALF, Fraction(d, 2), Fraction(d, 2)),
            below=(-HALF, K_DEGREE + d - HALF),
            two=d - 2,
            pi=-HALF,
        )

    def text(self) -> str:
        return "distance()"


def test_a_closed_form_of_ones_own_is_read_in_all_number_systems() -> None:
    kernel, known = Distance(), ks.defect_power(Fraction(1, 2))
    s, other = kernel.spectrum(5), known.spectrum(5)
    assert s.method(4) == "closed form"
    np.testing.assert_allclose(s[:40], other[:40] * np.sqrt(0.5), rtol=1e-15)
    assert s.certified(7, 40).overlaps(other.certified(7, 50) / flint.arb(2).sqrt())
    assert s.exact(3) ** 2 == other.exact(3) ** 2 / 2
    assert (ks.linear() * kernel).spectrum(5).method(2) == "closed form"
    assert 0 < s.error(9) < 1e-15


@dataclass(frozen=True, repr=False)
class Entire(Zonal):
    """e^{u-1}, of which nothing but its values is stated."""

    def pair(self, point: Point) -> ks.Pair:
        arithmetic: Any = point.arithmetic
        return ks.Pair(arithmetic.exp(-point.delta), -arithmetic.expm1(-point.delta), arithmetic.number(Fraction(1)))


def test_layers_of_a_kernel_without_a_derivative() -> None:
    """What only sharpens balls is left out where it is not known."""
    # The oracle: the projection onto P_5 by mpmath; e^{e^{u-1} - 1} for the first.
    with mpmath.workdps(30):
        exact = mpmath.quad(lambda u: mpmath.exp(mpmath.expm1(u - 1)) * mpmath.legendre(5, u) / 2, [-1, 1])
        digits = mpmath.nstr(exact, 25)
    for kernel in (ks.exponential(1) @ Entire(), Entire() @ Entire()):
        assert kernel.spectrum(3)[5] == pytest.approx(float(exact), rel=1e-13)
        with precision(120):
            assert abs(kernel.spectrum(3).certified(5, 24) - flint.arb(digits)) < 1e-27


def test_errors_name_the_fact_that_is_not_stated() -> None:
    with pytest.raises(ValueError, match=r"entire\(\).*does not state `singular`"):
        Entire().decay(4)
    with pytest.raises(ValueError, match=r"arccos\(1\)@entire\(\).*does not state `singular`"):
        _ = (ks.arccos(1) @ Entire()).spectrum(3)[5]


def test_an_eigenvalue_that_is_no_closed_form_is_refused() -> None:
    class Degree(Entire):
        def eigenvalue(self, d: int) -> Any:
            return K_DEGREE

    with pytest.raises(TypeError, match=r"eigenvalue\(d\) of .* must be a ks.sphere.GammaProduct or None"):
        _ = Degree().spectrum(3)[2]
