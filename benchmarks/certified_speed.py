"""How long certified eigenvalues take: every time in a process of its own, imports of the library included.

    python -m benchmarks.certified_speed [--out build/report/certified_speed.json] [--quick]

The aim is mu_0..mu_60 to 100 digits within a second for networks of up to five layers; beside it stand a thousand
digits, degree 1000, dimension 1000, and the proof that two tangent kernels have the same RKHS.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from report.data import write_json

AIM = 1.0
_CLOCK = "import time, kernelspec as ks; start = time.perf_counter(); {}; print(time.perf_counter() - start)"
_FIRST = [
    (
        f"{name}({depth}), d = {d}: mu_0..mu_60, 100 digits",
        f"ks.{name}({depth}).spectrum({d}).certified(slice(0, 61), 100)",
    )
    for name in ("rf", "ntk")
    for depth in (2, 3, 4, 5)
    for d in (3, 10)
]
_FURTHER = [
    ("rf(3), d = 3: mu_5, 1000 digits", "ks.rf(3).spectrum(3).certified(5, 1000)"),
    ("ntk(3), d = 10: mu_1000, 30 digits", "ks.ntk(3).spectrum(10).certified(1000, 30)"),
    ("ntk(3), d = 1000: mu_10, 30 digits", "ks.ntk(3).spectrum(1000).certified(10, 30)"),
    ("ntk(3), d = 10: mu_1000000, 50 digits", "ks.ntk(3).spectrum(10).certified(10**6, 50)"),
    ("ntk(5): 20 terms of the expansion at u = 1", "ks.ntk(5).expand(at=1, terms=20)"),
    ("same_rkhs(ntk(3), ntk(10), d = 4)", "ks.same_rkhs(ks.ntk(3), ks.ntk(10), d=4)"),
    ("same_rkhs(ntk(3), laplace(), d = 4)", "ks.same_rkhs(ks.ntk(3), ks.laplace(), d=4)"),
]


def seconds(code: str, runs: int) -> float:
    """Median seconds of a statement over fresh processes."""
    script = _CLOCK.format(code)
    times = [
        float(subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True).stdout)
        for _ in range(runs)
    ]
    return statistics.median(times)


def table(quick: bool = False) -> dict[str, Any]:
    """The times by task, and which of those with an aim reach it."""
    first = {task: seconds(code, 1 if quick else 3) for task, code in _FIRST[:: 4 if quick else 1]}
    further = {task: seconds(code, 1) for task, code in _FURTHER}
    return {"aim": AIM, "first": first, "further": further}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write."""
    summary = (__doc__ or "").split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.certified_speed", description=summary)
    parser.add_argument("--out", type=Path, default=Path("build/report/certified_speed.json"))
    parser.add_argument("--quick", action="store_true", help="fewer kernels, one run each")
    options = parser.parse_args(arguments)
    result = table(options.quick)
    for task, value in result["first"].items():
        print(f"{'reached' if value <= AIM else 'MISSED ':<9}{value:>8.2f} s  {task}")
    for task, value in result["further"].items():
        print(f"{'':<9}{value:>8.2f} s  {task}")
    write_json(options.out, result)
    print(f"written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
