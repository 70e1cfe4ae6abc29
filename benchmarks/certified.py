"""The float64 eigenvalues and their stated errors against certified enclosures, on random kernels.

    python -m benchmarks.certified [--out build/report/certified.json] [--quick] [--seed 1]

Expressions are drawn with a fixed seed from every family of kernels and from their sums, differences, products and
compositions, each with some dimensions and degrees. For every triple (kernel, d, k) the number `s(k)` must lie
within `s.error(k)` of the enclosure `s.certified(k, 20)`; one rounding of the result, 2^-52, is allowed. Where
mu_k is below the float range, log|mu_k| is compared. The enclosures share the kernels' formulas with the float64 values
and nothing else.

The exit status is 1 where one triple disagrees or something breaks down. What one of the two refuses is counted, and
compared nowhere.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

import kernelspec as ks
from benchmarks.accuracy import LOG10_SMALLEST, ROUNDING
from report.data import write_json

#: Digits of the enclosures: four beyond a float64.
DIGITS = 20
#: Degrees up to here come from quadrature, degrees from `FIRST_BY_EXPANSION` on from the expansion with its remainder.
LARGEST_LOW, FIRST_BY_EXPANSION, LARGEST_HIGH = 300, 2001, 10**6
#: Smooth parts fall super-exponentially; below e^-5000 an eigenvalue is left out.
SMALLEST_LOG = -5000.0
TRIPLES, QUICK_TRIPLES = 10_500, 400
DIMENSIONS_EACH, LOW_EACH, HIGH_EACH = 3, 30, 4
LARGE_DIMENSIONS = (100, 300, 1000)

Draw = Callable[[random.Random], Any]


# -- random kernels --------------------------------------------------------------------------------


def _rational(rng: random.Random, lowest: float, highest: float) -> Fraction:
    return Fraction(round(rng.uniform(lowest, highest), 2)).limit_denominator(100)


def _ramp(rng: random.Random) -> Any:
    return ks.rf(rng.randint(2, 8))


def _tangent(rng: random.Random) -> Any:
    return ks.ntk(rng.randint(2, 7), bias=rng.random() < 0.4)


def _step(rng: random.Random) -> Any:
    return ks.rf(rng.randint(2, 5), degree=0)


def _power(rng: random.Random) -> Any:
    return ks.rf(rng.randint(2, 4), degree=rng.randint(2, 3))


def _laplace(rng: random.Random) -> Any:
    gammas = ("1/2", "1/2", "1/3", "2/3", "1/4", "3/4")
    return ks.laplace(_rational(rng, 0.2, 4), Fraction(rng.choice(gammas)))


def _smooth(rng: random.Random) -> Any:
    if rng.random() < 0.5:
        return ks.exponential(_rational(rng, 0.5, 2))
    return ks.dual(rng.choice(("erf", "gelu", "sin", "cos", "exp")))


def _mlp(rng: random.Random) -> Any:
    return ks.mlp(
        rng.randint(2, 5),
        slope=_rational(rng, -1, 1),
        weight_variance=_rational(rng, 0.5, 3),
        bias_variance=rng.choice((Fraction(0), _rational(rng, 0.05, 1))),
        tangent=rng.random() < 0.5,
    )


def _resnet(rng: random.Random) -> Any:
    return ks.resnet(rng.randint(1, 5), alpha=_rational(rng, 0.2, 2), tangent=rng.random() < 0.5)


ATOMS: dict[str, Draw] = {
    "ReLU": _ramp,
    "tangent": _tangent,
    "step": _step,
    "ReLU^s": _power,
    "Laplace": _laplace,
    "smooth": _smooth,
    "mlp": _mlp,
    "resnet": _resnet,
}


def _atom(rng: random.Random) -> Any:
    return ATOMS[rng.choice(tuple(ATOMS))](rng)


def _cosine(rng: random.Random) -> Any:
    """A kernel with kappa(1) = 1."""
    while True:
        kernel = _atom(rng)
        if kernel.rational_one:
            return kernel / kernel.rational_one


def _sum(rng: random.Random) -> Any:
    return sum(_rational(rng, 0.1, 2) * _atom(rng) for _ in range(rng.randint(2, 3)))


def _difference(rng: random.Random) -> Any:
    return _atom(rng) - _rational(rng, 0.1, 2) * _atom(rng)


def _product(rng: random.Random) -> Any:
    return rng.choice((ks.linear(), _atom(rng))) * _atom(rng)


def _composition(rng: random.Random) -> Any:
    inner = _cosine(rng)
    if rng.random() < 0.3:
        w = _rational(rng, 0.2, 0.8)
        inner = w * inner + (1 - w) * _cosine(rng)
    return _atom(rng) @ inner


FAMILIES: dict[str, Draw] = ATOMS | {
    "sum": _sum,
    "difference": _difference,
    "product": _product,
    "composition": _composition,
}


@dataclass(frozen=True)
class Case:
    """One random kernel in one dimension, with the degrees at which it is read."""

    family: str
    kernel: Any
    d: int
    degrees: tuple[int, ...]


def cases(seed: int = 1, dimensions: int = DIMENSIONS_EACH) -> Iterator[Case]:
    """Endlessly many cases, the families in turn, each kernel in some dimensions; the same ones for the same seed."""
    rng = random.Random(seed)
    while True:
        for family, draw in FAMILIES.items():
            kernel = draw(rng)
            for _ in range(dimensions):
                large = rng.random() < 0.06
                d = rng.choice(LARGE_DIMENSIONS) if large else rng.randint(2, 50)
                reach = 60 if large else rng.choice((12, 60, LARGEST_LOW))
                low = rng.sample(range(reach + 1), min(LOW_EACH, reach + 1))
                high = [
                    round(math.exp(rng.uniform(math.log(FIRST_BY_EXPANSION), math.log(LARGEST_HIGH))))
                    for _ in range(HIGH_EACH if kernel.singular else 0)  # there is no expansion
                ]
                yield Case(family, kernel, d, tuple(sorted({*low, *high})))


# -- comparison ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Triple:
    """One float64 eigenvalue against its enclosure; errors are relative, or of log|mu_k| where `is_log`."""

    family: str
    kernel: str
    d: int
    k: int
    value: float
    enclosure: str
    measured: float
    stated: float
    is_log: bool

    @property
    def agrees(self) -> bool:
        """Whether the true error is within the stated one."""
        return self.measured <= self.stated


@dataclass(frozen=True)
class Outcome:
    """The triples of one case; and, degree by degree, what was refused and what broke down, and why."""

    case: Case
    triples: tuple[Triple, ...]
    refusals: tuple[str, ...]
    crashes: tuple[str, ...]
    seconds: float


def compare(case: Case, k: int, value: float, log_abs: float, error: float, ball: Any) -> Triple:
    """A float64 value with its logarithm and stated error against the ball around mu_k."""
    import flint

    saved = flint.ctx.prec
    flint.ctx.prec = 160
    try:
        is_log, stated = False, error + ROUNDING
        if ball == 0:
            measured = 0.0 if value == 0.0 and log_abs == -math.inf else math.inf
        elif not ball.is_finite() or ball.contains(0):
            measured = math.inf
        else:
            size = abs(ball).log()
            if size < LOG10_SMALLEST * flint.arb(10).log():
                # An error e of mu is an absolute error e of log mu; the logarithm itself is rounded, too.
                is_log, stated = True, error + ROUNDING * abs(float(size))
                measured = float((abs(flint.arb(log_abs) - size)).upper()) if math.isfinite(log_abs) else math.inf
            elif math.isfinite(value):
                measured = float(abs(flint.arb(value) / ball - 1).upper())
            else:
                measured = math.inf
        text = ball.str(DIGITS)
    finally:
        flint.ctx.prec = saved
    return Triple(case.family, repr(case.kernel), case.d, k, value, text, measured, stated, is_log)


def measure(case: Case) -> Outcome:
    """Read one case in both ways and compare."""
    start = time.perf_counter()
    spectrum = case.kernel.spectrum(case.d)
    triples, refusals, crashes = [], [], []
    # Quadrature is shared by the low degrees; of the high ones each may be out of reach alone.
    low = tuple(k for k in case.degrees if k < FIRST_BY_EXPANSION)
    for part in (low, *((k,) for k in case.degrees[len(low) :])):
        try:
            triples += read(case, spectrum, part)
        except (ValueError, ArithmeticError) as error:
            refusals += [f"{type(error).__name__}: {error}"] * len(part)
        except Exception as error:  # a crash is a result of the measurement, not its end
            crashes += [f"{type(error).__name__}: {error}"] * len(part)
    seconds = time.perf_counter() - start
    return Outcome(case, tuple(triples), tuple(refusals), tuple(crashes), seconds)


def read(case: Case, spectrum: Any, part: tuple[int, ...]) -> list[Triple]:
    """Some of a case's degrees in both ways."""
    degrees = np.array(part, dtype=np.int64)
    logs = spectrum.log_abs(degrees)
    kept = (logs > SMALLEST_LOG) | (logs == -math.inf)
    degrees, logs = degrees[kept], logs[kept]
    balls = spectrum.certified(degrees, DIGITS)
    found = zip(degrees, spectrum(degrees), logs, spectrum.error(degrees), balls, strict=True)
    return [compare(case, int(k), float(v), float(g), float(e), b) for k, v, g, e, b in found]


