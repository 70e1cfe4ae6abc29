r"""Kernels of the architectures of published tables: their recursions as printed, and the numbers of neural_tangents.

    python -m oracle.named_networks tests/stax/named_numbers.json

`cntk` is the recursion of Arora et al. 2019, Section 4, with q = 3 and c_sigma = 2, on one pair of images:

.. math:: K^{(0)} = \sum_\alpha x_\alpha \otimes x'_\alpha, \quad \Sigma^{(h)} = \operatorname{tr}[K^{(h)}]_D, \quad
          K^{(h)} = \tfrac{c_\sigma}{q^2} E\,\sigma\sigma, \quad
          \Theta^{(h)} = \operatorname{tr}[\dot K^{(h)} \odot \Theta^{(h-1)} + K^{(h)}]_D

with tr[.]_D the sum over a patch, zero outside; the last Theta has no patches. `fixed` drops Theta^(0) and the last K.
`myrtle` is that of the configurations of Shankar et al. 2020: sums over patches, and over the windows of pools.
"""

from __future__ import annotations

import itertools
import json
import math
import sys
from typing import Any

import numpy as np

from oracle.neural_tangents import images, layer, network, serial

Array = Any


# -- as printed --------------------------------------------------------------------------------------------------------


def _patches(k: Array, circular: bool = False) -> Array:
    """The sum over 3x3 positions, the same in both images, with zeros around, or the positions of the other ends."""
    h, w = k.shape[:2]
    wide = np.pad(k, 1, mode="wrap") if circular else np.pad(k, 1)
    found = np.zeros_like(k)
    for a, b in itertools.product(range(3), repeat=2):
        found += wide[a : a + h, b : b + w, a : a + h, b : b + w]
    return found


def _roots(k: Array) -> Array:
    """Deviations at all positions, from the covariances of an image with itself."""
    return np.sqrt(np.einsum("ijij->ij", k))


def _cosines(k: Array, left: Array, right: Array) -> tuple[Array, Array]:
    """The products of deviations, and the cosines."""
    size = left[:, :, None, None] * right
    return size, np.clip(k / size, -1.0, 1.0)


def _relu(k: Array, left: Array, right: Array) -> tuple[Array, Array]:
    """2 E relu relu, and 2 E relu' relu' (Cho & Saul 2009)."""
    size, u = _cosines(k, left, right)
    angle = np.arccos(u)
    return size * (np.sin(angle) + (math.pi - angle) * u) / math.pi, (math.pi - angle) / math.pi


def _gaussian(k: Array, left: Array, right: Array) -> tuple[Array, Array]:
    """|z||z'| exp(cos - 1), and its derivative in the inner product."""
    size, u = _cosines(k, left, right)
    return size * np.exp(u - 1), np.exp(u - 1)


def cntk(x: Array, y: Array, depth: int, gap: bool, fixed: bool) -> tuple[float, float]:
    """The CNN-GP and the CNTK of two different images (height, width, channels), of depth - 1 convolutions."""
    k, theta = _relu_maps(x, y, depth - 1, fixed, False)
    theta = theta if fixed else theta + k

    def read(each: Array) -> float:
        return float(np.mean(each) if gap else np.einsum("ijij->", each))

    return read(k), read(theta)


def lap(x: Array, y: Array, depth: int, shift: int | None, circular: bool) -> tuple[float, float]:
    """The CNN-GP and the CNTK with local average pooling of two different images, of `depth` convolutions.

    Both are traces of means over shifts of both maps by at most `shift`, or means where it is None.
    """
    k, theta = _relu_maps(x, y, depth, False, circular)

    def read(each: Array) -> float:
        if shift is None:
            return float(np.mean(each))
        h, w = each.shape[:2]
        wide = np.pad(each, shift, mode="wrap") if circular else np.pad(each, shift)
        shifts = itertools.product(range(2 * shift + 1), repeat=4)
        traces = (np.einsum("ijij->", wide[a : a + h, b : b + w, c : c + h, d : d + w]) for a, b, c, d in shifts)
        return float(sum(traces)) / (2 * shift + 1) ** 4

    return read(k), read(theta + k)


