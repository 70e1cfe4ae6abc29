r"""Certified eigenvalues of networks of activations with pieces, by Taylor models on panels of the angle.

.. math:: \mu_k = c_d \int_0^{\pi/2} \left[\kappa(\cos\theta) + (-1)^k \kappa(-\cos\theta)\right] P_k(\cos\theta)
   \sin^{d-2}\theta \, d\theta, \qquad c_d = \frac{\Gamma(d/2)}{\sqrt\pi\,\Gamma((d-1)/2)} .

kappa is smooth but not analytic at the ends where kinks differ, so that no ellipse around [0, pi/2] serves. On a
panel, theta = c + h t, both values are polynomials q(t) with ball coefficients (`numbers.ball_models`): the network's
formula is read with models in place of numbers, and duals of pieces along them (`kernels.piecewise_balls`). Panels are
narrowed until all coefficients of q are right to 2^-bits. Behind two layers that jump kappa holds roots of theta: on
the panel next to the ends theta = h t^m, 0 <= t <= 1, with m = 1, 2, 4, ... until q is a polynomial.

*Error.* (a) kappa differs from the polynomial of the coefficients' middles by at most the sum of their radii, and
|P_k|, sin <= 1. (b) That polynomial times P_k sin^{d-2} is entire. In the Bernstein ellipse E_rho of the panel, whose
points have |t| <= (rho + 1/rho)/2 and |Im theta| <= eta = h (rho - 1/rho)/2, it is at most
sum_j |c_j| |t|^j e^{(k+d-2) eta}, as |P_k(cos theta)| <= cosh(k Im theta) (`certified`) and |sin theta| <=
cosh(Im theta): the rule of Gauss and Legendre errs by what `certified` says, on an interval of length 2 by
(64/15) M rho^{-2n} / (1 - rho^{-2}). Where theta = h t^m, t lies in the ellipse around [0, 1], |t| <= T =
(1 + (rho + 1/rho)/2)/2; |theta'| <= h m T^{m-1} counts, and as (Re t)^m is real, |Im theta| <= h m T^{m-1} |Im t|.
"""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import flint

from ..kernels.network_readings import read
from ..kernels.panel_readings import ROOTS, AtEnd, OnPanel
from ..kernels.piecewise_balls import GUARD, LOG2, STEP, PiecewiseModels, require_bits
from ..kernels.points import Point
from ..kernels.smooth_charts import OutOfReachError
from ..kernels.text import brief
from ..kernels.zonal import Zonal
from ..numbers.ball_models import Frame, Model, RootOfAngle
from ..numbers.precision import precision
from ..sphere.power_eigenvalues import density
from .angular_quadrature import BITS_LOST, weighted_sums

LARGEST = 2000
_ELLIPSES = (1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0, 12.0, 20.0, 40.0)
_WIDEST, _NARROWEST = 0.5, 2.0**-16
_MORE_BITS = (0, 1, 2, 4)  # times the guard, where deep networks lose more


