"""An oracle for Mercer eigenvalues: mu_k(kappa; d) to 25 digits, sharing no code with kernelspec.

    python -m oracle.eigenvalues --extend     compute what is missing in eigenvalues.json (resumes)
    python -m oracle.eigenvalues "ntk(3)" 10 40

`mu` gives one value, `load` the stored table. Every value is computed by each of the three methods
of `oracle.methods` that reaches it; the one with most digits is kept, the second best
is compared with it, and a disagreement beyond the methods' own error estimates raises.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import mpmath
from flint import arb, ctx

from oracle.kernels import KernelSpec, end_series, grid_kernels, taylor
from oracle.methods import Estimate, agreement, expansion, quadrature, substitution, taylor_length, taylor_sum

__all__ = ["KernelSpec", "Reading", "Stored", "eigenvalues", "grid_kernels", "load", "mu"]

FILE = Path(__file__).with_name("eigenvalues.json")
DIMENSIONS = (2, 3, 4, 10, 50, 300, 1000, 10**4, 10**6)
DEGREES = (*range(41), 100, 1000, 10**4, 10**6, 10**9)

#: Longest Taylor polynomial; the step that takes longest (minutes at depth 100).
TAYLOR_CAP = 12_000
#: Digits in the file: more than float64 comparisons need, few enough to keep it small.
STORED_DIGITS = 26
#: A value enters the table only with this many digits.
WANTED_DIGITS = 25


@dataclass(frozen=True)
class Reading:
    """One oracle value: how it was found, what it was compared with, and the digits that agreed."""

    value: arb
    method: str
    second: str | None
    digits: float


@dataclass(frozen=True)
class Stored:
    """One value of the table: decimal text, methods by initial (q, t, e; '-' for none), digits."""

    kernel: str
    d: int
    k: int
    text: str
    methods: str
    digits: int

    @property
    def value(self) -> mpmath.mpf:
        """The value with all stored digits."""
        with mpmath.workdps(STORED_DIGITS + 5):
            return mpmath.mpf(self.text)


def _precision(specs: Sequence[KernelSpec]) -> int:
    """Bits for power series: composition loses about 7 bits a layer (seen at depth 100)."""
    return 500 + 10 * max(spec.depth for spec in specs)


@lru_cache(maxsize=4)
def _taylor(specs: tuple[KernelSpec, ...], length: int) -> list[list[arb]]:
    ctx.prec = _precision(specs)
    return taylor(specs, length)


@lru_cache(maxsize=64)
def _ends(spec: KernelSpec) -> tuple:
    ctx.prec = 2 * _precision([spec])
    # 1/16 steps: 40 powers of t already are 640 terms
    return end_series(spec, 40 if spec.exponent_step.denominator > 4 else 100)


def _settle(spec: KernelSpec, d: int, k: int, found: list[Estimate]) -> Reading | None:
    """The best of several estimates, compared with the second best."""
    found = sorted((e for e in found if e.digits >= 8), key=lambda e: -e.digits)
    if not found:
        return None
    best = found[0]
    if len(found) == 1:
        return Reading(best.value, best.method, None, best.digits)
    ctx.prec = 300
    agreed = agreement(best.value, found[1].value)
    if agreed < found[1].digits - 1:
        raise ArithmeticError(
            f"{spec.text}, d={d}, k={k}: {best.method} and {found[1].method} agree to "
            f"{agreed:.1f} digits, but claim {best.digits:.1f} and {found[1].digits:.1f}"
        )
    if found[1].digits < WANTED_DIGITS:  # a weak second method confirms, it does not limit
        return Reading(best.value, best.method, found[1].method, best.digits)
    return Reading(best.value, best.method, found[1].method, agreed)


def eigenvalues(
    specs: Sequence[KernelSpec], d: int, ks: Sequence[int], digits: int = 40
) -> dict[tuple[KernelSpec, int], Reading]:
    """mu_k of kernels that share their angle `substitution`, by every method that reaches them.

    Raises ArithmeticError where two methods contradict each other. A missing key means that no
    method gives the value 8 digits.
    """
    found: dict[tuple[KernelSpec, int], list[Estimate]] = {(s, k): [] for s in specs for k in ks}
    by_angle = [k for k in ks if k <= (1000 if d <= 300 and substitution(specs[0]) == 1 else 100)]
    for part in ([k for k in by_angle if k <= 100], [k for k in by_angle if k > 100]):
        if part:
            for key, estimate in quadrature(specs, d, part, digits).items():
                found[key].append(estimate)
    lengths = {k: taylor_length(d, k, 32) for k in ks if d >= 50 and k < TAYLOR_CAP}
    by_taylor = [k for k in ks if lengths.get(k, TAYLOR_CAP + 1) <= TAYLOR_CAP]
    if by_taylor:
        length = 2000 if max(lengths[k] for k in by_taylor) <= 2000 else TAYLOR_CAP
        for spec, b in zip(specs, _taylor(tuple(specs), length), strict=True):
            ctx.prec = _precision(specs)
            for k in by_taylor:
                found[spec, k].append(taylor_sum(spec, b, d, k))
    for spec in specs:
        for k in ks:
            if k >= 100 and spec.family != "exponential":
                series = _ends(spec)
                ctx.prec = 2 * _precision([spec])
                found[spec, k].append(expansion(spec, series, d, k))
    settled = {key: _settle(*key[:1], d, key[1], list_) for key, list_ in found.items()}
    return {key: reading for key, reading in settled.items() if reading is not None}


def mu(kernel: KernelSpec, d: int, k: int, digits: int = 40) -> mpmath.mpf:
    """The Mercer eigenvalue mu_k(kernel; d) to at least 25 digits, self-checked.

    Raises ArithmeticError if the methods contradict each other or none reaches 25 digits.
    """
    if d < 2 or k < 0:
        raise ValueError(f"need d >= 2 and k >= 0, not d={d}, k={k}")
    reading = eigenvalues([kernel], d, [k], digits).get((kernel, k))
    if reading is None or reading.digits < WANTED_DIGITS:
        reached = 0.0 if reading is None else reading.digits
        raise ArithmeticError(f"{kernel.text}, d={d}, k={k}: only {reached:.1f} digits within reach")
    with mpmath.workdps(digits + 5):
        return mpmath.mpf(reading.value.mid().str(digits + 5, radius=False))


# --- the stored table --------------------------------------------------------------------------


def _read() -> dict[str, dict[str, list]]:
    return json.loads(FILE.read_text()) if FILE.exists() else {}


def _write(table: dict[str, dict[str, list]]) -> None:
    """One line for each kernel and dimension, written to a temporary name and renamed."""
    kernels = []
    for text, rows in table.items():
        lines = [f"  {json.dumps(d)}: {json.dumps(row, separators=(',', ':'))}" for d, row in rows.items()]
        kernels.append(f" {json.dumps(text)}: {{\n" + ",\n".join(lines) + "\n }")
    temporary = FILE.with_suffix(".tmp")
    temporary.write_text("{\n" + ",\n".join(kernels) + "\n}\n")
    os.replace(temporary, FILE)


def load(kernel: str | None = None) -> Iterator[Stored]:
    """The stored values: all, or those of one kernel by its text.

    A row of the file holds, for each k of `DEGREES`, "value methods digits", or null where no
    method reaches 25 digits.
    """
    for text, rows in _read().items():
        if kernel is None or text == kernel:
            for d, row in rows.items():
                for k, entry in zip(DEGREES, row, strict=True):
                    if entry is not None:
                        value, methods, digits = entry.split()
                        yield Stored(text, int(d), k, value, methods, int(digits))


def _groups() -> list[list[KernelSpec]]:
    """Kernels that share layers and their angle substitution, cheap ones first."""
    kernels = grid_kernels()
    groups: dict[tuple, list[KernelSpec]] = {}
    for spec in kernels:
        size = 10 if spec.depth <= 10 else spec.depth
        family = "laplace" if spec.family == "laplace" else f"degree {spec.degree}"
        groups.setdefault((size, family, substitution(spec)), []).append(spec)
    return [groups[key] for key in sorted(groups)]


def _entry(reading: Reading | None) -> str | None:
    if reading is None or reading.digits < WANTED_DIGITS:
        return None
    second = "-" if reading.second is None else reading.second[0]
    ctx.prec = 300
    value = reading.value.mid().str(STORED_DIGITS, radius=False)
    return f"{value} {reading.method[0]}{second} {int(reading.digits + 1e-6)}"


def extend(only_dimensions: Sequence[int] = DIMENSIONS) -> None:
    """Compute the rows that the file lacks, with progress; may be stopped at any time."""
    for group in _groups():
        for d in only_dimensions:
            known = _read()
            missing = [s for s in group if str(d) not in known.get(s.text, {})]
            if not missing:
                continue
            start = time.perf_counter()
            readings = eigenvalues(missing, d, DEGREES)
            table = _read()  # again: another process may have written in the meantime
            for spec in missing:
                row = [_entry(readings.get((spec, k))) for k in DEGREES]
                table.setdefault(spec.text, {})[str(d)] = row
                table[spec.text] = dict(sorted(table[spec.text].items(), key=lambda row: int(row[0])))
            order = {spec.text: i for i, spec in enumerate(grid_kernels())}
            _write(dict(sorted(table.items(), key=lambda item: order[item[0]])))
            holes = sum(row is None for s in missing for row in table[s.text][str(d)])
            names = ", ".join(spec.text for spec in missing)
            seconds = time.perf_counter() - start
            print(f"d={d:<8} {seconds:7.1f} s  {holes} without a value  [{names}]", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line: extend the table, or print one value."""
    parser = argparse.ArgumentParser(prog="python -m oracle.eigenvalues", description=__doc__.split("\n")[0])
    parser.add_argument("--extend", action="store_true", help="compute missing values")
    parser.add_argument("value", nargs="*", help='kernel text, d, k: "ntk(3)" 10 40')
    options = parser.parse_args(arguments)
    if options.extend:
        extend()
    if options.value:
        text, d, k = options.value
        known = {spec.text: spec for spec in grid_kernels()}
        if text not in known:
            parser.error(f"kernel must be one of {', '.join(known)}, not {text!r}")
        print(mpmath.nstr(mu(known[text], int(d), int(k)), 30))
    return 0


if __name__ == "__main__":
    sys.exit(main())
