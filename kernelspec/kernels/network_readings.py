"""Networks of smooth activations, their sums, products and compositions, read step by step in balls.

A `Reading` says what correlations are - Taylor coefficients (`proved_series`), values at points, or bounds of
derivatives at u = 1 (`point_readings`), or how parts behave beyond it (`growth`) - and what a dual makes of them. The
steps are those of `wide`; variances behind a smooth activation are balls of the precision in force, and what is read of
a dual holds for all numbers in them.
"""

from __future__ import annotations

import functools
import math
import operator
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

import flint

from ..numbers.exact_numbers import Scalar, ball
from . import smooth_duals as smooth
from .activated import Activated, Formed, mean_square
from .compositions import Compose
from .hermite_balls import as_ball
from .phi_facts import exact_at
from .products import Product
from .scaled_duals import Phi
from .steps import Branches, Chain, Norm, Weights
from .sums import Sum
from .wide import Wide, named
from .zonal import Zonal

Variance: TypeAlias = "Scalar | flint.arb"


class Reading:
    """How a network is read: what its parts are at u, and at a correlation."""

    signed = False  # whether terms of a sum may be subtracted

    def whole(self, kernel: Zonal, rho: Any) -> Any:
        """A kernel that is read as one, where it is; else None."""
        return None

    def inner(self, kernel: Zonal, value: Any) -> Any:
        """A kernel's value as the correlation that an outer one reads."""
        return value

    def line(self) -> Any:
        """u itself."""
        raise NotImplementedError

    def constant(self, c: Any) -> Any:
        """The same number at every u."""
        raise NotImplementedError

    def dual(self, phi: Phi, q: Variance, rho: Any, steep: bool) -> tuple[Any, Any, Any] | None:
        """K(rho) and, where it is asked for, K'(rho), of a variance q, and K(1); None where these are not known."""
        raise NotImplementedError

    def normalised(self, value: Any, one: Any) -> Any:
        """What is `one` at u = 1, divided by it: there it is 1, whatever its balls say."""
        return value * (1 / one)

    def entered(self, rho: Any) -> Any:
        """What a network reads, normalised to 1 at u = 1."""
        return rho

    def difference(self, kernel: Sum, rho: Any) -> Any:
        """A sum with terms below 0 at a correlation; None where it is not known."""
        return None

    def analytic(self, kernel: Zonal, rho: Any) -> Any:
        """A kernel without a series of its own at a correlation; None where it is not known."""
        return None


def read(kernel: Zonal, reading: Reading, rho: Any = None) -> Any:
    """The kernel at a correlation, u by default, at the precision in force; None where it is not known."""
    rho = reading.line() if rho is None else rho
    if (known := reading.whole(kernel, rho)) is not None:
        return known
    if isinstance(kernel, Wide):
        found = _walked(kernel.chain, kernel.variance, _State(reading.entered(rho), None), kernel.tangent, reading)
        if found is None:
            return None
        state, q = found
        value = state.tangent if kernel.tangent else state.rho
        return None if value is None else value * as_ball(q) if kernel.scaled else value
    if isinstance(kernel, smooth.SmoothDual | Activated):
        phi = Phi(kernel.name) if isinstance(kernel, smooth.SmoothDual) else kernel.phi
        known = reading.dual(phi, kernel.variance, rho, kernel.steep)
        if known is None:
            return None
        value = known[kernel.steep]
        return value * (1 / known[2]) if isinstance(kernel, Activated) else value
    if isinstance(kernel, Formed):
        return read(kernel.form, reading, rho)
    if isinstance(kernel, Sum | Product):
        terms = kernel.terms if isinstance(kernel, Sum) else [(Fraction(1), k) for k in kernel.factors]
        if isinstance(kernel, Sum) and not reading.signed and any(c < 0 for c, _ in terms):
            return reading.difference(kernel, rho)
        parts = [read(part, reading, rho) for _, part in terms]
        if any(part is None for part in parts):
            return None
        if isinstance(kernel, Product):
            return functools.reduce(operator.mul, parts)
        weighted = [part * ball(c) for (c, _), part in zip(terms, parts, strict=True)]
        return functools.reduce(operator.add, weighted, reading.constant(flint.arb(0)))
    if isinstance(kernel, Compose):
        for part in reversed(kernel.layers):
            found = read(part, reading, rho)
            if found is None:
                return None
            rho = reading.inner(part, found)
        return rho
    return reading.analytic(kernel, rho)


