"""Faults in what tells smooth kernels apart: radii, growth, rates, their readings, and the check of such proofs."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

_READINGS = ("tests/kernels/test_parity_readings.py",)
_VERDICTS = ("tests/rkhs/test_growth.py",)
_TAMPERED = ("tests/rkhs/test_growth.py -k tampered",)

_growth = partial(Fault, "kernelspec/kernels/growth.py", tests=_READINGS)
_facts = partial(Fault, "kernelspec/kernels/growth_facts.py", tests=_READINGS)
_parity = partial(Fault, "kernelspec/kernels/parity_readings.py", tests=_READINGS)
_verdict = partial(Fault, "kernelspec/rkhs/growth.py", tests=_VERDICTS)
_in_verdicts = partial(Fault, tests=_VERDICTS)
_comparison = partial(Fault, "kernelspec/rkhs/comparison.py", tests=_VERDICTS)
_checker = partial(Fault, "kernelspec/rkhs/checker.py", tests=_TAMPERED)

FAULTS = (
    # -- readings ----------------------------------------------------------------------------------------------
    _growth(
        "return (value + (-1) ** parity * mirrored) / 2", "return (value + mirrored) / 2", "an odd part taken even"
    ),
    _growth(
        "value_of(outer, rho.even - rho.odd)", "value_of(outer, rho.odd - rho.even)", "the mirror image of a layer"
    ),
    _growth("a - c * self.unit**degree", "a", "a constant that is taken away left in"),
    _growth("    if v > radius:\n        return True\n", "", "a series that diverges called unknown"),
    _growth("a.scale.max(b.scale) if a.level else a.scale + b.scale", "a.scale + b.scale", "exponentials that add up"),
    _growth(
        "            return a._replace(scale=a.scale + b.scale)\n        return self.joined",
        "            return self.joined(a, b)\n        return self.joined",
        "a product of exponentials that grows like one",
    ),
    _growth("Growth(0, a.power + b.power, a.scale * b.scale)", "Growth(0, a.power, a.scale * b.scale)", "a power lost"),
    _growth("return inner.max(rate * rho.slope)", "return inner.max(rate)", "the slope of an inner layer left out"),
    _growth("if rho.one is not None and rho.one < 1 or rate", "if rate", "a layer inside that does not reach 1"),
    _growth(
        "        inner = rho.even.max(rho.odd)\n", "        inner = rho.even\n", "the rate of the odd part left out"
    ),
    _facts("self.scale**outer.power)", "self.scale)", "the power of what is inside"),
    _facts("self.scale * outer.power if self.level == 1", "self.scale if self.level == 1", "a power of an exponential"),
    _facts("level = outer.level + self.level", "level = outer.level", "an exponential of an exponential"),
    _facts(
        "x / (ball(Fraction(SMOOTH[name].pole)) * flint.arb.pi()) ** 2", "x / flint.arb.pi() ** 2", "the nearest pole"
    ),
    _facts("rate = x / (ball", "rate = 1 / (ball", "the variance of a smooth layer left out"),
    _facts("(1 + rate) / abs(rate)", "(1 + rate) / abs(2 * rate)", "half of the radius"),
    _facts('"erf": lambda q, a, b, c: 2 * b * b * q', '"erf": lambda q, a, b, c: b * b * q', "half of erf's x"),
    _facts('"gaussian": lambda q, a, b: -2 * b * q', '"gaussian": lambda q, a, b: 2 * b * q', "the sign of a Gaussian"),
    _facts('"sin": lambda q, a, b, c: b * b * q', '"sin": lambda q, a, b, c: b * q', "the rate of a sine"),
    _facts('"gabor": lambda q: 2 * q', '"gabor": lambda q: q', "half of gabor's x"),
    _facts('"softplus": (CURVED, LINE)', '"softplus": (CURVED, CURVED)', "a line called curved"),
    _facts("    if kernel.series_sign != 1:\n", "    if False:\n", "Taylor coefficients of either sign"),
    _parity(
        "own.product(self.even, other.odd), own.product(self.odd, other.even)",
        "own.product(self.even, other.even), own.product(self.odd, other.odd)",
        "the parity of a product",
    ),
    _parity(
        "            if kernel.polynomial_degree(parity) == -1:\n", "            if False:\n", "a part that cancels"
    ),
    Fault(
        "kernelspec/kernels/stationary.py",
        "return self.singularities * 2",
        "return Fraction(2), self.singularities[0]",
        "the radius of a rational quadratic kernel",
        _READINGS,
    ),
    Fault(
        "kernelspec/kernels/powers.py",
        "return self.power < 0, False",
        "return False, False",
        "a power of 1 - u^2 not called singular",
        _READINGS,
    ),
    Fault(
        "kernelspec/kernels/wide.py",
        "values = self.tangent and moves and not any(phi.jumps for phi in steps.activations(self.chain))",
        "values = self.tangent and moves",
        "a tangent kernel that leaves out what a jump adds",
        ("tests/laws/test_laws.py -k outgrows",),
    ),
    Fault(
        "kernelspec/kernels/wide.py",
        "first.weight > 0 and first.own_weight > 0",
        "first.weight > 0",
        "a first layer that is not trained",
        ("tests/laws/test_laws.py -k outgrows",),
    ),
    # -- verdicts ----------------------------------------------------------------------------------------------
    _verdict(
        "radii[1 - fast][1] <= radii[fast][0] and", "radii[1 - fast][0] <= radii[fast][1] and", "radii that may agree"
    ),
    _in_verdicts(
        "kernelspec/kernels/growth.py",
        "if not any(outer.growth[p].level for p in (0, 1) if outer.kinds[p] == CURVED):",
        "if not largest.level:",
        "a polynomial of both parts of what grows like an exponential",
    ),
    _in_verdicts(
        "kernelspec/kernels/growth.py",
        "rho.slope is None or not rho.one == 1:",
        "rho.slope is None or rho.one != 1:",
        "a number next to 1 taken for 1",
    ),
    _in_verdicts(
        "kernelspec/kernels/parity_readings.py",
        "if kernel.rational_one == 1 else value",
        "if False else value",
        "weights that add up to 1 exactly",
    ),
    _in_verdicts(
        "kernelspec/kernels/parity_readings.py",
        "read(-k if k.series_sign == -1 else k, self)",
        "read(k, self)",
        "the signs of the factors of a product",
    ),
    _in_verdicts(
        "kernelspec/kernels/growth_facts.py",
        "        if not _curved(kernel, parity):\n",
        "        if False:\n",
        "a part that may be 0 read as if it were not",
    ),
    _verdict("    fast = int(above)\n", "    fast = int(not above)\n", "the faster entire kernel"),
    _verdict("fast = int(found[0] > found[1])", "fast = int(found[0] < found[1])", "the faster rate"),
    _verdict(
        "if not (found[0] < found[1] or found[0] > found[1]):", "if False:", "rates that may agree called different"
    ),
    _verdict("    if radii[0][0] > 1:\n", "    if False:\n", "radii that are not told apart passed on"),
    _comparison(
        "degree = max([degree, *(n for _, _, n in parts if n is not None)])",
        "degree = max([*(n for _, _, n in parts if n is not None), -1])",
        "the degree of a polynomial by which kernels differ",
    ),
    _comparison("(size, size))", "(1 / size, 1 / size))", "a factor upside down"),
    Fault(
        "kernelspec/kernels/ranges.py",
        "frozenset({-1}) if even.zero else _NONE, _NONE)",
        "_NONE, _NONE)",
        "the end u = -1 of an odd layer",
        ("tests/kernels/test_ranges.py -k where_a_layer",),
    ),
    _verdict("() if all(k.taylor_parts[parity].singular for k in pair) else _BITS", "()", "radii that are not asked"),
    Fault(
        "kernelspec/rkhs/comparison.py",
        "value_at(kernel, Fraction(0)) / value_at(other, Fraction(0))",
        "value_at(other, Fraction(0)) / value_at(kernel, Fraction(0))",
        "the factor of an exponential upside down",
        ("tests/rkhs/test_rkhs.py -k exponentials_of_one",),
    ),
    # -- the check ---------------------------------------------------------------------------------------------
    _checker("_number(slow[1]) <= r <= _number(fast[0])", "_number(slow[1]) <= r", "r beyond the larger radius"),
    _checker("_number(slow[1]) <= r <= _number(fast[0])", "r <= _number(fast[0])", "r within the smaller radius"),
    _checker("_number(slow[0]) <= _number(slow[1]) and ", "", "the ends of a radius the wrong way round"),
    _checker("slow[:2] > fast[:2] or same and", "slow[:2] >= fast[:2] or same and", "growths that agree, in the check"),
    _checker(
        '_require(not same or slow[0] > 0, "poly', '_require(True, "poly', "polynomials of one degree, in the check"
    ),
    _checker("level >= 0 and type(power) is int and power > 0", "type(power) is int and power > 0", "a level below 0"),
    _checker("0 < Fraction(low) <= Fraction(high)", "Fraction(low) <= Fraction(high)", "a scale below 0, in the check"),
    _checker(
        "Fraction(slow[0]) > Fraction(fast[1]) >=", "Fraction(slow[1]) > Fraction(fast[1]) >=", "rates that overlap"
    ),
    _checker("Fraction(fast[1]) >= Fraction(fast[0]) >= 0", "Fraction(fast[1]) >= Fraction(fast[0])", "a rate below 0"),
    _checker("0 < lower <= low <= high <= upper", "0 < lower and low <= high <= upper", "a factor"),
)
