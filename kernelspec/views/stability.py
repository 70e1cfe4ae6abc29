"""Displacement fields, bounds of stability and norms as tables, plots and HTML."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..numbers.checks import flag, integer
from ..results.tables import Row, Table
from ..results.value_text import latex_math
from ..rkhs.checker import shown
from .drawing import Look, axes, legend, line, next_line
from .markup import folded, paragraph, sparkline

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..ckn.stability import Bound, Field
    from ..ckn.stability.norms import Norm

_ALONG = 10  # positions along an axis in a table
_ARROWS = 16  # and in a picture
_LINES = 17  # of the warped grid, along each axis
_FINE = 121  # points on each of them


# -- fields ------------------------------------------------------------------------------------------------


def field_table(tau: Field, step: int | None = None) -> Table:
    """See `Field.table`."""
    if step is None:
        step = max(1, -(-max(tau.shape) // _ALONG))
    step = integer("step", step, 1)
    places = np.stack(np.meshgrid(*(np.arange(0, n, step) for n in tau.shape), indexing="ij"), axis=-1).reshape(
        -1, tau.d
    )
    names = [f"u{axis}" for axis in range(tau.d)], [f"tau{axis}" for axis in range(tau.d)]
    rows = []
    for place, value in zip(places.tolist(), tau(places.astype(np.float64)).tolist(), strict=True):
        row: Row = dict(zip(names[0], place, strict=True))
        row |= dict(zip(names[1], value, strict=True))
        rows.append(row | {"size": math.hypot(*value)})
    columns = (*names[0], *names[1], "size")
    headings = {
        f"{name}{axis}": rf"${symbol}_{{{axis}}}$"
        for axis in range(tau.d)
        for name, symbol in (("u", "u"), ("tau", r"\tau"))
    }
    return Table(rows, columns, repr(tau), headings | {"size": r"$|\tau|$"})


def field_latex(tau: Field) -> str:
    """See `Field.latex`."""
    sup, grad = (_up(x) for x in (tau.sup, tau.grad_sup))
    return rf"|\tau|_\infty \leq {sup}, \quad |\nabla \tau|_\infty \leq {grad}"


def _up(x: float) -> str:
    return latex_math(float(shown(x, up=True)))


def field_html(tau: Field) -> str:
    """The suprema in words; of signals the displacement as a line of points."""
    out = paragraph(repr(tau))
    if tau.d == 1:
        values = tau.displacements()[:, 0].tolist()
        out += sparkline([(list(range(len(values))), values)], "tau over the positions")
    return out


def field_plot(
    tau: Field, ax: Axes | None = None, label: str | None = None, asymptote: bool | None = None, **more: Any
) -> Axes:
    """See `Field.plot`."""
    limits = asymptote is not None and flag("asymptote", asymptote)
    name = tau.name if label is None else label
    if tau.d == 1:
        return _plot_signal(tau, axes(ax), name, asymptote is None or limits, more)
    ax = axes(ax, 4.2, 4.2)
    first = not ax.has_data()
    number = next_line(ax)
    height, width = tau.shape
    for axis in (0, 1):
        for at in np.linspace(0, tau.shape[axis] - 1, _LINES):
            along = np.linspace(0, tau.shape[1 - axis] - 1, _FINE)
            points = np.empty((_FINE, 2))
            points[:, axis], points[:, 1 - axis] = at, along
            moved = points - tau(points)
            ax.plot(moved[:, 1], moved[:, 0], color="#999999", linewidth=0.6, zorder=1)
    rows, columns = (np.arange(0, n, max(1, -(-n // _ARROWS))) for n in tau.shape)
    u = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1).reshape(-1, 2).astype(float)
    moves = tau(u)
    look = {"color": line(number)["color"], "angles": "xy", "scale_units": "xy", "scale": 1}
    # Quiver's arrows are as wide as the axes say, and as long as the displacement.
    look |= {"width": 0.004, "zorder": 2, "label": name}
    ax.quiver(u[:, 1] - moves[:, 1], u[:, 0] - moves[:, 0], moves[:, 1], moves[:, 0], **look | more)
    if limits:
        from matplotlib.patches import Circle

        middle = ((width - 1) / 2, (height - 1) / 2)
        ax.add_patch(Circle(middle, tau.sup, fill=False, linestyle=":", linewidth=1.0))
    if first:
        ax.set(xlabel="column", ylabel="row", aspect="equal")
        ax.set_title(repr(tau), fontsize="small")
        ax.invert_yaxis()
    return ax


def _plot_signal(tau: Field, ax: Axes, name: str, limits: bool, more: Look) -> Axes:
    first = not ax.has_data()
    look = line(next_line(ax), **more)
    points = np.linspace(0, tau.shape[0] - 1, max(4 * tau.shape[0], _FINE))
    ax.plot(points, tau(points[:, None])[:, 0], label=name, **look)
    if limits:
        for side in (-tau.sup, tau.sup):
            ax.axhline(side, color=look["color"], linestyle=":", linewidth=0.9)
    if first:
        ax.set(xlabel="position $u$", ylabel=r"$\tau(u)$ in pixels")
    legend(ax)
    return ax


# -- bounds and norms ----------------------------------------------------------------------------------------


def bound_table(bound: Bound) -> Table:
    """See `Bound.table`."""
    rows = [{"term": name, "value": value} for name, value in bound.terms.items()]
    rows.append({"term": "bound", "value": bound.value})
    return Table(rows, ("term", "value"), bound.source)


def bound_latex(bound: Bound) -> str:
    """See `Bound.latex`."""
    return rf"\left|\Phi(L_\tau x) - \Phi(x)\right| \leq {_up(bound.value)}\,\left|x\right|"


def bound_html(bound: Bound) -> str:
    """The inequality, and the terms, folded."""
    statement, _, _ = repr(bound).partition("\n")
    return paragraph(statement) + folded("Terms", bound_table(bound)._repr_html_())


def bound_plot(
    bound: Bound, ax: Axes | None = None, label: str | None = None, asymptote: bool | None = None, **more: Any
) -> Axes:
    """See `Bound.plot`."""
    line_too = asymptote is None or flag("asymptote", asymptote)
    names = list(bound.terms)[::-1]
    ax = axes(ax, 6.0, 0.8 + 0.28 * max(len(names), 3))
    first = not ax.has_data()
    look = line(next_line(ax), **more)
    look.pop("linestyle", None)
    look.setdefault("alpha", 0.75)
    bars = ax.barh(names, [bound.terms[name] for name in names], label=label, **look)
    ax.bar_label(bars, fmt="%.3g", padding=2, fontsize="small")
    if line_too:
        ax.axvline(bound.value, color="black", linestyle="--", linewidth=0.9)
    if first:
        ax.set(xlabel=f"terms of the bound {bound.value:.4g} (dashed)")
        ax.margins(x=0.12)
    legend(ax)
    return ax


def norm_table(norm: Norm) -> Table:
    """See `Norm.table`."""
    row = {"value": norm.value, "upper": norm.upper, "failure": norm.failure, "steps": norm.steps}
    return Table([row], caption=repr(norm), digits={"value": 17, "upper": 17})


def norm_latex(norm: Norm) -> str:
    """See `Norm.latex`."""
    low = latex_math(float(shown(norm.value, up=False)))
    return rf"{low} \leq \left|A\right| \leq {_up(norm.upper)}"
