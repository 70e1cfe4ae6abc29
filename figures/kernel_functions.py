"""The kernels as functions of u, and how they leave kappa(1) near u = 1."""

from __future__ import annotations

from kernelspec.plots import functions
from kernelspec.plots.functions import Functions

NAME = "kernel-functions"
TITLE = "The kernels as functions of the cosine"
CAPTION = r"""
Kernels over their value at $u = 1$. (a) Random-feature kernels of ReLU networks of $L$ layers. (b) Their tangent
kernels, whose bend at $u = 1$ tightens with depth while the rest flattens towards $1/4$. (c) Several kernels:
two-layer ones of the activations $\max(0, u)^s$, the step being $s = 0$; deeper networks; the Laplace kernel
$e^{-c\sqrt{1-u}}$. (d) The distance from the top, $1 - \kappa(u)/\kappa(1)$, against $1 - u$; the number after each
name is its power of $1 - u$. RF and $\mathrm{ReLU}^2$ leave the top with the power $1$; NTK, Laplace and the
two-layer step kernel with $1/2$, and each further step layer halves it. In the shaded part $u$ itself is $1$ in
float64; the library reads the kernel from the angle, here down to $\theta = 10^{-15}$.
"""
ORDER = 10

draw, table = functions.draw, functions.table


def compute(
    quick: bool = False, *, depths: tuple[int, ...] = functions.DEPTHS, kernels: tuple[str, ...] = functions.KERNELS
) -> Functions:
    """The values of all curves; `quick` takes fewer points."""
    return functions.functions(depths, kernels, 101 if quick else 401)
