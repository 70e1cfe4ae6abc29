"""The tables of claims 60 and 61: rows, images, regressions by hand, features, matrices."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kernelspec as ks
from experiments.datasets import cifar10_folder
from experiments.tables import convolutional, dense, features, pools, selection, setups
from experiments.tables.matrices import Matrices
from experiments.tables.run import Options, run_row
from experiments.tables.selection import Scores
from experiments.tables.whitening import whitened
from kernelspec import ckn, regression, stax
from kernelspec.learning.jobs import door, problem, worker

SEEDS = st.integers(0, 2**32 - 1)


# -- rows --------------------------------------------------------------------------------------------


def test_every_row_has_a_name_and_numbers_of_its_own() -> None:
    for table, count in zip(setups.TABLES, (9, 9, 13), strict=True):
        rows = setups.rows(table)
        assert len(rows) == count == len({row.name for row in rows})
        assert len({str(row.setup) for row in rows}) == count
        for row in rows:
            assert row.printed and row.lambdas == tuple(sorted(row.lambdas, reverse=True))
            assert setups.chosen(table, [row.name]) == (row,)


def test_grids_and_kernels_are_those_of_the_claims() -> None:
    mnist, cifar = setups.rows("mnist"), {row.name: row for row in setups.rows("cifar10")}
    assert mnist[0].lambdas == (1.0, 0.1, 0.01, 0.001)
    np.testing.assert_allclose(cifar["3 layers, exp"].lambdas, 10.0 ** -np.arange(4.0, 12.0), rtol=1e-15)
    # Homogeneous kernels: K(x, x) = |x|^2, times L for the tangent kernels.
    x = np.random.default_rng(0).random((1, 50))
    for row in mnist:
        scale = (row.depth or 1) if row.name.startswith("NTK") else 1
        np.testing.assert_allclose(row.kernel.gram(x), scale * (x @ x.T), rtol=1e-12)
    pairs = {"exp": np.exp((0.5 - 1) / 0.36), "poly3": 1 / 8, "poly2": 1 / 4, "linear": 1 / 2}
    for name, row in cifar.items():
        assert isinstance(row.kernel, ckn.Network) and row.kernel.floor == 1e-6
        if "-" in name:
            values = [layer.kernel(0.5) for layer in row.kernel.layers if isinstance(layer.kernel, ks.Zonal)]
            np.testing.assert_allclose(values, [pairs[word] for word in name.removeprefix("2 layers, ").split("-")])
    sizes = {
        "2 layers, exp-exp": [(32, 32), (15, 15), (2, 2)],
        "3 layers, exp": [(32, 32), (15, 15), (6, 6), (2, 2)],
        "10 layers, exp": [(32, 32)] * 3 + [(16, 16)] * 3 + [(8, 8)] * 3 + [(4, 4)],
        "16 layers, ReLU RF": [(32, 32)] * 17,
    }
    for name, maps in sizes.items():
        network = cifar[name].kernel
        assert isinstance(network, ckn.Network)
        shapes = network.shapes((1, 32, 32, 3))
        assert [shapes[0].input[:2]] + [shape.output for shape in shapes] == maps
    deep = cifar["10 layers, exp"].kernel
    assert isinstance(deep, ckn.Network) and cifar["10 layers, exp, flips"].kernel == deep
    # The network of Shankar et al. 2020, whose Gaussian kernel is e^{u-1}, up to the number of its channels.
    x = np.random.default_rng(0).normal(size=(3, 8, 8, 3))
    myrtle = stax.myrtle(10)[2](x, None, "nngp")
    found = deep.gram(x)
    np.testing.assert_allclose(found / found[0, 0], myrtle / myrtle[0, 0], rtol=1e-12)


@pytest.mark.parametrize(
    ("table", "names", "depths", "message"),
    [
        ("mnist", ["CKN"], [], "--rows 'CKN': the table mnist has no such row; it has RF, L = 2; RF, L = 3"),
        ("mnist", [""], [], "--rows ''"),
        ("mnist", ["RF"], [6], "--depths 6: the rows of the table mnist have the depths 2, 3, 4, 5"),
        ("cifar10", [], [2], "--depths 2: the rows of the table cifar10 have the depths none"),
        ("svhn", [], [], "table must be one of mnist, fashion, cifar10; got 'svhn'"),
    ],
)
def test_rows_that_are_not_there(table: str, names: list[str], depths: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        setups.chosen(table, names, depths)


# -- images ------------------------------------------------------------------------------------------


def test_splits_are_those_of_the_released_code() -> None:
    pool = pools.small("mnist")
    for split in (0, 3):
        np.random.seed(42 + split)
        order = np.random.permutation(400)
        found = pools.part(pool, 300, 150, split)
        np.testing.assert_array_equal(found.train, order[:300])
        np.testing.assert_array_equal(found.validation, order[-100:])
        np.testing.assert_array_equal(found.test, np.arange(150))
    fewer = pools.part(pool, 20, 1, 3)
    np.testing.assert_array_equal(fewer.train, found.train[:20])  # the first of the same permutation
    np.testing.assert_array_equal(fewer.validation, found.validation)


def test_targets_are_one_hot_less_a_tenth() -> None:
    np.testing.assert_allclose(
        pools.targets(np.array([3, 0]))[:, :4], [[-0.1, -0.1, -0.1, 0.9], [0.9, -0.1, -0.1, -0.1]]
    )


@pytest.mark.parametrize(("train", "test"), [(301, 10), (0, 10), (10, 201), (10, 0)])
def test_sizes_that_the_images_do_not_have(train: int, test: int) -> None:
    with pytest.raises(ValueError, match="must be from 1 to (300, .*100 others being for validation|200)"):
        pools.part(pools.small("mnist"), train, test, 0)


def test_small_images_are_the_same_every_time() -> None:
    for table in setups.TABLES:
        one, other = pools.small(table), pools.small(table)
        assert one.digest == other.digest and one.made_up
        assert replace(one, test=one.test[::-1]).digest != one.digest
        assert set(one.train_labels) == set(range(10))


def records_of(images: np.ndarray, labels: np.ndarray) -> bytes:
    return b"".join(bytes([label]) + image.tobytes() for image, label in zip(images, labels, strict=True))


def cifar(folder: Path, **change: bytes) -> Path:
    """A folder with six files of two images, the one file of which that is changed."""
    folder.mkdir()
    rng = np.random.default_rng(5)
    for name in [*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"]:
        content = records_of(rng.integers(0, 256, (2, 3, 32, 32), dtype=np.uint8), rng.integers(0, 10, 2))
        (folder / f"{name}.bin").write_bytes(change.get(name, content))
    return folder


def test_reads_the_binary_files_of_cifar(tmp_path: Path) -> None:
    planes = np.arange(2 * 3 * 1024, dtype=np.uint32).astype(np.uint8).reshape(2, 3, 32, 32)
    folder = cifar(tmp_path / "cifar-10-batches-bin", data_batch_2=records_of(planes, np.array([9, 0])))
    images, labels = cifar10_folder(folder, "train")
    assert images.shape == (10, 32, 32, 3) and images.dtype == np.uint8
    assert list(labels[2:4]) == [9, 0]
    for place, (row, column, colour) in ((0, (4, 7, 1)), (1, (31, 0, 2))):
        assert images[2 + place, row, column, colour] == planes[place, colour, row, column]
    for data in (tmp_path, folder):
        pool = pools.pool("cifar10", data)
        assert len(pool.test) == 2 and pool.validation == 0 and not pool.made_up
        np.testing.assert_array_equal(pool.train, images)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "must hold records of 3073 bytes, the file has 0"),
        (bytes(3074), "must hold records of 3073 bytes, the file has 3074"),
        (b"\x0a" + bytes(3072), "labels must be 0, ..., 9, got 10"),
    ],
)
def test_damaged_files_of_cifar(content: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        pools.pool("cifar10", cifar(tmp_path / "set", data_batch_4=content))
    with pytest.raises(ValueError, match="part must be one of"):
        cifar10_folder(tmp_path, "valid")


def test_files_that_are_not_there(tmp_path: Path) -> None:
    for table, file in (("mnist", "t10k-labels"), ("fashion", "t10k-labels"), ("cifar10", "test_batch.bin")):
        with pytest.raises(FileNotFoundError, match=f"--data: neither .* has a file {file}"):
            pools.pool(table, tmp_path)
    folder = cifar(tmp_path / "set")
    (folder / "data_batch_3.bin").unlink()
    with pytest.raises(FileNotFoundError, match="data_batch_3.bin is not there"):
        pools.pool("cifar10", folder)


# -- lambda ------------------------------------------------------------------------------------------


def test_lambda_is_chosen_on_validation_the_largest_of_equals() -> None:
    found = Scores((1.0, 0.1, 0.01), (0.5, 0.9, 0.9), (0.7, 0.6, 0.8), "eigh")
    assert (found.chosen, found.accuracy, found.best_on_test) == (0.1, 0.6, 0.8)


@given(st.integers(2, 30))
def test_folds_are_a_partition(n: int) -> None:
    found = selection.folds(n)
    assert len(found) == min(n, 5)
    np.testing.assert_array_equal(np.sort(np.concatenate(found)), np.arange(n))
    assert max(map(len, found)) - min(map(len, found)) <= 1
    with pytest.raises(ValueError, match="--train must be at least 2"):
        selection.folds(1)


def by_hand(gram: np.ndarray, labels: np.ndarray, cross: np.ndarray, truth: np.ndarray, lam: float) -> float:
    """The accuracy of one ridge regression, solved by NumPy."""
    y = np.where(labels[:, None] == np.arange(10), 0.9, -0.1)
    alpha = np.linalg.solve(gram + len(gram) * lam * np.eye(len(gram)), y)
    return float(np.mean((cross @ alpha).argmax(axis=1) == truth))


# -- claim 61 ----------------------------------------------------------------------------------------


def angles(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """|x||y| and the angles, by the formula that keeps digits for near points."""
    a, b = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (x, y))
    less, more = (np.linalg.norm(a[:, None] + sign * b[None], axis=2) for sign in (-1, 1))
    return np.outer(np.linalg.norm(x, axis=1), np.linalg.norm(y, axis=1)), 2 * np.arctan2(less, more)


def kappa(order: int, theta: np.ndarray) -> np.ndarray:
    """The arc-cosine kernels of order 0 and 1."""
    if order == 0:
        return 1 - theta / np.pi
    return np.cos(theta) * (1 - theta / np.pi) + np.sin(theta) / np.pi


@pytest.mark.parametrize("name", ["RF, L = 3", "NTK, L = 2", "Laplace, c = 1"])
@pytest.mark.parametrize("method", [None, "cholesky", "eigh"])
def test_whole_images_by_hand(name: str, method: Any) -> None:
    def gram(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        lengths, theta = angles(x, y)
        if name.startswith("RF"):
            return lengths * kappa(1, np.arccos(np.clip(kappa(1, theta), -1, 1)))
        if name.startswith("NTK"):
            return lengths * (np.cos(theta) * kappa(0, theta) + kappa(1, theta))
        return lengths * np.exp(-np.sqrt(2) * np.sin(theta / 2))

    pool, (row,) = pools.small("mnist"), setups.chosen("mnist", [name])
    here = pools.part(pool, 60, 90, 1)
    found = dense.scores(row, pool, here, dtype="float64", method=method)
    x, v, t = (pool.train[here.train] / 255, pool.train[here.validation] / 255, pool.test[:90] / 255)
    labels = pool.train_labels[here.train]
    k = gram(x, x)
    for place, lam in enumerate(row.lambdas):
        on_validation = by_hand(k, labels, gram(v, x), pool.train_labels[here.validation], lam)
        assert found.on_validation[place] == on_validation
        assert found.on_test[place] == by_hand(k, labels, gram(t, x), pool.test_labels[:90], lam)
    assert found.solver == (method or "cholesky")
    measured = run_row(row, pool, Options(60, 90, dtype="float32", method=method), split=1).scores
    np.testing.assert_allclose(measured.on_test, found.on_test, atol=1.5 / 90)  # float32 may turn one image


def test_new_images_come_in_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    pool, (row,) = pools.small("fashion"), setups.chosen("fashion", ["RF"], [2])
    here = pools.part(pool, 50, 30, 0)
    whole = dense.scores(row, pool, here, dtype="float64")
    monkeypatch.setattr(dense, "_STRIP", 8 * 50 * 7)  # seven images at a time
    seen = []

    def phase(name: str) -> Any:
        def progress(work: Any, total: int) -> Any:
            seen.append((name, total))
            return work

        return progress

    assert dense.scores(row, pool, here, dtype="float64", phase=phase) == whole
    assert [name for name, _ in seen] == ["matrix", "regressions", "new images"]
    assert seen[-1] == ("new images", 15 + 5)


# -- claim 60 ----------------------------------------------------------------------------------------


def small_row(name: str) -> setups.Row:
    """A row with a network that is cheap: one layer, or Shankar's three."""
    (row,) = setups.chosen("cifar10", [name])
    assert isinstance(row.kernel, ckn.Network)
    layers = row.kernel.layers[2:3] if row.flips else [ckn.Layer(3, ks.arccos(1), ckn.average(6), stride=6)]
    return replace(row, kernel=ckn.Network(layers, output=row.kernel.output, floor=row.kernel.floor))


