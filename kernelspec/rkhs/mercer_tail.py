"""The r largest eigenvalues of a kernel, exactly chosen, and what is left of the trace behind them.

Levels that are known one by one are sorted. Of a parity that falls like a power, A(k) of `degree_sums` decreases from
`start` on (`PowerTail.falls`), so that its eigenvalues above a threshold are those of the degrees below one degree K,
and there are binom(K+d-3, d-1) of them from degree 0 on (the sum of N(d,j) over j = K-2, K-4, ...). A threshold is
found by halving; what is left behind it is a sum of numbers > 0, in which nothing cancels. That mu_k = A(k)(1 + e),
|e| <= eps, may order eigenvalues differently changes the sum by a factor within 1 +- eps, which the ball covers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from .. import sphere
from ..numbers.exact_numbers import ball
from .degree_sums import PowerTail
from .mercer import Certified, Concave, Level, Part, Power

_MOST_BLOCKS = 400


def trace_behind(parts: tuple[Part, ...], d: int, r: int) -> Any:
    """T(r), a ball."""
    known = sorted((level for part in parts for level in part.levels), key=_size, reverse=True)
    tails = sorted((part.tail for part in parts if isinstance(part, Power)), key=lambda tail: tail.nu)
    left_out = [part.left(part.levels)[0] for part in parts if isinstance(part, Certified)]
    bounds = [part.left(part.levels)[1] for part in parts if isinstance(part, Certified)]
    places, chosen = _places(tails, known, r) if tails else ({}, 0)
    total = ball(0)
    left = r - sum(level.multiplicity for level in known[:chosen])
    left -= sum(_between(d, tail.start, places[tail]) for tail in tails)
    while left > 0:
        heads = [(_size(tail, places[tail]), tail) for tail in tails]
        best = max(heads, key=lambda each: each[0], default=None)
        if chosen < len(known) and (best is None or _size(known[chosen]) >= best[0]):
            some = min(known[chosen].multiplicity, left)
            total += (known[chosen].multiplicity - some) * known[chosen].value
            chosen += 1
        elif best is not None:
            tail = best[1]
            many = sphere.multiplicity(d, places[tail])
            some = min(many, left)
            total += (many - some) * tail.enclosed(places[tail])
            places[tail] += 2
        else:
            break
        left -= some
    total += sum((level.multiplicity * level.value for level in known[chosen:]), ball(0))
    for part in parts:
        if isinstance(part, Power):
            k = places[part.tail]
            total += part.left(0) if k == part.tail.start else part.tail.trace_from(k)
    taken = [level.value.lower() for level in known[:chosen]]
    taken += [tail.enclosed(places[tail] - 2).lower() for tail in tails if places[tail] > tail.start]
    if left > 0:
        taken.append(ball(0))
    for rest, largest in zip(left_out, bounds, strict=True):
        # Where one of those that are left out may be larger than one that was taken, some of them belong to the r.
        total += ball(0).union(rest.upper()) if any(largest > mu for mu in taken) else rest
    return total


def cuts(parts: tuple[Part, ...], trace: Any, d: int, n: int, f: Concave) -> Iterator[tuple[int, Any, Any]]:
    """Selections of r < n eigenvalues with c = (trace left)/(n-r) <= the least of them: r, their sum of f, and c.

    Of those that are tried, the last ones, which give the best bounds (`capacity_on_sphere`).
    """
    known = sorted((level for part in parts for level in part.levels), key=_size, reverse=True)
    tails = [part.tail for part in parts if isinstance(part, Power)]
    count, last = 0, None
    values: list[Level] = []
    for level in known:
        count += level.multiplicity
        trace -= level.multiplicity * level.value
        if count >= n or not trace / (n - count) <= level.value:
            break
        values.append(level)
        last = count, trace / (n - count)
    total = sum((level.multiplicity * f(level.value) for level in values), ball(0))
    if last is not None:
        yield last[0], total, last[1]
    if len(values) < len(known) or not tails:
        return
    for i in range(1, _MOST_BLOCKS):  # and whole blocks of degrees of both parities
        for tail in tails:
            while len(tail.ends) <= i:
                tail.extend()
        count = sum(level.multiplicity for level in known)
        count += sum(_between(d, tail.start, tail.ends[i].degree) for tail in tails)
        left = sum((part.left(i) for part in parts if isinstance(part, Power)), ball(0))
        left += sum((part.left(part.levels)[0] for part in parts if isinstance(part, Certified)), ball(0))
        least = [tail.enclosed(tail.ends[i].degree - 2) for tail in tails]
        if count >= n or not all(left / (n - count) <= mu for mu in least):
            return
        for tail in tails:
            for mu, weight in tail.nodes[tail.ends[i - 1].nodes : tail.ends[i].nodes]:
                total += weight * f(mu)
        yield count, total, left / (n - count)


def _size(level: Level | PowerTail, k: int = 0) -> Any:
    return (level.value if isinstance(level, Level) else level.eigenvalue(ball(k))).mid()


def _between(d: int, start: int, end: int) -> int:
    """The sum of N(d, k) over k = start, start + 2, ..., end - 2."""
    return math.comb(end + d - 3, d - 1) - math.comb(start + d - 3, d - 1)


def _places(tails: list[PowerTail], known: list[Level], r: int) -> tuple[dict[PowerTail, int], int]:
    """Where a threshold lies above which there are at most r eigenvalues, of all the highest that is found by halving.

    For each tail the degree from which its eigenvalues are not above it, and how many of the known levels are. The
    first tail, which falls the slowest, holds the threshold.
    """
    first, *others = tails

    def at(steps: int) -> tuple[dict[PowerTail, int], int]:
        k = first.start + 2 * steps
        threshold = _size(first, k)
        places = {first: k} | {tail: _first_below(tail, threshold, k) for tail in others}
        return places, sum(1 for level in known if _size(level) > threshold)

    def above(steps: int) -> int:
        places, chosen = at(steps)
        count = sum(level.multiplicity for level in known[:chosen])
        return count + sum(_between(tail.d, tail.start, k) for tail, k in places.items())

    if above(0) > r:
        return {tail: tail.start for tail in tails}, 0
    low, high = 0, 1
    while above(high) <= r:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if above(middle) <= r else (low, middle)
    return at(low)


def _first_below(tail: PowerTail, threshold: Any, guess: int) -> int:
    """The first degree whose eigenvalue is at most the threshold."""
    if _size(tail, tail.start) <= threshold:
        return tail.start
    low, high = 0, max(1, (guess - tail.start) // 2)
    while _size(tail, tail.start + 2 * high) > threshold:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        below = _size(tail, tail.start + 2 * middle) <= threshold
        low, high = (low, middle) if below else (middle, high)
    return tail.start + 2 * high
