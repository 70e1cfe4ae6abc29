"""Faults in expansions at the ends: series along which kernels are read, kinks, series, exact numbers and proofs that one is zero."""

from __future__ import annotations

from mutants.fault import Fault

EXPANSIONS = "kernelspec/expansions/series_point.py"
BESSEL = "kernelspec/expansions/matern_series.py"
ENDS = "kernelspec/expansions/expand.py"
EXPANDED = "kernelspec/expansions/puiseux.py"
KINKS = "kernelspec/expansions/kinks.py"
PIECES = "kernelspec/expansions/piecewise_series.py"
SERIES = "kernelspec/expansions/series.py"
CONSTANTS = "kernelspec/numbers/constants.py"
VANISHING = "kernelspec/numbers/vanishing.py"

_PUISEUX = ("tests/expansions/test_expansions.py",)
_PRODUCT = ("tests/expansions/test_expansions.py::test_a_product_is_known_as_far_as_its_factors_let",)
_KINKS = (
    "tests/expansions/test_expansions.py::test_the_roughest_kink_leads",
    "tests/kernels/test_duals.py::test_declared_kinks_give_the_decay",
    "tests/kernels/test_duals.py::test_declared_kinks_are_checked",
    "tests/kernels/test_piecewise.py",
)
_PIECES = ("tests/expansions/test_piecewise_series.py -k not deep and not high and not hermite",)
_STARTED = ("tests/expansions/test_piecewise_series.py -k hardswish-4-True",)
_SUBCLASS = ("tests/kernels/test_subclass.py",)
_MATERN = ("tests/kernels/test_stationary.py", "tests/expansions/test_expansions.py")
_EXACT = ("tests/expansions/test_expansions.py", "tests/numbers/test_exact_numbers.py")

