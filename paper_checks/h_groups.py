r"""Convolutional kernels: groups of turns and reflections

P, M and A on signals over a group commute with its left action, so that pooling over the group gives invariance.
The definitions are written out in `oracle.groups`; digits are turned in `rotated`.
"""

import itertools

import numpy as np

import kernelspec as ks
from experiments import datasets
from experiments import rotated_digits as rotated
from kernelspec.ckn import groups
from kernelspec.ckn.groups.operators import patch_reads
from oracle import groups as oracle
from oracle.groups import GroupStep
from paper_checks.registry import *

JMLR = "Bietti & Mairal 2019 (JMLR), section on groups; the slide on $G$-equivariant kernels"


@check("C51g", verdict="proved", where=JMLR)
def equivariance(tier: Tier) -> Checks:
    r"""On a group: equivariant layers, invariance by pooling

    With $L_gx(v)=x(g^{-1}v)$ on a group $G$, patches $Px(v)=(x(vc))_{c\in S}$, $M$ position by position and pooling
    $Ax(v)=\sum_c x(vc)h(c)=\sum_c x(c)h(v^{-1}c)$ commute with every $L_g$; the average of the last map over $G$ is
    invariant, and $\sum_rx(rv)$ over a subgroup is so under that subgroup. So are those of $Z_N^2\rtimes D_4$, and,
    under quarter turns and reflections, those of square images with zero borders.
    """
    n = tier.pick(quick=3, full=5)
    yield step(
        "$P$, $M$ and $A$ commute with $L_g$",
        r"The product is associative: $(PL_gx)(v)=(x(g^{-1}(vc)))_c=(x((g^{-1}v)c))_c=(L_gPx)(v)$, and so for"
        r" $A$, term by term. $M$ acts at each $v$ alone. With $c'=vc$ the two sums for $A$ are one.",
    )
    yield step(
        "averages are invariant",
        r"$\sum_v(L_gy)(v)=\sum_vy(g^{-1}v)$ and, over a subgroup that has $g$, $\sum_r(L_gy)(rv)="
        r"\sum_ry(g^{-1}rv)$ run over the same terms.",
    )
    yield step(
        "images with zero borders",
        "An image on a square is a signal on $Z^2$ that is 0 outside it; quarter turns and reflections about its "
        "middle keep square and grid, also that of every second position where the middle is on it, and form a group.",
    )
    yield conclusion(
        r"Associativity of the product is all that the first two steps use, so that they hold on every group with"
        r" a finite or invariant sum; below, the product, the library's tables and two networks in integers."
    )
    point = oracle.quarter_turns(reflections=True)
    product = oracle.multiplication_table(n, point)
    size = len(product)
    associative = all(np.array_equal(product[product[g]], product[g][product]) for g in range(size))
    yield exact(
        rf"$g(vc)=(gv)c$ for all {size}$^3$ triples of $Z_{n}^2\rtimes D_4$: right translations, of which $P$ and "
        "$A$ are made, commute with left ones",
        associative,
        by="integers",
    )
    identity = int(np.flatnonzero((product == np.arange(size)).all(axis=1))[0])
    inverse = (product == identity).argmax(axis=1)
    x, h = tier.rng.integers(-9, 10, (2, size))
    left = [int(x[product[v]] @ h) for v in range(size)]
    right = [int(x @ h[product[inverse[v]]]) for v in range(size)]
    yield exact(r"$\sum_c x(vc)h(c)=\sum_c x(c)h(v^{-1}c)$ at every $v$, random integers", left, right, by="integers")
    group = groups.dihedral(4)
    layer = groups.Layer(3, ks.linear(), border="circular")
    reads = patch_reads(group, layer, (n, n)).index[..., 0]
    offsets = [(a % n) * n + b % n for a, b in itertools.product((-1, 0, 1), repeat=2)]
    # Number ((r, row), column) of (u, r)(c, q), whose position and turn are the library's tables.
    spatial = product[:, offsets] % (n * n)
    turns = product[:: n * n][:, :: n * n] // (n * n)
    numbers = np.arange(group.order)
    label = rf"the library's tables of patches on the {n} x {n} torus are $(u,r)(c,q)$"
    found = [int(i) for i in (*reads.ravel(), *group.product(numbers[:, None], numbers).ravel())]
    yield exact(label, found, [int(i) for i in (*spatial.ravel(), *turns.ravel())], by="integers")
    yield from _integer_images(tier)


