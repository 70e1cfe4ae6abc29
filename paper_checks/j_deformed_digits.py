"""Experiments

Deformed digits in the spaces of CKN and NTK, claim 63.
"""

import numpy as np

from experiments.deformed_digits import FARTHEST, Distances, Sizes, distances, enlarged_digits, mean_and_error, mnist
from experiments.summaries import slopes
from paper_checks.registry import *

WHERE = "Bietti & Mairal 2019 (NeurIPS), the figure on deformations of MNIST digits"
SMALL = (1e-3, 10**-2.5, 1e-2, 10**-1.5, 1e-1)  # pixels
DEFORMATIONS = (0.1, 0.5, 1.0, 2.0)
TRANSLATIONS = (0.1, 0.5, 1.0, 2.0, 4.0)
JOINT = (0.5, 1.0, 2.0)


@check("C63", verdict="holds", where=WHERE)
def ordering(tier: Tier) -> Checks:
    r"""Deformed digits: NTK against CKN

    The same deformation, translation, or both, takes a digit farther in the space of the tangent kernel than in that of
    the convolutional kernel: the mean of $\|\Phi(x')-\Phi(x)\|/\|\Phi(x)\|$ is larger for the NTK.
    """
    found = distances(enlarged_digits(), _sizes(tier, DEFORMATIONS, JOINT, TRANSLATIONS), tier.rng)
    yield _setup(found)
    yield from _ordered(found, tier)


@check(
    "C63b",
    verdict="holds",
    where="Bietti & Mairal 2019 (NeurIPS), the bounds of stability; the figure does not show it",
)
def exponents(tier: Tier) -> Checks:
    r"""Small deformations: exponents 1 and 1/2

    For small deformations and translations of $\alpha$ pixels the CKN's distance is proportional to $\alpha$ and the
    NTK's to $\alpha^{1/2}$: to the root of the CKN's, with a constant that depends on the image and on where it moves.
    """
    found = distances(enlarged_digits(), _sizes(tier, SMALL, (), SMALL, others=2), tier.rng)
    yield from _exponents(found)


@check("C63c", verdict="holds", where=f"{WHERE}: the levels of same and any label")
def levels(tier: Tier) -> Checks:
    r"""Deformed digits against other digits

    In both spaces a digit deformed by half a pixel is nearer than other images of its label. In units of the mean
    distance to these the NTK is less stable than the CKN for $\alpha\leq 0.25$; from $\alpha=1.5$ on the means of the
    two differ by less than a tenth, as far as so few digits can tell.
    """
    sizes = tier.pick(
        quick=Sizes(6, 1, 3, (0.05, 0.25, 0.5, 1.5), (), ()),
        full=Sizes(8, 2, 12, (0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0), (), ()),
    )
    found = distances(enlarged_digits(), sizes, tier.rng)
    yield from _levels(found, tier)


@check("C63d", verdict="holds", where=WHERE)
def on_mnist(tier: Tier) -> Checks:
    """Deformed digits of MNIST

    The same on MNIST: NTK distances are larger for each size of deformations and translations, with exponents 1/2 and 1
    where these are small.
    """
    source = mnist(tier.data)
    if source is None:
        yield not_run("needs --data with the IDX files of MNIST, or a folder mnist that holds them")
        return
    found = distances(source, _sizes(tier, DEFORMATIONS, JOINT, TRANSLATIONS), tier.rng)
    yield _setup(found)
    yield from _ordered(found, tier)
    small = SMALL[::2]
    yield from _exponents(distances(source, _sizes(tier, small, (), small, others=2), tier.rng))


# -- evidence -------------------------------------------------------------------------------------------


def _sizes(
    tier: Tier, alphas: tuple[float, ...], joint: tuple[float, ...], shifts: tuple[float, ...], others: int = 4
) -> Sizes:
    references, fields = tier.pick(quick=(4, 1), full=(8, 2))
    if tier.quick and others == 4:
        others = 2
    return Sizes(references, fields, others, alphas, joint, shifts)


def _setup(found: Distances) -> Evidence:
    source = {
        "scikit-learn": "the digits of scikit-learn, enlarged to 28 x 28 pixels by cubic B-splines",
        "MNIST": "the test images of MNIST",
    }[found.digits]
    sizes = found.sizes
    return note(
        f"{sizes.references} references, digits 5, among {source}; {sizes.fields} deformations and translations "
        "of each. The paper takes them from infinite MNIST; here they are smooth random fields "
        "(correlated over 6 pixels) with a root mean square of $\\alpha$ pixels, and translations; 'both' adds "
        f"a translation of up to {FARTHEST:g} pixels along each axis. Largest "
        f"$|\\nabla\\tau|$: {found.folding:.2f}. Standard errors over the references."
    )


