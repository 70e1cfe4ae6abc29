"""Faults in what is proved of a spectrum: certified eigenvalues, remainders, bounds for any degree."""

from __future__ import annotations

from mutants.fault import Fault

CERTIFIED = "kernelspec/spectrum/certified.py"
EXPANSION = "kernelspec/spectrum/asymptotic.py"
ANALYTIC = "kernelspec/spectrum/analytic_bound.py"
CLOSED = "kernelspec/spectrum/closed.py"
POWERS = "kernelspec/powers.py"
PRODUCTS = "kernelspec/gamma_products.py"

_TIGHT = "tests/test_tight_bounds.py"
_CERTIFIED = (
    _TIGHT,
    "tests/test_certified.py::test_closed_forms_against_quadrature",
    "tests/test_certified.py::test_against_rigorous_integration",
    "tests/test_certified.py::test_named_kernels_against_mpmath",
    "tests/test_certified.py::test_balls_of_any_accuracy_overlap",
    "tests/test_certified.py::test_few_nodes_are_owned_up_to",
    "tests/test_certified.py::test_hundred_and_thousand_digits",
    "tests/test_certified.py::test_degrees_beyond_quadrature_meet_it",
    "tests/test_region.py",
)
_EXPANSION = (_TIGHT, "tests/test_asymptotic.py")
_ANALYTIC = (_TIGHT, "tests/test_exponential_spectrum.py")
_BALLS = (
    _TIGHT,
    "tests/test_certified.py::test_powers_against_claim_15",
    "tests/test_certified.py::test_the_power_on_its_cut_is_the_power",
    "tests/test_certified.py::test_closed_forms_against_quadrature",
    "tests/test_certified.py",
)


def _first(test: str, rest: tuple[str, ...]) -> tuple[str, ...]:
    """The test that is made for a fault, in place of its file, and the others."""
    file = "tests/test_tight_bounds.py"
    return (f"{file}::test_{test}", *(other for other in rest if other != file))