def _integer_images(tier: Tier) -> Checks:
    """Integer images of 5 x 5 with zero borders, through two layers in coordinates."""
    everything = tuple(range(8))
    for reflections in (False, True):
        point = oracle.quarter_turns(reflections)
        name = "$D_4$" if reflections else "$C_4$"
        steps = [
            GroupStep(2, "square", (1, 2, 1), 2),
            GroupStep(2, "linear", neighbours=everything[: len(point)], turn_taps=((0, 2), (1, 1))),
        ]
        x, y = tier.rng.integers(-3, 4, (2, 5, 5, 1))
        maps = [oracle.features(image, point, steps) for image in (x, y)]
        moved = [oracle.features(oracle.acted(x, point, g), point, steps) for g in range(len(point))]
        yield exact(
            f"the last map of $L_gx$ is $L_g$ of the last map, {name}, two layers, zero border, every second position",
            all(np.array_equal(m, oracle.acted_on_map(maps[0], point, g)) for g, m in enumerate(moved)),
            by="integers",
        )
        for output in ("mean", "orbit"):
            values = [int(oracle.inner(m, maps[1], point, output)) for m in moved]
            label = f"$K(L_gx,y)=K(x,y)$, {name}, {output} of the last map"
            yield exact(label, values, [values[0]] * len(values), by="integers")
        if not reflections:
            flipped = oracle.features(x[:, ::-1], point, steps)
            label = "not so for what is no element: $C_4$ and a reflection"
            yield exact(label, int(oracle.inner(flipped, maps[1], point, "orbit")) != values[0], by="integers")


@check("C51h", verdict="holds", where=f"{JMLR}: exact for all rotations, on the continuous group")
def interpolation(tier: Tier) -> Checks:
    r"""Quarter turns exactly, finer ones by interpolation

    On images $C_4$ and $D_4$ are exact. $C_m$ with finer turns reads between pixels: at scale $w$ (in pixels) with an
    error $\sim w^{-2}$ (bilinear) or $w^{-3}$ (cubic), and $\|\Phi(Rx)-\Phi(x)\|$ is small, not 0: for digits below 2 %
    of $\|\Phi(x)\|$ with $C_8$ and $C_{16}$, 8 % with $C_4$, and above 40 % without a group, in the root mean square
    over digits and at the worst angle.
    """
    yield from _order_of_interpolation()
    yield from _digits_turned(tier)


def _order_of_interpolation() -> Checks:
    """What a 3 x 3 patch turned by 45 degrees reads of a Gaussian, against the Gaussian."""
    n, widths = 33, np.array([8.0, 16.0, 32.0])
    axis = np.arange(n) - (n - 1) / 2
    c = np.array(list(itertools.product((-1, 0, 1), repeat=2)), dtype=np.float64)
    angle = 2 * np.pi / 8
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    for name, order in (("bilinear", 2), ("cubic", 3)):
        group = groups.cyclic(8, name)
        reads = patch_reads(group, groups.Layer(3, ks.linear()), (n, n)).matrix([1], slice(None))
        errors = []
        for w in widths:
            x = np.exp(-(axis[:, None] ** 2 + axis**2) / (2 * w * w))
            rows, columns = np.meshgrid(axis, axis, indexing="ij")
            points = np.stack([rows, columns], -1).reshape(-1, 1, 2) + c @ matrix.T
            true = np.exp(-np.sum(points**2, axis=-1) / (2 * w * w))
            found = (reads @ x.ravel()).reshape(true.shape)
            inside = (np.abs(points) < (n - 5) / 2).all(axis=-1)
            errors.append(np.abs(found - true)[inside].max())
        slopes = -np.diff(np.log(errors)) / np.log(2)
        label = f"{name}: the order in $1/w$ of the largest error of a patch, Gaussians of width 8, 16, 32 pixels"
        why = f"the next terms are smaller by $w^{{-1}}$ or $w^{{-2}}$; errors {errors[0]:.1e} to {errors[-1]:.1e}"
        yield measured_against(label, slopes, float(order), atol=0.15, why=why)


def _digits_turned(tier: Tier) -> Checks:
    pixels = datasets.digits().pixels.reshape(-1, 8, 8)
    angles = np.arange(0.0, 91.0, tier.pick(quick=22.5, full=7.5))
    shifts = np.array([0.25, 0.5, 1.0, 2.0])
    count = tier.pick(quick=4, full=8)
    names = ("plain", "C4", "C8") if tier.quick else ("plain", "C4", "C8", "C16")
    found = rotated.distances(pixels[:count], pixels[100 : tier.pick(quick=140, full=200)], names, angles, shifts)
    largest = dict(zip(found.names, found.by_angle.max(axis=1), strict=True))
    limits = {"C4": 0.08, "C8": 0.02, "C16": 0.02}
    for name in names[1:]:
        label = f"digits, {name}: the largest distance over the angles from 0 to 90°"
        why = "the statement, a quarter above what several samples of eight digits have"
        yield bound(label, largest[name], upper=limits[name], why=why)
    label = "digits, no group: the same"
    why = "more than between two different digits"
    yield bound(label, largest["plain"], lower=0.4, why=why, detail=f"these are {found.apart[0]:.3f} apart")
    label = "translations: the distance with a group over that without, all shifts"
    yield bound(label, found.by_shift[1:] / found.by_shift[0], upper=1.0, why="the stability in translations is kept")
