"""One eigenvalue of a convolutional kernel: how often it stands there, and which functions it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...numbers.checks import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ...results.tables import Table

_MOST = 10**7  # eigenvalues in one array


@dataclass(frozen=True)
class Eigenspace:
    """An eigenvalue with its multiplicity and its label.

    Parameters
    ----------
    value : the eigenvalue, >= 0.
    multiplicity : how often it stands there, exactly.
    degrees : the degrees k_1 >= k_2 >= ... >= 1 of the harmonics (on the cube: of the parities) on the patches that
        take part; () for the constant.
    patches : the patches that take part, where the label names them; None where eigenspaces of several choices of
        patches are counted together.
    frequency : the frequency j of the sum over translates sum_u e^{2 pi i j u/n} f(x_u); None without weight sharing.
    diameter : on the cube with overlapping patches, the number of neighbouring positions that the sets of the parities
        reach over; None elsewhere.
    """

    value: float
    multiplicity: int
    degrees: tuple[int, ...]
    patches: tuple[int, ...] | None = None
    frequency: int | None = None
    diameter: int | None = None


class Eigenspaces(tuple[Eigenspace, ...]):
    """Eigenspaces, largest eigenvalue first: a tuple of `Eigenspace` that prints as a table."""

    @property
    def values(self) -> FloatArray:
        """All eigenvalues, each as often as it stands there; at most 10^7."""
        counts = [space.multiplicity for space in self]
        if sum(counts) > _MOST:
            raise ValueError(f"there are {sum(counts)} eigenvalues, more than {_MOST}; read value and multiplicity")
        return np.repeat([space.value for space in self], counts)

    def table(self) -> Table:
        """Eigenvalue, multiplicity and label of each as a `Table`."""
        from ...views.convolutional_spectra import table

        return table(self)

    def plot(self, ax: Any = None, label: str | None = None, asymptote: bool | None = None, **more: Any) -> Axes:
        """Draw the eigenvalues over their index on logarithmic axes; returns the axes. There is no asymptote."""
        from ...views.convolutional_spectra import plot

        return plot(self, ax, label, **more)

    def __repr__(self) -> str:
        return repr(self.table())

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()
