"""What the architectures of published tables cost on images 32x32: a table in Markdown.

    python -m benchmarks.named_networks [--size 32] [--rows REGEX]

Counts, and the seconds of the processor that a million pairs take one core of this machine, by `stax.plan`: for `nngp`
and `ntk`. Rows whose `nngp` is computed by the engine of `ckn` are marked.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence

from kernelspec import stax
from kernelspec.numbers.quantities import duration_text
from kernelspec.stax import Plan

ROWS = {
    "myrtle(5)": lambda: stax.myrtle(5),
    "myrtle(7)": lambda: stax.myrtle(7),
    "myrtle(10)": lambda: stax.myrtle(10),
    'myrtle(10, "relu")': lambda: stax.myrtle(10, "relu"),
    "lap(16)": lambda: stax.lap(16),
    "lap(14, 4)": lambda: stax.lap(14, 4),
    'cntk(21, "vanilla")': lambda: stax.cntk(21, "vanilla"),
    "cntk(21)": lambda: stax.cntk(21),
    "wide_resnet(4)": lambda: stax.wide_resnet(4),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line as soon as it is known."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.named_networks", description=__doc__)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--rows", default="")
    given = parser.parse_args(arguments)
    shape = (1000, given.size, given.size, 3)
    print("| call | correlations | multiply-adds | nngp | ntk |\n|---|---|---|---|---|")
    for name, made in ROWS.items():
        if not re.search(given.rows, name):
            continue
        network = made()
        plans = [stax.plan(network, shape, get=get, memory=2**32) for get in ("nngp", "ntk")]
        times = ", ".join(duration_text(each.seconds_per_million) + " *" * each.fast for each in plans)
        print(
            f"| `{name}` | {_short(plans[1].correlations)} | {_adds(plans)} | {times.replace(', ', ' | ')} |",
            flush=True,
        )


def _adds(plans: Sequence[Plan]) -> str:
    return ", ".join(_short(each.multiply_adds) for each in plans)


def _short(count: int) -> str:
    """A count in millions."""
    return f"{count / 1e6:.3g} M"


if __name__ == "__main__":
    main()
