r"""Other densities: Gaussian data, any data, the cube

What the spectrum on the sphere says where data are not uniform on it.
"""

import math
from fractions import Fraction

import numpy as np
import sympy as sp

import kernelspec as ks
from kernelspec.rkhs.capacity_on_sphere import Capacity
from kernelspec.sphere.cube import monomial_on_cube
from paper_checks.registry import *


@check("L19", verdict="proved", where="derived here")
def gaussian_data(tier: Tier) -> Checks:
    r"""Gaussian data

    For $K(x,y)=|x||y|\kappa(\cos)$ and $x\sim N(0,I_d)$ the eigenvalues are $d\,\mu_k$, each $N(d,k)$ times, with the
    eigenfunctions $|x|Y_k(x/|x|)$, and 0. For any density that is invariant under rotations they are
    $E|x|^2\,\mu_k$.
    """
    yield step(
        "polar coordinates",
        r"Under an invariant density $|x|$ and $\omega=x/|x|$ are independent, $\omega$ uniform on the sphere.",
    )
    d, r = sp.symbols("d r", positive=True)
    second, whole = (sp.integrate(r ** (d - 1 + p) * sp.exp(-(r**2) / 2), (r, 0, sp.oo)) for p in (2, 0))
    yield exact(r"$E|x|^2$ of $N(0,I_d)$", sp.gammasimp(second / whole), d, by="sympy, for every d")
    yield step(
        "the harmonics are eigenfunctions",
        r"$E_y|x||y|\kappa(\cos)|y|Y_k(y/|y|)=|x|\,E|y|^2\,E_\omega\kappa(\langle x/|x|,\omega\rangle)Y_k(\omega)="
        r"E|y|^2\mu_k\,|x|Y_k(x/|x|)$, by the formula of Funk and Hecke (claim 6).",
    )
    yield step(
        "there are no others",
        r"$K(x,\cdot)=|x||\cdot|\sum_k\mu_k\sum_mY_{k,m}Y_{k,m}$ (claim 7) lies in the closed span of the "
        r"functions $|x|Y_k$, which are orthogonal; what is orthogonal to all of them is mapped to 0.",
    )
    yield conclusion("The three steps name all eigenfunctions of an invariant density; the Gaussian has $E|x|^2=d$.")
    kernel, n, repeats = ks.ntk(3), tier.pick(quick=500, full=1500), 10
    found = []
    for _ in range(repeats):
        eig = np.linalg.eigvalsh(kernel.gram(tier.rng.standard_normal((n, 3))) / n)[::-1]
        found.append([eig[0], eig[1:4].mean(), eig[4:9].mean()])
    error = np.std(found, axis=0, ddof=1) / math.sqrt(repeats)
    yield measured_against(
        f"eigenvalues of ntk(3) for {repeats} samples of {n} Gaussian points in $R^3$, over 3 $\\mu_k$",
        np.mean(found, axis=0) / (3 * kernel.spectrum(3)[0:3]),
        np.ones(3),
        atol=float(np.max(4 * error / (3 * kernel.spectrum(3)[0:3]))) + 8 / n,
        why="4 standard errors of the means, and the bias of order 1/n of the eigenvalues of a sample",
        at=["k = 0", "k = 1", "k = 2"],
    )


