"""The views of the page about one kernel: its spectrum, eigenvalues, values near both ends, formulas and decay."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .address import Fields
from .ends import NEAREST, distances, ends_table, near_ends, whole_kernel
from .fields import decimal, kernel, sentence, step_of, whole
from .formulas import exact_eigenvalues, formula, latex_of, laws, tex_file, written_out
from .view import WIDTH, View, escape, fact, facts, look, noticed, panels, picture, plain_ticks, points, shown_table

if TYPE_CHECKING:
    from ..ckn.layers import Square
    from ..kernels.zonal import Zonal
    from ..results.tables import Row
    from ..spectrum import Spectrum

Integers: TypeAlias = NDArray[np.int64]

EXAMPLES = (
    ("ntk(L)", "tangent kernel of a ReLU network"),
    ("ntk(L, bias=True)", "with an input bias"),
    ("rf(L)", "random features (NNGP)"),
    ("rf(L, degree=0)", "step networks"),
    ("laplace()", "Laplace"),
    ("resnet(L, tangent=True)", "residual network"),
    ("mlp(L, slope=1/10, tangent=True)", "leaky ReLU"),
    ("dual('gelu')", "GELU"),
    ("matern(3/2)", "Matérn"),
    ("exponential(1)", "Gaussian"),
    ("0.5*arccos(1)@arccos(1) + laplace(c=2)", "a sum with a composition"),
)
DEPTHS = (2, 30)
DIMENSIONS = (2, 1000)
DIMENSION_STEPS = (*range(2, 31), 40, 50, 75, 100, 150, 200, 300, 500, 784, 1000)
TERMS = (1, 6)
# Where the range of degrees may end.
STEPS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000, 1_000_000)
_SHARE = 0.01
_SEVERAL = 8  # degrees that are all marked, before pairs of neighbours stand for the others
_PAIRS = 12
_ROWS = 24


def range_field(name: str) -> Callable[[str], int]:
    """What reads an end of a range of degrees from an address: one of the slider's."""
    return lambda text: step_of(name, text, STEPS)


def dimension_field(text: str) -> int:
    """The dimension in an address: one of the slider's."""
    return step_of("d", text, DIMENSION_STEPS)


FIELDS = Fields(
    {
        "kernel": ("ntk(L, bias=True)", str),
        "depth": (4, lambda text: whole("depth", text, *DEPTHS)),
        "d": (10, dimension_field),
        "from": (0, range_field("from")),
        "to": (200, range_field("to")),
        "terms": (3, lambda text: whole("terms", text, *TERMS)),
    }
)


def degrees(low: int, high: int, several: int = _SEVERAL, pairs: int = _PAIRS) -> Integers:
    """Degrees from `low` to `high`: the first ones all, then pairs of neighbours at even distances of their logarithms.

    >>> degrees(0, 100, 4, 3).tolist()
    [0, 1, 2, 3, 4, 5, 19, 20, 99, 100]
    """
    if high - low < several + 2 * pairs:
        return np.arange(low, high + 1)
    first = np.arange(low, low + several)
    later = np.geomspace(low + several, high - 1, pairs).astype(np.int64)
    return np.unique(np.concatenate([first, later, later + 1]))


def spectrum(text: str, depth: int, d: int, low: int, high: int, made: str = "") -> View:
    """The eigenvalues on log axes, with their asymptotes.

    Parameters
    ----------
    text, depth : the expression, and what L stands for in it.
    d : the dimension.
    low, high : the range of degrees, low < high.
    made : the name of a file that is otherwise made at a click.
    """
    from ..views import drawing

    k, s = _read(text, depth, d)
    at = degrees(max(_range(low, high), 1), high)
    words = f"Eigenvalues of {k!r} on the sphere in R^{d}, degrees {at[0]} to {at[-1]}, with their asymptotes"
    with noticed() as notes, look():
        ax = s.plot(drawing.axes(width=WIDTH), degrees=at)
        shown, files = picture(plain_ticks(ax).figure, words, "spectrum", made)
    code = f"""{_head(k, d)}
import numpy as np

degrees = np.array({at.tolist()})
ax = s.plot(degrees=degrees)   # even and odd degrees, and the law of decay of each"""
    return View(shown, code, files, tuple(notes), {"degrees": at.tolist(), "points": points(ax)})


