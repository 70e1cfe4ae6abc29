"""Spectra on the Boolean cube as tables, plots and HTML, beside those on the sphere."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numbers.outward import upper_float
from ..results.tables import Table
from .drawing import Look, axes, legend, line, next_line
from .markup import shown, sparkline

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..spectrum.cube import CubeSpectrum

HEADINGS = {
    "k": "$k$",
    "multiplicity": r"$\binom{d}{k}$",
    "xi": r"$\xi_k$",
    "mu": r"$\mu_k$",
    "ratio": r"$\xi_k/\mu_k$",
}
_ROWS = 20
_SHOWN = 8
_MARKERS = (("o", "full"), ("s", "none"))  # of the even and the odd degrees


def table(s: CubeSpectrum, degrees: Any = None, digits: int | None = None) -> Table:
    """See `CubeSpectrum.table`."""
    chosen = s._degrees(slice(0, min(_ROWS, s.d + 1)) if degrees is None else degrees, "degrees").ravel()
    counts = [s.multiplicity(int(k)) for k in chosen]
    caption = f"Eigenvalues of {s.kernel!r} on the cube {{-1, 1}}^{s.d}"
    if digits is not None:
        balls = s.certified(chosen, digits)
        errors = [0.0 if x.is_exact() else upper_float(x.rad() / x.abs_lower()) for x in balls]
        rows = [
            {"k": int(k), "multiplicity": n, "xi": x, "error": e}
            for k, n, x, e in zip(chosen, counts, balls, errors, strict=True)
        ]
        return Table(rows, ("k", "multiplicity", "xi", "error"), caption, HEADINGS, {"error": 2})
    if s.d < 2:  # no sphere
        rows = [{"k": int(k), "multiplicity": n, "xi": xi} for k, n, xi in zip(chosen, counts, s(chosen), strict=True)]
        return Table(rows, ("k", "multiplicity", "xi"), caption, HEADINGS, {"xi": 10})
    columns = (s(chosen).tolist(), s.kernel.spectrum(s.d)(chosen).tolist(), s.ratio(chosen).tolist())
    rows = [
        {"k": int(k), "multiplicity": n, "xi": xi, "mu": mu, "ratio": ratio}
        for k, n, xi, mu, ratio in zip(chosen, counts, *columns, strict=True)
    ]
    return Table(rows, ("k", "multiplicity", "xi", "mu", "ratio"), caption + " and on the sphere", HEADINGS, {"xi": 10})


def plot(s: CubeSpectrum, ax: Axes | None = None, label: str | None = None, degrees: Any = None, **more: Any) -> Axes:
    """See `CubeSpectrum.plot`."""
    k = s._degrees(slice(1, s.d + 1) if degrees is None else degrees, "degrees").ravel()
    k = k[k > 0]
    ax = axes(ax)
    first = not ax.has_data()
    look = line(next_line(ax), **more)
    colour = look.pop("color")
    look.pop("linestyle")
    xi = s(k)
    name = f"{s.kernel!r}, cube, d = {s.d}" if label is None else label
    for parity, (marker, fill) in enumerate(_MARKERS):
        chosen = (k % 2 == parity) & (xi != 0)
        if chosen.any():
            words = f"{name}, {('even', 'odd')[parity]} k"
            style: Look = {"marker": marker, "fillstyle": fill, "markersize": 4, "linestyle": "none"}
            ax.plot(k[chosen], np.abs(xi[chosen]), color=colour, label=words, **style | look)
    if first:
        ax.set(xscale="log", yscale="log", xlabel="degree $k$", ylabel=r"eigenvalue $|\xi_k|$")
    legend(ax)
    return ax


def to_html(s: CubeSpectrum) -> str:
    """The first eigenvalues as a table, and the logarithms of all over log k as a sparkline."""
    return shown(lambda: _html(s), repr(s))


def _html(s: CubeSpectrum) -> str:
    first = table(s, slice(0, min(_SHOWN, s.d + 1)))
    k = np.unique(np.geomspace(1, s.d, 24).astype(int))
    logs = s.log_abs(k)
    series = [(np.log(k[k % 2 == p]).tolist(), logs[k % 2 == p].tolist()) for p in (0, 1)]
    words = f"log |xi_k| over log k, up to k = d = {s.d}; full marks: even k, hollow ones: odd k"
    return first._repr_html_() + f"<div>{sparkline(series, words)}<br/><small>{html.escape(words)}</small></div>"
