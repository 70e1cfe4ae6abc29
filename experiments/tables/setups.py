"""The rows of the tables as data: a name, a kernel or a network, the lambdas, the printed numbers.

Claim 61: homogeneous kernels |x||y| kappa(cos) of whole images, with one depth a row. Claim 60: networks of 3x3 patches
with zero padding; two layers that pool by 2 and by 5, three that pool by 2, sixteen of which the last alone is
averaged over all positions (Li et al. 2019), nine whose every third is averaged over 2x2 positions (Shankar et al.
2020; with the ridge regression behind them their table counts ten). Polynomial kernels of patches are |z||z'| cos^k.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import kernelspec as ks
from experiments.image_regression import LAMBDAS
from experiments.tables import printed
from experiments.tables.printed import Printed
from kernelspec import ckn

TABLES = ("mnist", "fashion", "cifar10")
DEPTHS = (2, 3, 4, 5)
GRID = tuple(float(f"1e-{k}") for k in range(4, 12))  # of claim 60
FLOOR = 1e-6  # of the norms of patches, in the released code of claim 60


@dataclass(frozen=True)
class Row:
    """One row of a table: what is compared with the printed numbers.

    Parameters
    ----------
    table : "mnist", "fashion" or "cifar10".
    name : of the row, one of its kind in the table.
    kernel : a zonal kernel of whole images, or a network.
    lambdas : the grid, from the largest on.
    printed : numbers of the sources.
    depth : of the kernel where the table has rows of several depths, else None.
    tangent : whether it is the tangent kernel of the network.
    flips : whether every training image is there with its mirror image as well.
    relative : whether the grid is of shares of the mean of the diagonal of K, which layers of 3x3 patches multiply by
        up to 9 each: in deep networks the last digit of K would be above every lambda.
    """

    table: str
    name: str
    kernel: ks.Zonal | ckn.Network
    lambdas: tuple[float, ...]
    printed: tuple[Printed, ...]
    depth: int | None = None
    tangent: bool = False
    flips: bool = False
    relative: bool = False

    @property
    def setup(self) -> dict[str, object]:
        """What tells the row's kernel from others, as plain data."""
        found: dict[str, object] = {"kernel": repr(self.kernel), "tangent": self.tangent, "flips": self.flips}
        return {**found, "relative": True} if self.relative else found


def rows(table: str) -> tuple[Row, ...]:
    """All rows of a table, in its order.

    Raises ValueError for another table.

    >>> [row.name for row in rows("mnist")][:5]
    ['RF, L = 2', 'RF, L = 3', 'RF, L = 4', 'RF, L = 5', 'NTK, L = 2']
    """
    if table == "cifar10":
        return _cifar10()
    if table not in TABLES:
        raise ValueError(f"table must be one of {', '.join(TABLES)}; got {table!r}")
    numbers = printed.MNIST if table == "mnist" else printed.FASHION
    found = []
    for family, kernel in (("RF", ks.rf), ("NTK", ks.ntk)):
        for depth, number in zip(DEPTHS, numbers[family], strict=True):
            name = f"{family}, L = {depth}"
            found.append(Row(table, name, kernel(depth), LAMBDAS, printed.images(*number), depth))
    laplace = printed.images(*numbers["Laplace"][0])
    return (*found, Row(table, "Laplace, c = 1", ks.laplace(1), LAMBDAS, laplace))


def chosen(table: str, names: Sequence[str] = (), depths: Sequence[int] = ()) -> tuple[Row, ...]:
    """The rows that are named, by their whole names or by the words that these begin with, of the depths named.

    Without names, all rows; without depths, all depths. A row without a depth is left out only by its name.

    Raises ValueError for a name that no row has, and for a depth that no row of these names has.

    >>> [row.name for row in chosen("fashion", ["ntk", "Laplace"], [2, 5])]
    ['NTK, L = 2', 'NTK, L = 5', 'Laplace, c = 1']
    """
    there, named = rows(table), set[str]()
    for name in names:
        found_by_name = _named(there, name)
        if not found_by_name:
            known = "; ".join(row.name for row in there)
            raise ValueError(f"--rows {name!r}: the table {table} has no such row; it has {known}")
        named |= found_by_name
    found = tuple(row for row in there if not names or row.name in named)
    for depth in depths:
        if not any(row.depth == depth for row in found):
            known = ", ".join(str(depth) for depth in sorted({row.depth for row in found if row.depth})) or "none"
            raise ValueError(f"--depths {depth}: the rows of the table {table} have the depths {known}")
    return tuple(row for row in found if not depths or row.depth is None or row.depth in depths)


