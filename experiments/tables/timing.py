"""How long rows will take, from a little of each."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.tables import convolutional
from experiments.tables.pools import Pool, part
from experiments.tables.progress import duration
from experiments.tables.records import Stopwatch
from experiments.tables.run import Options
from experiments.tables.setups import Row
from kernelspec import ckn
from kernelspec.results.tables import Table

_IMAGES = (2, 6)  # on each side of the pairs that are timed: of deep networks, of others
_DEEP = 4


def estimates(rows: Sequence[Row], pool: Pool, options: Options) -> Table:
    """Pairs of images a second of one processor, and the time of all pairs, for rows with exact matrices.

    A few pairs are timed; what a call costs whatever the pairs is in it, so that the time is rather too long.
    """
    lines = []
    for row in rows:
        if not isinstance(row.kernel, ckn.Network) or options.nystrom is not None:
            raise ValueError(f"--estimate is for exact matrices of convolutional networks; {row.name!r} is none here")
        side = _IMAGES[len(row.kernel.layers) < _DEEP]
        here = part(pool, min(side, options.train), min(side, options.test), 0)
        x, new = convolutional.images(pool, here, options.whitening, options.dtype)
        watch = Stopwatch()
        row.kernel.gram(new, x, row.tangent, memory=options.memory, threads=1, channels="last")
        clock, processor = watch.spent()
        pairs = convolutional.pairs(row, options.train, options.test) * options.splits
        rate = len(x) * len(new) / max(processor, 1e-9)
        lines.append(
            {
                "row": row.name,
                "pairs": pairs,
                "pairs a second": round(rate, 2),
                "processor time": duration(pairs / rate),
                "by the clock now": duration(pairs * clock / (len(x) * len(new))),
            }
        )
    return Table(lines, caption=f"Estimates for {options.train} training and {options.test} test images, one thread")
