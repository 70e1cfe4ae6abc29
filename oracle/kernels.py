"""The kernels of the oracle, written anew from the papers' recursions, in balls.

Nothing here is imported from kernelspec: an oracle that shares code with what it tests proves
nothing. Each kernel is read in three ways, each a short loop over the layers:

- `at_angles`:   kappa(cos theta) at given angles, as Arb balls (for quadrature);
- `taylor`:      kappa(u) = sum b_k u^k at u = 0, as a power series in balls (claim 10);
- `end_series`:  the Puiseux expansion at u = 1 - t and u = -1 + t (claims 13, 18, 24-30).

Sources: Cho & Saul 2009 (arc-cosine kernels, claims 12, 13); Bietti & Bach 2021, arXiv 2009.14397
(recursions of RF and NTK, claims 22, 23, 26; step networks, claim 29; Laplace kernel, claim 28).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import arb, arb_series, ctx, fmpq


@dataclass(frozen=True)
class KernelSpec:
    """One zonal kernel, by the parameters that define it.

    ``family`` is ``"rf"`` (kappa_degree composed depth-1 times; degree 0 is the step network,
    degree s the ReLU^s network), ``"ntk"`` (kappa(1) = depth, plus 1 with ``bias``), ``"laplace"``
    (e^{-c (1-u)^gamma}) or ``"exponential"`` (e^{(u-1)/sigma^2}).
    ``c``, ``gamma`` and ``sigma`` are rational: c=0.3 in ``text`` means 3/10.
    """

    family: str
    depth: int = 2
    degree: int = 1
    bias: bool = False
    c: Fraction = Fraction(1)
    gamma: Fraction = Fraction(1, 2)
    sigma: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        if self.family not in ("rf", "ntk", "laplace", "exponential"):
            raise ValueError(f"family must be 'rf', 'ntk', 'laplace' or 'exponential', not {self.family!r}")
        if self.depth < 2:
            raise ValueError(f"depth must be at least 2, not {self.depth}")
        if self.degree not in (0, 1, 2):
            raise ValueError(f"degree must be 0, 1 or 2, not {self.degree}")

    @property
    def text(self) -> str:
        """The kernel in the syntax of `kernelspec.parse`."""
        if self.family == "rf":
            return f"rf({self.depth})" if self.degree == 1 else f"rf({self.depth}, degree={self.degree})"
        if self.family == "ntk":
            return f"ntk({self.depth}, bias=True)" if self.bias else f"ntk({self.depth})"
        if self.family == "exponential":
            return f"exponential(sigma={float(self.sigma):g})"
        c = f"c={float(self.c):g}"
        gamma = "" if self.gamma == Fraction(1, 2) else f", gamma={float(self.gamma):g}"
        return f"laplace({c}{gamma})"

    @property
    def layered(self) -> bool:
        """Whether the kernel is a network's, made of arc-cosine layers."""
        return self.family in ("rf", "ntk")

    @property
    def exponent_step(self) -> Fraction:
        """The Puiseux series at u = 1 runs over the multiples of this exponent of t = 1 - u."""
        if self.family == "laplace":
            return self.gamma
        return Fraction(1, 2 ** (self.depth - 1)) if self.degree == 0 else Fraction(1, 2)

    def vanishes(self, k: int) -> bool:
        """Whether mu_k = 0 exactly: the parity zeros of the two-layer kernels (claims 20, 21)."""
        if self.depth > 2 or not self.layered or self.bias:
            return False
        if self.family == "ntk":
            return k >= 3 and k % 2 == 1
        return k > self.degree and (k - self.degree) % 2 == 0


def grid_kernels() -> list[KernelSpec]:
    """The kernels of the accuracy table."""
    depths = (2, 3, 5, 10, 30, 100)
    return [
        *(KernelSpec("rf", depth) for depth in depths),
        *(KernelSpec("ntk", depth) for depth in depths),
        *(KernelSpec("ntk", depth, bias=True) for depth in depths),
        *(KernelSpec("laplace", c=c) for c in (Fraction(1), Fraction(3, 10), Fraction(3))),
        *(KernelSpec("laplace", gamma=gamma) for gamma in (Fraction(1, 4), Fraction(3, 4))),
        *(KernelSpec("rf", depth, degree=0) for depth in (2, 3, 4, 5)),
        *(KernelSpec("rf", depth, degree=2) for depth in (2, 3, 4)),
    ]


