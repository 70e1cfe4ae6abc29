"""Faults in what shows a kernel analytic."""

from __future__ import annotations

import functools

from mutants.fault import Fault, led_by

REGION_POINTS = "kernelspec/spectrum/region_points.py"
REGION = "kernelspec/spectrum/analyticity.py"

_REGION = ("tests/spectrum/test_analyticity.py", "tests/spectrum/test_certified.py")
_first = functools.partial(led_by, "tests/spectrum/test_analyticity.py")

FAULTS = (
    # -- regions -------------------------------------------------------------------------------------------------------
    Fault(
        REGION_POINTS,
        "        return _off_cut(plain)",
        "        return plain",
        "the test of the cut dropped where an order is divided out",
        _first("a_second_contact_is_seen_where_an_order_is_divided_out", _REGION),
        checks=("C18",),
    ),
    Fault(
        REGION_POINTS,
        "        if not order:\n            return _off_cut(x)",
        "        if not order:\n            return x",
        "the test of the cut dropped where no order is divided out",
        _REGION,
    ),
    Fault(
        REGION,
        "for i in range(2**likely)]",
        "for i in range(1, 2**likely)]",
        "the first of the parts into which a curve is cut unread left out",
        _first("a_cover_leaves_nothing_out_and_reads_few_balls_in_vain", _REGION),
    ),
    Fault(
        REGION,
        "out.append(Piece(start, stop, z, bound.upper()))",
        "out.append(Piece(start, stop, z, bound.mid()))",
        "the bound of a piece taken at the midpoint",
        _first("a_piece_bounds_the_kernel_at_its_ends", _REGION),
        checks=("C18",),
    ),
    Fault(
        REGION,
        "order = sorted(range(count),",
        "order = sorted(range(count // 2),",
        "half of the boundary covered",
        _first("pieces_cover_the_whole_boundary", _REGION),
        checks=("C18", "C28"),
    ),
    Fault(
        REGION,
        "total = total + abs(value)",
        "total = total.max(abs(value))",
        "the larger of both ends' values in place of their sum",
        _first("a_piece_bounds_the_kernel_at_its_ends", _REGION),
    ),
    Fault(
        REGION_POINTS,
        "plain = q.denominator == 1 and q >= 0",
        "plain = q.denominator == 1",
        "negative powers not tested for zeros of their base",
        _first("roots_powers_and_arcsines_refuse_balls_that_meet_their_cut", _REGION),
    ),
    Fault(
        REGION_POINTS,
        "return super().sqrt(_off_cut(x))",
        "return super().sqrt(x)",
        "roots not tested",
        _first("roots_powers_and_arcsines_refuse_balls_that_meet_their_cut", _REGION),
    ),
    Fault(
        REGION_POINTS,
        "        _off_cut(1 - x), _off_cut(1 + x)\n",
        "",
        "arcsines not tested",
        _first("roots_powers_and_arcsines_refuse_balls_that_meet_their_cut", _REGION),
    ),
    Fault(
        REGION_POINTS,
        "return 2 * self.numerical.asin(self.half_sine)",
        "return 2 * self.half_sine.asin()",
        "angles without a centre tested at their own end alone",
        _first("an_angle_is_refused_where_a_ball_meets_the_other_end", _REGION),
    ),
    Fault(
        REGION_POINTS,
        "slope = self.arithmetic.sqrt(1 - self.half_sine * self.half_sine)",
        "slope = (1 - self.half_sine * self.half_sine).sqrt()",
        "angles with a centre tested at their own end alone",
        _first("an_angle_is_refused_where_a_ball_meets_the_other_end", _REGION),
    ),
    Fault(
        REGION_POINTS,
        "if power < 0 and not self.slopes[0]:",
        "if power < 0 and False:",
        "infinite powers at an end let through",
        _first("a_kernel_that_is_infinite_at_an_end_is_not_analytic_there", _REGION),
    ),
    Fault(
        REGION_POINTS,
        "order, coorder = int(power) * (start == 1), int(power) * (start == -1)",
        "order, coorder = int(power) * (start == 1), 0",
        "an image that starts at -1 not known to",
        _first("orders_are_kept_apart", _REGION),
    ),
    Fault(
        REGION_POINTS,
        "by_slope = centre.codelta - change if by_left else centre.delta + change",
        "by_slope = centre.codelta - change / 2 if by_left else centre.delta + change / 2",
        "half of the change by the slope",
        _first("wide_balls_of_layers_hold_their_rim", _REGION),
    ),
    Fault(
        REGION_POINTS,
        "slope = self.arithmetic.sqrt(1 - self.half_sine * self.half_sine)",
        "slope = self.centre.half_cosine",
        "the slope of the arcsine at the centre alone",
        _first("the_slope_of_an_angle_is_that_of_the_whole_ball", _REGION),
    ),
    Fault(
        REGION_POINTS,
        "step = 2 * sine * cosine * (theta - centre.psi)",
        "step = sine * cosine * (theta - centre.psi)",
        "the slope of the cosine halved",
        _first("wide_balls_of_layers_hold_their_rim", _REGION),
    ),
    Fault(
        REGION_POINTS,
        "elif not (x.real > 0 or x.imag != 0):",
        "elif x.contains(0):",
        "the cut taken to be its end alone",
        _first("singularities_of_every_kind_are_seen", _REGION),
    ),
    Fault(
        REGION,
        "q *= error.factor",
        "q += error.factor",
        "degrees of roots added up",
        _first("ramified_multiplies_up", _REGION),
    ),
    Fault(
        REGION_POINTS,
        "ratio = x / at_centre[0] * (self.centre.z / self.z) ** order",
        "ratio = x / at_centre[0]",
        "the ratio to the centre without its order",
        _first("a_power_is_divided_out_of_the_ratio_to_the_centre", _REGION),
    ),
    Fault(
        REGION_POINTS,
        "near = 1 + value if by_left else pair.defect if kernel.rational_one == 1 else 1 - value",
        "near = 1 + value if by_left else pair.defect",
        "the defect of a kernel that is not 1 at u = 1 taken for its distance from 1",
        _first("wide_balls_of_layers_hold_their_rim", _REGION),
    ),
    Fault(
        REGION_POINTS,
        "return b if not a.is_finite() or _width(b) < _width(a) else a",
        "return b if _width(b) > _width(a) else a",
        "the wider ball kept",
        _first("the_narrower_ball", _REGION),
    ),
)