def cropped() -> pools.Pool:
    """The small images, smaller."""
    pool = pools.small("cifar10")
    return replace(pool, train=pool.train[:, :8, :8], test=pool.test[:, :8, :8])


@pytest.mark.parametrize(("name", "kind"), [("2 layers, ReLU RF", "zca"), ("2 layers, ReLU NTK", "authors")])
def test_networks_by_hand(name: str, kind: str) -> None:
    pool, row = cropped(), small_row(name)
    found = run_row(row, pool, Options(20, 12, whitening=kind, threads=1)).scores
    here = pools.part(pool, 20, 12, 0)
    x, t = whitened(pool.train[here.train] / 255, kind), whitened(pool.test / 255, kind)
    labels = pool.train_labels[here.train]
    assert isinstance(row.kernel, ckn.Network)
    k, cross = row.kernel.gram(x, tangent=row.tangent), row.kernel.gram(t, x, row.tangent)
    for place, lam in enumerate(row.lambdas):
        assert found.on_test[place] == by_hand(k, labels, cross, pool.test_labels, lam)
        counts = 0.0
        for first in range(5):
            held = np.arange(20) % 5 == first
            kept = k[np.ix_(~held, ~held)]
            counts += 4 * by_hand(kept, labels[~held], k[np.ix_(held, ~held)], labels[held], lam)
        assert found.on_validation[place] == pytest.approx(counts / 20, rel=1e-12)


