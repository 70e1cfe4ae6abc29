"""`Route`: the interface of the methods that compute the eigenvalues of a kernel in float64, one in each file.

`choice` finds those that serve a kernel, `fallbacks` those that serve where these have lost digits; `Spectrum` reads
what they give.
"""

from __future__ import annotations

from typing import NamedTuple

from .eigenvalue_arrays import Array, Values


class Answer(NamedTuple):
    """Eigenvalues, and the names of the routes that gave them."""

    values: Values
    names: tuple[str, ...]


class Route:
    """One way to the eigenvalues of a kernel: `name` and `values`, or where it asks other routes `answer`."""

    name: str  # as `Spectrum.method` says it
    owns_missing = False  # whether its errors hold what a series that is cut off misses
    together = False  # whether many degrees cost hardly more than one, each with the value that it has alone

    @property
    def usable(self) -> bool:
        """Whether the method applies to the kernel at all."""
        return True

    def values(self, d: int, k: Array, estimate: bool = False) -> Values:
        """mu_k on S^{d-1} for an array of degrees, in general of one parity; the error is infinite where none is known.

        With `estimate`, a route that can repeats its quadrature in another way, and the error covers the difference.
        Raises ValueError for a degree out of reach.
        """
        return self.answer(d, k, estimate).values

    def answer(self, d: int, k: Array, estimate: bool = False) -> Answer:
        """The values, and which routes gave them."""
        return Answer(self.values(d, k, estimate), (self.name,))
