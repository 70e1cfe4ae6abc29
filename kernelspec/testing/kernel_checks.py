"""`check_kernel`: a kernel against the laws of expressions, of spheres, and of Gram matrices."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from ..gram.tiles import slopes_near_ends
from ..kernels.parser import named_functions
from ..kernels.zonal import Zonal
from ..numbers.checks import dimension, integer
from ..numbers.precision import default_errors
from .expression_laws import EXPRESSION_LAWS
from .fact_laws import FACT_LAWS
from .gram_case import GramCase, Reals
from .gram_checks import GRAM_LAWS, LARGEST_DIMENSION
from .laws import Law, Outcome, Report, UnknownError, chosen, outcome, report_of
from .sphere_laws import SPHERE_LAWS

_ROUNDING = 2e-14  # of |x||y| kappa(1): what `gram` states, some roundings
_NEAREST = 1e-19  # 1 - u of rows at the distance 1e-9 |x|, less a factor 5
_LINES = ("text", "range", "positive", "eigenvalues", "trace", "u = 1", "u = -1")


@dataclass
class KernelCase:
    """A kernel as the laws see it."""

    kernel: Zonal
    d: int
    names: Mapping[str, Callable[..., Zonal]] | None = None
    seed: int = 0
    if_it_raises: ClassVar[str] = (
        "an error in a method of the kernel's class: the traceback before this one shows where."
    )

    @functools.cached_property
    def gram(self) -> GramCase:
        """Its Gram function, which has to be |x||y| kappa(cos)."""
        if self.d > LARGEST_DIMENSION:
            raise UnknownError(f"Gram matrices are looked at up to d = {LARGEST_DIMENSION}")
        return GramCase(
            self._function,
            self.d,
            _ROUNDING + self._steepness,
            unit=not self.kernel.homogeneous,
            kernel=self.kernel,
            seed=self.seed,
        )

    def _function(self, x: Reals, y: Reals | None = None) -> Reals:
        return self.kernel.gram(x, y)

    @property
    def _steepness(self) -> float:
        """What the rounding of the entries of x and y does to values: the distance |x - y| = (2t)^{1/2} is off by some
        roundings of |x|, 1 - u = t by (2t)^{1/2} times that, and the value by the slope at t times that.
        """
        t, slopes = slopes_near_ends(self.kernel, _NEAREST)
        found = float(np.max(np.sqrt(2 * t) * slopes))
        return 4 * 2.0**-53 * found if math.isfinite(found) else math.inf


def _of_gram(law: Law) -> Law:
    return replace(law, look=lambda case: law.look(case.gram))


KERNEL_LAWS: tuple[Law[KernelCase], ...] = (*EXPRESSION_LAWS, *FACT_LAWS, *SPHERE_LAWS, *map(_of_gram, GRAM_LAWS))


@default_errors
def check_kernel(
    kernel: Zonal,
    d: int = 3,
    *,
    names: Mapping[str, Callable[..., Zonal]] | None = None,
    laws: str | Iterable[str] | None = None,
    skip: str | Iterable[str] = (),
    seed: int = 0,
) -> Report:
    """Hold a kernel against everything that it and its readings have to obey; raise `CheckFailed` where it does not.

    For expressions, for subclasses of `Zonal` of your own, and for `from_callable`: the kernel as a value (text,
    pickle), its formula (value against defect, number systems against each other, the derivative), the facts that it
    states, |kappa| <= kappa(1), no negative eigenvalue (both proved), expansions against values, floats, closed forms
    and the trace of the spectrum against certified eigenvalues, and all laws of `check_gram` for its Gram matrices.

    Parameters
    ----------
    kernel : what is checked.
    d : the dimension of the space around the sphere, >= 2; a kernel is positive semi-definite there, perhaps not in
        others.
    names : names in the kernel's text that `ks.parse` does not know, and the functions that make a kernel of their
        arguments, as its argument `kernels`.
    laws, skip : names of laws: those that are looked at (None: all), and those that are left out. `KERNEL_LAWS` holds
        them, in the order in which they are looked at.
    seed : of the random rows of Gram matrices.

    Returns
    -------
    A `Report`: the laws that are met; those that are not known, and why; those that do not apply.

    Raises
    ------
    CheckFailed
        for the first law that fails.
    ValueError, TypeError
        for bad arguments; unknown names of laws.

    Source of the law 'positive': Schoenberg 1942 and Azevedo & Menegatto 2015 (claim 10).

    >>> import kernelspec as ks
    >>> report = check_kernel(ks.ntk(2), d=4)
    >>> report["positive"].why
    'no Taylor coefficient at 0 is negative: positive semi-definite on every sphere (claim 10)'
    >>> check_kernel(ks.polynomial(2) - 1 / 4, d=5)
    Traceback (most recent call last):
    ...
    kernelspec.testing.laws.CheckFailed: -0.25 + polynomial(2), d = 5 breaks the law 'positive': no eigenvalue ...
      Found: mu_0 = -0.05 < 0 on S^4, proved
      Usual cause: a difference of kernels, or a formula that is no kernel in this dimension; a wrong sign.
    """
    if not isinstance(kernel, Zonal):
        raise TypeError(f"kernel must be a kernelspec kernel (check_gram takes functions); got {type(kernel).__name__}")
    own = None if names is None else named_functions("names", names)
    case = KernelCase(kernel, dimension(d), own, integer("seed", seed, 0))
    return report_of(f"{_name(kernel)}, d = {case.d}", chosen(KERNEL_LAWS, laws, skip), case)


def _name(kernel: Zonal) -> str:
    """Its text; the name of its class where that raises something."""
    try:
        return repr(kernel)
    except Exception as error:  # noqa: BLE001 - a text of the user's own; the law 'text' looks at it
        return f"{type(kernel).__name__} (its text raises {type(error).__name__})"


def lines_of(kernel: Zonal, d: int) -> list[Outcome]:
    """What `kernelspec check` shows: a line a law, whether it fails or not."""
    case, by_name = KernelCase(kernel, d), {law.name: law for law in KERNEL_LAWS}
    return [outcome(by_name[name], case)[0] for name in _LINES]
