"""The benchmark of Gram matrices: its peer by hand is the same kernel, and its table says what is reached."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import kernelspec as ks
from benchmarks import gram


@pytest.mark.parametrize("kind", ["normal", "images"])
def test_the_peer_by_hand_is_the_tangent_kernel(kind: str) -> None:
    x = gram.data(200, "float64", kind)
    found, wanted = gram.by_hand(x, 4), ks.ntk(4).gram(x)
    apart = ~np.eye(len(x), dtype=bool)  # by hand the diagonal loses half of its digits
    assert np.max(np.abs(found - wanted)[apart]) < 1e-13 * np.max(wanted)


def test_rounds_take_the_least_of_each_call_in_turn() -> None:
    ticks, order = iter([0, 5, 5, 6, 10, 12, 20, 29]), []
    calls = [lambda: order.append("a"), lambda: order.append("b")]
    assert gram.rounds(calls, 2, lambda: next(ticks)) == [2, 1]
    assert order == ["a", "b", "a", "b"]


def test_a_small_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("threadpoolctl")
    monkeypatch.setattr(gram, "SIZES", (60, 80))
    monkeypatch.setattr(gram, "DEPTHS", (2,))
    assert gram.main(["--quick", "--out", str(tmp_path / "gram.json")]) == 0
    told = capsys.readouterr().out
    assert told.count("ntk(2) ") == told.count("laplace() ") == 4 and "two threads" in told
    assert (tmp_path / "gram.json").exists()


def test_errors_are_of_kappa_at_one() -> None:
    x = gram.data(120, "float32", "images")
    assert 1e-9 < gram.error(5 * ks.ntk(3), x) < 5e-7
