"""The experiments of claims 61 and 62 as code: shapes, conventions, files, figures."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import faults_at_both_widths

import kernelspec as ks
from experiments import datasets, kept_results
from experiments import image_regression as images
from experiments import sphere_regression as figure_one
from experiments.datasets import idx_folder, read_idx
from kernelspec import sphere
from oracle import sphere_targets
from paper_checks import targets

# -- claim 62 ---------------------------------------------------------------------------------------


def test_targets() -> None:
    u = np.array([-1.0, -0.7, 0.0, 0.69, 0.7, 1.0])
    np.testing.assert_array_equal(figure_one.f1(u), [0, 0, 0, 0, 1, 1])
    np.testing.assert_array_equal(figure_one.f2(u[:2]), figure_one.f2(-u[:2]))
    ends = 1 + np.exp(-(2**1.5))
    np.testing.assert_allclose(figure_one.f2(u[[0, 2, 5]]), [ends, 2 / np.e, ends], rtol=1e-15)
    # Rounding may leave [-1, 1]: no NaN then.
    assert np.all(np.isfinite(figure_one.f2(np.array([1 + 1e-15, -1 - 1e-15]))))


def test_grids_of_the_paper() -> None:
    assert figure_one.FEATURE_SIZES[0] == 2 and figure_one.FEATURE_SIZES[-1] == int(2**13.8)
    np.testing.assert_allclose(np.log10(figure_one.LAMBDAS), -np.arange(2.0, 9.0), rtol=1e-15)
    np.testing.assert_array_equal(np.log2(figure_one.FEATURE_LAMBDAS), np.arange(-30, 4, 3))
    names = [name for name, _, _ in figure_one.KERNELS]
    assert len(set(names)) == 7
    for _, kernel, _ in figure_one.KERNELS:
        # As in the paper each is scaled to kappa(1) = 1, but for the two with (1 + u).
        assert kernel.at_one in (1.0, 1.5, 2.0)


def test_learning_curves_are_ridge_regression(rng: np.random.Generator) -> None:
    curves = figure_one.learning_curves([10, 40], rng, draws=2, test_points=50)
    assert curves.errors.shape == (2, 7, 2, 7, 2)
    assert np.all(curves.errors > 0)
    for target in (1, 2):
        short = curves.best(target, figure_one.SHORT)
        long = curves.best(target, figure_one.LONG)
        assert short.shape == (2, 7, 2)
        assert np.all(long <= short)
        assert np.all(curves.chosen(target, figure_one.SHORT) >= 0.99e-4)
    # f2 is smooth: forty points give a hundredth of its variance.
    assert np.all(curves.best(2, figure_one.LONG)[:, :, 1] < 0.01)


def test_the_features_have_the_kernel_of_the_network(rng: np.random.Generator) -> None:
    points = sphere.sample_sphere(3, 4, rng)
    expected = ks.rf(3).gram(points)
    width, repetitions = 400, 40
    grams = []
    for _ in range(repetitions):
        features = figure_one.relu_features(points, figure_one.random_weights([width] * 2, 1, rng))
        grams.append(features @ features.T)
    # 2/m per layer makes the mean kappa_1 o kappa_1, up to O(1/m) in the second layer.
    error = np.std(grams, axis=0, ddof=1) / np.sqrt(repetitions)
    assert np.all(np.abs(np.mean(grams, axis=0) - expected) < 5 * error + 2 / width)


def test_widths_follow_the_root_of_n(rng: np.random.Generator) -> None:
    weights = figure_one.random_weights((10, None), 99, rng)
    assert [w.shape for w in weights] == [(4, 10), (10, 9)]


def test_feature_curves(rng: np.random.Generator) -> None:
    curves = figure_one.feature_curves([4, 300], rng, repetitions=6, test_points=300)
    assert curves.shared.shape == curves.separate.shape == (4, 2, 6)
    assert np.all(curves.shared[0, 1] < curves.shared[0, 0])
    # Other weights for the test points: never as good, in 24 comparisons.
    assert np.all(curves.separate[:, 1] > curves.shared[:, 1])


def test_slopes_of_a_power() -> None:
    sizes = np.array([10, 20, 50, 100, 1000])
    errors = np.stack([3.0 * sizes**-0.5, 0.1 * sizes**-2.0])
    errors[:, 0] = 7.0  # below the smallest size that counts
    np.testing.assert_allclose(figure_one.slopes(sizes, errors, 20), [-0.5, -2.0], rtol=1e-12)


def test_eigenvalues_of_the_targets() -> None:
    k = np.arange(6)
    expected = sphere.funk_hecke(lambda u: np.asarray(u >= 0.7, dtype=float), 4, k, nodes=4000)
    # Gauss-Legendre meets a jump: 4000 nodes leave the spacing times the jump.
    np.testing.assert_allclose(sphere_targets.f1_eigenvalues(k), expected, rtol=0, atol=1e-3)
    even = np.array([0, 2, 8])
    np.testing.assert_allclose(
        targets.f2_eigenvalues(even), sphere_targets.f2_eigenvalues_by_quadrature(even), rtol=1e-12
    )
    smooth = sphere.funk_hecke(figure_one.f2, 4, even, nodes=400)
    np.testing.assert_allclose(targets.f2_eigenvalues(even), smooth, rtol=0, atol=1e-8)


# -- claim 61 ---------------------------------------------------------------------------------------


def test_splits_are_partitions(rng: np.random.Generator) -> None:
    for split in images.random_splits(50, 20, 10, 3, rng):
        assert (len(split.train), len(split.validation), len(split.test)) == (20, 10, 20)
        together = np.concatenate([split.train, split.validation, split.test])
        np.testing.assert_array_equal(np.sort(together), np.arange(50))


def test_lambda_is_chosen_on_the_validation_images() -> None:
    on_validation = np.zeros((2, 1, 1, 3))
    on_validation[0, 0, 0] = [0.5, 0.9, 0.9]  # the first of equals
    on_validation[1, 0, 0] = [0.5, 0.6, 0.7]
    on_test = np.arange(6.0).reshape(2, 1, 1, 3)
    found = images.Accuracies((2,), (1.0, 0.1, 0.01), on_validation, on_test, 0.0)
    np.testing.assert_array_equal(found.chosen[:, 0, 0], [1, 2])
    np.testing.assert_array_equal(found.test[:, 0, 0], [1.0, 5.0])
    np.testing.assert_array_equal(found.with_lambdas(2).test[:, 0, 0], [1.0, 4.0])


def test_standard_error_with_overlap() -> None:
    nothing = np.zeros((2, 1, 4, 1))
    values = np.array([1.0, 2.0, 3.0, 4.0])
    plain = images.Accuracies((2,), (1.0,), nothing, nothing, 0.0).mean_and_error(values)
    wide = images.Accuracies((2,), (1.0,), nothing, nothing, 0.5).mean_and_error(values)
    deviation = np.sqrt(5 / 3)
    np.testing.assert_allclose(plain, [2.5, deviation / 2], rtol=1e-14)
    np.testing.assert_allclose(wide, [2.5, deviation * np.sqrt(0.75)], rtol=1e-14)


def test_digits_are_learnt() -> None:
    pytest.importorskip("sklearn")
    found = images.on_digits(np.random.default_rng(0), [0.01, 1e-4], depths=(3,), splits=1)
    assert found.on_test.shape == (2, 1, 1, 2)
    assert found.test.min() > 0.95  # the commonest digit is a tenth


def test_digits_as_pixels() -> None:
    pytest.importorskip("sklearn")
    found = datasets.digits()
    assert found.pixels.shape == (1797, 64) and len(found) == 1797
    assert found.pixels.min() == 0.0 and found.pixels.max() == 1.0


# -- IDX files --------------------------------------------------------------------------------------


def idx(array: np.ndarray, kind: int = 8) -> bytes:
    header = bytes([0, 0, kind, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(np.uint8).tobytes()


def written(folder: Path, n: int = 6, part: str = "train", **change: bytes) -> Path:
    pixels = np.arange(n * 6).reshape(n, 2, 3)
    files = {"images-idx3": idx(pixels), "labels-idx1": idx(np.arange(n) % 10)} | change
    for name, content in files.items():
        (folder / f"{part}-{name}-ubyte.gz").write_bytes(gzip.compress(content))
    return folder


def test_reads_idx_files(tmp_path: Path) -> None:
    folder = tmp_path / "a set"
    folder.mkdir()
    written(folder)
    written(folder, n=2, part="t10k")
    train = idx_folder(folder, "train")
    assert train.name == "a set" and train.pixels.shape == (6, 6)
    np.testing.assert_array_equal(train.pixels.ravel() * 255, np.arange(36.0))
    np.testing.assert_array_equal(train.labels, np.arange(6))
    assert len(idx_folder(folder, "test")) == 2


def test_reads_idx_files_that_are_not_compressed(tmp_path: Path) -> None:
    array = np.arange(24).reshape(2, 3, 4)
    (tmp_path / "plain").write_bytes(idx(array))
    np.testing.assert_array_equal(read_idx(tmp_path / "plain"), array)


GOOD = idx(np.arange(6))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not an IDX file"),
        (b"\x89PNG\r\n", "not an IDX file"),
        (b"\x80\x04\x95pickle", "not an IDX file"),
        (idx(np.arange(3), kind=13), "must be unsigned bytes.*type is 13"),
        (b"\0\0\x08\0", "0 axes"),
        (b"\0\0\x08\x03\0\0", "3 axes"),
        (b"\0\0\x08\x02" + b"\xff" * 8, "promises"),
        (GOOD[:-1], r"shape \(6,\) needs 6 bytes, the file has only 5"),
        (GOOD + b"x", "needs 6 bytes, the file has more"),
    ],
)
@pytest.mark.parametrize("compressed", [True, False])
def test_damaged_idx_files(content: bytes, message: str, compressed: bool, tmp_path: Path) -> None:
    path = tmp_path / ("file.gz" if compressed else "file")
    path.write_bytes(gzip.compress(content) if compressed else content)
    with pytest.raises(ValueError, match=message) as caught:
        read_idx(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("content", [b"not gzip", gzip.compress(GOOD)[:-9]], ids=["not gzip", "cut off"])
def test_damaged_gzip_files(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "file.gz").write_bytes(content)
    with pytest.raises(ValueError, match="not a complete gzip file"):
        read_idx(tmp_path / "file.gz")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels-idx1": idx(np.arange(5))}, r"\(5,\) labels for 6 images"),
        ({"labels-idx1": idx(np.full(6, 10))}, "labels must be 0, ..., 9, got 10"),
        ({"images-idx3": idx(np.arange(6))}, "images must have 3 axes"),
        ({"images-idx3": idx(np.zeros((0, 2, 3)))}, "images must have 3 axes"),
    ],
)
def test_idx_files_that_do_not_fit(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        idx_folder(written(tmp_path, **change), "train")


def test_absent_idx_files(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="neither t10k-images-idx3-ubyte.gz nor"):
        idx_folder(written(tmp_path), "test")
    with pytest.raises(ValueError, match="part must be one of .*, got 'valid'"):
        idx_folder(tmp_path, "valid")


# -- kept results and figures -------------------------------------------------------------------------


def test_kept_results_are_found_again(tmp_path: Path) -> None:
    calls = []

    def compute() -> dict[str, np.ndarray]:
        calls.append(1)
        return {"x": np.arange(3)}

    for _ in range(2):
        found = kept_results.kept("name", [figure_one], compute, tmp_path)
        np.testing.assert_array_equal(found["x"], np.arange(3))
    assert len(calls) == 1
    kept_results.kept("name", [figure_one, images], compute, tmp_path)  # other sources
    assert len(calls) == 2
    assert len(list(tmp_path.glob("name-*.npz"))) == 1  # the old file is gone


def test_a_damaged_result_is_computed_anew(tmp_path: Path) -> None:
    kept_results.keep("name", [figure_one], {"x": np.arange(3)}, tmp_path)
    (path,) = tmp_path.glob("name-*.npz")
    path.write_bytes(path.read_bytes()[:40])
    found = kept_results.kept("name", [figure_one], lambda: {"x": np.ones(1)}, tmp_path)
    np.testing.assert_array_equal(found["x"], [1.0])


def test_a_result_that_cannot_be_kept_is_returned(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = kept_results.kept("name", [], lambda: {"x": np.ones(1)}, tmp_path / "file")
    np.testing.assert_array_equal(found["x"], [1.0])


@pytest.mark.parametrize("name", ["learning_curves", "random_features"])
def test_figures_draw_what_was_computed(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    from figures import style

    monkeypatch.chdir(tmp_path)
    module: Any = importlib.import_module(f"figures.{name}")
    data = module.compute(quick=True)
    assert faults_at_both_widths(module.draw, data) == []
    assert len(module.table(data)) > 10
    with style.paper():
        figure = module.draw(data)
        files = style.rendered(figure)
    assert not list(tmp_path.iterdir())  # nothing is kept of a quick run
    assert set(files) == {"svg", "pdf", "png"} and module.NAME == name
    free = name == "learning_curves"
    expected = module.mean_and_error(data.free)[0] if free else data.separate.mean(axis=-1)
    drawn = [np.asarray(line.get_ydata(), dtype=float) for line in figure.axes[1].get_lines()]
    for curve in expected:
        # One draw alone, at the largest n, is drawn as a line of its own.
        assert any(len(y) > 4 and np.array_equal(y, curve[: len(y)]) for y in drawn)


def test_draws_of_learning_curves_are_gathered() -> None:
    from figures import learning_curves

    sizes = np.array([10, 20, 50])
    one, more = np.ones((1, 2, 3)), np.full((3, 2, 2), 5.0)
    more[0, 1, 1] = 9.0
    found = learning_curves.draws(sizes, [(sizes, one), (sizes[:2], more)])
    assert found.shape == (4, 2, 3) and np.isnan(found[1:, :, 2]).all()
    mean, error = learning_curves.mean_and_error(found)
    np.testing.assert_array_equal(mean, [[4, 4, 1], [4, 5, 1]])
    # Of 1, 5, 5, 5 and of 1, 5, 5, 9; of one draw nothing is known.
    np.testing.assert_allclose(error[:, 1], [1, (32 / 3 / 4) ** 0.5], rtol=1e-15)
    assert np.isnan(error[:, 2]).all()
