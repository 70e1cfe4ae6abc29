"""Deformed digits, claim 63, and the trade of stability against detail: their numbers, and the --data of figures."""

import gzip
import math
import struct
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from pictures import faults_at_both_widths

import kernelspec as ks
from experiments import deformed_digits as digits
from experiments import summaries
from experiments.datasets import data_folder
from figures import _make, stability_tradeoff, style
from figures import deformed_digits as figure
from figures.__main__ import main as draw_main
from kernelspec import ckn, testing
from kernelspec.ckn import stability
from kernelspec.plots import tradeoff
from oracle import convolutional as oracle
from paper_checks import j_deformed_digits, j_deformed_order
from paper_checks.registry import Claim, Tier, computed_verdict

CLAIMS = {
    value.number: value
    for module in (j_deformed_digits, j_deformed_order)
    for value in vars(module).values()
    if isinstance(value, Claim)
}

# -- the checks -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "seed"), [("C63", 0), ("C63b", 0), ("C63c", 6), ("C63c", 8)])
def test_verdicts_do_not_depend_on_the_draw(number: str, seed: int) -> None:
    pytest.importorskip("sklearn")
    tier = Tier(quick=True, rng=np.random.default_rng(seed))
    assert computed_verdict(CLAIMS[number](tier)) == CLAIMS[number].verdict


def test_the_proof_is_one_and_without_files_nothing_is_said_of_mnist() -> None:
    assert computed_verdict(CLAIMS["C63a"](Tier(quick=True))) == "proved"
    assert computed_verdict(CLAIMS["C63d"](Tier(quick=True))) == "not run"


