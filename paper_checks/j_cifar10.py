"""Experiments: convolutional kernels on Cifar10."""

import numpy as np

from experiments.tables import page, setups
from experiments.tables.show import nearest
from kernelspec import ckn
from oracle import convolutional as oracle
from oracle.convolutional import Step
from paper_checks.registry import *

FIRST, SECOND = ("gaussian", 2, 2), ("gaussian", 5, 5)  # pooling, its scale, the stride


@check("C60", verdict="open", where="slides of the tables of Cifar10; the code with Bietti 2022")
def accuracies(tier: Tier) -> Checks:
    r"""Ridge regression on Cifar10

    Two layers with 3x3 patches: 86.63 percent (ReLU, random features), 87.19 (ReLU, tangent kernel), 87.93
    ($e^{(u-1)/\sigma^2}$, $\sigma = 0.6$); three layers 88.2; sixteen layers that pool last (Li et al. 2019) 87.28 and
    86.77; ten layers (Shankar et al. 2020) 88.2, 90 with flips. $\alpha = (K+n\lambda I)^{-1}y$ with labels one-hot
    less 0.1; the accuracy is that of the best $\lambda$ on the test images.
    """
    found = page.measured("cifar10")
    rows = []
    for results in found:
        for record in results.records:
            scores = [each.scores for each in record.measurements]
            if not scores:
                continue
            printed = nearest(record)
            way = record.way + (f" {record.options['components']}" if "components" in record.options else "")
            rows.append(
                [
                    record.row,
                    f"{way}, {record.options.get('whitening')}",
                    f"{record.train}",
                    f"{record.test}",
                    f"{100 * np.mean([each.best_on_test for each in scores]):.2f}",
                    f"{100 * np.mean([each.accuracy for each in scores]):.2f}",
                    "" if printed is None else f"{printed.accuracy:.2f} (n = {printed.train})",
                ]
            )
    if rows:
        notes = ", ".join(dict.fromkeys(each.note for each in found if each.note)) or "the images as they are published"
        header = ["row", "way, whitening", "n", "test images", "best λ on test", "λ chosen without it", "printed"]
        yield table(f"Accuracy (%) as measured, {notes}", header, rows)
        same = sum(row[2] == "50000" and row[6].endswith("(n = 50000)") and row[1].startswith("exact") for row in rows)
        what = f"{len(rows)} measurements are kept, {same} of them exact with all 50,000 training images"
    else:
        what = "no measurements are kept"
    yield undecided(
        f"The printed numbers are of exact matrices of 60,000 images, 1.75 billion pairs; {what}. "
        "`python -m experiments table cifar10` runs any row with as many images as there is time for; with fewer "
        "images, or with anchors, an accuracy neither confirms nor refutes the printed one. The networks themselves "
        "are checked in C60a."
    )


@check("C60a", verdict="holds", where="the code with Bietti 2022, from which the tables of Cifar10 come")
def networks(tier: Tier) -> Checks:
    r"""The networks of the tables of Cifar10

    With zero padding and Gaussian filters of $2q+1$ taps (standard deviation $q/\sqrt2$, sum 1), of which the output
    $i$ reads the positions $q\,i, \ldots, q\,i+2q$, maps of size $h$ become maps of size $\lfloor h/q\rfloor-1$: 32,
    15, 2 for two layers that pool by 2 and 5, 32, 15, 6, 2 for three that pool by 2, and 28, 13, 1 on MNIST. $K$ is the
    sum over the last positions of $|z||z'|\kappa(\cos)$ of the patches $z$, pooled. With $\kappa=u^2$ in both layers it
    has finitely many features.
    """
    rows = {row.name: row for row in setups.rows("cifar10")}
    for name, size, scales in (("2 layers, exp-exp", 32, (2, 5)), ("3 layers, exp", 32, (2, 2, 2)),
                               ("2 layers, exp-exp", 28, (2, 5))):  # fmt: skip
        network = rows[name].kernel
        assert isinstance(network, ckn.Network)
        sizes, by_formula = [size], [size]
        for shape, q in zip(network.shapes((1, size, size, 3)), scales, strict=True):
            sizes.append(shape.output[0])
            by_formula.append(by_formula[-1] // q - 1)
        yield exact(f"sizes of the maps, {name}, {size} x {size}", sizes, by_formula, by="rational arithmetic")
    for q in (2, 5):
        bell = np.exp(-(np.arange(-q, q + 1) ** 2) / q**2)
        label = f"taps of the filter, q = {q}, of variance $q^2/2$ before it is cut off"
        yield measured_against(label, ckn.gaussian(q).taps, bell / bell.sum(), rtol=1e-15, why="a few roundings")
    n, size = tier.pick(quick=(2, 22), full=(3, 24))  # the last map has one position
    images = tier.rng.standard_normal((n, size, size, 3))
    why = "two layers of some hundred roundings each"
    for name, kernels, tangent in (
        ("2 layers, exp-exp", ("exponential(0.6)", "exponential(0.6)"), False),
        ("2 layers, ReLU RF", ("arccos(1)", "arccos(1)"), False),
        ("2 layers, ReLU NTK", ("arccos(1)", "arccos(1)"), True),
        ("2 layers, exp-poly3", ("exponential(0.6)", "polynomial(3)"), False),
    ):
        network = rows[name].kernel
        assert isinstance(network, ckn.Network)
        found = network.gram(images, tangent=tangent)
        expected = oracle.covariances(images, _steps(*kernels), tangent=tangent).gram(tangent)
        yield measured_against(
            f"kernel matrix, {name}, by the recursion on pairs", found, expected, rtol=1e-13, why=why
        )
    network = rows["2 layers, poly2-poly2"].kernel
    assert isinstance(network, ckn.Network)
    grey = images[..., :1]
    features = oracle.features(grey, _steps("polynomial(2)", "polynomial(2)")).reshape(len(grey), -1)
    label = f"poly2-poly2, images of one channel: inner products of {features.shape[1]:,} features"
    yield measured_against(label, network.gram(grey), features @ features.T, rtol=1e-13, why=why)


def _steps(first: str, second: str) -> list[Step]:
    return [Step(3, kernel, *pooling) for kernel, pooling in ((first, FIRST), (second, SECOND))]