def test_flips_are_the_regression_on_all_images_and_their_mirror_images() -> None:
    pool, row = cropped(), small_row("10 layers, exp, flips")
    noise = np.random.default_rng(1).integers(0, 256, (2, 32, 8, 8, 3), dtype=np.uint8)
    pool = replace(pool, train=noise[0], test=noise[1, :12])  # hard images and many lambdas, so that every step shows
    row = replace(row, lambdas=tuple(np.geomspace(1, 1e-7, 43)))
    here = pools.part(pool, 32, 12, 0)
    found = run_row(row, pool, Options(32, 12, threads=1)).scores
    x, t = (whitened(images / 255) for images in (pool.train[here.train], pool.test))
    both = np.concatenate([x, x[:, :, ::-1]])
    labels = np.tile(pool.train_labels[here.train], 2)
    k, cross = row.kernel.gram(both), row.kernel.gram(t, both)
    size = np.mean(k.diagonal())  # the grid of deep rows is relative
    assert row.relative and size < 0.5
    plain = run_row(replace(row, flips=False), pool, Options(32, 12, threads=1)).scores
    expected = [by_hand(k, labels, cross, pool.test_labels, size * lam) for lam in row.lambdas]
    assert list(found.on_test) == expected
    assert found.on_test != plain.on_test or found.on_validation != plain.on_validation
    assert convolutional.pairs(row, 12, 10) == 78 + 144 + 2 * 120