def table(quick: bool = False, seed: int = 1, progress: Callable[[str], None] | None = None) -> list[Outcome]:
    """Cases until there are enough triples; `progress` is called with one line of text for each case."""
    count, dimensions = (QUICK_TRIPLES, 1) if quick else (TRIPLES, DIMENSIONS_EACH)
    out: list[Outcome] = []
    done = 0
    for case in cases(seed, dimensions):
        if done >= count:
            break
        outcome = measure(case)
        out.append(outcome)
        done += len(outcome.triples)
        if progress is not None:
            worst = max((t.measured for t in outcome.triples), default=0.0)
            wrong = sum(not t.agrees for t in outcome.triples)
            progress(
                f"{done:6d}/{count} {case.kernel!r}, d={case.d}: worst {worst:.1e}, {wrong} disagree, "
                f"{len(outcome.refusals)} refused, {outcome.seconds:.1f} s"
            )
    return out


@dataclass(frozen=True)
class Row:
    """What one family came to."""

    family: str
    kernels: int
    triples: int
    zeros: int
    logarithms: int
    worst: float
    typical: float
    disagreements: int
    refused: int
    seconds: float


def rows(outcomes: Sequence[Outcome]) -> list[Row]:
    """One row for each family."""
    found = []
    for family in FAMILIES:
        own = [o for o in outcomes if o.case.family == family]
        triples = [t for o in own for t in o.triples]
        plain = [t for t in triples if not t.is_log]
        found.append(
            Row(
                family,
                len({o.case.kernel for o in own}),
                len(triples),
                sum(t.enclosure == "0" for t in triples),
                len(triples) - len(plain),
                max((t.measured for t in plain), default=0.0),
                float(np.median([t.measured for t in plain])) if plain else 0.0,
                sum(not t.agrees for t in triples),
                sum(len(o.refusals) for o in own),
                sum(o.seconds for o in own),
            )
        )
    return found


