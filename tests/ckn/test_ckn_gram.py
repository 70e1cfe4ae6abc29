"""The exact kernels of convolutional networks against the definitions, written out slowly in `oracle.convolutional`.

Tolerances are relative to sqrt(K(x, x) K(y, y)): 1e-12 in float64 and 1e-5 in float32, which leaves some 5000 (80)
roundings to sums over patches, windows and layers. Kernels whose slope is infinite at cos = +-1 (arccos(0), Laplace,
every tangent kernel) turn an error e of a cosine near the end into e^{1/2}; where a deep network meets that, its
tolerance is what the true values move when all cosines are rounded.
"""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from architectures import KERNELS, LIPSCHITZ, RECTIFIERS, Architecture, architectures, evaluate
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import DTypeLike

import kernelspec as ks
from kernelspec import ckn, testing
from kernelspec.numbers.arithmetic_protocol import Value
from oracle.convolutional import Step, Values
from oracle.patch_kernels import Array

EPS = float(np.finfo(np.float64).eps)
EPS32 = float(np.finfo(np.float32).eps)
TIGHT, TIGHT32 = 1e-12, 1e-5

# The paper's kind: the figures' two layers, made small.
TWO_LAYERS = (Step(3, "arccos(1)", "gaussian", 1, 2), Step(2, "arccos(1)", "average", 2, 2))
RELU = Architecture(TWO_LAYERS)
LEAKY = Architecture(
    (
        Step(3, "1/4*linear() + 3/4*arccos(1)", "gaussian", 2, 2),
        Step(2, "arccos(1)", border="circular", normalized=True),
    ),
    "mean",
)
MIXED = Architecture(
    (Step(3, "exponential(0.6)", "gaussian", 1, 2), Step(3, "polynomial(2)", "average", 2, 1, normalized=True))
)
SQUARE = Architecture((Step(2, "rf(3)", "strided", 1, 2), Step(2, "square", border="valid")))
NAMED = {"relu": RELU, "leaky": LEAKY, "mixed": MIXED, "square": SQUARE}
named = pytest.mark.parametrize("architecture", NAMED.values(), ids=NAMED)
tangents = pytest.mark.parametrize("architecture", [RELU, LEAKY], ids=["relu", "leaky"])


def scale_of(kernel: Array) -> Array:
    """sqrt(K(x, x) K(y, y))."""
    norms = np.sqrt(np.maximum(np.diag(kernel), 0))
    return np.outer(norms, norms)


def tolerance(exact: Values, most: Values, dtype: DTypeLike) -> tuple[float, float]:
    """What a dtype allows, relative to the kernel, and what it allows relative to `most`, the kernel of |pixels|.

    The second is for averages of signed pixels that cancel: 16 roundings of what is averaged. A program that knows
    a map by its inner products knows |z|^2 to eps |z|_most^2: where it then takes the kernel of a z that has
    cancelled to |z| < 1e-3 |z|_most, |z| itself has lost digits, up to half of them.
    """
    tight, eps = (TIGHT, EPS) if dtype == np.float64 else (TIGHT32, EPS32)
    cancels = any(
        np.any(z < 1e-3 * largest) for (_, z), (_, largest) in zip(exact.maps[3:], most.maps[3:], strict=True)
    )
    return tight, np.sqrt(64 * eps) if cancels else 16 * eps


def assert_close(found: Value, exact: Array, tolerance: Any) -> None:
    """Every entry is within the tolerance; otherwise one line about the worst."""
    values = np.asarray(found, dtype=np.float64)
    assert values.shape == exact.shape
    excess = np.abs(values - exact) - tolerance
    if excess.size and not np.max(excess) <= 0:  # NaN is a failure, too
        worst = np.unravel_index(np.argmax(np.nan_to_num(excess, nan=np.inf)), excess.shape)
        allowed = np.broadcast_to(tolerance, excess.shape)[worst]
        raise AssertionError(
            f"entry {tuple(map(int, worst))} is {values[worst]:.17g}; true {exact[worst]:.17g}; off by "
            f"{abs(values[worst] - exact[worst]):.3g}, allowed {allowed:.3g}"
        )


