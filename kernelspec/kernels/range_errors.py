"""What is said of a kernel that is not shown to take values in [-1, 1]."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from .text import brief

if TYPE_CHECKING:
    from .zonal import Zonal

_ROUNDING = 1e-9


class TooLargeError(ValueError):
    """|kappa| <= 1 on [-1, 1] is refuted."""


class NotShownError(ValueError):
    """|kappa| <= 1 on [-1, 1] is neither proved nor refuted."""


def refuse_at(kernel: Zonal, u: Fraction, value: Any) -> None:
    """Raise the ValueError of a kernel that is too large at u."""
    excess = float(abs(value) - 1)
    reached = f"{float(value):.17g}" if excess < _ROUNDING else f"{float(value):.6g}"
    advice = "divide by kappa(1), for example (1/3)*ntk(3)"
    if excess < _ROUNDING:
        advice = (
            f"beyond 1 by {excess:.1e}, as by the rounding of a float: write the coefficients exactly, for example "
            "Fraction(1, 3) in place of 0.3333333333333334"
        )
    raise TooLargeError(
        f"the inner kernel of a composition must take values in [-1, 1]; {brief(kernel)} reaches {reached} "
        f"at u = {float(u):.6g} ({advice})"
    )


def not_shown(kernel: Zonal, reason: object = "") -> NotShownError:
    """The ValueError of a kernel of which nothing is shown, with the reason."""
    return NotShownError(
        f"the inner kernel of a composition must take values in [-1, 1], which could not be shown for {brief(kernel)}"
        + (f": {reason}" if str(reason) else "")
    )
