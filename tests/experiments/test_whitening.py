"""Whitening of patches against a slow direct one, and what it does to images and their patches."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import fractional_matrix_power

from experiments.tables import whitening
from experiments.tables.whitening import averaged, patches_of, powers_of_covariances, whitened

seeds = st.integers(0, 2**32 - 1)


def pictures(seed: int, n: int = 2, height: int = 6, width: int = 7, channels: int = 2) -> np.ndarray:
    return np.random.default_rng(seed).random((n, height, width, channels))


def patches_by_hand(image: np.ndarray) -> list[np.ndarray]:
    h, w, _ = image.shape
    return [image[i : i + 3, j : j + 3].copy() for i in range(h - 2) for j in range(w - 2)]


def averaged_by_hand(patches: list[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    said: dict[tuple[int, int], list[np.ndarray]] = {}
    corners = [(i, j) for i in range(shape[0] - 2) for j in range(shape[1] - 2)]
    for (i, j), patch in zip(corners, patches, strict=True):
        for a in range(3):
            for b in range(3):
                said.setdefault((i + a, j + b), []).append(patch[a, b])
    return np.array([[np.mean(said[i, j], axis=0) for j in range(shape[1])] for i in range(shape[0])])


def whitened_by_hand(image: np.ndarray, power: float) -> np.ndarray:
    """Step by step, with a matrix power of SciPy, for images whose covariance has full rank."""
    less = []
    for patch in patches_by_hand(image):
        for c in range(image.shape[2]):
            patch[:, :, c] -= patch[:, :, c].mean()
        less.append(patch)
    again = patches_by_hand(averaged_by_hand(less, image.shape))
    covariance = sum(np.outer(p.ravel(), p.ravel()) for p in again)
    matrix = np.real(fractional_matrix_power(covariance, -power))
    return averaged_by_hand([(matrix @ p.ravel()).reshape(p.shape) for p in again], image.shape)


@settings(max_examples=25)
@given(seeds, st.sampled_from([("authors", 0.25), ("zca", 0.5)]))
def test_whitening_is_the_direct_one(seed: int, kind: tuple[str, float]) -> None:
    x = pictures(seed, height=8, width=9)  # 42 patches of 18 numbers
    expected = np.stack([whitened_by_hand(image, kind[1]) for image in x])
    # Condition numbers of 1e5: their square roots, and the rounding of both sides.
    np.testing.assert_allclose(whitened(x, kind[0]), expected, rtol=0, atol=1e-11 * np.abs(expected).max())


@given(seeds, st.integers(1, 3))
def test_zca_makes_the_covariance_the_identity_on_what_is_kept(seed: int, channels: int) -> None:
    rng = np.random.default_rng(seed)
    rank = 9 * channels - 2
    patches = rng.normal(size=(2, 60, rank)) @ rng.normal(size=(rank, 9 * channels))
    matrices = powers_of_covariances(patches, 0.5)
    for p, matrix in zip(patches, matrices, strict=True):
        onto = np.linalg.pinv(p, rcond=1e-6) @ p  # the projection onto the rows of p
        np.testing.assert_allclose((p @ matrix).T @ (p @ matrix), onto, rtol=0, atol=1e-9)
        assert np.linalg.matrix_rank(matrix, tol=1e-6 * np.abs(matrix).max()) == rank


@given(seeds)
def test_the_authors_power_leaves_a_root_of_the_covariance(seed: int) -> None:
    patches = np.random.default_rng(seed).normal(size=(1, 40, 9))
    (matrix,) = powers_of_covariances(patches, 0.25)
    new = patches[0] @ matrix
    root = np.real(fractional_matrix_power(patches[0].T @ patches[0], 0.5))
    np.testing.assert_allclose(new.T @ new, root, rtol=1e-11, atol=1e-11)


@given(seeds, st.floats(1e-3, 1e3), st.floats(-10, 10))
def test_brightness_and_contrast(seed: int, scale: float, shift: float) -> None:
    x = pictures(seed, height=8, width=9)
    for kind, power in (("authors", 0.5), ("zca", 0.0)):
        # C^{-s} a p with C of a^2: a^{1 - 2s}. What is added to a channel is gone with the means.
        expected = scale**power * whitened(x, kind)
        lost = 1e-13 * (1 + abs(shift) / scale)  # digits that adding the shift leaves to the pixels
        atol = 1e6 * lost * np.abs(expected).max()
        np.testing.assert_allclose(whitened(scale * x + shift, kind), expected, rtol=0, atol=atol)


@given(seeds, st.sampled_from(["authors", "zca"]))
def test_mirrored_and_turned_images(seed: int, kind: str) -> None:
    x = pictures(seed, height=9, width=9)
    expected = whitened(x, kind)
    for move in (lambda a: a[:, :, ::-1], lambda a: a[:, ::-1], lambda a: a.transpose(0, 2, 1, 3)):
        np.testing.assert_allclose(whitened(move(x), kind), move(expected), rtol=0, atol=1e-10)


def test_every_image_is_by_itself() -> None:
    x = pictures(3, n=300, channels=1)  # more than are done together
    alone = np.concatenate([whitened(each[None]) for each in x])
    np.testing.assert_allclose(whitened(x), alone, rtol=0, atol=1e-12)


@given(seeds)
def test_patches_give_the_image_back(seed: int) -> None:
    x = pictures(seed)
    np.testing.assert_allclose(averaged(patches_of(x), x.shape), x, rtol=1e-15)
    p = patches_of(x)
    assert p.shape == (2, 4 * 5, 18)
    np.testing.assert_array_equal(p[1, 7], x[1, 1:4, 2:5].ravel())


def test_images_at_the_edge() -> None:
    for grey in (0.5, 7 / 255, 28 / 255):  # less the mean of nine of them, the latter are not 0
        assert np.abs(whitened(np.full((1, 5, 6, 3), grey), "zca")).max() == 0
    assert whitened(np.zeros((0, 4, 4, 1))).shape == (0, 4, 4, 1)
    one = whitened(pictures(0, height=3, width=3, channels=1), "zca")  # a single patch: its direction alone
    np.testing.assert_allclose(np.sqrt((one**2).sum(axis=(1, 2, 3))), 1, rtol=1e-12)
    counts = (255 * pictures(1)).astype(np.uint8)
    np.testing.assert_array_equal(whitened(counts), whitened(counts.astype(np.float64)))
    np.testing.assert_array_equal(whitened(counts, "none"), counts)
    x = pictures(2)
    for same in (np.asfortranarray(x), np.repeat(x, 2, axis=2)[:, :, ::2]):
        np.testing.assert_array_equal(whitened(same), whitened(x))
    x.flags.writeable = False
    short = whitened(x.astype(np.float32))
    assert short.dtype == np.float32 and whitened(x, dtype="float32").dtype == np.float32
    np.testing.assert_allclose(short, whitened(x), atol=2e-6)


@pytest.mark.parametrize(
    ("images", "kind", "message"),
    [
        (np.zeros((1, 4, 4, 1)), "pca", "whitening must be one of authors, zca, none; got 'pca'"),
        (np.zeros((4, 4, 1)), "zca", r"images must have shape .* got \(4, 4, 1\)"),
        (np.zeros((1, 2, 4, 1)), "zca", "height and width >= 3"),
        (np.full((1, 4, 4, 1), np.nan), "zca", "images must be finite"),
    ],
)
def test_bad_images(images: Any, kind: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        whitened(images, kind)


def test_kinds_have_the_powers_that_they_are_named_for() -> None:
    assert whitening.POWERS == {"authors": 1 / 4, "zca": 1 / 2, "none": None}
