"""Faults in the eigenvalues in floats: closed forms, series, what values state of their errors."""

from __future__ import annotations

from mutants.fault import Fault

CLOSED = "kernelspec/spectrum/closed.py"
DUALS = "kernelspec/kernels/duals.py"
FAMILIES = "kernelspec/kernels/families.py"
POWERS_OF_DEFECTS = "kernelspec/kernels/powers.py"
PRODUCTS = "kernelspec/sphere/gamma_products.py"
BESSEL = "kernelspec/spectrum/bessel.py"
TAYLOR = "kernelspec/spectrum/taylor.py"
VALUES = "kernelspec/spectrum/eigenvalue_arrays.py"

_VALUES = (
    "tests/spectrum/test_routes.py::test_what_cancels_is_in_the_error",
    "tests/spectrum/test_routes.py::test_the_rounding_of_a_sum_is_in_its_error",
    "tests/spectrum/test_routes.py::test_exact_zeros_are_zeros_in_every_column",
    "tests/spectrum/test_routes.py::test_six_digits_are_what_a_value_has",
    "tests/spectrum/test_digits.py::test_what_no_route_knows_is_nan_with_a_warning",
    "tests/kernels/test_gathered_powers.py::test_a_sum_that_rounds_to_zero_has_no_digits",
)
_CLOSED = (
    "tests/kernels/test_gathered_powers.py::test_mirrored_terms_meet",
    "tests/kernels/test_gathered_powers.py::test_exponents_next_to_an_integer",
    "tests/spectrum/test_routes.py::test_a_power_at_the_edge_of_integrability_is_refused",
    "tests/spectrum/test_routes.py::test_polynomials_that_cancel_are_added_exactly",
    "tests/spectrum/test_routes.py::test_errors_of_powers_are_no_smaller_than_what_is_off",
    "tests/spectrum/test_routes.py::test_closed_forms_of_products_against_balls",
    "tests/kernels/test_gathered_powers.py::test_the_eigenvalues_of_the_issue",
)
_EXACT = (
    "tests/spectrum/test_routes.py::test_exact_duals_against_their_floats",
    "tests/spectrum/test_routes.py::test_closed_forms_of_products_against_balls",
    "tests/spectrum/test_spectrum.py::test_claims_21_and_22_printed_values",
    "tests/spectrum/test_spectrum.py::test_closed_forms_in_sympy_and_float64_agree",
    "tests/spectrum/test_spectrum.py::test_claim_2_multiplication_by_u",
)
_BESSEL = ("tests/spectrum/test_exponential_spectrum.py",)
_TAYLOR = (
    "tests/spectrum/test_routes.py::test_the_taylor_series_is_right_to_its_stated_error",
    "tests/spectrum/test_routes.py::test_the_rest_of_a_series_on_the_edge_of_convergence",
    "tests/spectrum/test_routes.py::test_what_cancels_between_taylor_coefficients_is_in_the_error",
    "tests/spectrum/test_routes.py::test_a_small_coefficient_is_seen_behind_others_that_cancel",
    "tests/spectrum/test_routes.py::test_small_coefficients_are_not_taken_for_zero",
    "tests/spectrum/test_routes.py::test_a_degree_beyond_the_series_has_a_bound_and_no_value",
    "tests/spectrum/test_digits.py::test_the_taylor_series_as_a_route",
)

FAULTS = (
    # -- closed forms --------------------------------------------------------------------------------------------------
    Fault(
        CLOSED,
        "c, k = (-c if parity else c), compose_layers(tuple(outer))",
        "c, k = c, compose_layers(tuple(outer))",
        "the mirror image of an odd degree without its sign",
        _CLOSED,
    ),
    Fault(PRODUCTS, "float(exact - Fraction(high))", "0.0", "an exponent next to an integer taken for it", _CLOSED),
    Fault(
        PRODUCTS,
        "- ((np.floor(high) == high) & (low > 0))",
        "- 0.0",
        "an argument just above an integer folded past it",
        ("tests/sphere/test_gamma_products.py",),
    ),
    Fault(
        POWERS_OF_DEFECTS,
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
    Fault(FAMILIES, "d * HALF + n, d * HALF", "d * HALF + n - 1, d * HALF", "one factor of (d/2)_n dropped", _EXACT),
    Fault(CLOSED, "if d == 2:", "if self.d == 1:", "u kappa on the circle by the rule of other spheres", _EXACT),
    Fault(
        DUALS,
        '(("sin", 0), ("cos", 1))',
        '(("sin", 1), ("cos", 0))',
        "the parities of sine and cosine exchanged",
        ("tests/spectrum/test_certified.py::test_closed_forms_against_quadrature",),
    ),
    Fault(
        PRODUCTS,
        "error = np.where(zero, 0.0, _ERROR + _PAIR * size)",
        "error = np.where(zero, 0.0, _PAIR * size)",
        "the rounding of a value left out of its error",
        _CLOSED,
    ),
    Fault(
        CLOSED, "combine([(math.pi**-self.power, ", "combine([(math.pi**-1, ", "only one factor 1/pi taken out", _EXACT
    ),
    Fault(
        "kernelspec/kernels/powers.py",
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
    # -- exponentials --------------------------------------------------------------------------------------------------
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
    # -- Taylor series -------------------------------------------------------------------------------------------------
    Fault(
        TAYLOR, "if tail <= 1e-18 * size:", "if tail <= 1e-8 * size:", "the series cut off early, and not said", _TAYLOR
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
        "np.max(np.abs(logs[counts])))) * size / abs(total)",
        "np.max(np.abs(logs[counts]))))",
        "what cancels left out of the error",
        _TAYLOR,
    ),
    Fault(
        TAYLOR,
        "found.log_abs[high], found.error[high] = log_bound(kernel, d, k[high]), 1.0",
        "found.log_abs[high], found.error[high] = log_bound(kernel, d, k[high]), 0.0",
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
        "return np.asarray(~(found.error <= np.maximum(LOST, 4 * EPS * size)))",
        "return np.asarray(~(found.error <= np.maximum(1.0, 4 * EPS * size)))",
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
    Fault(
        VALUES,
        "ordinary = scale > -650",
        "ordinary = scale > -800",
        "values that have lost digits below the floats added",
        ("tests/spectrum/test_routes.py::test_the_rounding_of_a_sum_is_in_its_error", "tests/spectrum/test_routes.py"),
    ),
    Fault(
        VALUES,
        "EPS, EPS * np.abs(logs))",
        "EPS, EPS)",
        "the rounding of logarithms left out of the error of a sum",
        ("tests/spectrum/test_routes.py::test_the_rounding_of_a_sum_is_in_its_error", "tests/spectrum/test_routes.py"),
    ),
    Fault(
        VALUES,
        "np.maximum(LOST, 4 * EPS * size)",
        "LOST",
        "what a huge logarithm leaves taken for lost",
        ("tests/spectrum/test_routes.py::test_six_digits_are_what_a_value_has", "tests/spectrum/test_routes.py"),
    ),
    Fault(
        VALUES,
        "np.where(lost, np.nan, found.sign)",
        "found.sign",
        "the sign of a lost value kept",
        ("tests/spectrum/test_routes.py::test_six_digits_are_what_a_value_has", "tests/spectrum/test_routes.py"),
    ),
)
