"""Facts of activations (`scaled_duals.Phi`) that proved readings of networks ask for."""

from __future__ import annotations

from fractions import Fraction

from ..numbers.exact_numbers import Scalar, as_number
from .activations import Activation
from .scaled_duals import Phi
from .smooth_duals import NAMES


def exact_at(phi: Phi, q: Scalar) -> bool:
    """Whether `Phi.dual` and `Phi.square` are those of this variance itself, to any precision."""
    if phi.pieces is not None:
        return not as_number(q).floats
    return phi.function is None and phi.family not in NAMES


def degree(phi: Phi) -> int | None:
    """n where phi(s z) is s^n phi(z), or stands for covariances that are q^n times those of variance 1."""
    if phi.family in ("rectified_monomial", "power"):
        return int(float(phi.parameters[0]))
    return {"abrelu": 1, "exp_normalized": 1, "step": 0, "sign": 0}.get(phi.family)


def as_pieces(phi: Phi) -> Activation | None:
    """Its pieces, of which there may be one, of a polynomial or an exponential; None for others."""
    numbers = [c for c in phi.parameters if isinstance(c, Fraction)]
    if phi.family not in ("polynomial", "exp"):
        return phi.pieces
    if len(numbers) < len(phi.parameters):
        return None
    if phi.family == "exp":
        return Activation((), (((0, numbers[1], numbers[0]),),))
    return Activation((), (tuple((m, Fraction(0), c) for m, c in enumerate(numbers) if c),))


def is_odd(phi: Phi) -> bool:
    """Whether phi(-z) = -phi(z) is known."""
    return phi.parity == 1 or phi.pieces is not None and phi.pieces.part(0).is_zero
