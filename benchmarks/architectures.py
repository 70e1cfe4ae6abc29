"""Kernels of infinitely wide networks beside neural-tangents, architecture by architecture, each in its own process.

    python -m benchmarks.architectures --peer PYTHON [--out build/report/architectures.json] [--threads 1,2]
        [--cases REGEX] [--rounds 3] [--finite]

PYTHON is the interpreter of an environment with neural-tangents (and a JAX that it can be imported with); without it
ours alone are timed. Both processes build the same networks (`benchmarks.networks`), hold their data, and take turns:
one computes while the other waits. Seconds of the processor, with those of children, and of the clock, the least of
several rounds; its kernel is compiled by `jax.jit`, and `first` is the first call, which compiles there and fits here.
`difference` is the largest between both in a corner of the matrix, relative to the largest entry. Beside dense networks
stands what the Gram matrix of `ks.ntk` of the same depth takes: the polynomial that is fitted once for all layers.
All are tangent kernels but those that are named nngp; with `--finite`, outputs of networks of finite width (`apply`),
with the flops of their convolutions.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import kernelspec as ks
from benchmarks.networks import CASES, FINITE, Case, flops, images
from benchmarks.one_side import seconds
from kernelspec.results.tables import Row
from report.data import created, machine, versions, write_json

_PEER = """
from importlib.metadata import version
print({name: version(name) for name in ("neural-tangents", "jax", "numpy")})
"""


class Side:
    """A process that answers lines."""

    def __init__(self, python: str, name: str, threads: int) -> None:
        script = str(Path(__file__).with_name("one_side.py"))
        pipe = subprocess.PIPE
        self.process = subprocess.Popen([python, script, name, str(threads)], stdin=pipe, stdout=pipe, text=True)

    def ask(self, *what: Any) -> Any:
        """The answer to a line; RuntimeError where the process has failed."""
        assert self.process.stdin is not None and self.process.stdout is not None
        print(json.dumps(what), file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline())
        if isinstance(answer, dict):
            raise RuntimeError(answer["error"])
        return answer

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def one(name: str, case: Case, dtype: str, sides: Sequence[Side], rounds: int, threads: int) -> Row:
    """Seconds of both sides, ratios and the difference."""
    firsts = [side.ask("make", name, dtype) for side in sides]
    least = [[float("inf")] * 2 for _ in sides]
    for _ in range(rounds):
        for number, side in enumerate(sides):
            least[number] = [min(pair) for pair in zip(least[number], side.ask("call"), strict=True)]
    corners = [np.array(side.ask("corner")) for side in sides]
    row: Row = {"network": name, "dtype": dtype, "threads": threads, "images": case.images}
    for prefix, first, times in zip(("", "peer "), firsts, least, strict=False):
        row |= {f"{prefix}processor": times[0], f"{prefix}clock": times[1], f"{prefix}first": first[1]}
    if len(sides) == 2:
        row |= {
            "ratio": least[1][0] / least[0][0],
            "clock ratio": least[1][1] / least[0][1],
            "difference": float(np.max(np.abs(corners[0] - corners[1])) / np.max(np.abs(corners[0]))),
        }
    depth = re.match(r"dense (\d+)", name)
    if depth:
        kernel, x = ks.ntk(int(depth[1])), images(case, dtype)
        kernel.gram(x, threads=threads)
        row["gram"] = min(seconds(lambda: kernel.gram(x, threads=threads))[0] for _ in range(rounds))
    if case.get == "apply":
        row["flops"] = flops(case)
    return row


def measured(
    known: dict[str, Case], peer: str | None, cases: str, threads: Sequence[int], rounds: int
) -> Iterator[Row]:
    """A row for each case, dtype and number of threads."""
    for count in threads:
        sides = [Side(sys.executable, "kernelspec", count)]
        if peer is not None:
            sides.append(Side(peer, "neural_tangents", count))
        try:
            for name, case in known.items():
                if not re.search(cases, name):
                    continue
                for dtype in case.dtypes:
                    row = one(name, case, dtype, sides, rounds, count)
                    cells = (f"{k} {v:.3g}" if isinstance(v, float) else f"{v}" for k, v in row.items())
                    print("  ".join(cells), flush=True)
                    yield row
        finally:
            for side in sides:
                side.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write."""
    summary = (__doc__ or "").split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.architectures", description=summary)
    parser.add_argument("--out", type=Path, default=Path("build/report/architectures.json"))
    parser.add_argument("--peer", help="the Python of an environment with neural-tangents")
    parser.add_argument("--cases", default="", help="a regular expression for names of networks")
    parser.add_argument("--threads", type=lambda text: [int(each) for each in text.split(",")], default=[1, 2])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--finite", action="store_true", help="outputs of networks of finite width")
    options = parser.parse_args(arguments)
    known = FINITE if options.finite else CASES
    rows: list[Row] = []
    facts: dict[str, Any] = {"created": created(), "machine": machine(), "versions": versions()}
    if options.peer is not None:
        words = subprocess.run([options.peer, "-c", _PEER], capture_output=True, text=True, check=True).stdout
        facts["peer"] = json.loads(words.replace("'", '"'))
    for row in measured(known, options.peer, options.cases, options.threads, options.rounds):
        rows.append(row)  # and what a run that is cut off has measured stays
        write_json(options.out, {**facts, "rows": rows, "load average": os.getloadavg()[0]})
    print(f"written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
