r"""What a ridge regression will take, before anything is computed: time, memory, the method, what rounding allows.

Operations are counted and divided by rates that are measured once (`Rates`). With the kernel and the dimension,
the spectrum says more, for any n points on the sphere (`ks.rkhs.Space.worst_effective_dimension`, `worst_tail`) whose
squared norms have the mean m, K(x, x) = m kappa(1) on average:

- :math:`\operatorname{cond}(K + n\lambda I) \le 1 + m \kappa(1)/\lambda`, as no eigenvalue of K exceeds its trace;
- :math:`D = \operatorname{Tr} K (K + n\lambda)^{-1}`, the number of directions that are fitted, at most so large: a
  Nystrom approximation needs that many components at least;
- the least lambda for which rounding of K in its dtype does not decide: eps m kappa(1);
- the steps of conjugate gradients. If the best approximation of rank r leaves the trace n T(r), the preconditioned
  condition number is at most 1 + T(r)/lambda, and :math:`\frac12 \sqrt{\operatorname{cond}} \log(2/\epsilon)` steps do.
  (Random pivots leave more than the best r would, by a factor that Chen et al. 2025, Theorem 2.3 bound.)
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from ..kernels.zonal import Zonal, require_kernel
from ..numbers.checks import dimension, flag, integer, memory_size, real
from ..numbers.precision import default_errors
from .conjugate_gradients import rank_for
from .factorisation import factors_per_eigh
from .path import Method
from .rates import Rates, measured
from .ridge import TOLERANCE
from .symmetric import STRIP
from .systems import grid_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ..results.tables import Table

_FEW_STEPS = 100.0  # of conjugate gradients that are reckoned with where nothing bounds them
_MANY_STEPS = 300.0  # where as many cost less than factorisations, "cg" is advised
_FACTORS_OF_MEMORY = {"cholesky": 2, "cholesky, overwrite": 1, "eigh": 4, "cg": 1}
_ROUNDED = 1e-2  # part of 1/eps up to which a condition number is no matter for refinement


@dataclass(frozen=True)
class Option:
    """One way to solve it.

    Parameters
    ----------
    method : "eigh", "cholesky" or "cg".
    overwrite : whether it works in K itself.
    seconds : that it takes, about.
    memory : bytes that it takes in all, with K.
    fits : whether that is at most the memory there is.
    """

    method: Method
    overwrite: bool
    seconds: float
    memory: int
    fits: bool


@dataclass(frozen=True)
class Plan:
    """What a ridge regression takes.

    Parameters
    ----------
    n, outputs, lambdas, dtype : of the regression.
    memory : bytes that there are.
    options : an `Option` for each method, the advised one first.
    rank : of the preconditioner of "cg".
    steps : of "cg", for each lambda, that seconds are reckoned for: the bound of the theory where it is smaller than
        100, else 100.
    break_even : steps of "cg" for which all lambdas take as long as the cheapest factorisation.
    condition : upper bounds of cond(K + n lambda I), one a lambda; None without a kernel.
    dimensions : upper bounds of the effective dimension, one a lambda; None without a kernel.
    bounds : upper bounds of the steps of "cg", one a lambda; None without a kernel.
    least : the least lambda that rounding in this dtype allows; None without a kernel.
    """

    n: int
    outputs: int
    lambdas: tuple[float, ...]
    dtype: str
    memory: int
    options: tuple[Option, ...]
    rank: int
    steps: tuple[float, ...]
    break_even: float
    condition: tuple[float, ...] | None
    dimensions: tuple[float, ...] | None
    bounds: tuple[float, ...] | None
    least: float | None

    @property
    def method(self) -> Method:
        """The method that is advised."""
        return self.options[0].method

    @property
    def seconds(self) -> float:
        """How long the advised method takes, about; the Gram matrix is there already."""
        return self.options[0].seconds

    @property
    def fits(self) -> bool:
        """Whether any method fits into the memory."""
        return self.options[0].fits

    @property
    def keywords(self) -> dict[str, Any]:
        """What `ridge_path` is called with: ridge_path(K, y, lambdas, **plan.keywords)."""
        first = self.options[0]
        return {"method": first.method} | ({"overwrite": True} if first.overwrite else {})

    @property
    def components(self) -> int | None:
        """Components that a Nystrom approximation needs at least for the least lambda; None without a kernel."""
        return None if self.dimensions is None else min(self.n, math.ceil(max(self.dimensions)))

    @property
    def advice(self) -> tuple[str, ...]:
        """What a person should know, in sentences."""
        from ..views.plans import advice

        return advice(self)

    def __repr__(self) -> str:
        from ..views.plans import text

        return text(self)

    def table(self) -> Table:
        """The ways to solve it as a `Table`: method, seconds, memory, whether it fits."""
        from ..views.plans import table

        return table(self)

    def plot(
        self, ax: Axes | None = None, label: str | None = None, asymptote: bool | None = None, **more: Any
    ) -> Axes:
        """Draw seconds over memory, a mark for each way to solve it; returns the axes.

        Parameters
        ----------
        ax : axes of matplotlib; None for a new figure, which pyplot does not know.
        label : its name in the legend.
        asymptote : whether the memory there is is drawn as a line (None: it is).
        more : keywords of `Axes.plot`, which win.
        """
        from ..views.plans import plot

        return plot(self, ax, label, asymptote, **more)

    def _repr_html_(self) -> str:
        from ..views.plans import html

        return html(self)


@default_errors
def plan(
    n: int,
    kernel: Zonal | None = None,
    *,
    d: int | None = None,
    lambdas: ArrayLike = (1e-3,),
    outputs: int = 1,
    dtype: str = "float64",
    memory: int | None = None,
    leave_one_out: bool = False,
    mean_square: float = 1.0,
    rates: Rates | None = None,
) -> Plan:
    """Say what `ridge_path` will take, by every method, and which one is advised.

    Parameters
    ----------
    n : training points, an integer from 1 to 10^7.
    kernel : of the Gram matrix, for what its spectrum says: a `Zonal`. The first time takes seconds for a deep kernel
        in a high dimension.
    d : the dimension of the space that the points lie in, an integer >= 2; needed with a kernel, and only there.
    lambdas : as for `ridge_path`.
    outputs : columns of y, an integer >= 1.
    dtype : of K, "float64" or "float32".
    memory : bytes that there are; by default those that the machine has.
    leave_one_out : as for `ridge_path`.
    mean_square : of the points' norms, where the kernel is |x||y| kappa(cos) off the sphere; positive.
    rates : of the machine; None for those of this one, which are measured once, in less than a second.

    The advised method is the cheapest that fits into the memory. "cg" is advised where 300 steps for every lambda, or
    as many as the spectrum allows at most, cost less than factorisations, and the condition number leaves digits.

    Raises TypeError, ValueError for arguments out of their ranges, and what `ks.rkhs.Space` raises. Source: flops of
    Higham 2008, Appendix C; the bounds are proved in `kernelspec.rkhs.capacity_on_sphere`.

    >>> found = plan(50_000, lambdas=[1.0, 0.1, 0.01, 0.001], outputs=10, dtype="float32", memory=24 * 2**30,
    ...              rates=Rates(9e10, 8e10, 2.2e10))
    >>> found.method, round(found.seconds / 60), found.keywords
    ('cg', 8, {'method': 'cg'})
    """
    n, outputs = integer("n", n, 1, 10**7), integer("outputs", outputs, 1, 10**6)
    grid, inverse = grid_of(lambdas), flag("leave_one_out", leave_one_out)
    if not isinstance(dtype, str) or dtype not in ("float64", "float32"):
        raise ValueError(f"dtype must be 'float64' or 'float32'; got {dtype!r}")
    there = _physical() if memory is None else memory_size(memory)
    mean_square = real("mean_square", mean_square, 1e-300, 1e300)
    if rates is not None and not isinstance(rates, Rates):
        raise TypeError(f"rates must be Rates or None; got {type(rates).__name__}")
    if kernel is None and d is not None:
        raise ValueError(f"d needs a kernel, whose spectrum depends on it; got d = {d!r} alone")
    rank = rank_for(n, len(grid) * outputs)
    condition, dimensions, bounds, least = None, None, None, None
    if kernel is not None:
        require_kernel(kernel)
        if d is None:
            raise ValueError("d must be given with a kernel: the dimension of the space that the points lie in")
        condition, dimensions, bounds, least = _spectrum(kernel, dimension(d), n, grid, dtype, mean_square, rank)
    steps = tuple(min(_FEW_STEPS, bound) for bound in bounds or [math.inf] * len(grid))
    speed = measured(dtype) if rates is None else rates
    options, break_even = _options(n, len(grid), outputs, dtype, there, inverse, rank, steps, speed)
    digits = condition is None or max(condition) <= _ROUNDED / float(np.finfo(dtype).eps)
    certain = bounds is not None and max(bounds) <= break_even
    gradients = digits and not inverse and (certain or break_even >= _MANY_STEPS)
    options.sort(key=lambda each: (not each.fits, each.method == "cg" and not gradients, each.seconds, each.memory))
    return Plan(n, outputs, tuple(grid.tolist()), dtype, there, tuple(options), rank, steps, break_even,
                condition, dimensions, bounds, least)  # fmt: skip


def _options(
    n: int,
    count: int,
    outputs: int,
    dtype: str,
    there: int,
    inverse: bool,
    rank: int,
    steps: tuple[float, ...],
    rates: Rates,
) -> tuple[list[Option], float]:
    """Every method's seconds and bytes, and the steps for which "cg" costs as much as the cheapest of the others."""
    item, columns = np.dtype(dtype).itemsize, count * outputs
    factor = n**3 / 3 / rates.factorise
    solving = 4.0 * n**2 * columns / rates.product(outputs)  # two triangles, and the residual
    direct = count * factor * (2 if inverse else 1) + solving
    eigen = factors_per_eigh(n) * factor + 6.0 * n**2 * columns / rates.product(columns)
    # What is drawn, the products that make it, and those that turn it to its eigenvectors.
    making = (5.0 * n * rank**2 + 10.0 * rank**3) / rates.multiply
    step = (2.0 * n**2 + 8.0 * n * rank) * outputs / rates.product(min(columns, 64))
    gradients = making + step * sum(steps)
    small = STRIP + 8 * n * columns * 3
    results = 8 * n * count * (outputs + inverse)
    held = {
        "cholesky": small, "cholesky, overwrite": small, "eigh": small + item * n * columns,
        "cg": small + 2 * item * n * rank + 6 * item * n * min(columns, max(64, outputs)),
    }  # fmt: skip
    times = {"cholesky": direct, "cholesky, overwrite": direct, "eigh": eigen, "cg": gradients}
    options = []
    for name, times_k in _FACTORS_OF_MEMORY.items():
        if name == "cg" and inverse:
            continue
        bytes_ = times_k * item * n**2 + held[name] + results
        method: Method = "eigh" if name == "eigh" else "cg" if name == "cg" else "cholesky"
        options.append(Option(method, name.endswith("overwrite"), times[name], bytes_, bytes_ <= there))
    usable = [each.seconds for each in options if each.method != "cg" and each.fits]
    return options, max(0.0, (min(usable) - making) / (step * count)) if usable else math.inf


def _spectrum(
    kernel: Zonal, d: int, n: int, grid: np.ndarray, dtype: str, mean_square: float, rank: int
) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...], float]:
    from ..rkhs.space import Space

    space = Space(kernel, d)
    mean = mean_square * float(kernel.at_one)
    dimensions = np.minimum(np.atleast_1d(space.worst_effective_dimension(grid, n, mean_square)), n)
    tail = float(space.worst_tail(n, rank, mean_square))
    condition = 1 + mean / grid
    steps = np.ceil(0.5 * np.sqrt(1 + tail / grid) * math.log(2 / TOLERANCE))
    floor = float(np.finfo(dtype).eps) * mean
    return tuple(condition.tolist()), tuple(dimensions.tolist()), tuple(steps.tolist()), floor


def _physical() -> int:
    """Bytes of the machine's memory; 8 GiB where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return 8 << 30
