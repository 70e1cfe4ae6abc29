"""The steps of `experiments.tangent_balls` where they must be tight, and where they must refuse."""

from collections.abc import Iterator
from functools import partial

from flint import arb, arb_series

from experiments import tangent_balls as balls
from paper_checks.deep_proofs import beside
from paper_checks.registry import Evidence, exact

_HOLES = (0.0, 0.1234, 0.5, 1.0)


def cover_steps() -> Iterator[Evidence]:
    """Exact evidence: the tail of the arcsine's sum from both sides, and what no cover and no peak may pass."""
    yield _tails()
    yield _sums()
    yield exact(
        r"no cover of $[0,1]$ passes a test that fails wherever one point is in the interval, "
        + f"{', '.join(f'{hole:g}' for hole in _HOLES)}; nor one that is never passed",
        all(balls.covered(partial(_misses, x), 0.0, 1.0) == 0 for x in _HOLES)
        and balls.covered(lambda a, b: False, 0.0, 1.0) == 0,
        by="the test itself",
    )
    with balls.arithmetic():
        end = balls.ratio(arb(1.3), 2)[0]
        middle, wide = balls.ratio(arb(1.295), 2)[0], balls.below(2, 1.29, 1.3, end)
        narrow = balls.below(2, 1.29, 1.3, end + arb(1) / 100)
    yield exact(
        r"$F_2$, which grows there, is not shown to be below its value at 1.3 on $[1.29,1.3]$, though its value in the "
        "middle is; it is for a level above it",
        bool(middle < end) and not wide and narrow,
        by="ball arithmetic",
    )
    yield exact(
        r"a neighbourhood of the maximum of $F_2$ in which it is not concave is refused",
        _refused(2, 1.0),
        by="ball arithmetic",
    )
    yield exact(r"$L=5$: that $F_5$ is largest at 0 is refused", balls.largest_at_zero(5) == 0, by="ball arithmetic")


def _misses(point: float, start: float, end: float) -> bool:
    return not start <= point <= end


def _tails() -> Evidence:
    with balls.arithmetic(400):
        radius, counts = arb(balls.DISC), (1, 5, 60)
        truths = []
        for terms in counts:
            known = (arb(a) * radius ** (2 * j) for j, a in enumerate(balls.arcsine()[:terms]))
            truths.append(radius.asin() / radius - sum(known, arb(0)))
        return beside(
            rf"what 1, 5 and 60 terms leave of $\arcsin\sigma/\sigma$ at $\sigma={balls.DISC}$, and its bound",
            [balls.tail(terms) for terms in counts],
            truths,
            0.5,
        )


def _sums() -> Evidence:
    """Three terms and their tail hold arcsin(s)/s, its slope and its bend; the tail is no wider than a number."""
    with balls.arithmetic():
        inside = []
        for place in (0.05, 0.2, 0.39):
            s = arb_series([arb(place), 1], 3)
            found, true = balls.power_sum(s, lambda j: 1, terms=3), s.asin() / s
            inside += [bool(found[k].overlaps(true[k])) for k in range(3)]
            inside.append(bool(found[0].rad() < 0.02) and bool(found[2].rad() < 0.2))
    return exact(
        r"three terms of $\arcsin\sigma/\sigma$ and the bound of what they leave hold its value and two derivatives",
        all(inside),
        by="ball arithmetic",
    )


def _refused(depth: int, reach: float) -> bool:
    try:
        balls.peak(depth, reach)
    except ArithmeticError as error:
        return "another maximum" in str(error)
    return False