def ball(q: Fraction) -> arb:
    """A rational number in the current precision."""
    return arb(fmpq(q.numerator, q.denominator))


# --- values at an angle ------------------------------------------------------------------------


def _layer_at_angle(degree: int, delta: arb, theta: arb) -> tuple[arb, arb]:
    """(kappa_degree, 1 - kappa_degree) at cos theta = 1 - delta (claim 12)."""
    if degree == 0:
        defect = theta / arb.pi()
    elif degree == 1:
        sine, cosine = theta.sin_cos()
        defect = delta - (sine - theta * cosine) / arb.pi()
    else:
        sine, cosine = theta.sin_cos()
        defect = 2 * sine**2 / 3 + (theta * (1 + 2 * cosine**2) / 3 - sine * cosine) / arb.pi()
    return 1 - defect, defect


def at_angles(specs: Sequence[KernelSpec], theta: arb) -> list[arb]:
    """kappa(cos theta) of every kernel in ``specs``; kernels of one degree share their layers.

    The angle of a layer's output comes from the defect, theta' = 2 arcsin sqrt((1-kappa)/2), which
    keeps the relative accuracy that arccos(kappa) would lose near theta = 0.
    """
    delta_in = 2 * (theta / 2).sin() ** 2
    values: dict[KernelSpec, arb] = {}
    for spec in specs:
        if spec.family == "laplace":
            values[spec] = (-ball(spec.c) * delta_in ** ball(spec.gamma)).exp()
        elif spec.family == "exponential":
            values[spec] = (-delta_in / ball(spec.sigma) ** 2).exp()
    for degree in {spec.degree for spec in specs if spec.layered}:
        chain = [s for s in specs if s.layered and s.degree == degree]
        tangents = {s.bias: 1 - delta_in + int(s.bias) for s in chain if s.family == "ntk"}
        delta, angle = delta_in, theta
        last = max(s.depth for s in chain)
        for depth in range(2, last + 1):
            slope = 1 - angle / arb.pi()  # kappa_0 of the layer's input
            value, delta = _layer_at_angle(degree, delta, angle)
            tangents = {bias: t * slope + value for bias, t in tangents.items()}
            for spec in chain:
                if spec.depth == depth:
                    values[spec] = value if spec.family == "rf" else tangents[spec.bias]
            if depth < last:
                angle = 2 * (delta / 2).sqrt().asin()
    return [values[spec] for spec in specs]


# --- power series ------------------------------------------------------------------------------


def _layer_series(degree: int, f: arb_series) -> tuple[arb_series, arb_series]:
    """(kappa_degree(f), kappa_0(f)) for a power series f with f(0) in (-1, 1)."""
    angle_complement = f.asin() + arb.pi() / 2  # pi - arccos f
    step = angle_complement / arb.pi()
    if degree == 0:
        return step, step
    root = (1 - f * f).sqrt()
    if degree == 1:
        return f * step + root / arb.pi(), step
    return (1 + 2 * f * f) / 3 * step + f * root / arb.pi(), step


def taylor(specs: Sequence[KernelSpec], length: int) -> list[list[arb]]:
    """Taylor coefficients b_0..b_{length-1} at u = 0 of every kernel (all of them are >= 0)."""
    ctx.cap = length
    u = arb_series([0, 1])
    values: dict[KernelSpec, arb_series] = {}
    for spec in specs:
        if spec.family == "laplace":
            values[spec] = (-ball(spec.c) * ((1 - u).log() * ball(spec.gamma)).exp()).exp()
        elif spec.family == "exponential":
            values[spec] = ((u - 1) / ball(spec.sigma) ** 2).exp()
    for degree in {spec.degree for spec in specs if spec.layered}:
        chain = [s for s in specs if s.layered and s.degree == degree]
        tangents = {s.bias: u + int(s.bias) for s in chain if s.family == "ntk"}
        f = u
        for depth in range(2, max(s.depth for s in chain) + 1):
            f, step = _layer_series(degree, f)
            tangents = {bias: t * step + f for bias, t in tangents.items()}
            for spec in chain:
                if spec.depth == depth:
                    values[spec] = f if spec.family == "rf" else tangents[spec.bias]
    return [_coefficients(values[spec], length) for spec in specs]


def taylor_coefficients(spec: KernelSpec, length: int, bits: int = 1200) -> list[arb]:
    """`taylor` of one kernel with so many bits; flint's precision and length are put back."""
    before = ctx.cap
    try:
        with ctx.workprec(bits):
            return taylor([spec], length)[0]
    finally:
        ctx.cap = before


