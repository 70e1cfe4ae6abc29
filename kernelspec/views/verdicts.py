"""Verdicts on RKHSs as tables, plots and HTML with proofs that fold."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..numbers.checks import FloatArray, flag
from ..results.tables import Table
from .drawing import Look, axes, legend, line, next_line
from .markup import folded, listed, paragraph
from .spectra import LAW, chosen_degrees

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..rkhs.verdict import Verdict
    from ..spectrum import Spectrum

ANSWERS = {True: "the same RKHS", False: "different RKHSs", None: "undecided"}
_MARKS = {True: "=", False: "≠", None: "?"}


def sentence(verdict: Verdict) -> str:
    """The answer."""
    return f"{verdict.kernel!r} and {verdict.other!r} on S^{verdict.d - 1}: {ANSWERS[verdict.same]}."


def table(verdict: Verdict) -> Table:
    """See `Verdict.table`."""
    row = {
        "kernel": verdict.kernel,
        "other": verdict.other,
        "d": verdict.d,
        "same": verdict.same,
        "lower": verdict.lower,
        "upper": verdict.upper,
        "but": verdict.parity,
        "why": verdict.why,
    }
    caption = f"RKHSs of {verdict.kernel!r} and {verdict.other!r} on S^{verdict.d - 1}"
    return Table([row], caption=caption, headings={"d": "$d$"}, digits={"lower": 17, "upper": 17})


def latex(verdict: Verdict) -> str:
    """The statement in LaTeX, between dollars and words."""
    from ..rkhs.checker import shown

    pair = rf"${verdict.kernel.latex()}$ and ${verdict.other.latex()}$"
    text = rf"{pair} on $\mathbb{{S}}^{{{verdict.d - 1}}}$: {ANSWERS[verdict.same]}"
    if verdict.same and not verdict.lower:
        text += r", $0 < \inf_k \mu_k / \mu'_k \leq \sup_k \mu_k / \mu'_k < \infty$"
    elif verdict.same:
        low, high = shown(verdict.lower, up=False), shown(verdict.upper, up=True)
        text += rf", ${low} \leq \mu_k / \mu'_k \leq {high}$"
    return text


def to_html(verdict: Verdict) -> str:
    """The answer, why, and the steps of the proof, folded."""
    mark = html.escape(_MARKS[verdict.same])
    out = f"<p><b>{mark}</b> {html.escape(sentence(verdict))}</p>{paragraph(verdict.why)}"
    if verdict.proof is None:
        return out
    steps = verdict.proof.steps()
    return out + folded(f"Proof ({len(steps)} step{'s' * (len(steps) != 1)})", listed(steps))


def ratios(one: Spectrum, two: Spectrum, k: NDArray[np.int64]) -> FloatArray:
    """Quotients of the eigenvalues at degrees k, beyond the range of floats, too; NaN where the other's is 0."""
    a, b = one.values(k), two.values(k)
    with np.errstate(over="ignore", invalid="ignore"):
        found = a.sign * b.sign * np.exp(a.log_abs - b.log_abs)
    found[b.sign == 0] = np.nan
    return found


def plot(
    verdict: Verdict,
    ax: Axes | None = None,
    label: str | None = None,
    asymptote: bool | None = None,
    kmax: int = 200,
    degrees: ArrayLike | slice | None = None,
    **more: Any,
) -> Axes:
    """See `Verdict.plot`."""
    k = chosen_degrees(verdict.kernel.spectrum(verdict.d), kmax, degrees)
    ratio = ratios(verdict.kernel.spectrum(verdict.d), verdict.other.spectrum(verdict.d), k)
    ratio[ratio == 0] = np.nan  # the axis is logarithmic
    limits = _limits(verdict, asymptote)
    ax = axes(ax)
    first = not ax.has_data()
    look = line(next_line(ax), **more)
    colour = look.pop("color")
    look.pop("linestyle")
    name = f"{verdict.kernel!r} / {verdict.other!r}, d = {verdict.d}" if label is None else label
    if verdict.same and 0 < verdict.lower and math.isfinite(verdict.upper):
        ax.axhspan(verdict.lower, verdict.upper, color=colour, alpha=0.12, linewidth=0)
        for bound in (verdict.lower, verdict.upper):
            ax.axhline(bound, color=colour, linewidth=0.9)
    for parity, limit in enumerate(limits):
        chosen = (k % 2 == parity) & np.isfinite(ratio) & (ratio != 0)
        if chosen.any():
            style: Look = {"marker": "os"[parity], "fillstyle": ("full", "none")[parity], "markersize": 4}
            words = f"{name}, {('even', 'odd')[parity]} k"
            marks = style | {"linestyle": "none"} | look
            ax.plot(k[chosen], ratio[chosen], color=colour, label=words, **marks)
        if limit is not None:
            ax.axhline(limit, **LAW)
    if first:
        positive = not np.any(ratio < 0)
        ax.set(xscale="log", yscale="log" if positive else "linear", xlabel="degree $k$", ylabel=r"$\mu_k / \mu'_k$")
        if positive and np.nanmax(ratio, initial=1) < 100 * np.nanmin(ratio, initial=1):
            from matplotlib.ticker import ScalarFormatter

            ax.yaxis.set_major_formatter(ScalarFormatter())
            ax.yaxis.set_minor_formatter(ScalarFormatter())
    legend(ax)
    return ax


def _limits(verdict: Verdict, wanted: bool | None) -> tuple[float | None, float | None]:
    """The limits of the ratio over the even and the odd degrees, where both decay by one power."""
    from .decays import ratio_of

    if wanted is not None and not flag("asymptote", wanted):
        return None, None
    try:
        one, two = (k.decay(verdict.d).parities for k in (verdict.kernel, verdict.other))
    except (ValueError, NotImplementedError):
        if wanted:
            raise
        return None, None
    found = [
        ratio_of(a.constant, b.constant) if a.kind == b.kind == "power" and a.exponent == b.exponent else None
        for a, b in zip(one, two, strict=True)
    ]
    return found[0], found[1]
