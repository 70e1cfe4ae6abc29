"""Faults in the eigenvalues by the branch cut, by jumps and quadrature, and in what repairs them."""

from __future__ import annotations

from mutants.fault import Fault

SECOND_KIND = "kernelspec/spectrum/second_kind.py"
CERTIFIED = "kernelspec/spectrum/certified.py"
EXPANSION = "kernelspec/spectrum/asymptotic.py"
EXPANSION_ROUTE = "kernelspec/spectrum/expansion_route.py"
TAYLOR = "kernelspec/spectrum/taylor.py"
CONTOUR = "kernelspec/spectrum/contour.py"
ROUTE = "kernelspec/spectrum/branch_cut.py"
LEGS = "kernelspec/spectrum/branch_jumps.py"
JUMPS = "kernelspec/spectrum/ball_jumps.py"
CUT = "kernelspec/spectrum/cut_point.py"
REPAIR = "kernelspec/spectrum/fallbacks.py"
RADIAL = "kernelspec/spectrum/radial.py"
RATIONAL = "kernelspec/spectrum/rational_quadratic.py"
QUADRATURE = "kernelspec/spectrum/quadrature.py"

_CONTOUR = (
    "tests/spectrum/test_routes.py::test_integrals_that_are_kept_are_those_of_their_contour",
    "tests/spectrum/test_routes.py::test_degrees_are_not_interpolated_where_the_bottom_counts",
    "tests/spectrum/test_routes.py::test_a_weak_singularity_inside_is_seen",
    "tests/spectrum/test_routes.py::test_a_bottom_that_its_nodes_do_not_resolve_is_not_known",
    "tests/spectrum/test_routes.py::test_parities_of_the_legs_and_of_their_balls_agree",
    "tests/spectrum/test_routes.py::test_a_second_contour_that_differs_is_in_the_error",
    "tests/spectrum/test_routes.py::test_the_branch_cut_is_right_to_its_stated_error",
    "tests/spectrum/test_spectrum.py::test_the_weight_on_the_bottom",
    "tests/spectrum/test_spectrum.py::test_known_values",
    "tests/spectrum/test_spectrum.py::test_interpolated_arrays_equal_single_values",
    "tests/spectrum/test_spectrum.py::test_the_error_of_an_interpolant_is_seen",
    "tests/spectrum/test_digits.py::test_branch_points_on_the_legs_are_resolved",
    "tests/spectrum/test_digits.py::test_dimensions_of_images",
)
_DIGITS = (
    "tests/spectrum/test_routes.py::test_parities_of_the_legs_and_of_their_balls_agree",
    "tests/spectrum/test_digits.py::test_jumps_in_balls_and_in_floats_agree",
    "tests/spectrum/test_digits.py::test_the_expansion_as_a_route",
    "tests/spectrum/test_digits.py::test_ends_that_cancel",
    "tests/spectrum/test_digits.py::test_what_no_route_knows_is_nan_with_a_warning",
    "tests/spectrum/test_routes.py::test_the_expansion_as_a_route_is_right_to_its_stated_error",
    "tests/kernels/test_gathered_powers.py::test_a_factor_beside_powers_on_the_cut_counts",
    "tests/spectrum/test_routes.py::test_a_value_is_replaced_by_one_that_is_known_better",
    "tests/kernels/test_gathered_powers.py::test_no_spurious_singularity",
    "tests/kernels/test_gathered_powers.py::test_powers_next_to_the_cut",
    "tests/kernels/test_gathered_powers.py::test_the_eigenvalues_of_the_issue",
)
_FAR = ("tests/spectrum/test_radial.py",)
_RADIAL = (
    "tests/kernels/test_piecewise.py::test_eigenvalues_are_integrals_over_the_sphere",
    "tests/spectrum/test_routes.py::test_piecewise_duals_by_jumps_and_by_the_expansion",
    "tests/spectrum/test_routes.py::test_the_expansion_of_a_piecewise_dual_states_what_it_leaves_out",
    "tests/kernels/test_piecewise.py::test_errors_cover_another_rule",
    "tests/kernels/test_piecewise.py::test_high_degrees_by_the_expansion",
    "tests/kernels/test_piecewise.py::test_what_is_not_known_is_refused_with_the_reason",
)
_RATIONAL = (
    "tests/kernels/test_stationary.py::test_rational_quadratic_eigenvalues",
    "tests/kernels/test_stationary.py::test_rational_quadratic_eigenvalues_by_quadrature_and_taylor",
)
_CALLABLES = ("tests/kernels/test_callables.py",)

