r"""Signals read off the sampled maps of ReLU layers; what is lost where the stride is wider than the patch (claim 51).

All readings are values of the kernels (``recovery.read``); ``recovery.reconstruct`` solves for the signal.
"""

from __future__ import annotations

from figures.convolutional_maps import photograph
from kernelspec.plots import recovery
from kernelspec.plots.recovery import Recovery

NAME = "signal-recovery"
TITLE = "A signal is recovered from its maps where the sampled patches cover"
CAPTION = r"""
First panels: one ReLU layer on a signal of 48 positions that wrap, Gaussian pooling with $q=1$. Squares: the sampled
map $|x_1(u)|$. From the values $\langle f_w,x_1(u)\rangle$ of the kernel, $f_w=\varphi(w)-\varphi(-w)$, the signal
(grey) comes back to rounding where the sampled patches cover (circles: the signal of least norm with these readings).
Where the stride is wider than the patch, the positions marked at the bottom lie in no patch: as many dimensions are
lost, and one signal that all readings miss is shown below. Pictures: two ReLU layers on a photograph, patches of
$3\times3$, Gaussian pooling with $q=1$ and centred windows: the norms of its maps at strides 2 and 2; what comes back
from the second map; and what comes back where the second stride is 5. Colours outside $[0,1]$ are clipped.
"""
ORDER = 76

draw, table = recovery.draw, recovery.table


def compute(
    quick: bool = False, *, strides: tuple[int, ...] = recovery.STRIDES, patch: int = recovery.PATCH
) -> Recovery:
    """A signal at several strides, a photograph of scikit-learn at strides 2-2 and 2-5; smaller where `quick`."""
    size = (24, 30) if quick else (48, 60)
    return recovery.recovered(strides, None, patch, photograph(*size))