FAULTS = (
    # -- the quadrature and its error --------------------------------------------------------------------------------
    Fault(
        CERTIFIED,
        "Fraction(32, 15)",
        "Fraction(16, 15)",
        "32/15 halved",
        _first("the_error_of_two_nodes_is_nearly_the_bound", _CERTIFIED),
        checks=("C18",),
    ),
    Fault(
        CERTIFIED,
        "constant * (total + flint.arb(0, 1) * error)",
        "constant * total",
        "the whole error of the quadrature dropped",
        _first("the_error_of_two_nodes_is_nearly_the_bound", _CERTIFIED),
        checks=("C18",),
    ),
    Fault(
        CERTIFIED,
        "tail = tail / (1 - ball(rho) ** -2)",
        "tail = tail * (1 - ball(rho) ** -2)",
        "the sum over the Chebyshev coefficients taken the wrong way round",
        _first("the_error_sums_the_chebyshev_coefficients", _CERTIFIED),
    ),
    Fault(
        CERTIFIED,
        "ball(rho) ** (-2 * n)",
        "ball(rho) ** (-2 * n - 2)",
        "the rule taken to be exact for two degrees more",
        _first("the_error_sums_the_chebyshev_coefficients", _CERTIFIED),
        checks=("C18",),
    ),
    Fault(
        CERTIFIED,
        "largest.max(size * (k * height).exp())",
        "largest.max(size)",
        "the growth of P_k off the real axis dropped",
        _first("the_error_sums_the_chebyshev_coefficients", _CERTIFIED),
    ),
    Fault(
        CERTIFIED,
        "largest = largest.max(size * (k * height).exp())",
        "largest = size * (k * height).exp()",
        "the last piece of the ellipse taken for the largest",
        _first("the_error_sums_the_chebyshev_coefficients", _CERTIFIED),
    ),
    Fault(
        CERTIFIED,
        "sine = abs(theta.sin()).upper()",
        "sine = abs(theta.sin()).lower()",
        "the sine on the ellipse bounded from below",
        _first("the_size_on_a_piece_holds_at_all_its_points", _CERTIFIED),
    ),
    Fault(
        CERTIFIED,
        "* sine ** (d - 2) * m * abs(piece.z).upper() ** (m - 1)",
        "* sine ** (d - 2)",
        "the Jacobian of theta = (pi/2) z^m left out of the bound",
        _first("the_size_on_a_piece_holds_at_all_its_points", _CERTIFIED),
    ),
    Fault(
        CERTIFIED,
        "return local, [right, left]",
        "return local, [right]",
        "only one half of the sphere bounded on the ellipse",
        _CERTIFIED,
    ),
    Fault(
        CERTIFIED,
        "flint.acb(0, tau * flint.arb.pi()).exp()",
        "flint.acb(0, tau * flint.arb.pi() / 2).exp()",
        "half of the ellipse covered",
        _CERTIFIED,
    ),
    Fault(
        CERTIFIED,
        "RegionPoint.of_angle(flint.arb.pi() / 2 * power, by_left, z, 2 * m, centre)",
        "RegionPoint.of_angle(flint.arb.pi() / 2 * power, by_left, z, 2, centre)",
        "the order of 1 - u in the root left at 2",
        _CERTIFIED,
    ),
    Fault(
        CERTIFIED,
        "if count == n and known >= prec:",
        "if count == n:",
        "nodes read with fewer bits served for more",
        _first("nodes_are_read_again_for_more_digits", _CERTIFIED),
    ),
    Fault(
        CERTIFIED,
        "wanted = digits * math.log2(10) + 4",
        "wanted = digits * 3.0",
        "fewer bits than the digits asked for",
        _CERTIFIED,
    ),
    Fault(
        CERTIFIED,
        "value += flint.arb(0, 1) * remainder(kernel, d, terms).bound(k)",
        "remainder(kernel, d, terms).bound(k)",
        "the expansion handed out without its remainder",
        _first("beyond_quadrature_the_ball_holds_the_terms_left_out", _CERTIFIED),
    ),
    Fault(
        CERTIFIED,
        "previous, current = one, cosine",
        "previous, current = cosine, one",
        "the recurrence of P_k started the wrong way round",
        _CERTIFIED,
    ),
    Fault(
        CERTIFIED,
        "(right - left if parity else right + left)",
        "(right + left)",
        "odd degrees read as even ones",
        _CERTIFIED,
    ),
    # -- closed forms in balls --------------------------------------------------------------------------------------
    Fault(
        CLOSED,
        "if m >= k and (m - k) % 2 == 0:",
        "if m > k and (m - k) % 2 == 0:",
        "mu_k = 0 claimed two degrees early",
        _first("integer_powers_are_polynomials_up_to_their_own_degree", _BALLS),
    ),
    Fault(
        PRODUCTS,
        "if p > 0:",
        "if p >= 0:",
        "the pole of Gamma at 0 overlooked",
        _first("integer_powers_are_polynomials_up_to_their_own_degree", _BALLS),
    ),
    Fault(
        POWERS,
        "below=(-nu, K + nu + d - 1)",
        "below=(1 - nu, K + nu + d - 1)",
        "Gamma(-nu) shifted",
        _first("powers_of_neighbouring_degrees", _BALLS),
    ),
    Fault(
        POWERS,
        "above=(-nu, 1 + nu)",
        "above=(-nu, 2 + nu)",
        "Gamma(1 + nu) shifted in E_k",
        _BALLS,
    ),
    Fault(
        CLOSED,
        "return mu(1)",
        "return mu(0)",
        "mu_0 of u kappa taken from mu_0",
        (*_BALLS, "tests/test_spectrum.py"),
    ),
    Fault(
        PRODUCTS,
        "value *= ((-1) ** n / arb(fmpq(q - p, q)).gamma()) ** count",
        "value *= (1 / arb(fmpq(q - p, q)).gamma()) ** count",
        "the sign of a residue dropped",
        _first("integer_powers_are_polynomials_up_to_their_own_degree", _BALLS),
    ),
    Fault(
        POWERS,
        "below=(-nu, K * HALF + nu + d * HALF, (K + d - 1) * HALF)",
        "below=(-nu, K * HALF + nu + d * HALF, (K + d) * HALF)",
        "a Gamma function of claim 16 shifted",
        _first("powers_of_neighbouring_degrees", _BALLS),
    ),
    # -- the remainder of the expansion -------------------------------------------------------------------------------
    Fault(
        EXPANSION,
        "total += disc.bound * radius ** (-length) * root ** (length - first) / (1 - ratio)",
        "total += 0 * ratio",
        "the Cauchy tail dropped from R",
        _first("the_cauchy_tail_is_summed_in_full", _EXPANSION),
        checks=("C18",),
    ),
    Fault(
        EXPANSION,
        "root ** (length - first) / (1 - ratio)",
        "root ** (length - first)",
        "only the first power of the Cauchy tail in R",
        _first("the_cauchy_tail_is_summed_in_full", _EXPANSION),
    ),
    Fault(
        EXPANSION,
        "total.upper(), height",
        "(total * 0.99).upper(), height",
        "R reduced by 1 percent",
        _first("the_remainder_of_one_more_power_is_that_power", _EXPANSION),
        checks=("C18",),
    ),
    Fault(
        EXPANSION,
        "            for at in (1, -1):\n                disc = self.disc(at)",
        "            for at in (1,):\n                disc = self.disc(at)",
        "the end u = -1 left out of R",
        _first("the_remainder_of_one_more_power_is_that_power", _EXPANSION),
        checks=("C18",),
    ),
    Fault(
        EXPANSION,
        "_largest([right.bound, left.bound, *(p.bound for p in found)])",
        "_largest(p.bound for p in found)",
        "D without the discs",
        _first("no_value_in_the_rectangle_is_beyond_its_bound", _EXPANSION),
        checks=("C18",),
    ),
    Fault(
        EXPANSION,
        "_largest([right.bound, left.bound, *(p.bound for p in found)])",
        "right.bound.max(left.bound)",
        "D without the rectangle",
        _first("no_value_in_the_rectangle_is_beyond_its_bound", _EXPANSION),
    ),
    Fault(
        EXPANSION,
        "edge = float(1 + y - _MARGIN * radius)",
        "edge = float(1 + y / 2 - _MARGIN * radius)",
        "a gap between discs and rectangle",
        _first("discs_and_rectangle_meet", _EXPANSION),
        checks=("C18",),
    ),
    Fault(
        EXPANSION,
        "            y, height, largest = self.rectangle",
        "            y, height, largest = self.rectangle\n            height = 2 * height",
        "the rectangle taken to be twice as high",
        _first("the_bound_is_both_of_its_parts", _EXPANSION),
    ),
    Fault(
        EXPANSION,
        "return (jump + self._beyond(k)).upper()",
        "return (jump + self._beyond(k)).upper() / (100 if k >= 100 else 1)",
        "bounds on every k >= 100 divided by 100",
        _first("the_remainder_of_one_more_power_is_that_power", _EXPANSION),
        checks=("C18",),
    ),
    Fault(
        EXPANSION,
        "return (jump + self._beyond(k)).upper()",
        "return jump.upper()",
        "S_k left out of the bound",
        _first("the_bound_is_both_of_its_parts", _EXPANSION),
    ),
    Fault(
        EXPANSION,
        "return total + 2 * self.largest * h.cosh() * weight * turned * (-(k + 1) * h).exp()",
        "return total + self.largest * h.cosh() * weight * turned * (-(k + 1) * h).exp()",
        "half of the bottom in S_k",
        _first("what_is_beyond_the_rectangle", _EXPANSION),
        checks=("C18",),
    ),
    Fault(
        EXPANSION,
        "return total + self.largest * (-k * h).exp()",
        "return total",
        "the bottom left out of S_k on the circle",
        _first("what_is_beyond_the_rectangle", _EXPANSION),
        checks=("C18",),
    ),
    Fault(
        EXPANSION,
        "total += size * (-(k - ball(nu)) * h).exp() / (k - ball(nu)) / pi",
        "total += size * (-(k + ball(nu)) * h).exp() / (k - ball(nu)) / pi",
        "the powers beyond X falling too fast",
        _first("what_is_beyond_the_rectangle", _EXPANSION),
        checks=("C18",),
    ),
    Fault(
        EXPANSION,
        "size = (abs(a) + abs(b)) * abs((ball(nu) * pi).sin())",
        "size = abs(a + b) * abs((ball(nu) * pi).sin())",
        "the ends cancelling in S_k",
        _first("what_is_beyond_the_rectangle", _EXPANSION),
    ),
    Fault(
        EXPANSION,
        "turned = (1 + (-2 * h).exp()) ** (lam - 1)",
        "turned = ball(1)",
        "the weight on the bottom taken for that on the legs",
        _first("the_bottom_of_a_low_rectangle_in_many_dimensions", _EXPANSION),
    ),
    Fault(
        EXPANSION,
        "real = turned = (1 - (-2 * h).exp()) ** (lam - 1)",
        "pass",
        "the weight of three dimensions taken for that of four",
        _first("what_is_beyond_the_rectangle", _EXPANSION),
        harmless="in three dimensions |sinh| has the factor to spare: S_k without it still bounds",
    ),
    Fault(
        EXPANSION,
        "(lam + 1).gamma() * ball(k + 1).gamma() * (lam + k + 1).rgamma()",
        "(lam + 1).gamma() * ball(k + 1).gamma() * (lam + k + 2).rgamma()",
        "beta_k of one degree more",
        _first("what_is_beyond_the_rectangle", _EXPANSION),
    ),
    Fault(
        EXPANSION,
        "return found[:count], min(found[count], found[count - 1] + _GAP)",
        "return found[:count], found[count - 1] + _GAP",
        "nu* beyond the next exponent",
        _first("the_remainder_of_one_more_power_is_that_power", _EXPANSION),
    ),
    Fault(
        EXPANSION,
        "if j % q and not (plus[j] == 0 and minus[j] == 0)",
        "if j % q and not (plus[j] == 0 or minus[j] == 0)",
        "exponents of one end alone passed over",
        _first("the_remainder_of_one_more_power_is_that_power", _EXPANSION),
    ),
    Fault(
        EXPANSION,
        "start = math.floor(order) + 1",
        "start = math.floor(order)",
        "the bound claimed one degree early",
        _first("the_bound_is_both_of_its_parts", _EXPANSION),
    ),
    Fault(
        EXPANSION,
        "return -sine * (a + b if k % 2 == 0 else a - b)",
        "return -sine * (a + b)",
        "odd degrees summed as even ones",
        _first("the_remainder_of_one_more_power_is_that_power", _EXPANSION),
    ),
    Fault(
        EXPANSION,
        "largest = largest.max(bound)",
        "largest = bound",
        "the last of the bounds taken for the largest",
        _first("no_value_on_a_circle_is_beyond_its_bound", _EXPANSION),
    ),
    Fault(
        EXPANSION,
        "return flint.acb(flint.arb.pi() * tau, -ball(height))",
        "return flint.acb(flint.arb.pi() / 2 * tau, -ball(height))",
        "half of the strip's edge covered",
        _first("the_strip_bounds_the_kernel_on_its_edge", _EXPANSION),
    ),
    Fault(
        EXPANSION,
        "position = 3 * tau",
        "position = 2 * tau",
        "the third side of the rectangle left out",
        _first("the_rectangle_is_covered_on_three_sides", _EXPANSION),
    ),
    Fault(
        EXPANSION,
        "signed = np.where(k % 2 == 0, even, odd)",
        "signed = even",
        "the parity forgotten in floats",
        _EXPANSION,
    ),
    Fault(
        EXPANSION,
        "    if k <= nu:",
        "    if k < nu - 1:",
        "a degree below the last exponent let through",
        _EXPANSION,
    ),
    # -- kernels that are analytic in a disc --------------------------------------------------------------------------
    Fault(
        ANALYTIC,
        "logs = log_size + k * growth - np.log(c) +",
        "logs = log_size + k * growth +",
        "the root in the sum over coefficients dropped",
        _first("the_bound_of_all_coefficients_at_once", _ANALYTIC),
    ),
    Fault(
        ANALYTIC,
        "growth = np.log(2 * float(r) ** 2) + np.log1p(-c) - np.log(float(r))",
        "growth = -np.log(float(r))",
        "the growth G^k of the sum over coefficients dropped",
        _first("the_bound_of_all_coefficients_at_once", _ANALYTIC),
    ),
    Fault(
        ANALYTIC,
        "max(float(piece.bound.log()) for piece in pieces)",
        "float(pieces[-1].bound.log())",
        "the last piece of the circle taken for the largest",
        _first("the_largest_value_on_a_circle_is_found", _ANALYTIC),
    ),
    Fault(
        ANALYTIC,
        "logs + 1e-9 * (1 + np.abs(logs))",
        "logs - 1e-2",
        "the bound of any degree 1 percent too small",
        _first("the_bound_of_all_coefficients_at_once", _ANALYTIC),
    ),
    Fault(
        ANALYTIC,
        "angle = arithmetic.pi * tau",
        "angle = arithmetic.pi / 2 * tau",
        "half of the circle's upper half covered",
        _first("the_largest_value_on_a_circle_is_found", _ANALYTIC),
    ),
)
