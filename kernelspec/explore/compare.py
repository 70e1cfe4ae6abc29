"""The views of the page about two kernels: the ratio of their eigenvalues, and whether their RKHSs are the same."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from .address import Fields
from .fields import kernel, whole
from .kernel import DEPTHS, STEPS, Integers, degrees, dimension_field, made_by, range_field
from .view import WIDTH, View, escape, fact, facts, folded, look, noticed, picture, plain_ticks, points, tex

if TYPE_CHECKING:
    from ..kernels.zonal import Zonal
    from ..results.tables import Table
    from ..rkhs.verdict import Verdict
    from .worker import Progress

T = TypeVar("T")

EXAMPLES = (
    ("ntk(L) | laplace()", "tangent kernel and Laplace"),
    ("ntk(3) | ntk(L)", "shallow and deep"),
    ("ntk(2) | ntk(3)", "two and three layers, no bias"),
    ("ntk(2, bias=True) | ntk(L)", "two layers with bias"),
    ("rf(L) | arccos(1)", "random features"),
    ("rf(3, degree=0) | rf(4, degree=0)", "step networks"),
    ("matern(3/2) | ntk(L)", "Matérn and tangent"),
    ("laplace() | laplace(c=2)", "two Laplace kernels"),
)
FIELDS = Fields(
    {
        "kernel": ("ntk(L)", str),
        "other": ("laplace()", str),
        "depth": (3, lambda text: whole("depth", text, *DEPTHS)),
        "d": (5, dimension_field),
        "to": (200, range_field("to")),
    }
)


def ratio(text: str, other: str, depth: int, d: int, high: int, made: str = "") -> View:
    """The ratio of the eigenvalues over the degrees, with its limits.

    Parameters
    ----------
    text, other, depth : the expressions, and what L stands for in them.
    d : the dimension.
    high : the last degree.
    made : the name of a file that is otherwise made at a click.
    """
    pair = _read(text, other, depth)
    return _figure(pair, d, high, _open(pair, d), "ratio", made)


def verdict(
    text: str,
    other: str,
    depth: int,
    d: int,
    high: int,
    made: str = "",
    progress: Progress = lambda done, total, text: None,
) -> View:
    """Whether the RKHSs are the same, with the proof, and the ratio inside the band that is proved."""
    from ..rkhs import same_rkhs

    def counted(steps: Iterable[T], total: int) -> Iterator[T]:
        for done, step in enumerate(steps, 1):
            progress(done, total, "steps of the proof")
            yield step

    pair = _read(text, other, depth)
    found = same_rkhs(*pair, d, progress=counted)
    figure = _figure(pair, d, high, found, "band", made)
    answer = {True: ("yes", "The same RKHS."), False: ("no", "Different RKHSs."), None: ("", "Undecided.")}
    kind, words = answer[found.same]
    parts = [f'<p class="ks-answer {kind}"><b>{words}</b> {escape(found.why)}</p>']
    if found.same and not found.lower:
        parts.append(facts(fact("constants of the equivalence", "there are some, which are not known")))
    elif found.same:
        low, high_ = _outward(found.lower, up=False), _outward(found.upper, up=True)
        parts.append(
            facts(
                fact("lower constant", low),
                fact("upper constant", high_),
                fact("norms of the RKHSs", tex(rf"{low}\,\|f\|^2 \le \|f\|'^2 \le {high_}\,\|f\|^2")),
            )
        )
    if found.proof is not None:
        steps = "".join(f"<li>{escape(step)}</li>" for step in found.proof.steps())
        parts.append(folded("The steps of the proof", f"<ol>{steps}</ol>"))
    code = f"""import kernelspec as ks
import numpy as np
from kernelspec.rkhs import recheck

v = ks.same_rkhs({made_by(pair[0])}, {made_by(pair[1])}, d={d})
print(v)
print(v.same, v.lower, v.upper)
if v.proof is not None:
    print(v.proof)
    print(recheck(v.proof.data()))   # the deduction again, in other arithmetic
ax = v.plot(degrees=np.array({figure.data["degrees"]}))"""
    data = {"same": found.same, "lower": found.lower, "upper": found.upper, "why": found.why}
    table = found.table()
    files = {**figure.files, "verdict.csv": table.to_csv(), "verdict.tex": table.to_latex()}
    return View(figure.html + "".join(parts), code, files, figure.notes, data)


def _open(pair: tuple[Zonal, Zonal], d: int) -> Verdict:
    """A verdict that says nothing yet, for its plot."""
    from ..rkhs.verdict import Verdict

    return Verdict(*pair, d, None, 0.0, math.inf, "", "", None)


def _figure(pair: tuple[Zonal, Zonal], d: int, high: int, found: Verdict, name: str, made: str) -> View:
    from ..views import drawing

    one, two = pair
    words = f"Ratio of the eigenvalues of {one!r} to those of {two!r} on the sphere in R^{d}"
    at = degrees(1, whole("to", high, 2, STEPS[-1]))
    with noticed() as notes, look():
        ax = found.plot(drawing.axes(width=WIDTH), degrees=at, label="ratio")
        shown, files = picture(plain_ticks(ax).figure, words, name, made)
    code = f"""import kernelspec as ks
import numpy as np

one, two = {made_by(one)}, {made_by(two)}
degrees = np.array({at.tolist()})
mu, other = one.spectrum({d}).values(degrees), two.spectrum({d}).values(degrees)
with np.errstate(over="ignore", invalid="ignore"):   # by logarithms: eigenvalues may lie below all floats
    ratio = mu.sign * other.sign * np.exp(mu.log_abs - other.log_abs)
print(ratio)"""
    files |= {f"{name}.csv": "", f"{name}.tex": ""}
    if made in (f"{name}.csv", f"{name}.tex"):
        table = _table(pair, d, at)
        files[made] = table.to_csv() if made.endswith(".csv") else table.to_latex()
    data = {"degrees": at.tolist(), "points": points(ax)}
    return View(shown, code, files, tuple(notes), data)


def _table(pair: tuple[Zonal, Zonal], d: int, at: Integers) -> Table:
    from ..results.tables import Table
    from ..views.verdicts import ratios

    one, two = (k.spectrum(d) for k in pair)
    columns = {"k": at, "mu": one(at), "other": two(at), "ratio": ratios(one, two, at)}
    rows = [
        dict(zip(columns, row, strict=True))
        for row in zip(*(column.tolist() for column in columns.values()), strict=True)
    ]
    caption = f"Eigenvalues of {pair[0]!r} and {pair[1]!r}, d = {d}"
    return Table(rows, caption=caption, headings={"k": "$k$", "ratio": r"$\mu_k/\mu'_k$"})


def _outward(value: float, up: bool) -> str:
    from ..rkhs.checker import shown

    return shown(value, up=up)


def _read(text: str, other: str, depth: int) -> tuple[Zonal, Zonal]:
    return kernel(text, depth), kernel(other, depth)
