"""Plots in characters: what stands where, scales, ticks, legends."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

import kernelspec as ks
from kernelspec.cli.characters import colours_wanted, drawn, letters_of


def axes(**settings: Any) -> Any:
    """Empty axes of a figure that nobody shows."""
    found = Figure().add_subplot()
    found.set(**settings)
    return found


def body(text: str, bar: str) -> list[str]:
    """The letters right of the vertical axis, line by line."""
    return [line.partition(bar)[2] for line in text.splitlines() if bar in line]


@pytest.mark.parametrize("letters, bar", [(True, "\u2502"), (False, "|")])
def test_a_falling_line_falls(letters: bool, bar: str) -> None:
    ax = axes(xlim=(0, 1), ylim=(0, 1))
    ax.plot([0, 1], [1, 0])
    rows = body(drawn(ax, 60, 12, letters), bar)
    assert len(rows) == 12 and rows[0][0] != " " and rows[-1].strip()
    starts = [len(row) - len(row.lstrip()) for row in rows]
    assert starts == sorted(starts) and starts[-1] > 45


def test_marks_tell_series_apart_without_colours() -> None:
    ax = axes(xlim=(0, 10), ylim=(0, 10), xlabel="degree $k$", ylabel=r"eigenvalue $|\mu_k|$")
    ax.plot([2], [2], "o", label="even")
    ax.plot([8], [8], "s", label=r"odd, $k^{-4}$")
    ax.axhline(5)
    text = drawn(ax, 60, 11, True)
    rows = body(text, "\u2502")
    assert "x" in rows[2] and "o" in rows[8] and set(rows[5]) == {"."}
    assert "  o  even" in text and "  x  odd, k^(-4)" in text
    assert "degree k" in text and "eigenvalue |mu_k|" in text
    coloured = drawn(ax, 60, 11, True, colours=True)
    assert "\x1b[36m" in coloured and "\x1b[33m" in coloured and " o " not in coloured


def test_logarithmic_ticks_are_numbers() -> None:
    ax = axes(xscale="log", yscale="log")
    ax.plot([1, 1000], [1e-12, 1e-3])
    text = drawn(ax, 80, 20, False)
    assert len(set(re.findall(r"^ ?1e-([4-9]|1[0-2]) ", text, re.MULTILINE))) >= 4  # which ones is matplotlib's choice
    assert [tick for tick in ("1", "10", "100", "1000") if f" {tick}" in text.splitlines()[-1]] != []
    for y in ((2.0, 7.0), (2.0, 2.5)):  # less than a decade
        ax = axes(xscale="log", yscale="log")
        ax.plot([1, 1000], y)
        assert "times" not in drawn(ax, 80, 20, False)
        labelled = [line for line in drawn(ax, 80, 20, False).splitlines() if line[:1].strip()]
        assert len(labelled) >= 2


@pytest.mark.parametrize("width", [40, 60, 120])
def test_no_line_is_too_long(width: int) -> None:
    text = drawn(ks.ntk(3).spectrum(4).plot(kmax=50), width, 15, False)
    lines = text.splitlines()
    assert max(map(len, lines[: lines.index(next(x for x in lines if "degree" in x))])) <= width
    assert text.isascii()


def test_nan_parts_a_line_and_points_outside_are_left_out() -> None:
    ax = axes(xlim=(0, 1), ylim=(0, 1))
    ax.plot([0, 0.4, 0.5, 0.6, 1], [0.5, 0.5, np.nan, 0.5, 0.5])
    ax.plot([5], [5], "o", label="far")
    (row,) = [row for row in body(drawn(ax, 63, 11, False), "|") if "." in row]
    assert ". " in row.strip() and "o" not in row


def test_streams() -> None:
    ascii_stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    assert not letters_of(ascii_stream) and not colours_wanted(ascii_stream)
    assert letters_of(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