def has_steps(kernel: Zonal) -> bool:
    """Whether all that is cut off in it are series of smooth activations by name, whose errors are proved."""
    if kernel.user_functions:
        return False
    if not kernel.truncation or isinstance(kernel, smooth.SmoothDual):
        return True
    if isinstance(kernel, Sum | Product | Compose):
        return all(map(has_steps, kernel._kernels()))
    if isinstance(kernel, Activated):
        return kernel.phi.function is None
    return isinstance(kernel, Wide)


# -- networks ----------------------------------------------------------------------------------------------------------


class _State(NamedTuple):
    """The correlation and the tangent kernel behind some steps; None is 0."""

    rho: Any
    tangent: Any


def _sum(a: Any, b: Any) -> Any:
    return b if a is None else a if b is None else a + b


def _walked(
    chain: Chain, q: Variance, state: _State, tangent: bool, reading: Reading
) -> tuple[_State, Variance] | None:
    """The state behind a chain of steps, and the variance there (`wide`); None where a step is not known."""
    start = q
    for number, step in enumerate(chain):
        rho, gradient = state
        if isinstance(step, Norm):
            q = q / (q + ball(step.eps)) if isinstance(q, flint.arb) else q / (q + step.eps)
        elif isinstance(step, Weights):
            before = as_ball(q)
            if isinstance(q, flint.arb):
                q = q * ball(step.weight) + ball(step.bias)
            else:
                q = step.weight * q + step.bias
            constant = ball(step.bias) / as_ball(q)
            kept = before * ball(step.weight) / as_ball(q) if step.bias else flint.arb(1)
            new = rho.mixed(kept, constant)
            gradient = None if gradient is None else gradient * kept
            if tangent and step.trained:
                gradient = _sum(gradient, new)
            elif tangent:
                for own, part in ((before * ball(step.own_weight), rho), (step.own_bias, None)):
                    share = as_ball(own) / as_ball(q)
                    gradient = _sum(gradient, reading.constant(share) if part is None else part * share)
            state = _State(new, gradient)
        elif isinstance(step, Phi):
            known = reading.dual(step, q, rho, gradient is not None)
            if known is None:
                return None
            value, slope, one = known
            gradient = None if gradient is None else gradient * slope * (1 / one)
            state = _State(reading.normalised(value, one), gradient)
            q = mean_square(step, q) if not isinstance(q, flint.arb) and exact_at(step, q) else one
        else:
            joined = _joined(step, q, state, tangent, reading)
            if joined is None:
                return None
            state, q = joined
        if not isinstance(q, flint.arb):  # written out, exact numbers are as deep as the network
            assert not isinstance(start, flint.arb)
            q = named(q, chain[: number + 1], start)
    return state, q


def _joined(
    step: Branches, q: Variance, state: _State, tangent: bool, reading: Reading
) -> tuple[_State, Variance] | None:
    """Branches that read one state: their sum, or their product."""
    found = [_walked(chain, q, state, tangent, reading) for chain in step.chains]
    ends = [each for each in found if each is not None]
    if len(ends) < len(found):
        return None
    variances = [as_ball(variance) for _, variance in ends]
    gradient = None
    if step.product:
        rho = functools.reduce(operator.mul, (end.rho for end, _ in ends))
        for i, (end, _) in enumerate(ends):
            if end.tangent is not None:
                others = [other.rho for other, _ in [*ends[:i], *ends[i + 1 :]]]
                gradient = _sum(gradient, functools.reduce(operator.mul, others, end.tangent))
        return _State(rho, gradient), math.prod(variances, start=flint.arb(1))
    shares = [ball(w) * variance for w, variance in zip(step.weights, variances, strict=True)]
    total, mean = sum(shares, flint.arb(0)), None
    for (end, _), share in zip(ends, shares, strict=True):
        mean = _sum(mean, end.rho * (share / total))
        gradient = _sum(gradient, None if end.tangent is None else end.tangent * (share / total))
    return _State(reading.normalised(mean, flint.arb(1)), gradient), total
