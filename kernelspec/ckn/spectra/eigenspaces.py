"""One eigenvalue of a convolutional kernel: how often it stands there, and which functions it belongs to."""

from __future__ import annotations

from dataclasses import dataclass


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
    """

    value: float
    multiplicity: int
    degrees: tuple[int, ...]
    patches: tuple[int, ...] | None = None
    frequency: int | None = None
