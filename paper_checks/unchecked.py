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
        "C32",
        "F",
        "Eigenvalues and derivatives",
        r"$\mu_k \sim k^{-2\beta}$ if and only if the norm of the RKHS is equivalent to that of "
        r"$\Delta^{\beta/2}f$ in $L_2$, but for constants. $\beta = d/2+1$ for random features, $d/2$ for tangent "
        r"and Laplace kernels, $d/2+s$ for $\kappa_s$; the trace is finite where $\beta > (d-1)/2$.",
        "Bietti & Bach 2021",
    ),
    Unchecked(
        "C33",
        "F",
        "Smooth functions are in the RKHS",
        r"An even function on the sphere with derivatives up to order $s \geq d/2$ bounded by $\eta$ has $|f| \leq "
        r"C(d)\eta$ in the RKHS of the tangent kernel; $s \geq d/2+1$ for random features. The slide leaves out "
        r"that $f$ is even: without it and without bias $Y_{3,1}$ is smooth and, at $L = 2$, not in the RKHS, "
        r"since $\mu_3 = 0$.",
        "slide on smoothness; recalled from Bach 2017 and Bietti & Mairal 2019 (NeurIPS)",
    ),
    Unchecked(
        "C34",
        "F",
        "Approximation of Lipschitz functions",
        r"For $f$ even with $|f| \leq \eta$ and Lipschitz constant $\eta$ there is a $g$ of norm $\delta$ with "
        r"$\sup|f-g| \leq C(d)\eta(\delta/\eta)^{-1/(d/2-1)}\log(\delta/\eta)$ for the tangent kernel; the "
        r"exponent is $-1/(d/2)$ for random features and $-1/(s+(d-2)/2)$ for $\kappa_s$.",
        "recalled from Bach 2017 and Bietti & Mairal 2019 (NeurIPS)",
    ),
    Unchecked(
        "C35",
        "F",
        "The RKHS of the tangent kernel is slightly larger",
        r"On even functions the RKHS of random features lies in that of the tangent kernel: "
        r"$\mu_k^{\mathrm{RF}}/\mu_k^{\mathrm{NTK}}$ is bounded, and tends to 0 like $k^{-2}$.",
        "slide on smoothness",
    ),
    Unchecked(
        "C59",
        "I",
        "Products of kernels",
        r"The RKHS of $k\otimes k$ contains $f_1f_2$; its eigenvalues $\mu_k\mu_l$ fall as a product, where those "
        r"of a kernel on pairs of patches fall with the dimension of the pair.",
        "slide on two layers",
    ),
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
