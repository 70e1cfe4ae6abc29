"""The views of the page about images: an architecture, its maps, deformations against their bound, recovery."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from . import signals
from .address import Fields
from .deformations import KINDS as KINDS
from .deformations import STRONGEST as STRONGEST
from .deformations import displacement, field_code, general_code
from .fields import chosen, decimal, kernel, sentence, whole
from .image_pictures import Panel, pictures
from .network_code import network_code
from .view import View, escape, fact, facts, look, noticed, picture, plain_ticks, shown_table

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from ..ckn import Network
    from ..numbers.checks import FloatArray

POOLS = ("none", "gaussian", "average", "strided")
BORDERS = ("zero", "circular", "valid")
EXAMPLES = (
    ("3|exponential(0.6)|gaussian2|2~3|exponential(0.6)|gaussian3|3", "two-layer CKN"),
    ("3|arccos(1)|gaussian2c|2~3|arccos(1)|gaussian2c|2", "two ReLU layers"),
    ("3|arccos(1)|gaussian1c|2~3|arccos(1)|gaussian1c|5", "a stride too wide to recover"),
    ("5|arccos(1)|average2|2", "one layer, means"),
    ("3|ntk(2)|gaussian1c|2~3|arccos(1)|gaussian1c|2~3|arccos(1)|none|1", "three layers"),
)
LAYERS = 4  # at most
_CURVE = tuple(STRONGEST * i / 8 for i in range(1, 9))
_ROW = re.compile(r"\s*(\d+)\s*\|([^|~]+)\|\s*(none|gaussian|average|strided)\s*(\d*)(c?)\s*\|\s*(\d+)\s*")
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Row:
    """One layer as it is typed: patch, kernel's expression, pooling (kind, scale, whether centred) and stride."""

    patch: int
    kernel: str
    pool: str = "none"
    scale: int = 1
    centred: bool = False
    stride: int = 1

    def text(self) -> str:
        """The row as in an address: 3|arccos(1)|gaussian2c|2."""
        scale = f"{self.scale}{'c' * self.centred}" if self.pool in ("gaussian", "average") else ""
        return f"{self.patch}|{self.kernel.strip()}|{self.pool}{scale}|{self.stride}"


def rows_of(text: str) -> tuple[Row, ...]:
    """The layers that a text describes; ValueError that names the layer and what is wrong with it.

    >>> rows_of("3|arccos(1)|gaussian2c|2~3|linear()|none|1")[0]
    Row(patch=3, kernel='arccos(1)', pool='gaussian', scale=2, centred=True, stride=2)
    """
    parts = text.split("~")
    if len(parts) > LAYERS:
        raise ValueError(f"layers must be at most {LAYERS}; got {len(parts)}")
    rows = []
    for number, part in enumerate(parts, start=1):
        match = _ROW.fullmatch(part)
        if match is None:
            raise ValueError(
                f"layer {number} must be patch|kernel|pool|stride, such as 3|arccos(1)|gaussian2|2; got {part!r}"
            )
        patch, expression, pool, scale, centred, stride = match.groups()
        rows.append(Row(int(patch), expression.strip(), pool, int(scale or 1), bool(centred), int(stride)))
    return tuple(rows)


def text_of(rows: Iterable[Row]) -> str:
    """The text that describes layers."""
    return "~".join(row.text() for row in rows)


def network(text: str, border: str = "zero", normalized: bool = False) -> Network:
    """The network that a text describes; ValueError that names the layer and what is wrong with it."""
    from .. import ckn

    chosen("border", border, BORDERS)
    layers = []
    for number, row in enumerate(rows_of(text), start=1):
        pools = {
            "none": lambda row=row: None,
            "gaussian": lambda row=row: ckn.gaussian(row.scale, centred=row.centred),
            "average": lambda row=row: ckn.average(row.scale, centred=row.centred),
            "strided": lambda row=row: ckn.strided(),
        }
        try:
            if "L" in row.kernel and re.search(r"\bL\b", row.kernel):
                raise ValueError("kernel must be an expression without L; here every layer has a row")
            layers.append(ckn.Layer(row.patch, kernel(row.kernel), pools[row.pool](), row.stride, border, normalized))
        except (ValueError, TypeError) as error:
            raise ValueError(f"layer {number}: {sentence(error)}") from None
    return ckn.Network(layers)


FIELDS = Fields(
    {
        "source": ("ring", lambda text: chosen("source", text, signals.SOURCES)),
        "layers": (EXAMPLES[0][0], lambda text: text_of(rows_of(text))),
        "border": ("zero", lambda text: chosen("border", text, BORDERS)),
        "normalized": (False, lambda text: chosen("normalized", text, ("0", "1")) == "1"),
        "field": ("smooth", lambda text: chosen("field", text, KINDS)),
        "strength": (0.1, lambda text: decimal("strength", text, 0.0, STRONGEST)),
        "scale": (4.0, lambda text: decimal("scale", text, 1.0, 16.0)),
        "seed": (0, lambda text: whole("seed", text, 0, 10**6)),
        "tangent": (False, lambda text: chosen("tangent", text, ("0", "1")) == "1"),
    }
)