FAULTS = (
    Fault(
        REPAIR,
        "BallsBehind(self.kernel, quadrature_route(self.kernel)).answer(d, k, estimate)",
        "BallRoute(self.kernel).answer(d, k, estimate)",
        "only balls for what floats read on [-1, 1] alone",
        ("tests/spectrum/test_fallbacks.py",),
    ),
    Fault(REPAIR, "name = BranchCutRoute.name", "pass", "no name in a sum", ("tests/spectrum/test_fallbacks.py",)),
    # -- the branch cut ------------------------------------------------------------------------------------------------
    Fault(
        CONTOUR,
        "expected = -contour.kernel.of_angle(angles, defect=True) if contour.shift else contour.kernel.of_angle(angles)",
        "expected = contour.kernel.of_angle(angles) - contour.shift",
        "deep networks compared with a difference that has lost its digits",
        (
            "tests/spectrum/test_spectrum.py::test_random_features_of_hundreds_of_layers",
            "tests/spectrum/test_spectrum.py::test_very_deep_networks",
        ),
    ),
    Fault(
        "kernelspec/kernels/facts.py",
        "            return 4\n",
        "            return 1\n",
        "a logarithm read in the angle itself",
        ("tests/kernels/test_callables.py::test_around_a_kernel_without_an_expansion",),
    ),
    Fault(CONTOUR, "two_pi = 2 / math.pi", "two_pi = 2 / 3.1415926", "pi to eight digits", _CONTOUR),
    Fault(
        CONTOUR,
        "size += float(np.sum(np.abs(dense) * magnitude)) if resolved else math.inf",
        "size += float(np.sum(np.abs(dense) * magnitude))",
        "a bottom that the nodes do not resolve taken for known",
        _CONTOUR,
    ),
    Fault(
        SECOND_KIND,
        "value = np.where(y.imag < 0, total.conj()[back], total[back])",
        "value = total[back]",
        "the weight on the left half of the bottom not conjugate",
        _CONTOUR,
    ),
    Fault(
        SECOND_KIND,
        "b = lam, lam + (lam - 1) * (1 - y) - (k + 1) * y",
        "b = lam, lam + (lam - 1) * (1 - y) + (k + 1) * y",
        "the peak of the weight's integrand at the wrong place",
        _CONTOUR,
        harmless="the trapezoidal rule covers all that is within e^-42 of the largest node, wherever it starts",
    ),
    Fault(
        ROUTE,
        "key = (d, k, parity, height, order)",
        "key = (d, k, parity, order)",
        "integrals of one height handed out for another",
        _CONTOUR,
    ),
    Fault(
        ROUTE,
        "key = (d, k, parity, height, order)",
        "key = (d, k, parity)",
        "the second contour's integrals taken from the first",
        _CONTOUR,
    ),
    Fault(ROUTE, "if k == 0 and contour.shift:", "if False:", "kappa(1) not added to mu_0", _CONTOUR),
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
        (*_CONTOUR, "tests/spectrum/test_spectrum.py::test_kernels_without_a_taylor_series_of_use"),
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
        (*_CONTOUR, "tests/kernels/test_gathered_powers.py"),
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
        "return right, left, right - left, right + left, floor",
        "return right, left, right - left, right - left, floor",
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
        harmless="the plain product stands in where they disagree, and only totals that are integers lose by that",
    ),
    # -- repairs -------------------------------------------------------------------------------------------------------
    Fault(
        EXPANSION_ROUTE,
        "error=found.error + _relative_bound(proved, d, degrees, found.log_abs)",
        "error=found.error",
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
        EXPANSION_ROUTE,
        'above = logs[np.searchsorted(chosen, k, side="right") - 1]',
        "above = logs[np.full(k.shape, chosen.size - 1)]",
        "the remainder of the largest degree taken for all",
        _DIGITS,
    ),
    Fault(
        EXPANSION,
        "sides = zip(_parts_of(a + b), _parts_of(a - b), strict=True)",
        "sides = zip(_parts_of(a - b), _parts_of(a + b), strict=True)",
        "the parities of the expansion exchanged",
        _DIGITS,
    ),
    Fault(
        EXPANSION,
        "return found._replace(error=found.error + doubt), blurred",
        "return found, blurred",
        "what is left of coefficients that cancel, taken for their sum",
        _FAR,
    ),
    Fault(
        EXPANSION,
        "_BITS = (PRECISION, 8 * PRECISION, 64 * PRECISION)",
        "_BITS = (PRECISION,)",
        "no more bits for coefficients that cancel",
        _FAR,
    ),
    Fault(
        CERTIFIED,
        "    if max(found) > MOST_BITS:",
        "    if False:",
        "eigenvalues too small to be proved tried for hours",
        _FAR,
    ),
    Fault(
        RADIAL,
        "        if not part.breaks:",
        "        if False:",
        "a part without kinks expanded as one with kinks",
        _FAR,
    ),
    Fault(
        TAYLOR,
        "out[3][out[2] == 0] = np.inf",
        "out[3][out[2] == 0] = 0.0",
        "an unknown value handed out as an exact zero",
        _DIGITS,
    ),
    # -- piecewise duals, rational quadratics, functions of one's own --------------------------------------------------
    Fault(
        RADIAL,
        "return self.term.right + (-1) ** self.degree * self.term.left",
        "return self.term.right - (-1) ** self.degree * self.term.left",
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
        "error = 4 * np.abs(np.expm1(fewer - logs)) + np.maximum(64 * EPS, found[0].error)",
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
        "doubt = 4 * np.where(now, spread, np.max(gaps, axis=0)) + rounding",
        "doubt = rounding",
        "what three rules differ by left out of the error",
        _CALLABLES,
    ),
    Fault(
        QUADRATURE,
        "            value[here[enough]], error[here[enough]] =",
        "            enough &= doubt < error[here]\n            value[here[enough]], error[here[enough]] =",
        "rules that agree by chance count as converged",
        _CALLABLES,
    ),
    Fault(
        QUADRATURE,
        "inner = (np.arange(panels) + share) / panels",
        "inner = np.arange(panels) / panels",
        "rules whose panels lie about the same places",
        _CALLABLES,
    ),
    Fault(
        QUADRATURE,
        "if number % 3 == 0 else np.empty(0)",
        "if number < 0 else np.empty(0)",
        "no smaller panels towards an end that all rules share",
        _CALLABLES,
    ),
    Fault(
        "kernelspec/kernels/callables.py",
        "return 1 if nu is None else (2 * nu).denominator",
        "return 1",
        "a stated end exponent not used",
        _CALLABLES,
    ),
    Fault(
        QUADRATURE,
        "np.maximum(np.sin(theta), _LEAST)",
        "np.sin(theta)",
        "sines that underflow divided by",
        ("tests/kernels/test_wide.py -k errs_by",),
    ),
    Fault(QUADRATURE, "u = at * point.u", "u = point.u", "P_k on the left half read on the right", _CALLABLES),
    Fault(
        QUADRATURE,
        "doubt = 4 * np.where(now",
        "doubt = np.where(now",
        "what rules differ by taken once for four times",
        _CALLABLES,
    ),
    Fault(
        QUADRATURE,
        "np.where(now, spread, np.max(gaps, axis=0))",
        "spread",
        "three rules compared where five are",
        _CALLABLES,
    ),
    Fault(
        "kernelspec/spectrum/branch_cut.py",
        "+ 2 * np.maximum(0.0, off - other[3])",
        "+ np.maximum(0.0, off - other[3])",
        "what two contours differ by taken once",
        (
            "tests/spectrum/test_routes.py::test_another_contour_counts_twice_beyond_its_own_rounding",
            "tests/spectrum/test_routes.py",
        ),
    ),
    Fault(
        "kernelspec/spectrum/branch_cut.py",
        "    off = np.where(other[2] == found[2], off, 1.0)\n",
        "",
        "two contours of opposite signs taken to agree",
        (
            "tests/spectrum/test_routes.py::test_another_contour_counts_twice_beyond_its_own_rounding",
            "tests/spectrum/test_routes.py",
        ),
    ),
    Fault(
        "kernelspec/spectrum/branch_cut.py",
        "hit = distance == 0",
        "hit = distance != distance",
        "an interpolant that is NaN at its nodes",
        (
            "tests/spectrum/test_routes.py::test_an_interpolant_is_its_values_at_its_nodes",
            "tests/spectrum/test_routes.py",
        ),
    ),
    Fault(
        "kernelspec/spectrum/branch_cut.py",
        "error = EPS * (192 * size / np.abs(total) + 3 * np.abs(log_abs)) + spread",
        "error = EPS * (192 * size / np.abs(total)) + spread",
        "the rounding of logarithms left out of an interpolant's error",
        (
            "tests/spectrum/test_routes.py::test_the_rounding_of_logarithms_is_in_the_error_of_an_interpolant",
            "tests/spectrum/test_routes.py",
        ),
    ),
    Fault(
        "kernelspec/kernels/compositions.py",
        "return all(isinstance(k, Atom) and k.network_degree is not None for k in self.layers)",
        "return True",
        "every composition taken to add up",
        ("tests/spectrum/test_routes.py::test_which_compositions_add_up", "tests/spectrum/test_routes.py"),
    ),
    Fault(
        "kernelspec/spectrum/branch_cut.py",
        "slope = float(round(slope)) if abs(slope) > _STEEP else 0.0",
        "slope = 0.0",
        "what falls fast interpolated without being made level",
        (
            "tests/spectrum/test_routes.py::test_what_falls_fast_is_interpolated_all_the_same",
            "tests/spectrum/test_routes.py",
        ),
    ),
)
