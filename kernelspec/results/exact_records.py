"""Kernels, balls and exact numbers as plain data for JSON, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from ..numbers import exact_text
from .value_text import is_ball

if TYPE_CHECKING:
    import sympy

    from ..kernels.zonal import Zonal
    from ..numbers.constants import Number
    from ..numbers.enclosure import Enclosure

# What `json.loads` gives, each part of which is tested where it is read.
Json: TypeAlias = Any
Fields: TypeAlias = dict[str, Json]
PACKAGE = __name__.partition(".")[0]


def is_of(place: str) -> Callable[[object], bool]:
    """Whether a value's own type is the one at this place; nothing is imported for that."""
    module, _, name = place.partition(":")

    def matches(value: object) -> bool:
        kind = type(value)
        return kind.__name__ == name and kind.__module__ == f"{PACKAGE}.{module}"

    return matches


def kernel_data(kernel: Zonal) -> Fields:
    """A kernel as its text; TypeError where that does not read back."""
    from ..kernels.parser import parse

    text = repr(kernel)
    try:
        same = parse(text) == kernel
    except ValueError as reason:
        raise TypeError(
            f"result holds the kernel {text[:80]}, whose text is not read back ({reason}): it cannot be saved"
        ) from None
    if not same:
        raise TypeError(f"result holds the kernel {text[:80]}, whose text gives another: it cannot be saved")
    return {"text": text}


def kernel_of(data: Fields) -> Zonal:
    """The kernel of a text."""
    from ..kernels.parser import parse

    return parse(data["text"])


def is_enclosure(value: object) -> bool:
    """Whether it is a ball that knows its digits."""
    return is_ball(value) and is_of("numbers.enclosure:Enclosure")(value)


def enclosure_data(ball: Enclosure) -> Fields:
    """Such a ball as text that loses nothing."""
    return {**exact_text.ball_text(ball), "digits": ball.digits}


def enclosure_of(data: Fields) -> Enclosure:
    """The ball of such text."""
    from ..numbers.checks import integer
    from ..numbers.enclosure import Enclosure

    rest = {key: part for key, part in data.items() if key != "digits"}
    return Enclosure(exact_text.ball_of(rest), integer("digits", data["digits"], 1))


def sympy_data(value: sympy.Expr) -> Fields:
    """A sympy expression as plain data; TypeError where they do not read back."""
    data = exact_text.sympy_data(value)
    if exact_text.sympy_of(data) != value:
        raise TypeError(
            f"result holds the SymPy expression {exact_text.sympy_text(value)[:80]}, which is not read "
            "back: it cannot be saved"
        )
    return {"value": data}


def number_data(value: Number) -> Fields:
    """A number of `numbers.constants` as plain data."""
    return {"numbers": exact_text.number_data(value)}


def number_of(data: Fields) -> Number:
    """The number of such data."""
    return exact_text.number_of(data["numbers"])