@pytest.mark.parametrize("relative", [False, True])
def test_features_by_hand(relative: bool) -> None:
    pool = pools.small("cifar10")
    row = replace(setups.chosen("cifar10", ["2 layers, exp-exp"])[0], relative=relative)
    here = pools.part(pool, 30, 12, 0)
    found = run_row(row, pool, Options(30, 12, nystrom=(6, 10))).scores
    assert isinstance(row.kernel, ckn.Network)
    x, t = (whitened(images / 255) for images in (pool.train[here.train], pool.test))
    learnt = ckn.Nystrom(row.kernel, (6, 10), rng=42, memory=2**28).fit(x)
    f, new, labels = learnt.transform(x), learnt.transform(t), pool.train_labels[here.train]
    held = np.arange(30) % 5 == 0
    size = np.mean(np.sum(f * f, axis=1)) if relative else 1.0
    for place, lam in enumerate(size * np.asarray(row.lambdas)):
        some = f[~held]
        validated = by_hand(some @ some.T, labels[~held], f[held] @ some.T, labels[held], lam)
        assert found.on_validation[place] == validated
        assert found.on_test[place] == by_hand(f @ f.T, labels, new @ f.T, pool.test_labels, lam)


@given(SEEDS, st.integers(1, 6), st.tuples(st.integers(0, 12), st.integers(1, 5), st.integers(1, 5)))
def test_sums_give_the_regression_on_features(seed: int, m: int, parts: tuple[int, ...]) -> None:
    rng = np.random.default_rng(seed)
    f, labels = rng.normal(size=(sum(parts), m)), rng.integers(0, 10, sum(parts))
    sums, others = features.Sums(), features.Sums()
    for each, here in zip((sums, sums, others), np.split(np.arange(len(f)), np.cumsum(parts)[:-1]), strict=True):
        each.add(f[here], labels[here])
    sums.join(others)
    expected = regression.feature_path(f, pools.targets(labels), [0.5, 1e-3])
    np.testing.assert_allclose(sums.path([0.5, 1e-3]).coefficients, expected.coefficients, rtol=1e-9, atol=1e-9)


