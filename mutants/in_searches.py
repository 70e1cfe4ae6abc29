"""Faults in peaks and covers on the sphere, in the searches of the checks, in teachers and norms."""

from __future__ import annotations

from mutants.fault import Fault

_BOUNDS = "tests/paper_checks/test_proof_bounds.py"
_MAPS = "tests/paper_checks/test_kernel_maps.py"
_HELPERS = "tests/paper_checks/test_proof_helpers.py"
_SEARCH = (
    "tests/paper_checks/test_commutator_checks.py::test_no_sinusoid_is_above_the_bound",
    "tests/paper_checks/test_commutator_checks.py::test_rows_of_a_translation_are_empty_and_those_of_a_dilation_are_known",
    "tests/paper_checks/test_commutator_checks.py::test_first_order_is_the_limit_of_the_library",
    "tests/paper_checks/test_commutator_checks.py::test_no_field_of_the_ascent_is_above_the_bound",
)
_TEACHERS = "tests/paper_checks/test_teacher_checks.py"

FAULTS = (
    # -- peaks and covers on the sphere --------------------------------------------------------------------------------
    Fault(
        "experiments/tangent_balls.py",
        "    return total + left\n",
        "    return total\n",
        "the arcsin tail dropped",
        (_MAPS, _BOUNDS),
        ("L12b", "C40b"),
    ),
    Fault(
        "experiments/tangent_balls.py",
        "return arb(arcsine()[terms]) * radius ** (2 * terms) / (1 - radius * radius)",
        "return arb(arcsine()[terms]) * radius ** (2 * terms) / 2",
        "the geometric sum of the arcsin tail dropped, and half of it",
        (_MAPS, _BOUNDS),
        ("C40b",),
    ),
    Fault(
        "experiments/tangent_balls.py",
        "        if not (concave and all(sides)):",
        "        if not all(sides):",
        "concavity not asked for",
        (_MAPS, _BOUNDS),
        ("L12b", "C40b"),
    ),
    Fault(
        "experiments/tangent_balls.py",
        "    return bool(middle + slope * arb(0, half.abs_upper()) < level)",
        "    return bool(middle < level)",
        "an interval judged by its middle",
        (_MAPS, _BOUNDS),
        ("L12b", "C40b"),
    ),
    Fault(
        "experiments/tangent_balls.py",
        "count, start, width = count + 1, stop, 1.5 * width",
        "count, start, width = count + 1, stop + width / 10, 1.5 * width",
        "gaps between the intervals of a cover",
        (_MAPS, _BOUNDS),
        ("C40b",),
    ),
    Fault(
        "experiments/tangent_balls.py",
        "        elif width < 1e-5:\n            return 0",
        "        elif width < 1e-5:\n            return count",
        "a cover that stops early counted as one",
        (_MAPS, _BOUNDS),
        ("C40b",),
    ),
    Fault(
        "experiments/tangent_balls.py",
        "bool(ratio(interval(a, b), depth)[1] < 0), 0.0, 0.5)",
        "bool(ratio(arb((a + b) / 2), depth)[1] < 0), 0.05, 0.5)",
        "that F falls at 0 not shown",
        (_MAPS, _BOUNDS),
        harmless="for L = 6 F does fall there, and for L < 6 the second half refuses: no verdict changes",
    ),
    Fault(
        "paper_checks/g_tangent_map.py",
        "return (depth - 1) * (depth + 2 * bias), depth + bias",
        "return (depth - 1) * (depth + bias), depth + bias",
        "the bias counted once in the constant of the map",
        (_MAPS,),
        ("L12a",),
    ),
    Fault(
        "paper_checks/g_kernel_maps.py",
        "    return norm * distance - (values[i] - values[j]) ** 2",
        "    return norm * distance - (values[i] - values[j]) ** 2 / 2",
        "half of the difference of a function's values",
        (_MAPS,),
        ("C41",),
    ),
    # -- searches, teachers, norms -------------------------------------------------------------------------------------
    Fault(
        "experiments/commutator_search.py",
        "    step = np.diff(multiplier) / (2 * k)",
        "    step = np.diff(multiplier) / (4 * k)",
        "the commutator of first order halved",
        _SEARCH,
    ),
    Fault(
        "experiments/commutator_search.py",
        "    return 2 * float(inside) / rest**d",
        "    return 2 * float(inside) / rest ** (d - 1)",
        "a power of the dilation's Jacobian lost",
        (_BOUNDS,),
        ("C44",),
    ),
    Fault(
        "experiments/commutator_search.py",
        "    column = np.abs(bell(w - place) / here - bell(moved(w) - moved(place)))",
        "    column = np.abs(bell(w - place) - bell(moved(w) - moved(place)))",
        "the Jacobian of a column lost",
        (*_SEARCH[1:2], _BOUNDS),
    ),
    Fault(
        "experiments/commutator_search.py",
        "        largest = 1 + abs(float(slope.mean()))",
        "        largest = 1.0",
        "the mean of the signs not counted in the gradient",
        _SEARCH[3:],
        harmless="the force is compared with its median, so that from the second round on the signs have mean 0: the "
        "maxima found are the same to the last digit",
    ),
    Fault(
        "experiments/stability_search.py",
        "            found.append(float(values.max()) / upper.value)",
        "            found.append(float(values.min()) / upper.value)",
        "the least distance of a batch over the bound",
        (_HELPERS,),
    ),
    Fault(
        "oracle/neuron_norms.py",
        "sum(math.comb(k + d - 1, d - 1) - (math.comb(k + d - 3, d - 1) if k >= 2 else 0)",
        "sum(math.comb(k + d - 1, d - 1) - (math.comb(k + d - 3, d - 1) if k >= 3 else 0)",
        "one dimension too many in degree 2",
        (f"{_TEACHERS}::test_dimensions_are_sums_of_multiplicities", _HELPERS),
    ),
    Fault(
        "oracle/neuron_norms.py",
        "    if (row * weights)[0, 0] != rational(function(extra)):",
        "    if False:",
        "whether a function lies in the space not asked",
        (f"{_TEACHERS}::test_a_kernel_section_has_the_norm_of_the_kernel_and_strangers_are_refused",),
    ),
    Fault(
        "oracle/linear_readings.py",
        "[reads, :-1]",
        "[reads[:, ::-1], :-1]",
        "the places of a patch in the other order",
        ("tests/paper_checks/test_recovery_checks.py::test_matrices_by_hand",),
    ),
    Fault(
        "paper_checks/l_teachers.py",
        "            total += multiplicities[k] * square / eigenvalues[k]",
        "            total += square / eigenvalues[k]",
        "the multiplicity left out of a norm",
        (f"{_TEACHERS}::test_norms_of_a_hidden_layer",),
    ),
    Fault(
        "paper_checks/e_networks.py",
        "            minus = minus * 4 / 3 * oracle.arccosine(1, b)",
        "            minus = minus * oracle.arccosine(1, b)",
        "the slope of a squared layer at -1",
        (_HELPERS,),
        ("C30a",),
    ),
    Fault(
        "paper_checks/l_networks_mixed.py",
        "            corrections = {key: q / 2 for key, q in corrections.items()}",
        "            corrections = dict(corrections)",
        "corrections not halved by a root",
        (_HELPERS,),
        ("L11",),
    ),
    Fault(
        "paper_checks/l_networks_mixed.py",
        "        return Near(m, Fraction(1, 2**m), m, Fraction(-between, 3))",
        "        return Near(m, Fraction(1, 2**m), m, Fraction(-2 * between, 3))",
        "the correction before the last step doubled",
        (_HELPERS,),
        ("L11",),
    ),
    Fault(
        "paper_checks/e_equivalence.py",
        "            total = total * (1 - angle / arb.pi()) + ramp",
        "            total = total + ramp",
        "the slope left out of the tangent kernel's series",
        (_HELPERS,),
    ),
    Fault(
        "paper_checks/c_decay.py",
        "found[terms] = float(abs(total / mu - 1).abs_upper())",
        "found[terms] = float(abs(total / mu - 1).abs_lower())",
        "the least error that the balls allow",
        (_HELPERS,),
    ),
)
