"""Faults in what shows a kernel analytic."""

from __future__ import annotations

import functools

from mutants.fault import Fault, led_by

REGION_POINTS = "kernelspec/spectrum/region_points.py"
REGION = "kernelspec/spectrum/analyticity.py"
BOUNDARIES = "kernelspec/spectrum/boundaries.py"

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
        "centre, sine, cosine = self.centre, self.half_sine, self.half_cosine",
        "centre, sine, cosine = self.centre, self.half_sine, (1 - self.half_sine**2).sqrt()",
        "angles tested at their own end alone",
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
        "return int(power) * (start == 1), int(power) * (start == -1)",
        "return int(power) * (start == 1), 0",
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
        "change = self.inverse_sine * self.rate * self.move",
        "change = centre.inverse_sine * self.rate * self.move",
        "the slope of the angle at the centre alone",
        _first("the_slope_of_an_angle_is_that_of_the_whole_ball", _REGION),
    ),
    Fault(
        REGION_POINTS,
        "rate = 2 * sine * cosine * turn",
        "rate = sine * cosine * turn",
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
    Fault(
        REGION_POINTS,
        "- self._slope_of(kernel) * self.rate * self.move",
        "- self._slope_of(kernel) * self.move",
        "the slope of the kernel without that of the curve",
        _first("parts_of_a_curve_hold_its_points", _REGION),
    ),
    Fault(
        REGION_POINTS,
        "rate = None if self.rate is None else slope * self.rate",
        "rate = None if self.rate is None else slope",
        "the slope of the last layer taken for that of all of them",
        _first("wide_balls_of_layers_hold_their_rim", _REGION),
    ),
    Fault(
        REGION,
        "return _read(kernel, z, points, (local(centre), local.slope(tau, z), move)), z",
        "return _read(kernel, z, points, (local(centre), local.slope(tau, z), move / 2)), z",
        "half of a part of the curve read",
        _first("a_piece_bounds_the_kernel_at_its_ends", _REGION),
    ),
    *(
        Fault(BOUNDARIES, before, after, f"the slope of {curve} wrong", _first("the_slope_of_a_curve", _REGION))
        for curve, before, after in (
            ("a circle", "return flint.acb(0, 1) * flint.arb.pi() * z", "return flint.acb(0, 1) * z"),
            ("a line", "Curve(local, lambda tau, z: flint.arb.pi())", "Curve(local, lambda tau, z: flint.arb(1))"),
            ("a side", "return flint.acb(0, -3 * height)", "return flint.acb(0, -height)"),
            ("an ellipse", "return _turned(tau, around - 1 / around) / 4", "return _turned(tau, around) / 4"),
        )
    ),
    Fault(
        BOUNDARIES,
        "rate=q * w ** (q - 1))",
        "rate=w ** (q - 1))",
        "the slope of a power without its degree",
        _first("parts_of_a_curve_hold_its_points", _REGION),
    ),
    Fault(
        "kernelspec/kernels/networks.py",
        "terms += [slope * change, layer.slope.slope_at(point) * steepness * total.value]",
        "terms += [slope * change, layer.slope.slope_at(point) * total.value]",
        "the slope of a tangent kernel without that of the layers before",
        _first("slopes_are_those_of_the_derivative", _REGION),
    ),
    Fault(
        "kernelspec/kernels/networks.py",
        "terms = [] if layer.own is None else [layer.own.slope_at(point) * steepness]",
        "terms = [] if layer.own is None else [layer.own.slope_at(point)]",
        "what a layer's own weights add without the slope of the layers before",
        _first("slopes_are_those_of_the_derivative", _REGION),
    ),
    Fault(
        "kernelspec/kernels/compositions.py",
        "total = total * kernel.slope_at(point)",
        "total = kernel.slope_at(point)",
        "the slope of a composition that of its outer kernel",
        _first("slopes_are_those_of_the_derivative", _REGION),
    ),
    Fault(
        REGION_POINTS,
        "if p == -_HALF and self.slopes[0]:",
        "if p == -_HALF:",
        "1/sin(theta) let through where it is infinite at an end",
        led_by("tests/spectrum/test_certified.py", "infinite_kernels_are_refused", _REGION),
    ),
)
