"""Results beside the printed numbers, as a `Table`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from experiments.tables.printed import Printed
from experiments.tables.records import Record, Results
from kernelspec.results.tables import Table

_HEAD = (
    "row", "way", "n", "splits", "lambda", "measured", "std", "best on test",
    "printed", "printed std", "printed n", "printed lambda by", "difference", "processor s", "peak GiB", "data",
)  # fmt: skip


_PERCENT = ("measured", "std", "best on test", "printed", "printed std", "difference")


def compared(*several: Results) -> Table:
    """One line for each record: measured, printed, and the difference, in per cent.

    "measured" is the mean over the splits of the accuracy on the test images with the lambda that validation chose,
    "std" its population standard deviation; "best on test" the mean with the lambda that is best on the test images.
    "difference" compares like with like: the printed number was found on the "test" images or by "validation". It is
    that of the nearest number of training images that is printed for the same way, whatever n is: "printed n" says so.
    "data" is the note on the images, and the split's own name where there is none.
    """
    lines = [_line(results, record) for results in several for record in results.records if record.measurements]
    digits = dict.fromkeys(_PERCENT, 4)
    names = ", ".join(dict.fromkeys(results.data for results in several))
    notes = "; ".join(dict.fromkeys(results.note for results in several if results.note))
    caption = f"Test accuracy in per cent, {names}" + (f" ({notes})" if notes else "")
    return Table(lines, _HEAD, caption, digits=digits)


def nearest(record: Record) -> Printed | None:
    """The printed number of the same way whose n is nearest, by their ratio; of two at one n, the first."""
    alike = [each for each in record.printed if each.way == record.way]
    return min(alike, key=lambda each: abs(math.log(each.train / record.train)), default=None)


def _line(results: Results, record: Record) -> dict[str, Any]:
    scores = [each.scores for each in record.measurements]
    measured = [100 * each.accuracy for each in scores]
    best = _mean([100 * each.best_on_test for each in scores])
    mean = _mean(measured)
    printed = nearest(record)
    way = record.way if record.way == "exact" else f"{record.way} {record.options['components']}"
    way += f", {record.options['whitening']}" if "whitening" in record.options else ""
    way += ", other lambdas" if "lambdas" in record.options else ""
    way += ", shares of K" if record.setup.get("relative") else ""
    values = (
        record.row,
        way,
        record.train,
        len(scores),
        _lambdas([each.chosen for each in scores]),
        round(mean, 4),
        round(math.sqrt(_mean([(value - mean) ** 2 for value in measured])), 4) if len(measured) > 1 else None,
        round(best, 4),
        printed and printed.accuracy,
        printed and printed.spread,
        printed and printed.train,
        printed and printed.selection,
        printed and round((best if printed.selection == "test" else mean) - printed.accuracy, 4),
        round(sum(each.cost.processor_seconds for each in record.measurements), 1),
        round(max(each.cost.peak_bytes for each in record.measurements) / 2**30, 2),
        results.note or results.data,
    )
    return dict(zip(_HEAD, values, strict=True))


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _lambdas(values: Sequence[float]) -> str:
    """The lambdas that were chosen, and how often where they differ."""
    counts = Counter(values)
    if len(counts) == 1:
        return f"{values[0]:g}"
    return ", ".join(f"{value:g} ({counts[value]})" for value in sorted(counts, reverse=True))


def markdown(table: Table) -> str:
    """A table as Markdown, its caption above it; columns in which nothing stands are left out."""
    names = [name for name in table.columns if any(value is not None for value in table.column(name))]
    rows = [names, ["---"] * len(names)]
    rows += [[_cell(name, row[name]).replace("|", r"\|") for name in names] for row in table]
    return "\n".join([table.caption, "", *("| " + " | ".join(row) + " |" for row in rows), ""])


def _cell(name: str, value: object) -> str:
    if isinstance(value, float) and name in _PERCENT:
        return f"{value:.2f}"
    return "" if value is None else str(value)
