"""One colour and one dash pattern a family of kernels, the same in every figure."""

from __future__ import annotations

from typing import Any

from figures import style

LOOKS: dict[str, dict[str, Any]] = {
    "RF": {"color": style.BLUE, "linestyle": "-"},
    "NTK": {"color": style.VERMILION, "linestyle": (0, (5, 1.2))},
    "Laplace": {"color": style.GREEN, "linestyle": (0, (1.2, 1))},
    "step": {"color": style.PURPLE, "linestyle": (0, (6, 1.5, 1.2, 1.5))},
    "ReLU^2": {"color": style.BLACK, "linestyle": (0, (8, 2))},
}


def look(family: str, rank: int = 1, **more: Any) -> dict[str, Any]:
    """Keywords for ``plot``; lines of higher rank (deeper networks) are thicker."""
    return LOOKS[family] | {"linewidth": 0.9 + 0.35 * rank} | more
