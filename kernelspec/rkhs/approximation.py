r"""How well a function on the sphere is approximated at a given norm in the RKHS, from its harmonics.

With A_k the mean square of the harmonic part f_k and a multiplier lambda > 0,

.. math:: D(r)^2 = \min_{\|g\|_H \le r} \|f-g\|_{L_2}^2 = \sum_k A_k \Big(\frac{\lambda}{\mu_k+\lambda}\Big)^2, \qquad
          r^2 = \sum_k A_k \frac{\mu_k}{(\mu_k+\lambda)^2}, \qquad g_k = \frac{\mu_k}{\mu_k+\lambda} f_k ,

and D(r) = 0 for r >= |f|_H. Of the degrees k >= K only the energy T = sum A_k is used: g with g_k = 0 there is one
choice (an upper bound of D), and for every lambda, by duality,

.. math:: D(r)^2 \ge \sum_{k<K} A_k \frac{\lambda}{\mu_k+\lambda} + T_{low} \frac{\lambda}{\mu_K+\lambda}-\lambda r^2 .

In the sup norm |f - g| is at most sum_k sqrt(N(d,k) A_k) lambda/(mu_k+lambda), as |f_k| <= sqrt(N(d,k) A_k) everywhere
(Bietti & Bach 2021, Appendix A; claim 5). For a single ridge function this is sum N |g_k| lambda/(mu_k+lambda). Claim
34; the bounds are derived here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import sphere
from ..kernels.zonal import Zonal
from ..numbers.checks import FloatArray, scalar_or_array
from ..numbers.exact_numbers import ball
from ..numbers.precision import precision
from .atoms import common
from .components import Component, components, cosine
from .degree_series import ShortSeriesError, multiplicities
from .ridge import Function

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..results.tables import Table

_COUNTS = (512, 4096, 32768)
_FIRST = 64  # of kernels whose eigenvalues fall so fast that few are above those of the multiplier
_CLOSE = 1e-7  # relative distance of both bounds, at which no more harmonics are read
_ROUNDED = 1e-11  # of the sums in float64: 1e-13 was seen
_HALVINGS = 200
_LARGEST_RADIUS = 1e150  # whose square is a float
_LARGEST = 10**300  # mean square of a harmonic part, and the inverse of the least
_LENGTH = Fraction(16)


@dataclass(frozen=True, eq=False)
class ApproximationCurve:
    """The least L2 distance to a function, at given norms in the RKHS.

    lower <= D(radius) <= error, arrays of the shape of `radii`, computed in float64 from the spectra's best values;
    `sup` bounds |f - g| in the sup norm for one and the same g (inf where the harmonics are not summable); `norm` is
    the function's own, from which on the distance is 0.
    """

    radii: Any
    error: Any
    lower: Any
    sup: Any
    norm: float
    title: str

    def table(self) -> Table:
        """The curve as a `Table`: radius, lower, error, sup."""
        from ..results.tables import Table

        names = ("radius", "lower", "error", "sup")
        columns = (np.ravel(x).tolist() for x in (self.radii, self.lower, self.error, self.sup))
        return Table([dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)],
                     columns=names, caption=self.title)  # fmt: skip

    def plot(self, ax: Any = None, label: str | None = None, asymptote: bool | None = None, **more: Any) -> Axes:
        """Draw the distance over the norm on logarithmic axes; returns the axes.

        Parameters
        ----------
        ax : axes of matplotlib; None for a new figure, which pyplot does not know.
        label : its name in the legend; space and function if None.
        asymptote : whether the sup bound is drawn, too (None: it is not).
        more : keywords of `Axes.plot`, which win.
        """
        from ..views.spaces import plot_curve

        return plot_curve(self, ax, label, asymptote, **more)

    def __repr__(self) -> str:
        return f"{self.title}\n{self.table()!r}"

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


def approximation(kernel: Zonal, d: int, f: Function, radii: FloatArray, norm: float) -> ApproximationCurve:
    """See the module; `norm` is that of f, inf where f is not in the RKHS."""
    parts, flat = components(f), radii.ravel()
    found: tuple[FloatArray, ...] | None = None
    for count in counts(kernel):
        if count <= f._harmonics.degree:
            continue
        try:
            curve = _Harmonics(kernel, d, f, parts, count)
        except ShortSeriesError:
            continue  # in high dimension the expansions begin later
        error, lower, _ = found = curve.bounds(flat)
        if np.all(error < math.inf) and np.all(error - lower <= _CLOSE * np.maximum(error, 1e-300)) or not parts:
            break
    if found is None:
        raise ArithmeticError(f"no bound of the harmonics of {f!r} beyond degree {_COUNTS[-1]} is known")
    inside = flat >= norm
    shaped = [radii, *(np.where(inside, 0.0, x).reshape(radii.shape) for x in found)]
    title = f"Distance in L2 from {f!r} at a given norm, {kernel!r} on S^{d - 1}"
    radius, error, lower, sup = (scalar_or_array(x) for x in shaped)
    return ApproximationCurve(radius, error, lower, sup, norm, title)


def counts(kernel: Zonal) -> tuple[int, ...]:
    """How many harmonics are tried, one after the other."""
    return _COUNTS if kernel.singular and not kernel.infinitely_smooth else (_FIRST, *_COUNTS)


class _Harmonics:
    """A_k and mu_k for k < count in float64, and bounds of what is beyond."""

    def __init__(self, kernel: Zonal, d: int, f: Function, parts: list[Component], count: int) -> None:
        k = np.arange(count)
        self.log_root = sphere.log_multiplicity(d, k) / 2
        found = kernel.spectrum(d).values(k)
        self.mu = np.where(found.sign > 0, np.exp(found.log_abs), 0.0)
        values = [part.scaled(count) for part in parts]
        self.energy = np.zeros(count)
        squares = f._harmonics.squares
        if any(q > _LARGEST for q in squares) or (not parts and 0 < sum(squares) < 1 / _LARGEST):
            raise _out_of_range(f)
        self.energy[: len(squares)] = [float(q) for q in squares]
        for i, part in enumerate(parts):
            self.energy += values[i] ** 2
            if f.polynomial:
                length = math.sqrt(part.direction.square)
                for j, y in enumerate(f._harmonics.values(part.direction.w)):
                    self.energy[j] += 2 * values[i][j] / math.exp(self.log_root[j]) * float(y) / length**j
            for j in range(i):
                with precision(64):
                    c = float(cosine(parts[j], part))
                for m, p in enumerate(sphere.legendre_all(d, count - 1, c)):
                    self.energy[m] += 2 * values[i][m] * values[j][m] * p
        if not np.all(np.isfinite(self.energy)):
            raise _out_of_range(f)
        self.energy = np.maximum(self.energy, 0.0)
        tails = [_beyond(part, count) for part in parts]
        whole = sum(high for _, high, _ in tails)
        self.rest = (tails[0][0] ** 2 if len(tails) == 1 else 0.0), whole**2
        self.rest_sup = sum(sup for _, _, sup in tails)
        self.last = float(self.mu[-4:].max(initial=0.0))

    def bounds(self, radii: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Upper and lower bounds of D, and the bound in the sup norm."""
        seen = self.energy > 0
        mu, energy = self.mu[seen], self.energy[seen]
        largest = np.exp(np.minimum(self.log_root[seen] + np.log(energy) / 2, 700.0))  # of |f_k|
        radii = np.minimum(radii, _LARGEST_RADIUS)
        positive = mu > 0
        tiny = float(mu[positive].min(initial=1.0)) if positive.any() else 1.0
        low = np.full(radii.size, math.log(max(tiny, 1e-290)) - 40.0)
        high = np.full(radii.size, math.log(max(float(mu.max(initial=0.0)), 1e-290)) + 40.0)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            norm = np.array([self._norm(mu, energy, math.exp(x)) for x in middle])
            large = norm > radii**2
            low, high = np.where(large, middle, low), np.where(large, high, middle)
            if np.all(high - low < 1e-13 * np.abs(high)):
                break
        error, lower, sup = (np.zeros(radii.size) for _ in range(3))
        for i, x in enumerate(high):
            multiplier = math.exp(x)
            share = multiplier / (mu + multiplier)
            if radii[i] == 0:
                share = np.ones_like(mu)
            total = float(np.sum(energy * share**2))
            error[i] = math.sqrt(total + self.rest[1]) * (1 + _ROUNDED)
            dual = float(np.sum(energy * share)) + self.rest[0] * multiplier / (self.last + multiplier)
            if radii[i] == 0:
                dual = float(np.sum(energy)) + self.rest[0]
            dual -= multiplier * radii[i] ** 2 if radii[i] else 0.0
            lower[i] = math.sqrt(max(dual * (1 - _ROUNDED), 0.0)) * (1 - _ROUNDED)
            sup[i] = float(np.sum(largest * share)) * (1 + _ROUNDED) + self.rest_sup
        return error, np.minimum(lower, error), sup

    @staticmethod
    def _norm(mu: FloatArray, energy: FloatArray, multiplier: float) -> float:
        with np.errstate(over="ignore", under="ignore"):
            return float(np.sum(energy * (mu / (mu + multiplier)) / (mu + multiplier)))


