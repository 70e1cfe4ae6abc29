"""`InvariantSpace`: what learning theory asks of a kernel that is averaged over a finite group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..kernels.zonal import Zonal, require_kernel
from ..numbers.checks import integer
from ..numbers.precision import default_errors
from ..sphere.finite_groups import FiniteGroup
from . import capacity
from .invariant import invariant_levels
from .levels import Levels
from .narrowing import narrowed

_MOST = 1024  # degrees
_NARROW = 1e-6  # the rest of the trace is known, its distribution over degrees is not


class InvariantSpace:
    r"""The invariant part of the RKHS of a kernel on S^{d-1}: the eigenvalues mu_k, N_G(d,k) times each.

    Parameters
    ----------
    kernel : a kernel that is positive definite, and finite at u = 1 and u = -1.
    group : from `kernelspec.sphere.invariants`; it says what d is.

    Raises TypeError for what is no kernel or no group. Source: Mei, Misiakiewicz & Montanari 2021, for shifts; see
    `kernelspec.rkhs.invariant`.

    >>> import kernelspec as ks
    >>> whole = ks.ntk(3).rkhs(8).effective_dimension(1e-3)
    >>> H = ks.rkhs.InvariantSpace(ks.ntk(3), ks.sphere.invariants.cyclic(8))
    >>> H, round(whole / H.effective_dimension(1e-3), 2)  # the order of the group is 8
    (InvariantSpace(ntk(3), cyclic(8)), 7.89)
    """

    def __init__(self, kernel: Zonal, group: FiniteGroup) -> None:
        require_kernel(kernel)
        if not isinstance(group, FiniteGroup):
            raise TypeError(f"group must be made by kernelspec.sphere.invariants; got {group!r}")
        self.kernel, self.group, self.d = kernel, group, group.d

    def __repr__(self) -> str:
        return f"InvariantSpace({self.kernel!r}, {self.group!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, InvariantSpace) and (self.kernel, self.group) == (other.kernel, other.group)

    def __hash__(self) -> int:
        return hash((InvariantSpace, self.kernel, self.group))

    def levels(self, degrees: int = 64) -> Levels:
        """The eigenvalues of the first degrees, enclosed, and bounds of the others: `invariant_levels`."""
        return invariant_levels(self.kernel.spectrum(self.d), self.group, integer("degrees", degrees, 2))

    @default_errors
    def effective_dimension(self, lam: Any, certified: bool = False) -> Any:
        """The effective dimension for uniform data, a number lambda > 0 or an array of them.

        With `certified`, an Arb ball, or a list of balls; see `kernelspec.rkhs.capacity.effective_dimension`. Floats
        come with a `PrecisionWarning` where 1024 degrees do not tell them to 1e-6.
        """
        return self._read(lambda levels, proved: capacity.effective_dimension(levels, lam, proved), certified)

    @default_errors
    def information_gain(self, n: Any, noise: Any, certified: bool = False) -> Any:
        """The information gain of n uniform observations with noise of this standard deviation, in nats.

        With `certified`, an Arb ball, or a list of balls; see `kernelspec.rkhs.capacity.information_gain`.
        """
        return self._read(lambda levels, proved: capacity.information_gain(levels, n, noise, proved), certified)

    @default_errors
    def tail(self, r: Any, certified: bool = False) -> Any:
        """The sum of all but the r largest eigenvalues: the error of the best approximation of rank r.

        With `certified`, an Arb ball, or a list of balls; see `kernelspec.rkhs.capacity.tail`.
        """
        return self._read(lambda levels, proved: capacity.tail(levels, r, proved), certified)

    def _read(self, bounds: Callable[[Levels, bool], Any], certified: bool) -> Any:
        return narrowed(self.levels, bounds, certified, _MOST, _NARROW)
