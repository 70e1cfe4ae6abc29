"""The page of measured speeds, docs/performance.md, from the files of results: no number there was typed.

    python -m benchmarks.page [--results benchmarks/results] [--out docs/performance.md]

A file that is not there leaves its section out. The files are those that `benchmarks.machine`, `gram`, `regression`,
`speed`, `neural_tangents_speed`, `architectures` (twice) and `estimators` write with `--out`, all on one machine.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.gram import AIMS, MEMORY, SPEEDUP, D
from benchmarks.regression import LAMBDAS, LONG, OUTPUTS
from kernelspec.files.atomic import write_atomically
from report.data import read_json

RESULTS, PAGE = Path("benchmarks/results"), Path("docs/performance.md")
_HEAD = """# Performance

How long it takes, as ratios of processor time to something that you know: a matrix product of the same data, SciPy by
hand, `scipy.integrate.quad`. Ratios carry over from machine to machine; seconds do not. Both sides of a ratio were run
in turns in one process on one thread, the least of several rounds.

Written by `python -m benchmarks.page` from the files in `benchmarks/results`, which these commands wrote:

```sh
python -m benchmarks.machine --out benchmarks/results/machine.json
python -m benchmarks.gram --quick --out benchmarks/results/gram.json
python -m benchmarks.regression --out benchmarks/results/regression.json
python -m benchmarks.speed --out benchmarks/results/speed.json
python -m benchmarks.neural_tangents_speed --out benchmarks/results/neural_tangents.json
python -m benchmarks.architectures --peer PYTHON --out benchmarks/results/architectures.json
python -m benchmarks.architectures --finite --peer PYTHON --threads 1 --rounds 20 --out benchmarks/results/finite.json
python -m benchmarks.estimators --out benchmarks/results/estimators.json
```
"""
_TAIL = """
## More

