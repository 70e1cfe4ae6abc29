"""Norms of neurons and of convolutional teachers, against rational Gram matrices and explicit features."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import kernelspec as ks
from experiments import architectures as built
from kernelspec import ckn
from kernelspec.ckn.teachers import BOUNDS, Teacher
from kernelspec.rkhs.neurons import sphere_squared_norm, squared_norm
from oracle import convolutional as oracle
from oracle import neuron_norms as rational
from oracle.convolutional import Step
from oracle.patch_kernels import tensor_power

HALF = Fraction(1, 2)
fractions = st.fractions(-3, 3, max_denominator=8)
positive = st.fractions(Fraction(1, 8), 3, max_denominator=8)


def kernel_of(coefficients: Any) -> ks.Zonal:
    total = 0 * ks.linear()
    for j, b in enumerate(coefficients):
        total = total + b * ks.polynomial(j)
    return total


# ------------------------------------------------------------------------------------------ neurons


@settings(max_examples=25, deadline=None)
@given(
    st.lists(positive, min_size=4, max_size=4),
    st.lists(fractions, min_size=1, max_size=4),
    st.lists(st.fractions(-2, 2, max_denominator=4), min_size=2, max_size=3),
    st.integers(0, 2**32 - 1),
)
def test_the_norm_on_the_sphere_is_that_of_a_gram_matrix(
    b: list[Fraction], a: list[Fraction], w: list[Fraction], seed: int
) -> None:
    d, square = len(w), rational.inner(w, w)
    found = sphere_squared_norm(kernel_of(b), a, square, d)

    def neuron(x: rational.Point) -> Fraction:
        return rational.polynomial(a, rational.inner(w, x))

    expected = rational.squared_norm(b, neuron, d, np.random.default_rng(seed))
    assert isinstance(found, Fraction)
    assert found == expected
    assert found <= squared_norm(kernel_of(b), a, square)


@settings(max_examples=40)
@given(
    st.lists(positive, min_size=6, max_size=6),
    st.lists(fractions, min_size=1, max_size=6),
    st.fractions(0, 4, max_denominator=4),
    st.integers(2, 9),
)
def test_the_sphere_norm_grows_with_the_dimension_to_that_of_the_features(
    b: list[Fraction], a: list[Fraction], square: Fraction, d: int
) -> None:
    kernel = kernel_of(b)
    bound = squared_norm(kernel, a, square)
    here, above = (sphere_squared_norm(kernel, a, square, n) for n in (d, d + 1))
    # The restriction of a function to fewer dimensions has no larger norm.
    assert here <= above <= bound
    far = sphere_squared_norm(kernel, a, square, 10**9)
    assert float(bound - far) <= 1e-5 * float(bound)  # of order 1/d, constants up to a few thousand


@settings(max_examples=40)
@given(st.lists(positive, min_size=1, max_size=6), fractions, fractions, st.integers(2, 20))
def test_they_agree_where_each_parity_is_a_multiple_of_the_kernel(
    b: list[Fraction], even: Fraction, odd: Fraction, d: int
) -> None:
    a = [(odd if j % 2 else even) * v for j, v in enumerate(b)]
    assert sphere_squared_norm(kernel_of(b), a, 1, d) == squared_norm(kernel_of(b), a, 1)


@pytest.mark.parametrize("square", [0, 0.25, 1.0, 5.0])
@pytest.mark.parametrize("sigma", [1.0, 0.6])
def test_closed_forms_with_the_exponential_kernel(sigma: float, square: float) -> None:
    alpha = 1 / sigma**2
    exponential = [Fraction(1, math.factorial(j)) for j in range(40)]
    sine = [a * (0, 1, 0, -1)[j % 4] for j, a in enumerate(exponential)]
    kernel = ks.exponential(sigma)
    # The terms left out are below (s/alpha)^40/40! of e^alpha.
    assert squared_norm(kernel, exponential, square) == pytest.approx(
        math.exp(alpha + square / alpha), rel=1e-14, abs=0
    )
    assert squared_norm(kernel, sine, square) == pytest.approx(
        math.exp(alpha) * math.sinh(square / alpha), rel=1e-14, abs=1e-300
    )


def test_a_neuron_that_is_a_kernel_section_has_the_norm_of_the_kernel() -> None:
    alpha = 1 / 0.36
    section = [float(mpmath.exp(-alpha) * mpmath.mpf(alpha) ** j / mpmath.factorial(j)) for j in range(45)]
    kernel = ks.exponential(0.6)
    for norm in (squared_norm(kernel, section, 1), sphere_squared_norm(kernel, section, 1, 4)):
        assert norm == pytest.approx(1.0, rel=1e-12, abs=0)  # 45 rounded coefficients and eigenvalues


def test_the_sphere_norm_by_quadrature() -> None:
    a = [0.5, -1.0, 0.25, 2.0]
    for kernel in (ks.exponential(0.8), ks.ntk(3), ks.laplace()):
        for d in (2, 3, 6):
            k = np.arange(4)
            sigma = ks.sphere.funk_hecke(lambda t: np.polyval(a[::-1], 1.5 * t), d, k)
            mu = ks.sphere.funk_hecke(kernel, d, k, nodes=2000)
            expected = np.sum(ks.sphere.multiplicity(d, k) * sigma**2 / mu)
            # Laplace at d = 2 is a quadrature of a function with a kink in its derivative at t = 1.
            assert sphere_squared_norm(kernel, a, 2.25, d) == pytest.approx(expected, rel=1e-6, abs=0)


def test_what_is_outside_the_space() -> None:
    # b_2 = 0 has no bound of this kind, but u^2 is in the space of u^4 on the sphere.
    with pytest.raises(ValueError, match="activation must have a_2 = 0"):
        squared_norm(ks.polynomial(4), [0, 0, 1], 1)
    assert 1 < sphere_squared_norm(ks.polynomial(4), [0, 0, 1], 1, 3) < math.inf
    # Arc-cosine kernels have no odd degree from 3 on.
    assert sphere_squared_norm(ks.arccos(1), [0, 0, 0, 1], 1, 3) == math.inf
    assert sphere_squared_norm(ks.arccos(1), [0, 3], Fraction(1, 2), 3) == 9
    assert sphere_squared_norm(ks.exponential(1), [0], 1, 3) == 0
    # Eigenvalues below the floats.
    assert 0 < sphere_squared_norm(ks.exponential(100), [0] * 60 + [1], 1, 3) < math.inf
    assert squared_norm(ks.exponential(1), [0, 10**200], 10**200) == math.inf


def test_what_is_outside_the_space_of_a_mirrored_sum() -> None:
    """Odd eigenvalues that are 0 although no odd part of the kernel is known to be a polynomial."""
    for half in (ks.rf(3), ks.laplace(), ks.exponential(1)):
        even = half + half @ -ks.linear()
        assert even.polynomial_part(1) is None
        assert sphere_squared_norm(even, [0, 1], 1, 3) == math.inf
        assert sphere_squared_norm(even, [1, 0, 1], 1, 3) == pytest.approx(
            sphere_squared_norm(half, [1, 0, 1], 1, 3) / 2, rel=1e-9, abs=0
        )


def test_an_eigenvalue_that_is_not_known_is_not_infinitely_small() -> None:
    user = ks.from_callable(lambda u: np.exp(u - 1), name="g")
    # mu_0 of the second is 0, but floats do not see it.
    for kernel, k in ((user, 14), (ks.arccos(1) - Fraction(3, 8), 0)):
        with pytest.raises(ValueError, match=r"mu_\d+ of .* on S\^2 is not"):
            sphere_squared_norm(kernel, [0] * k + [1], 1, 3)
    assert sphere_squared_norm(user, [1, 1], 1, 3) == pytest.approx(
        sphere_squared_norm(ks.exponential(1), [1, 1], 1, 3), rel=1e-9, abs=0
    )


def test_coefficients_below_the_floats() -> None:
    """b_j = 1/(e j!), which float64 does not hold from j = 178 on, and not to full accuracy from j = 171 on."""
    kernel = ks.exponential(1)
    for j, square in ((172, 1e-2), (176, 1), (190, Fraction(1, 10)), (400, Fraction(1, 100))):
        found = squared_norm(kernel, [0] * j + [1], square)
        log = 1 + float(mpmath.loggamma(j + 1)) + j * math.log(square)
        expected = math.exp(log) if log < 709 else math.inf
        # The logarithm is some hundreds, right to 1e-16 of them.
        assert found == pytest.approx(expected, rel=1e-12, abs=0)


def test_kernels_that_are_not_positive() -> None:
    kernel = ks.parse("linear() - polynomial(3)")  # b_3 < 0 and mu_3 < 0, though sigma has neither
    with pytest.raises(ValueError, match="Taylor coefficients >= 0.*b_3 = -1"):
        squared_norm(kernel, [0, 1], 1)
    with pytest.raises(ValueError, match="kernel must be positive semi-definite.*mu_3 = -0.0571"):
        sphere_squared_norm(kernel, [0, 1], 1, 3)
    # Negative coefficients, though positive semi-definite on the circle: mu_2 = (b_2 + b_4)/4, mu_4 = b_4/16.
    circle = ks.parse("2 - 0.5*polynomial(2) + polynomial(4)")
    assert 0 < sphere_squared_norm(circle, [1, 0, 1], 1, 2) < math.inf
    with pytest.raises(ValueError, match="b_2 = -0.5"):
        squared_norm(circle, [1], 1)


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        (("arccos(1)", [1], 1), TypeError, "kernel must be a zonal kernel"),
        ((ks.arccos(1), "relu", 1), TypeError, "activation must be the coefficients"),
        ((ks.arccos(1), [], 1), ValueError, "activation must hold at least one"),
        ((ks.arccos(1), [1, math.nan], 1), ValueError, "activation a_1 must be finite"),
        ((ks.arccos(1), [1, 1j], 1), TypeError, "activation a_1 must be a real number"),
        ((ks.arccos(1), [1], -1), ValueError, "square must be >= 0, a squared norm; got -1"),
        ((ks.arccos(1), [1], math.inf), ValueError, "square must be finite"),
        ((ks.linear() - 1, [1], 1), ValueError, "b_0 = -1"),
    ],
)
def test_bad_arguments_of_neurons(arguments: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        squared_norm(*arguments)
    kernel, activation, square = arguments
    for d, error in ((1, ValueError), (2.5, TypeError)):
        with pytest.raises(error, match="d must be an integer >= 2|d must be an integer from 2"):
            sphere_squared_norm(ks.arccos(1), [1], 1, d)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(kind, match=words.replace("b_0", "mu_0")):
        sphere_squared_norm(kernel, activation, square, 3)


# ----------------------------------------------------------------------------------------- teachers


@st.composite
def architectures(draw: Any, kernels: Any, depth: int = 2) -> tuple[list[Step], tuple[int, ...]]:
    """Layers and an input size (positions..., channels) on which no map is empty."""
    shape = draw(st.sampled_from([(7, 1), (8, 2), (5, 6, 1)]))
    sizes, steps = shape[:-1], []
    for _ in range(draw(st.integers(1, depth))):
        pool, size = draw(st.sampled_from([("", 1), ("average", 2), ("gaussian", 1)]))
        step = Step(
            patch=draw(st.integers(1, 2 if len(shape) == 3 else 3)),
            kernel=draw(st.sampled_from(kernels)),
            pool=pool,
            size=size,
            stride=draw(st.integers(1, 2)) if pool else 1,
            border=draw(st.sampled_from(["zero", "circular", "valid"])),
            normalized=draw(st.booleans()),
        )
        layer = built.layer(step)
        after = tuple(layer.pooling_size(layer.map_size(n)) for n in sizes)
        if not all(after):
            break
        steps.append(step)
        sizes = after
    assume(steps)
    return steps, shape


def random_teacher(
    steps: list[Step], shape: tuple[int, ...], activation: Any, rng: Any, output: Any = "sum"
) -> Teacher:
    net = built.network(steps, output)
    axes, channels, filters = len(shape) - 1, shape[-1], []
    for step in steps:
        filters.append(rng.normal(size=(2, *(step.patch,) * axes, channels)))
        filters[-1] /= np.linalg.norm(filters[-1])
        channels = 2
    places = net.shapes((1, *shape))[-1].output if output == "sum" else ()
    return Teacher(net, filters, rng.normal(size=(*places, 2)), activation)


@settings(max_examples=30, deadline=None)
@given(architectures(["polynomial(2)"]), st.sampled_from(["sum", "mean"]), st.integers(0, 2**32 - 1))
def test_a_teacher_is_an_inner_product_with_features(
    architecture: tuple[list[Step], tuple[int, ...]], output: Any, seed: int
) -> None:
    steps, shape = architecture
    rng = np.random.default_rng(seed)
    teacher = random_teacher(steps, shape, [0, 0, 1], rng, output)
    x = rng.normal(size=(4, *shape))
    # The element itself: sigma = u^2 and kappa = u^2 make a neuron g (x) g.
    neurons = np.eye(shape[-1])
    for weights in teacher.filters:
        flat = weights.reshape(len(weights), -1, weights.shape[-1])
        g = np.einsum("avi,if->avf", flat, neurons).reshape(len(weights), -1)
        neurons = tensor_power(g, 2)
    features = oracle.features(x, steps)
    if output == "mean":
        element, features = teacher.readout @ neurons, features.mean(axis=1)
        expected = features @ element
    else:
        element = teacher.readout.reshape(-1, 2) @ neurons
        expected = np.einsum("nuf,uf->n", features, element)
    # Sums of a few hundred products of numbers of size 1.
    np.testing.assert_allclose(teacher(x), expected, rtol=0, atol=1e-11)
    assert teacher.squared_norm() == pytest.approx(float(np.sum(element**2)), rel=1e-12, abs=0)


@settings(max_examples=40, deadline=None)
@given(
    architectures(["exponential(0.6)", "0.25 + 0.5*linear() + 0.25*polynomial(2)"]),
    st.lists(st.floats(-2, 2), min_size=1, max_size=3),
    st.sampled_from(["sum", "mean"]),
    st.integers(0, 2**32 - 1),
)
def test_bounds_are_ordered_and_bound(
    architecture: tuple[list[Step], tuple[int, ...]], activation: Any, output: Any, seed: int
) -> None:
    steps, shape = architecture
    rng = np.random.default_rng(seed)
    teacher = random_teacher(steps, shape, activation, rng, output)
    gram, spectral, frobenius = (teacher.squared_norm(bound) for bound in BOUNDS)
    assert gram <= spectral * (1 + 1e-12) + 1e-300  # singular values and products, rounded
    assert spectral <= frobenius * (1 + 1e-12) + 1e-300
    x = rng.normal(size=(12, *shape))
    y = x + 0.1 * rng.normal(size=x.shape)
    net = teacher.network
    change = np.abs(teacher(x) - teacher(y))
    distance = np.diagonal(net.distances(x, y))
    assert np.all(change <= math.sqrt(gram) * distance * (1 + 1e-6) + 1e-12)
    # The norm of the best interpolant at twelve points; directions that are rounding are left out.
    values, vectors = np.linalg.eigh(net.gram(x))
    kept = values > 1e-10 * values[-1]
    lower = np.sum((vectors.T @ teacher(x))[kept] ** 2 / values[kept])
    assert lower <= gram * (1 + 1e-5) + 1e-12


def just_above(found: float, exact: float) -> bool:
    """Bounds are rounded up, by what some hundred roundings may be: 2e-16 each."""
    return exact <= found <= exact * (1 + 5e-14)


def test_orthogonal_filters_attain_the_spectral_bound() -> None:
    kernel = ks.parse("0.5*linear() + 0.5*polynomial(2)")
    net = ckn.Network([ckn.Layer(patch=1, kernel=kernel)])
    teacher = Teacher(net, [np.eye(3)[:, None, :]], np.ones((1, 3)), [0, 1, 1])
    gram, spectral, frobenius = (teacher.squared_norm(bound) for bound in BOUNDS)
    assert just_above(gram, 12) and just_above(spectral, 12)
    assert just_above(frobenius, 3 * (2 * 3 + 2 * 9))
    # And it is the norm itself: x_1 + x_2 + x_3 + 1 on the sphere.
    points = np.random.default_rng(1).normal(size=(20, 1, 3))
    values = teacher(points)
    assert values @ np.linalg.pinv(net.gram(points), rcond=1e-10) @ values == pytest.approx(12.0, rel=1e-9, abs=0)


def test_the_three_bounds_by_hand() -> None:
    """Linear: C^2(s) = s. W_1 W_1^T = ((2, 2), (2, 4)); places of W_2 have the norms 3 and 2, W_2 itself 13^{1/2}."""
    net = ckn.Network([ckn.Layer(patch=2, kernel=ks.linear())] * 2, output="mean")
    first = [[[1.0], [1.0]], [[0.0], [2.0]]]
    second = [[[3.0, 0.0], [0.0, 2.0]], [[0.0, 1.0], [2.0, 0.0]]]
    teacher = Teacher(net, [first, second], [1.0, 2.0], [0, 1])
    assert just_above(teacher.squared_norm("gram"), 138)  # (1, 2) ((34, 14), (14, 12)) (1, 2)^T
    spectral = 5 * 13 * (3 + math.sqrt(5))
    assert just_above(teacher.squared_norm("spectral"), spectral)
    assert just_above(teacher.squared_norm("frobenius"), 5 * (9 + 4) * 6)
    wide = Teacher(net, [first, np.array(second)[:, :, ::-1]], [1.0, 2.0], [0, 1])
    assert just_above(wide.squared_norm("frobenius"), 390)


def test_a_constant_term_counts_once_for_each_filter() -> None:
    net = ckn.Network([ckn.Layer(patch=1, kernel=ks.parse("0.5 + 0.5*linear()"))])
    teacher = Teacher(net, [np.zeros((4, 1, 2))], np.ones((1, 4)), [1])
    assert all(just_above(teacher.squared_norm(bound), 32) for bound in BOUNDS)


def test_data_of_every_kind() -> None:
    rng = np.random.default_rng(2)
    net = ckn.Network([ckn.Layer(patch=2, kernel=ks.exponential(1), pool=ckn.average(2), stride=2)])
    teacher = Teacher(net, [rng.normal(size=(3, 2, 2, 1))], rng.normal(size=(2, 3, 3)), [0, 1, 1])
    whole = rng.integers(-5, 6, (4, 5, 7, 1))
    expected = teacher(whole.astype(float))
    np.testing.assert_array_equal(teacher(whole), expected)
    np.testing.assert_array_equal(teacher(whole.astype(np.float32)), expected)
    strided = np.repeat(whole, 2, axis=2).astype(float)[:, :, ::2]
    np.testing.assert_array_equal(teacher(strided), expected)
    assert teacher(whole[:0]).shape == (0,)
    np.testing.assert_array_equal(teacher(np.zeros((1, 5, 7, 1))), [0.0])
    assert "3 filters, activation of degree 2" in repr(teacher)
    with pytest.raises(ValueError, match="read-only"):
        teacher.readout[0, 0, 0] = 1.0


ONE = ckn.Network([ckn.Layer(patch=2, kernel=ks.exponential(1))])
W, R = np.ones((3, 2, 1)), np.ones((5, 3))


@pytest.mark.parametrize(
    ("arguments", "kind", "words"),
    [
        ((3, [W], R, [0, 1]), TypeError, "network must be a ckn.Network"),
        ((ONE, [W, W], R, [0, 1]), ValueError, "filters must be 1 arrays"),
        ((ONE, 3, R, [0, 1]), ValueError, "filters must be 1 arrays"),
        ((ONE, {0: W}, R, [0, 1]), ValueError, "filters must be 1 arrays, one for each layer; got {0"),
        ((ONE, np.array(1.0), R, [0, 1]), ValueError, "filters must be 1 arrays"),
        ((ONE, [3.0], R, [0, 1]), ValueError, r"filters of layer 1 must have shape .* got \(\)"),
        ((ONE, [W], R, b"ab"), TypeError, "activation must be the coefficients"),
        ((ONE, [np.ones((3, 3, 1))], R, [0, 1]), ValueError, r"filters of layer 1 must have shape"),
        ((ONE, [np.ones((0, 2, 1))], R, [0, 1]), ValueError, r"filters of layer 1 must have shape"),
        ((ONE, [W * np.nan], R, [0, 1]), ValueError, "filters of layer 1 must be finite"),
        ((ONE, [W * 1j], R, [0, 1]), TypeError, "filters of layer 1 must be a real array"),
        ((ONE, [W], np.ones((5, 2)), [0, 1]), ValueError, "readout must have 1 axes"),
        ((ONE, [W], np.ones(3), [0, 1]), ValueError, "readout must have 1 axes"),
        ((ONE, [W], R, "relu"), TypeError, "activation must be the coefficients"),
        (
            (ckn.Network([ckn.Layer(2, ckn.square)]), [W], R, [0, 1]),
            TypeError,
            "the kernel of layer 1 must be a zonal kernel",
        ),
        (
            (ckn.Network([ckn.Layer(2, ks.arccos(1))]), [W], R, [0, 0, 0, 1]),
            ValueError,
            "a_3 = 0 where the kernel of layer 1",
        ),
    ],
)
def test_bad_teachers(arguments: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        Teacher(*arguments)


def test_bad_data_and_bounds() -> None:
    teacher = Teacher(ONE, [W], R, [0, 1])
    with pytest.raises(ValueError, match=r"x must have shape \(n, length, 1\)"):
        teacher(np.ones((2, 5, 2)))
    with pytest.raises(ValueError, match="x must leave a last map of 5 positions"):
        teacher(np.ones((2, 6, 1)))
    with pytest.raises(ValueError, match="x must be finite"):
        teacher(np.full((2, 5, 1), np.nan))
    with pytest.raises(ValueError, match="bound must be one of gram, spectral, frobenius"):
        teacher.squared_norm("nuclear")
    with pytest.raises(ValueError, match=r"x, filters or readout must be smaller: f\(x\) overflows"):
        Teacher(ONE, [W], R * 1e300, [0, 1, 1])(np.full((1, 5, 1), 1e10))
    huge = Teacher(ONE, [W * 1e200], R, [0, 1, 1])
    with pytest.raises(ValueError, match=r"x, filters or readout must be smaller: f\(x\) overflows"):
        huge(np.ones((1, 5, 1)))
    assert [huge.squared_norm(bound) for bound in BOUNDS] == [math.inf] * 3
