"""Pieces of HTML: escaped text, what folds, and a sparkline as inline SVG, for light pages and dark ones."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Sequence

_WIDTH, _HEIGHT, _PAD = 240.0, 64.0, 6.0


def paragraph(text: str) -> str:
    """Text as a paragraph."""
    return f"<p>{html.escape(text)}</p>"


def folded(title: str, body: str) -> str:
    """A body of HTML that unfolds under its title."""
    return f"<details><summary>{html.escape(title)}</summary>{body}</details>"


def listed(items: Sequence[str]) -> str:
    """Sentences as a numbered list."""
    return f"<ol>{''.join(f'<li>{html.escape(item)}</li>' for item in items)}</ol>"


def shown(parts: Callable[[], str], otherwise: str) -> str:
    """HTML, or, where what it shows cannot be had, the plain text and the reason: a notebook's look raises nothing."""
    try:
        return parts()
    except (ValueError, ArithmeticError, NotImplementedError) as reason:
        return paragraph(otherwise) + paragraph(f"Not shown, because {reason}.")


def sparkline(series: Sequence[tuple[Sequence[float], Sequence[float]]], title: str) -> str:
    """Points of several series (x, y), each with its own mark, on one scale; what is not finite is left out."""
    points = [
        [(x, y) for x, y in zip(xs, ys, strict=True) if math.isfinite(x) and math.isfinite(y)] for xs, ys in series
    ]
    every = [point for some in points for point in some]
    if not every:
        return ""
    left, right = min(x for x, _ in every), max(x for x, _ in every)
    low, high = min(y for _, y in every), max(y for _, y in every)

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - left) / (right - left) if right > left else 0.5
        up = (y - low) / (high - low) if high > low else 0.5
        return _PAD + across * (_WIDTH - 2 * _PAD), _HEIGHT - _PAD - up * (_HEIGHT - 2 * _PAD)

    marks = []
    for number, some in enumerate(points):
        hollow = 'fill="none" stroke="currentColor"' if number else 'fill="currentColor"'
        for point in some:
            x, y = place(*point)
            marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2" {hollow}/>')
    name = html.escape(title, quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{name}" width="{_WIDTH:.0f}" '
        f'height="{_HEIGHT:.0f}" viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}"><title>{html.escape(title)}</title>'
        f"{''.join(marks)}</svg>"
    )