def render(found: Sequence[Row]) -> str:
    """The table as text."""
    head = f"{'family':<13}{'kernels':>8}{'triples':>9}{'zeros':>7}{'logs':>6}{'median':>10}{'worst':>10}"
    lines = [head + f"{'disagree':>10}{'refused':>9}{'s':>7}"]
    for r in found:
        lines.append(
            f"{r.family:<13}{r.kernels:>8}{r.triples:>9}{r.zeros:>7}{r.logarithms:>6}{r.typical:>10.1e}{r.worst:>10.1e}"
            f"{r.disagreements:>10}{r.refused:>9}{r.seconds:>7.0f}"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write; 1 where a float64 value is further from its enclosure than it says."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(prog="python -m benchmarks.certified", description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("build/report/certified.json"))
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_TRIPLES} triples only")
    parser.add_argument("--seed", type=int, default=1, help="of the random kernels")
    options = parser.parse_args(arguments)

    def progress(line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    outcomes = table(options.quick, options.seed, progress)
    found = rows(outcomes)
    triples = [t for o in outcomes for t in o.triples]
    wrong = [t for t in triples if not t.agrees]
    refusals = sorted({f"{o.case.kernel!r}, d={o.case.d}: {r}" for o in outcomes for r in o.refusals})
    crashes = sorted({f"{o.case.kernel!r}, d={o.case.d}: {r}" for o in outcomes for r in o.crashes})
    worst = max((t for t in triples if not t.is_log), key=lambda t: t.measured)
    print(render(found))
    print(
        f"{len(triples)} triples, {len(wrong)} beyond the stated error; worst relative error {worst.measured:.1e} "
        f"({worst.kernel}, d={worst.d}, k={worst.k}; stated {worst.stated:.1e}); {sum(r.seconds for r in found):.0f} s"
    )
    for t in wrong:
        print(
            f"disagrees: {t.kernel}, d={t.d}, k={t.k}: {t.value!r} against {t.enclosure}; "
            f"measured {t.measured:.1e}, stated {t.stated:.1e}"
        )
    for title, messages in (("refused", refusals), ("crashed", crashes)):
        for message in messages:
            print(f"{title}: {message}")
    summary = {
        "triples": len(triples),
        "worst": asdict(worst),
        "disagreements": [asdict(t) for t in wrong],
        "refusals": refusals,
        "crashes": crashes,
        "families": [asdict(r) for r in found],
    }
    write_json(options.out, summary)
    print(f"written to {options.out}")
    return 1 if wrong or crashes else 0


if __name__ == "__main__":
    sys.exit(main())
