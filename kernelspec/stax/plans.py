"""What a kernel of a network costs, said before it is computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..architectures.answers import asked
from ..numbers.quantities import counted, duration_text
from .functions import network_of

if TYPE_CHECKING:
    from ..learning import GramPlan
    from ..results.tables import Table


@dataclass(frozen=True, repr=False)
class Plan:
    """The cost of a kernel of a network, as `plan` finds it.

    Parameters
    ----------
    correlations : duals that one pair of images takes; for a tangent kernel, their slopes beside them.
    multiply_adds : of one pair of images, without those.
    bytes : of the largest map of one pair, at 8 a number, of which an engine holds some at once.
    fast : whether the network is one that the engine of `ckn` computes.
    gram : the `ks.learning.GramPlan` of the matrix: pairs, the measured rate, seconds, memory, disk.
    """

    correlations: int
    multiply_adds: int
    bytes: int
    fast: bool
    gram: GramPlan

    @property
    def seconds(self) -> float:
        """How long the matrix takes, about."""
        return self.gram.seconds

    @property
    def seconds_per_million(self) -> float:
        """How long a million pairs take one worker, about."""
        return 1e6 / self.gram.pairs_per_second

    def __repr__(self) -> str:
        return (
            f"<Plan: {counted(self.gram.pairs, 'pairs')} of {self.correlations} correlations and {self.multiply_adds} "
            f"multiply-adds, {duration_text(self.seconds)}>"
        )

    def table(self) -> Table:
        """The plan as a `Table` of quantities and their texts."""
        from ..results.tables import Table

        own = {
            "correlations of a pair": f"{self.correlations}",
            "multiply-adds of a pair": f"{self.multiply_adds}",
            "bytes of a pair's largest map": f"{self.bytes}",
            "a million pairs": duration_text(self.seconds_per_million),
        }
        rows = [{"what": what, "plan": text} for what, text in own.items()]
        return Table([*rows, *self.gram.table()], ("what", "plan"), repr(self))


def plan(
    network: Any,
    x: Any,
    y: Any = None,
    get: str = "nngp",
    *,
    dtype: Any = None,
    block: int | None = None,
    memory: int = 2**30,
    threads: int = 1,
    workers: int = 1,
    pairs_per_second: float | None = None,
) -> Plan:
    """What `kernel_fn(x, y, get)` costs, and the same matrix by `ks.learning.gram_job`.

    The rate is measured on a few pairs on this machine (`ks.learning.plan_gram`); the rest is counted.

    Parameters
    ----------
    network : a network, or one of its three functions.
    x, y : the data, or their shapes, such as (50000, 32, 32, 3), for which random images stand in.
    get : "nngp" or "ntk".
    dtype, block, memory, threads, workers, pairs_per_second : as of `ks.learning.plan_gram`.

    Raises TypeError or ValueError as that does, and for other words than "nngp" and "ntk".

    >>> from kernelspec import stax
    >>> plan(stax.myrtle(10), (50_000, 32, 32, 3), pairs_per_second=20.0)
    <Plan: 1250025000 pairs of 3354624 correlations and 28721153 multiply-adds, 723 d 9 h>
    """
    layer = network_of("network", network)
    kinds = asked(get)
    if not isinstance(get, str):
        raise ValueError(f"get must be 'nngp' or 'ntk', got {get!r}")
    # Here, as the engines are, which `import kernelspec.stax` does not wait for.
    from ..architectures.cost import cost
    from ..architectures.homogeneous_rows import row_of
    from ..learning import plan_gram

    tangent = kinds == ("ntk",)
    found = plan_gram(
        layer, x, y, block=block, dtype=dtype, tangent=tangent, memory=memory, threads=threads, workers=workers,
        pairs_per_second=pairs_per_second,
    )  # fmt: skip
    shape = tuple(x) if np.ndim(x) == 1 else np.shape(x)
    counted = cost(layer, shape, tangent)
    row = row_of(layer)
    fast = row is not None and row.has(kinds)
    return Plan(counted.correlations, counted.multiply_adds, 8 * (1 + tangent) * counted.largest, fast, found)
