"""Convolutional kernels where a small fault shows: fixed architectures entry by entry, ends, floors, chunks, files."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from architectures import Architecture, evaluate

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn.engine import evaluator as evaluator_module
from kernelspec.ckn.engine import memory as memory_module
from kernelspec.ckn.patch_kernels import pointwise
from kernelspec.ckn.positive import largest_square
from kernelspec.ckn.scaling import least, lengths
from kernelspec.numbers.arithmetic_protocol import Value
from kernelspec.numbers.arrays import InPlace
from oracle.convolutional import Step

MP = mpmath.MPContext()
MP.dps = 40
RELU, LEAKY = "arccos(1)", "1/4*linear() + 3/4*arccos(1)"
GAUSS, MEAN = ("gaussian", 1), ("average", 2)

# Even patches, every border, measures, windows that reach over the end, layers behind the last pooling, means.
CASES: list[tuple[Architecture, tuple[int, ...], bool]] = [
    (Architecture((Step(2, RELU, *GAUSS, 2), Step(2, LEAKY, border="zero", normalized=True))), (6, 5), True),
    (
        Architecture(
            (
                Step(3, "exponential(0.6)", *MEAN, 2, "circular", True),
                Step(2, "polynomial(3)", *MEAN, 2, "circular", True),
            ),
            "mean",
        ),
        (8, 4),
        False,
    ),
    (
        Architecture(
            (Step(2, "rf(3)", "average", 3, 1, "valid"), Step(2, RELU, border="valid", normalized=True)), "mean"
        ),
        (6, 6),
        False,
    ),
    (
        Architecture((Step(4, "arccos(0)", "average", 3, 2, "zero", True, centred=True), Step(1, "square"))),
        (5, 4),
        False,
    ),
    (Architecture((Step(1, "square", *GAUSS, 2), Step(3, "linear()", "strided", 1, 2))), (12,), False),
    (
        Architecture(
            (
                Step(3, RELU, border="circular", normalized=True),
                Step(2, LEAKY, "gaussian", 2, 2, "circular", True),
                Step(2, "2*arccos(1)", border="circular", normalized=True),
            )
        ),
        (9,),
        True,
    ),
    (
        Architecture(
            (
                Step(2, RELU, border="zero", normalized=True),
                Step(3, LEAKY, border="zero", normalized=True),
                Step(2, RELU, border="valid", normalized=True),
            )
        ),
        (4, 3),
        True,
    ),
    (
        Architecture(
            (
                Step(2, RELU, "gaussian", 1, 3, "zero", centred=True),
                Step(3, RELU, "average", 2, 1, "valid", True, centred=True),
            )
        ),
        (12, 15),
        True,
    ),
    (Architecture((Step(1, RELU, *GAUSS, 1), Step(4, LEAKY, *MEAN, 2), Step(2, RELU, *MEAN, 1))), (7, 6), True),
]


@pytest.mark.parametrize("number", range(len(CASES)))
@pytest.mark.parametrize("chunked", [False, True])
def test_fixed_architectures_entry_by_entry(
    number: int, chunked: bool, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    architecture, sizes, tangent = CASES[number]
    if chunked:
        plan = memory_module.plan
        monkeypatch.setattr(
            evaluator_module,
            "plan",
            lambda *given: dataclasses.replace(plan(*given), chunk=2, ahead=4, block=4, tile=64),
        )
    x = rng.standard_normal((5, *sizes, 2))
    net, truth = architecture.network(), evaluate(architecture, x, tangent)
    size = np.abs(truth.gram).max()
    # kappa_0 turns the reference's own rounding at u = v, which is exact there, into nothing else.
    allowed = 1e-12
    np.testing.assert_allclose(net.gram(x), truth.gram, rtol=0, atol=allowed * size)
    np.testing.assert_allclose(net.gram(x[:3], x[2:]), truth.gram[:3, 2:], atol=allowed * size)
    gaps = np.sqrt(np.maximum(truth.squared_distances, 0))
    apart = ~np.eye(5, dtype=bool)
    np.testing.assert_allclose(net.distances(x)[apart], gaps[apart], rtol=1e-9)
    for found, (name, values) in zip(net.maps(x), truth.maps, strict=True):
        assert found.name == name
        np.testing.assert_allclose(found.values, values, rtol=1e-7, atol=1e-7)
    if tangent:
        assert truth.tangent is not None
        both = net.gram(x, tangent="both")
        np.testing.assert_allclose(both[0], truth.gram, rtol=0, atol=allowed * size)
        most = np.abs(truth.tangent).max()
        np.testing.assert_allclose(both[1], truth.tangent, rtol=0, atol=1e-11 * most)
        np.testing.assert_array_equal(both[1], net.gram(x, tangent=True))
        np.testing.assert_array_equal(both[1], both[1].T)


# -- next to the ends -----------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("output", ["sum", "mean"])  # by positions alone, and by their pairs
@pytest.mark.parametrize(
    ("kernel", "kappa"),
    [
        (ks.arccos(0), lambda t: 1 - t / MP.pi),
        (ks.exponential(0.03), lambda t: MP.exp(-2 / MP.mpf("0.0009") * MP.sin(t / 2) ** 2)),
        (ks.laplace(), lambda t: MP.exp(-MP.sqrt(2) * MP.sin(t / 2))),
        (
            ks.exponential(1e-4) * ks.arccos(1),  # a finite slope, of 1e8
            lambda t: MP.exp(-2e8 * MP.sin(t / 2) ** 2) * (MP.sin(t) + (MP.pi - t) * MP.cos(t)) / MP.pi,
        ),
    ],
    ids=["arccos(0)", "narrow", "laplace", "steep"],
)
def test_patches_at_every_distance(
    kernel: ks.Zonal, kappa: Any, output: str, sign: int, rng: np.random.Generator
) -> None:
    distances = 10.0 ** -np.arange(1, 13)
    x = rng.standard_normal((1, 1, 1, 8))
    y = sign * (x + distances[:, None, None, None] * rng.standard_normal((12, 1, 1, 8)))
    found = ckn.Network([ckn.Layer(1, kernel)], output).gram(x, y)[0]
    one = [MP.mpf(float(v)) for v in x.ravel()]
    for value, row in zip(found, y, strict=True):
        two = [MP.mpf(float(v)) for v in row.ravel()]
        a, b = (MP.sqrt(MP.fsum(v * v for v in r)) for r in (one, two))
        gap = MP.sqrt(MP.fsum((v / a - w / b) ** 2 for v, w in zip(one, two, strict=True)))
        wanted = a * b * kappa(2 * MP.asin(min(gap / 2, MP.mpf(1))))
        assert abs(MP.mpf(float(value)) - wanted) < 2e-12 * a * b


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("output", ["sum", "mean"])
def test_tangent_kernels_of_patches_at_every_distance(output: str, sign: int, rng: np.random.Generator) -> None:
    distances = 10.0 ** -np.arange(1, 13)
    x = rng.standard_normal((1, 1, 1, 8))
    y = sign * (x + distances[:, None, None, None] * rng.standard_normal((12, 1, 1, 8)))
    found = ckn.Network([ckn.Layer(1, ks.arccos(1))], output).gram(x, y, tangent=True)[0]
    one = [MP.mpf(float(v)) for v in x.ravel()]
    for value, row in zip(found, y, strict=True):
        two = [MP.mpf(float(v)) for v in row.ravel()]
        size = MP.sqrt(MP.fsum(v * v for v in one) * MP.fsum(v * v for v in two))
        u = MP.fsum(v * w for v, w in zip(one, two, strict=True)) / size
        theta = MP.acos(u)
        wanted = size * (MP.sin(theta) + 2 * (MP.pi - theta) * u) / MP.pi
        assert abs(MP.mpf(float(value)) - wanted) < 2e-12 * size


def test_deep_maps_that_nearly_coincide_are_not_taken_for_equal(rng: np.random.Generator) -> None:
    for pool in (None, ckn.average(1)):
        layers = [ckn.Layer(1, ks.arccos(1), pool), ckn.Layer(1, ks.arccos(0), pool)]
        net = ckn.Network(layers)
        x = rng.standard_normal((1, 1, 3))
        for distance in (1e-3, 1e-5, 1e-6):
            y = x + distance * rng.standard_normal(x.shape)
            a, b = ([MP.mpf(float(v)) for v in row.ravel()] for row in (x, y))
            size = MP.sqrt(MP.fsum(v * v for v in a) * MP.fsum(v * v for v in b))
            theta = MP.acos(MP.fsum(v * w for v, w in zip(a, b, strict=True)) / size)
            inner = (MP.sin(theta) + (MP.pi - theta) * MP.cos(theta)) / MP.pi
            wanted = size * (1 - MP.acos(inner) / MP.pi)
            # A cosine that is right to a rounding, for the angle `distance`.
            assert abs(net.gram(x, y)[0, 0] - wanted) < 1e-15 * size / distance
        # Copies are equal, whichever side they come from; opposite maps are opposite.
        assert net.gram(x, x.copy())[0, 0] == pytest.approx(net.gram(x)[0, 0], rel=1e-15, abs=0)
        still = ckn.Network([ckn.Layer(1, ks.linear(), pool), ckn.Layer(1, ks.arccos(0), pool)])
        assert abs(still.gram(x, -x)[0, 0]) < 1e-15 * float(np.sum(x * x))


def test_the_diagonal_has_the_angle_zero(rng: np.random.Generator) -> None:
    x = rng.standard_normal((4, 5, 4, 3))
    for kernel in (ks.arccos(0), ks.laplace(), ks.arccos(1)):
        for layer in (ckn.Layer(1, kernel), ckn.Layer(1, kernel, ckn.average(1))):
            found = np.diag(ckn.Network([layer]).gram(x))
            np.testing.assert_allclose(found, np.sum(x * x, axis=(1, 2, 3)), rtol=2e-15)


def test_averages_of_nearly_opposite_pixels_keep_to_cauchy_schwarz(rng: np.random.Generator) -> None:
    x = np.empty((4, 8, 3))
    x[:, ::2] = rng.standard_normal((4, 4, 3))
    x[:, 1::2] = -x[:, ::2] * (1 + 1e-15 * rng.integers(-3, 4, (4, 4, 1)))
    for kernel in (ks.polynomial(3), ks.exponential(0.5), ks.arccos(1)):
        layers = [ckn.Layer(1, ks.linear(), ckn.average(2), 2), ckn.Layer(1, kernel)]
        found = ckn.Network(layers).gram(x)
        roots = np.sqrt(np.diag(found))
        assert np.all(roots < 1e-6)  # the root of a rounding, where a square should be 0
        assert np.all(np.abs(found) <= np.outer(roots, roots) * (1 + 1e-9))


# -- floors, sizes ----------------------------------------------------------------------------------------


def test_a_floor_divides_small_patches_in_values_and_tangents() -> None:
    """Two pixels of one position: |z||z'|kappa(c), c = <z, z'> over norms of at least the floor."""
    z, w = np.array([0.3, 0.4]), np.array([-0.5, 0.2])
    x, y = z.reshape(1, 1, 1, 2), w.reshape(1, 1, 1, 2)
    for pool in (None, ckn.average(1)):
        net = ckn.Network([ckn.Layer(1, ks.arccos(1), pool)], floor=2.0)
        for a, b, p, q in ((z, w, x, y), (z, z, x, None), (z, z, x, x.copy())):
            sizes = np.linalg.norm(a), np.linalg.norm(b)
            c = a @ b / 4
            value = sizes[0] * sizes[1] * ks.arccos(1)(c)
            assert net.gram(p, q)[0, 0] == pytest.approx(value, rel=1e-14, abs=0)
            tangent = value + a @ b * ks.arccos(0)(c)
            assert net.gram(p, q, tangent=True)[0, 0] == pytest.approx(tangent, rel=1e-14, abs=0)


@pytest.mark.parametrize("size", [1e-140, 1e-155, 1e-160, 1e-200, 1e-300])
def test_a_tiny_patch_beside_a_large_one_keeps_its_digits(size: float) -> None:
    x = np.array([[[1.0, 0.0], [3 * size, 4 * size]]])
    y = np.array([[[0.0, 0.0], [4.0, -3.0]]])
    for pool in (None, ckn.average(1)):
        found = ckn.Network([ckn.Layer(1, ks.arccos(1), pool)]).gram(x, y)[0, 0]
        assert found == pytest.approx(25 * size / np.pi, rel=1e-14, abs=0)
    np.testing.assert_allclose(lengths(x[0]), [1, 5 * size], rtol=1e-15)


def test_least_norms_have_squares_with_all_digits() -> None:
    for bits, kind in ((64, np.float64), (32, np.float32)):
        info = np.finfo(kind)
        for norm in (least(bits, False), least(bits, False) * 1.001):
            assert norm**2 * float(info.eps) >= float(info.tiny) * (1 - 1e-12)
        assert least(bits, True) == float(info.tiny)


def test_distances_of_images_of_two_sizes(rng: np.random.Generator) -> None:
    net = ckn.Network([ckn.Layer(1, ks.arccos(1)), ckn.Layer(2, ks.rf(3))])
    x = rng.standard_normal((3, 4, 2))
    plain = net.gram(x)
    powers = np.array([0, -3, 40])
    scaled = np.ldexp(x, powers[:, None, None])
    inner = np.ldexp(plain, powers[:, None] + powers)
    squares = np.diag(inner)
    wanted = np.sqrt(np.maximum(squares[:, None] + squares - 2 * inner, 0))
    np.testing.assert_allclose(net.distances(scaled), wanted, rtol=1e-7, atol=1e-6)
    huge = net.distances(1e150 * x[:1], 1e-150 * x[1:])
    np.testing.assert_allclose(huge, 1e150 * np.sqrt(plain[0, 0]) * np.ones((1, 2)), rtol=1e-13)


def test_distances_of_float32_images_are_those_of_their_float64_copies(rng: np.random.Generator) -> None:
    net = ckn.Network([ckn.Layer(2, ks.arccos(1))])
    x = rng.standard_normal((3, 4, 2)).astype(np.float32)
    y = (x + 1e-5 * rng.standard_normal(x.shape)).astype(np.float32)  # of 1e-5 float32 loses all
    found = net.distances(x, y)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, net.distances(x.astype(np.float64), y.astype(np.float64)))


def test_squares_of_squares_do_not_overflow_on_the_way() -> None:
    x = np.full((1, 1, 4096), 2.0**-6, dtype=np.float32)  # |x| = 1, with pixels far below
    net = ckn.Network([ckn.Layer(1, ckn.square)] * 4)
    assert net.gram(x, channels="last")[0, 0] == 1


def test_what_is_taken_out_of_a_kernel_comes_back_squared() -> None:
    x = np.array([[[1.0, 2.0]], [[3.0, -1.0]]])
    net = ckn.Network([ckn.Layer(1, 2**60 * ks.linear()), ckn.Layer(1, ckn.square)])
    np.testing.assert_allclose(net.gram(x), 2.0**120 * np.array([[25.0, 1.0], [1.0, 100.0]]))
    assert largest_square(InPlace(), pointwise(ckn.square, False), np.array([1.0, 3.0])) == 81
    assert largest_square(InPlace(), pointwise(ks.exponential(), False), np.array([2.0])) == 4


# -- what is no kernel ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kernel", "words"),
    [
        (ks.from_callable(lambda u: u - 0.3, name="low"), r"kappa\(-1\) = -1.3"),
        (ks.arccos(1) - ks.polynomial(4) * 0.05, r"Taylor coefficient of u\^4"),
        (ks.exponential() - ks.polynomial(9) * 0.01, r"Taylor coefficient of u\^9"),
    ],
)
def test_values_and_coefficients_that_show_no_kernel(kernel: ks.Zonal, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ckn.Network([ckn.Layer(1, kernel)]).gram(np.ones((1, 2, 1)))


def test_squares_that_are_negative_by_1e_5_are_seen() -> None:
    """On the circle cos(5 t) has the eigenvalue -1e-5 there, and five vectors of a regular pentagon see it alone."""
    angles = 2 * np.pi * np.arange(5) / 5
    x = np.stack([np.cos(angles), np.sin(angles)], axis=-1)[None]
    for size in (1e-5, 1e-6):

        def five(u: Value, size: float = size) -> Value:
            return u - size * np.cos(5 * np.arccos(np.clip(u, -1, 1)))

        kernel = ks.from_callable(five)
        net = ckn.Network([ckn.Layer(1, kernel, ckn.average(5), 5)])
        with pytest.raises(ValueError, match="squared norms of Phi"):
            net.gram(x)


def test_no_activation_has_a_kernel_that_decreases_from_minus_one() -> None:
    """a u + b kappa_1 with 2 a + b < 0 has kappa(-1) > kappa(1)."""
    layer = ckn.Layer(1, ks.arccos(1) - 0.6 * ks.linear())
    with pytest.raises(ValueError, match="anchors='random' needs layers"):
        ckn.Nystrom(ckn.Network([layer]), 8, anchors="random").fit(np.ones((1, 2, 1)))
    with pytest.raises(ValueError, match="tangent kernels need the layers"):
        ckn.Network([layer]).gram(np.ones((1, 2, 1)), tangent=True)
    fine = ckn.Layer(1, ks.arccos(1) - 0.5 * ks.linear())
    assert ckn.Network([fine]).gram(np.ones((1, 2, 1)), tangent=True) > 0


# -- files ------------------------------------------------------------------------------------------------


def test_a_file_goes_on_with_the_same_kind_and_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    plan = memory_module.plan
    monkeypatch.setattr(
        evaluator_module, "plan", lambda *given: dataclasses.replace(plan(*given), chunk=1, ahead=1, block=2)
    )
    net = ckn.Network([ckn.Layer(1, ks.arccos(1))])
    x = rng.standard_normal((6, 3, 4, 1))
    options: dict[str, Any] = {"out": tmp_path / "matrix.npy", "threads": 1}

    def stopped(steps: Any, total: int) -> Any:
        yield from itertools.islice(steps, 4)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        net.gram(x, progress=stopped, **options)
    with pytest.raises(ValueError, match="other data"):
        net.gram(x, tangent=True, **options)
    other = x.copy()
    other[-1, -1, -1, 0] += 1
    with pytest.raises(ValueError, match="other data"):
        net.gram(other, **options)
    np.testing.assert_array_equal(net.gram(x, **options), net.gram(x))
