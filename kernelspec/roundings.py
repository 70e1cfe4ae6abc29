"""Kernels with floats that were rounded among their parameters (`exact_numbers.Rounded`): read as decimals, or refused.

Every reading of values takes the decimals, and a ball encloses the kernel with the decimals. A law must hold for
every number within the rounding: `decided` refuses where the leading powers, on which all laws rest, do not.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Any

from .exact_numbers import Exact, Rounded, decimal
from .expression import Compose, Monomial, Product, Sum, add, compose_layers
from .zonal import Zonal


@functools.lru_cache(maxsize=1024)
def has_rounded(kernel: Zonal) -> bool:
    """Whether a parameter or a coefficient is a rounded float."""
    return any(_holds_rounded(part) for part in _parts(kernel))


def _holds_rounded(part: Any) -> bool:
    if isinstance(part, Rounded):
        return True
    if isinstance(part, Exact):
        return bool(part.number.floats)
    if isinstance(part, tuple):
        return any(_holds_rounded(x) for x in part)
    return isinstance(part, Zonal) and has_rounded(part)


def _parts(kernel: Zonal) -> tuple[Any, ...]:
    if not dataclasses.is_dataclass(kernel):
        return ()
    return tuple(getattr(kernel, field.name) for field in dataclasses.fields(kernel))


@functools.lru_cache(maxsize=1024)
def as_decimals(kernel: Zonal) -> Zonal:
    """The kernel with the decimals in place of rounded floats: what its values are."""
    if not has_rounded(kernel):
        return kernel
    if isinstance(kernel, Sum):
        return add([(decimal(c), as_decimals(k)) for c, k in kernel.terms])
    if isinstance(kernel, Product):
        result: Zonal = Monomial(0)
        for k in kernel.factors:
            result = result * as_decimals(k)
        return result
    if isinstance(kernel, Compose):
        return compose_layers(tuple(as_decimals(k) for k in kernel.layers))
    return type(kernel)(*(_as_decimal(part) for part in _parts(kernel)))


def _as_decimal(part: Any) -> Any:
    if isinstance(part, tuple):
        return tuple(_as_decimal(x) for x in part)
    return as_decimals(part) if isinstance(part, Zonal) else decimal(part)


def decided(kernel: Zonal) -> Zonal:
    """The kernel with its decimals; ValueError where its leading powers rest on the rounding of its inputs."""
    if not has_rounded(kernel):
        return kernel
    from .decay.leading import leading_powers

    leading_powers(kernel)
    return as_decimals(kernel)
