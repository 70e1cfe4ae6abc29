"""What kernels say of themselves - signs, majorants, radii, parities, truncations - against their Taylor coefficients.

Proofs rest on these facts: each is compared with what it bounds where it is tight, and with a kernel for which the
next stronger statement is false.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import sympy
from expressions import untyped

import kernelspec as ks
from kernelspec.kernels.points import Point
from kernelspec.kernels.zonal import Zonal
from kernelspec.numbers.exact_numbers import Rounded, decimal

F = Fraction
U, A1, A0, E = ks.linear(), ks.arccos(1), ks.arccos(0), ks.exponential()
TERMS = 40

# kappa, and the sign of all Taylor coefficients: kappa_1 = 1/pi + u/2 + u^2/(2 pi) + ...
SIGNS: list[tuple[Zonal, int]] = [
    (A1 + E, 1),
    (A1 - F(1, 10) * U**2, 1),
    (A1 - F(1, 5) * U**2, 0),  # b_2 = 0.159
    (A1 - F(3, 10), 1),
    (A1 - F(1, 2), 0),
    (-1 * A1 - E, -1),
    (F(1, 5) * U**2 - A1, 0),
    (A1 - F(1, 10) * E, 0),
    (A1 * E, 1),
    ((A1 - F(1, 2)) * E, 0),
    (E @ A1, 1),
    (A1 @ (-1 * U), 0),
    (A0 @ (-1 * U), 0),
    (ks.rf(3) * ks.ntk(2), 1),
    (ks.laplace(), 1),
    (ks.laplace() - U, 0),
]


@pytest.mark.parametrize(("kernel", "sign"), SIGNS, ids=[repr(k) for k, _ in SIGNS])
def test_signs_are_those_of_all_coefficients(kernel: Zonal, sign: int) -> None:
    found = kernel.series_sign
    assert found in (0, sign)
    if kernel in (A1 + E, -1 * A1 - E, A1 * E, E @ A1, A1 - F(1, 10) * U**2, A1 - F(3, 10)):
        assert found == sign
    if sign == 0:
        coefficients = kernel.taylor(12)
        assert any(c > 0 for c in coefficients) and any(c < 0 for c in coefficients)


MAJORANTS: list[Zonal] = [
    A1,
    2 * A1 - 3,
    U - U**3,
    F(1, 2) * U**2 - F(1, 3) * A1,
    E - 2 * U,
    A1 - E,
    A1 * E,
    (A1 - 1) * (E - 2),
    E @ (F(1, 2) * A1),
    A0 @ (F(1, 4) * U - F(1, 4) * U**2),
    A1 @ (-1 * A1),
    E @ E @ (F(1, 2) * U),
    ks.polynomial(400),
    sympy.sqrt(2) * A1 - U,
    -sympy.sqrt(3) * U**2 + U,
]


@pytest.mark.parametrize("kernel", MAJORANTS, ids=repr)
@pytest.mark.parametrize("r", [F(1, 3), F(9, 10), F(1), F(3, 2)])
def test_majorants_are_above_the_sum_and_not_far(kernel: Zonal, r: Fraction) -> None:
    bound = kernel.majorant(r)
    if bound is None:
        assert r > 1
        return
    sizes = [float(abs(c).lower()) for c in kernel.taylor(TERMS)]
    total = sum(c * float(r) ** i for i, c in enumerate(sizes))
    assert total * (1 - 1e-14) <= bound
    # Of a sum or a product it is that of the parts, up to what cancels between them.
    assert bound <= 8 * max(total, 1.0) or kernel == ks.polynomial(400)


def test_majorants_of_polynomials_are_sums_of_sizes() -> None:
    cases: list[tuple[Zonal, tuple[Any, ...]]] = [
        (U - U**3, (0, 1, 0, 1)),
        (3 * U**2 - 2 * U - 1, (1, 2, 3)),
        (F(1, 7) * U**5 - 4, (4, 0, 0, 0, 0, F(1, 7))),
    ]
    for kernel, coefficients in cases:
        for r in (F(1, 2), F(1), F(5, 3)):
            wanted = sum(c * r**i for i, c in enumerate(coefficients))
            assert kernel.majorant(r) == wanted
    for degree in (10**5, 10**6):
        kernel = ks.polynomial(degree)
        assert kernel.majorant(F(3, 2)) is None  # too long a number, and no bound
        small = kernel.majorant(F(1, 2))
        assert small is not None and 0 < small <= 1
        assert kernel.majorant(F(1)) == 1


def test_no_majorant_beyond_the_disc_or_without_a_sign() -> None:
    class Cosine(ks.Zonal):
        """1 - u^2/2 + ..., of which nothing is said but its values."""

        def pair(self, point: Point) -> Any:
            one = point.arithmetic.number(F(1))
            return ks.Pair(one - point.u * point.u / 2, point.u * 0, one / 2)

        def text(self) -> str:
            return "cosine()"

    assert Cosine().majorant(F(1)) is None
    for kernel in (A1, ks.ntk(3), ks.rf(4), ks.mlp(3, slope=0.5), A1 + E, A1 * E, E @ A1):
        assert kernel.majorant(F(1)) is not None
        assert kernel.majorant(F(11, 10)) is None
        assert kernel.radius == 1 and kernel.singular == {1, -1}
    assert E.majorant(F(3)) is not None and E.radius == math.inf and not E.singular


def test_radii_are_those_of_the_least_part() -> None:
    for kernel in (A1 + E, E + A0 + U, A1 * E, E * ks.rf(3), A1 @ E, E @ A1 @ E, ks.ntk(2)):
        assert kernel.radius == 1
    assert (E + U**2).radius == (E * U**2).radius == (E @ E).radius == math.inf
    assert ks.ntk(1).radius == ks.mlp(3, slope=1, bias_variance=1).radius == math.inf
    assert ks.mlp(3, slope=-1, bias_variance=1).radius == 1


def test_singular_points_inside_stay() -> None:
    mine = ks.from_callable(lambda u: np.abs(u) ** 3, name="mine")
    assert mine.singular == {1, -1, 0}
    assert 0 in (mine @ U**2).singular and 0 in (mine @ A1).singular
    assert (mine + E).singular == (mine * E).singular == {1, -1, 0}


def test_parities_of_polynomials_are_their_coefficients() -> None:
    one = {0: F(2), 1: F(-3), 2: F(1), 3: F(5, 2)}
    two = {0: F(-1), 1: F(1, 3), 4: F(2)}
    first, second = (sum((c * U**m for m, c in p.items()), 0 * U) for p in (one, two))
    product: dict[int, Fraction] = {}
    for m, c in one.items():
        for n, e in two.items():
            product[m + n] = product.get(m + n, F(0)) + c * e
    whole = (first * second).polynomial_part(0), (first * second).polynomial_part(1)
    for parity, part in enumerate(whole):
        assert part == {m: c for m, c in product.items() if m % 2 == parity and c}
    for parity in (0, 1):
        assert first.polynomial_part(parity) == {m: c for m, c in one.items() if m % 2 == parity}
    mixed = A1 + first  # kappa_1 has the odd part u/2
    assert mixed.polynomial_part(1) == {1: F(-5, 2), 3: F(5, 2)}
    assert mixed.polynomial_part(0) is None


def test_parities_of_compositions() -> None:
    even, odd = U**2, F(1, 2) * U + F(1, 2) * U**3
    for outer in (A1, A0, E, ks.laplace()):
        assert (outer @ even).polynomial_part(1) == {}
        assert (outer @ even).polynomial_part(0) is None
        assert (outer @ A1).polynomial_part(1) is None
    assert (A1 @ odd).polynomial_part(1) == {1: F(1, 4), 3: F(1, 4)}
    assert (A1 @ odd).polynomial_part(0) is None
    assert (A0 @ odd).polynomial_part(0) == {0: F(1, 2)}
    assert ks.mlp(3, slope=-1).polynomial_part(1) == {}
    for slope in (-1, 0.5):
        assert ks.mlp(3, slope=slope, bias_variance=1).polynomial_part(1) is None


def test_truncations_add_up_whatever_the_signs() -> None:
    one, two = ks.dual(np.tanh, terms=12), ks.dual(np.tanh, terms=20)
    a, b = one.truncation, two.truncation
    assert a > b > 1e-9
    assert (one - two).truncation == pytest.approx(a + b, rel=1e-15, abs=0)
    assert (3 * one - 2 * two).truncation == pytest.approx(3 * a + 2 * b, rel=1e-15, abs=0)
    # (k + a)(l + b) - kl: at u = 1 all errors of a series with terms >= 0 have one sign.
    size = one.majorant(F(1)), two.majorant(F(1))
    assert size[0] is not None and size[1] is not None
    missing = (one * two).truncation
    wanted = float(size[0]) * b + float(size[1]) * a + a * b
    assert wanted <= missing <= wanted * (1 + 1e-14)
    # A composition passes it on by a bound of the outer slope, 4 e^{4(u-1)} <= 4; there is none of kappa_0's.
    assert (ks.exponential(0.5) @ (F(1, 2) * one)).truncation == pytest.approx(2 * a, rel=1e-15, abs=0)
    assert (ks.arccos(0) @ (F(1, 2) * one)).truncation == math.inf
    assert (one @ E).truncation == a


def test_smoothness_and_readings_are_those_of_every_part() -> None:
    smooth, kinked = ks.dual("softplus"), ks.dual("elu")
    assert smooth.infinitely_smooth and (smooth + E).infinitely_smooth
    assert not (smooth + A1).infinitely_smooth and not (E + A1).infinitely_smooth
    assert kinked.real_floats and not smooth.real_floats and not kinked.real_only
    for kernel in (kinked + U, kinked * E, kinked @ U**2, E @ A1 - kinked):
        assert kernel.real_floats and not kernel.real_only
        bent = ks.dual("hardtanh") + kernel, ks.dual("hardtanh") * kernel, kernel + ks.dual("hardtanh") @ U**2
        assert all(each.real_only and each.real_floats for each in bent)
    biased = ks.mlp(3, bias_variance=1)
    assert not (biased + A1).homogeneous and not (A1 * biased).homogeneous
    assert (A1 + E).homogeneous and not biased.homogeneous


def test_values_at_one_of_compositions_that_end_elsewhere() -> None:
    half = F(1, 2) * A1
    for kernel in (E @ half, E @ half @ A1, E @ A1 @ half, A1 @ half @ E):
        assert kernel.rational_one is None
        assert kernel(1.0) < 1
    assert (E @ A1 @ E).rational_one == 1 and (E @ A1)(1.0) == 1
    with pytest.raises(ValueError, match="kappa"):
        ks.from_callable(lambda u: 3 + 0 * u, name="three").normalized()


def test_normalized_is_one_at_one() -> None:
    for kernel in (ks.ntk(4), 5 * A1 + E, ks.dual("exp"), 3 * A1 * ks.ntk(2)):
        assert kernel.normalized()(1.0) == pytest.approx(1.0, abs=2e-16)
        assert kernel.normalized()(0.3) == pytest.approx(kernel(0.3) / kernel(1.0), rel=1e-14, abs=0)


@pytest.mark.parametrize("digits", [10, 30, 100])
def test_taylor_coefficients_have_the_digits_that_are_asked_for(digits: int) -> None:
    for kernel in (A1, ks.rf(3), E @ A1, ks.ntk(3)):
        for c in kernel.taylor(12, digits):
            assert c.rad() <= abs(c.mid()) * 10.0**-digits or c == 0 or c.contains(0)
    assert not A1.taylor(3, 100)[2].contains(A1.taylor(3, 10)[2].mid() * (1 + 1e-9))


def test_rounded_networks_do_not_know_their_coefficients_better_than_their_parameters() -> None:
    """Floats stand for all numbers within 2^-50 of them; so a layer's coefficients must hold those of all of these."""
    depth, parameters = 9, [0.1 + 1e-9, 1 / 0.7, 0.3 + 1e-9]

    def layers_of(numbers: list[Any]) -> Any:
        return [layer.psi for layer in untyped(ks.mlp(depth, *numbers)).stack[1:]]

    exact = [F(repr(p)) for p in parameters]
    for signs in itertools.product((1, -1), repeat=3):
        near = [p * (1 + s * F(1, 2**50)) for p, s in zip(exact, signs, strict=True)]
        for layer, other in zip(layers_of(parameters), layers_of(near), strict=True):
            for name in ("linear", "constant"):
                known, moved = getattr(layer, name), getattr(other, name)
                assert isinstance(known, Rounded) and isinstance(moved, Fraction)
                bits = int(str(known).rstrip(")").split(", ")[1])
                assert abs(moved / decimal(known) - 1) <= F(1, 2**bits)


