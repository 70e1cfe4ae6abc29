"""The checks of groups and the figure of rotated digits, against what is known otherwise."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import faults_at_both_widths

from experiments import rotated_digits as rotated
from experiments.datasets import Images
from figures import rotated_digits as figure
from figures import style
from kernelspec.ckn import groups
from oracle import groups as oracle
from oracle.groups import GroupStep
from paper_checks import h_groups, h_groups_digits
from paper_checks.registry import Claim, Tier, computed_verdict

SECTIONS = (h_groups, h_groups_digits)
CLAIMS = [v for module in SECTIONS for v in vars(module).values() if isinstance(v, Claim)]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.number)
def test_verdicts(claim: Claim) -> None:
    if claim.number != "C51g":
        pytest.importorskip("sklearn")
    assert computed_verdict(claim(Tier.for_claim(claim.number, quick=True))) == claim.verdict


@pytest.fixture(scope="module")
def on_digits() -> rotated.Accuracies:
    pytest.importorskip("sklearn")
    return rotated.on_digits(quick=True)


@pytest.mark.parametrize("below", ["", "mnist"])
def test_mnist_is_found_in_the_folder_or_below(
    below: str, on_digits: rotated.Accuracies, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng, count = np.random.default_rng(0), 320
    folder = tmp_path / below
    folder.mkdir(exist_ok=True)
    images, labels = rng.integers(0, 256, (count, 28, 28)), np.arange(count) % 10
    for name, array in (("images-idx3", images), ("labels-idx1", labels)):
        header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
        content = header + array.astype(np.uint8).tobytes()
        (folder / f"train-{name}-ubyte.gz").write_bytes(gzip.compress(content))
    taken: list[Images] = []

    def accuracies(pool: Images, *_: object, **__: object) -> rotated.Accuracies:
        taken.append(pool)
        return on_digits

    monkeypatch.setattr(rotated, "on_digits", lambda quick: on_digits)
    monkeypatch.setattr(rotated, "accuracies", accuracies)
    claim = next(c for c in CLAIMS if c.number == "C51i")
    evidence = list(claim(Tier(quick=True, data=tmp_path)))
    assert [len(pool) for pool in taken] == [300] and taken[0].pixels.shape == (300, 14 * 14)
    assert any(e.label.startswith("MNIST") for e in evidence)
    # A folder without the files is as good as none.
    assert computed_verdict(claim(Tier(quick=True, data=tmp_path / "nothing"))) == "holds"
    assert len(taken) == 1


def test_a_library_with_turns_the_other_way_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    true = groups.Group.product
    monkeypatch.setattr(groups.Group, "product", lambda g, a, b: true(g, b, a))
    claim = next(c for c in CLAIMS if c.number == "C51g")
    assert computed_verdict(claim(Tier.for_claim("C51g", quick=True))) == "failed"


def test_the_oracle_by_hand() -> None:
    group = oracle.quarter_turns()
    image = np.arange(9).reshape(3, 3, 1)
    np.testing.assert_array_equal(oracle.acted(image, group, 1)[..., 0], np.rot90(image[..., 0]))
    maps = oracle.features(image, group, [GroupStep(1, "linear")])
    assert maps.shape == (4, 3, 3, 1) and (maps == image).all()
    # A patch of 2 has the offsets -1 and 0: up and left upright, down and left after a quarter turn.
    two = oracle.features(image, group, [GroupStep(2, "linear")])
    assert two[0, 1, 1].tolist() == [0, 1, 3, 4]
    assert two[1, 1, 1].tolist() == [6, 3, 7, 4]
    # Top left: 4 * 0 + 2 * 1 + 2 * 3 + 4.
    pooled = oracle.features(image, group, [GroupStep(1, "linear", (1, 2, 1), 2)])
    assert pooled[0, ..., 0].tolist() == [[12, 24], [48, 60]]
    assert oracle.inner(maps, maps, group, "sum") == 4 * np.sum(image**2)
    assert oracle.inner(maps, maps, group, "mean") == (4 * image.sum()) ** 2
    # sum_r x(r u) of 0, ..., 8: the corners 0, 2, 6, 8 have the sum 16, so have 1, 3, 5, 7; four times the middle.
    assert oracle.inner(maps, maps, group, "orbit") == 9 * 16**2


def test_images_are_turned_as_numpy_turns_them(rng: np.random.Generator) -> None:
    x = np.zeros((2, 8, 8))
    x[:, 2:6, 2:6] = rng.random((2, 4, 4))
    still = rotated.placed(x, size=8, spacing=1.0)
    # A spline passes through the pixels: rounding, and what is cut off 4 pixels outside.
    np.testing.assert_allclose(still[..., 0], x, atol=1e-12)
    np.testing.assert_allclose(rotated.placed(x, 90.0), groups.act(rotated.placed(x)), atol=1e-12)
    moved = rotated.placed(x, 0.0, (1.0, -2.0), size=8, spacing=1.0)[..., 0]
    np.testing.assert_allclose(moved, np.roll(x, (1, -2), (1, 2)), atol=1e-12)
    both = rotated.placed(x, [0.0, 90.0])
    np.testing.assert_allclose(both[1], rotated.placed(x[1:], 90.0)[0], atol=1e-12)


def test_what_cannot_be_told_apart_is_guessed(rng: np.random.Generator) -> None:
    # Two labels for images that are turned copies of each other: a group has 50 %, and no group does better.
    base = np.zeros((60, 8, 8))
    base[:, 1:4, 3:5] = 0.5 + rng.random((60, 3, 2)) / 2
    pixels = np.concatenate([base, np.rot90(base, 2, (1, 2))]).reshape(120, -1)
    pool = Images("halves", pixels, np.repeat([6, 9], 60))
    found = rotated.accuracies(pool, rng, names=("plain", "C4"), sizes=(60,), validation=20, splits=3, anchors=(4, 8))
    assert (found.upright[0] == 1.0).all()
    # 40 test images of 50 %, three times: 0.046 of standard error, and some for overlap.
    assert abs(found.upright[1].mean() - 0.5) < 0.2
    assert (found.six_nine[1] == 1.0).all()
    mean, error = found.mean_and_error(np.array([1.0, 2.0, 3.0]))
    assert mean == 2.0 and error == pytest.approx(np.sqrt(1 / 3 + 40 / 60))


@pytest.fixture(scope="module")
def data() -> figure.Rotated:
    pytest.importorskip("sklearn")
    return figure.compute(quick=True)


def test_distances_vanish_where_they_must(data: figure.Rotated) -> None:
    found = data.distances
    assert found.names == ("plain", "C4", "C8")
    quarters = found.angles % 90 == 0
    # float32 features: |Phi|^2 to 1e-7 or so, the root of it in a distance at worst.
    assert (found.by_angle[1:, quarters] < 1e-4).all()
    assert (found.by_angle[:, [0, -1]] < 1e-4).all() and (found.by_shift[:, 0] < 1e-4).all()
    plain, four, eight = found.by_angle[:, ~quarters]
    assert (plain > 3 * four).all() and (four > 2 * eight).all() and (eight > 1e-4).all()
    assert (np.diff(found.by_shift, axis=1) > 0).all()
    assert (found.by_shift[1:, 1:] < found.by_shift[0, 1:]).all()


def test_it_is_drawn(data: figure.Rotated) -> None:
    np.testing.assert_allclose(data.pictures[4], np.rot90(data.pictures[0]), atol=1e-12)
    assert data.accuracies.sizes == (25, 100)
    assert faults_at_both_widths(figure.draw, data) == []
    with style.paper():
        files: dict[str, Any] = style.rendered(figure.draw(data))
    assert files["svg"].count(b"<image") == len(data.turns) and len(files["svg"]) < 500_000