def _relu_maps(x: Array, y: Array, convolutions: int, fixed: bool, circular: bool) -> tuple[Array, Array]:
    """The last K and the product of the last slope and Theta, which nothing of the dense layer is in."""
    sigma = {name: _patches(np.einsum("ijc,klc->ijkl", *pair), circular) for name, pair in _three(x, y).items()}
    theta = np.zeros_like(sigma["xy"]) if fixed else sigma["xy"].copy()
    for h in range(convolutions):
        left, right = _roots(sigma["xx"]), _roots(sigma["yy"])
        theta = _relu(sigma["xy"], left, right)[1] / 9 * theta
        sides = {"xx": (left, left), "yy": (right, right), "xy": (left, right)}
        k = {name: _relu(each, *sides[name])[0] / 9 for name, each in sigma.items()}
        if h < convolutions - 1:
            theta = _patches(theta + k["xy"], circular)
            sigma = {name: _patches(each, circular) for name, each in k.items()}
    return k["xy"], theta


def _three(x: Array, y: Array) -> dict[str, tuple[Array, Array]]:
    return {"xx": (x, x), "yy": (y, y), "xy": (x, y)}


def myrtle(x: Array, y: Array, groups: tuple[int, ...], activation: str) -> tuple[float, float]:
    """The kernel of the configurations and its tangent kernel, with a dense layer at the end, of two images."""
    dual = {"relu": _relu, "gaussian": _gaussian}[activation]
    k = {name: np.einsum("ijc,klc->ijkl", *pair) for name, pair in _three(x, y).items()}
    theta = np.zeros_like(k["xy"])
    for number, count in enumerate(groups):
        for _ in range(count):
            k = {name: _patches(each) for name, each in k.items()}
            theta = _patches(theta) + k["xy"]
            left, right = _roots(k["xx"]), _roots(k["yy"])
            theta = theta * dual(k["xy"], left, right)[1]
            sides = {"xx": (left, left), "yy": (right, right), "xy": (left, right)}
            k = {name: dual(each, *sides[name])[0] for name, each in k.items()}
        if number < len(groups) - 1:
            k, theta = {name: _sums(each) for name, each in k.items()}, _sums(theta)
    return float(k["xy"].sum()), float(theta.sum() + k["xy"].sum())


def _sums(k: Array) -> Array:
    """Sums over windows of 2x2 positions, of both images."""
    for axis in range(4):
        k = np.add.reduceat(k, np.arange(0, k.shape[axis], 2), axis=axis)
    return k


# -- neural_tangents ---------------------------------------------------------------------------------------------------

_TWO = math.sqrt(2)


def _conv(w: float, width: int = 1, strides: tuple[int, int] = (1, 1), padding: str = "SAME") -> Any:
    return layer("Conv", width, [3, 3], strides=list(strides), padding=padding, W_std=w)


RELU, MEAN, FLAT, DENSE = layer("Relu"), layer("GlobalAvgPool"), layer("Flatten"), layer("Dense", 1)
HALF = layer("AvgPool", [2, 2], strides=[2, 2])


def _rows(depth: int, padding: str = "SAME") -> list[Any]:
    return [_conv(_TWO, padding=padding), RELU] * depth


def _myrtle(groups: tuple[int, ...], activation: Any, w: float) -> Any:
    one, two, three = ([_conv(w), activation] * count for count in groups)
    return serial(*one, HALF, *two, HALF, *three, MEAN, DENSE)


def _block(width: int, strides: tuple[int, int] = (1, 1), mismatch: bool = False) -> Any:
    main = serial(RELU, _conv(1.0, width, strides), RELU, _conv(1.0, width))
    shortcut = _conv(1.0, width, strides) if mismatch else layer("Identity")
    return serial(layer("FanOut", 2), layer("parallel", main, shortcut), layer("FanInSum"))


