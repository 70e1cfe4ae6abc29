r"""Convolutional kernels: what groups of turns buy

Kernel ridge regression on turned digits; images, networks and regressions are those of `rotated`.
"""

from experiments import datasets
from experiments import rotated_digits as rotated
from paper_checks.h_groups import JMLR
from paper_checks.registry import Checks, Tier, bound, check, note, table


@check("C51i", verdict="holds", where=f"{JMLR}; no experiment there")
def accuracy(tier: Tier) -> Checks:
    """What invariance to turns buys

    In kernel ridge regression on the digits of scikit-learn, tested on images turned by random angles, networks on
    $C_8$ and $C_{16}$ trained on 400 upright images reach above 0.65, one without a group below 0.4. Trained on turned
    images they need about a quarter as many as one without, and finer groups than $C_4$ gain nothing more. Where the
    test images are upright the invariance costs accuracy, and with reflections ($D_4$) still more.
    """
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
    upright = found.upright.mean(axis=-1)
    for way, training in enumerate(rotated.TRAININGS):
        rows = [
            [name, *(f"{a:.3f} ± {e:.3f}" for a, e in zip(mean[g, way], error[g, way], strict=True))]
            for g, name in enumerate(found.names)
        ]
        header = ["group", *(f"n = {size}" for size in found.sizes)]
        yield table(f"{label}: trained on {training} images, tested on rotated ones", header, rows)
    place = {name: g for g, name in enumerate(found.names)}
    fine = [place[name] for name in ("C8", "C16") if name in place]
    if not quick:
        quarter = found.sizes.index(found.sizes[-1] // 4)
        last, fewer = found.sizes[-1], found.sizes[quarter]
        plain, coarse = place["plain"], place["C4"]
        fair, turned = mean[fine, 0, -1], mean[fine, 1, quarter] - mean[plain, 1, -1]
        mirrored, finer = upright[coarse] - upright[place["D4"]], mean[fine, 1, -1] - mean[coarse, 1, -1]
        rest, lost = "what a turned digit has left of the upright one", "a digit is then its mirror image as well"
        every = "a quarter of the images does as well, to a standard error"
        near = "two standard errors below what is measured"
        for what, values, lower, upper, why in (
            (f"{last} upright images, $C_8$ and $C_{{16}}$", fair, 0.65, None, near),
            (f"{last} upright images, no group", mean[plain, 0, -1], None, 0.4, rest),
            (f"{fewer} rotated images, gain of $C_8$, $C_{{16}}$ over none with {last}", turned, -0.03, None, every),
            ("upright images, tested on such, loss of $D_4$ against $C_4$", mirrored, 0.02, None, lost),
            (f"{last} rotated images, gain of $C_8$, $C_{{16}}$ over $C_4$", finer, None, 0.03, "a standard error"),
        ):
            yield bound(f"{label}: trained on {what}", values, lower=lower, upper=upper, why=why)
    gain = found.found[fine] - found.found[[place["plain"]]]
    yield bound(
        f"{label}: gain of the finer groups over no group, both trainings, all sizes",
        gain.mean(axis=-1),
        lower=0.0,
        why="what the group is for",
    )
    yield bound(
        f"{label}: upright images, gain of the finer groups over no group",
        upright[fine] - upright[place["plain"]],
        upper=0.0,
        why="invariance that is not wanted is paid for",
    )
