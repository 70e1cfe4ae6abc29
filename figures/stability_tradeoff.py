"""One total of pooling reached by one layer or by several: stability against what is kept of the signal."""

from __future__ import annotations

from kernelspec.plots import tradeoff
from kernelspec.plots.tradeoff import Tradeoff

NAME = "stability-tradeoff"
TITLE = "Stability against preservation of the signal"
CAPTION = r"""
Five networks on periodic signals of 128 samples with arc-cosine kernels, a total subsampling by 16 and a total
Gaussian pooling of a standard deviation of 11 samples: one layer with patches of 3 or of 17 samples, two layers
(subsampling 4·4, patches of 5), three (2·2·4, patches of 3, 3, 5), four (2·2·2·2, patches of 3). Signals are random
with the power spectrum $1/\omega$; bands are standard errors over @count@ of them, seed @seed@. (a) The mean relative
distance to a signal deformed by smooth fields, over $|\nabla\tau|_\infty$: one layer of large patches is the least
stable, four of small patches the most. The bounds hold for every signal and hardly tell the networks apart: at the
left end they are @low@ to @high@. (b) The distance to the same signal with neighbouring blocks of $b$ samples
exchanged, over that to a deformed signal, $|\nabla\tau|_\infty=0.2$. At the same stability one layer of large patches
sees less of the detail than several layers at every $b$, by 12 to 33 percent; one layer of small patches as much of
the detail of 1 and 2 samples, and less of the order of blocks of 4 and 8. This depends on the signals: where their
spectrum is flat one layer of small patches does as well as several, where it is $1/\omega^2$ one of large patches
does better for $b=8$; several layers are never more than 12 percent below the better of the two. (c) Linear reading
is no reason for depth: what linear functions of the representation see of a frequency (here the largest of five
neighbouring ones) falls with the total pooling however it is reached (the curves of one layer coincide), and the
condition number for all of the signal grows with depth; with patches of 3 and a subsampling by 16 it is infinite.
"""
ORDER = 75

draw, table = tradeoff.draw, tradeoff.table


def compute(
    quick: bool = False, *, power: float = 1.0, grads: tuple[float, ...] = tradeoff.GRADS, seed: int = 16
) -> Tradeoff:
    """Distances of random signals of the power spectrum 1/omega^power; 6 in place of 16 when `quick`."""
    count, fields = (6, 1) if quick else (16, 3)
    if quick and grads == tradeoff.GRADS:
        grads = (0.0125, tradeoff.GRAD)
    return tradeoff.tradeoff(grads, power, count, fields, seed)


def caption(data: Tradeoff) -> str:
    """The caption with the numbers of this run."""
    scaled = data.bounds[:, 0] / data.grads[0]
    words = {
        "@count@": str(data.deformed.shape[1]),
        "@seed@": str(data.seed),
        "@low@": f"{scaled.min():.0f}",
        "@high@": f"{scaled.max():.0f}",
        r"$1/\omega$": r"$1/\omega$" if data.power == 1 else rf"$\omega^{{-{data.power:g}}}$",
    }
    text = CAPTION
    for mark, word in words.items():
        text = text.replace(mark, word, 1)
    return text
