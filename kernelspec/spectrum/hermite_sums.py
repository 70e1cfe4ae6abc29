"""Certified eigenvalues of kernels whose Taylor coefficients come as balls: duals of smooth activations by name.

`HermiteRoute` reads them in floats, too, where what a series in floats misses drowns the value.

Their coefficients b_m are squares, and the sum of all of them is kappa(1) (`kernels.smooth_duals`): what comes behind
the first terms is known. The sums and the bound of their tails are those of `taylor_sums`, from where the weights fall.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import flint
import numpy as np

from ..kernels.zonal import Zonal
from ..numbers.exact_numbers import Scalar, ball
from ..numbers.precision import precision, with_balls
from ..sphere.gamma_products import ClosedForm
from .closed import closed_form, of_parity
from .cosine_sums import LARGEST, cosine_ball, has_cosines
from .eigenvalue_arrays import EPS, LOST, Array, cut_off, unknown
from .panel_balls import LARGEST as LARGEST_DEGREE
from .panel_balls import panel_balls
from .route import Answer, Route
from .taylor import WEAK
from .taylor_sums import first_falling, first_terms, summed

_LENGTHS = (160, 320, 640, 1280, 2560)  # terms; more take long
_HIGH = 30  # dimensions beyond which few Taylor coefficients serve; below, networks take thousands
_BELOW, _ATTEMPTS = 16, 4  # bits by which mu_k may be below 1
_BITS, _WANTED = 128, 58  # of sums that become floats, and how many of these bits are told
_SPARE = 56  # bits of the precision in force that a sum may lose: the caller takes 64 more than it wants


@dataclass(frozen=True)
class SeriesForm:
    """mu_k of such a kernel on the sphere of R^d."""

    kernel: Zonal
    d: int
    lengths: tuple[int, ...] = _LENGTHS

    def ball(self, k: int, wanted: int | None = None) -> Any:
        """mu_k with so many bits; ArithmeticError where that takes too many terms.

        By default with those of the precision in force, but for `_SPARE`; then along panels, too, which may take long.
        """
        panels = [self._by_panels] if wanted is None else []
        wanted = flint.ctx.prec - _SPARE if wanted is None else wanted
        composed = self.kernel.known(0) is None  # a dual alone has cheap Taylor coefficients
        ways = (
            [self._by_cosines, self._by_powers] if composed and self.d <= _HIGH else [self._by_powers, self._by_cosines]
        )
        for way in ways + panels:
            value = way(k, wanted)
            if value is not None:
                return value
        raise ArithmeticError(
            f"mu_{k} of {self.kernel!r} on S^{self.d - 1} to so many digits takes more than {self.lengths[-1]} terms "
            f"of its Hermite series, and a cosine series of more than {LARGEST} bits"
        )

    def _by_cosines(self, k: int, wanted: int) -> Any:
        return cosine_ball(self.kernel, self.d, k, wanted)

    def _by_panels(self, k: int, wanted: int) -> Any:
        if k > LARGEST_DEGREE:
            return None
        below = _BELOW
        for _ in range(_ATTEMPTS):
            with precision(wanted + below + 32):
                value = panel_balls(self.kernel).values(self.d, k % 2, [k], wanted + below)[0]
            if value.rel_accuracy_bits() >= wanted:
                return value
            below = 2 * below + 64 if value.contains(0) else _BELOW - math.floor(float(abs(value).log()) / math.log(2))
        return None

    def _by_powers(self, k: int, wanted: int) -> Any:
        if self.d <= _HIGH and self.kernel.known(0) is None and has_cosines(self.kernel):
            return None  # what cosines did not reach takes more powers
        for terms in self.lengths:
            count = (terms - k + 1) // 2
            if count <= first_falling(self.d, k):
                continue
            known = self.kernel.taylor_squares(terms, flint.ctx.prec)
            assert known is not None  # `certified` asked
            value = first_terms(self.d, k)[k] * summed(known[0], known[1], self.d, k, count)
            if value.rel_accuracy_bits() >= wanted:
                return value
        return None


def form_of(term: Zonal, d: int, parity: int, lengths: tuple[int, ...] = _LENGTHS) -> ClosedForm | SeriesForm | None:
    """What gives mu_k of a term to any precision without an integral; None where nothing does."""
    return closed_form(term, d, parity) or (SeriesForm(term, d, lengths) if term.taylor_squares(2, 64) else None)


class HermiteRoute(Route):
    """The sum in balls for the degrees of which a series in floats misses too much; for all, where there is none."""

    name = "Hermite series in balls"
    owns_missing = True

    def __init__(
        self, kernel: Zonal, first: Route, forms: list[tuple[Scalar, ClosedForm | SeriesForm]], in_floats: bool
    ) -> None:
        self.first, self.forms, self.in_floats, self.missing = first, forms, in_floats, kernel.truncation
        self.together = first.together

    @classmethod
    def of(cls, kernel: Zonal, d: int, parity: int, first: Route) -> Route:
        """The route to a kernel that misses something; `first` itself where a term has no such sum."""
        terms = of_parity(kernel, parity)
        # Where the series in floats misses much, longer ones take long and hardly serve.
        lengths = _LENGTHS if kernel.truncation < LOST else _LENGTHS[:3]
        found = [(c, form_of(term, d, parity, lengths)) for c, term in terms]
        forms = [(c, form) for c, form in found if form is not None]
        in_floats = all(term.known(parity) is not None or not term.truncation for _, term in terms)
        return cls(kernel, first, forms, in_floats) if len(forms) == len(terms) else first

    @with_balls
    def answer(self, d: int, k: Array, estimate: bool = False) -> Answer:
        found = Answer(unknown(k.size), (self.name,))
        if self.in_floats:
            found = self._first(d, k, estimate)
        values, names = found
        summed = 0
        with precision(_BITS):
            for i in np.flatnonzero(~(values.error <= WEAK)):
                try:
                    mu = sum((ball(c) * _float_sized(form, int(k[i])) for c, form in self.forms), flint.arb(0))
                except ArithmeticError:  # it takes too many terms
                    continue
                if mu.rel_accuracy_bits() > _WANTED - 4:
                    names, summed = (self.name,), summed + 1
                    row = float(mu), float(abs(mu).log()), float((mu > 0) - (mu < 0)), 2 * EPS
                    for target, entry in zip(values, row, strict=True):
                        target[i] = entry
        left = np.flatnonzero(np.isinf(values.error))
        if left.size and not self.in_floats:
            found = self._first(d, k[left], estimate)
            for target, source in zip(values, found.values, strict=True):
                target[left] = source
            names = found.names if not summed else names
        return Answer(values, names)

    def _first(self, d: int, k: Array, estimate: bool) -> Answer:
        found = self.first.answer(d, k, estimate)
        return Answer(cut_off(found.values, self.missing), found.names)


def _float_sized(form: ClosedForm | SeriesForm, k: int) -> Any:
    return form.ball(k, _WANTED) if isinstance(form, SeriesForm) else form.ball(k)
