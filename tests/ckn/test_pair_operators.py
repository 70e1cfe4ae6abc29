"""E_pq and A_2 of a quadratic second layer: against loops and eliminations in fractions."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn.spectra.pair_operators import PairOperators
from oracle import two_layers as oracle


def network(a: Any, b: Any, patch: int = 2, border: str = "circular") -> Any:
    return ckn.Network([ckn.Layer(1, ks.linear(), a, border=border), ckn.Layer(patch, ckn.square, b, border=border)])


@given(st.integers(2, 6), st.integers(1, 3), st.integers(1, 3))
def test_operators_as_they_are_printed(n: int, a: int, b: int) -> None:
    pairs = PairOperators(network(ckn.average(a), ckn.average(b)), n)
    second = np.array(oracle.average(b, n), dtype=float)
    for (p,), (q,) in itertools.product(pairs.offsets, repeat=2):
        printed = np.array(oracle.pair_operator(oracle.average(a, n), p, q), dtype=float)
        np.testing.assert_allclose(pairs.E(p, q), printed, rtol=1e-15)
        np.testing.assert_allclose(pairs.G(p, q), printed @ second.T, rtol=1e-15, atol=1e-17)
        for u in range(n):
            np.testing.assert_allclose(pairs.response(p, q, u), printed[..., u], rtol=1e-15)
            found = pairs.response(p, q, u, pooled=True)
            np.testing.assert_allclose(found, (printed @ second.T)[..., u], rtol=1e-15, atol=1e-17)


@pytest.mark.parametrize("border", ["zero", "circular", "valid"])
@pytest.mark.parametrize("pool", [None, ckn.average(2), ckn.gaussian(1, centred=True)])
def test_the_operators_give_the_kernel(border: str, pool: Any) -> None:
    """K of the network is x (x) x' through M, whatever the border; patches of norm 1 in one dimension: signs."""
    net = ckn.Network([ckn.Layer(1, ks.linear(), pool, border=border), ckn.Layer(3, ckn.square, pool, border=border)])
    x = np.random.default_rng(3).normal(size=(5, 7, 1))
    pairs = PairOperators(net, 7)
    inner = x[..., 0]
    products = np.einsum("iv,iw->ivw", inner, inner).reshape(5, -1)
    np.testing.assert_allclose(products @ pairs.operator() @ products.T, net.gram(x), rtol=1e-12, atol=1e-13)


def test_two_dimensions_are_products_of_one() -> None:
    line = PairOperators(network(ckn.gaussian(1, centred=True), ckn.average(2)), 4)
    plane = PairOperators(network(ckn.gaussian(1, centred=True), ckn.average(2)), (4, 3))
    other = PairOperators(network(ckn.gaussian(1, centred=True), ckn.average(2)), 3)
    for p, q, pooled in [((0, -1), (-1, 0), False), ((0, 0), (-1, -1), True)]:
        found = plane.response(p, q, (2, 1), pooled)
        rows, columns = line.response(p[0], q[0], 2, pooled), other.response(p[1], q[1], 1, pooled)
        np.testing.assert_allclose(found, np.einsum("ab,cd->acbd", rows, columns), rtol=1e-15)
        whole = (plane.G if pooled else plane.E)(p, q)
        np.testing.assert_allclose(whole[..., 2, 1], found, rtol=1e-14)


def test_the_kernel_of_images() -> None:
    net = network(ckn.average(2), ckn.average(2))
    x = np.random.default_rng(4).normal(size=(3, 3, 4, 1))
    pairs = PairOperators(net, (3, 4))
    flat = x.reshape(3, -1)
    products = np.einsum("iv,iw->ivw", flat, flat).reshape(3, -1)
    np.testing.assert_allclose(products @ pairs.operator() @ products.T, net.gram(x), rtol=1e-12)


def test_a_response_lies_on_a_line_and_pooling_moves_it_along() -> None:
    """Claim 57: the mass of E_pq of a Dirac is centred at (u0 + p, u0 + q); A_2 leaves v - v' as it is distributed."""
    n, q = 12, 2
    pairs = PairOperators(network(ckn.gaussian(q, centred=True), ckn.average(3, centred=True), 3), n)
    at = np.arange(n)
    for a, b in [(0, 1), (-1, 1), (0, 0)]:
        dirac, pooled = pairs.response(a, b, 6), pairs.response(a, b, 6, pooled=True)
        assert dirac.sum() == pytest.approx(1, rel=1e-14)
        assert at @ dirac.sum(1) == pytest.approx(6 + a, rel=1e-14) and at @ dirac.sum(0) == pytest.approx(
            6 + b, rel=1e-14
        )
        across = [np.array([x.trace(k) for k in range(1 - n, n)]) for x in (dirac, pooled)]
        np.testing.assert_allclose(across[0], across[1], atol=1e-16)