@check("L19a", verdict="proved", where="derived here, by the averaging of Kiefer 1974")
def any_data(tier: Tier) -> Checks:
    r"""Any data: uniform data are the worst case

    The eigenvalues of $K/n$ of any $n$ points on the sphere majorise the $\mu_k$, each $N(d,k)$ times. So effective
    dimension, information gain and the error of the best rank $r$ are at most those of the uniform density; off the
    sphere, for $|x||y|\kappa(\cos)$, at most those of $\mathrm{mean}|x|^2\mu_k$.
    """
    yield step(
        "the average over rotations",
        r"$T=\frac1n\sum\varphi(x_i)\otimes\varphi(x_i)$ has the eigenvalues of $K/n$. Rotations $g$ act on the RKHS "
        r"by unitary $U_g$ with $U_g\varphi(x)=\varphi(gx)$; the average of $U_gTU_g^*$ is the operator of the uniform "
        r"density (times mean $|x|^2$ off the sphere).",
    )
    yield step(
        "sums of the largest eigenvalues",
        r"$S_r(T)=\max\,\mathrm{Tr}\,PT$ over projections of rank $r$ (Fan) is convex and the same for $U_gTU_g^*$, so "
        r"that the average's is at most $S_r(T)$. The traces are $\kappa(1)$ (times mean $|x|^2$) for both.",
    )
    yield conclusion(
        r"That is majorisation for every $r$; sums of a concave $f$ with $f(0)=0$ are at most those of the majorised "
        "sequence (Hardy, Littlewood and Polya)."
    )
    ratios, rows = [], []
    kernel, d = ks.ntk(3), 4
    space = Capacity(kernel, d)
    for name, n in (("uniform", 200), ("clustered", 200), ("antipodes", 200), ("signs", 16), ("repeated", 100)):
        X = tier.rng.standard_normal((n, d))
        if name == "clustered":
            X = X[:5][tier.rng.integers(0, 5, n)] + 0.1 * X
        elif name == "antipodes":
            X[n // 2 :] = -X[: n // 2]
        elif name == "signs":
            X = np.sign(X)
        elif name == "repeated":
            X = X[tier.rng.integers(0, 20, n)]
        X /= np.linalg.norm(X, axis=1)[:, None]
        eig = np.clip(np.linalg.eigvalsh(kernel.gram(X) / n), 0, None)[::-1]
        for lam in (0.1, 0.01):
            value, most = float(np.sum(eig / (eig + lam))), space.worst_effective_dimension(lam, n)
            ratios.append(value / most)
            rows.append([name, n, lam, value, most, space.effective_dimension(lam)])
        tails = np.append(np.cumsum(eig[::-1])[::-1], 0.0)[:n]
        ratios.append(float(np.max(tails / space.worst_tail(n, np.arange(n)))))
    yield bound("effective dimensions and rank-r errors over their bounds", ratios, upper=1 + 1e-12, why="of rounding")
    yield table("Effective dimension", ["data on $S^3$", "n", "lambda", "data", "bound", "uniform"], rows)


@check("L19b", verdict="proved", where="derived here")
def cube_and_sphere(tier: Tier) -> Checks:
    r"""Where the sphere's rates fail on the cube

    On $\{-1,1\}^d$, with $u=\langle x,y\rangle/d$, the eigenvalue of $u^k$ on the parities of $k$ coordinates is
    $k!/d^k$, that on the sphere $k!/(d(d+2)\cdots(d+2k-2))$. Their ratio $\prod_{i<k}(1+2i/d)$ lies between
    $e^{k(k-1)/(d+2k)}$ and $e^{k(k-1)/d}$: the two spectra part where $k^2$ is of the order of $d$.
    """
    yield step(
        "the cube",
        r"In $\langle x,y\rangle^k$ the monomials that are a product of $k$ different $x_iy_i$ come $k!$ times each; "
        "all others are parities of fewer coordinates.",
    )
    cases = [(d, k) for d in (3, 10, 100) for k in range(1, 12) if k <= d]
    label = r"$k!/d^k$, $d=3,10,100$, $k<12$"
    yield exact(
        label, [monomial_on_cube(d, k)[k] for d, k in cases], [Fraction(math.factorial(k), d**k) for d, k in cases]
    )
    yield step("the sphere", r"Claim 10 with $m=k$: $k!\,\Gamma(d/2)/(2^k\Gamma(k+d/2))=k!/\prod_{i<k}(d+2i)$.")
    label = r"the ratio, by the library's eigenvalue of $u^k$"
    ratio = [monomial_on_cube(d, k)[k] / ks.sphere.monomial_eigenvalue_exact(d, k, k) for d, k in cases]
    yield exact(label, ratio, [math.prod(1 + Fraction(2 * i, d) for i in range(k)) for d, k in cases])
    yield step(
        "the bounds", r"$\frac{x}{1+x}\leq\log(1+x)\leq x$ at $x=2i/d$, with $1+x\leq(d+2k)/d$; $\sum_{i<k}2i=k(k-1)$."
    )
    yield conclusion(
        "The three steps hold for every $d$ and $k\\leq d$; the exponents are of order 1 where $k^2\\sim d$."
    )
    printed = [(10, 2, 1.26), (10, 4, 4.83), (10, 10, 1004), (100, 10, 2.48), (100, 20, 48), (1000, 10, 1.09)]
    found = [ks.ntk(3).spectrum(d, domain="cube").table([k])[0]["ratio"] for d, k, _ in printed]
    yield measured_against(
        "ntk(3): $\\xi_k/\\mu_k$ as it was tried before",
        found,
        [x for _, _, x in printed],
        rtol=0.005,
        why="three digits were kept",
        at=[f"d = {d}, k = {k}" for d, k, _ in printed],
    )