@dataclass(frozen=True)
class _Panel:
    """kappa(cos theta) and kappa(-cos theta) for theta = centre + half t, |t| <= 1; or high t^root, 0 <= t <= 1."""

    low: float
    high: float
    right: Any  # polynomials in t, exact
    left: Any
    error: Any  # of both together
    root: int = 1

    @property
    def place(self) -> tuple[Any, Any]:
        """Centre and half, at the precision in force."""
        return _place(self.low, self.high)

    def at(self, x: Any) -> tuple[Any, Any, Any]:
        """t, theta and d theta/dx at x in [-1, 1]."""
        centre, half = self.place
        if self.low:
            return x, centre + half * x, half
        t = (1 + x) / 2
        return t, 2 * half * t**self.root, half * self.root * t ** (self.root - 1)

    @functools.cached_property
    def _sizes(self) -> Any:
        coefficients = [abs(x) for x in self.right.coeffs()], [abs(x) for x in self.left.coeffs()]
        return sum(map(flint.arb_poly, coefficients), flint.arb_poly([]))

    def quadrature_error(self, n: int, rho: float, degree: int) -> Any:
        """The bound (b), on the panel in theta, for k + d - 2 = degree."""
        r = flint.arb(rho)
        reach, speed = (r + 1 / r) / 2, self.place[1]
        if not self.low:
            reach = (1 + reach) / 2
            speed = speed * self.root * reach ** (self.root - 1)
        largest = self._sizes(reach) * (degree * speed * (r - 1 / r) / 2).exp()
        return speed * largest * r ** (-2 * n) * 64 / (15 * (1 - r**-2))

    def nodes(self, degree: int, depth: float) -> tuple[int, float]:
        """The fewest nodes, a multiple of 16, with an error below 2^-depth, and the rho that shows it."""
        found = []
        with precision(64):
            for rho in _ELLIPSES:
                bits = depth * LOG2 + float(self.quadrature_error(0, rho, degree).log().upper())
                found.append((max(16, 16 * math.ceil(bits / (32 * math.log(rho)))), rho))
        return min(found)

    def rule(self, n: int) -> Any:
        """(cos, sin, weight, kappa(cos), kappa(-cos)) at the nodes."""
        for x, weight in _gauss(n, flint.ctx.prec):
            t, theta, speed = self.at(x)
            sine, cosine = theta.sin_cos()
            yield cosine, sine, weight * speed, self.right(t), self.left(t)


