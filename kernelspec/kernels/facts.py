"""What a kernel states of itself: values, exact values at the ends, the derivative, texts, and analytic facts.

A fact stands with the class that it is true of. Here is what is taken where a class says nothing: unknown.
"""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

from ..numbers.exact_numbers import Scalar, is_zero
from ..numbers.precision import cached_property
from ..numbers.rational import Polynomial
from ..sphere.gamma_products import ClosedForm
from . import base_points
from .points import Pair, Point
from .text import brief, call_text

if TYPE_CHECKING:
    from ..expansions.series_point import SeriesPoint
    from .activations import Activation
    from .base_points import Constant
    from .lengths import Lengths
    from .zonal import Zonal

# Why a singularity inside is not excluded, behind the kernel's name.
UNPROVED_INSIDE = (
    "is not shown to be analytic inside (-1, 1), where a layer may reach a singular point of the next one, or a class "
    "of your own does not state `singular`"
)


class Facts:
    """What `Zonal` and its subclasses state."""

    __slots__ = ()
    bounded = False  # whether the values are known to lie in [-1, 1]
    homogeneous = True  # whether off the sphere the kernel is |x||y| kappa(cos): without biases
    adds_up = False  # whether in floats nothing cancels in its values, off the real line, too

    @property
    def _kernel(self) -> Zonal:
        """Itself: no class but `Zonal` derives from this one."""
        return cast("Zonal", self)

    def pair(self, point: Point) -> Pair:
        """Value, defect and kappa(1) at a point, in the point's arithmetic."""
        raise NotImplementedError

    def drop(self, end: Point, point: Point, gap: Any) -> Any:
        """kappa(c) - kappa(c - gap) without cancellation, c = end.u and c - gap = point.u; None if unknown."""
        return None

    def exact_at(self, at: int) -> Constant | None:
        """kappa(at) for at = 1, 0 or -1 (`base_points`); None where it is infinite or not known to be finite."""
        if at == 1:
            if self.rational_one is not None:
                return base_points.rational(self.rational_one)
            return base_points.named((self._kernel, 1)) if math.isfinite(self._kernel.at_one) else None
        if self.polynomial_part(0) == {}:
            one = base_points.exact_at(self._kernel, 1)
            return base_points.ZERO if at == 0 else base_points.combination([(Fraction(-1), one)])
        if at == -1 and self.polynomial_part(1) == {}:
            return base_points.exact_at(self._kernel, 1)
        return base_points.named((self._kernel, at)) if math.isfinite(self._kernel.at_one) else None

    def rise(self, point: Point, at: int) -> Any:
        """kappa(u) - kappa(at) for at = 1, 0 or -1, without cancellation next to u = at where that is known."""
        if at == 1:
            return -point.pair(self._kernel).defect
        if self.polynomial_part(0) == {}:
            return point.pair(self._kernel).value if at == 0 else point.mirror.pair(self._kernel).defect
        if at == -1 and self.polynomial_part(1) == {}:
            return -point.mirror.pair(self._kernel).defect
        return point.pair(self._kernel).value - point.start(self._kernel, at)

    def series(self, point: SeriesPoint) -> Any:
        """kappa along a series u(t), where `pair` does not give it; None where it does.

        Expansions, and with them laws of decay, are `pair` at a point whose numbers are series. What needs a function
        that series have not got says here what it is, made of `point.u` by `point.computed`, or why there is none.
        """
        return None

    def eigenvalue(self, d: int) -> ClosedForm | None:
        """mu_k on S^{d-1} in closed form, for the parities in which kappa is no polynomial; None where there is none.

        A `ks.sphere.GammaProduct` of the degree `ks.sphere.K` is one; ValueError where kappa is not integrable.
        """
        return None

    def derivative(self) -> Zonal:
        """The exact derivative with respect to u, as an expression (it may be infinite at u = +-1)."""
        raise NotImplementedError(f"no derivative of {self!r} is known")

    def slope_at(self, point: Point) -> Any:
        """kappa'(u) at a point: `derivative`, in fewer steps where a class knows how."""
        return point.pair(derivative_of(self._kernel)).value

    def text(self) -> str:
        """The expression as text that `ks.parse` reads back: what its dataclass says (`text.call_text`)."""
        return self._text

    @cached_property
    def _text(self) -> str:
        return call_text(self._kernel)

    def latex_of(self, argument: str) -> str:
        """LaTeX of kappa(argument); with no more to go by, the name of the class."""
        return f"\\mathrm{{{type(self).__name__}}}\\left({argument}\\right)"

    @property
    def radius(self) -> float:
        """The radius of a disc around 0 in which kappa is shown to be analytic; 1 where no larger one is."""
        return 1.0

    @property
    def singular(self) -> frozenset[int]:
        """Where on [-1, 1] kappa may not be analytic: 1, -1, and 0 for points in between.

        Everywhere else it is shown to be; nowhere, where a kernel says nothing. One that says {1, -1}, or one of them,
        is taken to be analytic in the plane but for the real u >= 1 and u <= -1.
        """
        return frozenset(() if self.radius > 1 else (1, -1, 0))

    @property
    def series_sign(self) -> int:
        """1 where all Taylor coefficients b_i at 0 are shown to be >= 0, -1 where they are <= 0, else 0."""
        return 0

    def majorant(self, r: Fraction) -> Fraction | None:
        """An upper bound of sum_i |b_i| r^i, exact for r = 1 where kappa(1) is rational; None where none is known.

        It bounds |kappa| on the disc |u| <= r, in which the series converges absolutely. Here, for an atom, by its
        value at u = r; nodes combine the bounds of their parts (a layer that reads another clips beyond u = 1).
        """
        if not self.series_sign or r > 1 and not math.isinf(self.radius):
            return None
        if r == 1 and isinstance(self.rational_one, Fraction):
            return abs(self.rational_one)
        from .ball_values import upper, value_at

        return upper(value_at(self._kernel, r))

    @property
    def rational_one(self) -> Scalar | None:
        """kappa(1) where it is known exactly without an expansion: rational, or of the coefficients' kind."""
        return None

    @property
    def is_constant(self) -> bool:
        """Whether the kernel is an atom that is the same at every u."""
        return False

    @property
    def truncation(self) -> float:
        """What the kernel may miss on [-1, 1] because a series was cut off (Hermite coefficients); else 0."""
        return 0.0

    @property
    def slope_bound(self) -> float:
        """A bound of |kappa'| on [-1, 1], of what is kept where a series is cut off; infinite where none is known."""
        if self.series_sign != 1:
            return math.inf
        try:
            return derivative_of(self._kernel).at_one  # no coefficient is negative
        except (NotImplementedError, ValueError):
            return math.inf

    @property
    def by_values(self) -> bool:
        """Whether eigenvalues are integrals of its values, as no formula of it serves."""
        return bool(self.user_functions)

    @property
    def infinitely_smooth(self) -> bool:
        """Whether the kernel is known to be C^oo on [-1, 1], both ends included."""
        return False

    @property
    def user_functions(self) -> tuple[str, ...]:
        """The names of functions of the user's own in the kernel (`from_callable`): only their values are known."""
        return ()

    @property
    def real_only(self) -> bool:
        """Whether the kernel has no reading off [-1, 1]: no complex angles, no balls."""
        return False

    @property
    def real_floats(self) -> bool:
        """Whether floats are read on [-1, 1] only, in real NumPy arrays: eigenvalues in floats are integrals."""
        return self.real_only

    def taylor_squares(self, terms: int, bits: int) -> tuple[list[Any], Any] | None:
        """The first Taylor coefficients, none negative, and the sum of the others, where balls of them are known."""

    def require_whole(self, refused: str) -> None:
        """ValueError that says what is refused where the kernel is known only up to its `truncation`."""
        if self.truncation:
            raise ValueError(
                f"{brief(self._kernel)} is a series cut off at an error of {self.truncation:.1e} on [-1, 1]: {refused}"
            )

    def require_continued(self, refused: str) -> None:
        """ValueError that says what is refused where nothing is known of the kernel off [-1, 1]."""
        if self.real_only:
            raise ValueError(f"{self!r} holds the dual of an activation with kinks, not read off [-1, 1]: {refused}")

    def polynomial_part(self, parity: int) -> Polynomial | None:
        """The even (0) or odd (1) part of kappa where it is known to be a polynomial, exactly; else None.

        Eigenvalues of that parity beyond its degree vanish (the parity zeros of Bach 2017, Appendix D, claim 20, and of
        Bietti & Mairal 2019, NeurIPS, claim 21).
        """
        return None

    def polynomial_degree(self, parity: int) -> int | None:
        """The degree of the even or odd part where that is a polynomial (-1: it is 0), else None.

        Of products and compositions it is an upper bound where parts of several parities may cancel.
        """
        part = self.polynomial_part(parity)
        return None if part is None else next((m for m in sorted(part, reverse=True) if not is_zero(part[m])), -1)

    def analytic_part(self, parity: int) -> bool:
        """Whether the even or odd part is shown to be analytic on [-1, 1]."""
        return not self.singular or self.polynomial_degree(parity) is not None

    def singular_inside(self, parity: int) -> bool:
        """Whether the even or odd part is not shown to be analytic inside (-1, 1)."""
        return 0 in self.singular and not self.analytic_part(parity)

    @property
    def singularities(self) -> tuple[Scalar, ...] | None:
        """Real points, one of which is the singularity nearest to [-1, 1]: none for an entire kernel, None if unknown.

        Those of a part may cancel in a sum, where the kernel is analytic.
        """
        return () if math.isinf(self.radius) else None

    @property
    def singular_order(self) -> int:
        """About how high the first power of t = 1 - u or 1 + u is that is no integer >= 0, where an end has one."""
        return 1

    def angle_root(self, at: int) -> int:
        """m: near u = at kappa is taken for a power series in theta^{1/m}, theta the angle to that end.

        Where no expansion is known, as beside a logarithm, 4: every power of theta is so often as smooth.
        """
        from ..expansions import ramification

        try:  # quadrature needs none: it only converges the faster
            return (q := ramification(self._kernel, at)) // (2 if q % 2 == 0 else 1)
        except ValueError:
            return 4

    # What the kernel is, where that is simpler than its class says.

    @property
    def as_sum(self) -> tuple[tuple[Scalar, Zonal], ...]:
        """((coefficient, kernel), ...): the terms of a sum, none for the kernel 0; itself once for any other."""
        return ((Fraction(1), self._kernel),)

    @property
    def as_product(self) -> tuple[Zonal, ...]:
        """The factors of a product; itself for any other."""
        return (self._kernel,)

    @property
    def as_layers(self) -> tuple[Zonal, ...]:
        """The layers of a composition, the outermost first; itself for any other."""
        return (self._kernel,)

    @property
    def with_closed_terms(self) -> Zonal:
        """The same kernel as a sum whose terms have closed eigenvalues, where its class has none; else itself."""
        return self._kernel

    @property
    def power_of_u(self) -> int | None:
        """n where kappa = u^n."""
        return None

    @property
    def exponential_rate(self) -> Scalar | None:
        """alpha where kappa = kappa(1) e^{alpha (u-1)}."""
        return None

    @property
    def one_exponential(self) -> bool:
        """Whether a value takes one exponential (and a power, or a logarithm): by a fit it would cost no less."""
        return False

    @property
    def defect_exponent(self) -> Fraction | None:
        """nu where kappa = (1-u)^nu."""
        return None

    @property
    def rectifier(self) -> tuple[Scalar, Scalar] | None:
        """(a, b) where kappa = a u + b kappa_1(u), as for x -> max(x, 0) + s min(x, 0) (claim L6, derived here)."""
        return None

    def known(self, parity: int) -> Polynomial | None:
        """The even or odd terms that are kept of a series that is cut off; None where kappa is no such series."""
        return None

    @property
    def declared_kinks(self) -> tuple[tuple[Fraction, int, Fraction], ...]:
        """The kinks (x, r, J) of an activation of which kappa is the dual, as its user states them."""
        return ()

    @property
    def kinked_activation(self) -> Activation | None:
        """The piecewise smooth activation of which kappa is the dual, where there is one and it has kinks."""
        return None

    @property
    def variances(self) -> tuple[Scalar, ...]:
        """The variances q_1, ..., q_L of the layers of a network with biases, for inputs of length 1 (`mlp`).

        AttributeError for every other kernel.
        """
        raise AttributeError(
            f"{self!r} has no variances: only networks with biases (mlp with bias_variance > 0) depend on those of "
            "their layers; without, q_l = sigma_w^2 (sigma_w^2 (1 + s^2)/2)^(l-1), whatever the kernel"
        )

    def between(self, point: Point, lengths: Lengths) -> Any:
        """K(x, y) for vectors of these lengths at the point's cosine: |x||y| kappa(cos) (Bietti & Mairal 2019, JMLR,
        Lemma 1; claim 37).

        A network with biases has its own (`kernelspec.kernels.lengths`). ValueError where nothing is known.
        """
        if not (self.homogeneous or lengths.unit):
            raise ValueError(
                f"x and y must have rows of norm 1: {self!r} holds a bias, and depends on the norms in a way that only "
                "the network itself (mlp, ntk), and sums of such kernels, know; normalize=True gives kappa(cos)"
            )
        return lengths.times(self.pair(point).value)


@functools.lru_cache(maxsize=4096)
def derivative_of(kernel: Zonal) -> Zonal:
    """`Zonal.derivative`, built once."""
    return kernel.derivative()