[How all of this is measured](../benchmarks/README.md), with convolutional kernels in pairs of images a second and
enclosures in seconds.
"""


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def machine(found: Any) -> str:
    """The machine, the versions, and what one thread of it does."""
    words = ", ".join(f"{name} {number}" for name, number in found["versions"].items() if name != "system")
    rows = [
        [dtype, *(f"{rate[name] / 1e9:.0f}" for name in ("product", "symmetric product", "cholesky", "copy"))]
        for dtype, rate in found["rates"].items()
    ]
    return (
        f"\nMeasured on {found['created'][:10]}, on a processor {found['machine']['processor']} with "
        f"{found['machine']['cores']} cores, {found['versions']['system']}, beside other work; {words}. One thread "
        "of it does, in 10^9 flops (the copy: bytes read and written) a second:\n\n"
        + table(["", "product", "X Xᵀ", "Cholesky", "copy"], rows)
        + imports(found["imports"])
    )


def imports(seconds: Any) -> str:
    """What an import costs beside that of NumPy."""
    bare = seconds["python"]
    numpy, package, kernel = (seconds[name] - bare for name in ("numpy", "kernelspec", "first kernel"))
    return (
        f"\n## Import\n\n**`import kernelspec` takes {package / numpy:.2f} times as long as `import numpy`**, and with "
        f"the first kernel, which imports NumPy, {kernel / numpy:.2f} times: {seconds['kernelspec']:.3f} and "
        f"{seconds['first kernel']:.3f} s of processor time with Python's own start, where NumPy's is "
        f"{seconds['numpy']:.3f} s. Matplotlib, SymPy, SciPy and python-flint wait until they are needed.\n"
    )


def gram(found: Any, rates: Any) -> str:
    """Gram matrices in products, beside what cannot be saved: the product, and the result written once."""
    several: dict[str, list[list[str]]] = {}
    for row in found["rows"]:
        n, size = row["n"], 4 if row["dtype"] == "float32" else 8
        written = n * n * size / rates[row["dtype"]]["copy"] / row["product"]
        hand = "" if row["by hand"] is None else f"{row['by hand']:.1f}"
        several.setdefault(row["dtype"], []).append([
            f"`{row['kernel']}`", row["data"], f"{row['ratio']:.2f}", f"{row['first']:.2f}", hand,
            f"{100 * (1 + written) / row['ratio']:.0f} %", f"{row['error']:.0e}",
        ])  # fmt: skip
    n, ratios = found["rows"][0]["n"], [row["ratio"] for row in found["rows"]]
    aims = "; ".join(f"{most} in {dtype} with an error of {error:.0e}" for dtype, (most, error) in AIMS.items())
    missed = sum(not row["reached"] for row in found["rows"])
    held = ", ".join(f"{size / 2**20:.0f} MiB in {dtype}" for dtype, size in found["memory"].items())
    pairs = ", ".join(f"{row['times']:.2f} in {row['dtype']}" for row in found["threads"])
    tables = (
        f"\nIn {dtype}:\n\n" + table(["kernel", "data", "products", "first", "by hand", "of the limit", "error"], rows)
        for dtype, rows in several.items()
    )
    return (
        f"\n## Gram matrices\n\n**A Gram matrix costs {min(ratios):.1f} to {max(ratios):.1f} products X Xᵀ of the same "
        f"rows, at any depth**: here {n} rows of {D} numbers. A kernel is fitted once by a polynomial, so depth costs "
        'nothing after the first call ("first"). "by hand" is the recursion in NumPy, in place, in tiles, half of the '
        'matrix. "of the limit": no way is below one product and one write of the result; this is the share of the '
        'time that these take, and the polynomial takes the rest. "error" is of an entry, in units of '
        "the largest value.\n"
        + "".join(tables)
        + f"\nAims: {aims}; {missed or 'none'} of {len(found['rows'])} rows missed. "
        f"Working memory beside the result: {held} (aim {MEMORY / 2**20:.0f}). Two threads by the clock are {pairs} "
        f"times as fast as one (aim {SPEEDUP}); it was a busy machine, of load average {found['load average']:.0f}.\n"
    )


def regression(found: Any, rates: Any) -> str:
    """Paths of ridge regressions beside what a careful user of SciPy writes."""
    rows = []
    largest = max(row["n"] for row in found["rows"])
    ours = [
        f"{row['ratio']:.2f} times as long in {row['dtype']}"
        for row in found["rows"]
        if (row["n"], row["path"], row["way"]) == (largest, "cholesky", "here")
    ]
    for row in found["rows"]:
        n = row["n"]
        flops = len(LAMBDAS) * (n**3 / 3 + 2 * n * n * OUTPUTS)
        near = ""
        if row["path"] == "cholesky" and row["way"] != "cg":
            near = f"{100 * flops / rates[row['dtype']]['product'] / row['seconds']:.0f} %"
        rows.append([row["path"], str(n), row["dtype"], row["way"], f"{row['ratio']:.2f}", near])
    crossings = ", ".join(
        f"{row['factorisations']:.0f} at n = {row['n']} in {row['dtype']}" for row in found["crossover"]
    )
    memories = [
        [row["method"] + (", `overwrite`" if row["overwrite"] else ""), row["dtype"], f"{row['matrices']:.2f}"]
        for row in found["memory"]
    ]
    return (
        f"\n## Ridge regression\n\n**A path by Cholesky at n = {largest} takes {', '.join(ours)} as SciPy by hand.** "
        f"Paths of {len(LAMBDAS)} lambdas ({len(LONG)} by eigh) with {OUTPUTS} outputs, in "
        "times of SciPy by hand. `regression.ridge_path` computes residuals in float64, refines the solutions by them, "
        "and knows the condition numbers; SciPy by hand does not: that is what small n and float32 pay for. "
        '"of the limit" is the time that the flops of the factorisations and solutions take at the rate of a matrix '
        "product, over the time measured.\n\n"
        + table(["path", "n", "", "way", "times by hand", "of the limit"], rows)
        + f"\nAn eigendecomposition costs as much as so many factorisations: {crossings}.\n\nMemory beyond K, in "
        "matrices of its size:\n\n" + table(["way", "", "matrices"], memories)
    )


def speed(found: Any, rates: Any) -> str:
    """Eigenvalues beside quadrature, in times of the single value of a new kernel."""
    timings = found["timings"]
    (unit,) = [row["seconds"] for row in timings if row["task"].startswith("mu_k") and row["task"].endswith("cold")]
    rows = [
        [row["tool"], row["task"], _digits(row["seconds"] / unit), f"{row['error']:.0e}"]
        for row in timings
        if not row["task"].endswith("first")  # what a process imports is another matter
    ]
    reads = [
        [f"`{row['kernel']}`", str(row["d"]), f"{row['ratio']:.1f}", f"{row['slice'] / row['again']:.0f}"]
        for row in found["reads"]
    ]
    values = [[f"`{row['kernel']}`", row["dtype"], f"{row['ratio']:.1f}"] for row in found["values"]]
    return (
        f"\n## Eigenvalues\n\nOf `{found['kernel']}` at d = {found['d']}, medians by the clock, in times of one value "
        'at the largest degree of a new kernel: "cold" is a new kernel, "warm" the same spectrum again. SciPy and '
        "mpmath were timed value by value; read their errors beside their speed.\n\n"
        + table(["tool", "task", "time", "worst error"], rows)
        + _whole(found["ratios"])
        + "\nmu_0..mu_60: one by one over a slice, and a slice over the same slice again, in processor time:\n\n"
        + table(["kernel", "d", "one by one / slice", "slice / again"], reads)
        + "\nValues at 10^6 cosines over the Gram matrix of as many pairs:\n\n"
        + table(["kernel", "", "values / Gram matrix"], values)
    )


def _whole(ratios: Any) -> str:
    """What all of the values would cost by quadrature, from its cheapest value, which flatters it."""
    (task,) = {name.partition(":")[0] for several in ratios.values() for name in several if "slower" in name}
    rows = []
    for tool, several in ratios.items():
        ((slower,), (reach,)) = (
            [number for name, number in several.items() if word in name] for word in ("slower", "largest k")
        )
        rows.append([tool, _digits(slower), str(reach) if reach >= 0 else "none"])
    return (
        f"\n{task} by quadrature, if each value cost what the cheapest costs, over ours; and the largest degree "
        "measured at which six digits are right:\n\n" + table(["tool", "times ours, at least", "largest degree"], rows)
    )


def _digits(ratio: float) -> str:
    """Two significant digits, without an exponent."""
    return f"{float(f'{ratio:.2g}'):.10f}".rstrip("0").rstrip(".")


def neural_tangents(found: Any, rates: Any) -> str:
    """Gram matrices beside those of neural-tangents."""
    rows = [
        [
            f"`{row['kernel']}`",
            row["dtype"],
            *(f"{row[name] / row['product']:.1f}" for name in ("gram", "peer")),
            f"{row['ratio']:.1f}",
            f"{row['peer first'] / row['first']:.0f}",
            *(f"{row[name]:.0e}" for name in ("error", "peer error")),
        ]
        for row in found["rows"]
    ]
    ratios = [row["ratio"] for row in found["rows"]]
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    return (
        f"\n## Beside neural-tangents\n\n**A Gram matrix of neural-tangents takes {min(ratios):.1f} to "
        f"{max(ratios):.0f} times as long as ours**: {found['rows'][0]['n']} rows of {D} numbers, both on one thread, "
        "its kernel compiled by `jax.jit`. It computes both halves of the matrix, and its time grows with the depth. "
        f"First calls, which compile there and fit here, are compared as well. Versions: {versions}.\n\n"
        + table(
            ["kernel", "", "here, in products", "there", "there / here", "first calls", "error here", "error there"],
            rows,
        )
        + "\nThis is about dense layers on a processor; neural-tangents runs on accelerators, too.\n"
    )


def architectures(found: Any, rates: Any) -> str:
    """Kernels of infinitely wide networks beside those of neural-tangents, network by network."""
    rows = [
        [
            row["network"], row["dtype"], str(row["images"]), f"{row['processor']:.2f}", f"{row['peer processor']:.2f}",
            f"{row['ratio']:.1f}", f"{row['processor'] / row['gram']:.1f}" if "gram" in row else "",
            f"{row['difference']:.0e}",
        ]
        for row in found["rows"]
        if "ratio" in row
    ]  # fmt: skip
    ahead = sum(row["ratio"] > 1 for row in found["rows"] if "ratio" in row)
    versions = ", ".join(f"{name} {number}" for name, number in found["peer"].items())
    return (
        f"\n## Architectures beside neural-tangents\n\n**Of {len(rows)} rows, ours takes less processor time in "
        f"{ahead}**: tangent kernels of `kernelspec.stax` and `neural_tangents.stax`, the same networks, each in its "
        "own process, on one thread, in turns, beside other work; theirs compiled by `jax.jit`. On grids ours computes "
        'in float64 whatever the dtype of the images, theirs in float32. "Gram" is the time over that of '
        '`ks.ntk(L).gram` of the same rows. "difference" is between both, of the largest entry: float32 there. '
        f"Versions there: {versions}.\n\n"
        + table(["network", "", "images", "s here", "s there", "there / here", "Gram", "difference"], rows)
    )


def finite(found: Any, rates: Any) -> str:
    """Outputs of networks of finite width beside those of neural-tangents."""
    several = [row for row in found["rows"] if "ratio" in row]
    rows = [
        [
            row["network"], f"{1e3 * row['processor']:.1f}", f"{1e3 * row['peer processor']:.1f}",
            f"{row['ratio']:.2f}", f"{row['flops'] / row['processor'] / 1e9:.0f}",
            f"{row['flops'] / row['peer processor'] / 1e9:.0f}",
            f"{row['difference']:.0e}",
        ]
        for row in several
    ]  # fmt: skip
    ratios, product = [row["ratio"] for row in several], rates["float32"]["product"] / 1e9
    return (
        f"\n## Networks of finite width\n\n**`apply_fn` of neural-tangents takes {min(ratios):.2f} to "
        f"{max(ratios):.2f} times as long as ours**: two convolutions, 3 x 3, as many channels in as out, on 32 x 32 "
        "images in float32, with a rectifier between them; the same parameters on both sides, one thread, in turns, "
        f"beside other work of load average {found['load average']:.0f}, theirs compiled by `jax.jit`. With many "
        "channels ours takes what the BLAS of SciPy takes for the products alone (a large one, by itself, "
        f"{product:.0f} 10^9 flops a second); theirs has products of its own.\n\n"
        + table(["network", "ms here", "ms there", "there / here", "10^9 flops/s", "there", "difference"], rows)
    )


def estimators(found: Any, rates: Any) -> str:
    """scikit-learn's estimators beside matrices made before."""
    rows = [[f"`{row['estimator']}`", f"{row['ratio']:.2f}"] for row in found["estimators"]]
    steps = [
        [f"`{row['kernel']}`", str(row["parameters"]), f"{row['gradient'] / row['matrix']:.1f}"]
        for row in found["gradients"]
    ]
    return (
        f"\n## Beside scikit-learn\n\nFit and predict with `kernelspec.sklearn.Kernel`, over the same with "
        f"matrices made by `k.gram`, at n = {found['estimators'][0]['n']} ([which is which](sklearn.md)):\n\n"
        + table(["estimator", "times as long"], rows)
        + "\nA Gaussian process is compared with one Cholesky factorisation by hand; scikit-learn's `fit` makes and "
        "factors the matrix twice, the second time for the marginal likelihood.\n"
        + "\nA matrix with its derivatives in all hyper-parameters, over the matrix alone, at "
        f"n = {found['gradients'][0]['n']}:\n\n" + table(["kernel", "hyper-parameters", "times as long"], steps)
    )


SECTIONS: dict[str, Callable[[Any, Any], str]] = {
    "gram": gram,
    "neural_tangents": neural_tangents,
    "architectures": architectures,
    "finite": finite,
    "regression": regression,
    "speed": speed,
    "estimators": estimators,
}


def page(results: Path = RESULTS) -> str:
    """The whole page; ValueError where the machine is not known."""
    described = read_json(results / "machine.json")
    if described is None:
        raise ValueError(f"results must hold machine.json, which `python -m benchmarks.machine` writes; got {results}")
    parts = [_HEAD, machine(described)]
    for name, write in SECTIONS.items():
        found = read_json(results / f"{name}.json")
        if found is not None:
            parts.append(write(found, described["rates"]))
    return "".join([*parts, _TAIL])


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page."""
    summary = (__doc__ or "").split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=summary)
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--out", type=Path, default=PAGE)
    options = parser.parse_args(arguments)
    write_atomically(options.out, page(options.results))
    print(f"written to {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
