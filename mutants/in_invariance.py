"""Faults in invariants of finite groups, in kernels averaged over them, and in bounds of deformations on groups."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

_SERIES = ("tests/sphere/test_invariants.py",)
_LEVELS = ("tests/rkhs/test_invariant.py",)
_STABILITY = ("tests/ckn/test_ckn_group_stability.py",)

_molien = partial(Fault, "kernelspec/sphere/molien.py", tests=_SERIES)
_matrices = partial(Fault, "kernelspec/sphere/matrix_groups.py", tests=_SERIES)
_named = partial(Fault, "kernelspec/sphere/invariants.py", tests=_SERIES)
_shapes = partial(Fault, "kernelspec/sphere/element_shapes.py", tests=_SERIES)
_group = partial(Fault, "kernelspec/sphere/finite_groups.py", tests=_SERIES)
_levels = partial(Fault, "kernelspec/rkhs/invariant.py", tests=_LEVELS)
_stability = partial(Fault, "kernelspec/ckn/stability/group_bounds.py", tests=_STABILITY)
_continuum = partial(Fault, "kernelspec/ckn/stability/continuum.py", tests=_STABILITY)

FAULTS = (
    # -- series --------------------------------------------------------------------------------------------------------
    _molien(
        "return times(each, ((2, -1),))", "return times(each, ((1, -1),))", "polynomials less those of a degree below"
    ),
    _molien("if r % 2:", "if r % 4:", "cycles of twice an odd length change their sign with -1"),
    _molien("(k - j) % r == 0", "(k - j) % r < r", "degrees that a series of t^r does not have"),
    _molien("[k % 2 : k + 1 : 2]", "[0 : k + 1 : 2]", "odd degrees halved as even ones"),
    _molien(
        "math.comb(k + c - 1, c - 1) * (k + d - 2)",
        "math.comb(k + c - 1, c - 1) * k",
        "a factor of N(d, k) left out of the bound of a character",
    ),
    _molien("most = 2**doubled * math.comb", "most = math.comb", "numerators left out of the bound of a character"),
    # -- groups --------------------------------------------------------------------------------------------------------
    _matrices("r = 2 * length if flips else length", "r = length", "cycles that change the sign as if they kept it"),
    _matrices(
        "exponents[r // p] = exponents.get(r // p, 0) - e",
        "exponents[r // p] = exponents.get(r // p, 0) + e",
        "the sign of the function of Moebius",
    ),
    _matrices("if dot != (i == j):", "if dot != (i == j) and i != j:", "rows of any length taken for orthogonal"),
    _named(
        "fixed = (1,) if d % 2 else (0, 2)", "fixed = (1,) if d % 2 else (0, 0)", "even reversals without fixed points"
    ),
    _named(
        "dividing - sum(count for s, count in of_order.items() if r % s == 0)",
        "dividing",
        "elements counted for every multiple of their order",
    ),
    _named("max(order // 2, 1)", "order", "as many rotations as elements"),
    _shapes("* 2 ** (len(kept) + len(changed))", "* 2 ** len(kept)", "the shares of elements that change signs"),
    _group(
        "middle, odd = Fraction(2, self.order)",
        "middle, odd = Fraction(1, self.order)",
        "even degrees of a group with -1",
    ),
    # -- averaged kernels ----------------------------------------------------------------------------------------------
    _levels("rest[1] += shares[1] * Fraction(high)", "rest[1] = shares[1] * Fraction(high)", "one parity left out"),
    _levels(
        "total = (one + (minus if parity == 0 else -minus)) / 2", "total = one / 2", "both parities have half the trace"
    ),
    _levels("mean = total / group.order", "mean = total", "a sum over the group in place of its average"),
    # -- deformations --------------------------------------------------------------------------------------------------
    _stability(
        "out[group.product(order, q)] += by_turn",
        "out[group.product(q, order)] += by_turn",
        "q r read in place of r q",
        harmless="the q of a patch are turns by up to k steps in either direction, or all: conjugation keeps the set",
    ),
    _stability("matrix = abs(matrix)\n", "matrix = matrix\n", "cubic weights with their signs"),
    _stability(
        "(len(neighbours) if block else 1)\n    return", "1\n    return", "the mean over the turns of a patch as a sum"
    ),
    _stability(
        'if self.network.output == "sum":\n            return None', "if False:\n            return None", "turned maps"
    ),
    _stability("if 4 * turn % group.turns:", "if turn < 0:", "turns between pixels taken for exact"),
    _stability(
        "return super()._carries() and (not self.tangent or self.weights.positive)",
        "return super()._carries()",
        "tangent kernels with weights of both signs",
    ),
    _stability("return apart * turns, size * turns", "return apart, size", "pooling over turns left out of shifts"),
    _continuum("square += d / 4", "square += 0", "even patches on a group as wide as centred ones"),
    _continuum(
        "squares *= len(layer.neighbours(network.group))", "squares *= 1", "the sum over the turns of a patch as a mean"
    ),
    _levels(
        "int(spectrum.multiplicity(first))",
        "int(spectrum.multiplicity(first + 20))",
        "what is left out taken for smaller than it may be",
    ),
    Fault(
        "kernelspec/sphere/finite_groups.py",
        "    generators: tuple[Generator, ...] | None = None\n",
        "    generators: tuple[Generator, ...] | None = field(compare=False, default=None)\n",
        "generators left out of what makes groups equal",
        _SERIES,
    ),
)