def test_features_come_in_batches_and_whitened_images_from_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = pools.small("cifar10")
    (row,) = setups.chosen("cifar10", ["2 layers, exp-linear"])
    options = Options(30, 12, nystrom=(5, 8))
    whole = run_row(row, pool, options).scores
    monkeypatch.setattr(features, "BATCH", 7)
    assert run_row(row, pool, options, folder=tmp_path / "work").scores == whole
    assert len(list((tmp_path / "work").glob("whitened-*.npy"))) == 2
    monkeypatch.setattr(features, "whitened", lambda *_, **__: pytest.fail("it is in the file"))
    assert run_row(row, pool, options, folder=tmp_path / "work").scores == whole


def test_rows_without_features() -> None:
    rows = setups.rows("cifar10")
    assert [row.name for row in features.suited(rows, (8, 8, 8), all_of_them=False)] == ["3 layers, exp"]
    assert len(features.suited(rows, (8, 8), all_of_them=False)) == 7
    for name in ("2 layers, ReLU NTK", "10 layers, exp, flips", "3 layers, exp"):
        with pytest.raises(ValueError, match=f"--nystrom 8 8: needs .*{name!r} is not one"):
            run_row(setups.chosen("cifar10", [name])[0], pools.small("cifar10"), Options(20, 10, nystrom=(8, 8)))
    with pytest.raises(ValueError, match="--nystrom is for rows of convolutional networks"):
        run_row(setups.rows("mnist")[0], pools.small("mnist"), Options(20, 10, nystrom=(8,)))