def _ordered(found: Distances, tier: Tier) -> Checks:
    every = (found.deformed, found.joint, found.translated)
    scores, said = [], []
    for kind, values in zip(("deformed", "both", "translated"), every, strict=True):
        gap, of_gap = mean_and_error(values[1] - values[0])
        scores += list(gap / of_gap)
        means = [mean_and_error(v)[0] for v in values]
        said.append(f"{kind}: " + ", ".join(f"{c:.3f} and {n:.3f}" for c, n in zip(*means, strict=True)))
    least = tier.pick(quick=3.0, full=5.0)
    label = "mean of NTK less CKN over its standard error, paired, at each size"
    why = tier.pick(quick="3 degrees of freedom: 3 %", full="7 degrees of freedom: 0.1 %")
    yield bound(label, scores, lower=least, why=why, detail=f"means of CKN and NTK by size, {'; '.join(said)}")
    label = "NTK less CKN for each image, over all sizes"
    why = "the distances are right to 1e-7; the least gap is some 5e-3"
    yield bound(label, np.concatenate([(v[1] - v[0]).ravel() for v in every]), lower=1e-3, why=why)
    other = np.concatenate([found.same, found.any], axis=-1)
    gap, of_gap = mean_and_error((other[1] - other[0]).mean(axis=-1, keepdims=True))
    label = "the same for pairs of different images, mean over its standard error"
    why = f"no property of deformations alone; larger in {np.mean(other[1] > other[0]):.1%} of these pairs"
    yield bound(label, float((gap / of_gap)[0]), lower=least, why=why)


def _exponents(found: Distances) -> Checks:
    sizes = found.sizes
    for kind, pixels, values in (
        ("deformed", sizes.alphas, found.deformed),
        ("translated", sizes.shifts, found.translated),
    ):
        where = f"{found.digits}, {kind}, {min(pixels):g} to {max(pixels):g} pixels"
        ckn, ntk = values
        label = f"exponent of the CKN's distances, {where}"
        why = "the next term is of relative order of the pixels, 0.1 at the largest, over two decades"
        yield measured_against(label, slopes(pixels, ckn).ravel(), 1.0, atol=0.03, why=why)
        extra = np.sqrt(ntk**2 - ckn**2)
        label = rf"exponent of $(d_{{NTK}}^2-d_{{CKN}}^2)^{{1/2}}$, {where}"
        why = "as for the CKN; faint patches, which turn at once, are worth some percent of the root"
        yield measured_against(label, slopes(pixels, extra).ravel(), 0.5, atol=0.04, why=why)
        few = sum(size <= 0.0101 for size in pixels)
        constant = extra**2 / ckn
        yield bound(
            rf"$(d_{{NTK}}^2-d_{{CKN}}^2)/d_{{CKN}}$ at {pixels[few - 1]:g} pixels over that at {pixels[0]:g}, {kind}",
            (constant[..., few - 1] / constant[..., 0]).ravel(),
            lower=0.9,
            upper=1.2,
            why="a constant of each image and field: between these its values are "
            f"{constant[..., 0].min():.3g} to {constant[..., 0].max():.3g}",
        )


def _levels(found: Distances, tier: Tier) -> Checks:
    alphas = np.array(found.sizes.alphas)
    same = found.same.mean(axis=-1)  # (2, R)
    relative = found.deformed / same.mean(axis=-1)[:, None, None, None]
    means = relative.mean(axis=(1, 2))
    half = int(np.flatnonzero(alphas == 0.5)[0])
    label = "deformed by 0.5 pixels over other images of the label, mean distances"
    yield bound(label, means[:, half], upper=0.8, why="clearly nearer: 1 is where they meet")
    gap, error = mean_and_error(relative[1] - relative[0])
    label = r"NTK less CKN in these units over its standard error, $\alpha\leq 0.25$"
    why = "paired, 1 %; the mean distance to other images is taken as known"
    yield bound(label, (gap / error)[alphas <= 0.25], lower=3.0, why=why)
    late = alphas >= 1.5
    quotient = ", ".join(f"{ratio:.2f}" for ratio in means[1, late] / means[0, late])
    label = r"the same difference without three standard errors, over the CKN's distance, $\alpha\geq 1.5$"
    why = "a tenth, and chance"
    detail = f"NTK over CKN: {quotient}; {means[1, 0] / means[0, 0]:.2f} at {alphas[0]:g} pixels"
    yield bound(label, ((np.abs(gap) - 3 * error) / means[0])[late], upper=0.1, why=why, detail=detail)