def problem(text: str, border: str, normalized: bool, shape: tuple[int, ...]) -> str:
    """The sentence that says why there is no such network on images of a shape; empty where there is one."""
    try:
        network(text, border, normalized).shapes((1, *shape), "last")
    except Exception as error:  # the rows show whatever is wrong
        return sentence(error)
    return ""


def architecture(
    layers: str, border: str, normalized: bool, source: str, x: ArrayLike | None = None, file: str = "", made: str = ""
) -> View:
    """The network's diagram, and the sizes of its maps.

    Parameters
    ----------
    layers, border, normalized : the network, as for `network`.
    source : the name of a built-in image or signal.
    x, file : one that was read from a file, and the file's name.
    made : the name of a file that is otherwise made at a click.
    """
    from ..views import drawing

    net, x = network(layers, border, normalized), given(source, x)
    shapes = net.shapes((1, *x.shape), "last")
    table = shapes.table()
    boxes = 1 + sum(1 + (layer.pool is not None) for layer in net.layers)
    with noticed() as notes, look():
        ax = net.diagram((1, *x.shape), drawing.axes(width=1.35 * boxes + 1.2, height=1.9), "last")
        words = f"The maps of {net!r} to scale, from the input of {x.shape} on"
        shown, files = picture(ax.figure, words, "architecture", made)
    code = network_code(
        net, source, file, "shapes = net.shapes((1, *x.shape))", "print(shapes)", "ax = net.diagram((1, *x.shape))"
    )
    files |= {"sizes.csv": table.to_csv(), "sizes.tex": table.to_latex()}
    html = f'<div class="ks-wide">{shown}</div>{shown_table(table)}'
    return View(html, code, files, tuple(notes), {"shapes": [list(map(list, shape)) for shape in shapes]})


def maps(
    layers: str, border: str, normalized: bool, source: str, x: ArrayLike | None = None, file: str = "", made: str = ""
) -> View:
    """The norms of every map, position by position; the arguments are those of `architecture`."""
    net, x = network(layers, border, normalized), given(source, x)
    found = net.maps(x[None], channels="last")
    panels = [("x", x), *((m.name, np.asarray(m.values[0])) for m in found[1:])]
    with noticed() as notes, look():
        named = ", ".join(f"{name} {values.shape}" for name, values in panels)
        shown, files = picture(pictures(panels), f"The norms of the maps: {named}", "maps", made)
    code = network_code(
        net,
        source,
        file,
        "for m in net.maps(x[None], channels='last'):",
        "    print(m.name, m.values.shape, m.values.max())",
    )
    data = {m.name: np.asarray(m.values[0]).tolist() for m in found}
    return View(shown, code, files, tuple(notes), data)


def deformation(
    layers: str,
    border: str,
    normalized: bool,
    source: str,
    kind: str,
    strength: float,
    scale: float,
    seed: int,
    tangent: bool,
    x: ArrayLike | None = None,
    file: str = "",
    made: str = "",
) -> View:
    """An image and what a field makes of it: how far it moves in the RKHS, and how far any image can.

    Parameters
    ----------
    kind, strength, scale, seed : the field, as for `displacement`.
    tangent : whether distances are those of the tangent kernel.

    The others are those of `architecture`.
    """
    from ..ckn import stability

    net, x = network(layers, border, normalized), _compared(given(source, x))
    tau = displacement(kind, strength, scale, seed, x.shape[:-1])
    moved = stability.warp(x, tau, "circular" if border == "circular" else "zero", "last")
    apart = float(stability.measured(net, x, tau, tangent, channels="last"))
    norm = float(net.norms(x[None], tangent, channels="last")[0]) / float(np.linalg.norm(x))
    with noticed() as notes:
        bound = stability.bound(net, tau, tangent)
    with noticed() as more, look():
        figure = pictures([("x", x), ("deformed", moved), ("displacements", tau)])
        words = f"The image, the image deformed by {tau.name}, and the displacements"
        drawn, files = picture(figure, words, "deformation", made)
    shown = facts(
        fact("moves by |Φ(Lx) − Φ(x)| / |x|", f"{apart:.6g}"),
        fact("bound, for every image", f"{bound.value:.6g}"),
        fact("share of the bound", f"{apart / bound.value:.2%}" if bound.value else "–"),
        fact("|Φ(x)| / |x|", f"{norm:.6g}"),
        fact("largest displacement, gradient", f"{tau.sup:.3g} px, {tau.grad_sup:.3g}"),
    )
    source_words = escape(f"The bound is {'proved' if bound.proved else 'not proved for pixels'}: {bound.source}.")
    code = network_code(
        net,
        source,
        file,
        field_code(kind, strength, scale, seed, x.shape[:-1]),
        f"print(stability.measured(net, x, tau, tangent={tangent}, channels='last'))",
        f"print(stability.bound(net, tau, tangent={tangent}))",
        more="\nfrom kernelspec.ckn import stability",
    )
    html = f'{shown}<p class="ks-quiet">{source_words}</p>{drawn}'
    data = {"measured": apart, "bound": bound.value, "norm": norm, "terms": dict(bound.terms)}
    return View(html, code, files, (*notes, *more), data)


