"""The views of the page about functions: membership and norm, approximation, effective dimension, sphere and cube."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from .address import Fields
from .fields import kernel, sentence, step_of, whole, with_depth
from .kernel import DEPTHS, made_by
from .kernel import DIMENSION_STEPS as _STEPS
from .view import WIDTH, View, escape, fact, facts, folded, look, noticed, picture, plain_ticks, points, tex

if TYPE_CHECKING:
    from ..results.tables import Table
    from ..rkhs import Space
    from ..rkhs.ridge import Function

EXAMPLES = (
    ("ntk(L) | relu(6)", "a smooth power"),
    ("ntk(L) | relu(1)", "a neuron"),
    ("rf(L) | abs_power(4) - ridge(relu(9/2), (3/5, 4/5, 0, 0))", "two directions"),
    ("ntk(2) | x1*x2*x3", "an odd polynomial"),
    ("ntk(L) | x1**2*x2 - x3", "the same kind, deeper"),
    ("ntk(L) | laplace()", "another kernel"),
    ("ntk(L) | step(1/2)", "a jump"),
    ("exponential(1) | rf(3)", "a smooth kernel"),
)
DIMENSION_STEPS = tuple(d for d in _STEPS if 3 <= d <= 100)
FIELDS = Fields(
    {
        "kernel": ("ntk(L)", str),
        "function": ("relu(6)", str),
        "depth": (3, lambda text: whole("depth", text, *DEPTHS)),
        "d": (4, lambda text: step_of("d", text, DIMENSION_STEPS)),
    }
)
_LAMBDAS = tuple(10.0 ** (-j / 2) for j in range(13))


def error_of(text: str, depth: int, d: int) -> str:
    """The sentence that says what is wrong with a function's text, empty where nothing is."""
    try:
        function_of(text, depth, d)
    except Exception as error:  # the field shows whatever is wrong
        return sentence(error)
    return ""


def norm(text: str, function: str, depth: int, d: int, made: str = "") -> View:
    """Whether the function is in the RKHS, at what norm, and why.

    Parameters
    ----------
    text, function : the expressions of the kernel and of the function.
    depth : what L stands for in them.
    d : the dimension.
    made : the name of a file that is otherwise made at a click.
    """
    space, f = _read(text, function, depth, d)
    with noticed() as notes:
        found = space.contains(f)
        value = space.norm(f) if found.member is not None else math.nan
    kind, words = {True: ("yes", "In the RKHS."), False: ("no", "Not in the RKHS."), None: ("", "Undecided.")}[
        found.member
    ]
    shown = {True: f"{value:.12g}", False: tex(r"\infty"), None: "not known"}[found.member]
    named = [fact("norm", shown)]
    with noticed() as more:
        try:
            smoothness = repr(space.smoothness)
        except (ArithmeticError, NotImplementedError, ValueError):  # no expansion is known
            smoothness = "not known"
    named.append(fact("smoothness of the RKHS", escape(smoothness)))
    parts = [f'<p class="ks-answer {kind}"><b>{words}</b> {escape(found.why)}</p>', facts(*named)]
    if found.proof:
        steps = "".join(f"<li>{escape(step)}</li>" for step in found.proof)
        parts.append(folded("The steps of the proof", f"<ol>{steps}</ol>"))
    code = f"""{_made(space, f)}
print(f)
found = H.contains(f)
print(found.member, found.why)
norm = H.norm(f) if found.member is not None else None
print(norm)"""
    if smoothness != "not known":
        code += "\nprint(H.smoothness)"
    table = found.table()
    files = {"proof.csv": table.to_csv(), "proof.tex": table.to_latex()} if found.proof else {}
    data = {"member": found.member, "why": found.why, "norm": value, "smoothness": smoothness}
    return View("".join(parts), code, files, (*notes, *more), data)


def approximation(text: str, function: str, depth: int, d: int, made: str = "") -> View:
    """How near functions of smaller norms come, in L2; parameters as for `norm`."""
    from ..views import drawing
    from ..views.spaces import radii_of

    space, f = _read(text, function, depth, d)
    radii = radii_of(space, f)
    with noticed() as notes, look():
        curve = space.approximation(f, radii)
        ax = plain_ticks(curve.plot(drawing.axes(width=WIDTH), label="distance", asymptote=True))
        words = f"Least L2 distance to {f!r} over functions of bounded norm in the RKHS of {space.kernel!r}, d = {d}"
        html, files = picture(ax.figure, words, "approximation", made)
    table = curve.table()
    files |= {"approximation.csv": table.to_csv(), "approximation.tex": table.to_latex()}
    code = f"""import numpy as np
{_made(space, f)}
curve = H.approximation(f, np.array({radii.tolist()}))
print(curve.table())
ax = curve.plot(asymptote=True)"""
    return View(html, code, files, tuple(notes), {"points": points(ax), "rows": list(table)})


