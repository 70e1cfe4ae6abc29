"""The views of the page about one kernel: its spectrum, eigenvalues, values near both ends, formulas and decay."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from .address import Fields
from .fields import decimal, kernel, sentence, whole
from .view import (
    WIDTH,
    View,
    escape,
    fact,
    facts,
    formulas_in,
    look,
    noticed,
    panels,
    picture,
    plain_ticks,
    points,
    shown_table,
    tex,
)

if TYPE_CHECKING:
    from ..decay import Decay
    from ..kernels.zonal import Zonal
    from ..spectrum import Spectrum

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
NEAREST = 1e-12  # t from which the ends are shown
_SHARE = 0.01
_ROUNDING = 1e-13  # of kappa(1), in differences at u = -1
_SEVERAL = 8  # degrees that are all marked, before pairs of neighbours stand for the others
_PAIRS = 12
_ROWS = 24
_LONG = 240  # characters of LaTeX beyond which a formula is given in words and decimals


def range_field(name: str) -> Any:
    """What reads an end of a range of degrees from an address: one of the slider's."""

    def read(text: str) -> int:
        value = whole(name, text, STEPS[0], STEPS[-1])
        if value not in STEPS:
            raise ValueError(f"{name} must be one of {', '.join(map(str, STEPS))}; got {value}")
        return value

    return read


def dimension_field(text: str) -> int:
    """The dimension in an address: one of the slider's."""
    value = whole("d", text, *DIMENSIONS)
    if value not in DIMENSION_STEPS:
        raise ValueError(f"d must be one of {', '.join(map(str, DIMENSION_STEPS))}; got {value}")
    return value


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


def degrees(low: int, high: int, several: int = _SEVERAL, pairs: int = _PAIRS) -> Any:
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


def _rounded(row: Any) -> dict[str, Any]:
    """What a person reads of an error and of a logarithm."""
    return {"error": float(f"{row['error']:.1e}"), "log10": float(f"{row['log10']:.5g}")}


def ends(text: str, depth: int, d: int, terms: int, made: str = "") -> View:
    """kappa on [-1, 1], and how it leaves its values at both ends, with the expansions there."""
    k, _ = _read(text, depth, d)
    with noticed() as notes, look():
        drawn = _whole(k), _near(k, terms)
        pictures = [
            picture(ax.figure, words.format(k), name, made)
            for ax, (name, words) in zip(drawn, _ENDS.items(), strict=True)
        ]
    t = _distances()
    table = _ends_table(k, t)
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


def _whole(k: Zonal) -> Any:
    from ..views import drawing

    ax = k.plot(drawing.axes(width=WIDTH), label="")
    ax.set_title(r"$\kappa(u)$")
    return ax


def _distances() -> Any:
    return np.geomspace(NEAREST, 2.0, 121)


def _ends_table(k: Zonal, t: Any) -> Any:
    from ..results.tables import Table

    right, left = defects(k, t)
    rows = [{"t": a, "right": b, "left": c} for a, b, c in zip(t.tolist(), right.tolist(), left.tolist(), strict=True)]
    headings = {"t": "$t$", "right": r"$\kappa(1)-\kappa(1-t)$", "left": r"$\kappa(-1+t)-\kappa(-1)$"}
    return Table(rows, ("t", "right", "left"), f"{k!r} near both ends", headings)


def defects(k: Zonal, t: Any) -> tuple[Any, Any]:
    """kappa(1) - kappa(1 - t) and kappa(-1 + t) - kappa(-1), the first without cancellation, for an array of t."""
    theta = 2 * np.arcsin(np.sqrt(t / 2))  # its cosine is 1 - t, to full accuracy
    right = np.asarray(k.of_angle(theta, defect=True))
    return right, np.asarray(k.of_angle(math.pi - theta) - k.of_angle(math.pi))


def _near(k: Zonal, terms: int) -> Any:
    from ..views import drawing

    t = _distances()
    ax = drawing.axes(width=WIDTH)
    for place, (at, sizes) in enumerate(zip((1, -1), defects(k, t), strict=True)):
        size = np.abs(sizes)
        # The left difference is rounding below this.
        seen = size > (_ROUNDING * abs(float(k(1.0))) if at == -1 else 0.0)
        name = (r"$\kappa(1)-\kappa(1-t)$", r"$|\kappa(-1+t)-\kappa(-1)|$")[place]
        style = drawing.line(place)
        if seen.any():
            ax.plot(t[seen], size[seen], label=name, **style)
        law = _leading(k, at, terms)
        if law is not None:
            words = "leading term" if place == 0 else None
            ax.plot(t, np.abs(law(t)), color="#808080", linestyle=":", linewidth=1.0, label=words)
    ax.set(xscale="log", yscale="log", xlabel="distance $t$ from the end", title="near both ends")
    drawing.legend(ax)
    return plain_ticks(ax)


def _leading(k: Zonal, at: int, terms: int) -> Any:
    """The first power that leaves the end's value, as a function of t, or None where no expansion is known."""
    try:
        series = k.expand(at=at, terms=max(terms, 2))
    except (ValueError, NotImplementedError):
        return None
    from ..views.decays import decimal_of

    for exponent, coefficient in zip(series.exponents, series.coefficients, strict=True):
        if exponent > 0 and coefficient != 0:
            size, power = decimal_of(coefficient), float(exponent)
            return lambda t: size * t**power
    return None


