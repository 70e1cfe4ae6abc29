"""Convolutional networks, the sizes of their maps, and what can be read back of a signal, as tables, plots and HTML."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING, Any

from ..ckn.network import by
from ..kernels.zonal import Zonal
from ..numbers.checks import flag
from ..results.tables import Row, Table
from ..results.value_text import escaped_latex
from .drawing import axes, legend, line, next_line
from .markup import folded

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..ckn.doors import Exact
    from ..ckn.groups.network import Layer as GroupLayer
    from ..ckn.layers import Layer
    from ..ckn.network import Shapes
    from ..ckn.recovery import Readout

_OUTPUTS = {
    "sum": r"\sum_u \langle x_{n}(u), x'_{n}(u) \rangle",
    "mean": r"\langle \bar x_{n}, \bar x'_{n} \rangle",
    "orbit": r"\sum_u \langle \bar x_{n}(u), \bar x'_{n}(u) \rangle",
}


def table(net: Exact) -> Table:
    """See `ckn.Network.table`."""
    rows = []
    for number, layer in enumerate(net.layers, start=1):
        row = {
            "layer": number,
            "patch": layer.patch,
            "kernel": layer.kernel,
            "pool": None if layer.pool is None else repr(layer.pool),
            "stride": layer.stride,
            "border": layer.border,
            "normalized": layer.normalized,
        }
        if hasattr(layer, "rotations") and hasattr(layer, "turn_pool"):
            pool = layer.turn_pool
            words = pool if pool is None or isinstance(pool, str) else repr(pool)
            row |= {"rotations": str(layer.rotations), "turn_pool": words}
        rows.append(row)
    return Table(rows, caption=_caption(net))


def _caption(net: Exact) -> str:
    group = getattr(net, "group", None)
    where = f" on {group!r}" if group is not None else ""
    floor = f", floor {net.floor:g}" if net.floor else ""
    count = len(net.layers)
    return f"{count} layer{'s' * (count > 1)}{where}, output {net.output}{floor}"


def latex(net: Exact, full: bool = False) -> str:
    """See `ckn.Network.latex`."""
    kernel = f"K(x, x') = {_OUTPUTS[net.output].replace('{n}', f'{{{len(net.layers)}}}')}"
    layer = r"x_k = A_k M_k P_k\, x_{k-1}"
    if not flag("full", full):
        return rf"{kernel}, \quad {layer}"
    lines = [kernel, layer]
    for number, one in enumerate(net.layers, start=1):
        lines.append(rf"P_{{{number}}} x{_patches(one)}")
        lines.append(rf"\langle M_{{{number}}} z, M_{{{number}}} z' \rangle = {_patch_kernel(one.kernel)}")
        if one.pool is not None:
            name, step = escaped_latex(repr(one.pool)), f"{one.stride}\\," if one.stride > 1 else ""
            lines.append(
                rf"A_{{{number}}} x(i) = \sum_t h_{{{number}}}(t)\, x({step}i + t), \quad "
                rf"h_{{{number}}} = \mathrm{{{name}}}"
            )
        else:
            lines.append(rf"A_{{{number}}} = 1")
    aligned = " \\\\\n".join(text.replace(" = ", " &= ", 1) for text in lines)
    return f"\\begin{{aligned}}\n{aligned}\n\\end{{aligned}}"


def _patches(layer: Layer | GroupLayer) -> str:
    """What a patch reads."""
    offsets = rf"c = {_range(layer)}"
    measure = rf", \quad |z|^2 = \sum_c |z_c|^2/{layer.patch}^a" if layer.normalized else ""
    if not hasattr(layer, "rotations"):
        return rf"(u) = \left(x(u + c)\right)_{{{offsets}}}{measure}"
    turns = {"all": r"q \in G", "none": "q = 1"}.get(layer.rotations, rf"|q| \leq {layer.rotations}")
    return rf"(u, r) = \left(x(u + r c, r q)\right)_{{{offsets},\, {turns}}}{measure}"


def _range(layer: Layer | GroupLayer) -> str:
    offsets = layer.offsets
    return rf"{offsets[0]}, \ldots, {offsets[-1]}" if len(offsets) > 1 else str(offsets[0])


def _patch_kernel(kernel: object) -> str:
    if not isinstance(kernel, Zonal):
        return r"\langle z, z' \rangle^2"
    formula = kernel.latex_of("u")
    return rf"|z||z'|\,{formula if _is_one(formula) else f'({formula})'}, \quad u = \cos(z, z')"


def _is_one(formula: str) -> bool:
    """Whether a formula is one factor: no sum at its top level."""
    depth = 0
    for c in formula[1:]:
        depth += (c in "{(") - (c in "})")
        if c in "+-" and not depth:
            return False
    return True


def to_html(net: Exact) -> str:
    """The layers as a table, and what they compute, folded."""
    formula = html.escape(latex(net))
    return table(net)._repr_html_() + folded("What it computes", f"<p>${formula}$</p>")


def shapes_table(shapes: Shapes) -> Table:
    """See `Shapes.table`."""
    rows = [
        {
            "layer": number,
            "patch": layer.patch,
            "kernel": layer.kernel,
            "pool": None if layer.pool is None else repr(layer.pool),
            "stride": layer.stride,
            "input": by(shape.input),
            "patches": by(shape.patches),
            "output": by(shape.output),
        }
        for number, (layer, shape) in enumerate(zip(shapes.layers, shapes, strict=True), start=1)
    ]
    return Table(rows, caption=f"Sizes of the maps, {shapes.channels} channels")


# -- readouts ----------------------------------------------------------------------------------------------


def readout_table(readout: Readout) -> Table:
    """See `Readout.table`."""
    rows: list[Row] = []
    for number, stage in enumerate(readout.stages, start=1):
        missing = tuple(n - len(c) for n, c in zip(stage.positions, stage.covered, strict=True))
        rows.append(
            {
                "layer": number,
                "map": by(stage.positions),
                "readings": by(stage.readings),
                "rank": stage.rank,
                "columns": stage.columns,
                "condition": stage.condition,
                "deconvolution": stage.deconvolution,
                "transfer": stage.transfer,
                "uncovered": by(missing),
            }
        )
    whole: Row = {"layer": None, "map": by(readout.positions), "readings": None, "rank": readout.rank}
    whole |= {"columns": readout.columns, "condition": readout.condition}
    rows.append(whole | dict.fromkeys(("deconvolution", "transfer", "uncovered")))
    headings = {"transfer": r"$\min |\hat h|$"}
    words = "injective" if readout.injective else "not injective"
    return Table(rows, caption=f"Linear readings, {words}", headings=headings)


def readout_plot(
    readout: Readout, ax: Axes | None = None, label: str | None = None, asymptote: bool | None = None, **more: Any
) -> Axes:
    """See `Readout.plot`."""
    bound = asymptote is None or flag("asymptote", asymptote)
    numbers = [*(stage.condition for stage in readout.stages), readout.condition]
    names = [*(f"layer {i}" for i in range(1, len(numbers))), "all"]
    ax = axes(ax)
    first = not ax.has_data()
    look = line(next_line(ax), **more)
    look.pop("linestyle", None)
    look.setdefault("alpha", 0.75)
    finite = [x if math.isfinite(x) else 1.0 for x in numbers]
    ax.bar(names, finite, label=label, **look)
    for place, x in enumerate(numbers):
        if not math.isfinite(x):
            ax.annotate("not injective", (place, 1.0), ha="center", va="bottom", rotation=90)
    product = math.prod(numbers[:-1])
    if bound and math.isfinite(product):
        ax.axhline(product, color=look["color"], linestyle="--", linewidth=0.9)
    if first:
        ax.set(yscale="log", ylabel="condition number")
        ax.set_ylim(bottom=1)
    legend(ax)
    return ax