def dimension(text: str, depth: int, d: int, made: str = "") -> View:
    """The effective dimension over lambda, on the sphere and on the cube; parameters as for `norm`."""
    from ..views import drawing

    k = kernel(text, depth)
    with noticed() as notes, look():
        ax = drawing.axes(width=WIDTH)
        tables = {}
        for name in ("sphere", "cube"):
            space = k.rkhs(d, domain=name)
            space.plot(ax, label=name, lam=_LAMBDAS)
            tables[name] = space.table(_LAMBDAS)
        words = f"Effective dimension of {k!r} over lambda, uniform data on the sphere and on the cube, d = {d}"
        html, files = picture(plain_ticks(ax).figure, words, "dimension", made)
    rows = [{"lam": row["lam"], "sphere": row["dimension"], "cube": other["dimension"]}
            for row, other in zip(tables["sphere"], tables["cube"], strict=True)]  # fmt: skip
    table = _table(rows, f"Effective dimension of {k!r}, d = {d}")
    files |= {"dimension.csv": table.to_csv(), "dimension.tex": table.to_latex()}
    code = f"""import kernelspec as ks

k = {made_by(k)}
lam = {list(_LAMBDAS)}
sphere, cube = (k.rkhs({d}, domain=name).effective_dimension(lam) for name in ("sphere", "cube"))
print(sphere, cube)"""
    return View(html, code, files, tuple(notes), {"rows": rows, "points": points(ax)})


def cube(text: str, depth: int, d: int, made: str = "") -> View:
    """The eigenvalues on the cube over those on the sphere, degree by degree; parameters as for `norm`."""
    from ..views import drawing

    k = kernel(text, depth)
    top = min(d, 40)
    degrees = np.arange(top + 1)
    with noticed() as notes, look():
        sphere, on_cube = k.spectrum(d)(degrees), k.spectrum(d, domain="cube")(degrees)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = on_cube / sphere
        ax = drawing.axes(width=WIDTH)
        known = np.isfinite(ratio) & (ratio > 0)
        ax.plot(degrees[known] ** 2 / d, ratio[known], label="cube / sphere", **drawing.line(0, marker=True))
        ax.axvline(1, color="#999999", linewidth=0.9)
        ax.set(yscale="log", xlabel="degree² / d", ylabel="ratio of the eigenvalues")
        ax.set_xscale("symlog", linthresh=0.1)
        ax.set_xlim(left=-0.01)
        words = (
            f"Ratios of the eigenvalues of {k!r} on the cube to those on the sphere over degree squared by d, d = {d}"
        )
        html, files = picture(ax.figure, words, "cube", made)
    columns = {"degree": degrees, "sphere": sphere, "cube": on_cube, "ratio": ratio}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*(c.tolist() for c in columns.values()), strict=True)]
    table = _table(rows, f"Eigenvalues of {k!r} on the sphere and on the cube, d = {d}")
    files |= {"cube.csv": table.to_csv(), "cube.tex": table.to_latex()}
    code = f"""import kernelspec as ks
import numpy as np

k, degrees = {made_by(k)}, np.arange({top + 1})
sphere, cube = k.spectrum({d})(degrees), k.spectrum({d}, domain="cube")(degrees)
with np.errstate(divide="ignore", invalid="ignore"):
    ratio = cube / sphere
print(ratio)"""
    return View(html, code, files, tuple(notes), {"rows": rows})


def _table(rows: list[dict[str, object]], caption: str) -> Table:
    from ..results.tables import Table

    return Table(rows, caption=caption)


def _made(space: Space, f: Function) -> str:
    return f"""import kernelspec as ks

H = {made_by(space.kernel)}.rkhs({space.d})
f = ks.rkhs.parse({repr(f)!r}, {space.d})"""


def _read(text: str, function: str, depth: int, d: int) -> tuple[Space, Function]:
    return kernel(text, depth).rkhs(d), function_of(function, depth, d)


def function_of(text: str, depth: int, d: int) -> Function:
    """The function on the sphere that a text describes, L being the depth; ValueError where there is none."""
    from ..rkhs import parse

    if not text.strip():
        raise ValueError("function must be an expression such as relu(2) or x1*x2; got an empty field")
    return parse(with_depth(text, depth), d)
