"""Faults in the facts of kernels (parity, majorant, analyticity), and in networks, kinked values, users' functions."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

_FACTS = (
    "tests/kernels/test_facts.py",
    "tests/kernels/test_ranges.py",
    "tests/kernels/test_zonal.py",
    "tests/kernels/test_duals.py",
    "tests/spectrum/test_analyticity.py",
)
_NETWORKS = ("tests/kernels/test_facts.py", "tests/kernels/test_networks.py", "tests/kernels/test_layered.py")
_KINKED = ("tests/kernels/test_piecewise.py",)

_atoms = partial(Fault, "kernelspec/kernels/atoms.py", tests=_FACTS)
_compositions = partial(Fault, "kernelspec/kernels/compositions.py", tests=_FACTS)
_products = partial(Fault, "kernelspec/kernels/products.py", tests=_FACTS)
_sums = partial(Fault, "kernelspec/kernels/sums.py", tests=_FACTS)
_stated = partial(Fault, "kernelspec/kernels/facts.py", tests=_FACTS)
_zonal = partial(Fault, "kernelspec/kernels/zonal.py", tests=_FACTS)
_networks = partial(Fault, "kernelspec/kernels/networks.py", tests=_NETWORKS)
_layered = partial(Fault, "kernelspec/kernels/layered.py", tests=_NETWORKS)
_duals = partial(Fault, "kernelspec/kernels/duals.py", tests=("tests/kernels/test_duals.py",))
_kinked = partial(Fault, "kernelspec/kernels/piecewise_values.py", tests=_KINKED)
_floats = partial(Fault, "kernelspec/kernels/piecewise_floats.py", tests=_KINKED)
_steep = partial(Fault, "kernelspec/kernels/piecewise_exponentials.py", tests=("tests/kernels/test_steep_pieces.py",))
_mpmath = partial(Fault, "kernelspec/kernels/piecewise_mpmath.py", tests=_KINKED)
_identity = partial(Fault, "kernelspec/kernels/identity.py", tests=("tests/kernels/test_identity.py",))
_callables = partial(
    Fault, "kernelspec/kernels/callables.py", tests=("tests/kernels/test_callables.py", "tests/kernels/test_facts.py")
)

FAULTS = (
    # -- identity --------------------------------------------------------------------------------------
    _identity("array.shape, array.dtype.str, data", "array.dtype.str, data", "a row equal to a list of its numbers"),
    _identity("array.shape, array.dtype.str, data", "array.shape, data", "an array equal to the same bits as integers"),
    _identity("return _contents(self) == _contents(other)", "return True", "all kernels that hold lists equal"),
    _identity("return same_hash and bool(mine == others)", "return same_hash", "kernels equal if their hashes are"),
    _identity(
        'if not {"__eq__", "__hash__"} & set(vars(cls)):', "if True:", "an identity that a class states passed by"
    ),
    _identity("and not kind.__dataclass_params__.frozen:", "and False:", "kernels kept whose fields may change"),
    # -- facts -----------------------------------------------------------------------------------------
    _atoms(
        "        return None if r > 1 else Fraction(1)\n",
        "        return Fraction(1)\n",
        "a huge power bounded by 1 beyond the disc",
    ),
    _sums(
        "return all(k.homogeneous for _, k in self.terms)",
        "return any(k.homogeneous for _, k in self.terms)",
        "a sum homogeneous if a term is",
    ),
    _sums(
        "return float(sum(abs(float(c)) * k.truncation for c, k in self.terms))",
        "return float(abs(sum(float(c) * k.truncation for c, k in self.terms)))",
        "truncations of a difference cancel",
    ),
    _sums(
        "return any(k.real_only for _, k in self.terms)",
        "return all(k.real_only for _, k in self.terms)",
        "a sum read off [-1, 1] though a term is not",
    ),
    _sums(
        "return all(k.infinitely_smooth or k.radius > 1 for _, k in self.terms)",
        "return any(k.infinitely_smooth or k.radius > 1 for _, k in self.terms)",
        "a sum smooth if a term is",
    ),
    _sums(
        "return min((k.radius for _, k in self.terms), default=math.inf)",
        "return max((k.radius for _, k in self.terms), default=math.inf)",
        "a sum as analytic as its best term",
    ),
    _sums(
        "return all(coefficient_at_least(expression.add(rest), m, c) for m, c in against)",
        "return all(coefficient_at_least(expression.add(rest), m, c / 2) for m, c in against)",
        "half of a negative coefficient outweighed",
    ),
    _sums(
        "if sign * c * k.series_sign > 0:",
        "if sign * k.series_sign > 0:",
        "the sign of a coefficient left out of a sum's",
    ),
    _sums("        return total + abs(start)\n", "        return total\n", "the constant dropped from a majorant"),
    _sums(
        "size = abs(c) if isinstance(c, Fraction) else upper(c.ball(64))",
        "size = c if isinstance(c, Fraction) else upper(c.ball(64))",
        "negative coefficients taken off a majorant",
    ),
    _sums(
        "            for m, q in part.items():\n                total[m] = total.get(m, Fraction(0)) + c * q\n",
        "            for m, q in part.items():\n                total[m] = total.get(m, Fraction(0)) + abs(c) * q\n",
        "a polynomial part with coefficients without sign",
    ),
    _products(
        "size, missing = size * bound, missing * (bound + rest) + size * rest",
        "size, missing = size * bound, missing * bound",
        "what one factor misses, times the others, dropped",
    ),
    _products(
        "size, missing = size * bound, missing * (bound + rest) + size * rest",
        "size, missing = size * bound, missing + rest",
        "what factors miss added without the size of the others",
    ),
    _products(
        "return min(k.radius for k in self.factors)",
        "return max(k.radius for k in self.factors)",
        "a product as analytic as its best factor",
    ),
    _products(
        "return math.prod(k.series_sign for k in self.factors)",
        "return max(k.series_sign for k in self.factors)",
        "a product with the best sign",
    ),
    _products(
        "poly_add(poly_multiply(parts[0], factor[p]), poly_multiply(parts[1], factor[1 - p]))",
        "poly_add(poly_multiply(parts[0], factor[p]), poly_multiply(parts[1], factor[p]))",
        "odd times even taken for even",
    ),
    _compositions("return missing\n", "return self.layers[0].truncation\n", "what an inner series misses forgotten"),
    _compositions(
        "        if all(math.isinf(k.radius) for k in self.layers):\n",
        "        if any(math.isinf(k.radius) for k in self.layers):\n",
        "a composition entire if a layer is",
    ),
    _compositions(
        "            found |= reached_singular(outer, inner)\n",
        "            pass\n",
        "singular points of outer kernels forgotten",
    ),
    _compositions(
        "if inner is None or 0 in outer.singular:",
        "if inner is None or outer.singular == {0}:",
        "a kink inside an outer kernel forgotten",
    ),
    _compositions(
        "inner = all(k.series_sign == 1 for k in self.layers[1:])",
        "inner = all(k.series_sign for k in self.layers[1:])",
        "compositions with negative coefficients inside",
    ),
    _compositions(
        "        for k in reversed(self.layers):\n            bound = k.majorant(r)\n",
        "        for k in self.layers:\n            bound = k.majorant(r)\n",
        "the majorant of the layers in the wrong order",
    ),
    _compositions(
        "            if odd == {}:  # an even function of u stays one\n                even, odd = None, {}\n",
        "            if odd == {}:  # an even function of u stays one\n                even, odd = {}, None\n",
        "an even inner kernel makes an odd composition",
    ),
    _compositions(
        "return any(exact_at(k, 1) != ONE for k in self.layers[1:])",
        "return all(exact_at(k, 1) != ONE for k in self.layers[1:])",
        "kappa(1) of a composition whose inner kernels end off 1",
    ),
    _stated(
        "if not self.series_sign or r > 1 and not math.isinf(self.radius):",
        "if not self.series_sign:",
        "a value beyond the disc for a majorant",
    ),
    _stated(
        "        if not self.series_sign or r > 1 and not math.isinf(self.radius):\n            return None\n",
        "        if r > 1 and not math.isinf(self.radius):\n            return None\n",
        "a value for a majorant without one sign",
    ),
    _atoms(
        "return frozenset(() if self.radius > 1 else (1, -1))",
        "return frozenset(() if self.radius > 1 else (1,))",
        "kernels of radius 1 analytic at -1",
    ),
    _zonal(
        "with precision(math.ceil((digits + 10) * math.log2(10)) + 4):",
        "with precision(math.ceil(digits) + 4):",
        "Taylor coefficients with digits for bits",
    ),
    _zonal(
        "return expression.add([(1 / one, self)])",
        "return expression.add([(one, self)])",
        "multiplied by kappa(1) and not divided",
    ),
    # -- networks --------------------------------------------------------------------------------------
    _networks(
        "return Fraction(self.depth + int(self.bias))",
        "return Fraction(self.depth)",
        "kappa(1) of the input's bias forgotten",
    ),
    _networks(
        "return Pair(point.codelta, point.delta, ",
        "return Pair(point.u, point.delta, ",
        "the bias of a tangent kernel forgotten",
    ),
    _duals(
        "value = (arithmetic.expm1(u) - arithmetic.expm1(-u)) / (2 * e)",
        "value = (arithmetic.expm1(u) + arithmetic.expm1(-u)) / (2 * e)",
        "cosh in place of sinh",
    ),
    _networks("return math.inf if self.straight else 1.0", "return math.inf", "tangent kernels entire"),
    _networks(
        "slope = compose(layer.slope, rho)\n",
        "slope = compose(layer.slope, compose(layer.psi, rho))\n",
        "kappa_0 of the layer behind, in the written form",
    ),
    _layered(
        "variances[-1] * variance * (1 + slope**2) / 2 + bias",
        "variances[-1] * variance * (1 + slope) ** 2 / 2 + bias",
        "(1 + s)^2 for 1 + s^2 in the variances",
    ),
    _layered(
        "        variances = [variance + bias]\n",
        "        variances = [variance * (1 + slope**2) / 2 + bias]\n",
        "the first layer taken to follow an activation",
    ),
    _layered(
        "        for _ in range(self.depth - 1):\n            variances.append",
        "        for _ in range(self.depth):\n            variances.append",
        "a variance of a layer too many",
    ),
    _layered(
        "            return super().variances  # whose error says that they are not known here\n",
        "            bias = Fraction(0)\n",
        "variances that nobody knows, made up",
    ),
    _layered(
        "return self.slope == 1 or self.depth == 1",
        "return abs(self.slope) == 1 or self.depth == 1",
        "the absolute value taken for a line",
    ),
    _layered(
        "even = parity == 1 and self.slope == -1 and not self.bias_variance",
        "even = parity == 1 and self.slope == -1",
        "absolute values with biases taken for even",
    ),
    _layered(
        "            bits = KNOWN_BITS - (4 * i + 12).bit_length()\n",
        "            bits = KNOWN_BITS\n",
        "coefficients of rounded networks known too well",
    ),
    _layered(
        "Fraction(1, 2 * self.depth if self.tangent else 1)",
        "Fraction(1, 2 * self.depth - 1 if self.tangent else 1)",
        "the residual tangent kernel over 2L - 1",
    ),
    _layered(
        "layer_of(1 / (1 + self.alpha**2), Fraction(0))",
        "layer_of(1 / (1 + self.alpha), Fraction(0))",
        "alpha for its square",
    ),
    # -- kinks -----------------------------------------------------------------------------------------
    _kinked(
        "if n and bound < -(digits + 3) * math.log(10):",
        "if n and bound < -(digits - 6) * math.log(10):",
        "Taylor's formula ended nine digits early",
    ),
    _kinked(
        "next(m for m in range(n + 1) if levels[m].terms == level.terms)",
        "next(m for m in range(n + 1) if levels[m].rest == level.rest)",
        "levels with other jumps taken for the same",
    ),
    _kinked(
        "nodes, weights = _rule(halvings(plan, 9.5) if centre else 0, cuts_of(activation))",
        "nodes, weights = _rule(halvings(plan, 0.6) if centre else 0, cuts_of(activation))",
        "panels end before two close kinks are flat",
    ),
    _kinked(
        "return 1 + int(max((x * x for x in activation.breaks if counts(abs(float(x)))), default=0) // 100)",
        "return 1",
        "panels not cut for a kink far out",
    ),
    _floats("_DEGREE = 30", "_DEGREE = 8", "many points read from interpolants of degree 7"),
    _steep("REACH = 1\n", "REACH = 30\n", "Taylor's formula used where its terms cancel"),
    _steep("-deviations, high - Fraction", "-1, high - Fraction", "the rest cut off at one deviation"),
    _steep("rate * at.number(edge) - z * z / 2", "rate * at.number(edge) - z * z", "a normal tail of another exponent"),
    _steep("at.where(y + z > 0, 1, -1)", "at.where(y + z > 0, 1, 1)", "a mass from the side on which it cancels"),
    _steep("(m - 1) * spread * spread", "m * spread * spread", "m for m - 1 in the moments behind a tilt"),
    Fault(
        "kernelspec/numbers/constants.py",
        "if not self.nested or found.rel_accuracy_bits() >= least:",
        "if True:",
        "deep variances with the digits that their layers leave",
        ("tests/kernels/test_deep_variances.py",),
    ),
    Fault(
        "kernelspec/expansions/kinks.py",
        "far = abs(size) > _FAR",
        "far = abs(size) > 10**9",
        "normal tails far out by what cancels",
        ("tests/numbers/test_far_tails.py",),
    ),
    Fault(
        "kernelspec/expansions/kinks.py",
        "return tail if sign < 0 else rational(1) - tail",
        "return rational(1) - tail if sign < 0 else tail",
        "the other normal tail",
        ("tests/numbers/test_far_tails.py",),
    ),
    Fault(
        "kernelspec/numbers/generators.py",
        "return (x * x / 2).hypgeom_u(half, half)",
        "return (x * x).hypgeom_u(half, half)",
        "Mills' ratio without the square root of 2",
        ("tests/numbers/test_far_tails.py",),
    ),
    Fault(
        "kernelspec/numbers/generators.py",
        "return x if e == 1 else (flint.arb_poly([x]) ** int(e))[0]",
        "return x ** int(e)",
        "powers of balls around 0 that are NaN",
        ("tests/numbers/test_exact_numbers.py -k around_zero",),
    ),
    Fault(
        "kernelspec/numbers/generators.py",
        "with precision(bits + 2 * bits.bit_length()):",
        "with precision(bits):",
        "bits that Mills' ratio loses by its exponential",
        ("tests/numbers/test_far_tails.py",),
    ),
    Fault(
        "kernelspec/numbers/generators.py",
        "(x * x / 2).exp() * (x / flint.arb(2).sqrt()).erfc() / 2",
        "(x * x / 2).exp() * (x / flint.arb(2).sqrt()).erfc()",
        "Mills' ratio of many bits twice",
        ("tests/numbers/test_far_tails.py",),
    ),
    Fault(
        "kernelspec/kernels/ranges.py",
        "sum(map(abs, polynomial.values()), Fraction(0)) < 1:",
        "sum(map(abs, polynomial.values()), Fraction(0)) < 2:",
        "polynomials that reach beyond 1 taken for cosines",
        ("tests/kernels/test_ranges.py", "tests/kernels/test_deep_variances.py"),
    ),
    Fault(
        "kernelspec/kernels/conditional_means.py",
        "found = found + (m - 1) * sigma * sigma * moments[m - 2]",
        "found = found + m * sigma * sigma * moments[m - 2]",
        "m for m - 1 in the moments",
        tests=_KINKED,
    ),
    _mpmath(
        "for x, weight in _mpmath_nodes(mp, int(0.8 * digits) + 8):",
        "for x, weight in _mpmath_nodes(mp, int(0.1 * digits) + 2):",
        "too few nodes in mpmath",
    ),
    _kinked("if counts(abs(float(x)))", "if counts(8 * abs(float(x)))", "far kinks that count left without panels"),
    Fault(
        "kernelspec/numbers/closed_arithmetic.py",
        "return outer if self.length == 1 else outer(inner)",
        "return outer(inner)",
        "one Taylor coefficient of a Matern kernel refused",
        ("tests/kernels/test_stationary.py",),
    ),
    # -- texts -----------------------------------------------------------------------------------------
    *(
        Fault(f"kernelspec/kernels/{file}", before, after, what, ("tests/kernels/test_parser.py",))
        for file, before, after, what in (
            (
                "parser.py",
                "sum_of([sign * x for sign, x in terms])",
                "sum((sign * x for sign, x in terms), start=Fraction(0))",
                "numbers added one by one, whatever cancels on the way",
            ),
            (
                "expression.py",
                'found is not None and all(g.kind != "sum" for g, _ in found[0].powers)',
                "found is not None",
                "factors divided by a coefficient again when they are read",
            ),
            (
                "activated.py",
                'return f"slope({self.phi.text()!r}, {number_text(self.variance)})"',
                'return f"({self.form.text()})"',
                "slopes of layers printed as their formulas",
            ),
        )
    ),
    _floats(
        "out[:, chosen] = value, -change if centre == 1 else one - value",
        "out[:, chosen] = value, one - value",
        "the defect next to 1 by cancellation",
    ),
    # -- functions of the user's own -------------------------------------------------------------------
    _callables(
        "    bounded = False\n\n    function",
        "    bounded = True\n\n    function",
        "a user's function taken for bounded by 1",
    ),
    _callables(
        "return frozenset((1, 0, -1))", "return frozenset((1, -1))", "a user's function taken for analytic inside"
    ),
    _callables(
        'return {} if self.parity == ("odd", "even")[parity] else None',
        'return {} if self.parity == ("even", "odd")[parity] else None',
        "the other parity vanishes",
    ),
    Fault(
        "kernelspec/numbers/user_functions.py",
        'if found.dtype.kind not in "iufb"',
        'if found.dtype.kind not in "iufbc"',
        "complex values taken for their real parts",
        ("tests/kernels/test_callables.py -k bad_input",),
    ),
    _callables("_CLOSE = 1e-10", "_CLOSE = 1e-2", "a function that mixes its entries by one percent"),
    _callables(
        "if nu is not None and not (nu > 0 and nu.denominator <= 64):",
        "if nu is not None and not nu.denominator <= 64:",
        "exponents below 0 taken",
    ),
)
