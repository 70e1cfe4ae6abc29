"""Claims of the sources for which there is no check yet: they stand in the list of claims without a verdict."""

from typing import NamedTuple


class Unchecked(NamedTuple):
    """A claim without a check: what it says, and where."""

    number: str
    section: str
    title: str
    statement: str
    where: str


SPACES = "F", "What the RKHS on the sphere contains"
CONVOLUTIONAL = "I", "What the RKHS of convolutional kernels contains"
EXPERIMENTS = "J", "Experiments"

UNCHECKED: tuple[Unchecked, ...] = ()
