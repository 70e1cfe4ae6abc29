"""What is cited: `cite`, and what it returns."""

from __future__ import annotations

from typing import Any

import kernelspec as ks
from kernelspec.citations.bibliography import papers

from ..kinds import Given
from ..table import Row
from .shapes import record


def found() -> Any:
    return ks.cite(ks.matern(2.5))


ROWS = [
    Row(
        "cite",
        {"things": Given((ks.matern(2.5),), bad=((3,), ("ntk(3)",), (None,), ([1.5],), (object(),), (len,), (int,)))},
        lambda things: ["rasmussen2006gaussian", "stein1999interpolation"],
        read=lambda cited: [paper.key for paper in cited.papers],
    ),
    record("citations.Citations", reasons={papers()["cho2009kernel"]: ("arccos",)}),
    Row("citations.Citations.papers", {}, lambda: 2, found, read=len),
    Row("citations.Citations.table", {}, lambda: ["matern"] * 2, found, read=lambda table: table.column("for")),
]