DOMAIN = list(itertools.product((-1, 0, 2), repeat=3))
CASES = [(None, None), (2, None), (None, 2), (2, 2), (3, 2), (2, 3)]
TARGETS = {
    "all pairs": [[0, 1, 1], [1, 0, 1], [1, 1, 0]],
    "one pair": [[0, 1, 0], [1, 0, 0], [0, 0, 0]],
    "squares": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "any": [[3, 1, -2], [1, 0, 5], [-2, 5, 1]],
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("a", "b"), CASES)
def test_norms_by_three_ways(a: int | None, b: int | None, target: str) -> None:
    """f^T K^+ f from the kernel's definition, the least |F| over features, and g^T M^+ g: equal fractions.

    On {-1, 0, 2}^3 the monomials x_v x_v' are independent, so that a symmetric G is all there is to choose.
    """
    first, second = (oracle.average(q or 1, 3) for q in (a, b))
    values = [sum(g * x[v] * x[w] for v, row in enumerate(TARGETS[target]) for w, g in enumerate(row)) for x in DOMAIN]
    by_kernel = oracle.interpolation_norm(oracle.pair_kernel(DOMAIN, first, (-1, 0), second), values)
    by_features = oracle.least_norm(oracle.pair_features(DOMAIN, first, (-1, 0), second), values)
    pairs = PairOperators(network(a and ckn.average(a), b and ckn.average(b)), 3)
    found = pairs.exact(TARGETS[target])
    assert by_kernel == by_features
    assert found == (math.inf if by_kernel is None else by_kernel)
    floats = pairs.norm(TARGETS[target])
    assert floats == (math.inf if by_kernel is None else pytest.approx(math.sqrt(by_kernel), rel=1e-13))
    if by_kernel is not None:
        parts = pairs.decomposition(TARGETS[target])
        total = sum(pairs.G(*key) @ part for key, part in parts.items())
        np.testing.assert_allclose(total, TARGETS[target], atol=1e-13)
        assert sum(np.sum(x**2) for x in parts.values()) == pytest.approx(float(by_kernel), rel=1e-12)
    else:
        with pytest.raises(ValueError, match="target must be a sum of E_pq A_2"):
            pairs.decomposition(TARGETS[target])


def test_coordinates_add_up() -> None:
    pairs = PairOperators(network(ckn.average(2), None), 3)
    rng = np.random.default_rng(5)
    several = np.stack([pairs.G(0, -1)[..., 0], pairs.G(-1, -1)[..., 1] * 2], axis=-1)
    each = [pairs.norm(several[..., i]) for i in range(2)]
    assert pairs.norm(several) == pytest.approx(math.hypot(*each), rel=1e-14)
    assert pairs.exact(several[..., 0]) == pytest.approx(each[0] ** 2, rel=1e-13)
    assert math.isinf(pairs.norm(rng.normal(size=(3, 3)))) == (np.linalg.matrix_rank(pairs.operator()) < 9)


def test_a_rank_that_is_not_known_is_said_to_be() -> None:
    """A singular value that is 1e-11 of the largest is neither rounding nor clearly none."""
    pairs = PairOperators(network(None, None, 1), 2)
    vars(pairs)["_joined"] = np.diag([1.0, 1e-11, 0.0, 1.0])
    with pytest.raises(ArithmeticError, match="the rank of E_pq A_2\\^T is not known"):
        pairs.norm(np.eye(2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: p.E(0, 1), "q must be an offset of the second layer's patch"),
        (lambda p: p.response(0, 0, 4), "at must be an integer from 0 to 3"),
        (lambda p: p.response(0, 0, (1, 1)), "at must be one integer for each of 1 axes"),
        (lambda p: p.norm(np.eye(3)), r"target must have shape \(4, 4\)"),
        (lambda p: p.exact(np.eye(3)), r"target must have shape \(4, 4\)"),
        (lambda p: PairOperators(p.net, (2, 2, 2)), "positions must be an integer or"),
        (lambda p: PairOperators(p.net, 0), "positions must be an integer from 1"),
        (lambda p: PairOperators(network(ckn.gaussian(1), None), 4).exact(np.eye(3)), "target must have shape"),
        (lambda p: PairOperators(network(ckn.gaussian(1, True), None), 4).exact(np.eye(4)), "must pool by averages"),
        (lambda p: PairOperators(p.net, (100, 100)).E((0, 0), (0, 0)), "positions must be fewer"),
    ],
)
def test_what_is_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(PairOperators(network(ckn.average(2), None), 4))


def test_no_network() -> None:
    with pytest.raises(TypeError, match="net must be a ckn.Network of two layers"):
        PairOperators(ckn.Network([ckn.Layer(1, ks.linear())]), 4)


def test_exact_reads_decimals() -> None:
    pairs = PairOperators(network(None, None, 1), 2)
    assert pairs.exact([[0.1, 0], [0, Fraction(1, 3)]]) == Fraction(1, 100) + Fraction(1, 9)
