"""Faults in verdicts by exact laws: facts of ends, laws, their comparison, and the check of its data."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

_FACTS = ("tests/kernels/test_end_facts.py",)
_LAWS = (
    "tests/rkhs/test_laws.py -k open or steps or tampered or laws or coefficient or power",
    "tests/rkhs/test_laws.py",
)

_ends = partial(Fault, "kernelspec/kernels/end_facts.py", tests=_FACTS)
_sums = partial(Fault, "kernelspec/kernels/sums.py", tests=_FACTS)
_compositions = partial(Fault, "kernelspec/kernels/compositions.py", tests=_FACTS)
_families = partial(Fault, "kernelspec/kernels/families.py", tests=_FACTS)
_laws = partial(Fault, "kernelspec/rkhs/laws.py", tests=_LAWS)
_checker = partial(
    Fault, "kernelspec/rkhs/checker.py", tests=("tests/rkhs/test_laws.py -k tampered or bounds or difference",)
)
_verdict = partial(Fault, "kernelspec/rkhs/verdict.py", tests=_LAWS)

FAULTS = (
    # -- facts of ends -----------------------------------------------------------------------------------------
    _ends("if kernel.series_sign == 1 else UNKNOWN", "if True else UNKNOWN", "parts of a kernel of either sign"),
    _ends("right + (-1) ** parity * left > 0", "right - (-1) ** parity * left > 0", "the other part's value"),
    _ends("all(t[p].zero for t in found)", "any(t[p].zero for t in found)", "a sum with one part that is 0"),
    _ends("factor[p ^ q]) for q", "factor[q]) for q", "a product of equal parities"),
    _ends(
        "any(a.singular and b.positive or a.positive and b.singular for a, b in pairs)",
        "any(a.singular or b.singular for a, b in pairs)",
        "a singular factor beside one that may be 0",
    ),
    _ends(
        "own.singular and (normalised or odd.singular)",
        "own.singular",
        "a singular layer that is not reached, even part",
    ),
    _ends(
        "other.singular and normalised or other.positive and odd.singular",
        "other.singular or other.positive and odd.singular",
        "a singular layer that is not reached, odd part",
    ),
    _ends("known and even.positive, moves and even.singular", "known, moves", "an even layer inside that is analytic"),
    _ends("    reaches = normalised and bends", "    reaches = bends", "a layer of which 1 is not reached"),
    _ends(
        "reaches or moves and even.singular or bends and odd.singular",
        "reaches or moves and even.singular or moves and odd.singular",
        "a line that makes an odd part even",
    ),
    _ends(
        "Part(False, moves, reaches or moves and odd.singular or bends and even.singular)",
        "Part(False, moves, reaches or moves and odd.singular or moves and even.singular)",
        "a line that makes an even part odd",
    ),
    _ends("    if not (even.positive and odd.positive):", "    if False:", "parts inside that may be 0"),
    _sums(
        "        if all(c > 0 for c, _ in self.terms):\n            return found",
        "        if True:\n            return found",
        "a polynomial that is taken away left out",
    ),
    _sums(
        "return super().smooth_in_angle or all(k.smooth_in_angle for k in self._kernels())",
        "return super().smooth_in_angle or any(k.smooth_in_angle for k in self._kernels())",
        "one part that is smooth in the angle",
    ),
    _compositions(
        "if all(k.series_sign == 1 for k in self.layers[1:]) and all(k.smooth_in_angle",
        "if all(k.smooth_in_angle",
        "a layer inside that may touch -1 within",
    ),
    _compositions(
        "normalised = normalised and kernel.rational_one == 1",
        "normalised = kernel.rational_one == 1",
        "a layer further inside that is not normalised",
    ),
    _families(
        "return self.degree % 2 == 1, self.degree % 2 == 0",
        "return self.degree % 2 == 0, self.degree % 2 == 1",
        "the parity of an arc-cosine kernel that is a polynomial",
    ),
    Fault(
        "kernelspec/kernels/stationary.py",
        "return self.nu.denominator > 1  # two entire",
        "return True  # two entire",
        "a logarithm in the angle",
        _FACTS,
    ),
    Fault(
        "kernelspec/kernels/smooth_duals.py",
        "return self.polynomial_part(0) is None, self.polynomial_part(1) is None",
        "return True, True",
        "a part of silu that is a line called singular",
        _FACTS,
    ),
    Fault(
        "kernelspec/kernels/piecewise.py",
        "return bool(self.activation.part(0).breaks), bool(self.activation.part(1).breaks)",
        "return bool(self.activation.breaks), bool(self.activation.breaks)",
        "kinks that one part has not",
        _FACTS,
    ),
    # -- laws --------------------------------------------------------------------------------------------------
    _laws("leading = -sine * law.coefficient", "leading = sine * law.coefficient", "the sign of a law"),
    _laws("if not kernel.smooth_in_angle:", "if False:", "a law without a proof"),
    _laws("        if not leading > 0:", "        if False:", "a law with a negative coefficient"),
    _laws("leading, kernel.series_sign == 1)", "leading, True)", "eigenvalues that may vanish"),
    _laws("if laws[0].nu != laws[1].nu:", "if False:", "different powers taken for one"),
    _laws("sorted((0, 1), key=lambda i: laws[i].nu)", "sorted((1, 0), key=lambda i: -laws[i].nu)", "the faster kernel"),
    _laws("power = 2 * (laws", "power = (laws", "the power of a ratio"),
    _laws(
        "limit = laws[0].leading / laws[1].leading", "limit = laws[1].leading / laws[0].leading", "a limit upside down"
    ),
    _laws(" and pair[analytic.index(False)].taylor_parts[parity].singular:", ":", "no proof that a part is singular"),
    _laws("analytic[i] or k.infinitely_smooth", "analytic[i]", "C^oo left out"),
    _verdict(
        "laws.together(limits, excluded), (0.0, math.inf)",
        "laws.together(limits, excluded), (1.0, 1.0)",
        "limits taken for bounds",
    ),
    # -- the check ---------------------------------------------------------------------------------------------
    _checker('_require(lower == 0 and upper == math.inf, "limits', '_require(True, "limits', "limits that bound"),
    _checker('law["every"] is True for law', "True for law", "eigenvalues that may vanish, in the check"),
    _checker(
        '_require(first[0] == second[0], "both kernels have the same exponent")',
        '_require(True, "both kernels have the same exponent")',
        "exponents that differ, in the check",
    ),
    _checker(
        '_require(first[0] != second[0], "the exponents differ")',
        '_require(True, "the exponents differ")',
        "exponents that agree, in the check",
    ),
    _checker("low <= first[2] / second[1] * slack and ", "", "a limit too high, in the check"),
    _checker(" and first[1] / second[2] <= high * slack", "", "a limit too low, in the check"),
    _checker("0 < low <= high < low * slack**2", "0 < low <= high", "a wide limit, in the check"),
    _checker("nu > 0 and nu.denominator > 1", "nu.denominator > 1", "an exponent below 0, in the check"),
    _checker(
        "_require(nu > 0 and nu.denominator > 1,", "_require(nu > 0,", "an exponent that is an integer, in the check"
    ),
    _checker(
        '_require(0 < low <= high, "the leading coefficient is positive")',
        '_require(low <= high, "the leading coefficient is positive")',
        "a leading coefficient of either sign, in the check",
    ),
)
