from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import regression as benchmark
from kernelspec.regression import ridge_path


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_what_is_compared_is_the_same_regression(dtype: str) -> None:
    K, y = benchmark.problem(80, dtype)
    assert K.dtype == dtype
    wanted = ridge_path(K, y, benchmark.LAMBDAS).coefficients
    for found in (
        benchmark.cholesky_by_hand(K, y, benchmark.LAMBDAS), benchmark.eigh_by_hand(K, y, benchmark.LAMBDAS)
    ):  # fmt: skip
        # Condition numbers below 1e3.
        rtol = 1e-11 if dtype == "float64" else 1e-3
        np.testing.assert_allclose(np.array(found), wanted, rtol=0, atol=rtol * np.abs(wanted).max())


def test_the_table_is_printed_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def problem(n: int, dtype: str, seed: int = 0, made: Any = benchmark.problem) -> Any:
        return made(40, dtype)

    monkeypatch.setattr(benchmark, "problem", problem)
    monkeypatch.setattr(benchmark, "peak_memory", lambda n, dtype, **keywords: 1.5)
    monkeypatch.setattr(benchmark, "crossover", lambda n, dtype, trials: 16.0)
    assert benchmark.main(["--quick", "--out", str(tmp_path / "x.json")]) == 0
    written = json.loads((tmp_path / "x.json").read_text())
    assert len(written["rows"]) == 12 and len(written["memory"]) == 8
    assert "1.50 matrices beyond K" in capsys.readouterr().out


def test_memory_is_that_of_another_process() -> None:
    """In place nothing of the matrix's size is needed; a copy is a matrix more."""
    # K has 50 MB; strips and blocks have some 10 to 15.
    in_place = benchmark.peak_memory(2500, "float64", method="cholesky", overwrite=True)
    copied = benchmark.peak_memory(2500, "float64", method="cholesky")
    assert in_place < 0.4 and 0.9 < copied - in_place < 1.1
