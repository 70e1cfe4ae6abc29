"""Kernels with floats that were rounded among their parameters (`exact_numbers.Rounded`): read as decimals, or refused.

Every reading of values takes the decimals, and a ball encloses the kernel with the decimals. A law must hold for
every number within the rounding: `decided` refuses where the leading powers, on which all laws rest, do not.
"""

from __future__ import annotations

import dataclasses
import functools
from fractions import Fraction
from typing import Any

from ..numbers.exact_numbers import REMEDY, Exact, Rounded, decimal
from .atoms import Monomial
from .ball_values import value_at
from .base_points import exact_at, rational
from .compositions import Compose
from .expression import add, compose_layers
from .products import Product
from .sums import Sum
from .zonal import Zonal

_WITHIN = Fraction(1, 2**46)  # by how much the rounding of some floats may move the end of an inner kernel


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
    fields = dataclasses.fields(kernel)  # type: ignore[arg-type]  # it has rounded parameters: it is a dataclass
    return dataclasses.replace(kernel, **{f.name: _as_decimal(getattr(kernel, f.name)) for f in fields})  # type: ignore[type-var]


def _as_decimal(part: Any) -> Any:
    if isinstance(part, tuple):
        return tuple(_as_decimal(x) for x in part)
    return as_decimals(part) if isinstance(part, Zonal) else decimal(part)


def require_ends(kernel: Zonal) -> None:
    """ValueError where an inner kernel with rounded floats ends next to +1 or -1: there its layer may be singular."""
    if not has_rounded(kernel):
        return
    if isinstance(kernel, Compose):
        for i in range(1, len(kernel.layers)):
            inner = compose_layers(kernel.layers[i:])
            if has_rounded(inner) and not inner.real_floats:
                _require_end(inner)
    for part in _parts(kernel):
        for item in part if isinstance(part, tuple) else (part,):
            for k in item if isinstance(item, tuple) else (item,):
                if isinstance(k, Zonal):
                    require_ends(k)


def _require_end(inner: Zonal) -> None:
    decimals = as_decimals(inner)
    for at in (1, -1):
        if exact_at(inner, at) in (rational(1), rational(-1)):
            continue
        value = value_at(decimals, Fraction(at))
        if value.is_finite() and abs(abs(value) - 1) < float(_WITHIN):
            raise ValueError(
                f"the law rests on whether {inner!r} reaches {1 if value > 0 else -1} at u = {at}, which the rounding "
                f"of the inputs leaves open; {REMEDY}"
            )


def decided(kernel: Zonal) -> Zonal:
    """The kernel with its decimals; ValueError where its leading powers rest on the rounding of its inputs."""
    if not has_rounded(kernel):
        return kernel
    from ..decay.leading_powers import leading_powers

    leading_powers(kernel)
    return as_decimals(kernel)
