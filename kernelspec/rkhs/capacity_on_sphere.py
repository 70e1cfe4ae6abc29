r"""`Capacity`: effective dimension, information gain, best rank-r error on S^{d-1}: uniform data, and any data.

The same class serves the sphere S^{d-1} and the cube {-1, 1}^d (`domain`), whose symmetries, permutations and changes
of sign, act transitively as well: all of what follows holds there, rotations read as these.

**Uniform data** (`effective_dimension`, `information_gain`, `tail`): sums over the Mercer spectrum, enclosed for every
lambda > 0 (`mercer`, `degree_sums`).

**Any data** (`worst_effective_dimension`, `worst_information_gain`, `worst_tail`; derived here, the argument being
that of Kiefer 1974 for optimal designs). Let nu be any probability on S^{d-1}, for example the empirical one of n
points, and T_nu = int phi(x) (x) phi(x) dnu(x) the covariance operator on the RKHS. Its eigenvalues are those of K/n.
*They majorise those of the uniform distribution*: for every r the sum of the r largest is at least that of the r
largest mu_k, each taken N(d,k) times; all of them add up to kappa(1) for both.

*Proof.* A rotation g acts on the RKHS by the unitary U_g f = f(g^{-1} .), U_g phi(x) = phi(gx), so that
U_g T_nu U_g* = T_{g nu}. Averaging over all rotations gives T_tau, as int g nu dg is the uniform probability. The sum
of the r largest eigenvalues, S_r(T) = max Tr PT over projections of rank r (Fan 1951), is convex in T and the same
for T_nu and U_g T_nu U_g*, whence S_r(T_tau) <= int S_r(U_g T_nu U_g*) dg = S_r(T_nu). Traces: kappa(1) at every
point. QED

So every concave f with f(0) = 0 has Tr f(T_nu) <= sum_k N(d,k) f(mu_k), and the rank-r error of K/n is at most T(r).
With n points there are at most n eigenvalues lambda_i besides, and more follows: *for every selection of r < n
eigenvalues mu_1 >= ... >= mu_r with the trace T' = kappa(1) - sum mu_i left, if c = T'/(n-r) <= mu_r, then*

.. math:: \sum_{i \le n} f(\lambda_i) \le \sum_{i \le r} f(\mu_i) + (n - r)\, f(c) .

*Proof.* lambda majorises v = (mu_1, ..., mu_r, c, ..., c): for j <= r by the theorem; for j > r because j ->
S_j(lambda) is concave, at least S_r(v) at j = r and kappa(1) = S_n(v) at j = n, between which S_j(v) is linear. A sum
of concave f is Schur-concave (Hardy, Littlewood & Pólya 1929). QED The largest such r gives the best bound, and r = 0
the bound n f(kappa(1)/n) < n f(kappa(1)).

Off the sphere, a homogeneous kernel |x||y| kappa(cos) has T_nu = int |x|^2 phi(x/|x|) (x) phi(x/|x|) dnu, whose average
over rotations is (mean of |x|^2) T_tau: all mu_k times `mean_square`. For Gaussian data, that is d mu_k exactly (L19).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..kernels.zonal import Zonal, require_kernel
from ..numbers.checks import FloatArray, degrees, dimension, flag, integer, real, scalar_or_array
from ..numbers.exact_numbers import ball
from ..numbers.outward import upper_float
from ..numbers.precision import precision, with_balls
from ..spectrum.cube import LARGEST
from .capacity import observations, positive
from .degree_sums import BITS
from .harmonic_counts import harmonics_through
from .mercer import MOST, Concave, Part, mercer, trace_of
from .mercer_tail import cuts, trace_behind
from .narrowing import told
from .separated import smallest_eigenvalue

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..numbers.enclosure import Enclosure
    from ..results.tables import Table

_DIGITS = 16  # that a ball shows: its relative radius is some 1e-16


class Capacity:
    """What learning theory asks of the spectrum of a kernel on S^{d-1}, or on the cube {-1, 1}^d.

    Every number is proved: it is the midpoint of a ball whose relative radius is at most 1e-14 (some 1e-16 as a rule;
    the ball itself with `certified=True`), for every lambda > 0. Where the parity of a kernel follows no law of decay
    that is known, and 2000 degrees do not suffice, balls are as wide as they must be.

    Parameters
    ----------
    kernel : a kernel, positive definite and finite at u = 1, whose eigenvalues can be certified.
    d : the dimension: from 2 on the sphere, from 1 to 4000 on the cube.
    domain : "sphere" for data on S^{d-1}, "cube" for data in {-1, 1}^d and kappa(<x, y>/d).

    Raises TypeError for what is no kernel, ValueError for another domain or dimension; what a kernel lacks is said
    where it is needed.
    """

    kernel: Zonal
    d: int
    domain: str = "sphere"

    def __init__(self, kernel: Zonal, d: int, domain: str = "sphere") -> None:
        require_kernel(kernel)
        if domain not in ("sphere", "cube"):
            raise ValueError(f'domain must be "sphere" or "cube", got {domain!r}')
        self.kernel, self.domain = kernel, domain
        self.d = dimension(d) if domain == "sphere" else integer("d", d, 1, LARGEST)

    def __repr__(self) -> str:
        more = "" if self.domain == "sphere" else f", domain={self.domain!r}"
        return f"{type(self).__name__}({self.kernel!r}, d={self.d}{more})"

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return (self.kernel, self.d, self.domain) == (other.kernel, other.d, other.domain)

    def __hash__(self) -> int:
        return hash((type(self), self.kernel, self.d, self.domain))

    def _parts(self) -> tuple[Part, Part]:
        return mercer(self.kernel, self.d, self.domain)

    @with_balls
    def effective_dimension(self, lam: Any, certified: bool = False) -> Any:
        r"""The effective dimension for data that are uniform on the sphere.

        .. math:: D(\lambda) = \operatorname{Tr} T (T + \lambda)^{-1}
                  = \sum_k N(d,k) \frac{\mu_k}{\mu_k + \lambda}

        Parameters
        ----------
        lam : lambda, from 1e-300 to 1e300: a number, or an array of any shape.
        certified : False for floats in the shape of `lam`, True for an Arb ball, or a list of balls.

        Floats that are not told to 1e-6 come with a `PrecisionWarning`, and are NaN where not to 0.01. Raises
        ValueError where lam is not positive, the kernel is infinite at u = 1 or not positive definite, or its
        eigenvalues cannot be certified. Source: Caponnetto & De Vito 2007, Definition 1; tails: `degree_sums`.

        >>> import kernelspec as ks
        >>> ks.rkhs.Capacity(ks.ntk(3), 3).effective_dimension(1e-3, certified=True).str(14, radius=False)
        '152.34493987047'
        """
        lam = positive("lam", lam)
        return self._sums(lam, certified, _share)

    @with_balls
    def information_gain(self, n: Any, noise: Any, certified: bool = False) -> Any:
        r"""The information gain of n uniform observations: what it tends to be at most (Srinivas et al. 2010).

        .. math:: I(n, \sigma) = \frac12 \sum_k N(d,k) \log\Big(1 + \frac{n \mu_k}{\sigma^2}\Big)

        in nats. The expected (1/2) log det(1 + K/sigma^2) of n uniform points is at most this, by Jensen's inequality.

        Parameters
        ----------
        n : how many observations, integers >= 1: one, or an array that broadcasts with `noise`.
        noise : the standard deviation sigma of the noise, from 1e-140 to 1e140: a number or an array.
        certified : as for `effective_dimension`.

        Raises what `effective_dimension` raises.
        """
        counts, noise = observations(n, noise)
        return self._sums(np.stack([counts, noise], axis=-1), certified, _half_log, pairs=True)

    @with_balls
    def tail(self, r: Any, certified: bool = False) -> Any:
        r"""The trace less the r largest eigenvalues: the error of the best approximation of rank r, in the mean.

        .. math:: T(r) = \kappa(1) - \max_{|I| = r} \sum_{i \in I} \mu_i
                  = \min_{\dim V = r} \int |\varphi(x) - P_V \varphi(x)|^2 \, d\tau(x)

        Parameters
        ----------
        r : a rank, an integer from 0 to 2^53, or an array of them.
        certified : as for `effective_dimension`.

        Raises what `effective_dimension` raises. Source: Fan 1951.
        """
        ranks = degrees("r", r)
        with precision(BITS):
            found = [trace_behind(self._parts(), self.d, int(x)) for x in ranks.ravel()]
        return self._answer(found, ranks.shape, certified)

    def visible_degrees(self, n: int) -> int:
        """The largest K for which all harmonics of degree 0 to K together are at most n: what n points can see.

        n values tell at most n functions apart. The count is that of all degrees, eigenvalues that are 0 included:
        sum_{k <= K} N(d,k) = binom(K+d-1, d-1) + binom(K+d-2, d-1).

        Parameters
        ----------
        n : how many points, from 1 to 2^53.

        >>> import kernelspec as ks
        >>> ks.rkhs.Capacity(ks.ntk(3), 10).visible_degrees(60_000)  # 35 750 harmonics up to degree 8, 68 068 up to 9
        8
        """
        n, d = integer("n", n, 1), self.d
        if self.domain == "cube":
            return next((k for k in range(d) if harmonics_through(d, k + 1, "cube") > n), d)
        low, high = 0, 1
        while harmonics_through(d, high) <= n:
            low, high = high, 2 * high
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if harmonics_through(d, middle) <= n else (low, middle)
        return low

    # -- any data ------------------------------------------------------------------------------------------------

    @with_balls
    def worst_effective_dimension(self, lam: Any, n: int, mean_square: float = 1.0) -> Any:
        """An upper bound of Tr K (K + n lam)^{-1} for the Gram matrix K of any n points on the sphere.

        The theorem is that of the module: the spectrum of K/n majorises the Mercer spectrum.

        Parameters
        ----------
        lam : lambda, from 1e-300 to 1e300: a number, or an array of any shape.
        n : how many points, from 1 to 2^53.
        mean_square : of the points' norms, for the homogeneous kernel |x||y| kappa(cos) off the sphere; positive.

        Returns floats, rounded up. Raises what `effective_dimension` raises.
        """
        lam = positive("lam", lam)
        return self._worst(lam, n, mean_square, _share)

    @with_balls
    def worst_information_gain(self, n: int, noise: Any, mean_square: float = 1.0) -> Any:
        """An upper bound of (1/2) log det(1 + K/noise^2) for the Gram matrix K of any n points on the sphere.

        Parameters
        ----------
        n : how many points, from 1 to 2^53.
        noise : the noise's standard deviation, from 1e-140 to 1e140: a number, or an array of any shape.
        mean_square : as for `worst_effective_dimension`.

        Returns floats, rounded up. Raises what `effective_dimension` raises. Source: Srinivas et al. 2010, where the
        bound is asymptotic; the theorem of the module.
        """
        n = integer("n", n, 1)
        noise = positive("noise", noise, 140)
        return self._worst(noise, n, mean_square, lambda sigma: _half_log((n, float(sigma))))

    @with_balls
    def worst_tail(self, n: int, r: Any, mean_square: float = 1.0) -> Any:
        """An upper bound of sum_{i > r} eig_i(K)/n for the Gram matrix K of any n points: the rank-r error per point.

        It is what Nystrom approximations and pivoted Cholesky factors are measured against.

        Parameters
        ----------
        n : how many points, from 1 to 2^53.
        r : a rank, an integer from 0 to 2^53, or an array of them; from n on the error is 0.
        mean_square : as for `worst_effective_dimension`.

        Returns floats, rounded up. Raises what `effective_dimension` raises.
        """
        n, ranks = integer("n", n, 1), degrees("r", r)
        mean_square = _mean_square(self.kernel, mean_square)
        with precision(BITS):
            trace = trace_of(self.kernel)
            found = []
            for x in ranks.ravel():
                # n eigenvalues: the n - r smallest are at most that share of the trace.
                share = trace * max(n - int(x), 0) / n
                bound = trace_behind(self._parts(), self.d, int(x)) if x < n else ball(0)
                found.append(upper_float(ball(1) * mean_square * min(bound.upper(), share.upper())) if x < n else 0.0)
        return scalar_or_array(np.array(found).reshape(ranks.shape))

    def smallest_eigenvalue(self, n: int, delta: float, antipodes: bool = False, certified: bool = False) -> Any:
        """A lower bound of lambda_min(K) for the Gram matrix K of any n points that are apart by delta.

        It holds in every dimension; the theorems, the parameters and what is raised: `separated.smallest_eigenvalue`.
        """
        return smallest_eigenvalue(self.kernel, n, delta, antipodes, certified)

    # -- looks ---------------------------------------------------------------------------------------------------

    @with_balls
    def table(self, lam: Any = None, certified: bool = False) -> Table:
        """Effective dimensions as a `Table`: lam (by default 1, 0.1, ..., 1e-6) and dimension."""
        from ..views.capacities import table

        return table(self, lam, certified)

    @with_balls
    def plot(
        self, ax: Any = None, label: str | None = None, asymptote: bool | None = None, lam: Any = None, **more: Any
    ) -> Axes:
        """Draw the effective dimension over lambda on logarithmic axes; returns the axes.

        Parameters
        ----------
        ax : axes of matplotlib; None for a new figure, which pyplot does not know.
        label : its name in the legend; kernel, domain and dimension if None.
        asymptote : there is none to draw, True or not.
        lam : where it is read; 40 values from 1e-6 to 1 if None.
        more : keywords of `Axes.plot`, which win.
        """
        from ..views.capacities import plot

        return plot(self, ax, label, asymptote, lam, **more)

    # -- the computation -----------------------------------------------------------------------------------------

    def _sums(self, points: FloatArray, certified: bool, of_point: Any, pairs: bool = False) -> Any:
        flag("certified", certified)
        shape = points.shape[:-1] if pairs else points.shape
        with precision(BITS):
            parts = self._parts()
            found = []
            for point in points.reshape(-1, 2) if pairs else points.ravel():
                f, slope = of_point(point)
                found.append(sum((part.sum(f, slope) for part in parts), ball(0)))
        return self._answer(found, shape, certified)

    def _answer(self, found: list[Any], shape: tuple[int, ...], certified: bool) -> Any:
        if not flag("certified", certified):
            numbers = np.array([(float(x.mid()), 2 * float(x.rad())) for x in found]).reshape(*shape, 2)
            return told(numbers[..., 0], numbers[..., 1], f"degrees up to {MOST}")
        from ..numbers.enclosure import Enclosure

        balls: list[Enclosure] = [Enclosure(x, _DIGITS) for x in found]
        return balls[0] if shape == () else balls

    def _worst(self, points: FloatArray, n: int, mean_square: float, of_point: Callable[[Any], Any]) -> Any:
        n, mean_square = integer("n", n, 1), _mean_square(self.kernel, mean_square)
        with precision(BITS):
            scale, trace, parts = ball(1) * mean_square, trace_of(self.kernel), self._parts()
            found = []
            for point in points.ravel():
                f, slope = of_point(point)

                def scaled(mu: Any, f: Concave = f) -> Any:
                    return f(scale * mu)

                full = sum((part.sum(scaled, slope * scale) for part in parts), ball(0))
                bounds = [full.upper(), (n * scaled(trace / n)).upper()]
                bounds += [
                    (total + (n - r) * scaled(c)).upper() for r, total, c in cuts(parts, trace, self.d, n, scaled)
                ]
                found.append(max(0.0, upper_float(min(bounds))))  # and no -0.0
        return scalar_or_array(np.array(found).reshape(points.shape))


def _share(lam: Any) -> tuple[Concave, Any]:
    lam = ball(1) * float(lam)
    return (lambda mu: mu / (mu + lam)), 1 / lam


def _half_log(point: Any) -> tuple[Concave, Any]:
    n, noise = int(point[0]), float(point[1])
    factor = n / (ball(1) * noise) ** 2
    return (lambda mu: (mu * factor).log1p() / 2), factor / 2


def _mean_square(kernel: Zonal, mean_square: float) -> float:
    value = real("mean_square", mean_square, 1e-300, 1e300)
    if value != 1 and not kernel.homogeneous:
        raise ValueError(
            f"mean_square must be 1 for {kernel!r}, which holds a bias: off the sphere it is not |x||y| kappa(cos)"
        )
    return value
