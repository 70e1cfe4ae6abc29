"""Views in processes of their own: answers, failures, progress, and an end at a click."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from kernelspec.explore import jobs
from kernelspec.explore.jobs import Answer, Slot
from kernelspec.explore.worker import run


@pytest.fixture(scope="module", autouse=True)
def processes() -> Iterator[None]:
    """The processes of these tests, ended after them."""
    jobs.pool().prepare()
    yield
    pool = jobs.pool()
    workers = [*pool.idle, *pool.busy]
    pool.close()
    assert all(not worker.alive for worker in workers)


class Shown:
    """What a slot delivered, and how to wait for it."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.slot = Slot(self.answers.append, self._start)

    def _start(self, work: Callable[[], None]) -> None:
        threading.Thread(target=work, daemon=True).start()

    def wait(self, *states: str, seconds: float = 90.0) -> Answer:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for answer in self.answers:
                if answer.state in states:
                    return answer
            time.sleep(0.02)
        raise AssertionError(f"no answer of {states}: {self.answers}")


SLOW: dict[str, Any] = {"text": "ntk(30)", "other": "ntk(29)", "depth": 3, "d": 500, "high": 1000}


def test_an_answer_comes_and_is_known_the_next_time() -> None:
    shown = Shown()
    shown.slot.ask("kernel.formulas", text="ntk(2)", depth=2, d=3, terms=2)
    found = shown.wait("done")
    assert "exact" in found.value.data
    again = Shown()
    again.slot.ask("kernel.formulas", text="ntk(2)", depth=2, d=3, terms=2)
    assert again.answers == [found]  # at once


def test_a_failure_is_a_sentence() -> None:
    shown = Shown()
    shown.slot.ask("kernel.formulas", text="ntk(", depth=2, d=3, terms=2)
    assert "not a kernel expression" in shown.wait("failed").value


def test_what_takes_long_shows_progress_and_stops_at_a_click() -> None:
    shown = Shown()
    shown.slot.ask("compare.verdict", **SLOW)
    assert shown.wait("running").seconds > 0.5
    (busy,) = jobs.pool().busy
    shown.slot.stop()
    shown.wait("stopped", seconds=5)
    assert not busy.alive
    shown.slot.ask("kernel.formulas", text="ntk(2)", depth=2, d=4, terms=2)
    shown.wait("done")  # another process has taken its place


def test_steps_of_progress_come_through() -> None:
    shown = Shown()
    layers = "~".join(["3|ntk(6)|gaussian1c|1"] * 3)
    arguments = {"layers": layers, "border": "zero", "normalized": False, "source": "colours"}
    shown.slot.ask("images.curve", **arguments, kind="smooth", scale=4.0, seed=0, tangent=False)
    end = time.monotonic() + 60
    while not any(answer.total for answer in shown.answers) and time.monotonic() < end:
        time.sleep(0.05)
    shown.slot.stop()
    assert any(answer.total == 8 and "strength" in answer.text for answer in shown.answers)


def test_the_newest_question_wins() -> None:
    shown = Shown()
    for terms in (1, 2, 3):
        shown.slot.ask("kernel.formulas", text="ntk(3)", depth=2, d=3, terms=terms)
    found = shown.wait("done")
    time.sleep(0.3)
    assert [a for a in shown.answers if a.state == "done"] == [found]
    assert "O(t^(3/2))" in found.value.data["expansion at 1"]


def test_what_was_dropped_is_not_delivered() -> None:
    shown = Shown()
    shown.slot.ask("kernel.formulas", text="rf(3)", depth=2, d=3, terms=1)
    shown.slot.drop()
    time.sleep(0.5)
    assert shown.answers == []


def test_without_processes_views_are_computed_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "emscripten")
    shown = Shown()
    shown.slot.ask("kernel.formulas", text="ntk(2)", depth=2, d=3, terms=2)
    assert [answer.state for answer in shown.answers] == ["done"]
    assert jobs.now("kernel.formulas", text="ntk(2)", depth=2, d=3, terms=2) == shown.answers[0].value


def test_a_wait_for_a_view_says_why_there_is_none() -> None:
    with pytest.raises(ValueError, match="d must be an integer"):
        jobs.now("kernel.spectrum", text="ntk(2)", depth=2, d=0, low=0, high=10)


def test_a_call_fails_in_words() -> None:
    state, words = run("images.network", {"text": "?"}, lambda *step: None)
    assert state == "failed" and "layer 1" in words


def test_nothing_starts_and_nothing_heavy_loads_at_import() -> None:
    script = """
import sys, threading
from kernelspec.explore import address, claims, compare, fields, front, images, jobs, kernel
from kernelspec.explore import layout, server, signals, view
assert threading.active_count() == 1
assert jobs._pool is None
for name in ("matplotlib", "marimo", "scipy", "sympy", "flint", "starlette", "uvicorn", "sklearn"):
    assert name not in sys.modules, name
"""
    subprocess.run([sys.executable, "-c", script], check=True)