@pytest.mark.parametrize("number", ["C63", "C63b", "C63c"])
def test_kernels_that_change_places_are_found_out(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn")
    true = digits.relative_distances
    monkeypatch.setattr(digits, "relative_distances", lambda x, y: true(x, y)[::-1])
    with np.errstate(invalid="ignore"):  # the root of what is then negative
        found = computed_verdict(CLAIMS[number](Tier.for_claim(number, quick=True)))
    assert found == "failed"


# -- the theorem of C63a ----------------------------------------------------------------------------------


@given(st.data(), st.sampled_from([(12, 2), (8, 9, 1)]), st.integers(0, 2**32 - 1))
def test_tangent_kernels_are_at_most_depth_plus_one_times_the_kernel(
    data: st.DataObject, shape: tuple[int, ...], seed: int
) -> None:
    ramp, borders = [ks.arccos(1)], ["zero", "circular"]
    net = data.draw(testing.architectures(shape[:-1], kernels=ramp, borders=borders))
    x = np.random.default_rng(seed).standard_normal((4, *shape))
    x[3] = -x[0] + 0.1 * x[1]  # cosines near -1, where the inner product of patches is negative
    kernel, tangent = net.gram(x, tangent="both")
    times = len(net.layers) + 1
    scale = times * np.sqrt(np.multiply.outer(kernel.diagonal(), kernel.diagonal()))
    # Rounding is 1e-15 of the norms, and up to half of the digits where maps nearly coincide.
    assert np.all(times * kernel - tangent >= -1e-7 * scale)
    if all(layer.pool is None for layer in net.layers) and net.output == "sum":
        np.testing.assert_allclose(tangent.diagonal(), times * kernel.diagonal(), rtol=1e-12)
        relative = [net.distances(x, tangent=t) / net.norms(x, t)[:, None] for t in (False, True)]
        assert np.all(relative[1] >= relative[0] - 1e-7)


def test_with_pooling_a_tangent_distance_can_be_the_smaller_one() -> None:
    net = ckn.Network([ckn.Layer(1, ks.arccos(1), ckn.average(3), stride=3)])
    first, second, third = np.eye(3)
    x = np.array([[third, 0 * first, 0 * first]])
    y = np.array([[third, first, second]])
    for tangent, expected in ((False, 2 + 2 / math.pi), (True, 2 + 1 / math.pi)):
        found = net.distances(x, y, tangent)[0, 0] / net.norms(x, tangent)[0]
        assert found**2 == pytest.approx(expected, rel=1e-13, abs=0)
    z = np.array([[first, second, 0 * first]])
    ratio = net.norms(z, True)[0] ** 2 / net.norms(z)[0] ** 2
    assert ratio == pytest.approx((2 * math.pi + 1) / (math.pi + 1), rel=1e-13, abs=0)


# -- the digits -------------------------------------------------------------------------------------------


@given(st.floats(-50, 50))
def test_translates_of_the_spline_sum_to_one(t: float) -> None:
    values = digits.cubic_spline(t - np.arange(-55.0, 56.0))
    assert values.min() >= 0
    assert values.sum() == pytest.approx(1, abs=1e-14)


def test_the_spline_is_scipys() -> None:
    from scipy.interpolate import BSpline

    t = np.linspace(-1.999, 1.999, 101)
    np.testing.assert_allclose(
        digits.cubic_spline(t), BSpline.basis_element(np.arange(-2.0, 3.0))(t), rtol=0, atol=1e-15
    )
    np.testing.assert_allclose(digits.cubic_spline(np.arange(3.0)), [2 / 3, 1 / 6, 0], atol=1e-16)


def test_enlarged_digits() -> None:
    pytest.importorskip("sklearn")
    from sklearn.datasets import load_digits

    found = digits.enlarged_digits()
    assert found.images.shape == (1797, 28, 28, 1)
    assert found.images.min() >= 0 and found.images.max() <= 1
    small = load_digits(return_X_y=True)[0].reshape(-1, 8, 8) / 16
    # A sum of samples of a function that is band-limited to 2e-4 is its integral to about that.
    np.testing.assert_allclose(found.images.sum(axis=(1, 2, 3)), small.sum(axis=(1, 2)) * 2.25**2, rtol=1e-3)
    middle = np.arange(28) - 13.5
    mass = found.images[..., 0].sum(axis=0)
    np.testing.assert_allclose(
        mass.sum(axis=0) @ middle, small.sum(axis=0).sum(axis=0) @ (np.arange(8) - 3.5) * 2.25**3, rtol=1e-3
    )
    spectrum = np.abs(np.fft.fft2(found.images[:50, ..., 0], axes=(1, 2)))
    assert np.all(spectrum[:, 14] < 1e-3 * spectrum[:, 0, 0, None])
    assert set(found.labels[found.of(5)]) == {5}
    assert set(found.labels[found.of(5, other=True)]) == set(range(10)) - {5}


def idx(array: np.ndarray) -> bytes:
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return gzip.compress(header + array.astype(np.uint8).tobytes())


def written(folder: Path, side: int = 28) -> np.ndarray:
    """Eighteen images that look like MNIST's files."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (18, side, side))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "t10k-images-idx3-ubyte.gz").write_bytes(idx(images))
    (folder / "t10k-labels-idx1-ubyte.gz").write_bytes(idx(np.repeat([5, 3], 9)))
    return images


@pytest.mark.parametrize("below", ["", "mnist"])
def test_mnist_is_found(below: str, tmp_path: Path) -> None:
    assert digits.mnist(None) is None and digits.mnist(tmp_path) is None
    images = written(tmp_path / below)
    found = digits.mnist(tmp_path)
    assert found is not None and found.name == "MNIST"
    np.testing.assert_array_equal(found.images[..., 0], images / 255)
    np.testing.assert_array_equal(found.of(5), np.arange(9))


def test_images_of_another_size_are_refused(tmp_path: Path) -> None:
    written(tmp_path, side=8)
    with pytest.raises(ValueError, match="must have 28 x 28 pixels, they have 64"):
        digits.mnist(tmp_path)


# -- distances --------------------------------------------------------------------------------------------


def test_relative_distances_are_those_of_the_definition(rng: np.random.Generator) -> None:
    # The least size that leaves a position; the oracle goes over all pairs of positions.
    x = rng.random((3, 22, 22, 1)) * (rng.random((3, 22, 22, 1)) < 0.5)
    steps = [oracle.Step(3, "arccos(1)", "gaussian", 2, 2), oracle.Step(3, "arccos(1)", "gaussian", 5, 5)]
    exact = oracle.covariances(x, steps)
    found = digits.relative_distances(x[0], x[1:])
    for place, tangent in enumerate((False, True)):
        k = exact.gram(tangent)
        squares = (k[0, 0] + k.diagonal()[1:] - 2 * k[0, 1:]) / k[0, 0]
        np.testing.assert_allclose(found[place], np.sqrt(squares), rtol=1e-10)


def test_distances_of_a_set_with_one_choice(rng: np.random.Generator) -> None:
    images = rng.random((3, 28, 28, 1))
    source = digits.Digits("noise", images, np.array([5, 5, 8]))
    sizes = digits.Sizes(2, 1, 1, (0.0, 0.5), (0.0,), (0.0, 1.0))
    found = digits.distances(source, sizes, rng)
    assert found.deformed.shape == (2, 2, 1, 2)
    assert found.joint.shape == (2, 2, 1, 1) and found.translated.shape == (2, 2, 1, 2)
    # Nothing moved: rounding of a difference, 1e-7 of the norms.
    for still in (found.deformed, found.translated):
        assert np.all(still[..., 0] < 1e-6) and np.all(still[..., 1] > 1e-3)
    for place, tangent in enumerate((False, True)):
        k = digits.NET.gram(images, tangent=tangent)
        squares = k.diagonal()
        apart = np.sqrt(squares[:, None] + squares - 2 * k) / np.sqrt(squares)[:, None]
        # Which of the two fives is the first reference is left to chance.
        np.testing.assert_allclose(np.sort(found.same[place, :, 0]), np.sort([apart[0, 1], apart[1, 0]]), rtol=1e-9)
        np.testing.assert_allclose(np.sort(found.any[place, :, 0]), np.sort(apart[:2, 2]), rtol=1e-9)


def test_means_and_slopes() -> None:
    values = np.array([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]])  # 2 references, 2 fields
    mean, error = digits.mean_and_error(values)
    np.testing.assert_allclose(mean, [4.0, 5.0])
    np.testing.assert_allclose(error, [2.0, 2.0])  # of 2 and 6, and of 3 and 7
    x = np.array([1e-3, 1e-2, 0.3])
    np.testing.assert_allclose(summaries.slopes(x, np.stack([2 * x, 5 * np.sqrt(x)])), [1, 0.5])


# -- the figure of digits ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drawn() -> figure.Deformed:
    pytest.importorskip("sklearn")
    return figure.compute(quick=True)


def test_small_deformations_have_the_exponents_of_the_theory(drawn: figure.Deformed) -> None:
    found = drawn.distances
    small = found.sizes.alphas[:2]
    # The next term is of relative order 1e-2 for the CKN; the NTK has the CKN's distance squared beside its own.
    np.testing.assert_allclose(summaries.slopes(small, found.deformed[0, ..., :2]), 1, atol=0.02)
    np.testing.assert_allclose(summaries.slopes(small, found.deformed[1, ..., :2]), 0.5, atol=0.05)
    small = found.sizes.shifts[:2]
    np.testing.assert_allclose(summaries.slopes(small, found.translated[0, ..., :2]), 1, atol=0.02)
    np.testing.assert_allclose(summaries.slopes(small, found.translated[1, ..., :2]), 0.5, atol=0.05)


def test_tangent_distances_of_moved_digits_are_the_larger_ones(drawn: figure.Deformed) -> None:
    found = drawn.distances
    for name in ("deformed", "joint", "translated"):
        ckn_, ntk = getattr(found, name)
        assert np.all(ckn_ < ntk), name
    for other in (found.same, found.any):
        assert other[0].mean() < other[1].mean()


def test_pictures_are_moved_by_the_field(drawn: figure.Deformed) -> None:
    assert np.sqrt(np.mean(np.sum(drawn.field**2, axis=-1))) == pytest.approx(1, abs=1e-12)
    # The sum over all pixels of sinc(u - tau(u) - k), written out at one pixel.
    u = np.array([13, 14])
    for alpha, moved in zip(figure.SHOWN, drawn.moved, strict=True):
        at = u - alpha * drawn.field[tuple(u)]
        first, second = (np.sinc(p - np.arange(28)) for p in at)
        assert moved[tuple(u)] == pytest.approx(first @ drawn.image @ second, abs=1e-12)


def test_digits_of_a_folder_are_taken(tmp_path: Path) -> None:
    images = written(tmp_path / "mnist")
    found = figure.compute(quick=True, data=tmp_path)
    assert found.distances.digits == "MNIST"
    np.testing.assert_array_equal(found.image, images[1] / 255)


def test_both_figures_can_be_drawn(drawn: figure.Deformed, traded: tradeoff.Tradeoff) -> None:
    with style.paper():
        one, two = figure.draw(drawn), stability_tradeoff.draw(traded)
        assert faults_at_both_widths(figure.draw, drawn) == []
        for picture in (one, two):
            assert isinstance(picture, Figure)
            picture.draw_without_rendering()
        lines = [np.asarray(line.get_ydata()) for line in one.axes[-3].get_lines()]
        mean = drawn.distances.deformed[1].mean(axis=(0, 1))
        assert any(len(y) == len(mean) and np.allclose(y, mean, rtol=1e-14) for y in lines)


# -- --data of figures ------------------------------------------------------------------------------------


def test_a_folder_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KERNELSPEC_DATA", raising=False)
    absent = str(tmp_path / "absent")
    assert draw_main(["--data", absent, "--only", "accuracy"]) == 2
    assert f"figures: --data: there is no folder {absent}" in capsys.readouterr().err
    monkeypatch.setenv("KERNELSPEC_DATA", absent)
    assert draw_main(["--only", "accuracy"]) == 2
    assert f"figures: KERNELSPEC_DATA: there is no folder {absent}" in capsys.readouterr().err
    monkeypatch.setenv("KERNELSPEC_DATA", str(tmp_path))
    assert data_folder(None) == tmp_path.resolve()
    assert data_folder(str(tmp_path)) == tmp_path.resolve()
    monkeypatch.setenv("KERNELSPEC_DATA", "")
    assert data_folder(None) is None


def test_only_figures_that_take_data_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "pictures_with_data"
    package.mkdir()
    (package / "__init__.py").write_text("")
    body = """
        from matplotlib.figure import Figure
        NAME, TITLE, CAPTION = "{name}", "t", "c"
        def compute({parameters}):
            return {value}
        def draw(data):
            figure = Figure(figsize=(1, 1))
            figure.text(0, 0, data)
            assert data == {value_drawn!r}
            return figure
    """
    texts = {
        "with_it": ("quick=False, data=None", "str(data)", str(tmp_path)),
        "without": ("quick=False", "'nothing'", "nothing"),
    }
    for name, (parameters, value, value_drawn) in texts.items():
        code = body.format(name=name, parameters=parameters, value=value, value_drawn=value_drawn)
        (package / f"{name}.py").write_text(textwrap.dedent(code))
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in texts:
        outcome = _make.make(package.name, name, tmp_path, _make.Wishes(quick=True, data=tmp_path))
        assert outcome.error == ""
        assert (tmp_path / f"{name}.svg").is_file()
        sys.modules.pop(f"{package.name}.{name}")


# -- stability against detail -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def traded() -> tradeoff.Tradeoff:
    return stability_tradeoff.compute(quick=True)


def test_linear_reading_is_the_network_with_linear_kernels(rng: np.random.Generator) -> None:
    """Where kappa(u) = u the representation is linear: K(x, y) = <Wx, Wy>."""
    x = rng.standard_normal((5, tradeoff.LENGTH, 1))
    for plan in tradeoff.PLANS:
        net = plan.network()
        linear = ckn.Network(
            [
                ckn.Layer(layer.patch, ks.linear(), layer.pool, layer.stride, layer.border, layer.normalized)
                for layer in net.layers
            ]
        )
        matrix = tradeoff.reading(net, tradeoff.LENGTH)
        read = matrix @ x[..., 0].T
        np.testing.assert_allclose(read.T @ read, linear.gram(x), rtol=0, atol=1e-12)


def test_conditions_and_gains(traded: tradeoff.Tradeoff) -> None:
    small, large, *several = traded.conditions
    assert small == np.inf  # 3 of 16 samples are read: a kernel of 128 - 24 dimensions
    matrix = tradeoff.reading(tradeoff.PLANS[0].network(), 128)
    assert np.linalg.matrix_rank(matrix) == 24
    assert 1e3 < large < several[0] < several[1] < several[2] < 1e8
    # One layer whose patches cover all positions: the frequency response of the filter, patches of 17 overlap by 1.
    taps = ckn.gaussian(21).taps
    k = traded.wave_numbers
    response = np.abs(np.exp(2j * np.pi * np.outer(k, np.arange(-21, 22)) / 128) @ taps)
    np.testing.assert_allclose(traded.gains[0], response, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(traded.gains[1], response, rtol=1e-9, atol=1e-15)
    for plan, number in zip(tradeoff.PLANS[1:], traded.conditions[1:], strict=True):
        matrix = tradeoff.reading(plan.network(), 128)
        # A condition number of 1e7 leaves 9 digits of the smallest singular value.
        assert np.linalg.cond(matrix) == pytest.approx(number, rel=1e-6, abs=0)


def test_networks_of_the_comparison_pool_alike() -> None:
    widths = [plan.width for plan in tradeoff.PLANS]
    assert max(widths) / min(widths) < 1.04
    assert {int(np.prod(plan.strides)) for plan in tradeoff.PLANS} == {16}
    # Through a network of linear kernels and patches of 1 an impulse becomes the filter of all layers.
    plan = tradeoff.Plan((2, 4), (1, 1), (2, 5))
    filters = tradeoff.reading(plan.network(), 128)[8]  # at position 64
    u = np.arange(128) - 64
    assert filters.sum() == pytest.approx(1, abs=1e-14)
    assert np.sqrt(filters @ u**2) == pytest.approx(plan.width, rel=1e-12, abs=0)


@given(st.sampled_from([1, 2, 4, 8]), st.integers(0, 2**32 - 1))
def test_exchanging_twice_gives_the_signal_back(block: int, seed: int) -> None:
    x = np.random.default_rng(seed).standard_normal((2, 64, 1))
    once = tradeoff.exchange(x, block)
    np.testing.assert_array_equal(tradeoff.exchange(once, block), x)
    np.testing.assert_array_equal(once[:, :block], x[:, block : 2 * block])


def test_distances_are_the_measured_ones(traded: tradeoff.Tradeoff) -> None:
    """The same seed, through `stability.measured` and its |x| in place of |Phi(x)|."""
    rng = np.random.default_rng(16)
    x = tradeoff.signals(6, rng)
    tau = stability.field((128,), 1.0, tradeoff.SCALE, rng)
    for place, plan in enumerate(tradeoff.PLANS):
        net = plan.network()
        gram = net.gram(x)
        for column, grad in enumerate(traded.grads):
            sizes = np.linalg.norm(x[..., 0], axis=1) / np.sqrt(gram.diagonal())
            expected = stability.measured(net, x, float(grad) * tau) * sizes
            np.testing.assert_allclose(traded.deformed[place, :, column], expected, rtol=1e-9)
            assert np.all(traded.deformed[place, :, column] < 1.1 * traded.bounds[place, column])
        kept = net.gram(x[:1], tradeoff.exchange(x[:1], 4))[0, 0]
        other = net.norms(tradeoff.exchange(x[:1], 4))[0] ** 2
        apart = np.sqrt((gram[0, 0] + other - 2 * kept) / gram[0, 0])
        assert traded.exchanged[place, 0, 2] == pytest.approx(apart, rel=1e-9, abs=0)


@pytest.mark.parametrize("power", [0.0, 1.0, 2.0])
def test_several_layers_are_near_the_better_single_one_or_beyond(power: float) -> None:
    """What the caption says of detail over stability, to three standard errors of six signals."""
    found = stability_tradeoff.compute(quick=True, power=power)
    logs = np.log(found.exchanged / found.reference[..., None])

    def gap(i: int, j: int) -> tuple[np.ndarray, np.ndarray]:
        apart = logs[i] - logs[j]
        return apart.mean(axis=0), 3 * apart.std(axis=0, ddof=1) / np.sqrt(len(apart))

    large, error = gap(1, 0)
    assert large[0] + error[0] < 0  # large patches lose the finest detail
    for several in (2, 3, 4):
        for single in (0, 1):
            mean, error = gap(several, single)
            assert np.all(mean + error > np.log(0.88))
        if power == 1:
            mean, error = gap(several, 1)
            assert np.all(mean[:2] - error[:2] > np.log(1.12))
    if power == 1:
        reference = found.reference.mean(axis=1)
        assert reference[1] == reference.max() and reference[4] == reference.min()
