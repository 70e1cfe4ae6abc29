"""What the sources print: percentages with their sizes and their source, as data (claims 60 and 61)."""

from __future__ import annotations

from dataclasses import dataclass

_SLIDES = "slide of the table of Cifar10"
_PAIRS = "slide of the second table of Cifar10"
_IMAGES = "Bietti & Bach 2021, table of MNIST and Fashion-MNIST"
FULL = 50_000


@dataclass(frozen=True)
class Printed:
    """One printed number.

    Parameters
    ----------
    accuracy : in per cent, on the 10,000 test images.
    train : training images.
    way : "exact" or "nystrom".
    spread : what stands behind ±, the population standard deviation over five splits; None where nothing does.
    source : where it is printed.
    selection : how lambda was chosen: "validation" or "test".
    """

    accuracy: float
    train: int
    way: str
    source: str
    selection: str
    spread: float | None = None


def images(accuracy: float, spread: float) -> tuple[Printed, ...]:
    """A number of the table of claim 61."""
    return (Printed(accuracy, FULL, "exact", _IMAGES, "validation", spread),)


def architectures(accuracy: float) -> tuple[Printed, ...]:
    """A number of the first table of claim 60, whose script looks for the best lambda on the test images."""
    return (Printed(accuracy, FULL, "exact", _SLIDES, "test"),)


def pairs(some: float, full: float | None, nystrom: float) -> tuple[Printed, ...]:
    """A line of the second table of claim 60: exact with 10,000 and with all images, Nystrom with all."""
    found = [Printed(some, 10_000, "exact", _PAIRS, "test")]
    if full is not None:
        found.append(Printed(full, FULL, "exact", _PAIRS, "test"))
    return (*found, Printed(nystrom, FULL, "nystrom", _PAIRS, "test"))


MNIST = {
    "RF": ((98.60, 0.03), (98.67, 0.03), (98.66, 0.02), (98.65, 0.04)),
    "NTK": ((98.49, 0.02), (98.53, 0.02), (98.49, 0.01), (98.46, 0.02)),
    "Laplace": ((98.39, 0.02),),
}
FASHION = {
    "RF": ((90.75, 0.11), (90.87, 0.16), (90.89, 0.13), (90.88, 0.08)),
    "NTK": ((90.65, 0.07), (90.62, 0.08), (90.55, 0.07), (90.50, 0.05)),
    "Laplace": ((90.38, 0.06),),
}
