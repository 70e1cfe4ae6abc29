"""Faults in the routes of a spectrum in floats: closed forms, series, integrals, what they state of their errors."""

from __future__ import annotations

from mutants.fault import Fault

CLOSED = "kernelspec/spectrum/closed.py"
DUALS = "kernelspec/duals.py"
FAMILIES = "kernelspec/families.py"
PRODUCTS = "kernelspec/gamma_products.py"
BESSEL = "kernelspec/spectrum/bessel.py"
TAYLOR = "kernelspec/spectrum/taylor.py"
VALUES = "kernelspec/spectrum/values.py"
CONTOUR = "kernelspec/spectrum/contour.py"
ROUTE = "kernelspec/spectrum/contour_route.py"
LEGS = "kernelspec/spectrum/legs.py"
JUMPS = "kernelspec/spectrum/ball_jumps.py"
CUT = "kernelspec/spectrum/cut_point.py"
REPAIR = "kernelspec/spectrum/repair.py"
RADIAL = "kernelspec/spectrum/radial.py"
RATIONAL = "kernelspec/spectrum/rational_quadratic.py"
QUADRATURE = "kernelspec/spectrum/quadrature.py"

_VALUES = (
    "tests/test_routes.py::test_what_cancels_is_in_the_error",
    "tests/test_routes.py::test_the_rounding_of_a_sum_is_in_its_error",
    "tests/test_routes.py::test_exact_zeros_are_zeros_in_every_column",
    "tests/test_routes.py::test_six_digits_are_what_a_value_has",
    "tests/test_digits.py::test_what_no_route_knows_is_nan_with_a_warning",
    "tests/test_gathered_powers.py::test_a_sum_that_rounds_to_zero_has_no_digits",
)
_CLOSED = (
    "tests/test_gathered_powers.py::test_mirrored_terms_meet",
    "tests/test_gathered_powers.py::test_exponents_next_to_an_integer",
    "tests/test_routes.py::test_a_power_at_the_edge_of_integrability_is_refused",
    "tests/test_routes.py::test_polynomials_that_cancel_are_added_exactly",
    "tests/test_routes.py::test_errors_of_powers_are_no_smaller_than_what_is_off",
    "tests/test_routes.py::test_closed_forms_of_products_against_balls",
    "tests/test_gathered_powers.py::test_the_eigenvalues_of_the_issue",
)
_EXACT = (
    "tests/test_routes.py::test_exact_duals_against_their_floats",
    "tests/test_routes.py::test_closed_forms_of_products_against_balls",
    "tests/test_spectrum.py::test_claims_21_and_22_printed_values",
    "tests/test_spectrum.py::test_closed_forms_in_sympy_and_float64_agree",
    "tests/test_spectrum.py::test_claim_2_multiplication_by_u",
)
_BESSEL = ("tests/test_exponential_spectrum.py",)
_TAYLOR = (
    "tests/test_routes.py::test_the_taylor_series_is_right_to_its_stated_error",
    "tests/test_routes.py::test_the_rest_of_a_series_on_the_edge_of_convergence",
    "tests/test_routes.py::test_small_coefficients_are_not_taken_for_zero",
    "tests/test_routes.py::test_a_degree_beyond_the_series_has_a_bound_and_no_value",
    "tests/test_digits.py::test_the_taylor_series_as_a_route",
)
_CONTOUR = (
    "tests/test_routes.py::test_a_bottom_that_its_nodes_do_not_resolve_is_not_known",
    "tests/test_routes.py::test_parities_of_the_legs_and_of_their_balls_agree",
    "tests/test_routes.py::test_a_second_contour_that_differs_is_in_the_error",
    "tests/test_routes.py::test_the_branch_cut_is_right_to_its_stated_error",
    "tests/test_spectrum.py::test_the_weight_on_the_bottom",
    "tests/test_spectrum.py::test_known_values",
    "tests/test_spectrum.py::test_interpolated_arrays_equal_single_values",
    "tests/test_spectrum.py::test_the_error_of_an_interpolant_is_seen",
    "tests/test_digits.py::test_branch_points_on_the_legs_are_resolved",
    "tests/test_digits.py::test_dimensions_of_images",
)
_DIGITS = (
    "tests/test_routes.py::test_parities_of_the_legs_and_of_their_balls_agree",
    "tests/test_digits.py::test_jumps_in_balls_and_in_floats_agree",
    "tests/test_digits.py::test_the_expansion_as_a_route",
    "tests/test_digits.py::test_ends_that_cancel",
    "tests/test_digits.py::test_what_no_route_knows_is_nan_with_a_warning",
    "tests/test_routes.py::test_the_expansion_as_a_route_is_right_to_its_stated_error",
    "tests/test_gathered_powers.py::test_no_spurious_singularity",
    "tests/test_gathered_powers.py::test_powers_next_to_the_cut",
    "tests/test_gathered_powers.py::test_the_eigenvalues_of_the_issue",
)
_RADIAL = (
    "tests/test_piecewise.py::test_eigenvalues_are_integrals_over_the_sphere",
    "tests/test_routes.py::test_piecewise_duals_by_jumps_and_by_the_expansion",
    "tests/test_piecewise.py::test_errors_cover_another_rule",
    "tests/test_piecewise.py::test_high_degrees_by_the_expansion",
    "tests/test_piecewise.py::test_what_is_not_known_is_refused_with_the_reason",
)
_RATIONAL = (
    "tests/test_stationary.py::test_rational_quadratic_eigenvalues",
    "tests/test_stationary.py::test_rational_quadratic_eigenvalues_by_quadrature_and_taylor",
)
_CALLABLES = ("tests/test_callables.py",)