def test_degrees_of_polynomials() -> None:
    """What no `polynomial_part` writes down, and bounds where parities mix."""
    sine, series = ks.sine_power(70), ks.power_series(0, 1, 0.5)
    for kernel, degrees in (
        (sine, [140, -1]),
        (U * sine, [-1, 141]),
        (sine * sine + U**3, [280, 3]),
        (series @ (F(1, 4) * U + F(1, 4) * U**2), [4, 4]),
        (sine @ (F(1, 2) * U**3), [420, -1]),
        (U**3 * A1, [4, None]),
        (A1, [None, 1]),
        (A1 @ ks.polynomial(2), [None, -1]),
    ):
        assert [kernel.polynomial_degree(parity) for parity in (0, 1)] == degrees, kernel


def test_what_a_kernel_says_it_is_gives_its_values() -> None:
    u = np.linspace(-1, 1, 9)
    layer, bias = ks.relu_layer(F(1, 3)), ks.relu_layer(F(1, 4), F(1, 4))
    for kernel in (E, 3 * E, ks.dual("exp"), ks.laplace(2, gamma=1), A1, E * U):
        rate = kernel.exponential_rate
        assert (rate is None) == (kernel in (A1, E * U))
        if rate is not None:
            np.testing.assert_allclose(kernel(u), kernel(1.0) * np.exp(float(rate) * (u - 1)), rtol=1e-15)
    for kernel in (U, A1, layer, 2 * layer - A1, A1 + E, bias, ks.rf(3)):
        parts = kernel.rectifier
        assert (parts is None) == (kernel in (A1 + E, bias, ks.rf(3)))
        if parts is not None:
            np.testing.assert_allclose(kernel(u), float(parts[0]) * u + float(parts[1]) * A1(u), rtol=0, atol=1e-15)
    assert (U * A1).as_product == (U, A1) and (U * A1).as_sum == ((F(1), U * A1),)
    assert (2 * A1 - U).as_product == (2 * A1 - U,) and (2 * A1 - U).as_sum == ((F(-1), U), (F(2), A1))


def test_singularities_are_where_a_line_inside_puts_them() -> None:
    line = F(1, 2) * U + F(1, 4)
    assert (A1 @ line).singularities == (F(3, 2), F(-5, 2))
    assert (ks.laplace() @ line + ks.rational_quadratic()).singularities == (F(3, 2), F(2))
    assert (ks.matern(F(5, 2)) @ line).singularities == (F(3, 2),)
    assert (E @ E @ E).singularities == (E @ E + U).singularities == ()
    for kernel in (
        A1 @ (F(1, 2) * U**2),
        ks.matern(2) @ line,
        A1 @ E,
        A1 @ line + ks.ntk(3),
        E @ ks.rational_quadratic(),
    ):
        assert kernel.singularities is None