def _named(there: Sequence[Row], name: str) -> set[str]:
    """The row of this name, or all whose names begin with these words."""
    wanted = name.strip().casefold()
    alone = {row.name for row in there if row.name.casefold() == wanted}
    return alone or {
        row.name for row in there if wanted and row.name.casefold().startswith((f"{wanted},", f"{wanted} "))
    }


# -- claim 60 ------------------------------------------------------------------------------------------------


def _cifar10() -> tuple[Row, ...]:
    exp, relu = ks.exponential(0.6), ks.arccos(1)
    square, cube = ks.polynomial(2), ks.polynomial(3)
    two, li = _pooled((relu, 2), (relu, 5)), _pool_last(relu, 16)
    # Shankar et al. 2020 have e^{u-1}: with sigma = 0.6, nine layers make all cosines of different images one number.
    shankar = _pool_every_third(ks.exponential(1), 9)
    found = [
        _row("2 layers, ReLU RF", two, printed.architectures(86.63)),
        _row("2 layers, ReLU NTK", two, printed.architectures(87.19), tangent=True),
        _row(
            "2 layers, exp-exp",
            _pooled((exp, 2), (exp, 5)),
            printed.architectures(87.93) + printed.pairs(80.5, 87.9, 84.1),
        ),
        _row("3 layers, exp", _pooled((exp, 2), (exp, 2), (exp, 2)), printed.architectures(88.2)),
        _row("16 layers, ReLU RF", li, printed.architectures(87.28), relative=True),
        _row("16 layers, ReLU NTK", li, printed.architectures(86.77), tangent=True, relative=True),
        _row("10 layers, exp", shankar, printed.architectures(88.2), relative=True),
        _row("10 layers, exp, flips", shankar, printed.architectures(90.0), flips=True, relative=True),
    ]
    for name, first, second, numbers in (
        ("exp-poly3", exp, cube, printed.pairs(80.5, 87.7, 84.1)),
        ("exp-poly2", exp, square, printed.pairs(79.4, 86.9, 83.4)),
        ("poly2-exp", square, exp, printed.pairs(77.4, None, 81.5)),
        ("poly2-poly2", square, square, printed.pairs(75.1, None, 81.2)),
        ("exp-linear", exp, ks.linear(), printed.pairs(74.2, None, 76.3)),
    ):
        found.append(_row(f"2 layers, {name}", _pooled((first, 2), (second, 5)), numbers))
    return tuple(found)


def _row(
    name: str,
    network: ckn.Network,
    numbers: tuple[Printed, ...],
    tangent: bool = False,
    flips: bool = False,
    relative: bool = False,
) -> Row:
    return Row("cifar10", name, network, GRID, numbers, None, tangent, flips, relative)


def _pooled(*layers: tuple[ks.Zonal, int]) -> ckn.Network:
    """Layers of 3x3 patches, each with the Gaussian filter of its scale, which is its stride."""
    return ckn.Network([ckn.Layer(3, kappa, ckn.gaussian(q), stride=q) for kappa, q in layers], floor=FLOOR)


def _pool_last(kappa: ks.Zonal, depth: int) -> ckn.Network:
    return ckn.Network([ckn.Layer(3, kappa)] * depth, output="mean", floor=FLOOR)


def _pool_every_third(kappa: ks.Zonal, depth: int) -> ckn.Network:
    """Averages of 2x2 positions behind every third layer, and of all positions at the end: they know no left."""
    plain, pooled = ckn.Layer(3, kappa), ckn.Layer(3, kappa, ckn.average(2), stride=2)
    layers = [pooled if number % 3 == 0 else plain for number in range(1, depth + 1)]
    return ckn.Network(layers, output="mean", floor=FLOOR)
