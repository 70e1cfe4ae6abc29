"""Faults in what is proved of a spectrum: certified eigenvalues, closed forms in balls, bounds for any degree."""

from __future__ import annotations

import functools

from mutants.fault import Fault, led_by

ANGULAR_QUADRATURE = "kernelspec/spectrum/angular_quadrature.py"
BOUNDARIES = "kernelspec/spectrum/boundaries.py"
CERTIFIED = "kernelspec/spectrum/certified.py"
TAYLOR_SUMS = "kernelspec/spectrum/taylor_sums.py"
ANALYTIC = "kernelspec/spectrum/analytic_bound.py"
CLOSED = "kernelspec/spectrum/closed.py"
POWERS = "kernelspec/sphere/power_eigenvalues.py"
PRODUCTS = "kernelspec/sphere/gamma_products.py"

_TIGHT = "tests/spectrum/test_tight_bounds.py"
_CERTIFIED = (
    _TIGHT,
    "tests/spectrum/test_certified.py::test_closed_forms_against_quadrature",
    "tests/spectrum/test_certified.py::test_against_rigorous_integration",
    "tests/spectrum/test_certified.py::test_named_kernels_against_mpmath",
    "tests/spectrum/test_certified.py::test_balls_of_any_accuracy_overlap",
    "tests/spectrum/test_certified.py::test_few_nodes_are_owned_up_to",
    "tests/spectrum/test_certified.py::test_hundred_and_thousand_digits",
    "tests/spectrum/test_certified.py::test_degrees_beyond_quadrature_meet_it",
    "tests/spectrum/test_analyticity.py",
)
_ANALYTIC = (_TIGHT, "tests/spectrum/test_exponential_spectrum.py")
_BALLS = (
    _TIGHT,
    "tests/spectrum/test_certified.py::test_powers_against_claim_15",
    "tests/spectrum/test_certified.py::test_the_power_on_its_cut_is_the_power",
    "tests/spectrum/test_certified.py::test_closed_forms_against_quadrature",
    "tests/spectrum/test_certified.py",
)
_BOUNDS = "tests/paper_checks/test_proof_bounds.py"
_first = functools.partial(led_by, "tests/spectrum/test_tight_bounds.py")

