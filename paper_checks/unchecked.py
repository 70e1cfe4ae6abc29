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

UNCHECKED = (
    Unchecked(
        "C60",
        "J",
        "Ridge regression on CIFAR-10",
        r"Two layers with 3x3 patches: 86.63 percent (ReLU, random features), 87.19 (ReLU, tangent kernel), 87.93 "
        r"($e^{(u-1)/\sigma^2}$, $\sigma = 0.6$); three layers 88.2. Zero padding; Gaussian pooling of $2q+1$ "
        r"taps, normalised to sum 1, whose output $i$ reads $q\,i, \ldots, q\,i+2q$; the sum over the last "
        r"positions; $\alpha = (K+n\lambda I)^{-1}y$ with labels one-hot less 0.1. The accuracy is that of the "
        r"best $\lambda$ on the test images.",
        "slide of the table; the code with Bietti 2021",
    ),
)
