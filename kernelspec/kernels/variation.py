"""Kernel expressions as functions of the continuous parameters of the kernels that they are made of.

Values are rebuilt by the algebra of kernels, and derivatives are expressions as well, by the rules of sums, products
and compositions from the formulas of `parameter_slopes`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from .expression import add, compose, one
from .parameter_slopes import ChainSlope, Member
from .zonal import Zonal

Slopes = dict[tuple[int, str], Zonal]


@dataclass(frozen=True)
class Variable:
    """An expression, or a member of a family, whose continuous parameters have names.

    Parameters
    ----------
    template : the expression, or the member.
    members : what it is made of that has parameters, in the order in which it is written.
    names : for each parameter its name, the number of its member, and what it is called there. A name that several
        have, such as c, becomes c_1, c_2, ...
    """

    template: Zonal | Member
    members: tuple[Member, ...]
    names: dict[str, tuple[int, str]]

    @classmethod
    def of(cls, template: Zonal | Member) -> Variable:
        """The parameters of an expression or a member."""
        known = [template] if isinstance(template, Member) else map(Member.of, atoms(template))
        members = tuple(member for member in known if member is not None)
        found = [(number, name) for number, each in enumerate(members) for name in each.continuous]
        names: dict[str, tuple[int, str]] = {}
        for place in found:
            alike = [other for other in found if other[1] == place[1]]
            name = place[1] if len(alike) == 1 else f"{place[1]}_{alike.index(place) + 1}"
            names[name] = place
        return cls(template, members, names)

    def value(self, name: str) -> Any:
        """The value of a parameter."""
        number, argument = self.names[name]
        return self.members[number].arguments[argument]

    def changed(self, values: dict[str, Any]) -> Variable:
        """With other values of some parameters; ValueError, TypeError, by their functions, for what they may not be."""
        members = list(self.members)
        for name, value in values.items():
            number, argument = self.names[name]
            if float(members[number].arguments[argument]) != value:  # else the exact number stays
                given = {**members[number].arguments, argument: value}
                members[number] = replace(members[number], arguments=given)
        template = members[0] if isinstance(self.template, Member) else self.template
        return replace(self, template=template, members=tuple(members))

    def kernel(self) -> Zonal:
        """The kernel."""
        return self._built(False)[0]

    def slopes(self) -> dict[str, Zonal]:
        """The derivatives in all parameters, by their names."""
        found = self._built(True)[1]
        return {name: found[place] for name, place in self.names.items()}

    def _built(self, slopes: bool) -> tuple[Zonal, Slopes]:
        if isinstance(self.template, Member):
            return _of_member(0, self.template, slopes)
        return _built(self.template, iter(enumerate(self.members)), slopes)


def _parts(kernel: Zonal) -> tuple[Zonal, ...]:
    """The kernels that a node is made of; none for an atom."""
    for parts in (tuple(k for _, k in kernel.as_sum), kernel.as_product, kernel.as_layers):
        if parts != (kernel,):
            return parts
    return ()


def atoms(kernel: Zonal) -> Iterator[Zonal]:
    """The kernels without parts that an expression is made of, in the order in which it is written."""
    parts = _parts(kernel)
    for part in parts:
        yield from atoms(part)
    if not parts:
        yield kernel


def _of_member(number: int, member: Member, slopes: bool) -> tuple[Zonal, Slopes]:
    return member.kernel, {(number, name): member.slope(name) for name in member.continuous} if slopes else {}


def _built(kernel: Zonal, members: Iterator[tuple[int, Member]], slopes: bool) -> tuple[Zonal, Slopes]:
    """The kernel with the members in their places, and its derivatives."""
    parts = _parts(kernel)
    if not parts:
        return (kernel, {}) if Member.of(kernel) is None else _of_member(*next(members), slopes)
    made = [_built(part, members, slopes) for part in parts]
    values, changes = [value for value, _ in made], [change for _, change in made]
    if kernel.as_product == parts:
        return _multiplied(values, changes)
    if kernel.as_layers == parts:
        return _composed(values, changes)
    factors = [c for c, _ in kernel.as_sum]
    total = add(list(zip(factors, values, strict=True)))
    return total, {at: c * slope for c, each in zip(factors, changes, strict=True) for at, slope in each.items()}


def _multiplied(values: list[Zonal], changes: list[Slopes]) -> tuple[Zonal, Slopes]:
    total, slopes = one(), {}
    for number, value in enumerate(values):
        total = total * value
        for at, slope in changes[number].items():
            for other, factor in enumerate(values):
                slope = slope if other == number else slope * factor
            slopes[at] = slope
    return total, slopes


def _composed(values: list[Zonal], changes: list[Slopes]) -> tuple[Zonal, Slopes]:
    inner, slopes = values[-1], changes[-1]
    for outer, own in zip(reversed(values[:-1]), reversed(changes[:-1]), strict=True):
        passed: Slopes = {at: ChainSlope(outer, inner, slope) for at, slope in slopes.items()}
        slopes = passed | {at: compose(slope, inner) for at, slope in own.items()}
        inner = compose(outer, inner)
    return inner, slopes
