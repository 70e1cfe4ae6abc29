r"""Do two kernels have the same RKHS on the sphere? A verdict with a proof ("deep equals shallow", claims 9, 24-29).

On S^{d-1} the RKHS of kappa consists of f = sum a_kj Y_kj with sum a_kj^2 / mu_k finite, a_kj = 0 where mu_k = 0
(Bietti & Bach 2021, Appendix A; claim 8). So two kernels have the same RKHS, with equivalent norms, exactly if their
eigenvalues vanish at the same degrees and

.. math:: lower \le \mu_k(\kappa) / \mu_k(\kappa') \le upper

at all the others with constants 0 < lower, upper < inf: these are the constants of the norm equivalence.

`same_rkhs` proves this, or the contrary, for each parity of k:

1. a parity in which kappa is a polynomial has mu_k = 0 beyond its degree, exactly, and rational eigenvalues up to it;
2. for k < K both eigenvalues are enclosed by balls (`Spectrum.certified`);
3. for k >= K, the expansion and its remainder (`spectrum.asymptotic`) give, with E_k(nu) > 0 of that module,

.. math:: \Big|\frac{\mu_k}{E_k(\nu_0)} - s\Big| \le \varepsilon(k), \qquad s = -\sin(\pi\nu_0)(a_{\nu_0} + (-1)^k
b_{\nu_0}),

.. math:: \varepsilon(k) = \sum_{m \ge 1} |\sin(\pi\nu_m)(a_m + (-1)^k b_m)| \frac{E_k(\nu_m)}{E_k(\nu_0)}
          + R \frac{E_k(\nu^*)}{E_k(\nu_0)} + \frac{S_k}{E_k(\nu_0)} .

epsilon(k) decreases from K on: E_{k+1}(nu)/E_k(nu) = (k-nu)/(k+nu+d-1) falls with nu, and from k to k+1 S_k is
multiplied by at most e^{-H}, so that S_k/E_k(nu_0) decreases while e^{-H} (k+nu_0+d-1)/(k-nu_0) <= 1, which
persists once it holds. Hence epsilon(k) <= epsilon(K): where both kernels have the same nu_0, the ratio lies
between (s - eps)/(s' + eps') and (s + eps)/(s' - eps') for all k >= K; where nu_0 differs, it tends to 0 or to
infinity;
4. where no remainder is bounded, as for activations with pieces, the exact laws decide (`laws`): the ratio's constants
are not known then, its limit is; and a parity that falls faster than any power is told from one that does not, one that
is analytic from one that is singular at u = 1;
5. two that fall faster than any power, and have Taylor coefficients >= 0, are told apart by their power series beyond
u = 1, and by their derivatives at it (`growth`);
6. where two parts differ by a polynomial but for a factor, so do finitely many eigenvalues, which are enclosed.

The proof object lists these steps and holds every number that they use, rounded outward; `recheck` goes through the
deduction again from these numbers alone, with the interval arithmetic of mpmath in place of Arb.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Generator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ..kernels.callables import require_formula
from ..kernels.network_readings import has_steps
from ..kernels.rounded_parameters import decided
from ..kernels.zonal import Zonal, require_kernel
from ..numbers.checks import Progress, check_progress, dimension, watched
from ..numbers.outward import lower_float, upper_float
from ..numbers.precision import at_least, default_errors, with_balls
from . import laws
from .checker import shown
from .comparison import STEPS, compare, multiple
from .tail import OPEN, UndecidedError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..results.tables import Table

_PRECISION = 128
_SCREENED = 12  # eigenvalues looked at in float64, to refuse early what is no kernel


@dataclass(frozen=True)
class Proof:
    """The steps of a verdict and the numbers that they use."""

    _data: dict[str, Any] = field(repr=False)

    def data(self) -> dict[str, Any]:
        """Everything that the deduction uses, as plain numbers and text: what `recheck` needs, and ready for JSON."""
        copied: dict[str, Any] = json.loads(json.dumps(self._data))
        return copied

    def steps(self) -> list[str]:
        """The argument, a sentence each."""
        steps = [step for part in self._data["parities"] for step in part["steps"]]
        return list(dict.fromkeys([*steps, self._data["conclusion"]]))

    def __str__(self) -> str:
        return "\n".join(f"{i}. {step}" for i, step in enumerate(self.steps(), 1))


@dataclass(frozen=True)
class Verdict:
    """Whether two kernels have the same RKHS on S^{d-1}, and why.

    `same` is True, False, or None where it could not be decided; lower <= mu_k(kernel)/mu_k(other) <= upper, both
    proved and rounded outward, for every k at which the eigenvalues do not both vanish (0 and inf where there is no
    better bound: of kernels with the same RKHS, too, where the exact laws show that there are bounds, but not which);
    `parity` names the degrees left out; `why` says it in a sentence.
    """

    kernel: Zonal
    other: Zonal
    d: int
    same: bool | None
    lower: float
    upper: float
    parity: str
    why: str
    proof: Proof | None = field(repr=False, compare=False)

    def __repr__(self) -> str:
        from ..views.verdicts import sentence

        return f"{sentence(self)} {self.why}"

    def _repr_html_(self) -> str:
        from ..views.verdicts import to_html

        return to_html(self)

    def latex(self) -> str:
        """The answer in LaTeX, formulas between dollars."""
        from ..views.verdicts import latex

        return latex(self)

    def _repr_latex_(self) -> str:
        return self.latex()

    def table(self) -> Table:
        """The verdict as a `Table` of one row, so that many can be put below each other."""
        from ..views.verdicts import table

        return table(self)

    @default_errors
    def plot(
        self,
        ax: Any = None,
        label: str | None = None,
        asymptote: bool | None = None,
        kmax: int = 200,
        degrees: Any = None,
        **more: Any,
    ) -> Axes:
        """Draw mu_k(kernel)/mu_k(other) over k inside its proved band; returns the axes.

        Parameters
        ----------
        ax : axes of matplotlib; None for a new figure, which pyplot does not know.
        label : its name in the legend; kernels and d if None.
        asymptote : whether the limits of the ratio are drawn; None where the decays give them.
        kmax : the largest degree.
        degrees : those that are drawn, in place of those up to `kmax`. Where an eigenvalue is 0, there is no ratio.
        more : keywords of `Axes.plot`, which win.
        """
        from ..views.verdicts import plot

        return plot(self, ax, label, asymptote, kmax, degrees, **more)


# Yields after each step that takes its time.
Decision: TypeAlias = Generator[None, None, Verdict]


@with_balls
def same_rkhs(kernel: Zonal, other: Zonal, d: int, progress: Progress | None = None) -> Verdict:
    r"""Decide whether two kernels have the same RKHS on S^{d-1}, with proved constants.

    Source: Bietti & Bach 2021, Appendix A (claim 9) and its corollaries (claims 27-29).

    Parameters
    ----------
    kernel, other : kernels (`Zonal`), positive semi-definite on S^{d-1}.
    d : the dimension of the space that the sphere lies in, an integer >= 2.
    progress : called as progress(iterable, total=...), like tqdm; a step is the tail or the eigenvalues of one kernel
        over one parity.

    Returns a `Verdict`; kernels that cannot be decided get `same=None` and the reason. Raises TypeError for what is
    no kernel, ValueError for d < 2.

    >>> import kernelspec as ks
    >>> v = ks.same_rkhs(ks.laplace(), ks.laplace(c=2), d=4)
    >>> v.same, 0.49 < v.lower < 0.5, 2 < v.upper < 2.3
    (True, True, True)
    >>> ks.same_rkhs(ks.ntk(2), ks.ntk(3), d=4).same
    False
    >>> v = ks.same_rkhs(ks.mlp(3, activation="relu6"), ks.mlp(4, activation="relu6"), d=4)
    >>> v.same, v.lower, v.upper
    (True, 0.0, inf)
    """
    for name, k in (("kernel", kernel), ("other", other)):
        require_kernel(k, name)
    d = dimension(d)
    for k in (kernel, other):
        require_formula(k, "a proof")
    check_progress(progress)
    found: list[Verdict] = []
    with contextlib.closing(_steps(_decision(kernel, other, d), found)) as steps:
        for _ in watched(progress, steps, 2 * STEPS):
            pass
    return found[0]


def _steps(decision: Decision, found: list[Verdict]) -> Generator[None, None, None]:
    """The steps of a decision, as many as there can be; the verdict is put into `found`."""
    done = 0
    with contextlib.closing(decision):  # at the moment, as it has raised flint's precision
        while not found:
            try:
                next(decision)
            except StopIteration as end:
                found.append(end.value)
            else:
                done += 1
                yield
    for _ in range(done, 2 * STEPS):
        yield


def _decision(kernel: Zonal, other: Zonal, d: int) -> Decision:
    scale = multiple(kernel, other)
    try:
        with at_least(_PRECISION):
            for k in (kernel, other):
                _require_kernel(k, d)
            kernel, other = _decided(kernel), _decided(other)
            if scale is not None:
                return _proportional(kernel, other, d, scale)
            return (yield from _compared(kernel, other, d))
    except OPEN as reason:
        why = f"Not decided, because {reason}."
        return Verdict(kernel, other, d, None, 0.0, math.inf, "", why, None)


def _require_kernel(kernel: Zonal, d: int) -> None:
    """UndecidedError where the kernel has no RKHS on the sphere as its values show, or is not known exactly."""
    if kernel.taylor_squares(2, _PRECISION) is not None:
        return  # squares: a kernel on every sphere, in as many digits as wanted
    if kernel.truncation and not has_steps(kernel):
        raise UndecidedError(f"{kernel!r} is a series cut off at an error of {kernel.truncation:.1e}")
    if math.isinf(kernel.at_one):
        raise UndecidedError(f"{kernel!r} is infinite at u = 1: it is no reproducing kernel")
    if kernel.series_sign == 1:
        return  # a kernel on every sphere (Schoenberg 1942)
    try:
        first = kernel.spectrum(d)._values(np.arange(_SCREENED), False)  # without a warning: only signs are read
    except ValueError:
        return  # certified values may still be had
    for k in np.flatnonzero((first.sign < 0) & (first.error < 0.5)):
        raise UndecidedError(f"{kernel!r} is no kernel on S^{d - 1}: mu_{k} = {first.value[k]:.6g} < 0")


def _decided(kernel: Zonal) -> Zonal:
    """The kernel with decimals for rounded floats; UndecidedError where its law of decay depends on the rounding."""
    try:
        return decided(kernel)
    except ValueError as reason:
        raise UndecidedError(f"{kernel!r} is known to within rounding only: {reason}") from None


def _compared(kernel: Zonal, other: Zonal, d: int) -> Decision:
    parts, open_questions = [], []
    for parity in (0, 1):
        try:
            parts.append((yield from compare(kernel, other, d, parity)))
        except OPEN as reason:
            open_questions.append(reason)
    different = [part for part in parts if not part["same"]]
    limits: list[dict[str, Any]] = []
    if open_questions and not different:
        raise open_questions[0]
    excluded = "; ".join(part["excluded"] for part in parts if part["excluded"])
    if different:
        why = " ".join(dict.fromkeys(part["why"] for part in different))
        bounds = 0.0, math.inf
    else:
        pairs = [part for part in parts if part["lower"] is not None]
        limits = [part for part in parts if part["kind"] == "one power"]
        if not pairs and not limits:
            raise UndecidedError("both kernels are 0")
    if limits:
        why, bounds = laws.together(limits, excluded), (0.0, math.inf)
    elif not different:
        bounds = min(p["lower"] for p in pairs), max(p["upper"] for p in pairs)
        _require_floats(*bounds)
        low, high = shown(bounds[0], up=False), shown(bounds[1], up=True)
        why = f"{low} <= mu_k({kernel!r})/mu_k({other!r}) <= {high} for every k"
        why += f" but these: {excluded}." if excluded else " >= 0."
    data = {
        "kernels": [repr(kernel), repr(other)],
        "d": d,
        "parities": parts,
        "same": not different,
        "lower": bounds[0],
        "upper": "inf" if math.isinf(bounds[1]) else bounds[1],
        "conclusion": why,
    }
    return Verdict(kernel, other, d, not different, *bounds, excluded, why, Proof(data))


def _require_floats(lower: float, upper: float) -> None:
    if not 0 < lower <= upper < math.inf:
        raise UndecidedError("the ratio of the kernels is beyond the range of floats")


def _proportional(kernel: Zonal, other: Zonal, d: int, scale: Fraction) -> Verdict:
    bounds = lower_float(scale), upper_float(scale)
    _require_floats(*bounds)
    factor = str(scale) if len(str(scale)) < 40 else shown(bounds[0], up=False)
    why = f"{kernel!r} is {factor} times {other!r}, so mu_k is too, at every degree."
    data = {
        "kernels": [repr(kernel), repr(other)],
        "d": d,
        "parities": [],
        "same": True,
        "scale": str(scale),
        "lower": bounds[0],
        "upper": bounds[1],
        "conclusion": why,
    }
    return Verdict(kernel, other, d, True, *bounds, "", why, Proof(data))