def assert_matches(architecture: Architecture, x: Array, tangent: bool, dtype: DTypeLike, xp: Any = np) -> None:
    """The fast values are the true ones, up to the tolerance and what rounded cosines may do."""
    x = x.astype(dtype)
    eps = float(np.finfo(dtype).eps)
    exact = evaluate(architecture, x, tangent, long=True)
    most = evaluate(architecture, np.abs(x), tangent)
    rough = tangent or not all(x.kernel in (*LIPSCHITZ, "square") for x in architecture.layers)
    moved = evaluate(architecture, x, tangent, long=True, rounding=16 * eps) if rough else exact
    tight, loose = tolerance(exact, most, dtype)

    def check(found: Value, mine: Array | None, other: Array | None, largest: Array | None) -> None:
        assert mine is not None and other is not None and largest is not None
        found = np.asarray(found)
        assert found.dtype == dtype
        allowed = tight * scale_of(mine) + loose * scale_of(largest) + 2 * np.abs(mine - other)
        assert_close(found, mine, allowed)

    net = architecture.network()
    if not tangent:
        check(net.gram(xp.asarray(x)), exact.gram, moved.gram, most.gram)
        return
    k, t = net.gram(xp.asarray(x), tangent="both")
    check(k, exact.gram, moved.gram, most.gram)
    check(t, exact.tangent, moved.tangent, most.tangent)


# -- the fast evaluator is the slow one ------------------------------------------------------------------


@settings(max_examples=80)
@given(st.data())
def test_values_of_any_architecture(data: st.DataObject) -> None:
    sizes = data.draw(testing.sizes())
    architecture = data.draw(architectures(sizes))
    x = data.draw(testing.images(positions=sizes, channels=data.draw(st.integers(1, 3))))
    assert_matches(architecture, x, False, data.draw(st.sampled_from([np.float64, np.float32])))


@settings(max_examples=60)
@given(st.data())
def test_tangent_values_of_any_architecture(data: st.DataObject) -> None:
    sizes = data.draw(testing.sizes())
    architecture = data.draw(architectures(sizes, kernels=RECTIFIERS))
    x = data.draw(testing.images(positions=sizes, channels=data.draw(st.integers(1, 3))))
    assert_matches(architecture, x, True, data.draw(st.sampled_from([np.float64, np.float32])))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@named
@pytest.mark.parametrize("shape", [(5, 14, 11, 3), (7, 33, 2)])
def test_larger_random_images(
    architecture: Architecture, shape: tuple[int, ...], dtype: DTypeLike, rng: np.random.Generator
) -> None:
    x = rng.standard_normal(shape).astype(dtype)
    exact = evaluate(architecture, x).gram
    tight = TIGHT if dtype == np.float64 else TIGHT32
    net = architecture.network()
    assert_close(net.gram(x), exact, tight * scale_of(exact))
    assert_close(net.gram(x[:3], x[3:]), exact[:3, 3:], tight * scale_of(exact)[:3, 3:])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@tangents
@pytest.mark.parametrize("shape", [(5, 14, 11, 3), (7, 33, 2)])
def test_larger_random_images_tangent(
    architecture: Architecture, shape: tuple[int, ...], dtype: DTypeLike, rng: np.random.Generator
) -> None:
    x = rng.standard_normal(shape).astype(dtype)
    values = evaluate(architecture, x, tangent=True)
    tight = TIGHT if dtype == np.float64 else TIGHT32
    assert values.tangent is not None
    found = architecture.network().gram(x, tangent=True)
    assert_close(found, values.tangent, tight * scale_of(values.tangent))


@pytest.mark.parametrize(
    "layers",
    [
        tuple(Step(3, "arccos(1)") for _ in range(5)) + (Step(1, "linear()", "average", 6, 6),),
        tuple(Step(3, "exponential(1)") for _ in range(5)) + (Step(1, "linear()", "gaussian", 3, 3),),
    ],
    ids=["relu", "exponential"],
)
def test_claim_60_deep_networks_that_pool_at_the_end(layers: tuple[Step, ...], rng: np.random.Generator) -> None:
    architecture = Architecture(layers)
    x = rng.standard_normal((4, 6, 7, 2)) if layers[0].kernel == "arccos(1)" else None
    if x is None:
        x = rng.standard_normal((4, 12, 2))
    exact = evaluate(architecture, x).gram
    assert_close(architecture.network().gram(x), exact, TIGHT * scale_of(exact))


# -- symmetry and the diagonal ------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@named
def test_symmetric_exactly(architecture: Architecture, dtype: DTypeLike, rng: np.random.Generator) -> None:
    x = rng.standard_normal((9, 8, 7, 2)).astype(dtype)
    x[5] = x[2]
    k = architecture.network().gram(x)
    np.testing.assert_array_equal(k, k.T)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@tangents
def test_symmetric_exactly_tangent(architecture: Architecture, dtype: DTypeLike, rng: np.random.Generator) -> None:
    x = rng.standard_normal((9, 8, 7, 2)).astype(dtype)
    for k in architecture.network().gram(x, tangent="both"):
        np.testing.assert_array_equal(k, k.T)


