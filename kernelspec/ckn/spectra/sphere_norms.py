r"""Norms of f(x) = sum_u G_u(x_u) for one layer on independent patches on S^{p-1} (derived here; claims 53, 54).

Derived here, from Bietti 2022.

With C = A^T A, harmonics of degree k >= 1 at different positions orthogonal, and the constants of all positions one
function (`spheres`),

.. math:: |f|^2 = \sum_{u,v} C^+_{uv} \Big(\langle G_u, G_v\rangle_H - \frac{c_u c_v}{\mu_0}\Big)
          + \frac{(\sum_u c_u)^2}{1^T C\, 1\, \mu_0}, \qquad c_u = \int G_u ,

H the RKHS of the patch kernel: the minimum over all ways to write f, which differ by constants. It is finite exactly if
every G_u is in H, but for its constant, and (G_u)_u is in the range of C: if sum_u z_u G_u is a constant for every z
with C z = 0. G is written as sum_r a_r g_r with different functions g_r; then it is enough that every a_r is in
the range of C, and necessary where the g_r are linearly independent but for constants, which is proved by the
determinant of the inner products of their harmonics.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ...numbers.checks import integer
from ...numbers.exact_numbers import ball
from ...numbers.precision import precision, with_balls
from ...rkhs.components import components
from ...rkhs.norms import energies
from ...rkhs.ridge import Function
from ...rkhs.space import Space
from .overlapping import inverse_form
from .pooled import pooling_rows

if TYPE_CHECKING:
    import flint

    from .spheres import SpheresLayer

_BITS = 256
_LOOKED_AT = 24  # degrees in which functions are shown to be independent
_SPARE = 10  # digits
_FLOAT_DIGITS = 18


def functions(f: Any, positions: int, d: int) -> dict[int, Function]:
    """The functions by their positions; TypeError or ValueError that names f."""
    if isinstance(f, Function) or isinstance(f, str) or not isinstance(f, Mapping | Sequence):
        raise TypeError(
            "f must be a function for each position, such as ks.rkhs.polynomial, in a list, or in a mapping from "
            f"positions; got {f!r}"
        )
    if not isinstance(f, Mapping):
        if len(f) != positions:
            raise ValueError(f"f must have one function for each of the {positions} positions, got {len(f)}")
        f = dict(enumerate(f))
    found: dict[int, Function] = {}
    for place, function in f.items():
        place = integer("f", place, 0, positions - 1)
        if function is None:
            continue
        if not isinstance(function, Function):
            raise TypeError(f"f must hold functions such as ks.rkhs.ridge(...) or None; got {function!r}")
        if function.d != d:
            raise ValueError(f"f must hold functions on the sphere in R^{d}; got one in R^{function.d}")
        found[place] = function
    return found


@with_balls
def squared_norm(solver: SpheresLayer, f: Mapping[int, Function], digits: int | None) -> flint.arb | None:
    """|f|^2 as a ball with a few digits more than asked for; None where f is not in the RKHS.

    Raises ValueError where that is not decided, ArithmeticError where the digits are out of reach.
    """
    wanted = _FLOAT_DIGITS if digits is None else digits
    value: flint.arb | None = None
    for more in (_SPARE, 3 * _SPARE, 9 * _SPARE):
        with precision(_BITS + 4 * (wanted + more)):
            value = _squared_norm(solver, f, wanted + more)
            if value is None or value == 0 or value.rel_accuracy_bits() > 3.33 * (wanted + 1):
                return value
    raise ArithmeticError(f"{wanted} digits of the norm are out of reach: its square is {value!r}")


def _squared_norm(solver: SpheresLayer, f: Mapping[int, Function], digits: int) -> flint.arb | None:
    space, n = Space(solver.patch.kernel, solver.patch.p), solver.positions
    mu = solver.patch.kernel.spectrum(solver.patch.p).certified(0, digits=digits + 3)
    several, mean = _gathered(f, n), ball(0)
    for g, a in several:
        mean += _mean(g, digits) * ball(sum(a))
    several = [(g, a) for g, a in several if not _is_constant(g)]
    if not several and mean == 0:
        return ball(0)
    make = functools.partial(pooling_rows, solver.layer, n, solver.mean)
    forms = [inverse_form(make, a) for _, a in several]
    members = [space.contains(g) for g, _ in several]
    for member, (g, _) in zip(members, several, strict=True):
        if member.member is None:
            raise ValueError(f"the norm of {g!r} in {space!r} is not decided: {member.why}")
    if not all(member.member for member in members):
        return None
    if any(form is None for form in forms):
        if not _independent([g for g, _ in several], digits):
            raise ValueError("f must have functions that are seen to be linearly independent where pooling has zeros")
        return None
    total = ball(0)
    for i, (g, a) in enumerate(several):
        for j, (h, b) in enumerate(several[: i + 1]):
            both = [x + y for x, y in zip(a, b, strict=True)]
            weight = (_ball(inverse_form(make, both)) - _ball(forms[i]) - _ball(forms[j])) / 2
            inner = _number(space.inner(g, h, digits))
            if mu != 0:
                inner -= _mean(g, digits) * _mean(h, digits) / mu
            total += (1 if i == j else 2) * weight * inner
    if mean == 0:
        return total
    if mu == 0:
        return None
    return total + mean * mean / (solver.constant() * mu)


def _number(x: Any) -> Any:
    return ball(1) * x


def _ball(x: Any) -> Any:
    return ball(x) if isinstance(x, Fraction) else x


def _gathered(f: Mapping[int, Function], n: int) -> list[tuple[Function, list[Fraction]]]:
    """Different functions, up to factors, each with its factors at all positions."""
    found: dict[Any, tuple[Function, list[Fraction]]] = {}
    for place, function in f.items():
        parts = [c for c, _, _ in function.ridges] + [c for _, c in sorted(function.polynomial.items())]
        if not parts:
            continue
        unit = function / parts[0]
        key = frozenset(unit.ridges), frozenset(unit.polynomial.items())
        found.setdefault(key, (unit, [Fraction(0)] * n))[1][place] += parts[0]
    return list(found.values())


def _mean(g: Function, digits: int) -> Any:
    """The harmonic of degree 0."""
    total = ball(0)
    for part in components(g):
        total += part.balls(1, digits + 3)[0]
    if g.polynomial:
        total += ball(g._harmonics.values((Fraction(1), *[Fraction(0)] * (g.d - 1)))[0])
    return total


def _is_constant(g: Function) -> bool:
    """Whether a polynomial is shown to be constant on the sphere."""
    return not g.ridges and not any(g._harmonics.squares[1:])


def _independent(several: list[Function], digits: int) -> bool:
    """Whether a ball shows that no combination of the functions is constant."""
    import flint

    def inner(g: Function) -> Any:
        return sum(energies(g.d, g, components(g), _LOOKED_AT, digits)[1:], ball(0))

    squares = [inner(g) for g in several]
    rows = [
        [squares[i] if i == j else (inner(g + h) - squares[i] - squares[j]) / 2 for j, h in enumerate(several)]
        for i, g in enumerate(several)
    ]
    return bool(flint.arb_mat(rows).det() > 0)