FAULTS = (
    # -- Large degrees before quadrature -------------------------------------------------------------------------------
    Fault(
        CERTIFIED,
        "break  # for smaller degrees it has fewer digits",
        "raise  # for smaller degrees it has fewer digits",
        "no quadrature where the expansion has not got the digits",
        ("tests/spectrum/test_certified.py::test_quadrature_serves_where_the_expansion_has_not_got_the_digits",),
    ),
    Fault(
        CERTIFIED,
        "< _MANY_BITS:\n            break",
        "< _MANY_BITS or k:\n            break",
        "no expansion before quadrature",
        ("tests/spectrum/test_certified.py::test_large_degrees_do_not_wait_for_quadrature",),
    ),
    # -- Taylor sums in high dimension ---------------------------------------------------------------------------------
    Fault(
        TAYLOR_SUMS,
        "total = flint.arb(0, 1) * rest",
        "total = flint.arb(0)",
        "the tail of the Taylor sum dropped",
        ("tests/spectrum/test_taylor_sums.py",),
    ),
    Fault(
        TAYLOR_SUMS,
        "(2 * (j + 1) * (2 * k + 2 * j + d)) + b",
        "(2 * (j + 1) * (2 * k + 2 * j + d - 2)) + b",
        "the ratio of two powers' eigenvalues in dimension d - 2",
        ("tests/spectrum/test_taylor_sums.py",),
    ),
    Fault(
        TAYLOR_SUMS,
        "return max(0, -((2 * d - 2 + k - k * k) // (2 * d - 2)))",
        "return max(0, -((2 * d - 2 + k - k * k) // (2 * d - 2)) - 1)",
        "the place from which powers' eigenvalues fall, one too early",
        ("tests/spectrum/test_taylor_sums.py",),
    ),
    Fault(
        TAYLOR_SUMS,
        "rest.append(rest[-1] - c.abs_lower())",
        "rest.append(rest[-1] - c)",
        "the sum of coefficients in place of that of their sizes",
        ("tests/spectrum/test_taylor_sums.py",),
    ),
    Fault(
        TAYLOR_SUMS,
        "rest[k + 2 * count]",
        "rest[k + 2 * count + 2]",
        "the bound of the coefficients behind the next one",
        ("tests/spectrum/test_taylor_sums.py",),
    ),
    # -- the quadrature and its error ----------------------------------------------------------------------------------
    Fault(
        ANGULAR_QUADRATURE,
        "Fraction(32, 15)",
        "Fraction(16, 15)",
        "32/15 halved",
        _first("the_error_of_two_nodes_is_nearly_the_bound", _CERTIFIED),
        checks=("C18",),
    ),
    Fault(
        ANGULAR_QUADRATURE,
        "constant * (total + flint.arb(0, 1) * error)",
        "constant * total",
        "the whole error of the quadrature dropped",
        _first("the_error_of_two_nodes_is_nearly_the_bound", _CERTIFIED),
        checks=("C18",),
    ),
    Fault(
        ANGULAR_QUADRATURE,
        "tail = tail / (1 - ball(rho) ** -2)",
        "tail = tail * (1 - ball(rho) ** -2)",
        "the sum over the Chebyshev coefficients taken the wrong way round",
        _first("the_error_sums_the_chebyshev_coefficients", _CERTIFIED),
    ),
    Fault(
        ANGULAR_QUADRATURE,
        "ball(rho) ** (-2 * n)",
        "ball(rho) ** (-2 * n - 2)",
        "the rule taken to be exact for two degrees more",
        _first("the_error_sums_the_chebyshev_coefficients", _CERTIFIED),
        checks=("C18",),
    ),
    Fault(
        ANGULAR_QUADRATURE,
        "largest.max(size * (k * height).exp())",
        "largest.max(size)",
        "the growth of P_k off the real axis dropped",
        _first("the_error_sums_the_chebyshev_coefficients", _CERTIFIED),
    ),
    Fault(
        ANGULAR_QUADRATURE,
        "largest = largest.max(size * (k * height).exp())",
        "largest = size * (k * height).exp()",
        "the last piece of the ellipse taken for the largest",
        _first("the_error_sums_the_chebyshev_coefficients", _CERTIFIED),
    ),
    Fault(
        ANGULAR_QUADRATURE,
        "sine = abs(theta.sin()).upper()",
        "sine = abs(theta.sin()).lower()",
        "the sine on the ellipse bounded from below",
        _first("the_size_on_a_piece_holds_at_all_its_points", _CERTIFIED),
    ),
    Fault(
        ANGULAR_QUADRATURE,
        "* sine ** (d - 2) * m * abs(piece.z).upper() ** (m - 1)",
        "* sine ** (d - 2)",
        "the Jacobian of theta = (pi/2) z^m left out of the bound",
        _first("the_size_on_a_piece_holds_at_all_its_points", _CERTIFIED),
    ),
    Fault(
        BOUNDARIES,
        "return Curve(local, slope), [functools.partial(end, by_left=False), functools.partial(end, by_left=True)]",
        "return Curve(local, slope), [functools.partial(end, by_left=False)]",
        "only one half of the sphere bounded on the ellipse",
        _CERTIFIED,
    ),
    Fault(
        BOUNDARIES,
        "flint.acb(0, tau * flint.arb.pi()).exp() * ball(rho)",
        "flint.acb(0, tau * flint.arb.pi() / 2).exp() * ball(rho)",
        "half of the ellipse covered",
        _CERTIFIED,
    ),
    Fault(
        BOUNDARIES,
        "flint.arb.pi() / 2 * power, flint.arb.pi() / 2 * m * z ** (m - 1), by_left, z, 2 * m, centre",
        "flint.arb.pi() / 2 * power, flint.arb.pi() / 2 * m * z ** (m - 1), by_left, z, 2, centre",
        "the order of 1 - u in the root left at 2",
        _CERTIFIED,
    ),
    Fault(
        ANGULAR_QUADRATURE,
        "if count == n and known >= prec:",
        "if count == n:",
        "nodes read with fewer bits served for more",
        _first("nodes_are_read_again_for_more_digits", _CERTIFIED),
    ),
    Fault(
        TAYLOR_SUMS,
        "return digits * math.log2(10) + 4",
        "return digits * 3.0",
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
        ANGULAR_QUADRATURE,
        "previous, current = zero, cosine if parity else one",
        "previous, current = zero, one",
        "the recurrence of odd P_k started at 1",
        _CERTIFIED,
    ),
    Fault(
        ANGULAR_QUADRATURE,
        "            return Fraction(k, d)\n",
        "            return Fraction(k, d + 1)\n",
        "the first step of the recurrence of P_k in another dimension",
        _CERTIFIED,
    ),
    Fault(
        ANGULAR_QUADRATURE,
        "ball(g(k) * g(k - 1) if k else 0)",
        "ball(g(k) * g(k - 1) if k > 3 else 0)",
        "a term of the recurrence of P_k dropped at low degrees",
        _CERTIFIED,
    ),
    Fault(
        ANGULAR_QUADRATURE,
        "(right - left if parity else right + left)",
        "(right + left)",
        "odd degrees read as even ones",
        _CERTIFIED,
    ),
    # -- closed forms in balls -----------------------------------------------------------------------------------------
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
    Fault(POWERS, "above=(-nu, 1 + nu)", "above=(-nu, 2 + nu)", "Gamma(1 + nu) shifted in E_k", _BALLS),
    Fault(
        CLOSED,
        "return mu(1)",
        "return mu(0)",
        "mu_0 of u kappa taken from mu_0",
        (*_BALLS, "tests/spectrum/test_spectrum.py"),
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
    # -- kernels that are analytic in a disc ---------------------------------------------------------------------------
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
        BOUNDARIES,
        "RegionPoint(REGION, z, ",
        "RegionPoint(type(REGION).__base__(), z, ",
        "roots and powers of a kernel not tested in a disc",
        _first("no_disc_holds_a_singularity_of_a_kernel_of_a_users_own", _ANALYTIC),
    ),
    Fault(
        BOUNDARIES,
        "angle = flint.arb.pi() * tau",
        "angle = flint.arb.pi() / 2 * tau",
        "half of the circle's upper half covered",
        _first("the_largest_value_on_a_circle_is_found", _ANALYTIC),
    ),
    # -- the library's bounds that checks rest on ----------------------------------------------------------------------
    Fault(
        "kernelspec/ckn/stability/continuum.py",
        "    count = math.sqrt(len(maps) + 1) if tangent else 1.0",
        "    count = 1.0",
        "sqrt(n+1) dropped from the theorem for tangent kernels",
        (_BOUNDS,),
        ("C48",),
    ),
    Fault(
        "kernelspec/ckn/stability/constants.py",
        "        still = (-h.d * (-e).log1p()).expm1() * (1 + _arb(h.moment) / h.d)",
        "        still = (-h.d * (-e).log1p()).expm1()",
        "half of the commutator's bound dropped",
        (_BOUNDS, "tests/ckn/test_ckn_stability.py"),
        ("C44",),
    ),
    Fault(
        ANGULAR_QUADRATURE,
        "[constant * (total + flint.arb(0, 1) * error)",
        "[constant * (total + flint.arb(0, 0) * error)",
        "the whole quadrature error dropped",
        (_BOUNDS,),
        ("C18", "C28"),
    ),
    Fault(
        "kernelspec/spectrum/analyticity.py",
        "                out.append(Piece(start, stop, z, bound.upper()))",
        "                out.append(Piece(start, stop, z, bound.mid() / 2))",
        "the bound on a piece taken as half of its middle",
        (_BOUNDS,),
        ("C28",),
    ),
)