FAULTS = (
    Fault(
        EXPANSIONS,
        "slope[0].scaled(Fraction(n * n, 2 * n - 1))",
        "slope[0].scaled(Fraction(n * n, 2 * n + 1))",
        "the derivative of an arc-cosine kernel",
        _PUISEUX,
    ),
    Fault(
        EXPANSIONS,
        "order = u.order if abs(u.start.rational or 0) != 1 else max(u.order // 2, 1)",
        "order = u.order",
        "a constant at an end known as far as its argument",
        _PUISEUX,
    ),
    Fault(
        EXPANSIONS,
        "            if sign < 0:",
        "            if sign < -1:",
        "an argument beyond [-1, 1] let through",
        _PUISEUX,
    ),
    Fault(
        EXPANSIONS,
        "        x = replace(x, start=ZERO)\n",
        "        pass\n",
        "a constant term that is 0, but not by its form, taken for a number that has powers",
        _PUISEUX,
    ),
    Fault(
        EXPANSIONS,
        "return _product(a, closed_values.inverse(b) if isinstance(b, Number) else b.power(Fraction(-1)))",
        "return _product(a, b if isinstance(b, Number) else b.power(Fraction(-1)))",
        "a product with a number in the place of a quotient",
        _PUISEUX,
    ),
    Fault(
        EXPANSIONS,
        "        except (AttributeError, TypeError) as error:\n",
        "        except AttributeError as error:\n",
        "a formula in floats not refused as one without an expansion",
        _SUBCLASS,
    ),
    Fault(
        PIECES,
        "distance = constant(u.ring, ONE, u) - u.scaled(int(end))",
        "distance = constant(u.ring, ONE, u) - u",
        "a kinked dual at u = -1 expanded in 1 - u",
        _KINKS,
    ),
    Fault(
        BESSEL,
        "return _entire(z, 1 - nu) + z.power(nu).times(ratio) * _entire(z, 1 + nu)",
        "return _entire(z, 1 - nu) + z.power(nu).times(ratio)",
        "the second series of a Matern kernel cut to its first term",
        _MATERN,
    ),
    Fault(
        BESSEL,
        "constants.append((above - here.scaled(mu)) * inverse)",
        "constants.append((above + here.scaled(mu)) * inverse)",
        "the sign in the recurrence of Bessel functions",
        _MATERN,
    ),
    Fault(
        EXPANSIONS,
        'if isinstance(q, Rounded):\n        raise ValueError(f"the law rests',
        'if False:\n        raise ValueError(f"the law rests',
        "a rounded exponent taken for exact",
        _EXACT,
    ),
    Fault(
        EXPANSIONS,
        "        return _number(q)\n",
        "        return _number(Fraction(q) if isinstance(q, Rounded) else q)\n",
        "a rounded float taken for the fraction that it is",
        _EXACT,
    ),
    # -- ends ----------------------------------------------------------------------------------------------------------
    Fault(
        EXPANDED,
        "        if exponent >= self.order:\n",
        "        if exponent > self.order:\n",
        "a coefficient at the order taken to be 0",
        _PUISEUX,
    ),
    Fault(
        ENDS,
        'return Puiseux(found.entries[:terms], found.entries[terms][0], "t", kernel, at)',
        'return Puiseux(found.entries[:terms], found.order, "t", kernel, at)',
        "an expansion said to be known beyond the terms left out",
        _PUISEUX,
    ),
    Fault(
        EXPANDED,
        "entries = tuple((2 * e, c * power(scale, e)) for e, c in self.entries)",
        "entries = tuple((2 * e, c) for e, c in self.entries)",
        "sigma^2 taken for t",
        _PUISEUX,
    ),
    Fault(
        ENDS,
        "known = i.denominator == 1 and v <= i < found.order and structure.may_have(e)",
        "known = i.denominator == 1 and v < i < found.order and structure.may_have(e)",
        "the first coefficient in balls set to 0",
        _PUISEUX,
    ),
    Fault(
        ENDS,
        "        if not all(c == 0 for c in body[: max(-v, 0)]):\n",
        "        if False:\n",
        "a kernel that is unbounded at an end expanded as if it were not",
        _PUISEUX,
    ),
    Fault(
        ENDS,
        "    if ramification % least:\n",
        "    if False:\n",
        "fractional powers dropped from a series in a coarser root",
        _PUISEUX,
    ),
    Fault(
        EXPANDED,
        "return Puiseux(kept, min(least, self.order), self.variable, self.kernel, self.at)",
        "return Puiseux(kept, least, self.variable, self.kernel, self.at)",
        "a series truncated beyond what it knows",
        _PUISEUX,
    ),
    # -- kinks ---------------------------------------------------------------------------------------------------------
    Fault(
        KINKS,
        "return r + _HALF, (scale * sums[0]).scaled((-1) ** (r + 1)), scale * sums[1]",
        "return r + _HALF, (scale * sums[0]).scaled((-1) ** r), scale * sums[1]",
        "the sign of the kink rule at u = 1",
        _KINKS,
    ),
    Fault(
        KINKS,
        "total([e_power(-x * x / 2).scaled(j * jumps.get(sign * x, 0)) for x, j in jumps.items()])",
        "total([e_power(-x * x).scaled(j * jumps.get(sign * x, 0)) for x, j in jumps.items()])",
        "the density of a kink squared",
        _KINKS,
    ),
    Fault(
        KINKS,
        "r = min(order for _, order, _ in kinks)",
        "r = max(order for _, order, _ in kinks)",
        "the smoothest kink taken to lead",
        _KINKS,
    ),
    Fault(
        KINKS,
        "above = rational(1) if b is None else normal(b)",
        "above = rational(1)",
        "moments up to a kink taken to infinity",
        _KINKS,
    ),
    Fault(
        KINKS,
        "return total(parts) * exponential_of(beta * beta / 2)",
        "return total(parts) * exponential_of(beta * beta)",
        "the moment generating function of the normal",
        _KINKS,
    ),
    Fault(
        KINKS,
        "for first, second in ((0, 1), (1, 0)):",
        "for first, second in ((0, 1),):",
        "the jumps of the second function left out",
        _KINKS,
    ),
    Fault(
        KINKS,
        "flint.fmpq_poly([0, 0, flint.fmpq(1, 2**j)])",
        "flint.fmpq_poly([0, 0, flint.fmpq(1, 2)])",
        "tau^2 = x^2 w/(2-w) without its higher powers",
        _KINKS,
    ),
    Fault(
        KINKS,
        "flint.fmpq(math.comb(2 * i, i), 8**i)",
        "flint.fmpq(math.comb(2 * i, i), 4**i)",
        "(1-w)^{-1/2} in place of (1-w/2)^{-1/2}",
        _KINKS,
    ),
    # -- duals of pieces inside (-1, 1) --------------------------------------------------------------------------------
    Fault(
        PIECES,
        "difference = _coefficient(part, n, -x, s).scaled(2) - _coefficient(f, n, -x, s)",
        "difference = _coefficient(part, n, -x, s) - _coefficient(f, n, -x, s)",
        "the mirrored coefficient with one half of the even part",
        _PIECES,
    ),
    Fault(
        PIECES,
        "out.append(difference.scaled((-1) ** (n + parity)))",
        "out.append(difference.scaled((-1) ** parity))",
        "mirrored coefficients all of one sign",
        _PIECES,
    ),
    Fault(
        PIECES,
        "weight = _hermite_at(x, n - 1 - j)",
        "weight = _hermite_at(x, n - j)",
        "a jump times the Hermite polynomial of the next degree",
        _PIECES,
    ),
    Fault(
        PIECES,
        "while _log_binomial(length, n) - (length - n) * rate > -bits:",
        "while -(length - n) * rate > -bits:",
        "a series cut off without regard for its binomials",
        _PIECES,
    ),
    Fault(
        PIECES,
        "tail = (rest * flint.arb(length).bin(n) * largest ** (length - n)).upper()",
        "tail = (rest * largest ** (length - n)).upper()",
        "the tail of a derivative taken for that of the value",
        _PIECES,
    ),
    Fault(
        PIECES, "+ flint.arb(tail / 2, tail / 2)", "+ flint.arb(tail / 2)", "the tail added without its ball", _PIECES
    ),
    Fault(
        PIECES,
        "largest = x.upper()",
        "largest = x.mid()",
        "a ball of correlations taken for its middle in the tail",
        _PIECES,
    ),
    Fault(
        PIECES,
        "    if not (x > 0 and largest < 1):",
        "    if not largest < 1:",
        "a correlation that may be negative taken for a positive one",
        _PIECES,
    ),
    Fault(
        PIECES,
        "            out += self.m * lower\n",
        "            out += lower\n",
        "the derivative of x^m without its factor",
        (*_PIECES, *_KINKS),
    ),
    Fault(
        PIECES,
        "for place, sign in ((i - 1, 1), (i, -1))",
        "for place, sign in ((i - 1, 1), (i, 1))",
        "both ends of a piece with the same sign",
        (*_PIECES, *_KINKS),
    ),
    Fault(
        PIECES,
        "coefficients = inside(f, u.start, count, s)",
        "coefficients = inside(f, -u.start, count, s)",
        "a layer read at the mirror image of where it starts",
        _STARTED,
    ),
    Fault(
        "kernelspec/decay/power_laws.py",
        "or sum(1 for _ in parts) == _LONG",
        "or sum(1 for _ in parts) < _LONG",
        "short constants left as they are, nested ones multiplied out",
        ("tests/decay/test_decay.py",),
        harmless="the same constants, in another form: nested ones take minutes",
    ),
    # -- series --------------------------------------------------------------------------------------------------------
    Fault(
        SERIES,
        "orders += [a.order] if b.start else []",
        "orders += []",
        "a product said to be known beyond its second factor's start",
        _PRODUCT,
    ),
    Fault(
        SERIES,
        "orders += [b.order] if a.start else []",
        "orders += []",
        "a product said to be known beyond its first factor's start",
        _PRODUCT,
    ),
    Fault(
        SERIES,
        "n = min(len(first), len(second))",
        "n = len(first)",
        "a product with negative powers known as far as its first factor",
        _PRODUCT,
    ),
    Fault(
        SERIES,
        "orders = [a.v + b.order, b.v + a.order]",
        "orders = [a.v + b.order, b.v + b.order]",
        "the order of a product by one factor alone",
        _PUISEUX,
    ),
    Fault(
        SERIES,
        "        order = min(a.order, b.order)\n        if a.v >= 1 and b.v >= 1:",
        "        order = a.order\n        if a.v >= 1 and b.v >= 1:",
        "a sum said to be known as far as its first term",
        _PUISEUX,
    ),
    Fault(
        SERIES, "return found.times(exponential(u.start))", "return found", "e to the constant term dropped", _PUISEUX
    ),
    Fault(
        SERIES,
        "body = [self.ring.scale(c, Fraction(self.q, self.v + j)) for j, c in enumerate(self.body)]",
        "body = [self.ring.scale(c, Fraction(self.q, self.v + j + 1)) for j, c in enumerate(self.body)]",
        "an integral with the next exponent",
        _PUISEUX,
    ),
    Fault(
        SERIES,
        "return self.q // math.gcd(self.q, *_bits(self.residues))",
        "return self.q",
        "a root taken for finer than it is",
        _PUISEUX,
    ),
    Fault(
        SERIES,
        "return (mask << shift | mask >> (q - shift)) & ((1 << q) - 1)",
        "return (mask << shift) & ((1 << q) - 1)",
        "exponents that wrap around forgotten",
        _PUISEUX,
    ),
    # -- exact numbers -------------------------------------------------------------------------------------------------
    Fault(CONSTANTS, "            offset -= whole\n", "            offset += whole\n", "pi and 1/pi exchanged", _EXACT),
    Fault(
        CONSTANTS,
        "lambda x: x.rel_accuracy_bits() >= goal",
        "lambda x: x.rel_accuracy_bits() >= 4",
        "a ball handed out with fewer digits than asked for",
        _EXACT,
    ),
    Fault(
        CONSTANTS,
        "        return self.sign() == 0\n",
        "        return self.ball(96).contains(0)\n",
        "a number within rounding of 0 taken for 0",
        _EXACT,
    ),
    Fault(CONSTANTS, '"sum", -self if sign == -1 else self', '"sum", self', "the sign of a named sum lost", _EXACT),
    Fault(
        CONSTANTS,
        "                raise ValueError(undecided(self))",
        "                if self.floats:\n                    return 0\n                raise ValueError(undecided(self))",
        "what rests on the rounding of a float taken for 0",
        _EXACT,
    ),
    # -- proofs of zero ------------------------------------------------------------------------------------------------
    Fault(
        VANISHING,
        "return not x.floats and _simplifies_to_zero(x)",
        "return True",
        "what is left over taken for 0",
        _EXACT,
    ),
    Fault(
        VANISHING,
        "                return not x.floats and _simplifies_to_zero(x)",
        "                return _simplifies_to_zero(x)",
        "rounded floats simplified as if they were exact",
        _EXACT,
    ),
    Fault(
        VANISHING,
        "return polynomial(a, x) * root + polynomial(b, x) * arc_cosine(0, x)",
        "return polynomial(a, x) * root - polynomial(b, x) * arc_cosine(0, x)",
        "the sign in claim 12",
        _EXACT,
    ),
    Fault(
        VANISHING,
        "return _cleared(x, g, Fraction(-math.floor(min(exponents))), products)",
        "return _substituted(x, g, ZERO, products)",
        "terms with a denominator dropped",
        _EXACT,
    ),
    Fault(
        VANISHING,
        "if self.left < 0:",
        "if self.left < -100_000:",
        "more multiplied out than asked for",
        ("tests/spectrum/test_circle.py -k little",),
    ),
    Fault(
        "kernelspec/numbers/constants.py",
        "proved_zero(self, FEW_TERMS)",
        "proved_zero(self)",
        "much multiplied out before more bits are asked",
        ("tests/spectrum/test_circle.py -k little",),
    ),
    Fault(
        "kernelspec/numbers/generators.py",
        "else -NestedNumber(-self.content)",
        "else NestedNumber(-self.content)",
        "a long sum below 0 without its sign",
        ("tests/expansions/test_nested_numbers.py",),
    ),
    Fault(
        "kernelspec/expansions/inner_value.py",
        "self.number.accurate(round((prec + 8)",
        "self.number.accurate(round((prec // 2)",
        "long sums with fewer digits than sympy asks for",
        ("tests/expansions/test_nested_numbers.py",),
    ),
)
