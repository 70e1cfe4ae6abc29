"""Plans of Gram matrices as sentences and tables."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from ..numbers.quantities import byte_text, counted, duration_text
from ..results.tables import Table

if TYPE_CHECKING:
    from ..learning.jobs.plans import GramPlan

_WIDTH = 112  # as docstrings have it


def sentence(plan: GramPlan) -> str:
    """See `GramPlan`."""
    pairs, workers, blocks = (counted(getattr(plan, things), things) for things in ("pairs", "workers", "blocks"))
    text = (
        f"{plan.kernel}, {plan.rows} x {plan.columns} {plan.dtype}: {pairs} at "
        f"{plan.pairs_per_second:.3g} a second and worker, {duration_text(plan.seconds)} with {workers}; "
        f"{blocks} of {plan.block}, {byte_text(plan.disk)} on disk, {byte_text(plan.memory)} a worker"
    )
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)


def table(plan: GramPlan) -> Table:
    """See `GramPlan.table`."""
    half = ", of which the half is computed" if plan.symmetric else ""
    rows = {
        "kernel": plan.kernel,
        "matrix": f"{plan.rows} x {plan.columns} {plan.dtype}{half}",
        "pairs": f"{plan.pairs}",
        "pairs a second and worker": f"{plan.pairs_per_second:.3g}",
        "workers": f"{plan.workers}",
        "time": duration_text(plan.seconds),
        "memory of a worker": byte_text(plan.memory),
        "disk": byte_text(plan.disk),
        "blocks": f"{plan.blocks} of {plan.block} x {plan.block}",
    }
    return Table([{"what": what, "plan": text} for what, text in rows.items()], ("what", "plan"), repr(plan))