@pytest.mark.parametrize("kernel", ["arccos(1)", "exponential(0.6)", "arccos(0)", "laplace(1)"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_diagonal_of_one_layer_without_pooling_is_the_sum_of_squares(
    kernel: str, dtype: DTypeLike, rng: np.random.Generator
) -> None:
    # kappa(1) = 1: K(x, x) = sum_u |P x(u)|^2, each pixel read by every patch at a circular border.
    x = rng.standard_normal((5, 6, 9, 2)).astype(dtype)
    net = ckn.Network((ckn.Layer(3, ks.parse(kernel), border="circular"),))
    expected = 9 * np.sum(x.astype(np.float64) ** 2, axis=(1, 2, 3))
    # Sums of 9 * 108 positive terms; a rounded cosine would cost laplace 1e-8 (float32 3e-4).
    np.testing.assert_allclose(np.diag(net.gram(x)), expected, rtol=30 * np.finfo(dtype).eps)
    np.testing.assert_allclose(net.norms(x), np.sqrt(expected), rtol=30 * np.finfo(dtype).eps)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@tangents
def test_the_tangent_diagonal(architecture: Architecture, dtype: DTypeLike, rng: np.random.Generator) -> None:
    # The peers' float32 diagonal is off by 9e-4: kappa_0 of a cosine that should be 1 and is not.
    x = rng.standard_normal((4, 6, 7, 2)).astype(dtype)
    exact = evaluate(architecture, x, tangent=True, long=True)
    assert exact.tangent is not None
    k, t = architecture.network().gram(x, tangent="both")
    rounding = 30 * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(np.diag(k), np.diag(exact.gram), rtol=rounding)
    np.testing.assert_allclose(np.diag(t), np.diag(exact.tangent), rtol=rounding)


@named
def test_two_sets_are_consistent_with_one(architecture: Architecture, rng: np.random.Generator) -> None:
    x = rng.standard_normal((6, 8, 7, 2))
    net = architecture.network()
    whole = net.gram(x)
    scale = TIGHT * scale_of(whole)
    assert_close(net.gram(x[:4], x[2:]), whole[:4, 2:], scale[:4, 2:])
    assert_close(net.gram(x, x), whole, scale)
    assert_close(net.gram(x[2:], x[:4]).T, whole[:4, 2:], scale[:4, 2:])


@tangents
def test_both_is_each(architecture: Architecture, rng: np.random.Generator) -> None:
    x, y = rng.standard_normal((4, 8, 7, 2)), rng.standard_normal((3, 8, 7, 2))
    net: Any = architecture.network()
    for arguments in ((x,), (x, y)):
        k, t = net.gram(*arguments, tangent="both")
        np.testing.assert_allclose(k, net.gram(*arguments), rtol=TIGHT)
        np.testing.assert_allclose(t, net.gram(*arguments, tangent=True), rtol=TIGHT)
        np.testing.assert_allclose(k, net.gram(*arguments, tangent=False), rtol=TIGHT)


# -- closed forms -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 3, 6])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", [(1, 1, 7), (1, 7)])
def test_one_position_is_the_fully_connected_network(
    n: int, dtype: DTypeLike, shape: tuple[int, ...], rng: np.random.Generator
) -> None:
    x = rng.standard_normal((6, *shape)).astype(dtype)
    rows = x.reshape(6, 7)
    net = ckn.Network((ckn.Layer(1, ks.arccos(1)),) * n)
    k, t = net.gram(x, tangent="both")
    tight = (n + 1) * 20 * float(np.finfo(dtype).eps)
    exact, exact_tangent = ks.rf(n + 1).gram(rows), ks.ntk(n + 1).gram(rows)
    assert_close(k, exact, tight * scale_of(exact))
    assert_close(t, exact_tangent, tight * scale_of(exact_tangent))
    mean = ckn.Network(net.layers, output="mean")
    np.testing.assert_allclose(mean.gram(x), k, rtol=tight, atol=0)


@pytest.mark.parametrize("kernel", ["laplace(2)", "rf(3)", "exponential(0.3)", "polynomial(5)", "ntk(3)"])
def test_one_position_is_the_zonal_kernel(kernel: str, rng: np.random.Generator) -> None:
    x = rng.standard_normal((6, 1, 1, 5))
    exact = ks.parse(kernel).gram(x[:, 0, 0])
    net = ckn.Network((ckn.Layer(1, ks.parse(kernel)),))
    assert_close(net.gram(x), exact, 20 * EPS * scale_of(exact))


def test_linear_layers_are_a_linear_map(rng: np.random.Generator) -> None:
    # All layers linear: K(x, y) = <L x, L y>, L = A_2 P_2 A_1 P_1 applied to the images themselves.
    x = rng.standard_normal((4, 11, 2))
    layers = (ckn.Layer(3, ks.linear(), ckn.gaussian(1), stride=2), ckn.Layer(2, ks.linear(), ckn.average(2), stride=2))
    maps = x
    for layer in layers:
        n = maps.shape[1]
        padded = np.pad(maps, ((0, 0), (layer.patch, layer.patch), (0, 0)))
        patches = [padded[:, layer.patch + c : layer.patch + c + n] for c in layer.offsets]
        maps = layer.pooling(n) @ np.concatenate(patches, axis=-1)
    exact = np.einsum("iuf,juf->ij", maps, maps)
    assert_close(ckn.Network(layers).gram(x), exact, TIGHT * scale_of(exact))


def test_claim_58_the_square_is_not_the_homogeneous_polynomial(rng: np.random.Generator) -> None:
    x = 2 * rng.standard_normal((5, 1, 1, 3))
    rows = x[:, 0, 0]
    inner = rows @ rows.T
    norms = np.linalg.norm(rows, axis=1)
    square = ckn.Network((ckn.Layer(1, ckn.square),)).gram(x)
    np.testing.assert_allclose(square, inner**2, rtol=20 * EPS, atol=20 * EPS)
    homogeneous = ckn.Network((ckn.Layer(1, ks.polynomial(2)),)).gram(x)
    np.testing.assert_allclose(homogeneous, inner**2 / np.outer(norms, norms), rtol=20 * EPS, atol=20 * EPS)


# -- images at which programs fail --------------------------------------------------------------------------


@named
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_zero_images(architecture: Architecture, dtype: DTypeLike, rng: np.random.Generator) -> None:
    x = np.concatenate([np.zeros((1, 8, 7, 2)), rng.standard_normal((1, 8, 7, 2))]).astype(dtype)
    net = architecture.network()
    k = net.gram(x)
    assert k[1, 1] > 0
    assert k[0].tolist() == [0, 0] and k[1, 0] == 0
    assert net.gram(x, x)[0].tolist() == [0, 0]
    assert net.norms(x)[0] == 0
    assert net.distances(x)[0, 1] == pytest.approx(np.sqrt(k[1, 1]), rel=4 * float(np.finfo(dtype).eps), abs=0)


@tangents
def test_zero_images_tangent(architecture: Architecture, rng: np.random.Generator) -> None:
    x = np.concatenate([np.zeros((1, 8, 7, 2)), rng.standard_normal((1, 8, 7, 2))])
    for k in architecture.network().gram(x, tangent="both"):
        assert k[0].tolist() == [0, 0] and k[1, 0] == 0


at_the_ends = pytest.mark.parametrize(
    ("kernel", "tangent"),
    [
        ("arccos(1)", True),
        ("1/4*linear() + 3/4*arccos(1)", True),
        ("arccos(1)", False),
        ("arccos(0)", False),
        ("laplace(1)", False),
        ("exponential(0.6)", False),
    ],
)


@at_the_ends
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_coincident_and_opposite_patches_in_one_layer(
    kernel: str, tangent: bool, dtype: DTypeLike, rng: np.random.Generator
) -> None:
    """Constant, equal, scaled and opposite images: no digit may be lost at cos = +-1, where kappa_0 is a root."""
    x = np.empty((6, 5, 4, 2))
    x[0] = rng.standard_normal(2)
    x[1] = rng.standard_normal((5, 4, 2))
    x[2], x[3], x[4], x[5] = x[1], -x[1], 3 * x[1], -x[0]
    x = x.astype(dtype)
    architecture = Architecture((Step(3, kernel, "gaussian", 1, 1, "circular"),))
    exact = evaluate(architecture, x, tangent, long=True)
    truth = exact.tangent if tangent else exact.gram
    assert truth is not None
    net = architecture.network()
    tight = TIGHT if dtype == np.float64 else TIGHT32
    for found in (net.gram(x, tangent=tangent), net.gram(x, x.copy(), tangent=tangent)):
        assert_close(found, truth, tight * scale_of(truth))


@at_the_ends
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("sign", [1, -1])
def test_nearly_coincident_patches(
    kernel: str, tangent: bool, dtype: DTypeLike, sign: int, rng: np.random.Generator
) -> None:
    x = rng.standard_normal((1, 1, 6))
    gaps = 10.0 ** -np.arange(1, 17)[:, None, None] * rng.standard_normal((16, 1, 6))
    both = np.concatenate([x, sign * (x + gaps)]).astype(dtype)
    architecture = Architecture((Step(1, kernel),))
    exact = evaluate(architecture, both, tangent, long=True)
    truth = exact.tangent if tangent else exact.gram
    assert truth is not None
    found = architecture.network().gram(both, tangent=tangent)
    tight = TIGHT if dtype == np.float64 else TIGHT32
    assert_close(found, truth, tight * scale_of(truth))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("architecture", [RELU, LEAKY], ids=["relu", "leaky"])
def test_duplicates_across_two_sets_in_deep_networks(
    architecture: Architecture, dtype: DTypeLike, rng: np.random.Generator
) -> None:
    """K(x, y) = K(x, x) where y is x, also in the tangent kernel: a rounded cosine would cost half its digits."""
    x = rng.standard_normal((6, 12, 10, 3)).astype(dtype)
    net = architecture.network()
    tight = TIGHT if dtype == np.float64 else TIGHT32
    for one, two in zip(net.gram(x, tangent="both"), net.gram(x, x[::-1], tangent="both"), strict=True):
        np.testing.assert_allclose(np.diag(two[:, ::-1]), np.diag(one), rtol=tight)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_opposite_images_of_relu(dtype: DTypeLike, rng: np.random.Generator) -> None:
    """The peers return NaN: the cosine is clipped at +1 only."""
    x = rng.standard_normal((20, 1, 1, 11)).astype(dtype)
    for n in (1, 2, 3):
        net = ckn.Network((ckn.Layer(1, ks.arccos(1)),) * n)
        k, t = net.gram(x, -x, tangent="both")
        norms = np.sum(x.astype(np.float64) ** 2, axis=(1, 2, 3))
        tight = 30 * float(np.finfo(dtype).eps)
        np.testing.assert_allclose(np.diag(k), norms * ks.rf(n + 1)(-1.0), rtol=tight, atol=tight * norms.max())
        # kappa_0(-1) = 0 from an angle that is pi to rounding.
        np.testing.assert_allclose(np.diag(t), norms * ks.ntk(n + 1)(-1.0), rtol=tight, atol=tight * norms.max())


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("factor", [1e-9, 1e-7, 1e-3, 1e3, 1e6])
def test_small_and_large_images(factor: float, dtype: DTypeLike, rng: np.random.Generator) -> None:
    """Every size is as right as any other."""
    x = (factor * rng.standard_normal((3, 7, 6, 2))).astype(dtype)
    assert_matches(MIXED, x, False, dtype)
    assert_matches(RELU, x, True, dtype)


@pytest.mark.parametrize("output", ["sum", "mean"])
def test_maps_that_cancel(output: str, rng: np.random.Generator) -> None:
    """Averages of opposite pixels: the second layer sees nothing, or rounding, and must not divide by it."""
    x = np.empty((3, 8, 1))
    x[:, ::2] = rng.standard_normal((3, 4, 1))
    x[:, 1::2] = -x[:, ::2]
    architecture = Architecture((Step(1, "linear()", "average", 2, 2), Step(1, "arccos(1)")), output)
    found = architecture.network().gram(x)
    # sum_u |x(u)|^2 eps^2 at most, from pixels of size 1.
    assert np.all(np.isfinite(found)) and np.all(np.abs(found) < 1e-28)


# -- laws ---------------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(st.data())
def test_positive_semi_definite(data: st.DataObject) -> None:
    sizes = data.draw(testing.sizes())
    tangent = data.draw(st.booleans())
    kernels = list(RECTIFIERS) if tangent else [*LIPSCHITZ, "square"]
    architecture = data.draw(architectures(sizes, kernels=kernels))
    x = data.draw(testing.images(positions=sizes, channels=2, max_images=8))
    k = architecture.network().gram(x, tangent=tangent)
    # Eigenvalues move by less than the matrix does: n times its largest entry's error, which a coincidence in
    # deep tangent kernels raises to sqrt(16 eps) = 6e-8 of the entry, a layer.
    error = 3 * 6e-8 if tangent else TIGHT
    assert np.linalg.eigvalsh(k).min() >= -len(k) * error * np.max(np.abs(k))


@settings(max_examples=25)
@given(st.data())
def test_shifting_both_images_changes_nothing(data: st.DataObject) -> None:
    sizes = data.draw(st.sampled_from([(6,), (9,), (4, 5), (3, 3)]))
    layers = data.draw(
        st.lists(
            st.builds(
                lambda patch, kernel, pool, mean: Step(patch, kernel, pool[0], pool[1], 1, "circular", mean),
                st.integers(1, 4),
                st.sampled_from(LIPSCHITZ),
                st.sampled_from([("", 1), ("gaussian", 1), ("average", 2), ("average", 3)]),
                st.booleans(),
            ),
            min_size=1,
            max_size=3,
        )
    )
    seed = data.draw(st.integers(0, 1000))
    x = np.random.default_rng(seed).standard_normal((3, *sizes, 2))
    axes = tuple(range(1, 1 + len(sizes)))
    shift = tuple(data.draw(st.integers(0, size - 1)) for size in sizes)
    moved = np.roll(x, shift, axis=axes)
    for output in ("sum", "mean"):
        net = Architecture(tuple(layers), output).network()
        k = net.gram(x)
        assert_close(net.gram(moved), k, TIGHT * scale_of(k))
        if output == "mean":  # global pooling: invariant to the shift of one
            assert_close(net.gram(x, moved), k, TIGHT * scale_of(k))


@named
def test_homogeneous_of_degree_one(architecture: Architecture, rng: np.random.Generator) -> None:
    x = rng.standard_normal((4, 8, 7, 2))
    factors = np.array([3.0, 0.2, 1.0, 17.0])
    degree = 2 if architecture is SQUARE else 1
    k = architecture.network().gram(x)
    scaled = architecture.network().gram(factors[:, None, None, None] * x)
    expected = np.outer(factors**degree, factors**degree) * k
    assert_close(scaled, expected, TIGHT * scale_of(expected))


@tangents
def test_tangent_kernels_are_homogeneous(architecture: Architecture, rng: np.random.Generator) -> None:
    x, y = rng.standard_normal((4, 8, 7, 2)), rng.standard_normal((3, 8, 7, 2))
    net = architecture.network()
    expected = 6 * net.gram(x, y, tangent=True)
    np.testing.assert_allclose(net.gram(2 * x, 3 * y, tangent=True), expected, rtol=1e-10)


def test_transposed_images(rng: np.random.Generator) -> None:
    """Height and width have the same patches and filters."""
    x = rng.standard_normal((4, 9, 6, 2))
    for architecture in NAMED.values():
        net = architecture.network()
        k = net.gram(x)
        assert_close(net.gram(x.transpose(0, 2, 1, 3)), k, TIGHT * scale_of(k))


def test_claim_49_the_tangent_kernel_dominates(rng: np.random.Generator) -> None:
    """T - K = sum over layers of kernels: positive semi-definite; and T(x, x) = (n + 1) K(x, x) without pooling."""
    x = rng.standard_normal((6, 7, 6, 2))
    k, t = RELU.network().gram(x, tangent="both")
    assert np.linalg.eigvalsh(t - k).min() > 0
    for n in (1, 2, 4):
        k, t = Architecture((Step(3, "arccos(1)"),) * n).network().gram(x, tangent="both")
        np.testing.assert_allclose(np.diag(t), (n + 1) * np.diag(k), rtol=50 * EPS)


# -- distances, norms, maps -----------------------------------------------------------------------------------


@settings(max_examples=25)
@given(st.data())
def test_distances_norms_and_maps(data: st.DataObject) -> None:
    sizes = data.draw(testing.sizes())
    architecture = data.draw(architectures(sizes, kernels=[*LIPSCHITZ, "square"]))
    x = data.draw(testing.images(positions=sizes, channels=data.draw(st.integers(1, 3))))
    exact = evaluate(architecture, x, long=True)
    most = evaluate(architecture, np.abs(x))
    tight, loose = tolerance(exact, most, np.float64)
    size = np.max(tight * scale_of(exact.gram) + loose * scale_of(most.gram))
    net = architecture.network()
    norms, distances = net.norms(x), net.distances(x)
    assert norms.shape == (len(x),) and distances.shape == (len(x), len(x))
    # Squares, because the root of a difference K(x, x) + K(y, y) - 2 K(x, y) has half of its digits.
    assert_close(norms**2, np.diag(exact.gram), size)
    assert_close(distances**2, exact.squared_distances, 4 * size)
    assert_close(net.distances(x, x[:1]) ** 2, exact.squared_distances[:, :1], 4 * size)
    assert np.all(np.diag(distances) == 0) and np.all(distances == distances.T)
    found = net.maps(x)
    assert [m.name for m in found] == [name for name, _ in exact.maps]
    for place, (mine, (_, values)) in enumerate(zip(found, exact.maps, strict=True)):
        assert mine.axes == ("image", *(("height", "width") if len(sizes) == 2 else ("length",)))
        assert mine.values.shape == values.shape
        # Squares again: a map that cancels to 0 is a root of rounding.
        largest = np.max(most.maps[place][1]) ** 2
        assert_close(np.asarray(mine.values) ** 2, values**2, (tight + loose) * largest)


@tangents
def test_tangent_distances_and_norms(architecture: Architecture, rng: np.random.Generator) -> None:
    x = rng.standard_normal((4, 7, 6, 2))
    exact = evaluate(architecture, x, tangent=True, long=True).tangent
    assert exact is not None
    diagonal = np.diag(exact)
    squares = diagonal[:, None] + diagonal - 2 * exact
    net = architecture.network()
    np.testing.assert_allclose(net.norms(x, tangent=True), np.sqrt(diagonal), rtol=TIGHT)
    assert_close(net.distances(x, tangent=True) ** 2, squares, TIGHT * scale_of(exact))
    assert_close(net.distances(x, x[:2], tangent=True) ** 2, squares[:, :2], TIGHT * diagonal.max())


def test_distances_of_float32_images_are_in_float64(rng: np.random.Generator) -> None:
    x = rng.standard_normal((1, 8, 8, 2)).astype(np.float32)
    y = (x + np.float32(1e-3) * rng.standard_normal((1, 8, 8, 2)).astype(np.float32)).astype(np.float32)
    found = RELU.network().distances(x, y)
    exact = evaluate(RELU, np.concatenate([x, y]), long=True)
    assert found.dtype == np.float64
    # The squared distance is some 1e-6 of the norms.
    error = TIGHT * float(exact.gram[0, 0]) / float(exact.squared_distances[0, 1])
    assert error < 1e-5
    np.testing.assert_allclose(found[0, 0] ** 2, exact.squared_distances[0, 1], rtol=error)


# -- the same values whatever the work is cut into ----------------------------------------------------------


@named
def test_threads_and_memory(architecture: Architecture, rng: np.random.Generator) -> None:
    x, y = rng.standard_normal((7, 9, 8, 2)), rng.standard_normal((5, 9, 8, 2))
    net: Any = architecture.network()
    for arguments in ((x,), (x, y)):
        k = net.gram(*arguments)
        norms = np.sqrt(np.diag(net.gram(np.concatenate(arguments))))
        scale = np.outer(norms[:7], norms[-5:] if len(arguments) == 2 else norms[:7])
        for options in ({"threads": 1}, {"threads": 2}, {"memory": 2**22}, {"threads": 2, "memory": 2**24}):
            # Sums over other tiles round otherwise.
            assert_close(net.gram(*arguments, **options), k, 50 * EPS * scale)


def least_memory(net: ckn.Network, x: Array, tangent: bool) -> int:
    """What the refusal of one byte says is needed."""
    with pytest.raises(ValueError, match="memory must be at least") as refusal:
        net.gram(x, tangent=tangent, memory=1, threads=1)
    return int(str(refusal.value).split("at least ")[1].split()[0])


PLAIN = Architecture((Step(3, "arccos(1)"), Step(3, "arccos(1)")))
GENERAL = Architecture((Step(3, "laplace(1)"), Step(3, "rf(3)", "average", 2, 2)))


@pytest.mark.parametrize("factor", [1, 4])
@pytest.mark.parametrize(
    ("architecture", "tangent"),
    [
        *((architecture, False) for architecture in (*NAMED.values(), PLAIN, GENERAL)),
        *((architecture, True) for architecture in (RELU, LEAKY, PLAIN)),
    ],
    ids=[*NAMED, "plain", "general", "relu tangent", "leaky tangent", "plain tangent"],
)
def test_memory_is_bounded(architecture: Architecture, tangent: bool, factor: int, rng: np.random.Generator) -> None:
    """Whatever the number of images, and with the same values in however many pieces."""
    net = architecture.network()
    x = rng.standard_normal((11, 10, 9, 2))
    whole = net.gram(x, tangent=tangent)
    memory = factor * least_memory(net, x, tangent)
    tracemalloc.start()
    k = net.gram(x, tangent=tangent, memory=memory, threads=1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # The result, for tangent=True the kernel that it is computed with, and 64 KiB of Python's objects come on top.
    over = peak - (1 + tangent) * k.nbytes - 2**16
    assert over <= memory, f"{over / memory:.2f} of the memory that was allowed"
    assert_close(k, whole, 50 * EPS * scale_of(whole))


@pytest.mark.parametrize("tangent", [False, True, "both"])
@pytest.mark.parametrize("threads", [1, 2])
def test_progress_is_called_to_the_end(tangent: bool, threads: int, rng: np.random.Generator) -> None:
    calls: list[tuple[int, int]] = []

    def progress(steps: Any, total: int | None = None, **_: object) -> Any:
        count = 0
        for step in steps:
            yield step
            count += 1
        assert total is not None
        calls.append((count, total))

    x = rng.standard_normal((6, 8, 7, 2))
    net = RELU.network()
    plain = net.gram(x, tangent=tangent)
    shown = net.gram(x, tangent=tangent, threads=threads, progress=progress)
    np.testing.assert_allclose(np.asarray(shown), np.asarray(plain), rtol=50 * EPS)
    assert len(calls) == 1 and calls[0][0] == calls[0][1] > 0
    net.distances(x, x[:2], threads=threads, progress=progress)
    assert len(calls) == 2 and calls[1][0] == calls[1][1] > 0


# -- arrays ---------------------------------------------------------------------------------------------------


@named
def test_arrays_of_other_layouts(architecture: Architecture, rng: np.random.Generator) -> None:
    x = rng.standard_normal((4, 8, 7, 2))
    net = architecture.network()
    k = net.gram(x)
    wide = np.zeros((8, 8, 7, 5))
    wide[::2, :, :, 1:5:2] = x
    for same in (np.asfortranarray(x), wide[::2, :, :, 1:5:2], x[::-1][::-1], x.tolist()):
        np.testing.assert_array_equal(net.gram(same), k)
    frozen = x.copy()
    frozen.flags.writeable = False
    np.testing.assert_array_equal(net.gram(frozen), k)
    np.testing.assert_array_equal(net.gram(x.astype(">f8")), k)
    np.testing.assert_array_equal(x, frozen)  # the images are left as they were


def test_dtypes(rng: np.random.Generator) -> None:
    x = rng.standard_normal((3, 8, 7, 2))
    net = RELU.network()
    assert net.gram(x).dtype == np.float64
    assert net.gram(x.astype(np.float32)).dtype == np.float32
    assert all(k.dtype == np.float32 for k in net.gram(x.astype(np.float32), tangent="both"))
    assert net.gram(x.astype(np.float32), x).dtype == np.float64


@pytest.mark.parametrize("tangent", [False, True])
def test_one_image_and_none(tangent: bool, rng: np.random.Generator) -> None:
    x, none = rng.standard_normal((3, 8, 7, 2)), np.zeros((0, 8, 7, 2))
    net = RELU.network()
    k = net.gram(x, tangent=tangent)
    np.testing.assert_allclose(net.gram(x[:1], tangent=tangent), k[:1, :1], rtol=50 * EPS)
    np.testing.assert_allclose(net.gram(x[:1], x, tangent=tangent), k[:1], rtol=TIGHT)
    assert net.gram(none, tangent=tangent).shape == (0, 0)
    assert net.gram(x, none, tangent=tangent).shape == (3, 0)
    assert net.gram(none, x, tangent=tangent).shape == (0, 3)
    assert net.distances(none, tangent=tangent).shape == (0, 0)
    assert net.norms(none, tangent=tangent).shape == (0,)
    assert [m.values.shape for m in net.maps(none)][0] == (0, 8, 7)


@pytest.mark.parametrize("library", ["array_api_strict", "torch"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@named
def test_array_libraries(library: str, dtype: str, architecture: Architecture, rng: np.random.Generator) -> None:
    pytest.importorskip("array_api_compat")
    xp = pytest.importorskip(library)
    x, y = (rng.standard_normal((n, 7, 6, 2)).astype(dtype) for n in (3, 2))
    net = architecture.network()
    tight = 100 * float(np.finfo(dtype).eps)
    for arguments in ((x,), (x, y)):
        k = net.gram(*arguments)
        found = net.gram(*(xp.asarray(a) for a in arguments))
        assert isinstance(found, type(xp.asarray(x))) and found.dtype == getattr(xp, dtype)
        norms = np.sqrt(np.diag(net.gram(np.concatenate(arguments))))
        scale = np.outer(norms[:3], norms[-2:] if len(arguments) == 2 else norms[:3])
        assert_close(np.asarray(found), k, tight * scale)


@settings(max_examples=25)
@given(st.data())
def test_any_architecture_in_the_array_api_standard(data: st.DataObject) -> None:
    pytest.importorskip("array_api_compat")
    xp = pytest.importorskip("array_api_strict")
    sizes, tangent = data.draw(testing.sizes()), data.draw(st.booleans())
    kernels = list(RECTIFIERS) if tangent else [*KERNELS, "square"]
    architecture = data.draw(architectures(sizes, kernels=kernels))
    x = data.draw(testing.images(positions=sizes, channels=data.draw(st.integers(1, 3)), max_images=3))
    dtype = data.draw(st.sampled_from([np.float64, np.float32]))
    assert_matches(architecture, x, tangent, dtype, xp)


@pytest.mark.parametrize("library", ["array_api_strict", "torch"])
@tangents
def test_array_libraries_tangent(library: str, architecture: Architecture, rng: np.random.Generator) -> None:
    pytest.importorskip("array_api_compat")
    xp = pytest.importorskip(library)
    x = rng.standard_normal((4, 7, 6, 2))
    x[3] = -x[2]
    x[1] = 0.5
    net = architecture.network()
    for mine, theirs in zip(net.gram(x, tangent="both"), net.gram(xp.asarray(x), tangent="both"), strict=True):
        assert isinstance(theirs, type(xp.asarray(x)))
        assert_close(np.asarray(theirs), mine, TIGHT * scale_of(mine))
    found = net.distances(xp.asarray(x))
    assert isinstance(found, type(xp.asarray(x)))
    np.testing.assert_allclose(np.asarray(found), net.distances(x), rtol=1e-10, atol=1e-6)
    assert isinstance(net.norms(xp.asarray(x)), type(xp.asarray(x)))
