"""Faults in the comparison of spaces: tails, enclosures, verdicts, norms of neurons, onsets."""

from __future__ import annotations

import functools

from mutants.fault import Fault, led_by

COMPARISON = "kernelspec/rkhs/comparison.py"
VERDICT = "kernelspec/rkhs/verdict.py"
TAIL = "kernelspec/rkhs/tail.py"
ONSET = "kernelspec/rkhs/onset.py"
NEURONS = "kernelspec/rkhs/neurons.py"

_NEW = "tests/rkhs/test_tight_proofs.py"
_RKHS = (
    _NEW,
    "tests/rkhs/test_rkhs.py::test_exact_bounds",
    "tests/rkhs/test_rkhs.py::test_the_steps_of_a_difference",
    "tests/rkhs/test_rkhs.py::test_no_better_bound_passes_and_every_worse_one_does",
    "tests/rkhs/test_rkhs.py",
)
_ONSET = (_NEW, "tests/rkhs/test_onset.py")
_NEURONS = (_NEW, "tests/ckn/test_ckn_teachers.py")
_first = functools.partial(led_by, "tests/rkhs/test_tight_proofs.py")

FAULTS = (
    Fault(
        VERDICT,
        "if kernel.taylor_squares(2, _PRECISION) is not None:",
        "if False:",
        "smooth networks refused as series",
        ("tests/rkhs/test_rkhs.py -k tanh",),
    ),
    # -- the comparison ------------------------------------------------------------------------------------------------
    Fault(
        COMPARISON,
        " and alphas[0] != alphas[1]:",
        ":",
        "exponentials of one rate called different",
        ("tests/rkhs/test_rkhs.py::test_exponentials_of_one_rate_are_the_same_but_for_a_factor",),
    ),
    Fault(
        COMPARISON,
        "(tails[0].leading - errors[0]) / (tails[1].leading + errors[1]),",
        "tails[0].leading / tails[1].leading,",
        "the limit taken for the lower end of the band",
        _RKHS,
    ),
    Fault(
        COMPARISON,
        "lows = [lower_float(x * (1 - _SLACK)) for x in (*ratios, beyond[0])]",
        "lows = [lower_float(x * (1 - _SLACK)) for x in ratios]",
        "the tail left out of the lower bound",
        _RKHS,
    ),
    Fault(
        COMPARISON,
        "highs = [upper_float(x * (1 + _SLACK)) for x in (*ratios, beyond[1])]",
        "highs = [upper_float(x * (1 + _SLACK)) for x in (*ratios[1:], beyond[1])]",
        "the first ratio left out of the upper bound",
        _RKHS,
    ),
    Fault(
        COMPARISON,
        '"zero_beyond": degree}',
        '"zero_beyond": degree - 2}',
        "mu_k = 0 claimed two degrees early",
        _first("a_polynomial_vanishes_beyond_its_degree_and_no_earlier", _RKHS),
        checks=("C27a",),
    ),
    Fault(
        COMPARISON,
        "_by_eigenvalue(rival, d, degree + 1 + (degree + 1 - parity) % 2)",
        "_by_eigenvalue(rival, d, degree - 1 + (degree + 1 - parity) % 2)",
        "a witness looked for within the polynomial",
        _first("a_polynomial_vanishes_beyond_its_degree_and_no_earlier", _RKHS),
    ),
    Fault(
        COMPARISON,
        "apart = sorted(found[0].keys() ^ found[1].keys())",
        "apart = sorted(found[0].keys() - found[1].keys())",
        "zeros of the first kernel alone not seen",
        _first("a_polynomial_that_vanishes_alone_is_seen_on_either_side", _RKHS),
    ),
    Fault(
        COMPARISON,
        'out["upper"] = upper_float(max(ratios)) if ratios else None',
        'out["upper"] = upper_float(ratios[-1]) if ratios else None',
        "the last ratio of polynomials taken for the largest",
        _first("the_bounds_of_polynomials_are_their_least_and_largest_ratio", _RKHS),
    ),
    Fault(
        COMPARISON,
        "            if value < 0:\n",
        "            if value < -1:\n",
        "a polynomial with a negative eigenvalue compared",
        _RKHS,
    ),
    Fault(
        COMPARISON,
        "faster, slower = (kernel, other) if alphas[0] < alphas[1] else (other, kernel)",
        "faster, slower = (kernel, other) if alphas[0] > alphas[1] else (other, kernel)",
        "the faster of two exponentials called the slower",
        _RKHS,
    ),
    Fault(
        COMPARISON,
        "power = 2 * (tails[faster].nu - tails[slower].nu)",
        "power = tails[faster].nu - tails[slower].nu",
        "half of the power by which a ratio falls",
        _RKHS,
    ),
    Fault(COMPARISON, "    if not mu > 0:\n", "    if mu < 0:\n", "a ball around 0 taken for positive", _RKHS),
    # -- verdicts ------------------------------------------------------------------------------------------------------
    Fault(
        VERDICT,
        "if open_questions and not different:",
        "if open_questions and not parts:",
        "a parity that is open passed over",
        _RKHS,
    ),
    Fault(
        VERDICT,
        'bounds = min(p["lower"] for p in pairs), max(p["upper"] for p in pairs)',
        'bounds = pairs[0]["lower"], max(p["upper"] for p in pairs)',
        "the lower bound of the even degrees taken for all",
        _RKHS,
    ),
    Fault(
        VERDICT,
        "    if kernel.truncation and not has_steps(kernel):\n",
        "    if False:\n",
        "a series that was cut off compared",
        _RKHS,
    ),
    Fault(
        COMPARISON,
        "    scale = a / b\n    return scale if same and scale > 0 and type(scale) is Fraction else None",
        "    scale = a / b\n    return scale if same and type(scale) is Fraction else None",
        "a negative multiple called the same",
        _RKHS,
        harmless="of a negative multiple `_require_floats` says undecided, as the screening of both kernels did before",
    ),
    Fault(
        VERDICT,
        "bounds = lower_float(scale), upper_float(scale)",
        "bounds = float(scale), float(scale)",
        "the bounds of a multiple not rounded outward",
        _first("a_multiple_is_within_its_bounds", _RKHS),
    ),
    # -- tails and onsets ----------------------------------------------------------------------------------------------
    Fault(
        TAIL,
        "total = self.constant * cut_power(self.d, self.order).ball(k)",
        "total = 0 * self.constant",
        "R left out of the error of a tail",
        _first("the_error_of_a_tail_is_epsilon", _RKHS),
    ),
    Fault(
        TAIL,
        "        for e, size in self.terms:\n            total += size * cut_power(self.d, e).ball(k)\n",
        "",
        "later terms left out of the error of a tail",
        _first("the_error_of_a_tail_is_epsilon", (*_RKHS, "tests/rkhs/test_onset.py")),
        checks=("C27a",),
    ),
    Fault(
        TAIL,
        "return ((total + beyond) / scale).upper()",
        "return (total / scale).upper()",
        "S_k left out of the error of a tail",
        _first("the_error_of_a_tail_is_epsilon", (*_RKHS, "tests/rkhs/test_onset.py")),
    ),
    Fault(
        TAIL,
        "return ((total + beyond) / scale).upper()",
        "return ((total + beyond) / scale).upper() / (100 if k >= 100 else 1)",
        "the error of a tail divided by 100 for every k >= 100",
        _first("the_error_of_a_tail_is_epsilon", (*_RKHS, "tests/rkhs/test_onset.py")),
        checks=("C27a",),
    ),
    Fault(
        TAIL,
        "return bool((-self.height).exp() * ratio < 1)",
        "return True",
        "S_k taken to decrease from any degree on",
        _first("only_high_rectangles_let_an_error_decrease", (*_RKHS, "tests/rkhs/test_onset.py")),
    ),
    Fault(
        TAIL,
        "sums.append((e, -sine * (a + b if parity == 0 else a - b), size))",
        "sums.append((e, -sine * (a + b), size))",
        "the odd degrees' tail taken for the even ones'",
        _first("the_error_of_a_tail_is_epsilon", _RKHS),
    ),
    Fault(
        TAIL,
        "terms = tuple((e, abs(value)) for e, value, _ in sums if e > nu)",
        "terms = tuple((e, value) for e, value, _ in sums if e > nu)",
        "later terms of the other sign subtracted from the error",
        _first("the_error_of_a_tail_is_epsilon", _RKHS),
    ),
    Fault(
        TAIL,
        "math.ceil(scaled) if up else math.floor(scaled)",
        "round(scaled)",
        "the decimals of a proof rounded to nearest",
        _first("decimals_lie_outside_of_their_ball", _RKHS),
    ),
    Fault(
        ONSET,
        "above = (1 + error) * q.max(1) - 1",
        "above = error",
        "the ratio of Gamma functions left out of the distance to a power",
        _first("the_distance_to_a_power_is_that_of_the_law_at_least", _ONSET),
    ),
    Fault(
        ONSET,
        "below = 1 - (1 - error) * (k / middle) ** p * q.min(1)",
        "below = error",
        "(k/m)^p left out of the distance to a power",
        _first("the_distance_to_a_power_is_that_of_the_law_at_least", _ONSET),
    ),
    Fault(
        ONSET,
        "error = tail.error(k) / tail.leading",
        "error = tail.error(k)",
        "the error not taken relative to the law",
        _first("the_onset_is_the_first_degree_that_holds", _ONSET),
    ),
    Fault(
        ONSET,
        "low, high = (low, middle) if holds(middle) else (middle, high)",
        "low, high = (low, middle) if holds(middle - 2) else (middle, high)",
        "a degree that does not hold found by halving",
        _first("the_onset_is_the_first_degree_that_holds", _ONSET),
    ),
    # -- neurons -------------------------------------------------------------------------------------------------------
    Fault(
        NEURONS,
        "found[j] = activation[j] ** 2 / b",
        "found[j] = abs(activation[j]) / b",
        "a_j in place of its square",
        _NEURONS,
    ),
    Fault(
        NEURONS,
        "coefficients[j] * point ** (j // 2) * sphere.monomial_eigenvalue_exact(d, j, k)",
        "coefficients[j] * point ** ((j + 1) // 2) * sphere.monomial_eigenvalue_exact(d, j, k)",
        "odd powers of |w| rounded up",
        _NEURONS,
    ),
    Fault(
        NEURONS,
        "        if is_zero(eigenvalue):\n            return math.inf\n",
        "        if is_zero(eigenvalue):\n            continue\n",
        "what is outside the space given a norm",
        _NEURONS,
    ),
    Fault(
        NEURONS,
        "        if log == -math.inf:\n            return math.inf\n",
        "        if log == -math.inf:\n            continue\n",
        "an eigenvalue 0 passed over in floats",
        _NEURONS,
    ),
    Fault(
        NEURONS,
        "        if part and min(part.values()) < 0:\n",
        "        if False:\n",
        "a polynomial that is no kernel given norms",
        _NEURONS,
    ),
    Fault(
        NEURONS,
        "energy = sphere.multiplicity(d, k) * value**2 * point ** (k % 2)",
        "energy = sphere.multiplicity(d, k) * value**2",
        "|w|^2 of the odd degrees dropped",
        _NEURONS,
    ),
)
