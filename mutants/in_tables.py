"""Faults in the tables of images: whitening, splits, the choice of lambda, regressions, matrices, results."""

from __future__ import annotations

from mutants.fault import Fault

_TABLES = ("tests/experiments/test_experiment_tables.py",)
_WHITENING = ("tests/experiments/test_whitening.py",)
_RESULTS = ("tests/experiments/test_table_results.py",)


def _in(module: str, tests: tuple[str, ...], *pieces: tuple[str, str, str]) -> tuple[Fault, ...]:
    return tuple(Fault(f"experiments/tables/{module}.py", before, after, what, tests) for before, after, what in pieces)


FAULTS = (
    *_in(
        "whitening",
        _WHITENING,
        ("np.where(kept, values, 1.0) ** -power", "np.where(kept, values, 1.0) ** power", "eigenvalues are not inverted"),
        ("values > LEAST * np.maximum(values[:, -1:], 0)", "values > 0", "directions of rounding are scaled up"),
        ("each.mean(axis=2, keepdims=True)", "each.mean(axis=(2, 3), keepdims=True)", "one mean for all channels"),
        ("return total / count", "return total / 9", "nine patches at the border as well"),
        ("patches = patches_of(centred)", "patches = patches_of(images)", "patches with their means"),
        ("centred[left <= _ROUNDING * sizes] = 0", "pass", "the rounding of a constant image is scaled up"),
        ('"zca": 0.5', '"zca": 0.25', "the authors' power under the name of ZCA"),
    ),
    *_in(
        "pools",
        _TABLES,
        ("RandomState(FIRST_SEED + split)", "RandomState(FIRST_SEED)", "one permutation for all splits"),
        ("order[len(order) - pool.validation :]", "order[train : train + pool.validation]", "other validation images"),
        ("np.eye(CLASSES)[labels] - 0.1", "np.eye(CLASSES)[labels] * 2", "targets of another kind"),
        ("free = len(pool.train) - pool.validation", "free = len(pool.train)", "training images validate"),
    ),
    Fault(
        "experiments/datasets.py",
        "transpose(0, 2, 3, 1)",
        "transpose(0, 3, 2, 1)",
        "columns before rows in Cifar10",
        _TABLES,
    ),
    *_in(
        "selection",
        _TABLES,
        ("(accuracies[place], -place)", "(accuracies[place], place)", "the smallest lambda of equals"),
        ("kept = np.setdiff1d(np.arange(n), held)", "kept = np.arange(n)", "a fold is trained on itself"),
        ("        return self.on_test[_first_best(self.on_validation)]", "        return max(self.on_test)", "lambda by the test images"),
    ),
    *_in(
        "convolutional",
        _TABLES,
        ("partial(_ridge, 2 if row.flips else 1)", "partial(_ridge, 1)", "n images where there are 2n"),
        ("x[:, :, ::-1]", "x[:, ::-1]", "upside down in place of mirrored"),
        ("gram /= size", "pass", "a grid of shares of the diagonal read as lambdas"),
        ("cross += matrices.gram(\"test images, mirrored\", new, mirrored)[kind]", "pass", "mirror images left out of the function"),
    ),
    *_in(
        "convolutional",
        _RESULTS,
        ("int(row.tangent) if matrices.kinds == 2 else 0", "0", "the random features' kernel for both rows"),
    ),
    *_in(
        "features",
        _TABLES,
        ("self.n * np.asarray(lambdas) / len(self.squares)", "np.asarray(lambdas)", "m lambda in place of n lambda"),
        ("    sums[0].join(sums[1])\n", "", "the images set apart do not train at the end"),
        ("if row.relative else 1.0", "if not row else 1.0", "a grid of shares of the diagonal read as lambdas"),
        ("labels[held][first : first + len(found)]", "labels[held][: len(found)]", "labels of other images"),
    ),
    *_in(
        "matrices",
        _TABLES,
        ("self.before += spent", "pass", "what was spent before is forgotten"),
        ("(spent + watch.spent())", "np.array(watch.spent())", "what was spent before the last call is forgotten"),
        ("shutil.rmtree(store, ignore_errors=True)", "pass", "blocks are left"),
    ),
    *_in(
        "records",
        _RESULTS,
        ("max([most_held(), *workers])", "most_held()", "the memory of workers not looked at"),
        ("splits[each.split].finished <= each.finished", "splits[each.split].finished > each.finished", "the older of two"),
    ),
    *_in(
        "show",
        _RESULTS,
        ('best if printed.selection == "test" else mean', "mean", "numbers of two choices of lambda are compared"),
        ('if record.setup.get("relative")', 'if record.setup.get("shares")', "shares of the diagonal shown as lambdas"),
        ("abs(math.log(each.train / record.train))", "each.train", "the printed number of the least n"),
    ),
)  # fmt: skip
