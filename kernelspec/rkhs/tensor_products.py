r"""Levels of tensor products and of sums of kernels on independent inputs, for sums of concave functions.

For x and y independent, k_1(x, x') k_2(y, y') has the eigenfunctions Y(x) Z(y) with eigenvalues mu_i nu_j (claim 59),
and k_1 + k_2 has, besides the constant with mu_0 + nu_0, those of k_1 and of k_2 of degree >= 1. The RKHS of the
product is the Hilbert tensor product: it contains f_1 f_2, of norm |f_1||f_2| (Aronszajn 1950, I.8).

`nodes` gives the spectrum of one kernel as `Levels` in which the nodes and weights of `degree_sums` stand for all high
degrees. As the weights serve every concave f with f(0) = 0 they serve f(nu .) for every nu >= 0: products of weights
serve products of eigenvalues. Effective dimensions and information gains of such levels are bounds as always; a node
is no eigenvalue, so that `capacity.tail` says nothing of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..kernels.zonal import Zonal, require_kernel
from ..numbers.checks import integer
from ..numbers.exact_numbers import ball
from ..numbers.outward import lower_float, upper_float
from ..numbers.precision import precision, with_balls
from .degree_sums import BITS
from .levels import Levels
from .mercer import Certified, Finite, Power, mercer

_LARGEST = 10**12


@with_balls
def nodes(kernel: Zonal, d: int, degree: int = 10**6, domain: str = "sphere") -> Levels:
    """The Mercer spectrum up to a degree and beyond it, as levels for sums of concave functions; see the module.

    Parameters
    ----------
    kernel : a kernel whose eigenvalues can be certified.
    d : the dimension, from 2 on (on the cube from 1 on).
    degree : from which degree on, at the latest, the trace alone is kept; from 1 to 10^12.
    domain : "sphere" or "cube".

    The constant, of degree 0, is the first level, also where its eigenvalue is 0.

    >>> import kernelspec as ks
    >>> from kernelspec.rkhs.capacity import effective_dimension
    >>> low, high = effective_dimension(nodes(ks.ntk(3), 3), 1e-3)
    >>> round(low, 8), round(high, 8)
    (152.34493987, 152.34493987)
    """
    require_kernel(kernel)
    d, degree = integer("d", d, 1 if domain == "cube" else 2), integer("degree", degree, 1, _LARGEST)
    if domain not in ("sphere", "cube"):
        raise ValueError(f'domain must be "sphere" or "cube", got {domain!r}')
    with precision(BITS):
        found: list[tuple[Any, Any]] = []
        rest, largest = ball(0), ball(0)
        for parity, part in enumerate(mercer(kernel, d, domain)):
            levels = [(level.value, ball(level.multiplicity)) for level in part.levels]
            if isinstance(part, Power):
                i = 0
                while part.tail.ends[i].degree < degree:
                    i += 1
                    while len(part.tail.ends) <= i:
                        part.tail.extend()
                levels += part.tail.nodes[: part.tail.ends[i].nodes]
                rest += part.left(i)
                largest = max(largest, part.tail.ends[i].largest)
            elif isinstance(part, Certified):
                left, most = part.left(part.levels)
                rest += left
                largest = max(largest, most)
            else:
                assert isinstance(part, Finite)
            if parity == 0 and not (part.levels and part.levels[0].degree == 0):
                levels.insert(0, (ball(0), ball(1)))
            found += levels
        ends = [(lower_float(m), upper_float(m), lower_float(w), upper_float(w)) for m, w in found]
        columns = [np.array(column) for column in zip(*ends, strict=True)]
        bounds = max(0.0, lower_float(rest)), max(0.0, upper_float(rest))
        return Levels(columns[0], columns[1], columns[2], columns[3], bounds, upper_float(largest))


def tensor(a: Levels, b: Levels) -> Levels:
    """Levels of the product of two kernels on independent inputs: all products of an eigenvalue of each.

    What is left out is where one factor is: of its trace, rest_a (known_b + rest_b) + known_a rest_b.
    """
    lower, upper = (np.multiply.outer(x, y).ravel() for x, y in ((a.lower, b.lower), (a.upper, b.upper)))
    few, many = (
        np.multiply.outer(x, y).ravel()
        for x, y in ((a.multiplicity_lower, b.multiplicity_lower), (a.multiplicity_upper, b.multiplicity_upper))
    )
    rest = []
    for i, (x, y, up) in enumerate(((a.lower, b.lower, False), (a.upper, b.upper, True))):
        counts = (a.multiplicity_upper, b.multiplicity_upper) if up else (a.multiplicity_lower, b.multiplicity_lower)
        known = float(np.sum(x * counts[0])), float(np.sum(y * counts[1]))
        value = a.rest[i] * (known[1] + b.rest[i]) + known[0] * b.rest[i]
        slack = (x.size + y.size + 8) * 2.0**-52
        rest.append(value * (1 + slack) if up else value * (1 - slack))
    greatest = [max(float(np.max(each.upper, initial=0.0)), each.largest) for each in (a, b)]
    largest = max(a.largest * greatest[1], b.largest * greatest[0]) * (1 + 2.0**-50)
    low, high = np.nextafter(lower, 0), np.nextafter(upper, np.inf)
    some = np.logical_and.outer(a.upper > 0, b.upper > 0).ravel()  # also where the product underflows
    whole = many < 2.0**53  # products of integers below are exact; others are rounded outward
    few, many = (
        np.where(whole & (few == many), few, np.nextafter(few, 0)),
        np.where(whole & (few == many), many, np.nextafter(many, np.inf)),
    )
    return Levels(np.where(lower > 0, low, 0.0), np.where(some, high, 0.0), few, many, (rest[0], rest[1]), largest)


def independent_sum(a: Levels, b: Levels) -> Levels:
    """Levels of k_1(x, x') + k_2(y, y') on independent inputs, both from `nodes`: the constants are added up."""
    constant = np.nextafter(a.lower[:1] + b.lower[:1], 0), np.nextafter(a.upper[:1] + b.upper[:1], np.inf)
    rest = np.nextafter(a.rest[0] + b.rest[0], 0), np.nextafter(a.rest[1] + b.rest[1], np.inf)
    return Levels(
        np.concatenate([constant[0], a.lower[1:], b.lower[1:]]),
        np.concatenate([constant[1], a.upper[1:], b.upper[1:]]),
        np.concatenate([np.ones(1), a.multiplicity_lower[1:], b.multiplicity_lower[1:]]),
        np.concatenate([np.ones(1), a.multiplicity_upper[1:], b.multiplicity_upper[1:]]),
        (float(rest[0]) if a.rest[0] + b.rest[0] > 0 else 0.0, float(rest[1]) if a.rest[1] + b.rest[1] > 0 else 0.0),
        max(a.largest, b.largest),
    )
