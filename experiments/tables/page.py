"""The page of the tables, in Markdown: what the files of results say, beside the printed numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from experiments.tables import records, setups, show
from experiments.tables.records import Results
from kernelspec.results.tables import Table

FOLDER = Path("experiments/results")

_HEAD = """# The tables of MNIST, Fashion-MNIST and Cifar10

Written by `python -m experiments table page` from the files in `experiments/results`; every number in "measured" was
computed, by the versions and on the processor that its file names. `python -m experiments table list` shows all rows
and all printed numbers, `python -m experiments table mnist --data DIR --out FILE.json` runs them.

"measured" is the accuracy on the test images, in per cent, with the lambda that validation has chosen: the mean over
the splits, and "std" their population standard deviation, which is what ± is in the printed table of claim 61. "best
on test" has the lambda that is best on the test images: so the printed numbers of claim 60 were found. "difference"
compares like with like, whatever n is on both sides: n training images here, "printed n" there.
"""

_WHOLE = """Homogeneous kernels |x||y| kappa(cos) of pixels / 255, targets one-hot - 0.1, K + n lambda I with lambda in
{1, 0.1, 0.01, 0.001}. Of a permutation of the 60,000 images (seed 42 + split) the first n train, the last 10,000 are
for validation; the 10,000 test images are those of the data set."""

_NETWORKS = """Patches of 3x3 pixels and zero padding, pixels / 255, whitened image by image ("authors": C^{-1/4},
"zca": C^{-1/2}); lambda from 1e-4 to 1e-11; in rows of "shares of K", of 10 and 16 layers, times the mean of the
diagonal of K, which is large there. "exact": the matrices of the network's kernel, lambda by five-fold
cross-validation. "nystrom": so many anchors a layer, lambda by a fifth of the training images. The training images are
the first n of a permutation (seed 42), the test images the first of the data set."""


def read_all(paths: Iterable[Path]) -> list[Results]:
    """The results in files; ValueError for one that is not there, or holds something else."""
    found = []
    for path in paths:
        results = records.read(path)
        if results is None:
            raise ValueError(f"{path}: there is no such file")
        found.append(results)
    return found


def kept(folder: Path = FOLDER) -> list[Results]:
    """The results in all files of a folder, those of one table together; ValueError where there are none."""
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise ValueError(f"{folder}: there are no files of results")
    together: dict[tuple[str, str, str], list[Results]] = {}
    for results in read_all(paths):
        together.setdefault((results.table, results.digest, results.note), []).append(results)
    return [records.merge(*each) for each in together.values()]


def measured(table: str, folder: Path = FOLDER) -> list[Results]:
    """The results of one table in a folder, without those of made-up images; none where there are no files."""
    found = kept(folder) if any(folder.glob("*.json")) else []
    return [each for each in found if each.table == table and not each.data.startswith("made up")]


def page(several: Sequence[Results]) -> str:
    """The page, a section for each set of results."""
    parts = [_HEAD]
    for results in sorted(several, key=lambda each: setups.TABLES.index(each.table)):
        title = f"{results.data}: {results.note}" if results.note else results.data
        parts.append(f"## {title}\n")
        parts.append(f"{_NETWORKS if results.table == 'cifar10' else _WHOLE}\n")
        parts.append(show.markdown(_without_data(show.compared(results))))
        parts.append(_ends(results) + _where(results))
    return "\n".join(parts)


def _without_data(table: Table) -> Table:
    """The table without the name of the data, which stands in the heading."""
    columns = [name for name in table.columns if name != "data"]
    lines = sorted(table, key=lambda line: (line["way"].partition(" ")[0], line["n"]))
    return Table(
        [{name: line[name] for name in columns} for line in lines], columns, table.caption, digits=table.digits
    )


def _ends(results: Results) -> str:
    """How often validation has chosen the smallest lambda of the table's own grid, beyond which it may be better."""
    own = [each.scores for record in results.records if "lambdas" not in record.options for each in record.measurements]
    last = sum(scores.chosen == min(scores.lambdas) for scores in own)
    return f"Validation chose the smallest lambda of the table's grid in {last} of {len(own)} measurements with it.\n\n"


def _where(results: Results) -> str:
    """The processors and versions of all measurements."""
    found = dict.fromkeys(
        f"{each.machine['processor']}, {each.machine['cores']} cores; "
        + ", ".join(f"{name} {each.versions[name]}" for name in ("python", "kernelspec", "numpy", "scipy"))
        for record in results.records
        for each in record.measurements
    )
    return "Measured on: " + "; and on ".join(found) + ".\n"