def values(text: str, depth: int, d: int, low: int, high: int) -> View:
    """Some eigenvalues with their multiplicities, their errors, and the routes by which they were found."""
    from ..results.tables import Table

    k, s = _read(text, depth, d)
    at = degrees(_range(low, high), high, _ROWS // 2, _ROWS // 4)
    with noticed() as notes:
        table = s.table(degrees=at)
    code = f"""{_head(k, d)}
import numpy as np

table = s.table(degrees=np.array({at.tolist()}))   # pandas.DataFrame(table) takes it
print(table)
print(s.certified({_first(at)}, digits=20))   # any of them to any number of digits, proved"""
    files = {"eigenvalues.csv": table.to_csv(), "eigenvalues.tex": table.to_latex()}
    shown = Table([{**row, **_rounded(row)} for row in table], table.columns, table.caption, digits=10)
    return View(shown_table(shown), code, files, tuple(notes), {"rows": list(table)})


def _rounded(row: Row) -> Row:
    """What a person reads of an error and of a logarithm."""
    return {"error": float(f"{row['error']:.1e}"), "log10": float(f"{row['log10']:.5g}")}


def ends(text: str, depth: int, d: int, terms: int, made: str = "") -> View:
    """kappa on [-1, 1], and how it leaves its values at both ends, with the expansions there."""
    k, _ = _read(text, depth, d)
    with noticed() as notes, look():
        drawn = whole_kernel(k), near_ends(k, terms)
        pictures = [
            picture(ax.figure, words.format(k), name, made)
            for ax, (name, words) in zip(drawn, _ENDS.items(), strict=True)
        ]
    t = distances()
    table = ends_table(k, t)
    code = f"""import kernelspec as ks
import numpy as np

k = {made_by(k)}
ax = k.plot()
t = np.geomspace({NEAREST:g}, 2, {t.size})   # 1 - u, and 1 + u
theta = 2 * np.arcsin(np.sqrt(t / 2))    # the cosine is 1 - t, to all digits
right = k.of_angle(theta, defect=True)   # kappa(1) - kappa(1 - t), without cancellation
left = k.of_angle(np.pi - theta) - k.of_angle(np.pi)   # kappa(-1 + t) - kappa(-1)
print(k.expand(at=1, terms={terms}), k.expand(at=-1, terms={terms}), sep="\\n")"""
    files: dict[str, str | bytes] = {"ends.csv": table.to_csv()}
    for _, made_files in pictures:
        files = made_files | files
    shown = panels(*(shown for shown, _ in pictures))
    return View(shown, code, files, tuple(notes), {"rows": list(table)})


_ENDS = {
    "kernel": "kappa of {!r} on [-1, 1]",
    "ends": "kappa(1) - kappa(1 - t) and |kappa(-1 + t) - kappa(-1)| of {!r} over t on log axes",
}


def formulas(text: str, depth: int, d: int, terms: int) -> View:
    """The kernel written out, its exact expansions at both ends, and eigenvalues in closed form."""
    from ..numbers.exact_text import sympy_text

    k, s = _read(text, depth, d)
    parts = ["<h3>The kernel</h3>", written_out(k)]
    parts.append("<h3>Expansions at both ends</h3>")
    found: dict[str, object] = {"kernel": repr(k)}
    lines = []
    for at, argument in ((1, "1 - t"), (-1, "-1 + t")):
        try:
            series = k.expand(at=at, terms=terms)
        except (ValueError, NotImplementedError) as error:
            parts.append(f'<p class="ks-note">At u = {at}: {escape(sentence(error))}.</p>')
            continue
        found[f"expansion at {at}"] = str(series)
        lines.append(f"print(k.expand(at={at}, terms={terms}))")
        parts.append(formula(rf"\kappa({argument}) = {series.latex()}", str(series)))
    parts.append(f"<h3>Eigenvalues in closed form, d = {d}</h3>")
    exact = exact_eigenvalues(s)
    if isinstance(exact, str):
        parts.append(f'<p class="ks-note">{escape(exact)}.</p>')
    else:
        found["exact"] = {degree: sympy_text(mu) for degree, mu in exact.items()}
        lines.append(f"print([s.exact(j) for j in {sorted(exact)}])")
        parts += [formula(rf"\mu_{{{j}}} = {latex_of(mu)}", f"mu_{j} = {sympy_text(mu)}") for j, mu in exact.items()]
    code = "\n".join([_head(k, d), "print(k.latex(full=True))", *lines])
    return View("".join(parts), code, {"formulas.tex": tex_file(parts, k)}, (), found)


def decay(text: str, depth: int, d: int, low: int, high: int, made: str = "") -> View:
    """The laws of decay of both parities, exactly and in decimals, and the eigenvalues against them."""
    from ..views import drawing

    k, _ = _read(text, depth, d)
    law = k.decay(d)
    at = degrees(max(_range(low, high), 2), max(high, 4))
    words = f"Eigenvalues of {k!r} times the power of their decay, with its constants, d = {d}"
    with noticed() as notes, look():
        ax = law.plot(drawing.axes(width=WIDTH), degrees=at)
        figure, files = picture(plain_ticks(ax).figure, words, "decay", made)
    table = law.table()
    code = f"""import kernelspec as ks
import numpy as np

k = {made_by(k)}
law = k.decay({d})
print(law)
print(law.table())
ax = law.plot(degrees=np.array({at.tolist()}))"""
    files |= {"decay.csv": table.to_csv(), "decay.tex": table.to_latex()}
    shown = panels(laws(law), figure)
    return View(shown, code, files, tuple(notes), {"rows": list(table)})


def onset(text: str, depth: int, d: int, share: float = _SHARE) -> View:
    """From which degree on the law holds to a share, and the remainder of the expansion: both proved."""
    from ..rkhs.onset import onset as first_degree

    k, s = _read(text, depth, d)
    share = decimal("share", share, 1e-9, 0.99)
    law = k.decay(d)
    found: dict[str, object] = {}
    parts = []
    for parity, name in enumerate(("even", "odd")):
        kind = law.parities[parity].kind
        if kind == "vanishing":
            last = law.parities[parity].degree
            parts.append(fact(f"{name} k", "zero" if last == -1 else f"zero for k &gt; {last}"))
        elif kind == "power":
            try:
                found[name] = first_degree(s, parity, share, power=True)
                found[f"{name}, by Gamma functions"] = first_degree(s, parity, share)
            except ValueError as error:
                parts.append(fact(f"{name} k", escape(sentence(error))))
            for label, degree in found.items():
                if label.startswith(name):
                    words = label.replace(name, f"within {100 * share:g} % of the law, {name} k")
                    parts.append(fact(words, f"k ≥ {degree}"))
    statement = ""
    try:
        remainder = s.remainder(3)
        found["start"], found["remainder"] = remainder.start, str(remainder)
        parts.append(fact("three terms with a proved remainder", f"k ≥ {remainder.start}"))
        statement = f"<p class='ks-quiet'>Proved: {escape(str(remainder))}.</p>"
    except (ValueError, NotImplementedError, ArithmeticError) as error:
        statement = f'<p class="ks-note">{escape(sentence(error))}.</p>'
    if not parts and not found:
        return View(statement, "", {}, (), found)
    lines = [
        f"print(onset(s, {i}, {share:g}{more}))   # {n} k{by}"
        for i, n in enumerate(("even", "odd"))
        for more, by in ((", power=True", ""), ("", ", by Gamma functions"))
        if n + by in found
    ]
    if "start" in found:
        lines.append("print(s.remainder(3).start, s.remainder(3))")
    code = "\n".join([_head(k, d), "from kernelspec.rkhs.onset import onset", "", *lines])
    return View(facts(*parts) + statement, code, {}, (), found)


def warm() -> None:
    """Import and run once what these views use."""
    spectrum("ntk(3)", 3, 10, 1, 30)
    values("ntk(3)", 3, 10, 1, 4)
    ends("ntk(3)", 3, 10, 3)
    formulas("ntk(2)", 2, 3, 3)
    decay("ntk(3)", 3, 10, 2, 30)


def _read(text: str, depth: int, d: int) -> tuple[Zonal, Spectrum]:
    k = kernel(text, depth)
    return k, k.spectrum(whole("d", d, *DIMENSIONS))


def _range(low: int, high: int) -> int:
    if not 0 <= low < high:
        raise ValueError(f"from must be a degree below the one that the range ends with ({high}); got {low}")
    return low


def _first(at: Integers) -> int:
    return int(at[min(len(at) - 1, 6)])


def made_by(k: Zonal | Square) -> str:
    """Python that makes a kernel."""
    return f'ks.parse("{k!r}")' if '"' not in repr(k) else f"ks.parse({repr(k)!r})"


def _head(k: Zonal, d: int) -> str:
    return f"import kernelspec as ks\n\nk = {made_by(k)}\ns = k.spectrum(d={d})"