def _group(count: int, width: int, strides: tuple[int, int] = (1, 1)) -> Any:
    return serial(_block(width, strides, True), *[_block(width)] * (count - 1))


def _wide_resnet(count: int) -> Any:
    groups = _group(count, 16), _group(count, 32, (2, 2)), _group(count, 64, (2, 2))
    return serial(_conv(1.0, 16), *groups, layer("AvgPool", [8, 8]), FLAT, layer("Dense", 10, 1.0, 0.0))


def _pool(shift: int, padding: str = "SAME") -> Any:
    return layer("AvgPool", [2 * shift + 1] * 2, padding=padding)


GAUSSIAN = layer("ExpNormalized")
_GROUPS = {5: (2, 1, 1), 7: (2, 2, 2), 10: (3, 3, 3)}
SMALL, LARGE, WHOLE = (3, 8, 8, 3), (3, 16, 16, 3), (2, 32, 32, 3)
# The name of a call, its network without the layers that are fixed, the shape of the images. Of "fixed" networks the
# tangent kernel is taken from 0 behind the first convolution, and without the dense layer of deviation 1.
NAMED: dict[str, tuple[Any, tuple[int, ...]]] = {
    **{f"myrtle({n})": (_myrtle(_GROUPS[n], GAUSSIAN, 1.0), LARGE if n == 5 else SMALL) for n in _GROUPS},
    **{f"myrtle({n}, 'relu')": (_myrtle(_GROUPS[n], RELU, _TWO), LARGE if n == 7 else SMALL) for n in _GROUPS},
    "cntk(3)": (serial(*_rows(2), MEAN), LARGE),
    "cntk(6)": (serial(*_rows(5), MEAN), SMALL),
    "cntk(6, 'vanilla')": (serial(*_rows(5), FLAT), SMALL),
    "cntk(6, 'gap', False)": (serial(*_rows(5), MEAN, DENSE), SMALL),
    "cntk(3, 'vanilla', False)": (serial(*_rows(2), FLAT, DENSE), LARGE),
    "lap(16)": (serial(*_rows(16), MEAN, DENSE), SMALL),
    "lap(3, 0)": (serial(*_rows(3), FLAT, DENSE), SMALL),
    "lap(3, 2)": (serial(*_rows(3), _pool(2), FLAT, DENSE), SMALL),
    "lap(2, 4)": (serial(*_rows(2), _pool(4), FLAT, DENSE), LARGE),
    "lap(3, 2, 'CIRCULAR')": (serial(*_rows(3, "CIRCULAR"), _pool(2, "CIRCULAR"), FLAT, DENSE), SMALL),
    "wide_resnet(1)": (_wide_resnet(1), WHOLE),
}
FIXED = ("cntk(3)", "cntk(6)", "cntk(6, 'vanilla')")


def inputs(shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Two images, or one, and one more."""
    x = images(shape)
    return x[:-1], x[-1:] * 0.9 + 0.1


def main(path: str) -> None:
    """Compute all numbers."""
    import jax  # of an environment of its own

    jax.config.update("jax_enable_x64", True)
    import neural_tangents  # type: ignore[import-not-found]
    from neural_tangents import stax

    found: dict[str, Any] = {"versions": {"neural_tangents": neural_tangents.__version__, "jax": jax.__version__}}
    for name, (data, shape) in NAMED.items():
        x, y = inputs(shape)
        if name in FIXED:
            first, *rest = data[1]
            kernel = network(stax, first)[2](x, y)
            kernel = network(stax, serial(*rest))[2](kernel.replace(ntk=0 * kernel.ntk))
        else:
            kernel = network(stax, data)[2](x, y, ("nngp", "ntk"))
        found[name] = {key: np.asarray(getattr(kernel, key)).tolist() for key in ("nngp", "ntk")}
        print(name, found[name], flush=True)
    with open(path, "w", encoding="utf-8") as file:
        lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in found.items()]
        file.write("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main(sys.argv[1])
