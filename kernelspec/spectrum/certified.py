r"""Certified eigenvalues: Arb balls of any number of digits, by Gauss-Legendre quadrature in the angle with a
proved error.

By P_k(-t) = (-1)^k P_k(t) and the substitution theta = (pi/2) z^m at either end,

.. math:: \mu_k = c_d \frac\pi2 \int_0^1 \left[\kappa(\cos\theta) + (-1)^k \kappa(-\cos\theta)\right]
          P_k(\cos\theta) \sin^{d-2}\theta \; m z^{m-1} dz, \qquad c_d = \frac{\Gamma(d/2)}{\sqrt\pi\,\Gamma((d-1)/2)} .

m = 1 serves ReLU networks, NTK and Laplace kernels; a step network of L layers needs m = 2^{L-2}. The integrand F is
analytic in a Bernstein ellipse E_rho with foci 0 and 1: `analyticity` proves it from balls on the ellipse alone, where
it also bounds |kappa|. The other factors are entire, with

    |P_k(cos theta)| <= cosh(k Im theta)

because P_k(cos theta) is a convex combination of cos(j theta), |j| <= k (Gegenbauer coefficients of order
lambda = d/2 - 1 >= 0 are >= 0 in this basis).

*Error* (Rabinowitz 1969; Trefethen, ATAP, Theorem 19.3). If |F| <= M in E_rho, the n-point Gauss-Legendre rule on
an interval of length 1 errs by at most (1/2)(64/15) M rho^{-2n} / (1 - rho^{-2}), n >= 2. *Proof.* On [-1, 1] the
Chebyshev coefficients obey |a_j| <= 2 M rho^{-j}; the rule is exact for j < 2n and for odd j, and for even j >= 4
integral and rule of T_j differ by at most 2/(j^2-1) + 2 <= 32/15. Sum over even j >= 2n.

Nodes, weights (`arb.legendre_p_root`), kernel values (relative accuracy near both ends by `Point`), P_k
(recurrence) and the sum are balls at a precision that is raised until the result has the digits asked for.

Duals of smooth activations by name, whose Taylor coefficients and their sum are known as balls, have sums with
a proved tail (`hermite_sums`).

In high dimension, where the Taylor series at 0 falls to nothing within few thousand terms, its sum serves
(`taylor_sums`): there the quadrature would take thousands of bits, as mu_k is so much smaller than kappa.

For few large degrees the expansion with its proved remainder serves (`asymptotic`), for all beyond 2000.

Networks of activations with pieces, which are read on [-1, 1] alone, have Taylor models on panels (`panel_balls`).

Parities in which the kernel is a polynomial (claims 20, 21) are exact rational numbers, the zeros among them exact
zeros, by symmetry. Terms with a closed form are read from it.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import flint
import numpy as np

from ..kernels.expression import add
from ..kernels.piecewise_balls import MOST_BITS
from ..kernels.text import brief
from ..kernels.zonal import Zonal
from ..numbers.exact_numbers import Scalar, ball
from ..numbers.precision import precision
from ..sphere.gamma_products import ClosedForm
from ..sphere.power_eigenvalues import cut_power
from . import taylor_sums
from .angular_quadrature import BITS_LOST, quadrature
from .asymptotic import asymptotic_ball, remainder
from .closed import PolynomialForm, of_parity
from .hermite_sums import SeriesForm, form_of
from .panel_balls import panel_balls
from .radial import radial_route

_ATTEMPTS = 8
_LARGEST_QUADRATURE = 2000  # a recurrence at every node; beyond, the expansion has the digits
_MANY_BITS, _FEW = 1024, 32  # with which precision quadrature takes longer, for so few degrees, than the expansion
_TERMS = (2, 4, 8, 16, 32, 48)


def certified(kernel: Zonal, d: int, degrees: list[int], digits: int) -> list[Any]:
    """Balls of mu_k for the degrees, each right to `digits` digits.

    Raises RegionError where analyticity cannot be shown, ArithmeticError where the digits are out of reach.
    """
    out: list[Any] = [None] * len(degrees)
    with precision(int(digits * math.log2(10)) + 64):
        for parity in (0, 1):
            chosen = [i for i, k in enumerate(degrees) if k % 2 == parity]
            if not chosen:
                continue
            part = kernel.polynomial_part(parity)
            if part is not None:
                for i in chosen:
                    out[i] = PolynomialForm(d, part).ball(degrees[i])
                continue
            found = _of_parity(kernel, d, parity, [degrees[i] for i in chosen], digits)
            for i, value in zip(chosen, found, strict=True):
                out[i] = value
    return out


def _of_parity(kernel: Zonal, d: int, parity: int, degrees: list[int], digits: int) -> list[Any]:
    if not degrees:
        return []
    rest: list[tuple[Scalar, Zonal]] = []
    closed: list[tuple[Scalar, ClosedForm | SeriesForm]] = []
    for c, term in of_parity(kernel, parity):
        form = form_of(term, d, parity)
        if form is None:
            rest.append((c, term))
        else:
            closed.append((c, form))
    together = add(rest)
    panels = kernel.real_only or together.truncation
    smallest = [_bits_below(d, k) for k in degrees]
    if panels and (layer := _one_layer(together, parity)) is not None:
        smallest = _sizes(layer, d, degrees, brief(kernel))
    if rest and not together.truncation:
        by_taylor = _by_taylor(together, closed, d, degrees, digits)
        if by_taylor is not None:
            return by_taylor
    if rest and not panels and (large := _large(kernel, d, degrees, digits)):
        low = [i for i, k in enumerate(degrees) if k not in large]
        below = _of_parity(kernel, d, parity, [degrees[i] for i in low], digits)
        known = dict(zip(low, below, strict=True))
        return [known[i] if i in known else large[k] for i, k in enumerate(degrees)]
    integral = (panel_balls if panels else quadrature)(together) if rest else None
    wanted = taylor_sums.bits_of(digits)
    extra = 32.0
    found: dict[int, Any] = {}
    todo = list(range(len(degrees)))
    for _ in range(_ATTEMPTS):  # not by `good`: how many bits are missing is known, degree by degree
        ks = [degrees[i] for i in todo]
        depth = wanted + extra  # bits, and with a quadrature those after the binary point
        if integral is not None:
            depth += max(smallest[i] for i in todo)
        with precision(int(depth) + 32):
            values = integral.values(d, parity, ks, depth) if integral else [flint.arb(0)] * len(ks)
            for i, value in zip(todo, values, strict=True):
                for c, form in closed:
                    value = value + ball(c) * form.ball(degrees[i])
                found[i] = value
            todo = [i for i in todo if found[i].rel_accuracy_bits() < wanted]
            if not todo:
                return [found[i] for i in range(len(degrees))]
            for i in todo:  # now its size may be known
                if not found[i].contains(0):
                    smallest[i] = -float(abs(found[i]).log()) / math.log(2)
        extra = extra * 1.5 + (0.3 * depth if any(found[i].contains(0) for i in todo) else 0.0)
    k = degrees[todo[0]]
    raise ArithmeticError(
        f"mu_{k} of {kernel!r} on S^{d - 1} could not be told from {found[todo[0]].str(5)} to {digits} digits"
    )


def _by_taylor(
    kernel: Zonal, closed: list[tuple[Scalar, ClosedForm | SeriesForm]], d: int, degrees: list[int], digits: int
) -> list[Any] | None:
    """The Taylor sums and the closed forms; None where their sum has not got the digits (`taylor_sums`)."""
    wanted = taylor_sums.bits_of(digits)
    with precision(int(wanted) + 64):
        sums = taylor_sums.values(kernel, d, degrees, wanted)
        if sums is None:
            return None
        for c, form in closed:
            sums = [value + ball(c) * form.ball(k) for value, k in zip(sums, degrees, strict=True)]
    return sums if all(value.rel_accuracy_bits() >= wanted for value in sums) else None


def _bits_below(d: int, k: int) -> float:
    """-log2 of what eigenvalues of this degree are like: only a precision to begin with."""
    log = cut_power(d, Fraction(3, 2)).ball(k).log() if k > 1 else 0
    return max(0.0, -float(log) / math.log(2))


def _one_layer(kernel: Zonal, parity: int) -> Zonal | None:
    """The dual of which the kernel is a multiple, but for what is a polynomial at this parity."""
    from .choice import written_out

    terms = [term for _, term in written_out(kernel) if term.polynomial_part(parity) is None]
    return terms[0] if len(terms) == 1 and terms[0].kinked_activation is not None else None


def _sizes(layer: Zonal, d: int, degrees: list[int], name: str) -> list[float]:
    """-log2 mu_k of one layer with pieces in floats; ArithmeticError where they are too small to be proved."""
    logs = radial_route(layer).values(d, np.array(degrees)).log_abs / math.log(2)
    sizes = zip(logs.tolist(), degrees, strict=True)
    found = [max(0.0, -log) if math.isfinite(log) else _bits_below(d, k) for log, k in sizes]
    if max(found) > MOST_BITS:
        k = degrees[found.index(max(found))]
        raise ArithmeticError(
            f"mu_{k} of {name} on S^{d - 1} is about 2^-{max(found):.0f}, and values of the kernel are proved "
            f"to at most {MOST_BITS} bits: `log_abs` has it in floats"
        )
    return found


def _large(kernel: Zonal, d: int, degrees: list[int], digits: int) -> dict[int, Any]:
    """mu_k by k from the expansion: where quadrature does not serve, and before it where that would take longer."""
    beyond = [k for k in degrees if k > _LARGEST_QUADRATURE]
    found = {k: _by_expansion(kernel, d, k, digits) for k in beyond}
    if len(degrees) - len(beyond) > _FEW:
        return found
    for k in sorted(set(degrees) - set(beyond), reverse=True):
        if _bits_below(d, k) + BITS_LOST * k < _MANY_BITS:
            break
        try:
            found[k] = _by_expansion(kernel, d, k, digits)
        except (ValueError, ArithmeticError, NotImplementedError):
            break  # for smaller degrees it has fewer digits
    return found


def _by_expansion(kernel: Zonal, d: int, k: int, digits: int) -> Any:
    """The asymptotic expansion with its proved remainder, for large degrees."""
    wanted, best = digits * math.log2(10), "no expansion"
    for terms in _TERMS:
        value = asymptotic_ball(kernel, d, k, terms, digits + 10)
        with precision(int((digits + 10) * math.log2(10)) + 64):
            value += flint.arb(0, 1) * remainder(kernel, d, terms).bound(k)
        told = value.rel_accuracy_bits()
        if told > wanted:
            return value
        best = value.str(5)
        if k <= _LARGEST_QUADRATURE and terms > _TERMS[0] and told * _TERMS[-1] < wanted * terms:
            break  # each further term tells less than the ones before
    raise ArithmeticError(
        f"{digits} digits of mu_{k} of {kernel!r} on S^{d - 1} are out of reach: quadrature serves degrees up to "
        f"{_LARGEST_QUADRATURE}, and {_TERMS[-1]} terms of the expansion give {best}"
    )
