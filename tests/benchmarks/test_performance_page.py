"""docs/performance.md is what the kept results say, and says it right."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks import page
from benchmarks.page import main, table

ROOT = Path(__file__).resolve().parents[2]
RATES = {"product": 1e11, "symmetric product": 1e11, "cholesky": 1e11, "copy": 1e10}
MACHINE = {
    "created": "2031-02-03T00:00:00Z",
    "machine": {"processor": "Abacus", "cores": 3},
    "versions": {"python": "3.99.0", "system": "Plan 9", "numpy": "9.9"},
    "rates": {"float32": RATES, "float64": RATES},
    "imports": {"python": 0.01, "numpy": 0.11, "kernelspec": 0.03, "first kernel": 0.16},
}


def write(folder: Path, **files: Any) -> None:
    for name, content in files.items():
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")


def cells(text: str, first: str) -> list[str]:
    """The cells of the only row that begins so."""
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {first} |")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_page_is_what_the_kept_results_say() -> None:
    assert page.page(ROOT / page.RESULTS) == (ROOT / page.PAGE).read_text(encoding="utf-8")


def test_commands_of_the_page_are_modules() -> None:
    for name in re.findall(r"python -m benchmarks\.(\w+)", (ROOT / page.PAGE).read_text(encoding="utf-8")):
        assert (ROOT / "benchmarks" / f"{name}.py").is_file(), name


def test_a_gram_matrix_beside_its_limit(tmp_path: Path) -> None:
    """2000 x 2000 floats of 4 bytes are 0.0016 s of writing at 10^10 bytes a second: 0.04 products of 0.04 s."""
    row = {"kernel": "ntk(7)", "n": 2000, "dtype": "float32", "data": "normal", "reached": False, "product": 0.04,
           "ratio": 2.08, "first": 3.0, "by hand": 5.25, "error": 2e-7}  # fmt: skip
    threads = [{"dtype": "float32", "times": 1.9}]
    write(tmp_path, machine=MACHINE, gram={"rows": [row], "memory": {"float32": 2**21}, "threads": threads,
                                           "load average": 0.5})  # fmt: skip
    text = page.page(tmp_path)
    assert cells(text, "`ntk(7)`")[2:] == ["2.08", "3.00", "5.2", "50 %", "2e-07"]
    assert (
        "costs 2.1 to 2.1 products" in text
        and "In float32:" in text
        and "1 of 1 rows missed" in text
        and "2 MiB in float32" in text
        and "1.90 in float32" in text
    )
    assert "Abacus with 3 cores, Plan 9" in text and "python 3.99.0" in text
    assert "Ridge regression" not in text
    assert "takes 0.20 times as long as `import numpy`" in text and "1.50 times: 0.030 and 0.160 s" in text


def test_a_regression_beside_its_limit(tmp_path: Path) -> None:
    """Four factorisations of n = 3000 are 3.6e10 flops, their solutions 4 * 2 n^2 * 10 = 0.072e10."""
    row = {"path": "cholesky", "n": 3000, "dtype": "float64", "way": "here", "seconds": 0.7344, "ratio": 1.25}
    crossover = [{"n": 3000, "dtype": "float64", "factorisations": 14.4}]
    memory = [{"method": "cholesky", "overwrite": True, "dtype": "float64", "matrices": 0.332}]
    write(tmp_path, machine=MACHINE, regression={"rows": [row], "crossover": crossover, "memory": memory})
    text = page.page(tmp_path)
    assert "at n = 3000 takes 1.25 times as long in float64" in text
    assert cells(text, "cholesky")[1:] == ["3000", "float64", "here", "1.25", "50 %"]
    assert cells(text, "cholesky, `overwrite`")[1:] == ["float64", "0.33"] and "14 at n = 3000" in text


def test_eigenvalues_beside_quadrature(tmp_path: Path) -> None:
    timings = [
        {"tool": "ours", "task": "mu_0..mu_9, cold", "seconds": 0.26, "error": 1e-15},
        {"tool": "ours", "task": "mu_k, k = 100, cold", "seconds": 0.02, "error": 2e-15},
        {"tool": "ours", "task": "mu_k, k = 100, first", "seconds": 5.0, "error": 2e-15},
        {"tool": "quad", "task": "mu_0", "seconds": 0.0003, "error": 4e-9},
    ]
    ratios = {"quad": {"mu_0..mu_9: at least this many times slower": 1234.0, "largest k measured with": -1}}
    reads = [{"kernel": "rf(2)", "d": 3, "ratio": 1.26, "slice": 1.0, "again": 0.004}]
    values = [{"kernel": "rf(3)", "dtype": "float32", "ratio": 3.04}]
    found = {"kernel": "ntk(3)", "d": 10, "timings": timings, "ratios": ratios, "reads": reads, "values": values}
    write(tmp_path, machine=MACHINE, speed=found)
    text = page.page(tmp_path)
    assert "| ours | mu_0..mu_9, cold | 13 | 1e-15 |" in text and "| ours | mu_k, k = 100, cold | 1 | 2e-15 |" in text
    assert "| quad | mu_0 | 0.015 | 4e-09 |" in text and ", first" not in text
    assert "| quad | 1200 | none |" in text and cells(text, "`rf(2)`")[1:] == ["3", "1.3", "250"]
    assert cells(text, "`rf(3)`")[1:] == ["float32", "3.0"]


def test_gram_matrices_beside_neural_tangents(tmp_path: Path) -> None:
    row = {"kernel": "ntk(7)", "n": 500, "dtype": "float32", "product": 0.02, "gram": 0.05, "peer": 0.6, "ratio": 12.0,
           "first": 0.1, "peer first": 2.5, "error": 1e-7, "peer error": 3e-7}  # fmt: skip
    write(tmp_path, machine=MACHINE, neural_tangents={"rows": [row], "versions": {"jax": "9.1"}})
    text = page.page(tmp_path)
    assert "takes 12.0 to 12 times as long as ours**: 500 rows" in text and "Versions: jax 9.1." in text
    assert cells(text, "`ntk(7)`")[1:] == ["float32", "2.5", "30.0", "12.0", "25", "1e-07", "3e-07"]


def test_estimators_beside_precomputed_matrices(tmp_path: Path) -> None:
    fits = [{"estimator": "SVR", "n": 400, "kernel": 3.0, "precomputed": 2.0, "ratio": 1.5}]
    steps = [{"kernel": "laplace(3)", "n": 200, "parameters": 2, "gradient": 0.3, "matrix": 0.1}]
    write(tmp_path, machine=MACHINE, estimators={"estimators": fits, "gradients": steps})
    text = page.page(tmp_path)
    assert cells(text, "`SVR`")[1:] == ["1.50"] and cells(text, "`laplace(3)`")[1:] == ["2", "3.0"]
    assert "at n = 400" in text and "n = 200" in text


def test_a_table_of_markdown() -> None:
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n"


def test_results_without_a_machine_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"results must hold machine.json.*; got"):
        main(["--results", str(tmp_path), "--out", str(tmp_path / "page.md")])
    write(tmp_path, machine=MACHINE)
    assert main(["--results", str(tmp_path), "--out", str(tmp_path / "page.md")]) == 0
    assert (tmp_path / "page.md").read_text(encoding="utf-8").startswith("# Performance\n")
