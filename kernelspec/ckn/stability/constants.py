r"""Constants of stability to deformations, with proofs: |L_tau|, |L_tau A - A| and the commutators [P A, L_tau].

Norms are those of operators on L^2(R^d), gamma(u) = u - tau(u), L_tau x = x o gamma, T_c x(u) = x(u + c), A x = h * x
with the G, G_2, M_1 of `smoothing`, T = |tau|_inf and eps = |grad tau|_inf < 1. So gamma and its like below are one to
one, and every singular value of I - s grad tau is at least 1 - s eps, whence |det(I - s grad tau)| >= (1 - s eps)^d.
Write I_p for the integral of (1 - s eps)^{-p} over 0 <= s <= 1.

What is returned is rounded outward, from balls: a bound is never below the number that it bounds. Source of the
statements: Bietti & Mairal 2019, JMLR (claims 44-46); the constants and proofs are derived here.

**Deformations** (claim 46): |L_tau| = (inf det grad gamma)^{-1/2} <= (1 - eps)^{-d/2}.
Substitute v = gamma(u). Attained by tau(u) = eps u.

**Displacements** (claim 45): |L_tau A - A| <= min(G T I_{d/2}, G T + G_2 T^2 I_{d/2} / 2, 1 + (1 - eps)^{-d/2}).
A x(u - tau) - A x(u) is the integral of -tau(u) . grad A x(u - s tau(u)) over 0 <= s <= 1; each of these has a norm of
at most T (1 - s eps)^{-d/2} |grad A|, and |grad A| = G. Taylor's formula to second order gives the second bound: the
mean of an increasing function with the weights 2 (1 - s), which decrease, is at most its plain mean. Sharp: T_c A - A
has the norm sup |e^{i<w, c>} - 1||h^(w)| = G |c| + O(|c|^2), so that no constant below G serves, and where G_2 is
finite G does in the limit T -> 0, whatever eps. For the Gaussian G = e^{-1/2}/sigma in every dimension.

**Commutators** (claim 44): |[T_c A, L_tau]| is at most 2 (1 - eps)^{-d/2}, and at most

.. math:: ((1-\varepsilon)^{-d} - 1)(1 + M_1/d) + G \min(\varepsilon|c|, 2T)\,(1-\varepsilon)^{-d/2}.

It is T_c [A, L_tau] + [T_c, L_tau] A.

1. [T_c, L_tau] A x (u) = A x(u + c - tau(u + c)) - A x(u + c - tau(u)): two displacements that differ by at most
   min(eps |c|, 2 T). On the segment between them the field (1 - s) tau(u + c) + s tau(u) has a gradient of at most
   eps, so the integral over it is at most |grad A| min(...) (1 - eps)^{-d/2}.
2. [A, L_tau] has a kernel, which is at (u, gamma(w)), with z = u - w, delta = tau(u) - tau(w), D = det grad gamma(w),

   .. math:: k = h(z)/D - h(z - \delta), \qquad |\delta| \le \varepsilon|z|.

   Row u: the integral of |k| D dw is at most that of |h(z) - h(z - delta)| and that of h(z - delta)|1 - D|. In the
   second, D is the Jacobian of w -> gamma(w), so it is the integral of h(b)|1/D - 1| db <= (1 - eps)^{-d} - 1. The
   first is at most the integral of |delta||grad h(z - s delta)| over s and z (a filter that jumps is a limit of smooth
   ones); the map z -> y = z - s delta has a Jacobian of at least (1 - s eps)^d, and |z| <= |y|/(1 - s eps), so it is at
   most M_1 eps I_{d+1} = M_1 ((1 - eps)^{-d} - 1)/d. Column w: the same, D being constant. Schur's test.

**Patches**: P x = (x(. + c))_c with a measure nu of mass m on the offsets. As |[P A, L_tau] x|^2 is the integral of
|[T_c A, L_tau] x|^2 over nu, Minkowski's inequality puts m^{1/2} before the bound, and r = (mean of |c|^2)^{1/2} for
|c|.

**From below**: tau = eps u, cut off far away, has a commutator whose norm is exactly

.. math:: (1-\varepsilon)^{-d/2} \sup_w \bigl|e^{i(1-\varepsilon)\langle w, c\rangle} \hat h((1-\varepsilon)w)
    - e^{i\langle w, c\rangle} \hat h(w)\bigr|,

and fields that oscillate much faster than h, with grad tau = +-eps along every axis, come near ((1 - eps^2)^{-d} -
1)^{1/2}: with the Jacobian J = 1/D at gamma(w), of mean 1, [A, L_tau] x tends to A((J - 1) x), and x = J - 1 is mapped
to its mean square. As eps -> 0 both are of order eps, and give `commutator_rate` for the Gaussian and beta = |c|/sigma.

**The growth in beta** (claim 44): let C_beta be the supremum of |[T_c A, L_tau]|/eps over all tau with eps <= 1/2. For
the Gaussian, C_beta/beta -> e^{-1/2} as beta -> infinity, in every dimension. Deformations with eps > eta have a ratio
of at most 2^{1 + d/2}/eta, the others of at most 2 ((1 - eta)^{-d} - 1)/eta + e^{-1/2} (1 - eta)^{-d/2} beta; let beta
grow, then eta -> 0. From below, dilations with eps -> 0 have at least e^{-1/2} (1 + beta^2)^{1/2}, at |w| sigma = 1.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...numbers.checks import integer, real, reals
from ...numbers.outward import lower_float, upper_float
from ...numbers.precision import default_errors, precision
from .smoothing import Smoothing

_BITS = 128  # of the balls that bounds are computed in


@default_errors
def deformation_norm(grad: Any, d: Any) -> float:
    r"""A bound of |L_tau|: (1 - eps)^{-d/2}, attained (Bietti & Mairal 2019, JMLR; claim 46).

    Parameters
    ----------
    grad : eps = |grad tau|_inf, 0 to 1; infinite at 1.
    d : the dimension, >= 1.

    >>> deformation_norm(0.5, d=2)
    2.0
    """
    eps, d = real("grad", grad, 0, 1), integer("d", d, 1)
    if eps == 1:
        return math.inf
    with precision(_BITS):
        return upper_float(_deformation(_arb(eps), d))


@default_errors
def displacement_bound(sup: Any, grad: Any, smoothing: Any) -> float:
    r"""A bound of |L_tau A - A|, of leading term G |tau|_inf (Bietti & Mairal 2019, JMLR; claim 45).

    Parameters
    ----------
    sup, grad : |tau|_inf >= 0, in the units of the smoothing, and |grad tau|_inf, 0 to 1.
    smoothing : A, a `Smoothing`.

    >>> displacement_bound(0.1, 0.0, Smoothing.gaussian(1.0, d=2))  # 0.1 e^{-1/2}
    0.06065306597126335
    """
    h = _smoothing(smoothing)
    sup, eps = real("sup", sup, 0, 1e300), real("grad", grad, 0, 1)
    if sup == 0:
        return 0.0
    found = math.inf
    with precision(_BITS):
        t, slope = _arb(sup), _arb(h.slope)
        if eps < 1 or h.d == 1:
            mean = _mean_power(eps, h.d)
            found = upper_float(slope * t * mean)
            if h.curvature < math.inf:
                found = min(found, upper_float(slope * t + _arb(h.curvature) * t * t * mean / 2))
        if eps < 1:
            found = min(found, upper_float(1 + _deformation(_arb(eps), h.d)))
    return found


@default_errors
def commutator_bound(grad: Any, smoothing: Any, radius: Any = 0.0, sup: Any = math.inf) -> float:
    r"""A bound of |[P A, L_tau]| for a probability measure on the patch (Bietti & Mairal 2019, JMLR; claim 44).

    .. math:: ((1-\varepsilon)^{-d} - 1)(1 + M_1/d) + G \min(\varepsilon r, 2|\tau|_\infty)\,(1-\varepsilon)^{-d/2}

    or 2 (1 - eps)^{-d/2}, if that is smaller.

    Parameters
    ----------
    grad : eps = |grad tau|_inf, 0 to 1.
    smoothing : A, a `Smoothing`.
    radius : r, the root mean square of |c| over the patch, in the units of the smoothing: `patch_radius`, or any
        number above it, such as the largest |c|; 0 is the commutator with A alone.
    sup : |tau|_inf, if it is known.

    A patch whose weights sum to m, such as the plain sum, has m^{1/2} times this.

    >>> commutator_bound(0.1, Smoothing.gaussian(1.0, d=1), radius=3.0)
    0.41402405776386725
    """
    h = _smoothing(smoothing)
    eps, r = real("grad", grad, 0, 1), real("radius", radius, 0, 1e300)
    sup = math.inf if sup == math.inf else real("sup", sup, 0)
    if eps == 1:
        return math.inf
    with precision(_BITS):
        e = _arb(eps)
        norm = _deformation(e, h.d)
        still = (-h.d * (-e).log1p()).expm1() * (1 + _arb(h.moment) / h.d)
        # Of two bounds either may be taken, so that they need not be compared exactly.
        moved = e * _arb(r) if eps * r < 2 * sup else 2 * _arb(sup)
        first = still + _arb(h.slope) * moved * norm
        return min(upper_float(first), upper_float(2 * norm))


@default_errors
def patch_radius(offsets: ArrayLike, weights: ArrayLike | None = None) -> float:
    """The root mean square of |c| over the offsets c of a patch, rounded up; equal weights or given.

    Offsets have shape (count,) or (count, d).

    >>> patch_radius([-1, 0, 1])
    0.816496580927726
    """
    places = reals("offsets", offsets)
    places = places[:, None] if places.ndim == 1 else places
    if places.ndim != 2 or 0 in places.shape:
        raise ValueError(f"offsets must have shape (count,) or (count, d), got {places.shape}")
    given = np.ones(len(places)) if weights is None else reals("weights", weights)
    if given.shape != (len(places),) or given.min() < 0 or given.max() == 0:
        raise ValueError(f"weights must be {len(places)} numbers >= 0 with a sum > 0, got {weights!r}")
    with precision(_BITS):
        total = sum((_arb(float(w)) for w in given), _arb(0.0))
        moment = _arb(0.0)
        for place, weight in zip(places, given, strict=True):
            moment += _arb(float(weight)) * sum(_arb(float(c)) ** 2 for c in place)
        return upper_float((moment / total).sqrt())


@default_errors
def commutator_attained(grad: Any, d: Any, beta: Any) -> float:
    r"""A norm that |[T_c A, L_tau]| attains, or comes near to, for the Gaussian: the better of two families of fields.

    Parameters
    ----------
    grad : eps = |grad tau|_inf, above 0 and below 1.
    d, beta : the dimension, and |c|/sigma, 0 to 1e4, with beta eps / (1 - eps) at most 1e4.

    The dilation eps u, by a maximum over w found to 1e-9, and fast oscillations; see the module.
    """
    eps = real("grad", grad, 1e-6, 1 - 1e-12)
    d, beta = integer("d", d, 1), real("beta", beta, 0, 1e4)
    if beta * eps / (1 - eps) > 1e4:
        raise ValueError(
            f"beta must be at most 1e4 (1 - grad)/grad = {1e4 * (1 - eps) / eps:.6g} for grad = {eps:g}, got {beta:g}"
        )
    reach = 9 / (1 - eps)  # the wider transform is e^{-40} there
    w = np.linspace(0, reach, 2000 + math.ceil(100 * reach * eps * beta))

    def height(w: Any) -> Any:
        narrow = np.exp(-((1 - eps) ** 2) * w**2 / 2)
        wide = np.exp(-(w**2) / 2)
        return np.sqrt((narrow - wide) ** 2 + 4 * narrow * wide * np.sin(eps * beta * w / 2) ** 2)

    from scipy.optimize import minimize_scalar

    best = int(np.argmax(height(w)))
    ends = (w[max(best - 1, 0)], w[min(best + 1, len(w) - 1)])
    found = minimize_scalar(lambda x: -float(height(x)), bounds=ends, method="bounded", options={"xatol": 1e-10})
    dilation = deformation_norm(eps, d) * -float(found.fun)
    try:
        fast = math.sqrt(math.expm1(-d * math.log1p(-(eps**2))))
    except OverflowError:
        fast = math.inf
    attained = max(dilation, fast)
    if attained == math.inf:
        raise ValueError(f"d must leave (1 - grad)^(-d/2) a float for grad = {eps:g}, got {d}")
    return attained


@default_errors
def commutator_rate(d: Any, beta: Any) -> tuple[float, float]:
    r"""Lower and upper bounds of C_beta, the supremum of |[T_c A, L_tau]| / |grad tau|_inf over small deformations.

    A is the Gaussian, |c| = beta sigma:

    .. math:: \max\Bigl(\sqrt d, \sqrt{s(s + \beta^2)}\,e^{-s/2}\Bigr) \le C_\beta \le 2d + e^{-1/2}\beta,
        \qquad 2s = 2 - \beta^2 + \sqrt{\beta^4 + 4}.

    >>> commutator_rate(2, 16.0)
    (9.7234..., 13.7044...)
    """
    d, beta = integer("d", d, 1), real("beta", beta, 0, 1e100)
    with precision(_BITS):
        b = _arb(beta)
        # s = (2 - beta^2 + (beta^4 + 4)^{1/2}) / 2, without the cancellation at large beta
        s = 1 + 2 / ((b**4 + 4).sqrt() + b**2)
        symbol = (s * (s + b**2)).sqrt() * (-s / 2).exp()
        largest = 2 * d + (_arb(-0.5)).exp() * b
        return max(lower_float(_arb(float(d)).sqrt()), lower_float(symbol)), upper_float(largest)


def _arb(x: float) -> Any:
    import flint

    return flint.arb(x)


def _deformation(eps: Any, d: int) -> Any:
    """(1 - eps)^{-d/2} for a ball eps < 1."""
    return 1 / ((1 - eps) ** d).sqrt()


def _mean_power(eps: float, d: int) -> Any:
    """I_{d/2}, the mean of (1 - s eps)^{-d/2} over 0 <= s <= 1, as a ball; eps < 1, or d = 1."""
    if eps == 0:
        return _arb(1.0)
    if eps == 1:
        return _arb(2.0)
    e, p = _arb(eps), _arb(d / 2)
    logarithm = (-e).log1p()
    return -logarithm / e if d == 2 else -((1 - p) * logarithm).expm1() / ((1 - p) * e)


def _smoothing(value: Any) -> Smoothing:
    if not isinstance(value, Smoothing):
        raise TypeError(f"smoothing must be a Smoothing, such as Smoothing.gaussian(sigma, d); got {value!r}")
    return value
