r"""Convolutional kernels: what groups of turns buy

Kernel ridge regression on turned digits; images, networks and regressions are those of `rotated`.
"""

from __future__ import annotations

from experiments import datasets
from experiments import rotated_digits as rotated
from paper_checks.h_groups import JMLR
from paper_checks.registry import Checks, Tier, bound, check, note, table


@check(
    "C51i",
    title="What invariance to turns buys",
    statement="In kernel ridge regression on the digits of scikit-learn, tested on images turned by random angles, "
    "networks on $C_8$ and $C_{16}$ trained on 400 upright images reach above 0.65, one without a group below 0.4. "
    "Trained on turned images they need about a quarter as many as one without, and finer groups than $C_4$ gain "
    "nothing more. Where the test images are upright the invariance costs accuracy, and with reflections ($D_4$) "
    "still more.",
    where=f"{JMLR}; no experiment there",
    verdict="holds",
)
def accuracy(tier: Tier) -> Checks:
    """Accuracies of five groups against the number of training images."""
    found = rotated.on_digits(tier.quick)
    yield from _accuracies("digits", found, quick=tier.quick)
    train = datasets.mnist(tier.data, "train")
    if train is None:
        yield note("With --data and the IDX files of MNIST, or a folder mnist that holds them, the same on MNIST.")
        return
    sizes = tier.pick(quick=(25, 100), full=(100, 250, 1000))
    count = tier.pick(quick=300, full=2000)
    rows = tier.rng.permutation(len(train))[:count]
    halved = train.pixels[rows].reshape(count, 14, 2, 14, 2).mean(axis=(2, 4))
    yield from _accuracies(
        "MNIST, 14 x 14 pixels by averaging",
        rotated.accuracies(
            datasets.Images("mnist", halved.reshape(count, -1), train.labels[rows]),
            tier.rng,
            names=found.names,
            sizes=sizes,
            validation=tier.pick(quick=80, full=300),
            splits=tier.pick(quick=3, full=5),
            spacing=1.0,
        ),
        quick=tier.quick,
    )


def _accuracies(label: str, found: rotated.Accuracies, quick: bool) -> Checks:
    mean, error = found.mean_and_error(found.found)
    upright, upright_error = found.mean_and_error(found.upright)
    for way, training in enumerate(rotated.TRAININGS):
        rows = [
            [name, *(f"{a:.3f} ± {e:.3f}" for a, e in zip(mean[g, way], error[g, way], strict=True))]
            for g, name in enumerate(found.names)
        ]
        header = ["group", *(f"n = {size}" for size in found.sizes)]
        yield table(f"{label}: trained on {training} images, tested on rotated ones", header, rows)
    yield table(
        f"{label}: n = {found.sizes[-1]}, trained and tested on upright images; errors of rotated ones between 6 and 9",
        ["group", "upright", "share of 6 and 9"],
        [
            [name, f"{upright[g]:.3f} ± {upright_error[g]:.3f}", f"{found.six_nine[g].mean():.2f}"]
            for g, name in enumerate(found.names)
        ],
    )
    place = {name: g for g, name in enumerate(found.names)}
    fine = [place[name] for name in ("C8", "C16") if name in place]
    if not quick:
        quarter = found.sizes.index(found.sizes[-1] // 4)
        yield bound(
            f"{label}: trained on {found.sizes[-1]} upright images, $C_8$ and $C_{{16}}$",
            mean[fine, 0, -1],
            lower=0.65,
            why="the statement, two standard errors below what is measured",
        )
        yield bound(
            f"{label}: the same without a group",
            mean[place["plain"], 0, -1],
            upper=0.4,
            why="what a turned digit has left of the upright one",
        )
        yield bound(
            f"{label}: trained on rotated images, gain of $C_8$ and $C_{{16}}$ with "
            f"{found.sizes[quarter]} images over no group with {found.sizes[-1]}",
            mean[fine, 1, quarter] - mean[place["plain"], 1, -1],
            lower=-0.03,
            why="a quarter of the images does as well, to a standard error",
        )
        yield bound(
            f"{label}: upright images, what $D_4$ loses against $C_4$",
            upright[place["C4"]] - upright[place["D4"]],
            lower=0.02,
            why="a digit is then its mirror image as well",
        )
        yield bound(
            f"{label}: trained on {found.sizes[-1]} rotated images, $C_8$ and $C_{{16}}$ less $C_4$",
            mean[fine, 1, -1] - mean[place["C4"], 1, -1],
            lower=-0.03,
            upper=0.03,
            why="one or two standard errors",
        )
    gain = found.found[fine] - found.found[[place["plain"]]]
    yield bound(
        f"{label}: gain of the finer groups over no group, both trainings, all sizes",
        gain.mean(axis=-1),
        lower=0.0,
        why="what the group is for",
    )
    yield bound(
        f"{label}: upright images, gain of the finer groups over no group",
        found.upright[fine].mean(axis=-1) - upright[place["plain"]],
        upper=0.0,
        why="invariance that is not wanted is paid for",
    )
