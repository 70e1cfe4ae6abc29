"""Learning curves, and what their law says, as tables and plots."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..numbers.checks import flag
from ..results.tables import Table
from .drawing import axes, legend, line, next_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..learning.comparison import Comparison
    from ..learning.laws import CurveLaw
    from ..rkhs.learning_curves import LearningCurve

_HEADINGS = {"kappa": r"$\kappa_n$", "overfitting": "$E_n$", "n": "$n$"}


def table(curve: LearningCurve) -> Table:
    """See `LearningCurve.table`."""
    several = zip(curve.n, curve.error, curve.train, curve.kappa, curve.overfitting, strict=True)
    rows = [{"n": int(n), "error": e, "train": t, "kappa": k, "overfitting": c} for n, e, t, k, c in several]
    return Table(rows, caption="Learning curve predicted from the spectrum", headings=_HEADINGS)


def plot(
    curve: LearningCurve, ax: Axes | None, label: str | None, asymptote: bool | None, train: bool, **more: Any
) -> Axes:
    """See `LearningCurve.plot`."""
    slope = asymptote is not None and flag("asymptote", asymptote)
    train = flag("train", train)
    ax = axes(ax)
    first = not ax.has_data()
    look = line(next_line(ax), **more)
    ax.plot(curve.n, curve.error, label=label, **look)
    if train and (curve.train > 0).any():
        ax.plot(curve.n, curve.train, **look | {"linestyle": "--"})
    rate = None if curve.law is None else curve.law.rate.value
    if slope and rate is not None and 0 < rate < math.inf and 0 < curve.error[-1] < math.inf:
        ends = curve.n[[0, -1]]
        ax.plot(ends, curve.error[-1] * (ends / ends[1]) ** -float(rate), color="0.6", linewidth=0.8, linestyle=":")
    if first:
        ax.set(xscale="log", yscale="log", xlabel="samples $n$", ylabel="squared error" if train else "test error")
    legend(ax)
    return ax


def law_table(law: CurveLaw) -> Table:
    """See `CurveLaw.table`."""
    names = ("question", "answer", "why")
    limit = "not known" if law.limit is None else str(law.limit)
    rows = [("overfitting", f"{law.overfitting or 'not decided'}, E_n tends to {limit}", law.overfitting_why)]
    for name, found in (
        ("exponent, lambda = 0", law.interpolation),
        ("exponent, lambda fixed", law.fixed),
        ("exponent, best lambda", law.optimal),
    ):
        rows.append((name, "not known" if found.value is None else str(found.value), found.why))
    caption = f"What the decay says for n to infinity: {law.title}"
    return Table([dict(zip(names, row, strict=True)) for row in rows], names, caption)


def law_text(law: CurveLaw) -> str:
    """See `CurveLaw.__repr__`."""
    kind, rate = law.overfitting or "overfitting not decided", law.rate.why
    return f"{kind[0].upper()}{kind[1:]}: {law.overfitting_why}\n{rate[0].upper()}{rate[1:]}"


def law_html(law: CurveLaw) -> str:
    """The sentences of `law_text`, each a paragraph."""
    from .markup import paragraph

    return "".join(map(paragraph, law_text(law).split("\n")))


def comparison_table(found: Comparison) -> Table:
    """See `Comparison.table`."""
    columns = {
        name: getattr(found, name) for name in ("n", "ratio", "lower", "upper", "p", "wilcoxon", "holm", "effect")
    }
    known = {name: each.tolist() for name, each in columns.items() if each is not None}
    rows = [dict(zip(known, row, strict=True)) for row in zip(*known.values(), strict=True)]
    words = {True: "yes", False: "no", None: "not decided"}
    rows = [row | {"matters": words[matters]} for row, matters in zip(rows, found.matters, strict=True)]
    one, other = found.names
    return Table([row | {"n": int(row["n"])} for row in rows], caption=f"Error of {one} over that of {other}")


def comparison_plot(found: Comparison, ax: Axes | None, label: str | None, asymptote: bool | None, **more: Any) -> Axes:
    """See `Comparison.plot`."""
    one = asymptote is None or flag("asymptote", asymptote)
    ax = axes(ax)
    first = not ax.has_data()
    look = line(next_line(ax), marker=True, **more)
    ax.plot(found.n, found.ratio, **{"label": " / ".join(found.names) if label is None else label, **look})
    ax.fill_between(found.n, found.lower, found.upper, color=look["color"], alpha=0.15, linewidth=0)
    if one and first:
        ax.axhline(1.0, color="0.6", linewidth=0.8)
    if first:
        ax.set(xscale="log", xlabel="samples $n$", ylabel="ratio of errors")
    legend(ax)
    return ax


def comparison_html(found: Comparison) -> str:
    """The sentences, and the table."""
    from .markup import listed

    return listed(found.sentences) + found.table()._repr_html_()
