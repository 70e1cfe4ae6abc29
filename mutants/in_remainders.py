"""Faults in the remainder of the expansion of a spectrum, and in the discs and rectangles that it rests on."""

from __future__ import annotations

import functools

from mutants.fault import Fault, led_by

REGION = "kernelspec/spectrum/analyticity.py"
END_EXPANSIONS = "kernelspec/spectrum/end_expansions.py"
BOUNDARIES = "kernelspec/spectrum/boundaries.py"
EXPANSION = "kernelspec/spectrum/asymptotic.py"

_TIGHT = "tests/spectrum/test_tight_bounds.py"
_EXPANSION = (_TIGHT, "tests/spectrum/test_asymptotic.py")
_first = functools.partial(led_by, "tests/spectrum/test_tight_bounds.py")

FAULTS = (
    # -- the remainder of the expansion --------------------------------------------------------------------------------
    Fault(
        EXPANSION,
        "total += disc.bound * radius ** (-length) * root ** (length - first) / (1 - ratio)",
        "total += 0 * ratio",
        "the Cauchy tail dropped from R",
        _first("the_cauchy_tail_is_summed_in_full", _EXPANSION),
        checks=("C18",),
    ),
    Fault(
        EXPANSION,
        "root ** (length - first) / (1 - ratio)",
        "root ** (length - first)",
        "only the first power of the Cauchy tail in R",
        _first("the_cauchy_tail_is_summed_in_full", _EXPANSION),
    ),
    Fault(
        EXPANSION,
        "total.upper(), height",
        "(total * 0.99).upper(), height",
        "R reduced by 1 percent",
        _first("the_remainder_of_one_more_power_is_that_power", _EXPANSION),
        checks=("C18",),
    ),
    Fault(
        EXPANSION,
        "        for at in (1, -1):\n            disc = found.disc(at)",
        "        for at in (1,):\n            disc = found.disc(at)",
        "the end u = -1 left out of R",
        _first("the_remainder_of_one_more_power_is_that_power", _EXPANSION),
        checks=("C18",),
    ),
    Fault(
        END_EXPANSIONS,
        "boundary, (right.bound, left.bound), 48",
        "boundary, (), 48",
        "D without the discs",
        _first("no_value_in_the_rectangle_is_beyond_its_bound", _EXPANSION),
        checks=("C18",),
    ),
    Fault(
        END_EXPANSIONS,
        "return y, (1 + ball(y)).acosh(), bound",
        "return y, (1 + ball(y)).acosh(), right.bound.max(left.bound)",
        "D without the rectangle",
        _first("no_value_in_the_rectangle_is_beyond_its_bound", _EXPANSION),
    ),
    Fault(
        END_EXPANSIONS,
        "edge = float(1 + y - _MARGIN * radius)",
        "edge = float(1 + y / 2 - _MARGIN * radius)",
        "a gap between discs and rectangle",
        _first("discs_and_rectangle_meet", _EXPANSION),
        checks=("C18",),
    ),
    Fault(
        EXPANSION,
        "        y, height, largest = found.rectangle",
        "        y, height, largest = found.rectangle\n        height = 2 * height",
        "the rectangle taken to be twice as high",
        _first("the_bound_is_both_of_its_parts", _EXPANSION),
    ),
    Fault(
        EXPANSION,
        "return (jump + self._beyond(k)).upper()",
        "return (jump + self._beyond(k)).upper() / (100 if k >= 100 else 1)",
        "bounds on every k >= 100 divided by 100",
        _first("the_remainder_of_one_more_power_is_that_power", _EXPANSION),
        checks=("C18",),
    ),
    Fault(
        EXPANSION,
        "return (jump + self._beyond(k)).upper()",
        "return jump.upper()",
        "S_k left out of the bound",
        _first("the_bound_is_both_of_its_parts", _EXPANSION),
    ),
    Fault(
        EXPANSION,
        "return total + 2 * self.largest * h.cosh() * weight * turned * (-(k + 1) * h).exp()",
        "return total + self.largest * h.cosh() * weight * turned * (-(k + 1) * h).exp()",
        "half of the bottom in S_k",
        _first("what_is_beyond_the_rectangle", _EXPANSION),
        checks=("C18",),
    ),
    Fault(
        EXPANSION,
        "return total + self.largest * (-k * h).exp()",
        "return total",
        "the bottom left out of S_k on the circle",
        _first("what_is_beyond_the_rectangle", _EXPANSION),
        checks=("C18",),
    ),
    Fault(
        EXPANSION,
        "total += size * (-(k - ball(nu)) * h).exp() / (k - ball(nu)) / pi",
        "total += size * (-(k + ball(nu)) * h).exp() / (k - ball(nu)) / pi",
        "the powers beyond X falling too fast",
        _first("what_is_beyond_the_rectangle", _EXPANSION),
        checks=("C18",),
    ),
    Fault(
        EXPANSION,
        "size = (abs(a) + abs(b)) * abs((ball(nu) * pi).sin())",
        "size = abs(a + b) * abs((ball(nu) * pi).sin())",
        "the ends cancelling in S_k",
        _first("what_is_beyond_the_rectangle", _EXPANSION),
    ),
    Fault(
        EXPANSION,
        "turned = (1 + (-2 * h).exp()) ** (lam - 1)",
        "turned = ball(1)",
        "the weight on the bottom taken for that on the legs",
        _first("the_bottom_of_a_low_rectangle_in_many_dimensions", _EXPANSION),
    ),
    Fault(
        EXPANSION,
        "real = turned = (1 - (-2 * h).exp()) ** (lam - 1)",
        "pass",
        "the weight of three dimensions taken for that of four",
        _first("what_is_beyond_the_rectangle", _EXPANSION),
        harmless="in three dimensions |sinh| has the factor to spare: S_k without it still bounds",
    ),
    Fault(
        EXPANSION,
        "below=(K + d * HALF,)",
        "below=(K + d * HALF + 1,)",
        "beta_k of one degree more",
        _first("what_is_beyond_the_rectangle", _EXPANSION),
    ),
    Fault(
        END_EXPANSIONS,
        "return found[:count], min(found[count], found[count - 1] + _GAP)",
        "return found[:count], found[count - 1] + _GAP",
        "nu* beyond the next exponent",
        _first("the_remainder_of_one_more_power_is_that_power", _EXPANSION),
    ),
    Fault(
        END_EXPANSIONS,
        "if j % q and not (plus[j] == 0 and minus[j] == 0)",
        "if j % q and not (plus[j] == 0 or minus[j] == 0)",
        "exponents of one end alone passed over",
        _first("the_remainder_of_one_more_power_is_that_power", _EXPANSION),
    ),
    Fault(
        EXPANSION,
        "start = math.floor(order) + 1",
        "start = math.floor(order)",
        "the bound claimed one degree early",
        _first("the_bound_is_both_of_its_parts", _EXPANSION),
    ),
    Fault(
        EXPANSION,
        "return -sine * (a + b if k % 2 == 0 else a - b)",
        "return -sine * (a + b)",
        "odd degrees summed as even ones",
        _first("the_remainder_of_one_more_power_is_that_power", _EXPANSION),
    ),
    Fault(
        REGION,
        "bound = bound.max(other)",
        "bound = other",
        "the last of the bounds taken for the largest",
        _first("no_value_on_a_circle_is_beyond_its_bound", _EXPANSION),
    ),
    Fault(
        BOUNDARIES,
        "return flint.acb(flint.arb.pi() * tau, -ball(height))",
        "return flint.acb(flint.arb.pi() / 2 * tau, -ball(height))",
        "half of the strip's edge covered",
        _first("the_strip_bounds_the_kernel_on_its_edge", _EXPANSION),
    ),
    Fault(
        BOUNDARIES,
        "position = 3 * tau",
        "position = 2 * tau",
        "the third side of the rectangle left out",
        _first("the_rectangle_is_covered_on_three_sides", _EXPANSION),
    ),
    Fault(
        EXPANSION,
        "sign = (np.where(k % 2 == 0, *pair)",
        "sign = (np.where(k >= 0, *pair)",
        "the parity forgotten in floats",
        _EXPANSION,
    ),
    Fault(
        EXPANSION, "    if k <= nu:", "    if k < nu - 1:", "a degree below the last exponent let through", _EXPANSION
    ),
    Fault(
        END_EXPANSIONS,
        "key = (at, length, prec)",
        "key = (at, length, 0)",
        "coefficients of few bits served for more",
        _EXPANSION,
    ),
)
