"""The views of the page about learning: predicted and measured curves, what depth changes, the plan of a regression."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..numbers.quantities import byte_text, duration_text
from ..results.tables import Table
from .address import Fields
from .fields import chosen, kernel, names_depth, step_of, whole
from .functions import DIMENSION_STEPS, function_of
from .kernel import DEPTHS, made_by
from .view import WIDTH, View, escape, fact, facts, folded, look, noticed, picture, plain_ticks, points, shown_table

if TYPE_CHECKING:
    from ..kernels.zonal import Zonal
    from ..rkhs.ridge import Function

EXAMPLES = (
    ("ntk(L) | step(0.7)", "the seminar's first target"),
    ("rf(L) | exponential(1)", "a smooth target"),
    ("laplace() | relu(2)", "another kernel"),
    ("ntk(L) | x1**2*x2 - x3", "a polynomial"),
    ("ntk(2) | x1*x2*x3", "what this kernel never learns"),
)
EXPONENTS = (-9, 0)  # of lambda = 10^...
NOISES = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0)
SIZES = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000)
DTYPES = ("float64", "float32")
FIELDS = Fields(
    {
        "kernel": ("ntk(L)", str),
        "function": ("step(0.7)", str),
        "depth": (3, lambda text: whole("depth", text, *DEPTHS)),
        "d": (4, lambda text: step_of("d", text, DIMENSION_STEPS)),
        "lam": (-5, lambda text: whole("lam", text, *EXPONENTS)),
        "noise": (0.0, lambda text: step_of("noise", text, NOISES)),
        "n": (10_000, lambda text: step_of("n", text, SIZES)),
        "dtype": ("float32", lambda text: chosen("dtype", text, DTYPES)),
    }
)
_PREDICTED = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000)
_MEASURED = (10, 30, 100, 300, 1000)
_DRAWS = 8
_COMPARED = (2, 3, 5)  # a proof of the spectrum's tail for each, 1 s for L = 5, 2 s for L = 10


def curve(text: str, function: str, depth: int, d: int, lam: int, noise: float, made: str = "") -> View:
    """The learning curve that the spectrum predicts.

    Parameters
    ----------
    text, function : the expressions of the kernel and of the function.
    depth : what L stands for in them.
    d : the dimension.
    lam : lambda is 10 to this power.
    noise : the standard deviation of the targets' noise.
    made : the name of a file that is otherwise made at a click.
    """
    from ..learning import curve as predicted
    from ..views import drawing

    k, f = _read(text, function, depth, d)
    with noticed() as notes, look():
        found = predicted(k, f, d, list(_PREDICTED), 10.0**lam, noise)
        ax = found.plot(drawing.axes(width=WIDTH), label="predicted")
        words = f"Predicted test error of {k!r} for {f!r} over the number of samples, d = {d}"
        html, files = picture(plain_ticks(ax).figure, words, "curve", made)
    table = found.table()
    files |= {"curve.csv": table.to_csv(), "curve.tex": table.to_latex()}
    code = f"""{_made(k, f)}
curve = ks.learning.curve(k, f, {d}, {list(_PREDICTED)}, lam={10.0**lam!r}, noise={noise!r})
print(curve)
ax = curve.plot()"""
    law = "" if found.law is None else found.law._repr_html_()
    data = {"points": points(ax), "rows": list(table)}
    return View(html + law + shown_table(table), code, files, tuple(notes), data)


def measured(text: str, function: str, depth: int, d: int, lam: int, noise: float, made: str = "") -> View:
    """Measured errors with their scatter over the predicted curve; parameters as for `curve`."""
    from ..learning import curve as predicted
    from ..learning import measured as measure
    from ..views import drawing

    k, f = _read(text, function, depth, d)
    sizes = np.unique(np.geomspace(_MEASURED[0], _MEASURED[-1], 25).astype(int)).tolist()
    with noticed() as notes, look():
        found = measure(k, f, d, list(_MEASURED), 10.0**lam, noise, draws=_DRAWS)
        theory = predicted(k, f, d, sizes, 10.0**lam, noise)
        ax = found.plot(theory.plot(drawing.axes(width=WIDTH), label="predicted"), label=f"{_DRAWS} draws")
        words = f"Measured and predicted test errors of {k!r} for {f!r} over the number of samples, d = {d}"
        html, files = picture(plain_ticks(ax).figure, words, "measured", made)
    table = found.table()
    files |= {"measured.csv": table.to_csv(), "measured.tex": table.to_latex()}
    code = f"""{_made(k, f)}
