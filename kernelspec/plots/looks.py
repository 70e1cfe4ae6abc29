"""How figures call a kernel, and the one colour and dash pattern of its family, the same in every figure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from ..kernels.parser import parse
from ..kernels.zonal import Zonal
from ..views import drawing
from ..views.drawing import Look

KernelLike: TypeAlias = Zonal | str  # a kernel, or its text
Kernels: TypeAlias = KernelLike | Iterable[KernelLike]
K = TypeVar("K")
V = TypeVar("V")

LOOKS: dict[str, Look] = {
    "RF": {"color": drawing.BLUE, "linestyle": "-"},
    "NTK": {"color": drawing.VERMILION, "linestyle": (0, (5, 1.2))},
    "Laplace": {"color": drawing.GREEN, "linestyle": (0, (1.2, 1))},
    "step": {"color": drawing.PURPLE, "linestyle": (0, (6, 1.5, 1.2, 1.5))},
    "ReLU^2": {"color": drawing.BLACK, "linestyle": (0, (8, 2))},
    "": {"color": drawing.ORANGE, "linestyle": (0, (3, 1.2))},
}
_FAMILIES = (  # text of a kernel: family, and the label of the kernel with the number in it
    (r"rf\((\d+)\)", "RF", "RF, $L={}$"),
    (r"arccos\((1)\)", "RF", "RF, $L=2$"),
    (r"ntk\((\d+)\)", "NTK", "NTK, $L={}$"),
    (r"ntk\((\d+), bias=True\)", "NTK", "NTK with bias, $L={}$"),
    (r"rf\((\d+), degree=0\)", "step", "step, $L={}$"),
    (r"arccos\((0)\)", "step", "step, $L=2$"),
    (r"rf\((\d+), degree=2\)", "ReLU^2", "ReLU$^2$, $L={}$"),
    (r"arccos\((2)\)", "ReLU^2", "ReLU$^2$, $L=2$"),
    (r"laplace\((?:c=([\d.]+))?\)", "Laplace", "Laplace, $c={}$"),
)


def family(kernel: Zonal) -> str:
    """The family of a kernel: a key of `LOOKS`, the empty one for kernels of no family."""
    return _found(kernel)[0]


def label(kernel: Zonal) -> str:
    """What a figure calls a kernel: its family and depth, or its text."""
    return _found(kernel)[1]


def _found(kernel: Zonal) -> tuple[str, str]:
    text = repr(kernel)
    for pattern, name, words in _FAMILIES:
        if match := re.fullmatch(pattern, text):
            return name, words.format(match[1] or "1")
    # Computer Modern has another letter in the place of the underscore.
    return "", text.replace("$", r"\$").replace("_", r"$\_$")


def look(name: str, rank: float = 1, **more: object) -> Look:
    """Keywords for ``plot``; lines of higher rank (deeper networks) are thicker."""
    return LOOKS[name] | {"linewidth": 0.9 + 0.35 * rank} | more


def colours(families: Sequence[str]) -> list[str]:
    """A colour for each kernel of these families: that of its family, or one that is still free where it has none."""
    taken = {LOOKS[name]["color"] for name in families if name}
    free = [colour for colour in drawing.COLOURS if colour not in taken] or [drawing.BLACK]
    found = []
    for name in families:
        if name:
            found.append(LOOKS[name]["color"])
        else:
            found.append(free[0])
            free = [*free[1:], free[0]]
    return found


# -- arguments ---------------------------------------------------------------------------------------


def as_kernel(name: str, value: object) -> Zonal:
    """A kernel, given as such or as text."""
    if isinstance(value, str):
        try:
            return parse(value)
        except ValueError as error:
            raise ValueError(f"{name} must be kernels or their texts, got {value!r}: {error}") from error
    if not isinstance(value, Zonal):
        raise TypeError(f"{name} must be kernels or their texts, got {value!r}")
    return value


def as_kernels(name: str, values: Kernels) -> list[Zonal]:
    """One kernel or more."""
    if isinstance(values, str | Zonal):
        values = [values]
    try:
        kernels = [as_kernel(name, value) for value in values]
    except TypeError as error:
        raise TypeError(f"{name} must be kernels or their texts, got {values!r}") from error
    return some(name, kernels)


def integers(name: str, values: Any, lowest: int, highest: int | None = None) -> tuple[int, ...]:
    """One whole number or more, in the order given, each once."""
    from ..numbers.checks import LARGEST_INTEGER, integer

    try:
        given = tuple(values)
    except TypeError:
        given = (values,)
    top = LARGEST_INTEGER if highest is None else highest
    return tuple(some(name, list(dict.fromkeys(integer(name, n, lowest, top) for n in given))))


def reals(name: str, values: float | Iterable[float], low: float, high: float) -> list[float]:
    """One real number or more, in the order given."""
    from ..numbers.checks import real

    given = list(values) if isinstance(values, Iterable) and not isinstance(values, str) else [values]
    return some(name, [real(name, value, low, high) for value in given])


def mapping(name: str, value: Mapping[K, V] | None) -> Mapping[K, V]:
    """A mapping, an empty one for None."""
    if value is not None and not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a mapping, or None; got {value!r}")
    return value or {}


def some(name: str, values: list[V]) -> list[V]:
    """A list that is not empty."""
    if not values:
        raise ValueError(f"{name} must hold at least one value, got none")
    return values
