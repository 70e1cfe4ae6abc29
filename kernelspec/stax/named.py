r"""Architectures of published tables of images by name, each as one network.

None has biases, and all activations are homogeneous: other variances of weights, and sums in the place of means,
multiply a kernel by one number. But for `wide_resnet` the kernels of maps keep the size of the images; the docstrings
say by which number those of the released codes differ.

Horizontal flips belong to the data: `np.concatenate([x, x[:, :, ::-1]])`. So do whitening and random patches.
"""

from __future__ import annotations

import math
from typing import Any

from ..numbers.checks import choice, flag, integer
from .activations import ExpNormalized, Relu
from .functions import Network
from .layers import AvgPool, Conv, Dense, FanInSum, FanOut, Flatten, Frozen, GlobalAvgPool, Identity, parallel, serial

_MYRTLE = {5: (2, 1, 1), 7: (2, 2, 2), 10: (3, 3, 3)}
_RELU = math.sqrt(2)  # the deviation of weights with which E relu(z)^2 is the mean square of what they read
_MOST = 1000  # layers, and the largest shift


def _conv(deviation: float, width: Any, padding: str = "SAME", strides: Any = None) -> Network:
    return Conv(integer("width", width, 1), (3, 3), strides, padding, deviation)


def myrtle(depth: int, activation: str = "gaussian", width: int = 1) -> Network:
    r"""Myrtle networks: 3x3 convolutions with means of 2x2 positions in between, and of all positions at the end.

    Of depth 5, 7 and 10 they have 2, 1, 1 layers of 3x3 convolutions, or 2, 2, 2, or 3, 3, 3, with means of 2x2
    positions behind the first and the second group, and one dense layer behind the mean of all positions.

    Parameters
    ----------
    depth : 5, 7 or 10; the dense layer counts.
    activation : "gaussian", the normalised Gaussian kernel |z||z'| exp(cos - 1) of patches (`ExpNormalized`), which has
        kernels alone: no function of one variable has it; or "relu".
    width : channels of finite networks, an integer >= 1; no kernel depends on it.

    Theirs are the layers, the zero padding, gamma = 1, and `nngp`: their code sums where this takes means, so that its
    kernel of images 32x32 with C channels is :math:`C\, 9^{L}\, 2^{20}` times this one, for the L = depth - 1
    convolutions. Not theirs: `ntk`, the tangent kernel, which their paper does without (of the Gaussian: the recursion
    of claim 49 with the derivative of the dual); images of other sizes, where the last mean remains that of all
    positions; and their preprocessing, which is no part of a network.

    Raises ValueError or TypeError for another depth or activation.

    Source: Shankar et al. 2020, by the configurations of the released code.

    >>> myrtle(5, "relu").init_fn(0, (1, 32, 32, 3))[0]
    (1, 1)
    """
    groups = _MYRTLE.get(integer("depth", depth, None))
    if groups is None:
        raise ValueError(f"depth must be one of {', '.join(map(str, _MYRTLE))}, got {depth!r}")
    if choice("activation", activation, ("gaussian", "relu")) == "relu":
        block = [_conv(_RELU, width), Relu()]
    else:
        block = [_conv(1.0, width), ExpNormalized()]
    first, second, third = (block * count for count in groups)
    pool = AvgPool((2, 2), (2, 2))
    return serial(*first, pool, *second, pool, *third, GlobalAvgPool(), Dense(1))


def cntk(depth: int, pool: str = "gap", fixed: bool = True, width: int = 1) -> Network:
    r"""The convolutional network of CNTK-V and CNTK-GAP: depth - 1 layers of 3x3 convolutions and ReLU, one dense layer.

    Parameters
    ----------
    depth : layers with weights, an integer from 2 to 1000; the published tables go to 21.
    pool : "vanilla", where the dense layer reads all positions (CNTK-V), or "gap", where it reads their mean
        (CNTK-GAP).
    fixed : whether the first and the last layer are drawn and kept, as in the released code unless it is told
        otherwise; `ntk` has no terms of their weights then (and is 0 of depth 2). False trains all.
    width : channels of finite networks, an integer >= 1; no kernel depends on it.

    Theirs are the layers, the zero padding, c_sigma = 2, and both conventions of the ends. Their kernel is C times this
    one for C channels, and for "vanilla" C times the number of positions. `nngp`, their CNN-GP, is not changed by
    `fixed`.

    Raises ValueError or TypeError for arguments out of these ranges.

    Source: Arora et al. 2019, Section 4 (claim 49), and the released code.

    >>> cntk(2, "vanilla")
    Serial((Frozen(Conv(1, (3, 3), padding='SAME', W_std=1.4142135623730951)), Activation('abrelu', (0.0, 1.0)), Flatten(), Frozen(Dense(1))))
    """  # noqa: E501
    depth, ends = integer("depth", depth, 2, _MOST), flag("fixed", fixed)
    end = GlobalAvgPool() if choice("pool", pool, ("vanilla", "gap")) == "gap" else Flatten()
    first, last = _conv(_RELU, width), Dense(1)
    if ends:
        first, last = Frozen(first), Frozen(last)
    return serial(first, Relu(), *[_conv(_RELU, width), Relu()] * (depth - 2), end, last)