def _coefficients(series: arb_series, length: int) -> list[arb]:
    found = series.coeffs()
    return list(found) + [arb(0)] * (length - len(found))


def _a(j: int) -> arb:
    """a_j = ((1/2)_j)^2 / ((3/2)_j j! 2^j) of claim 13."""
    half, three_halves = arb(1) / 2, arb(3) / 2
    return half.rising(j) ** 2 / (three_halves.rising(j) * arb(j).fac() * arb(2) ** j)


def _odd_part(degree: int, length: int) -> arb_series:
    """The half-integer powers of kappa_degree(1-t), without sign, as a series in r = t^{1/2}.

    It is kappa_degree(-1+t) itself (claim 13): the antiderivatives of kappa_0(-1+t), scaled by
    kappa_s' = s^2/(2s-1) kappa_{s-1}.
    """
    coefficients = [arb(0)] * length
    scale = arb(2).sqrt() / arb.pi() * (arb(4) / 3 if degree == 2 else 1)
    for j in range((length - 1 - 2 * degree) // 2 + 1):
        power = 2 * j + 1 + 2 * degree
        if power < length:
            term = scale * _a(j)
            for n in range(1, degree + 1):
                term /= j + n + arb(1) / 2
            coefficients[power] = term
    return arb_series(coefficients)


def _defect_series(degree: int, length: int) -> arb_series:
    """1 - kappa_degree(1 - r^2) as a series in r (claim 13)."""
    odd = _odd_part(degree, length)
    r2 = arb_series([0, 0, 1])
    if degree == 0:
        return odd
    if degree == 1:
        return r2 - odd
    return (r2 - r2 * r2 / 2) * 4 / 3 + odd


def _root(series: arb_series, valuation: int) -> arb_series:
    """Square root of a series of even known valuation (its lower coefficients are dropped)."""
    coefficients = series.coeffs()
    root = arb_series(list(coefficients[valuation:])).sqrt()
    return arb_series([arb(0)] * (valuation // 2) + list(root.coeffs()))


def end_series(spec: KernelSpec, order: int) -> tuple[Fraction, list[arb], list[arb]]:
    """Puiseux expansions at both ends up to t^order: (step, at_plus, at_minus).

    kappa(1-t) = sum_m at_plus[m] t^{m step}, and kappa(-1+t) = sum_m at_minus[m] t^{m/2}
    (at u = -1 only half-integers occur, whatever the depth).
    """
    minus = _minus_series(spec, 2 * order)
    step = spec.exponent_step
    if spec.family == "exponential":
        return step, [arb(0)] * (2 * order), minus  # entire: no non-integer power at either end
    if spec.family == "laplace":
        length = int(order / step) + 1
        c = ball(spec.c)
        return step, [(-c) ** m / arb(m).fac() for m in range(length)], minus
    length = int(order / step)
    ctx.cap = length
    lead = int(1 / step)  # valuation of t in the variable z = t^step
    r_valuation = lead // 2
    r = arb_series([arb(0)] * r_valuation + [arb(1)])
    tangent = 1 - r * r + int(spec.bias)
    defect_of, step_defect_of = _defect_series(spec.degree, length), _defect_series(0, length)
    for depth in range(2, spec.depth + 1):
        defect = defect_of(r)
        if spec.family == "ntk":
            tangent = tangent * (1 - step_defect_of(r)) + 1 - defect
        if depth < spec.depth:
            valuation = r_valuation if spec.degree == 0 else 2
            r = _root(defect, valuation)
            r_valuation = valuation // 2
    value = tangent if spec.family == "ntk" else 1 - defect
    return step, _coefficients(value, length), minus


def _minus_series(spec: KernelSpec, length: int) -> list[arb]:
    """kappa(-1 + t) as a series in t^{1/2}."""
    ctx.cap = length
    if not spec.layered:
        return [arb(0)] * length  # analytic there: no half-integer power
    r2 = arb_series([0, 0, 1])
    step, f = _odd_part(0, length), _odd_part(spec.degree, length)
    tangent = (-1 + r2 + int(spec.bias)) * step + f
    for _ in range(3, spec.depth + 1):
        f, step = _layer_series(spec.degree, f)
        tangent = tangent * step + f
    return _coefficients(tangent if spec.family == "ntk" else f, length)
