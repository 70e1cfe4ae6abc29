"""Faults in the checker of a proof that two spaces are equal or different."""

from __future__ import annotations

import functools

from mutants.fault import Fault, led_by

CHECKER = "kernelspec/rkhs/checker.py"
COMPARISON = "kernelspec/rkhs/comparison.py"
VERDICT = "kernelspec/rkhs/verdict.py"

_NEW = "tests/rkhs/test_tight_proofs.py"
_CHECKER = (
    _NEW,
    "tests/rkhs/test_rkhs.py::test_a_proof_that_was_tampered_with_is_refused",
    "tests/rkhs/test_rkhs.py::test_no_better_bound_passes_and_every_worse_one_does",
    "tests/rkhs/test_rkhs.py::test_no_enclosure_can_be_moved",
    "tests/rkhs/test_rkhs.py::test_the_proof_is_checked_again_from_its_json_text",
    "tests/rkhs/test_rkhs.py::test_the_verdict_and_its_reason",
)
_first = functools.partial(led_by, "tests/rkhs/test_tight_proofs.py")

FAULTS = (
    # -- the checker ---------------------------------------------------------------------------------------------------
    Fault(
        CHECKER,
        "_require(lower <= a / e and b / c <= upper,",
        "_require(lower <= a / c and b / e <= upper,",
        "the ends of a ratio swapped",
        _first("the_ends_of_enclosures_bound_their_ratio", _CHECKER),
        checks=("C27a",),
    ),
    Fault(
        CHECKER,
        "low = (first.leading - errors[0]) / (second.leading + errors[1])",
        "low = (first.leading - errors[0]) / (second.leading - errors[1])",
        "the lower end of the band by the wrong end of the denominator",
        _CHECKER,
    ),
    Fault(
        CHECKER,
        "high = (first.leading + errors[0]) / (second.leading - errors[1])",
        "high = (first.leading + errors[0]) / second.leading",
        "the second kernel's error left out of the band",
        _first("the_ends_of_a_band_take_both_errors", _CHECKER),
    ),
    Fault(
        CHECKER,
        'for k in range(int(part["parity"]), start, 2):',
        'for k in range(int(part["parity"]) + 2, start, 2):',
        "the first degree not looked at",
        _CHECKER,
    ),
    Fault(
        CHECKER,
        '_require(errors[1] < second.leading.a, "the denominator stays positive")',
        "pass",
        "a denominator that may be 0 let through",
        _first("a_denominator_that_may_vanish_is_refused", _CHECKER),
    ),
    Fault(
        CHECKER,
        "_require((iv.exp(-self.h) * ratio).b < 1,",
        "_require((iv.exp(-self.h) * ratio).b < 2,",
        "an error that does not decrease let through",
        _first("an_error_that_need_not_decrease_is_refused", _CHECKER),
    ),
    Fault(
        CHECKER,
        "            total += size * self._relative(e, k)\n",
        "            total += size * 0\n",
        "later terms left out of epsilon",
        _first("the_error_of_a_tail_is_epsilon", _CHECKER),
    ),
    Fault(
        CHECKER,
        "total = self.r * self._relative(self.order, k)",
        "total = self.r * 0",
        "R left out of epsilon",
        _first("the_error_of_a_tail_is_epsilon", _CHECKER),
    ),
    Fault(
        CHECKER,
        "return (total + self._beyond(k) / self._power(nu, k)).b",
        "return total.b",
        "S_k left out of epsilon",
        _first("the_error_of_a_tail_is_epsilon", _CHECKER),
    ),
    Fault(
        CHECKER,
        "total += 2 * self.largest * cosh * weight * turned * iv.exp(-(k + 1) * h)",
        "total += self.largest * cosh * weight * turned * iv.exp(-(k + 1) * h)",
        "half of the bottom in the checker's S_k",
        _first("the_error_of_a_tail_is_epsilon", _CHECKER),
    ),
    Fault(
        CHECKER,
        "turned = (1 + iv.exp(-2 * h)) ** (lam - 1)",
        "turned = iv.mpf(1)",
        "the weight on the bottom taken for that on the legs",
        _first("the_error_of_a_tail_is_epsilon", _CHECKER),
    ),
    Fault(
        CHECKER,
        "total += size / iv.mpf(2) ** self.number(e) * iv.exp(-n * h) / n / iv.pi",
        "total += size / iv.mpf(2) ** self.number(e) * iv.exp(-n * h) / n",
        "pi left out of the powers beyond X",
        _first("the_error_of_a_tail_is_epsilon", _CHECKER),
    ),
    Fault(
        CHECKER,
        "* iv.gamma(self.number(Fraction(d, 2)))",
        "* iv.gamma(self.number(Fraction(d + 1, 2)))",
        "the factor that the powers share",
        _first("the_error_of_a_tail_is_epsilon", _CHECKER),
    ),
    Fault(
        CHECKER,
        'k > int(part["zero_beyond"]) and k % 2 == part["parity"],',
        'k % 2 == part["parity"],',
        "a witness within the polynomial let through",
        _CHECKER,
    ),
    Fault(
        CHECKER,
        "    if first.keys() != second.keys():\n        return False\n",
        "    if not first.keys() & second.keys():\n        return False\n",
        "zeros of one kernel alone let through",
        _CHECKER,
    ),
    Fault(
        CHECKER,
        '_require(first.nu != second.nu, "the exponents differ")',
        "pass",
        "equal exponents called different",
        _first("equal_exponents_are_not_called_different", _CHECKER),
    ),
    Fault(
        CHECKER,
        '_require(all(verdicts) and len(parts) == 2, "both parities compare")',
        '_require(all(verdicts), "both parities compare")',
        "one parity taken for both",
        _CHECKER,
    ),
    Fault(
        CHECKER,
        '_require(all(terms[e].a <= (sizes[e] * slack).b for e in terms), "no term exceeds its size")',
        "pass",
        "terms beyond their sizes let through",
        _CHECKER,
    ),
    Fault(
        CHECKER,
        '_require(0 < first != second > 0, "the rates differ")',
        '_require(first != second, "the rates differ")',
        "negative rates let through",
        _CHECKER,
    ),
    Fault(
        CHECKER,
        "context = Context(prec=digits, rounding=ROUND_CEILING if up else ROUND_FLOOR)",
        "context = Context(prec=digits, rounding=ROUND_FLOOR if up else ROUND_CEILING)",
        "printed bounds rounded inward",
        _first("printed_bounds_are_rounded_outward_by_less_than_a_digit", _CHECKER),
    ),
    Fault(
        VERDICT,
        "low, high = shown(bounds[0], up=False), shown(bounds[1], up=True)",
        "low, high = shown(bounds[0], up=True), shown(bounds[1], up=True)",
        "the lower bound printed too large",
        _first("the_bounds_in_words_hold", _CHECKER),
    ),
    Fault(
        COMPARISON,
        "[{shown(lower_float(band[0]), up=False)}, {shown(upper_float(band[1]), up=True)}]",
        "[{shown(lower_float(band[0]), up=False)}, {shown(upper_float(band[1]), up=False)}]",
        "the upper end of a printed band rounded down",
        _first("the_bounds_in_words_hold", _CHECKER),
    ),
    Fault(
        CHECKER,
        '_require(0 < lower <= Fraction(data["scale"]) <= upper < math.inf, "the factor\'s bounds")',
        '_require(0 < lower and Fraction(data["scale"]) <= upper < math.inf, "the factor\'s bounds")',
        "a factor below its lower bound let through",
        _first("a_factor_is_held_between_its_bounds", _CHECKER),
    ),
    Fault(
        CHECKER,
        '_require(k > max(exponents), f"K = {k} is beyond every exponent")',
        "pass",
        "a tail read at degrees within its exponents",
        _first("a_tail_is_bounded_beyond_its_exponents_alone", _CHECKER),
    ),
    Fault(
        CHECKER,
        'slack = 1 + self.number("1e-15")',
        'slack = 1 + self.number("1e-3")',
        "terms larger than their sizes by 1e-3 let through",
        _first("no_term_is_larger_than_its_size_by_more_than_a_rounding", _CHECKER),
    ),
)
