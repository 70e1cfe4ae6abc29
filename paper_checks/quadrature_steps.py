"""The library's quadrature with a proved error, step by step and where there are few nodes: e^{-sqrt(1-u)} on S^3.

On the boundary of the region this kernel has a closed form without roots, e^{-sqrt2 sin(theta/2)}; its eigenvalues are
convergent sums.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from flint import acb, arb

import kernelspec as ks
from kernelspec.spectrum.angular_quadrature import Quadrature
from oracle import deep as oracle
from paper_checks.registry import Evidence, exact

_DEGREES = (8, 30, 60)


def quadrature_steps(eigenvalue: Callable[[int], Any]) -> Iterator[Evidence]:
    """Exact evidence; `eigenvalue` gives enclosures of mu_k on S^3 that use no quadrature."""
    rule = Quadrature(ks.laplace(1))
    with oracle.precision(256):
        found = rule.values(4, 0, list(_DEGREES), 10.0)
    with oracle.precision(400):
        errors = [abs(f.mid() - eigenvalue(k)) for f, k in zip(found, _DEGREES, strict=True)]
        within = all(bool(e <= f.rad()) for e, f in zip(errors, found, strict=True))
        counted = all(bool(e > 0) and bool(f.rad() < 2**-10) for e, f in zip(errors, found, strict=True))
    nodes = max(n for n, _ in rule._rules)
    yield exact(
        rf"`laplace(1)`, $d=4$, {nodes} nodes, $k={', '.join(map(str, _DEGREES))}$: the radius is at least the error, "
        "which is more than rounding",
        within and counted,
        by="ball arithmetic",
        detail=", ".join(f"{float(e):.2g} <= {float(f.rad()):.2g}" for e, f in zip(errors, found, strict=True)),
    )
    (rho, pieces), *_ = ((rho, pieces) for rho, pieces in rule._found.items() if pieces)
    pieces = sorted(pieces, key=lambda piece: piece.start)
    yield exact(
        rf"the ellipse $\rho={float(rho):g}$, half of it by symmetry: its {len(pieces)} pieces follow each other from "
        "0 to 1",
        pieces[0].start == 0 and pieces[-1].stop == 1 and all(a.stop == b.start for a, b in pairwise(pieces)),
        by="rational arithmetic",
    )
    held, largest, bounds = _on_boundary(rho, pieces)
    yield exact(
        r"on every piece: its ball holds the boundary at its ends and in the middle, its bound is at least "
        r"$|\kappa(u)|+|\kappa(-u)|$ there; the largest bound is at most twice the largest value",
        held and bool(bounds < 2 * largest),
        by="ball arithmetic",
        detail=f"{float(bounds):.4g} and {float(largest):.4g}",
    )


def _on_boundary(rho: Any, pieces: Sequence[Any]) -> tuple[bool, Any, Any]:
    """Whether balls and bounds hold; the largest value met and the largest bound."""
    with oracle.precision(128):
        held, largest, bounds = True, arb(0), arb(0)
        size = arb(rho.numerator) / rho.denominator
        for piece in pieces:
            bounds = bounds.max(piece.bound)
            for place in (piece.start, (piece.start + piece.stop) / 2, piece.stop):
                turn = acb(0, arb.pi() * place.numerator / place.denominator).exp() * size
                z = (turn + 1 / turn + 2) / 4
                half = arb.pi() / 4 * z
                value = sum((abs((-arb(2).sqrt() * f).exp()) for f in (half.sin(), half.cos())), arb(0))
                held = held and piece.z.overlaps(z) and bool(value <= piece.bound)
                largest = largest.max(value)
        return held, largest, bounds