def curve(
    layers: str,
    border: str,
    normalized: bool,
    source: str,
    kind: str,
    scale: float,
    seed: int,
    tangent: bool,
    x: ArrayLike | None = None,
    file: str = "",
    made: str = "",
    progress: Progress = lambda done, total, text: None,
) -> View:
    """Measured distances and bounds over the strength of the deformation; the arguments are those of `deformation`."""
    from ..ckn import stability
    from ..results.tables import Table
    from ..views import drawing

    net, x = network(layers, border, normalized), _compared(given(source, x))
    rows = []
    for done, strength in enumerate(_CURVE):
        progress(done, len(_CURVE), f"strength {strength:.3g}")
        tau = displacement(kind, strength, scale, seed, x.shape[:-1])
        apart = float(stability.measured(net, x, tau, tangent, channels="last"))
        rows.append({"strength": strength, "measured": apart, "bound": stability.bound(net, tau, tangent).value})
    table = Table(rows, caption=f"Deformation of an image by {KINDS[kind]}")
    with noticed() as notes, look():
        ax = drawing.axes(width=5.2)
        for place, name in enumerate(("measured", "bound")):
            ax.plot(_CURVE, table.column(name), label=name, **drawing.line(place, marker=True))
        ax.set(xlabel="strength of the deformation", ylabel="|Φ(Lx) − Φ(x)| / |x|", yscale="log")
        drawing.legend(plain_ticks(ax))
        words = "Measured distance and bound over the strength of the deformation"
        shown, files = picture(ax.figure, words, "curve", made)
    make = field_code(kind, 0.1, scale, seed, x.shape[:-1])
    strengths = f"for strength in {list(_CURVE)}:"
    body = make.replace("0.1", "strength") if kind == "smooth" else general_code(kind, x.shape[:-1])
    code = network_code(
        net,
        source,
        file,
        strengths,
        f"    {body}",
        f"    print(strength, stability.measured(net, x, tau, tangent={tangent}, channels='last'), "
        f"stability.bound(net, tau, tangent={tangent}).value)",
        more="\nfrom kernelspec.ckn import stability" + ("\nimport math" if kind == "rotation" else ""),
    )
    files |= {"curve.csv": table.to_csv(), "curve.tex": table.to_latex()}
    return View(shown, code, files, tuple(notes), {"rows": rows})


def recovery(
    layers: str, border: str, normalized: bool, source: str, x: ArrayLike | None = None, file: str = "", made: str = ""
) -> View:
    """What linear functions read back from the last map; the arguments are those of `architecture`."""
    from ..ckn import recovery as rec

    net, x = network(layers, border, normalized), _compared(given(source, x))
    known = rec.readout(net, (1, *x.shape))
    table = known.table()
    panels: list[Panel] = [("x", x)]
    html = ""
    data: dict[str, object] = {"rank": known.rank, "columns": known.columns}
    lines = ["known = recovery.readout(net, (1, *x.shape))", "print(known)"]
    try:
        back = rec.reconstruct(net, rec.read(net, x[None], channels="last"), (1, *x.shape), channels="last")[0]
    except (ValueError, NotImplementedError) as error:
        html = f'<p class="ks-note">Not read back: {escape(sentence(error))}.</p>'
    else:
        missed = float(np.linalg.norm(back - x) / np.linalg.norm(x))
        data["error"] = missed
        panels.append(("read back", back))
        html = facts(fact("relative error of what comes back", f"{missed:.3g}"))
        lines += [
            "found = recovery.read(net, x[None], channels='last')",
            "back = recovery.reconstruct(net, found, (1, *x.shape), channels='last')[0]",
            "print(abs(back - x).max())",
        ]
    if known.null_vector is not None:
        panels.append(("a signal that all readings miss", known.null_vector))
        lines.append("print(known.null_vector)   # a signal that all readings miss")
    answer = (
        "The readings determine every signal."
        if known.injective
        else f"The readings determine {known.rank} of {known.columns} dimensions of a channel."
    )
    with noticed() as notes, look():
        words = ", ".join(name for name, _ in panels)
        drawn, files = picture(pictures(panels), words, "recovery", made)
    code = network_code(net, source, file, *lines, more="\nfrom kernelspec.ckn import recovery")
    files |= {"recovery.csv": table.to_csv(), "recovery.tex": table.to_latex()}
    shown = f"<p>{answer}</p>{html}{drawn}{shown_table(table)}"
    return View(shown, code, files, tuple(notes), data)


def given(source: str, x: ArrayLike | None) -> FloatArray:
    """What was read from a file, or the built-in image or signal of a name."""
    return signals.built_in(source) if x is None else np.asarray(x, dtype=np.float64)


def _compared(x: FloatArray) -> FloatArray:
    """A signal with which others are compared: ValueError where it is 0, and nothing is a share of it."""
    if not np.any(x):
        raise ValueError("the image must not be 0 everywhere: what is shown are shares of its norm")
    return x
