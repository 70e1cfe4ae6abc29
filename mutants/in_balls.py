"""Faults in base points, in balls that are handed out, in series of balls and in the Matern function."""

from __future__ import annotations

from mutants.fault import Fault

ENCLOSURE = "kernelspec/numbers/enclosure.py"
BALL_SERIES = "kernelspec/numbers/ball_series.py"
PRECISION = "kernelspec/numbers/precision.py"
BASE_POINTS = "kernelspec/kernels/base_points.py"
BESSEL = "kernelspec/kernels/matern.py"
CLOSED_POLYNOMIALS = "kernelspec/numbers/closed_polynomials.py"

_ENCLOSURE = (
    "tests/results/test_saved.py::test_balls_are_read_back_whatever_flints_precision",
    "tests/results/test_saved.py::test_balls_beyond_all_measure",
    "tests/results/test_saved.py::test_what_is_read_back_computes_the_same",
    "tests/results/test_saved.py::test_every_result_is_read_back",
)
_BALL_SERIES = ("tests/numbers/test_ball_series.py",)
_BASE_POINTS = ("tests/kernels/test_base_points.py",)
_BESSEL = ("tests/kernels/test_stationary.py",)

FAULTS = (
    # -- how a precision is raised -------------------------------------------------------------------------------------
    Fault(
        PRECISION,
        "return Reached(value, bits, reached)",
        "return Reached(value, bits, True)",
        "what no precision makes good taken for good",
        ("tests/numbers/test_precision.py",),
    ),
    Fault(
        PRECISION,
        "if reached or factor * bits > most:",
        "if reached or factor * bits >= most:",
        "the last precision left out",
        ("tests/numbers/test_precision.py",),
    ),
    # -- balls as they are handed out, series of balls -----------------------------------------------------------------
    Fault(
        ENCLOSURE,
        "return (int(a), int(b)), (int(c), int(e))",
        "return (int(a), int(b)), (0, int(e))",
        "the radius lost on the way",
        _ENCLOSURE,
    ),
    Fault(
        ENCLOSURE,
        "        below = _dyadic(radius) * (1 - _dyadic((1, -40)))\n        ball = flint.arb(_dyadic(middle), below)",
        "        ball = flint.arb(_dyadic(middle), _dyadic(radius) / 2)\n        return ball",
        "half of the radius restored",
        _ENCLOSURE,
    ),
    Fault(
        ENCLOSURE,
        "return _restored, (parts(self), self.digits)",
        "return _restored, (parts(self), 15)",
        "the digits forgotten on the way",
        ("tests/kernels/test_pickling.py::test_balls_are_pickled_exactly",),
    ),
    Fault(
        BALL_SERIES,
        "return (series if q >= 0 else series.inv()) ** abs(q.numerator)",
        "return series ** abs(q.numerator)",
        "the reciprocal forgotten",
        _BALL_SERIES,
    ),
    Fault(
        BALL_SERIES,
        "root = series.sqrt() if q > 0 else series.rsqrt()",
        "root = series.sqrt()",
        "the reciprocal root forgotten",
        _BALL_SERIES,
    ),
    Fault(
        BALL_SERIES,
        "return slope.integral() + series[0].asin()",
        "return slope.integral()",
        "the arcsine of the constant term dropped",
        _BALL_SERIES,
    ),
    Fault(
        BALL_SERIES,
        "power(1 - series * series, Fraction(-1, 2))",
        "power(1 + series * series, Fraction(-1, 2))",
        "arsinh in place of arcsin",
        _BALL_SERIES,
    ),
    # -- base points ---------------------------------------------------------------------------------------------------
    Fault(
        BASE_POINTS,
        "defect = at != 1 and here is not None and here == exact_at(kernel, 1)",
        "defect = False",
        "a return to kappa(1) not known",
        _BASE_POINTS,
    ),
    Fault(
        BASE_POINTS,
        "pair = pair._replace(defect=-chosen(point, near, risen, -pair.defect))",
        "pair = pair._replace(defect=chosen(point, near, risen, pair.defect))",
        "the sign of a defect measured from a base point",
        _BASE_POINTS,
    ),
    Fault(
        BASE_POINTS,
        "if value == MINUS_ONE or value == ONE != exact_at(kernel, 1):",
        "if value == ONE != exact_at(kernel, 1):",
        "-1 not known to be reached",
        _BASE_POINTS,
    ),
    Fault(
        BASE_POINTS,
        "total[name] = total.get(name, Fraction(0)) + c * q",
        "total[name] = c * q",
        "terms of one name not added up",
        _BASE_POINTS,
    ),
    Fault(
        BASE_POINTS,
        "value = here == ZERO and cancels and any(exact_at(k, at) != ZERO for k in parts)",
        "value = False",
        "a zero by cancellation not known",
        _BASE_POINTS,
    ),
    Fault(
        BASE_POINTS,
        "distance = point.delta if at == 1 else point.codelta",
        "distance = point.delta",
        "nearness to u = -1 taken from u = 1",
        _BASE_POINTS,
    ),
    # -- the Matern function -------------------------------------------------------------------------------------------
    Fault(
        CLOSED_POLYNOMIALS,
        "a.append(a[-1] * 2 * (p - i) / ((2 * p - i) * (i + 1)))",
        "a.append(a[-1] * 2 * (p - i) / ((2 * p - i) * (i + 2)))",
        "the polynomial of a half-integer order",
        _BESSEL,
    ),
    Fault(
        BESSEL,
        "size = number(c / math.factorial(m + 1)) * s ** (m + 1)",
        "size = number(c / math.factorial(m + 1)) * s**m",
        "an incomplete Gamma function of the wrong order",
        _BESSEL,
    ),
    Fault(
        BESSEL,
        "phi = np.expm1(eps * log) / eps if eps else log",
        "phi = log",
        "the logarithm taken beside an integer order",
        _BESSEL,
    ),
    Fault(
        BESSEL,
        "return max(1.0, float(nu) / 4)",
        "return max(0.25, 40 * float(nu))",
        "the series used where it has lost its digits",
        _BESSEL,
    ),
    Fault(
        BESSEL,
        "return max(1.0, float(nu) / 4)",
        "return max(0.25, float(nu) / 4)",
        "scipy's K_nu used where it has lost its digits",
        _BESSEL,
    ),
    Fault(
        BESSEL,
        "np.where(z == 0, 1.0, far), np.where(z == 0, 0.0, defect)",
        "1 - np.where(z == 0, 0.0, defect), np.where(z == 0, 0.0, defect)",
        "values of small orders from the defect",
        _BESSEL,
    ),
    Fault(
        BESSEL,
        "cut = (z.imag == 0) & (z.real < 0) & (np.abs(z) > small(nu))",
        "cut = np.zeros(z.shape, bool)",
        "jumps from the rounding of values",
        _BESSEL,
    ),
    Fault(BESSEL, "jump = -math.pi * size", "jump = math.pi * size", "jumps with the wrong sign", _BESSEL),
    Fault(BESSEL, " + len(str(math.floor(1 / abs(eps))))", "", "series that cancel in too few digits", _BESSEL),
    Fault(
        BESSEL,
        "return value, -(even + tail)",
        "return value, -even",
        "the power z^nu left out of the defect in balls",
        _BESSEL,
    ),
    Fault(
        BESSEL, "scale = -scale / (j + 1)", "scale = scale / (j + 1)", "the sign of the Taylor series of K_nu", _BESSEL
    ),
    Fault(
        BESSEL,
        'if nu.denominator == 1 and not real and hasattr(point, "order"):',
        "if False:",
        "a logarithm let through where the kernel must be analytic",
        (*_BESSEL, "tests/spectrum/test_certified.py"),
    ),
    # -- balls that reach an end -----------------------------------------------------------------------
    *(
        Fault(f"kernelspec/{file}", before, after, what, ("tests/kernels/test_balls_at_ends.py",))
        for file, before, after, what in (
            (
                "numbers/precise_arithmetic.py",
                "return self._not_below_zero(x).sqrt()",
                "return x.sqrt()",
                "no roots of balls that reach below 0",
            ),
            (
                "numbers/precise_arithmetic.py",
                "isinstance(x, self.flint.arb) and x.contains(0) else x",
                "isinstance(x, self.flint.arb) else x",
                "the root of a negative number taken for 0",
            ),
            (
                "numbers/precise_arithmetic.py",
                "x.upper().min(self.flint.arb(1)).asin()",
                "x.mid().min(self.flint.arb(1)).asin()",
                "arcsines of the lower half of a wide ball",
            ),
            (
                "kernels/matern.py",
                "return value.union(z * 0 + 1), defect.union(z * 0)",
                "return value, defect",
                "Matern kernels at the far edge of a ball around u = 1",
            ),
            (
                "kernels/base_points.py",
                "return not real or x.is_finite()",
                "return True",
                "differences without a value preferred",
            ),
            (
                "kernels/families.py",
                "sine = gap / arithmetic.select(total == 0, 1 + total, total)",
                "sine = gap / total",
                "0/0 at the end of a layer inside",
            ),
        )
    ),
)
