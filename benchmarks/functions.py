"""How long norms, effective dimensions, verdicts, the cube and spectra of networks take, each in a process of its own.

    python -m benchmarks.functions [--out build/report/functions.json] [--quick]

Processor seconds. The aims: a norm to 20 digits within a second after the first one in a space; 100 certified
effective dimensions within 2 s; all degrees of the cube of dimension 1000 to 30 digits within 5 s; the 10^4 largest
eigenvalues of two layers on 64 patches within 5 s; a learning curve of 20 sizes within 2 s after the first;
a verdict in the dimension of an image within 10 s.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from kernelspec.results.tables import Row
from report.data import write_json

_CLOCK = """
import time
import numpy as np
import kernelspec as ks
from kernelspec import ckn
{before}
start = time.process_time()
{code}
print(time.process_time() - start)
"""
_NORM = "norm = lambda kernel, f, d: ks.parse(kernel).rkhs(d).norm(ks.rkhs.parse(f, d), digits=20)"
_NORMS = (
    ("ntk(3)", "relu(6)", 10),
    ("ntk(3)", "ntk(4)", 10),
    ("rf(3)", "arccos(3)", 4),
    ("laplace()", "abs_power(9/2)", 3),
    ("ntk(5)", "relu(40)", 60),
    ("ntk(3)", "relu(6) - ridge(relu(6), (3/5, 4/5, 0, 0)) + x1*x2", 4),
)
_LAYERS = "net = ckn.Network([ckn.Layer(3, {}, border='circular'), ckn.Layer(64, {}, border='valid')])"
# Task, aim in seconds (None: there is none), what is not counted, what is.
_VERDICTS = (
    ("ntk(10)", "ntk(12)", 3),
    ("ntk(10)", "ntk(12)", 10),
    ("rf(10)", "rf(3)", 3),
    ("laplace()", "ntk(10)", 10),
    ("ntk(20)", "ntk(40)", 3),
    ("ntk(3)", "ntk(4)", 784),
    ("ntk(3)", "ntk(4)", 3072),
)
TASKS = [
    *(
        (
            f"norm of {f} in {kernel}, d = {d}, 20 digits",
            1.0,
            f"{_NORM}\nnorm({kernel!r}, 'relu(35)', {d})",
            f"norm({kernel!r}, {f!r}, {d})",
        )
        for kernel, f, d in _NORMS
    ),
    *(
        (f"the same as the first norm in the process: {f} in {kernel}", None, _NORM, f"norm({kernel!r}, {f!r}, {d})")
        for kernel, f, d in _NORMS[:3]
    ),
    *(
        (
            f"100 certified effective dimensions of {kernel}, d = {d}",
            2.0,
            f"H = ks.parse({kernel!r}).rkhs({d})",
            "H.effective_dimension(np.geomspace(1e-8, 1, 100), certified=True)",
        )
        for kernel, d in (("ntk(3)", 3), ("ntk(3)", 10), ("laplace()", 50), ("ntk(8)", 3), ("ntk(3)", 1000))
    ),
    *(
        (
            f"same_rkhs of {kernel} and {other}, d = {d}",
            10.0 if d > 10 else None,
            f"pair = ks.parse({kernel!r}), ks.parse({other!r})",
            f"assert ks.same_rkhs(*pair, {d}).same",
        )
        for kernel, other, d in _VERDICTS
    ),
    (
        "ntk(3) on the cube, d = 1000: all degrees to 30 digits",
        5.0,
        "s = ks.ntk(3).spectrum(1000, domain='cube')",
        "s.certified(range(1001), 30)",
    ),
    *(
        (
            f"10^4 largest eigenvalues of {second} over ntk(2), 64 patches",
            5.0,
            _LAYERS.format("ks.ntk(2)", second),
            "ckn.spectra.Model(net, positions=64).eigenvalues(10**4)",
        )
        for second in ("ks.polynomial(2)", "ks.polynomial(4)", "ks.exponential(0.6)")
    ),
    (
        "10^4 largest eigenvalues of one pooled layer, 64 patches",
        5.0,
        "net = ckn.Network([ckn.Layer(3, ks.ntk(2), ckn.gaussian(2), border='circular')])",
        "ckn.spectra.Model(net, positions=64).eigenvalues(10**4)",
    ),
    (
        "10^4 largest eigenvalues of exponential(0.6) over arccos(1), 64 patches of 9, no pooling",
        5.0,
        "from kernelspec.ckn.spectra.two_layers import TwoLayers",
        "TwoLayers(ks.arccos(1), ks.exponential(0.6), 9, 64).eigenvalues(10**4)",
    ),
    (
        "a learning curve of a step in laplace(), d = 4: 20 sizes, after the first",
        2.0,
        "H, f = ks.laplace().rkhs(4), ks.rkhs.parse('step(0.7)', 4)\nH.learning_curve(f, 10)",
        "H.learning_curve(f, np.geomspace(10, 10**6, 20).astype(int))",
    ),
    (
        "a learning curve of laplace() on 4 pooled patches: 20 sizes, after the first",
        2.0,
        "model = ckn.spectra.Model(ckn.Network([ckn.Layer(3, ks.laplace(), ckn.average(4), border='circular')]), 4)\n"
        "f = {model.eigenspace((1,), 0): 1.0}\nmodel.learning_curve(f, 10)",
        "model.learning_curve(f, np.geomspace(10, 10**5, 20).astype(int))",
    ),
    (
        "1000 eigenvalues of a narrow kernel, exponential(1e-3), d = 3",
        2.0,
        "s = ks.exponential(1e-3).spectrum(3)",
        "s(np.arange(1000))",
    ),
]


def seconds(before: str, code: str) -> float:
    """Processor seconds of a statement in a fresh process, after what is not counted."""
    script = _CLOCK.format(before=before, code=code)
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    return float(found.stdout)


def table(quick: bool = False) -> list[Row]:
    """Task, aim and seconds."""
    chosen = TASKS[::4] if quick else TASKS
    return [{"task": task, "aim": aim, "seconds": seconds(before, code)} for task, aim, before, code in chosen]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write."""
    summary = (__doc__ or "").split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.functions", description=summary)
    parser.add_argument("--out", type=Path, default=Path("build/report/functions.json"))
    parser.add_argument("--quick", action="store_true", help="some of the tasks")
    options = parser.parse_args(arguments)
    rows = table(options.quick)
    for row in rows:
        word = "" if row["aim"] is None else "reached" if row["seconds"] <= row["aim"] else "MISSED"
        print(f"{word:<9}{row['seconds']:>8.2f} s  {row['task']}")
    write_json(options.out, {"rows": rows})
    print(f"written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
