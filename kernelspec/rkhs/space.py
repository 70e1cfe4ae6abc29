r"""The RKHS of a zonal kernel on the sphere: which functions it holds, at what norm, how well it approximates others.

.. math:: H = \Big\{ f = \sum_k f_k : \; f_k = 0 \text{ where } \mu_k = 0, \quad
          \|f\|_H^2 = \sum_{\mu_k > 0} \frac{1}{\mu_k} \int f_k^2 d\tau < \infty \Big\}

f_k the harmonic part of degree k (Bietti & Bach 2021, Appendix A; claim 8). Functions are those of `ridge` and
`polynomial`, and linear combinations.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..kernels.callables import require_formula
from ..kernels.rounded_parameters import decided
from ..kernels.zonal import Zonal, require_kernel
from ..numbers.checks import dimension, integer, reals
from ..numbers.exact_numbers import ball
from ..numbers.precision import at_least, cached_property, default_errors, with_balls
from .approximation import ApproximationCurve
from .capacity_on_sphere import Capacity
from .learning_curves import LearningCurve
from .membership import Membership, membership
from .norms import squared_norm
from .ridge import Function
from .sobolev import Smoothness, Sobolev, smoothness, sobolev
from .tail import UndecidedError
from .verdict import _require_kernel

_FLOAT_DIGITS = 17
_LEAST_BITS = 33  # of a norm as a float: 10 digits
_MOST_DIGITS = 200


class Space(Capacity):
    """The RKHS of a kernel on S^{d-1}.

    Parameters
    ----------
    kernel : a `Zonal`, positive semi-definite on S^{d-1}, finite at u = 1.
    d : the dimension of the space that the sphere lies in, an integer >= 2.

    Raises TypeError for what is no kernel; ValueError for d < 2, and for a kernel that is not positive, infinite at
    u = 1, or known in floats only.

    >>> import kernelspec as ks
    >>> H = ks.rkhs.Space(ks.ntk(3), d=10)
    >>> H, H.smoothness
    (Space(ntk(3), d=10), beta = 5 for all k)
    >>> f = ks.rkhs.ridge(ks.ntk(3), [1, *9 * [0]])
    >>> H.norm(f, digits=20) ** 2 - 3 < 1e-20  # kappa(1): the kernel's own functions have this norm
    True
    >>> H.contains(ks.rkhs.ridge(ks.rkhs.relu(1), [1, *9 * [0]])).member
    False
    """

    @with_balls
    def __init__(self, kernel: Zonal, d: int) -> None:
        require_kernel(kernel)
        self.d = dimension(d)
        require_formula(kernel, "a space of functions")
        try:
            _require_kernel(kernel, self.d)
        except UndecidedError as reason:
            raise ValueError(f"kernel must be positive semi-definite, and known exactly: {reason}") from None
        self.kernel = decided(kernel)
        if not self.kernel.as_sum:
            raise ValueError("kernel must not be 0: its RKHS is {0}")

    def __repr__(self) -> str:
        return f"Space({self.kernel!r}, d={self.d})"

    def _repr_latex_(self) -> str:
        return rf"RKHS of ${self.kernel.latex()}$ on $\mathbb{{S}}^{{{self.d - 1}}}$"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Space) and (self.kernel, self.d) == (other.kernel, other.d)

    def __hash__(self) -> int:
        return hash((self.kernel, self.d))

    def __reduce__(self) -> Any:
        return Space, (self.kernel, self.d)

    # -- functions --------------------------------------------------------------------------------------

    @with_balls
    @default_errors
    def contains(self, f: Function) -> Membership:
        """Whether f is in the RKHS, with a proof (see `kernelspec.rkhs.membership`).

        Returns a `Membership`; `member` is None where it could not be decided. Raises TypeError for what is no
        function, ValueError for one on another sphere. Source: Bietti & Bach 2021, Appendix A (claim 8).

        >>> import kernelspec as ks
        >>> Space(ks.ntk(2), 3).contains(ks.rkhs.polynomial("x1*x2*x3", 3)).member  # no odd degrees beyond 1
        False
        """
        return membership(self.kernel, self.d, self._function(f))

    @with_balls
    @default_errors
    def norm(self, f: Function, digits: int | None = None) -> Any:
        """|f| in the RKHS: a float, or with `digits` an Arb ball; math.inf where f is proved not to be in it.

        Parameters
        ----------
        f : a function on S^{d-1}: `ridge`, `polynomial`, their linear combinations.
        digits : None, or from 1 to 200: the ball has so many significant digits. How many are within reach rests
            on the expansion: 60 for ks.ntk(3), d = 10; of polynomials all.

        Raises ValueError where it is not decided whether f is in the RKHS, ArithmeticError where the digits are out of
        reach. See `kernelspec.rkhs.norms` for the method and its proof.

        >>> import kernelspec as ks
        >>> H = Space(ks.ntk(3), 10)
        >>> H.norm(ks.rkhs.ridge(ks.rkhs.relu(6), [1, *9 * [0]]), digits=20)
        [1.6311816997889794297 +/- 1.34e-20]
        """
        f = self._function(f)
        wanted = None if digits is None else integer("digits", digits, 1, _MOST_DIGITS)
        found = membership(self.kernel, self.d, f)
        if found.member is None:
            raise ValueError(f"the norm of {f!r} in {self!r} is not decided, because {found.why}")
        if not found.member:
            return math.inf
        square = self._squared(f, _FLOAT_DIGITS if wanted is None else wanted + 1)
        from ..numbers.enclosure import Enclosure

        with at_least(64 + int(3.4 * (wanted or _FLOAT_DIGITS))):
            root = square.max(0).sqrt() if square.contains(0) else square.sqrt()
            return float(root) if wanted is None else Enclosure(root, wanted)

    @with_balls
    @default_errors
    def inner(self, f: Function, g: Function, digits: int | None = None) -> Any:
        """The inner product of two functions in the RKHS: (|af+g|^2 - a^2 |f|^2 - |g|^2)/(2a); parameters as in `norm`.

        The digits are those of |f||g|. Raises ValueError where one of them is not in the RKHS.

        >>> import kernelspec as ks
        >>> k, w, v = ks.ntk(3), [1, 0, 0], [0.6, 0.8, 0]
        >>> round(Space(k, 3).inner(ks.rkhs.ridge(k, w), ks.rkhs.ridge(k, v)) - k(0.6), 14)  # the reproducing property
        0.0
        """
        f, g = self._function(f), self._function(g)
        wanted = None if digits is None else integer("digits", digits, 1, _MOST_DIGITS)
        for function in (f, g):
            if membership(self.kernel, self.d, function).member is not True:
                raise ValueError(f"both functions must be in {self!r}; {self.contains(function)!r}")
        from ..numbers.enclosure import Enclosure

        precise = (_FLOAT_DIGITS if wanted is None else wanted) + 2
        with at_least(64 + int(3.4 * precise)):
            one, two = self._squared(f, precise), self._squared(g, precise)
            # Of one size, so that the rounding of |f+g|^2 is that of |f||g|.
            scale = Fraction(10) ** _tens(two / one) if one > 0 and two > 0 else Fraction(1)
            product = ball(0)
            if one != 0 and two != 0:
                both = self._squared(scale * f + g, precise)
                product = (both - one * ball(scale**2) - two) / ball(2 * scale)
            return float(product) if wanted is None else Enclosure(product, wanted)

    def _squared(self, f: Function, digits: int) -> Any:
        found = squared_norm(self.kernel, self.d, f, digits)
        if not found.enough and (digits != _FLOAT_DIGITS or found.value.rel_accuracy_bits() < _LEAST_BITS):
            raise ArithmeticError(
                f"{digits} digits of |f|^2 are out of reach for {f!r} in {self!r}: it is {found.value.str(30)}"
            )
        return found.value

    @with_balls
    @default_errors
    def approximation(self, f: Function, radii: ArrayLike) -> ApproximationCurve:
        """The least L2 distance of f to functions of norm at most `radii` in the RKHS, and bounds in the sup norm.

        Parameters
        ----------
        f : a function on S^{d-1}, in the RKHS or not.
        radii : a norm >= 0 or an array of them.

        Returns an `ApproximationCurve` with arrays of that shape. See `kernelspec.rkhs.approximation`.

        >>> import kernelspec as ks
        >>> H = Space(ks.ntk(3), 5)
        >>> curve = H.approximation(ks.rkhs.ridge(ks.rkhs.abs_power(1), [1, 0, 0, 0, 0]), [0, 1, 10])
        >>> curve.error.round(4).tolist()
        [0.4472, 0.0799, 0.0023]
        """
        from .approximation import approximation

        f, wanted = self._function(f), reals("radii", radii)
        if np.any(wanted < 0):
            raise ValueError(f"radii must be >= 0; got {float(wanted.min())!r}")
        found = membership(self.kernel, self.d, f)
        norm = self.norm(f) if found.member is not None else math.inf
        return approximation(self.kernel, self.d, f, wanted, float(norm))

    @with_balls
    @default_errors
    def learning_curve(self, f: Function, n: Any, ridge: float = 0.0, noise: float = 0.0) -> LearningCurve:
        """The test error that the eigenlearning equations predict for kernel ridge regression of f.

        Parameters
        ----------
        f : a function on S^{d-1}, in the RKHS or not; the points are uniform on the sphere.
        n : numbers of samples, integers >= 1.
        ridge : lambda >= 0 in K + n lambda 1; 0 is the limit, the interpolant of least norm.
        noise : the standard deviation of the noise, >= 0.

        Returns a `LearningCurve` with bounds of the equations' solution; its learnability has a column for each degree
        0, 1, .... The equations are a theory for the error, and no theorem: `kernelspec.rkhs.learning_curves`.

        >>> import kernelspec as ks
        >>> f = ks.rkhs.ridge(ks.rkhs.step(0.7), [1, 0, 0, 0])
        >>> ks.ntk(3).rkhs(4).learning_curve(f, [10, 100, 1000]).error.round(4).tolist()
        [0.0744, 0.0266, 0.0121]
        """
        from .sphere_curves import curve_on_sphere

        return curve_on_sphere(self.kernel, self.d, self._function(f), n, ridge, noise)

    def _function(self, f: Any) -> Function:
        if not isinstance(f, Function):
            raise TypeError(f"f must be a function such as ks.rkhs.ridge(g, w) or polynomial(text, d); got {f!r}")
        if f.d != self.d:
            raise ValueError(f"f must live on S^{self.d - 1}, the sphere of {self!r}; it lives on S^{f.d - 1}")
        return f

    # -- smoothness -------------------------------------------------------------------------------------

    @cached_property
    @with_balls
    def smoothness(self) -> Smoothness:
        """The exact beta of each parity with mu_k ~ k^{-2 beta} (Bietti & Bach 2021, Theorem 1; claims 14, 32)."""
        return smoothness(self.kernel, self.d)

    @cached_property
    @with_balls
    def sobolev(self) -> Sobolev:
        """The norm against that of Delta^{beta/2} f in L2: two-sided constants, proved (`kernelspec.rkhs.sobolev`).

        Source: Bietti & Bach 2021 (claim 32); the constants, here.
        """
        with at_least(128):
            try:
                return sobolev(self.kernel, self.d)
            except UndecidedError as reason:
                raise ValueError(f"no constants are proved for {self!r}: {reason}") from None


def _tens(square: Any) -> int:
    """The power of 10 next to the square root of a ball."""
    return round(float(square.log()) / math.log(10) / 2)
