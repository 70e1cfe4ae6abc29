"""Spectra as tables, plots and HTML."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..numbers.checks import flag, integer
from ..results.tables import Table
from .drawing import axes, legend, line, next_line
from .markup import shown, sparkline

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..decay import Decay
    from ..spectrum import Spectrum

Array: TypeAlias = NDArray[Any]

HEADINGS = {"k": "$k$", "multiplicity": "$N(d, k)$", "mu": r"$\mu_k$", "log10": r"$\log_{10} |\mu_k|$"}
_SHOWN = 8  # eigenvalues in the look
_SPARKS = 24  # degrees in its sparkline, up to _FARTHEST
_FARTHEST = 200
_DENSE = 24  # degrees up to which a plot shows every one
LAW: dict[str, Any] = {"color": "black", "linestyle": ":", "linewidth": 1.0, "zorder": 3}
_MARKERS = (("o", "full"), ("s", "none"))  # of the even and the odd degrees


def table(s: Spectrum, degrees: Any = None, digits: int | None = None) -> Table:
    """See `Spectrum.table`."""
    k = s._degrees(slice(0, 20) if degrees is None else degrees, "degrees").ravel()
    caption = f"Eigenvalues of {s.kernel!r} on the sphere in R^{s.d}"
    counts = [int(n) for n in s.multiplicity(k)]
    if digits is None:
        found = s.values(k, estimate=True)
        mu, error, logs = found.value.tolist(), found.error.tolist(), found.log_abs.tolist()
        methods = [s.method(int(j)) for j in k]
    else:
        mu = s.certified(k, digits)
        error = [_relative_radius(ball) for ball in mu]
        logs = [_log(ball) for ball in mu]
        methods = ["exact zero" if ball == 0 else "enclosure" for ball in mu]
    rows = [
        {
            "k": int(k[i]),
            "multiplicity": counts[i],
            "mu": mu[i],
            "error": error[i],
            "log10": logs[i] / math.log(10),
            "method": methods[i],
        }
        for i in range(len(k))
    ]
    columns = ("k", "multiplicity", "mu", "error", "log10", "method")
    return Table(rows, columns, caption, HEADINGS, {"mu": 10, "error": 2})


def _relative_radius(ball: Any) -> float:
    from ..numbers.outward import upper_float

    return 0.0 if ball.is_exact() else upper_float(ball.rad() / ball.abs_lower())


def _log(ball: Any) -> float:
    return -math.inf if ball == 0 else float(abs(ball.mid()).log())


def plotted_degrees(kmax: int) -> Any:
    """Degrees 1, ..., kmax: every one up to 24, then pairs of neighbours at even distances of their logarithms."""
    first = np.arange(1, min(kmax, _DENSE) + 1)
    if kmax <= _DENSE:
        return first
    later = np.unique(np.geomspace(_DENSE, kmax - 1, 30).astype(np.int64))
    return np.unique(np.concatenate([first, later, later + 1]))


def chosen_degrees(s: Spectrum, kmax: int, degrees: Any) -> Any:
    """The degrees of a plot: those that are given, but for 0, or those up to `kmax`."""
    if degrees is None:
        return plotted_degrees(integer("kmax", kmax, 1))
    k = s._degrees(degrees, "degrees").ravel()
    return k[k > 0]


def plot(
    s: Spectrum,
    ax: Any = None,
    label: str | None = None,
    asymptote: bool | None = None,
    kmax: int = 100,
    degrees: Any = None,
    **more: Any,
) -> Axes:
    """See `Spectrum.plot`."""
    k = chosen_degrees(s, kmax, degrees)
    kmax = int(k.max(initial=1))
    law = decay_of(s, asymptote)
    ax = axes(ax)
    first = not ax.has_data()
    look = line(next_line(ax), **more)
    colour = look.pop("color")
    look.pop("linestyle")
    mu = s(k)
    name = f"{s.kernel!r}, d = {s.d}" if label is None else label
    for parity, (marker, fill) in enumerate(_MARKERS):
        chosen = (k % 2 == parity) & (mu != 0) & np.isfinite(mu)
        if chosen.any():
            words = f"{name}, {('even', 'odd')[parity]} k"
            style = {"marker": marker, "fillstyle": fill, "markersize": 4, "linestyle": "none"}
            ax.plot(k[chosen], np.abs(mu[chosen]), color=colour, label=words, **style | look)
        if law is not None:
            at = np.unique(np.geomspace(1, max(kmax, 3), 60).astype(np.int64))
            at, size = _asymptote(law, parity, np.unique(at + (at + parity) % 2))
            ax.plot(at, size, **LAW)
    if first:
        ax.set(xscale="log", yscale="log", xlabel="degree $k$", ylabel=r"eigenvalue $|\mu_k|$")
    legend(ax)
    return ax


def decay_of(s: Spectrum, wanted: bool | None) -> Decay | None:
    """The law whose lines are drawn: None where none is wanted, or none is known and none was asked for."""
    if wanted is not None and not flag("asymptote", wanted):
        return None
    try:
        law = s.kernel.decay(s.d)
    except (ValueError, NotImplementedError):
        if wanted:
            raise
        return None
    if any(parity.kind == "power" for parity in law.parities):
        return law
    if law.rate is not None and law.rate.asymptote is not None:
        return law
    if wanted:
        raise ValueError(
            f"asymptote must not be True for {s.kernel!r}, whose eigenvalues follow no power and no other known law"
        )
    return None


def _asymptote(law: Decay, parity: int, k: Array) -> tuple[Array, Array]:
    """Degrees of a parity and |mu_k| there by the law; none where it has none, or it is beyond the floats."""
    fate = law.parities[parity]
    if fate.kind == "power":
        k = k[k > max(1.0, float(fate.nu))]
        size = np.abs(law.at(k))
    elif fate.kind == "super-polynomial" and law.rate is not None and law.rate.asymptote is not None:
        import sympy

        symbol = sympy.Symbol("k", integer=True, nonnegative=True)
        size = np.array([float(abs(law.rate.asymptote.subs(symbol, int(j)))) for j in k])
    else:
        return k[:0], k[:0].astype(np.float64)
    return k[size > 0], size[size > 0]


def to_html(s: Spectrum) -> str:
    """The first eigenvalues as a table, and their logarithms over log k as a sparkline."""
    return shown(lambda: _html(s), repr(s))


def _html(s: Spectrum) -> str:
    first = table(s, slice(0, _SHOWN))
    k = plotted_degrees(_FARTHEST)
    k = k[np.unique(np.geomspace(1, len(k), _SPARKS).astype(int)) - 1]
    logs = s.log_abs(k)
    series = [(np.log(k[k % 2 == p]).tolist(), logs[k % 2 == p].tolist()) for p in (0, 1)]
    words = f"log |mu_k| over log k, up to k = {int(k[-1])}; full marks: even k, hollow ones: odd k"
    return first._repr_html_() + f"<div>{sparkline(series, words)}<br/><small>{html.escape(words)}</small></div>"