def lap(depth: int, shift: int | None = None, padding: str = "SAME", width: int = 1) -> Network:
    r"""The network of CNN-GP and CNTK with local average pooling (LAP): 3x3 convolutions and ReLU, one pool at the end.

    The last maps are averaged over shifts by at most c positions along both axes, before one dense layer reads all of
    them: of their covariance that is the mean over both images' shifts,

    .. math:: K(x, x') = \frac 1P \sum_p \frac{1}{(2c+1)^4}
              \sum_{|\delta|, |\delta'| \le c} K_{p+\delta,\,p+\delta'}(x, x') .

    Parameters
    ----------
    depth : layers of convolutions, an integer from 1 to 1000.
    shift : c, an integer from 0 to 1000; 0 is no pool, and None the mean of all positions (GAP).
    padding : "SAME", zeros around the maps, in the convolutions and the pool (zeros count in its means); or
        "CIRCULAR", with which GAP is the augmentation by all shifts exactly.
    width : channels of finite networks, an integer >= 1; no kernel depends on it.

    `lap(16)` is the network of claim 60's table, "pool last only", ReLU RF with `nngp` and ReLU NTK with `ntk`, all of
    whose layers are trained. Theirs are the operation and the layers, as recalled from the paper: neither it nor a
    released code was at hand. A box blur (BBlur) of the maps is the same pool as a layer, `AvgPool((2 * c + 1,) * 2,
    None, padding)`, here at the end. Horizontal flips and random patches belong to the data.

    Raises ValueError or TypeError for arguments out of these ranges.

    Source: Li et al. 2019; claim 60.

    >>> lap(14, 4).init_fn(0, (1, 32, 32, 3))[0]
    (1, 1)
    """
    depth, padding = integer("depth", depth, 1, _MOST), choice("padding", padding, ("SAME", "CIRCULAR"))
    convolutions = [_conv(_RELU, width, padding), Relu()] * depth
    if shift is None:
        return serial(*convolutions, GlobalAvgPool(), Dense(1))
    window = 2 * integer("shift", shift, 0, _MOST) + 1
    pool = [AvgPool((window, window), None, padding)] if window > 1 else []
    return serial(*convolutions, *pool, Flatten(), Dense(1))


def wide_resnet(block_size: int, k: int = 1, num_classes: int = 10) -> Network:
    """The wide residual network of the front page of neural-tangents, for images of 32x32 positions or more.

    A convolution, three groups of `block_size` residual blocks of two 3x3 convolutions each, the second and the third
    of which halve the map, a mean of 8x8 positions, and a dense layer. The first block of a group has a convolution in
    its shortcut.

    Parameters
    ----------
    block_size : blocks of a group, an integer from 1 to 1000: 4 there.
    k : the factor of the widths 16, 32 and 64 of finite networks, an integer from 1 to 1000; no kernel depends on it.
    num_classes : outputs, an integer >= 1.

    Theirs is all of it, with the deviation 1 of all weights, which halves variances at every ReLU. It is not the
    network of the paper that it is named after: that one has batch normalisation, and 1x1 convolutions in shortcuts.

    Raises ValueError or TypeError for arguments out of these ranges.

    Source: Novak et al. 2020, the front page of their repository; Zagoruyko & Komodakis 2016.

    >>> wide_resnet(1).init_fn(0, (1, 32, 32, 3))[0]
    (1, 10)
    """
    blocks, k = integer("block_size", block_size, 1, _MOST), integer("k", k, 1, _MOST)
    return serial(
        _conv(1.0, 16),
        *_group(blocks, 16 * k, (1, 1)),
        *_group(blocks, 32 * k, (2, 2)),
        *_group(blocks, 64 * k, (2, 2)),
        AvgPool((8, 8)),
        Flatten(),
        Dense(integer("num_classes", num_classes, 1), 1.0, 0.0),
    )


def _group(blocks: int, channels: int, strides: tuple[int, int]) -> list[Network]:
    def block(strides: tuple[int, int], shortcut: Network) -> Network:
        main = serial(Relu(), _conv(1.0, channels, strides=strides), Relu(), _conv(1.0, channels))
        return serial(FanOut(2), parallel(main, shortcut), FanInSum())

    first = block(strides, _conv(1.0, channels, strides=strides))
    return [first] + [block((1, 1), Identity())] * (blocks - 1)
