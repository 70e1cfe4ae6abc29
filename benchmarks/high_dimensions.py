"""Eigenvalues in the dimensions of images: every family of kernels at d = 784, 3072 and 100000.

    python -m benchmarks.high_dimensions

784 is MNIST's dimension, 3072 Cifar's. In such dimensions the singularity's share of mu_k drowns: for small k the
eigenvalue is nearly b_k k!/d^k, b_k the Taylor coefficient. That is also the oracle: mu_k = sum_j b_{k+2j}
mu_k(u^{k+2j}) (claim 10), all terms >= 0, the b_j by power series in balls from recursions that are written anew
here, the tail bounded by kappa(1): an enclosure that shares no code with the library.

Each degree is read alone and within the array of all; value, sign and logarithm must lie within `s.error(k)`, one
rounding allowed, and within the target of `benchmarks.accuracy`. The exit status is 1 otherwise.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_series, ctx

import kernelspec as ks
from benchmarks.accuracy import LOG10_SMALLEST, ROUNDING, TARGET
from oracle.kernels import ball
from oracle.methods import taylor_length

DIMENSIONS = (784, 3072, 10**5)
DEGREES = (*range(31), 40, 57, 80, 100, 150, 200)
BITS, LENGTH = 900, 512
MOST_DIGITS = 25

Series = Any


def _angle_part(f: Series) -> Series:
    """(pi - arccos f)/pi = kappa_0(f)."""
    return (f.asin() + arb.pi() / 2) / arb.pi()


def _ramp(f: Series) -> Series:
    """kappa_1(f) (claim 12)."""
    return f * _angle_part(f) + (1 - f * f).sqrt() / arb.pi()


def _square(f: Series) -> Series:
    """kappa_2(f) (claim 12)."""
    return (1 + 2 * f * f) / 3 * _angle_part(f) + f * (1 - f * f).sqrt() / arb.pi()


def _rf(depth: int, layer: Callable[[Series], Series]) -> Callable[[Series], Series]:
    def read(u: Series) -> Series:
        for _ in range(depth - 1):
            u = layer(u)
        return u

    return read


def _ntk(depth: int, bias: int = 0) -> Callable[[Series], Series]:
    def read(u: Series) -> Series:
        tangent, f = u + bias, u
        for _ in range(depth - 1):
            tangent, f = tangent * _angle_part(f) + _ramp(f), _ramp(f)
        return tangent

    return read


def _mlp(depth: int, s: Fraction, variance: Fraction, bias: Fraction, tangent: bool) -> Callable[[Series], Series]:
    """Lee et al. (2018) with E phi(z)phi(z') = ((1-s)^2 kappa_1 + 2 s u)/2 times the variance (L6, L7)."""

    def read(u: Series) -> Series:
        q = variance + bias
        f = (ball(variance) * u + ball(bias)) / ball(q)
        total = f
        for _ in range(depth - 1):
            gain = variance * (1 + s * s) / 2
            ramp = (ball((1 - s) ** 2) * _ramp(f) + 2 * ball(s) * f) / ball(1 + s * s)
            slope = (ball((1 - s) ** 2) * _angle_part(f) + 2 * ball(s)) / ball(1 + s * s)
            new = gain * q + bias
            weight = gain * q / new
            f = ball(weight) * ramp + ball(1 - weight)
            total = ball(weight) * slope * total + f
            q = new
        return total if tangent else f

    return read


def _resnet(depth: int, alpha: Fraction, tangent: bool) -> Callable[[Series], Series]:
    """Huang et al. (2020): Theta and K by their recursion, divided by Theta(1) (claim L8)."""

    def read(u: Series) -> Series:
        a = ball(alpha * alpha)
        q, rho, theta = arb(1), u, u * 0
        for _ in range(depth):
            theta = theta * (1 + a * _angle_part(rho))
            theta = theta + a * q * (_ramp(rho) + rho * _angle_part(rho))
            rho = (rho + a * _ramp(rho)) / (1 + a)
            q = q * (1 + a)
        return theta / (2 * depth * a * (1 + a) ** (depth - 1)) if tangent else rho

    return read


def _laplace(c: Fraction, gamma: Fraction) -> Callable[[Series], Series]:
    return lambda u: (-ball(c) * ((1 - u).log() * ball(gamma)).exp()).exp()


def _matern(order: int) -> Callable[[Series], Series]:
    """e^{-r} (1 + r [+ r^2/3]), r = sqrt(1-u): nu = order + 1/2."""

    def read(u: Series) -> Series:
        r = (1 - u).sqrt()
        return (-r).exp() * (1 + r + (order - 1) * r * r / 3)

    return read


def _erf_of(f: Series) -> Series:
    """The dual of erf: (2/pi) asin(2f/3)."""
    return 2 * (2 * f / 3).asin() / arb.pi()


@dataclass(frozen=True)
class Entry:
    """A kernel as text for `ks.parse`, and its formula on power series."""

    text: str
    formula: Callable[[Series], Series]


_F = Fraction
ENTRIES = (
    Entry("arccos(0)", _angle_part),
    Entry("arccos(1)", _ramp),
    Entry("arccos(2)", _square),
    Entry("rf(3)", _rf(3, _ramp)),
    Entry("rf(10)", _rf(10, _ramp)),
    Entry("rf(3, degree=0)", _rf(3, _angle_part)),
    Entry("rf(3, degree=2)", _rf(3, _square)),
    Entry("ntk(2)", _ntk(2)),
    Entry("ntk(3)", _ntk(3)),
    Entry("ntk(3, bias=True)", _ntk(3, 1)),
    Entry("mlp(3, bias_variance=0.1)", _mlp(3, _F(0), _F(2), _F(1, 10), False)),
    Entry("mlp(3, bias_variance=0.1, tangent=True)", _mlp(3, _F(0), _F(2), _F(1, 10), True)),
    Entry("mlp(2, bias_variance=0.003)", _mlp(2, _F(0), _F(2), _F(3, 1000), False)),
    Entry("mlp(4, slope=0.2, bias_variance=1)", _mlp(4, _F(1, 5), _F(2), _F(1), False)),
    Entry("mlp(3, slope=-0.5, tangent=True)", _mlp(3, _F(-1, 2), _F(2), _F(0), True)),
    Entry("resnet(3)", _resnet(3, _F(1), False)),
    Entry("resnet(4, alpha=0.5, tangent=True)", _resnet(4, _F(1, 2), True)),
    Entry("laplace()", _laplace(_F(1), _F(1, 2))),
    Entry("laplace(c=3)", _laplace(_F(3), _F(1, 2))),
    Entry("laplace(gamma=0.25)", _laplace(_F(1), _F(1, 4))),
    Entry("laplace(c=2, gamma=0.75)", _laplace(_F(2), _F(3, 4))),
    Entry("exponential(0.5)", lambda u: (4 * (u - 1)).exp()),
    Entry("dual('erf')", _erf_of),
    Entry("laplace()*(1 + defect_power(1/2))", _matern(1)),
    Entry("laplace()*(1 + defect_power(1/2) + 1/3*(1 - linear()))", _matern(2)),
    Entry("exponential()@arccos(1)", lambda u: (_ramp(u) - 1).exp()),
    Entry("laplace()@rf(2)", lambda u: _laplace(_F(1), _F(1, 2))(_ramp(u))),
    Entry("arccos(1)*ntk(2)", lambda u: _ramp(u) * _ntk(2)(u)),
)


@dataclass(frozen=True)
class Row:
    """One kernel in one dimension: the worst errors and what was found beyond its bound."""

    text: str
    d: int
    values: int
    worst: float
    worst_log: float
    wrong: tuple[str, ...]
    seconds: float


def coefficients(entry: Entry) -> list[arb]:
    """Taylor coefficients at u = 0."""
    ctx.prec, ctx.cap = BITS, LENGTH
    found = list((entry.formula(arb_series([0, 1])) + arb_series([0])).coeffs())
    return found + [arb(0)] * (LENGTH - len(found))


def enclosure(b: Sequence[arb], one: arb, d: int, k: int) -> arb:
    """mu_k as a ball (claim 10), the tail at most kappa(1) times the next monomial's eigenvalue."""
    monomial = arb(k).fac() / (arb(2) ** k * (arb(d) / 2).rising(k))
    total, j = arb(0), 0
    while k + 2 * j < len(b):
        m = k + 2 * j
        total += b[m] * monomial
        monomial = monomial * ((m + 1) * (m + 2)) / (2 * (j + 1) * (2 * k + 2 * j + d))
        j += 1
    return total + (monomial * one).union(arb(0))


def measure(entry: Entry, d: int, b: Sequence[arb]) -> Row:
    """One kernel in one dimension."""
    degrees = [k for k in DEGREES if taylor_length(d, k, MOST_DIGITS) < LENGTH]
    saved = ctx.prec, ctx.cap
    one = abs(entry.formula(arb_series([arb(1) - arb(2) ** -200]))[0]) + arb(2) ** -20
    exact = [enclosure(b, one, d, k) for k in degrees]
    start = time.perf_counter()
    spectrum = ks.parse(entry.text).spectrum(d)
    array = spectrum.values(np.array(degrees))
    errors = spectrum.error(np.array(degrees))
    alone = [spectrum.values(k) for k in degrees]
    seconds = time.perf_counter() - start
    ctx.prec, ctx.cap = saved[0], saved[1]
    wrong, worst, worst_log = [], 0.0, 0.0
    for i, (k, mu) in enumerate(zip(degrees, exact, strict=True)):
        for reading in ((array.value[i], array.log_abs[i], array.sign[i]), tuple(float(x) for x in alone[i][:3])):
            if all(c.contains(0) for c in b[k::2]):  # an odd or even kernel's zero
                if reading[0] != 0:
                    wrong.append(f"k={k}: {reading[0]!r} is not the zero it should be")
                continue
            if mu.rel_accuracy_bits() < MOST_DIGITS * 3.33:  # more coefficients would be needed
                continue
            size = abs(mu).log()
            off = float(abs(arb(reading[1]) - size).upper())
            allowed = float(errors[i]) + 2 * ROUNDING * (1 + abs(float(size)))
            worst_log = max(worst_log, off / max(1.0, abs(float(size))))
            if float(size) > LOG10_SMALLEST * math.log(10):
                relative = float(abs(arb(reading[0]) / mu - 1).upper())
                worst = max(worst, relative)
                if not relative <= min(float(errors[i]) + ROUNDING, TARGET):
                    wrong.append(f"k={k}: {reading[0]!r} is off by {relative:.1e}, stated {errors[i]:.1e}")
            if not off <= allowed or (reading[2] > 0) != bool(mu > 0):
                wrong.append(f"k={k}: log {reading[1]!r} is off by {off:.1e}, stated {errors[i]:.1e}")
    return Row(entry.text, d, len(degrees), worst, worst_log, tuple(wrong), seconds)


def table(entries: Sequence[Entry] = ENTRIES, dimensions: Sequence[int] = DIMENSIONS) -> list[Row]:
    """All kernels in all dimensions."""
    out = []
    for entry in entries:
        b = coefficients(entry)
        for d in dimensions:
            ctx.prec, ctx.cap = BITS, LENGTH
            out.append(measure(entry, d, b))
    return out


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print; 1 where an error is beyond the stated one or the target."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(prog="python -m benchmarks.high_dimensions", description=__doc__.split("\n")[0])
    parser.parse_args(arguments)
    saved = ctx.prec, ctx.cap
    try:
        rows = table()
    finally:
        ctx.prec, ctx.cap = saved
    print(f"{'kernel':<56}{'d':>8}{'values':>8}{'worst':>10}{'worst log':>11}{'s':>7}")
    for r in rows:
        print(f"{r.text:<56}{r.d:>8}{r.values:>8}{r.worst:>10.1e}{r.worst_log:>11.1e}{r.seconds:>7.2f}")
    wrong = [(r, line) for r in rows for line in r.wrong]
    for r, line in wrong:
        print(f"{r.text}, d={r.d}, {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
