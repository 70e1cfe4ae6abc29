"""Faults in the RKHS on the sphere: series in the degree, tails, norms, membership, smoothness, approximation."""

from __future__ import annotations

from mutants.fault import Fault

SERIES = "kernelspec/rkhs/degree_series.py"
TAILS = "kernelspec/rkhs/tail_sums.py"
ATOMS = "kernelspec/rkhs/atoms.py"
NORMS = "kernelspec/rkhs/norms.py"
PROFILES = "kernelspec/rkhs/profiles.py"
HARMONICS = "kernelspec/rkhs/polynomial_harmonics.py"
MEMBERSHIP = "kernelspec/rkhs/membership.py"
SOBOLEV = "kernelspec/rkhs/sobolev.py"
CURVES = "kernelspec/rkhs/approximation.py"

COMPONENTS = "kernelspec/rkhs/components.py"
JUMPS = "kernelspec/rkhs/jumps.py"
EXACT = "kernelspec/rkhs/exact_energies.py"
OWN = "kernelspec/rkhs/kernel_combinations.py"
SPACE = "kernelspec/rkhs/space.py"

_SPACE = "tests/rkhs/test_space.py"
_SUMS = "tests/rkhs/test_cancellations.py"
_SERIES = ("tests/rkhs/test_degree_series.py",)

FAULTS = (
    Fault(
        SERIES,
        "(left_out + whole * factor).upper()",
        "left_out.upper()",
        "the remainder of Stirling's series dropped",
        _SERIES,
    ),
    Fault(
        SERIES,
        "rest += second.remainder * v**last",
        "rest += ball(0)",
        "the remainder of the second summand dropped",
        _SERIES,
    ),
    Fault(
        SERIES,
        "rest += self.remainder * sizes[1] + other.remainder * sizes[0] + self.remainder * other.remainder * top",
        "rest += self.remainder * sizes[1]",
        "the second factor's remainder dropped",
        _SERIES,
    ),
    Fault(
        SERIES,
        "(tried.size * epsilon / left).upper()",
        "(tried.size * epsilon / left / 1000).upper()",
        "the remainder of a reciprocal too small",
        _SERIES,
    ),
    Fault(
        SERIES,
        "left_out = sum((sizes[j] * v ** (j - n) for j in range(n, longest)), ball(0))",
        "left_out = ball(0)",
        "the powers of an exponential cut off without a bound",
        _SERIES,
    ),
    Fault(
        TAILS,
        "first = self.start + (r - self.start) % 4 + Fraction(self.d, 2) - 1",
        "first = self.start + (r - self.start) % 4 + 4 + Fraction(self.d, 2) - 1",
        "a tail that begins one term late",
        (f"{_SPACE} -k itself",),
    ),
    Fault(
        TAILS,
        "total += factor * (both[0] + both[1] if parity == 0 else both[0] - both[1]) / 2",
        "total += factor * (both[0] + both[1]) / 2",
        "odd degrees added up as even ones",
        (f"{_SPACE} -k itself",),
    ),
    Fault(
        TAILS,
        "slope += 1 / ball(n - k) - 1 / ball(n + d - 1 + k)",
        "slope += 1 / ball(n - k)",
        "a term of the derivative with respect to the exponent dropped",
        _SERIES,
    ),
    Fault(
        ATOMS,
        "jump = found.constant * _constant(self.d, found.order) * gamma_ratio(s, like).size",
        "jump = ball(0) * found.constant * _constant(self.d, found.order) * gamma_ratio(s, like).size",
        "the remainder of the expansion dropped",
        (f"{_SPACE} -k remainders",),
    ),
    Fault(
        NORMS,
        "total[k] += 2 * values[i][k] * ball(y) / root**k",
        "total[k] += values[i][k] * ball(y) / root**k",
        "a mixed term of a ridge function and a polynomial counted once",
        (f"{_SPACE} -k reproduce",),
    ),
    Fault(
        PROFILES,
        "return bool(self.even and r % 2) or ((r - self.s) / 2).denominator == 1",
        "return ((r - self.s) / 2).denominator == 1",
        "the odd harmonics of |u|^s taken for others",
        (f"{_SPACE} -k parity",),
    ),
    Fault(
        HARMONICS,
        "return math.prod(2 * i * (2 * i + 2 * k + d - 2) for i in range(1, steps + 1))",
        "return math.prod(2 * i * (2 * i + 2 * k + d) for i in range(1, steps + 1))",
        "Fischer's product in another dimension",
        (f"{_SPACE} -k parseval",),
    ),
    Fault(
        MEMBERSHIP, "    if q > 1:\n", "    if q >= 1:\n", "a divergent sum called finite", (f"{_SPACE} -k boundary",)
    ),
    Fault(
        SOBOLEV,
        "values.append(mu * ball(k * (k + d - 2)) ** ball(beta))",
        "values.append(mu * ball(k * (k + d - 1)) ** ball(beta))",
        "the Laplacian of another dimension",
        (f"{_SPACE} -k sobolev",),
    ),
    Fault(
        CURVES,
        "dual -= multiplier * radii[i] ** 2 if radii[i] else 0.0",
        "dual -= 0.0",
        "the radius left out of the lower bound",
        (f"{_SPACE} -k lower_bounds",),
    ),
    Fault(
        COMPONENTS,
        "(JumpProfile(-g.t), -even, odd)",
        "(JumpProfile(-g.t), even, odd)",
        "the sign of the even part of a jump at -t",
        (f"{_SUMS} -k same",),
    ),
    Fault(
        PROFILES,
        "return end if end.rel_accuracy_bits() > middle.rel_accuracy_bits() else middle",
        "return middle",
        "the share of a small cap lost to cancellation",
        ("tests/rkhs/test_cancellations.py -k cap",),
    ),
    Fault(
        PROFILES,
        "end = cap if self.t > 0 else 1 - cap",
        "end = cap",
        "the share of a cap of more than half of the sphere",
        ("tests/rkhs/test_cancellations.py -k cap",),
    ),
    Fault(
        PROFILES,
        "range((s + k) // 2)",
        "range((s + k) // 2 + 1)",
        "one factor too many in a rational coefficient",
        (f"{_SUMS} -k same",),
    ),
    Fault(JUMPS, "(odd - even) / 2", "(odd + even) / 2", "the height of the jump at -t", (f"{_SUMS} -k circle",)),
    Fault(
        EXACT,
        "total += 2 * number * value",
        "total += number * value",
        "two directions counted once",
        (f"{_SUMS} -k same",),
    ),
    Fault(
        OWN,
        "total += 2 * ball(c) * ball(y) / root**k",
        "total += ball(c) * ball(y) / root**k",
        "the product with the polynomial counted once",
        (f"{_SUMS} -k without_bounds",),
    ),
    Fault(
        SPACE,
        "/ ball(2 * scale)",
        "/ ball(2)",
        "the size left out of an inner product",
        (f"{_SUMS} -k different_sizes",),
    ),
    Fault(
        MEMBERSHIP,
        "and not number(own.law.constant) > 0",
        "and number(own.law.constant) > 0",
        "kernels taken for none by the sign of their laws",
        (f"{_SPACE} -k constants_are_long",),
    ),
    Fault(SERIES, "if p <= 1:", "if p < 1:", "the harmonic series taken for a sum", (f"{_SUMS} -k without_a_sum",)),
)
