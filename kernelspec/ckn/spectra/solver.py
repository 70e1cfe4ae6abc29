"""What knows a spectrum: the interface of classes that decompose convolutional kernels, one for each architecture."""

from __future__ import annotations

from typing import Protocol

from ...rkhs.levels import Levels
from .eigenspaces import Eigenspace


class Solver(Protocol):
    """The Mercer decomposition of one kernel on one domain, on which the inputs are uniform.

    A class for each architecture and domain. `Model` picks one by the layers of the network, calls it with arguments
    that are checked, and has the doors that users see.
    """

    def eigenvalues(self, n: int) -> list[Eigenspace]:
        """The n largest eigenvalues: the shortest list of eigenspaces, descending, of n eigenfunctions or more.

        Eigenvalues 0 are left out; there are fewer where the kernel has finite rank. Equal values stand in an order
        that does not depend on n.
        """
        ...

    def levels(self, count: int) -> Levels:
        """Enclosures of the eigenvalues of `count` eigenspaces or more, largest first, and bounds of all the others."""
        ...

    def trace(self) -> float:
        """E K(x, x) for x of the domain, the sum of all eigenvalues with their multiplicities."""
        ...