# -- matrices ----------------------------------------------------------------------------------------


def matrices(folder: Path | None, tangent: bool | str = False) -> Matrices:
    network = ckn.Network([ckn.Layer(3, ks.arccos(1), ckn.gaussian(2), stride=2)])
    return Matrices(folder, network, tangent, 2**26, 1)


@pytest.fixture
def blocks(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Small blocks, and the sizes of those that are computed; the fourth in a row of zeros ends the call."""
    calls = list[tuple[int, int]]()

    def counted(kernel: Any, options: Any, x: np.ndarray, y: np.ndarray | None) -> Any:
        calls.append((len(x), len(x if y is None else y)))
        if calls[3:] and calls[-4] == (0, 0):
            raise KeyboardInterrupt
        return problem.evaluate(kernel, options, x, y)

    monkeypatch.setattr(door, "default_block", lambda _: 4)
    monkeypatch.setattr(worker, "evaluate", counted)
    return calls


@pytest.mark.parametrize("tangent", [False, True, "both"])
@pytest.mark.usefixtures("blocks")
def test_matrices_of_blocks(tangent: bool | str, tmp_path: Path, rng: np.random.Generator) -> None:
    x, y = rng.normal(size=(11, 8, 8, 2)), rng.normal(size=(5, 8, 8, 2))
    for folder in (None, tmp_path / "kept"):
        found = matrices(folder, tangent)
        expected = found.network.gram(x, None, tangent), found.network.gram(x, y, tangent)
        shape = (found.kinds, 11, -1)
        np.testing.assert_allclose(found.gram("K", x), np.reshape(expected[0], shape), rtol=1e-13)
        np.testing.assert_allclose(found.gram("K", x, y), np.reshape(expected[1], shape), rtol=1e-13)
        for kind in found.gram("K", x):
            np.testing.assert_array_equal(kind, kind.T)
    assert len(list((tmp_path / "kept").glob("*/manifest.json"))) == 2
    found.forget()
    assert list(tmp_path.iterdir()) == []  # nor does one without a folder leave anything here


def test_what_is_in_files_is_not_computed_again(
    blocks: list[tuple[int, int]], tmp_path: Path, rng: np.random.Generator
) -> None:
    x, folder = rng.normal(size=(11, 8, 8, 2)), tmp_path / "work"
    blocks.append((0, 0))
    with pytest.raises(KeyboardInterrupt):
        matrices(folder).gram("K", x)
    assert blocks == [(0, 0), (4, 4), (4, 4), (4, 3)] and len(list(folder.rglob("blocks/*.npy"))) == 2
    (times,) = folder.glob("*.json")
    assert len(json.loads(times.read_text())) == 2
    times.write_text("[100.0, 200.0]")
    blocks.clear()
    again = matrices(folder)
    found = again.gram("K", x)
    assert sorted(blocks) == [(3, 3), (4, 3), (4, 3), (4, 4)]
    # What the first call took is in the cost, and what this one took is in that of the next.
    first = again.before.copy()
    again.gram("K", x)
    assert first.tolist() == [100, 200] and np.all(again.before > 2 * first) and len(blocks) == 4
    np.testing.assert_array_equal(found, matrices(None).gram("K", x))
    damaged = min(folder.rglob("blocks/*.npy"))
    damaged.write_bytes(damaged.read_bytes()[:90])
    blocks.clear()
    np.testing.assert_array_equal(matrices(folder).gram("K", x), found)
    assert len(blocks) == 1
    # Other images, another kernel, another dtype: nothing of these files is theirs, nor in their way.
    for other, tangent in ((x + 1, False), (x, True), (x, "both"), (x.astype(np.float32), False)):
        blocks.clear()
        matrices(folder, tangent).gram("K", other)
        assert len(blocks) == 6
    next(folder.glob("*.json")).write_text("[1")  # of times, which nobody misses
    matrices(folder).gram("K", x)
    again.forget()
    assert not any(folder.rglob(damaged.name)) and folder.is_dir()