FAULTS = (
    # -- closed forms ------------------------------------------------------------------------------------------------
    Fault(
        CLOSED,
        "c, k = (-c if parity else c), compose_layers(k.layers[:-1])",
        "c, k = c, compose_layers(k.layers[:-1])",
        "the mirror image of an odd degree without its sign",
        _CLOSED,
    ),
    Fault(
        PRODUCTS,
        "float(exact - Fraction(high))",
        "0.0",
        "an exponent next to an integer taken for it",
        _CLOSED,
    ),
    Fault(
        PRODUCTS,
        "- ((np.floor(high) == high) & (low > 0))",
        "- 0.0",
        "an argument just above an integer folded past it",
        ("tests/test_gamma_products.py",),
    ),
    Fault(
        FAMILIES,
        "if 2 * power <= 1 - d:",
        "if 2 * power < 1 - d:",
        "a power that is just not integrable let through",
        _CLOSED,
    ),
    Fault(
        CLOSED,
        "~(found.error <= _CANCELS)",
        "~(found.error <= 1)",
        "polynomials that cancel not added exactly",
        _CLOSED,
    ),
    Fault(
        FAMILIES,
        "below=(below, below, 1, 1, 2 * n + 1)",
        "below=(below, below, 1, 1, 2 * n + 2)",
        "(2n+1)! in place of (2n)!",
        _EXACT,
    ),
    Fault(
        FAMILIES,
        "d * HALF + n, d * HALF",
        "d * HALF + n - 1, d * HALF",
        "one factor of (d/2)_n dropped",
        _EXACT,
    ),
    Fault(
        CLOSED,
        "if self.d == 2:",
        "if self.d == 1:",
        "u kappa on the circle by the rule of other spheres",
        _EXACT,
    ),
    Fault(
        DUALS,
        '(("sin", 0), ("cos", 1))',
        '(("sin", 1), ("cos", 0))',
        "the parities of sine and cosine exchanged",
        ("tests/test_certified.py::test_closed_forms_against_quadrature",),
    ),
    Fault(
        PRODUCTS,
        "error = np.where(zero, 0.0, _ERROR + _PAIR * size)",
        "error = np.where(zero, 0.0, _PAIR * size)",
        "the rounding of a value left out of its error",
        _CLOSED,
    ),
    Fault(
        CLOSED,
        "combine([(math.pi**-self.power, ",
        "combine([(math.pi**-1, ",
        "only one factor 1/pi taken out",
        _EXACT,
    ),
    Fault(
        CLOSED,
        "factors[i] = SinePower(k.power + copies)",
        "factors[i] = SinePower(k.power + 1)",
        "one factor 1 - u^2 raised and the others dropped",
        _CLOSED,
    ),
    Fault(
        CLOSED,
        "return (k * mu(k - 1) + (k + self.d - 2) * mu(k + 1)) / (2 * k + self.d - 2)",
        "return (k * mu(k - 1) + (k + self.d - 1) * mu(k + 1)) / (2 * k + self.d - 2)",
        "exact eigenvalues of u kappa by wrong weights",
        _EXACT,
    ),
    Fault(
        DUALS,
        'Fraction(1 if self.name == "exp" else -1)',
        "Fraction(1)",
        "the dual of sine scaled like that of e^x",
        (*_EXACT, *_BESSEL),
    ),
    # -- exponentials ------------------------------------------------------------------------------------------------
    Fault(
        BESSEL,
        "return np.asarray(high), np.asarray(float(alpha - Fraction(high)))",
        "return np.asarray(high), np.asarray(0.0)",
        "alpha rounded to one float",
        _BESSEL,
    ),
    Fault(
        BESSEL,
        "new[i + 3] -= c * i / 2 + 5 * c / (8 * (i + 3))",
        "new[i + 3] -= c * i / 2 + 5 * c / (8 * (i + 2))",
        "the polynomials of Debye's expansion",
        _BESSEL,
    ),
    Fault(
        BESSEL,
        "factor = pair_product(pair_sum(top - i), inverse)",
        "factor = pair_product(pair_sum(top - i - 1), inverse)",
        "the recurrence of I_m one order off",
        _BESSEL,
    ),
    Fault(
        BESSEL,
        "while term > 1e-19 and base.size:",
        "while term > 1e-9 and base.size:",
        "the power series cut off early",
        _BESSEL,
    ),
    Fault(
        BESSEL,
        "exponent = pair_sum(-order * (order / alpha[0]) / 2)",
        "exponent = pair_sum(0 * order)",
        "m^2/(2 alpha) dropped for huge alpha",
        _BESSEL,
        harmless="degrees end at 2^53: for alpha > 1e60 the exponent m^2/(2 alpha) is below 1e-27",
    ),
    Fault(
        BESSEL,
        "steep = np.flatnonzero(square[0] > base)",
        "steep = np.flatnonzero(square[0] < 0)",
        "series that grow at first summed in single floats",
        _BESSEL,
    ),
    # -- Taylor series -----------------------------------------------------------------------------------------------
    Fault(
        TAYLOR,
        "if tail <= 1e-18 * size:",
        "if tail <= 1e-8 * size:",
        "the series cut off early, and not said",
        _TAYLOR,
    ),
    Fault(
        TAYLOR,
        "return math.log(j / (s - 1)) + first",
        "return -math.log(j) + first",
        "the rest of a series on the edge of convergence too small",
        _TAYLOR,
    ),
    Fault(
        TAYLOR,
        "np.max(np.abs(logs[parts != 0])))) * size / abs(total)",
        "np.max(np.abs(logs[parts != 0]))))",
        "what cancels left out of the error",
        _TAYLOR,
    ),
    Fault(
        TAYLOR,
        "found.log_abs[~low], found.error[~low] = log_bound(self.kernel, d, k[~low]), 1.0",
        "found.log_abs[~low], found.error[~low] = log_bound(self.kernel, d, k[~low]), 0.0",
        "a bound handed out as a value",
        _TAYLOR,
    ),
    Fault(
        TAYLOR,
        "abs(ball) < 10.0 ** (-min(digits, 300)) and digits >= 240",
        "abs(ball) < 10.0 ** (-min(digits, 300)) and digits >= 30",
        "small coefficients taken for 0",
        _TAYLOR,
    ),
    # -- values --------------------------------------------------------------------------------------------------------
    Fault(
        VALUES,
        "error = np.where(doubt == 0, 0.0, doubt / np.abs(total))",
        "error = np.where(doubt == 0, 0.0, doubt / size.sum(axis=0))",
        "the error of a sum without what cancels",
        _VALUES,
    ),
    Fault(
        VALUES,
        "spread = np.array([v.error for _, v in parts]) + rounding",
        "spread = np.array([v.error for _, v in parts])",
        "the rounding of a sum left out of its error",
        _VALUES,
    ),
    Fault(
        VALUES,
        "lost = ~(found.error <= np.maximum(LOST, 4 * EPS * size))",
        "lost = ~(found.error <= np.maximum(1.0, 4 * EPS * size))",
        "values that are not known handed out",
        _VALUES,
    ),
    Fault(
        VALUES,
        "value, np.where(sign == 0, -np.inf, log_abs), sign, np.where(sign == 0, 0.0, error)",
        "value, log_abs, sign, np.where(sign == 0, 0.0, error)",
        "the logarithm of an exact zero finite",
        _VALUES,
    ),
    # -- the branch cut ----------------------------------------------------------------------------------------------
    Fault(
        CONTOUR,
        "two_pi = 2 / math.pi",
        "two_pi = 2 / 3.1415926",
        "pi to eight digits",
        _CONTOUR,
    ),
    Fault(
        CONTOUR,
        "size += float(np.sum(np.abs(dense) * magnitude)) if resolved else math.inf",
        "size += float(np.sum(np.abs(dense) * magnitude))",
        "a bottom that the nodes do not resolve taken for known",
        _CONTOUR,
    ),
    Fault(
        CONTOUR,
        "value = np.where(y.imag < 0, total.conj()[back], total[back])",
        "value = total[back]",
        "the weight on the left half of the bottom not conjugate",
        _CONTOUR,
    ),
    Fault(
        CONTOUR,
        "b = lam, lam + (lam - 1) * (1 - y) - (k + 1) * y",
        "b = lam, lam + (lam - 1) * (1 - y) + (k + 1) * y",
        "the peak of the weight's integrand at the wrong place",
        _CONTOUR,
        harmless="the trapezoidal rule covers all that is within e^-42 of the largest node, wherever it starts",
    ),
    Fault(
        ROUTE,
        "if k == 0 and contour.shift:",
        "if False:",
        "kappa(1) not added to mu_0",
        _CONTOUR,
    ),
    Fault(
        ROUTE,
        "error = EPS * (160 * condition + 2 * abs(log_abs))",
        "error = EPS * 160",
        "the error without the condition of the sum",
        _CONTOUR,
    ),
    Fault(
        ROUTE,
        "return found[3] + 2 * np.maximum(0.0, off - other[3])",
        "return found[3]",
        "the second contour not listened to",
        _CONTOUR,
    ),
    Fault(
        ROUTE,
        "        if any(bottom for _, _, bottom, _ in found):\n            return None\n",
        "",
        "degrees interpolated where the bottom still counts",
        _CONTOUR,
    ),
    Fault(
        ROUTE,
        "_RESIDUAL = 1e-13",
        "_RESIDUAL = 1e-3",
        "a singularity inside the rectangle overlooked",
        (*_CONTOUR, "tests/test_spectrum.py::test_kernels_without_a_taylor_series_of_use"),
    ),
    Fault(
        LEGS,
        "jump = self.right + self.left if parity else self.right - self.left",
        "jump = self.right - self.left if parity else self.right + self.left",
        "the parities of the legs exchanged",
        _CONTOUR,
    ),
    Fault(
        LEGS,
        "        if at not in kernel.singular:\n            found[np.abs(found) < NO_JUMP] = noise[:] = 0.0",
        "        found[np.abs(found) < NO_JUMP] = noise[:] = 0.0",
        "the smallest jumps cut off at a singular end",
        (*_CONTOUR, "tests/test_gathered_powers.py"),
    ),
    Fault(
        LEGS,
        "return power & (last * width > _NEGLIGIBLE * _PANEL)",
        "return power & (last > 1e9)",
        "branch points on the legs not resolved",
        _CONTOUR,
    ),
    Fault(
        JUMPS,
        "parts = (right, left, right - left, right + left)",
        "parts = (right, left, right - left, right - left)",
        "the odd jump in balls taken for the even one",
        _DIGITS,
    ),
    Fault(
        JUMPS,
        "return -flint.acb(pair.defect).imag",
        "return flint.acb(pair.defect).imag",
        "the sign of the right jump in balls",
        _DIGITS,
    ),
    Fault(
        CUT,
        "            if factor not in taken:",
        "            if False:",
        "factors without a power on the cut dropped",
        _DIGITS,
    ),
    Fault(
        CUT,
        "value = self._raised(distance, total)",
        "value = self._raised(distance, total.limit_denominator(1))",
        "the total power on the cut rounded",
        _DIGITS,
    ),
    # -- repairs -----------------------------------------------------------------------------------------------------
    Fault(
        REPAIR,
        "error = found.error + _relative_bound(proved, d, safe, found.log_abs)",
        "error = found.error",
        "the remainder left out of the error",
        _DIGITS,
    ),
    Fault(
        REPAIR,
        "better = other.error < known[here]",
        "better = other.error > known[here]",
        "the worse of two values kept",
        _DIGITS,
    ),
    Fault(
        REPAIR,
        'above = logs[np.searchsorted(chosen, k, side="right") - 1]',
        "above = logs[np.full(k.shape, chosen.size - 1)]",
        "the remainder of the largest degree taken for all",
        _DIGITS,
    ),
    Fault(
        REPAIR,
        "weight = np.where(k % 2 == 0, float(a + b), float(a - b))",
        "weight = np.where(k % 2 == 0, float(a - b), float(a + b))",
        "the parities of the expansion exchanged",
        _DIGITS,
    ),
    Fault(
        REPAIR,
        "out[3][out[2] == 0] = np.inf",
        "out[3][out[2] == 0] = 0.0",
        "an unknown value handed out as an exact zero",
        _DIGITS,
    ),
    # -- piecewise duals, rational quadratics, functions of one's own ------------------------------------------------
    Fault(
        RADIAL,
        "sign = self.term.right + (-1) ** j * self.term.left",
        "sign = self.term.right - (-1) ** j * self.term.left",
        "mirrored kinks with the wrong sign",
        _RADIAL,
    ),
    Fault(
        RADIAL,
        "return math.fsum(math.log(d - 1 + 2 * i) for i in range(n))",
        "return math.fsum(math.log(d + 1 + 2 * i) for i in range(n))",
        "the products of Rodrigues' formula one step late",
        _RADIAL,
    ),
    Fault(
        RADIAL,
        "            error = error + flat\n",
        "            error = error + 0 * flat\n",
        "pairs of kinks left out of the error",
        _RADIAL,
    ),
    Fault(
        RADIAL,
        "return min(_LEVELS, 2 + math.ceil(42 / math.log(k / self._ratio(d))))",
        "return 2",
        "three orders of jumps in place of all that count",
        _RADIAL,
    ),
    Fault(
        RADIAL,
        "error = 4 * np.abs(found[1] / value - 1) + 64 * EPS",
        "error = np.full(degrees.shape, 64 * EPS)",
        "the expansion taken to be exact",
        _RADIAL,
    ),
    Fault(
        RATIONAL,
        "log_front = log_front + (d - 1 - 2 * alpha) * math.log1p(-x)",
        "log_front = log_front + (d - 2 - 2 * alpha) * math.log1p(-x)",
        "the exponent of Euler's transformation",
        _RATIONAL,
    ),
    Fault(
        RATIONAL,
        "term > 1e-18 * total * -math.expm1(log_x)",
        "term > 1e-10 * total",
        "the hypergeometric series cut off early",
        _RATIONAL,
    ),
    Fault(
        QUADRATURE,
        "error = 4 * np.where(now, spread, np.max(gaps, axis=0)) + rounding",
        "error = rounding",
        "what three rules differ by left out of the error",
        _CALLABLES,
    ),
    Fault(
        QUADRATURE,
        "better = np.where(settled, now & (error < least), True)",
        "better = error < least",
        "rules that agree by chance count as converged",
        _CALLABLES,
    ),
    Fault(
        QUADRATURE,
        "(2, 3, 5, 7, 11, 17, 23, 31, 47, 67, 97, 127, 191, 257, 383, 521, 769, 1031, 1531)",
        "(2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536)",
        "rules that share the ends of their panels",
        _CALLABLES,
    ),
    Fault(
        QUADRATURE,
        "return 1 if nu is None else (2 * nu).denominator",
        "return 1",
        "a stated end exponent not used",
        _CALLABLES,
    ),
    Fault(
        QUADRATURE,
        "u = at * point.u",
        "u = point.u",
        "P_k on the left half read on the right",
        _CALLABLES,
    ),
)
