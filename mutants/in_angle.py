"""Faults in the arithmetic of kernels: angles, number systems, the values of sums, products, compositions."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

_VALUES = (
    "tests/numbers/test_arithmetic.py",
    "tests/kernels/test_families.py",
    "tests/kernels/test_base_points.py",
    "tests/kernels/test_zonal.py",
    "tests/kernels/test_gathered_powers.py",
)

_angle = partial(Fault, "kernelspec/kernels/points.py", tests=_VALUES)
_polynomials = partial(Fault, "kernelspec/numbers/closed_polynomials.py", tests=_VALUES)
_floats = partial(Fault, "kernelspec/numbers/float_arithmetic.py", tests=_VALUES)
_precise = partial(Fault, "kernelspec/numbers/precise_arithmetic.py", tests=_VALUES)
_closed = partial(Fault, "kernelspec/numbers/closed_arithmetic.py", tests=_VALUES)
_atoms = partial(Fault, "kernelspec/kernels/atoms.py", tests=_VALUES)
_compositions = partial(Fault, "kernelspec/kernels/compositions.py", tests=_VALUES)
_expression = partial(Fault, "kernelspec/kernels/expression.py", tests=_VALUES)
_points = partial(Fault, "kernelspec/kernels/points.py", tests=_VALUES)
_products = partial(Fault, "kernelspec/kernels/products.py", tests=_VALUES)

FAULTS = (
    # -- points --------------------------------------------------------------------------------------
    _angle(", 2 * half_cosine * half_cosine)", ", 2 - 2 * half_sine * half_sine)", "1 + u of an angle by cancellation"),
    _angle(
        "defect = (1 - pair.one if short is None else arithmetic.number(short)) + pair.defect",
        "defect = pair.defect",
        "an inner kernel's kappa(1) taken for 1",
    ),
    _angle(
        "return cls(arithmetic, pair.value, delta, arithmetic.nonnegative(1 + pair.value))",
        "return cls(arithmetic, pair.value, delta, 1 + pair.value)",
        "a co-defect below 0 by rounding",
    ),
    _angle(
        "found.delta = -chosen(self, near, rise, -found.delta)",
        "found.delta = chosen(self, near, rise, found.delta)",
        "the defect of an inner kernel with the sign of its rise",
    ),
    _angle(
        "return Point(self.arithmetic, -self.u, self.codelta, self.delta)",
        "return Point(self.arithmetic, -self.u, self.delta, self.codelta)",
        "the mirrored point with its distances as they were",
    ),
    _angle(
        "series = scale * m**n * self.half_sine * arithmetic.hypergeometric_tail(n, m)",
        "series = scale * m**n * self.half_cosine * arithmetic.hypergeometric_tail(n, m)",
        "cos(psi/2) in the tail of higher degrees",
    ),
    _polynomials(
        "a[0] = Fraction(2 ** (n - 1) * factorial((n - 1) // 2) ** 2, odd_product)",
        "a[0] = Fraction(2 ** (n - 1) * factorial(n // 2) * factorial((n + 1) // 4), odd_product)",
        "a_n(0) wrong from degree 5 on",
    ),
    _angle(
        "return self._raised(self.delta * self.codelta, p)",
        "return self._raised(1 - self.u * self.u, p)",
        "powers of 1 - u^2 by cancellation",
    ),
    # -- number systems --------------------------------------------------------------------------------
    _precise("psi.rad() * psi.upper() ** 2", "psi.rad() * psi.upper() ** 3", "the radius of sin - psi cos too small"),
    _precise(
        "tail + self.flint.arb(0, psi.rad() * psi.upper() ** 2)", "tail", "sin - psi cos at the middle of a ball alone"
    ),
    _precise(
        "sine - middle * cosine", "sine - psi * cosine", "sin - psi cos of a ball whose parts do not move together"
    ),
    _floats("return np.fmax(x, 0.0) + 0.0", "return x", "defects below 0 by rounding kept in floats"),
    _floats(
        "def _tail_coefficients(n: int, terms: int = 56)",
        "def _tail_coefficients(n: int, terms: int = 20)",
        "the end point series cut at 20 terms",
    ),
    _floats(
        "_SINE_TAIL = _sine_tail_coefficients(14)",
        "_SINE_TAIL = _sine_tail_coefficients(8)",
        "the odd series of sin - psi cos cut at 8 terms",
    ),
    _floats(
        "np.where(np.signbit(x.imag), turn.conjugate(), turn)",
        "np.where(x.imag < 0, turn.conjugate(), turn)",
        "the lower side of the cut taken for the upper one",
    ),
    _floats("return 2 * np.arctanh(x / (2 + x))", "return np.log(1 + x)", "the logarithm next to 1 in complex floats"),
    _precise("ball = q.ball(self.mp.prec + 32)", "ball = q.ball(53)", "irrational coefficients of 53 bits in mpmath"),
    Fault(
        "kernelspec/numbers/exact_numbers.py",
        "        return q.ball(flint.ctx.prec)\n",
        "        return flint.arb(q.ball(flint.ctx.prec).mid())\n",
        "irrational coefficients as points, not balls",
        _VALUES,
    ),
    _precise(
        "return x.nonnegative_part() if isinstance(x, self.flint.arb) else x",
        "return x",
        "distances from an end below 0 kept in balls",
    ),
    _closed(
        "return self.pi / 2 - ball_series.asin(u)",
        "return self.pi / 2 + ball_series.asin(u)",
        "the sign of arcsin in power series",
    ),
    _floats("(1, 1j, -1, -1j)[int(quarters) % 4]", "(1, 1j, -1, 1j)[int(quarters) % 4]", "a wrong quarter turn"),
    # -- values of sums, products, compositions --------------------------------------------------------
    _points(
        "return Pair(a.value * b.value, a.one * b.defect + b.value * a.defect, a.one * b.one)",
        "return Pair(a.value * b.value, a.one * b.defect + b.one * a.defect, a.one * b.one)",
        "the defect of a product to first order",
    ),
    _atoms(
        "Pair(value, point.delta * (point.codelta * geometric if even else geometric), one)",
        "Pair(value, one - value, one)",
        "the defect of a power by cancellation",
    ),
    _compositions(
        "return Pair(pair.value, pair.defect - last.defect, last.value)",
        "return Pair(pair.value, pair.defect, last.value)",
        "the defect of a composition that ends off 1",
    ),
    _products(
        "more = here if start == ZERO else kernel.rise(point, at)",
        "more = here",
        "the product rule without base values",
    ),
    _compositions(
        "result = result * expression.compose(kernel.derivative(), inner)",
        "result = result * kernel.derivative()",
        "the chain rule at u for the inner kernel",
    ),
    _expression(
        "        scalar *= first ** int(total)\n", "        scalar *= 1\n", "the scalar of gathered powers lost"
    ),
    _angle(
        "return self.arithmetic.select(self.near, self.u, -self.u)",
        "return self.u",
        "the cosine of the angle to the other end",
    ),
)
