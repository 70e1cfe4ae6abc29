"""Plans of ridge regressions as sentences, tables and plots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..numbers.checks import flag
from ..numbers.quantities import byte_text, counted, duration_text
from ..results.tables import Table
from .drawing import axes, legend, line, next_line
from .markup import listed, paragraph

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..learning.plan import Option, Plan


def text(plan: Plan) -> str:
    """See `Plan`."""
    return f"<Plan: {_sentence(plan)}>"


def _sentence(plan: Plan) -> str:
    first = plan.options[0]
    most = "" if first.fits else f", more than the {byte_text(plan.memory)} there are"
    what = f"{counted(len(plan.lambdas), 'lambdas')}, {counted(plan.outputs, 'outputs')}, {plan.dtype}"
    return f"n = {plan.n}, {what}: {_name(first)}, {duration_text(first.seconds)}, {byte_text(first.memory)}{most}"


def advice(plan: Plan) -> tuple[str, ...]:
    """See `Plan.advice`."""
    found = []
    if not plan.fits:
        found.append(
            f"No method fits into {byte_text(plan.memory)}: fewer points, float32, or a Nystrom approximation."
        )
    if plan.method == "cg" and plan.bounds is None:
        found.append(f"Up to {plan.break_even:.0f} steps for every lambda, cg costs less than factorisations.")
    if plan.least is not None and min(plan.lambdas) < plan.least:
        found.append(
            f"lambda = {min(plan.lambdas):.3g} is below {plan.least:.3g}, where rounding of K in {plan.dtype} decides."
        )
    if plan.condition is not None:
        found.append(f"cond(K + n lambda I) is at most {max(plan.condition):.3g}.")
    if plan.dimensions is not None:
        most = max(plan.dimensions)
        found.append(f"At most {most:.4g} directions are fitted, whatever the points: a Nystrom approximation with as "
                     "many components loses little.")  # fmt: skip
    if plan.bounds is not None:
        found.append(f"cg of rank {plan.rank} takes at most about {max(plan.bounds):.0f} steps, whatever the points.")
    return tuple(found)


def table(plan: Plan) -> Table:
    """See `Plan.table`."""
    names = ("method", "seconds", "memory (GiB)", "fits")
    rows = [
        dict(zip(names, (_name(each), each.seconds, each.memory / 2**30, each.fits), strict=True))
        for each in plan.options
    ]
    return Table(rows, names, _sentence(plan), digits={"seconds": 2, "memory (GiB)": 3})


def plot(
    plan: Plan, ax: Axes | None = None, label: str | None = None, asymptote: bool | None = None, **more: Any
) -> Axes:
    """See `Plan.plot`."""
    limit = asymptote is None or flag("asymptote", asymptote)
    ax = axes(ax)
    first = not ax.has_data()
    memory = [each.memory / 2**30 for each in plan.options]
    seconds = [each.seconds for each in plan.options]
    look = line(next_line(ax), marker=True) | {"linestyle": "none"} | more
    ax.plot(memory, seconds, label=label, **look)
    for x, y, each in zip(memory, seconds, plan.options, strict=True):
        below = each.overwrite  # beside the same method with a copy, at the same height
        ax.annotate(_name(each), (x, y), (4, -11 if below else 4), textcoords="offset points", fontsize="small")
    if limit:
        ax.axvline(plan.memory / 2**30, color="#888888", linestyle=":", linewidth=0.8)
    if first:
        ax.set(xscale="log", yscale="log", xlabel="memory (GiB)", ylabel="seconds")
        ax.margins(x=0.3, y=0.15)  # for the names beside the marks
    legend(ax)
    return ax


def html(plan: Plan) -> str:
    """The sentence, the table, the advice."""
    return paragraph(repr(plan)) + table(plan)._repr_html_() + (listed(plan.advice) if plan.advice else "")


def _name(option: Option) -> str:
    return option.method + (", overwrite" if option.overwrite else "")