def formulas(text: str, depth: int, d: int, terms: int) -> View:
    """The kernel written out, its exact expansions at both ends, and eigenvalues in closed form."""
    from ..numbers.exact_text import sympy_text

    k, s = _read(text, depth, d)
    parts = ["<h3>The kernel</h3>", _written_out(k)]
    parts.append("<h3>Expansions at both ends</h3>")
    found: dict[str, Any] = {"kernel": repr(k)}
    lines = []
    for at, argument in ((1, "1 - t"), (-1, "-1 + t")):
        try:
            series = k.expand(at=at, terms=terms)
        except (ValueError, NotImplementedError) as error:
            parts.append(f'<p class="ks-note">At u = {at}: {escape(sentence(error))}.</p>')
            continue
        found[f"expansion at {at}"] = str(series)
        lines.append(f"print(k.expand(at={at}, terms={terms}))")
        parts.append(_formula(rf"\kappa({argument}) = {series.latex()}", str(series)))
    parts.append(f"<h3>Eigenvalues in closed form, d = {d}</h3>")
    exact = _exact(s)
    if isinstance(exact, str):
        parts.append(f'<p class="ks-note">{escape(exact)}.</p>')
    else:
        found["exact"] = {degree: sympy_text(mu) for degree, mu in exact.items()}
        lines.append(f"print([s.exact(j) for j in {sorted(exact)}])")
        parts += [_formula(rf"\mu_{{{j}}} = {_latex(mu)}", f"mu_{j} = {sympy_text(mu)}") for j, mu in exact.items()]
    code = "\n".join([_head(k, d), "print(k.latex(full=True))", *lines])
    return View("".join(parts), code, {"formulas.tex": _tex_file(parts, k)}, (), found)


def _written_out(k: Zonal) -> str:
    """The kernel with the definitions of the functions in it; by its name alone where they are long."""
    try:
        full = k.latex(full=True)
    except (ValueError, NotImplementedError):
        full = k.latex()
    if len(full) > 8 * _LONG or full == k.latex():
        return _formula(r"\kappa(u) = " + k.latex(), repr(k))
    return f'<div class="ks-formula">{tex(full, display=True)}</div>'


def _formula(latex: str, words: str) -> str:
    """A formula on a line of its own; a long one as text that wraps."""
    if len(latex) > 4 * _LONG:
        return f"<p><code>{escape(words)}</code></p>"
    return f'<div class="ks-formula">{tex(latex, display=len(latex) <= _LONG)}</div>'


def _tex_file(parts: list[str], k: Zonal) -> str:
    return f"% {k!r}\n" + "".join(f"\\[ {formula} \\]\n" for formula in formulas_in("".join(parts)))


def _exact(s: Spectrum) -> dict[int, Any] | str:
    """Some eigenvalues in closed form, or the sentence that says why there are none."""
    found = {}
    for degree in (0, 1, 2, 3, 4):
        try:
            found[degree] = s.exact(degree)
        except (ValueError, NotImplementedError) as error:
            return sentence(error)
    return found


def _latex(expression: Any) -> str:
    from ..numbers.exact_text import sympy_latex

    return sympy_latex(expression)


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
    shown = panels(_laws(law), figure)
    return View(shown, code, files, tuple(notes), {"rows": list(table)})


_MU, _ZERO = tex(r"\mu_k"), tex(r"\mu_k = 0")


def _laws(law: Decay) -> str:
    from ..views.decays import decimal_text

    found = []
    even, odd = law.parities
    named = (("every", even),) if even == odd else (("even", even), ("odd", odd))
    for name, parity in named:
        if parity.kind == "power":
            constant = _latex(parity.constant)
            power = rf"k^{{-{_latex(parity.exponent)}}}"
            size = decimal_text(parity.constant, 10)
            exact = tex(rf"\mu_k \sim {_bracketed(constant, parity.constant)}\,{power}")
            exact = exact if len(constant) < _LONG else ""
            line = tex(rf"\mu_k \sim {_times_ten(size)}\,{power}")
            found.append(f"<p>{name} k: {exact or line}</p>" + (f'<p class="ks-quiet">{line}</p>' if exact else ""))
        elif parity.kind == "vanishing":
            beyond = f" for k &gt; {parity.degree}" if parity.degree != -1 else ""
            found.append(f"<p>{name} k: {_ZERO}{beyond}, exactly</p>")
        elif parity.kind == "super-polynomial":
            found.append(f"<p>{name} k: {_MU} falls faster than any power of k</p>")
        else:
            order = tex(rf"\mu_k = O(k^{{-{_latex(parity.exponent)}}})")
            found.append(f"<p>{name} k: {order}</p>")
    if law.rate is not None:
        found.append(f'<p class="ks-quiet">{escape(law.rate.statement)}</p>')
    return "".join(found)


def _bracketed(latex: str, value: Any) -> str:
    return rf"\left({latex}\right)" if value.is_Add else latex


def _times_ten(number: str) -> str:
    mantissa, _, exponent = number.partition("e")
    return rf"{mantissa}\cdot 10^{{{int(exponent)}}}" if exponent else mantissa


def onset(text: str, depth: int, d: int, share: float = _SHARE) -> View:
    """From which degree on the law holds to a share, and the remainder of the expansion: both proved."""
    from ..rkhs.onset import onset as first_degree

    k, s = _read(text, depth, d)
    share = decimal("share", share, 1e-9, 0.99)
    law = k.decay(d)
    found: dict[str, Any] = {}
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


def _first(at: Any) -> int:
    return int(at[min(len(at) - 1, 6)])


def made_by(k: Zonal) -> str:
    """Python that makes a kernel."""
    return f'ks.parse("{k!r}")' if '"' not in repr(k) else f"ks.parse({repr(k)!r})"


def _head(k: Zonal, d: int) -> str:
    return f"import kernelspec as ks\n\nk = {made_by(k)}\ns = k.spectrum(d={d})"