measured = ks.learning.measured(k, f, {d}, {list(_MEASURED)}, lam={10.0**lam!r}, noise={noise!r}, draws={_DRAWS})
print(measured)
curve = ks.learning.curve(k, f, {d}, {sizes}, lam={10.0**lam!r}, noise={noise!r})
ax = measured.plot(curve.plot(label="predicted"), label="measured")"""
    return View(html + shown_table(table), code, files, tuple(notes), {"rows": list(table)})


def depths(text: str, function: str, depth: int, d: int, lam: int, noise: float, made: str = "") -> View:
    """Predicted curves of several depths; parameters as for `curve`."""
    from ..learning import curve as predicted
    from ..views import drawing

    if not names_depth(text):
        return View("<p>Write L for the depth in the kernel, as in ntk(L), to see what depth changes.</p>")
    _, f = _read(text, function, depth, d)
    kernels = {several: kernel(text, several) for several in _COMPARED}
    with noticed() as notes, look():
        ax, found = drawing.axes(width=WIDTH), {}
        for several, k in kernels.items():
            found[several] = predicted(k, f, d, list(_PREDICTED), 10.0**lam, noise)
            found[several].plot(ax, label=f"L = {several}")
        words = f"Predicted test errors of {text} for {f!r}, L = {', '.join(map(str, _COMPARED))}, d = {d}"
        html, files = picture(plain_ticks(ax).figure, words, "depths", made)
    rows = [
        {"n": n, **{f"L = {several}": float(each.error[at]) for several, each in found.items()}}
        for at, n in enumerate(_PREDICTED)
    ]
    table = Table(rows, caption=words)
    files |= {"depths.csv": table.to_csv(), "depths.tex": table.to_latex()}
    code = f"""import kernelspec as ks

f = ks.rkhs.parse({repr(f)!r}, {d})
kernels = [{", ".join(map(made_by, kernels.values()))}]
curves = [ks.learning.curve(k, f, {d}, {list(_PREDICTED)}, lam={10.0**lam!r}, noise={noise!r}) for k in kernels]
for curve in curves:
    print(curve.error)"""
    return View(html, code, files, tuple(notes), {"rows": rows, "points": points(ax)})


def plan(text: str, depth: int, d: int, lam: int, n: int, dtype: str, made: str = "") -> View:
    """What a regression with n samples costs on this machine: its Gram matrix, and the method that is advised.

    Parameters
    ----------
    n : samples.
    dtype : "float64" or "float32".
    text, depth, d, lam, made : as for `curve`.
    """
    from .. import regression
    from ..learning import plan_gram

    k = kernel(text, depth)
    with noticed() as notes:
        gram = plan_gram(k, (n, d), dtype=dtype)
        solve = regression.plan(n, k, d=d, lambdas=[10.0**lam], dtype=dtype)
    best = solve.options[0]
    named = facts(
        fact("the Gram matrix", duration_text(gram.seconds)),
        fact(f"the regression, by {escape(best.method)}", duration_text(solve.seconds)),
        fact("memory of the regression", byte_text(best.memory)),
    )
    advice = "".join(f"<li>{escape(sentence)}</li>" for sentence in solve.advice)
    parts = [named, f"<ul>{advice}</ul>" if advice else "", shown_table(solve.table())]
    parts.append(folded("The Gram matrix in blocks", shown_table(gram.table())))
    code = f"""import kernelspec as ks
from kernelspec import regression

k = {made_by(k)}
gram = ks.learning.plan_gram(k, ({n}, {d}), dtype={dtype!r})
solve = regression.plan({n}, k, d={d}, lambdas=[{10.0**lam!r}], dtype={dtype!r})
print(gram, solve, *solve.advice, sep="\\n")"""
    files = {"plan.csv": solve.table().to_csv(), "plan.tex": solve.table().to_latex()}
    data = {"blocks": gram.blocks, "rank": solve.rank, "condition": solve.condition}
    return View("".join(parts), code, files, tuple(notes), data)


def _read(text: str, function: str, depth: int, d: int) -> tuple[Zonal, Function]:
    return kernel(text, depth), function_of(function, depth, d)


def _made(k: Zonal, f: Function) -> str:
    return f"import kernelspec as ks\n\nk = {made_by(k)}\nf = ks.rkhs.parse({repr(f)!r}, {f.d})"