def _out_of_range(f: Function) -> ValueError:
    return ValueError(f"f must have a mean square between 1e-300 and 1e300, the range of floats; got {f!r}")


def _beyond(part: Component, count: int) -> tuple[float, float, float]:
    """Bounds of the L2 norm of what a component has from a degree on, and of its sup norm."""
    import flint

    d, rows, bits = part.d, [part.atoms(r) for r in range(4)], 192
    with precision(bits):
        exact, sizes, sup = ball(0), [], ball(0)
        atoms = {atom: None for row in rows for atom in row}
        if atoms:
            step = common(atom.step(_LENGTH) for atom in atoms)
            like = step, math.ceil(_LENGTH / step), count + Fraction(d, 2) - 1
            number = multiplicities(d, like)
            for r, row in enumerate(rows):
                first = count + (r - count) % 4 + Fraction(d, 2) - 1
                series = [atom.series(like) for atom in row]
                exact += sum((_sum(number * a * b, first) for a in series for b in series), ball(0))
                for a in series:
                    one = _sum(number * a, first) if a.power - d + 2 > 1 else flint.arb("inf")
                    sup += abs(one)
    for g, c in part.jumps:
        with precision(bits):
            whole = float(g.square(d))
        # In float64: what is left is some 1/count of the whole.
        energy = float(np.sum(g.scaled(d, sphere.log_multiplicity(d, np.arange(count)) / 2) ** 2))
        margin = _ROUNDED * whole
        largest, least = (float(f(map(abs, c))) for f in (max, min))
        sizes.append(
            (math.sqrt(max(whole - energy - margin, 0.0)) * least, math.sqrt(whole - energy + margin) * largest)
        )
        sup = flint.arb("inf")
    high = math.sqrt(max(float(exact.upper()), 0.0)) + sum(size for _, size in sizes)
    low = math.sqrt(max(float(exact.lower()), 0.0)) - sum(size for _, size in sizes)
    if len(sizes) == 1 and not atoms:
        low = sizes[0][0]
    return max(low, 0.0), high * (1 + 1e-15), float(sup) if sup.is_finite() else math.inf


def _sum(series: Any, first: Fraction) -> Any:
    if series.power <= 1:
        raise ShortSeriesError("the function is not square integrable")
    return series.sum(first, 4)
