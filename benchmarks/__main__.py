"""Error tables and speeds, one after the other: ``python -m benchmarks [--quick]``."""

from __future__ import annotations

import sys

from benchmarks import (
    accuracy,
    certified,
    certified_speed,
    convolutional,
    functions,
    gram,
    high_dimensions,
    jobs,
    regression,
    speed,
)

if __name__ == "__main__":
    options = [option for option in sys.argv[1:] if option == "--quick"]
    if len(options) < len(sys.argv) - 1:
        sys.exit("usage: python -m benchmarks [--quick]")
    runs = (
        speed.main,
        certified_speed.main,
        convolutional.main,
        functions.main,
        gram.main,
        regression.main,
        jobs.main,
        accuracy.main,
        lambda _: high_dimensions.main([]),
        certified.main,
    )
    sys.exit(max(run(options) for run in runs))