@functools.lru_cache(maxsize=64)
def _gauss(count: int, bits: int) -> list[tuple[Any, Any]]:
    """The rule of Gauss and Legendre on [-1, 1], an even number of nodes."""
    with precision(bits):
        half = [flint.arb.legendre_p_root(count, i, True) for i in range(count // 2)]
    return [(sign * x, weight) for x, weight in half for sign in (1, -1)]


class PanelBalls:
    """One kernel, with its panels and rules, which serve every degree and dimension."""

    def __init__(self, kernel: Zonal) -> None:
        self.kernel = kernel
        self._series: dict[Any, Any] = {}  # of smooth activations
        self._panels: dict[int, list[_Panel]] = {}
        self._rules: dict[Any, list[Any]] = {}
        self._reason = "its errors stay too large"
        self._root = 0  # of the angle, among `ROOTS`

    def values(self, d: int, parity: int, degrees: list[int], depth: float) -> list[Any]:
        """mu_k, of absolute error about 2^-depth, at the precision in force or more."""
        top = max(degrees)
        if top > LARGEST:
            raise ArithmeticError(
                f"certified eigenvalues of networks of activations with pieces end at degree {LARGEST}; got {top} of "
                f"{brief(self.kernel)}"
            )
        bits = int(depth) + 16
        bits += -bits % STEP
        panels = self.cut(bits)
        prec = flint.ctx.prec + int(BITS_LOST * top) + GUARD
        sums, error = [flint.arb(0)] * len(degrees), flint.arb(0)
        with precision(prec + -prec % STEP):
            for i, panel in enumerate(panels):
                n, rho = panel.nodes(top + d - 2, depth + 8)
                key = (bits, i, n, flint.ctx.prec)
                if key not in self._rules:
                    self._rules[key] = list(panel.rule(n))
                part = weighted_sums(self._rules[key], d, parity, degrees)
                sums = [a + b for a, b in zip(sums, part, strict=True)]
                error += panel.error * 2 * panel.place[1] + panel.quadrature_error(n, rho, top + d - 2)
            constant = density(d).ball(0)
            return [constant * (total + flint.arb(0, 1) * error) for total in sums]

    # -- panels ------------------------------------------------------------------------------------------------------

    def cut(self, bits: int) -> list[_Panel]:
        """Panels that cover [0, pi/2], with errors of kappa below 2^-bits."""
        require_bits(bits, repr(self.kernel))
        if bits not in self._panels:
            for more in _MORE_BITS:
                found = self._cut(bits, bits + GUARD * more)
                if found is not None:
                    break
            else:
                name = brief(self.kernel)
                raise ArithmeticError(f"{name} could not be enclosed on panels of the angle: {self._reason}")
            self._panels[bits] = found
            self._series.clear()  # other bits have their own
        return self._panels[bits]

    def _cut(self, bits: int, working: int) -> list[_Panel] | None:
        """The panels; None where errors at this precision stay above 2^-bits."""
        out: list[_Panel] = []
        arithmetic = PiecewiseModels(working + GUARD // 2)
        with precision(working + 2 * GUARD), self._within_reach():
            with contextlib.suppress(AttributeError, TypeError):  # panels say by name what is not read
                read(self.kernel, AtEnd(arithmetic.bits))
            low, high, end = 0.0, _WIDEST, math.pi / 2
            while low < end:
                models = self._models(arithmetic, low, high, bits)
                if models is None:
                    high = low + (high - low) / 1.4
                    # Where theta is a power of t, panels beside the end are as short as its own.
                    if high - low < (min(_NARROWEST, low / 64) if low else _NARROWEST ** ROOTS[self._root]):
                        return None
                    continue
                panel = _panel(models, low, high, ROOTS[self._root])
                if not panel.error.upper() < flint.arb(2) ** (3 - bits):
                    return None
                out.append(panel)
                wide = 1.25 * (high - low) if low else high / 3
                low, high = high, high + wide if high + 1.3 * wide < end else end
        return out

    @contextlib.contextmanager
    def _within_reach(self) -> Iterator[None]:
        """ArithmeticError that names the kernel where one of its layers is out of reach."""
        try:
            yield
        except OutOfReachError as error:
            raise ArithmeticError(f"{self.kernel!r} has no eigenvalues to so many digits: {error}") from None

    def _models(self, arithmetic: PiecewiseModels, low: float, high: float, bits: int) -> list[Model] | None:
        """Both values on a panel; None where their remainders are above 2^-bits."""
        frame = Frame(not low, bits // 2 + 16, -(arithmetic.bits + GUARD // 2) * LOG2)
        centre, half = _place(low, high)
        if frame.at_end:
            theta = frame.variable ** ROOTS[self._root] * (2 * half)
        else:
            theta = frame.variable * half + centre
        try:
            point = Point.from_angle(arithmetic, theta)
            point.psi = point.mirror.psi = theta
            values = [frame.variable * 0 + self._value(at) for at in (point, point.mirror)]
        except RootOfAngle as error:
            self._reason = str(error)
            if self._root + 1 == len(ROOTS):
                raise
            self._root += 1
            return self._models(arithmetic, low, high, bits)
        except OutOfReachError:
            raise
        except ArithmeticError as error:
            self._reason = str(error)
            return None
        except (AttributeError, TypeError) as error:  # of a formula that asks for more than `ModelArithmetic` has
            raise ValueError(
                f"{brief(self.kernel)} holds a kernel that is not read on panels of the angle: its eigenvalues have no "
                "proved digits"
            ) from error
        return values if all(value.remainder < flint.arb(2) ** -bits for value in values) else None

    def _value(self, point: Point) -> Any:
        """kappa at a point: step by step, where steps are known."""
        found = read(self.kernel, OnPanel(point, self._series))
        if found is None:
            self.kernel.require_whole("its eigenvalues have no certified digits (give Hermite coefficients instead)")
            return point.pair(self.kernel).value
        return found.value


def _place(low: float, high: float) -> tuple[Any, Any]:
    """The centre of a panel, and half its length; the float pi/2 stands for the number."""
    ends = flint.arb(low), flint.arb.pi() / 2 if high == math.pi / 2 else flint.arb(high)
    return (ends[0] + ends[1]) / 2, (ends[1] - ends[0]) / 2


def _panel(models: list[Model], low: float, high: float, root: int = 1) -> _Panel:
    coefficients = [model.expanded().coeffs() for model in models]
    right, left = (flint.arb_poly([c.mid() for c in found]) for found in coefficients)
    error = sum((c.rad() for found in coefficients for c in found), flint.arb(0))
    return _Panel(low, high, right, left, error, root)


@functools.lru_cache(maxsize=32)
def panel_balls(kernel: Zonal) -> PanelBalls:
    """The panels of one kernel."""
    return PanelBalls(kernel)
