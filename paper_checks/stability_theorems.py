r"""The stability theorems, step by step: claims 43 and 48, on R^d and on pixels.

The constants of one commutator, of a displacement and of a deformation are those of
`stability_proofs`, whose words these are. `kernelspec.ckn.stability.continuum` and `transport`
compute with the theorems.
"""

import sympy as sp
from flint import arb

from oracle import deep as oracle
from paper_checks.registry import Checks, conclusion, exact, step, vanish


def decomposition() -> Checks:
    """Claim 43: n + 1 commutators on R^d, and the weights on pixels."""
    yield step(
        r"each layer keeps $L_\tau$ but for a commutator",
        r"$L_\tau$ moves positions and $M_k$ acts at each of them, so that $M_kL_\tau=L_\tau "
        r"M_k$. With $x_k$ the maps of $x$, $x_k'$ those of $L_\tau x$ and $B_k=P_kA_{k-1}$: "
        r"$M_kB_kx_{k-1}'-L_\tau M_kB_kx_{k-1}=M_kB_kx_{k-1}'-M_kL_\tau B_kx_{k-1}$, and "
        r"$B_kx_{k-1}'-L_\tau B_kx_{k-1}=B_k(x_{k-1}'-L_\tau x_{k-1})+[B_k,L_\tau]x_{k-1}$.",
    )
    b, moved, x, y = sp.symbols("B L x y", commutative=False)
    yield vanish(
        "the last identity, as words", b * y - moved * b * x - b * (y - moved * x) - (b * moved - moved * b) * x
    )
    yield step(
        r"what the layers do to norms and distances",
        r"$\|P_k\|=1$ with the normalised measure (claim 42), $\|A_k\|\leq1$ as $\|h\|_1=1$, $\|M_kz\|=\|z\|$ and"
        r" $\|M_kz-M_kz'\|\leq\rho_k\|z-z'\|$ for $\kappa_k(1)=1$ (claim 37a). So $\|x_k\|\leq\|x\|$, and"
        r" $e_k=\|x_k'-L_\tau x_k\|$ has $e_0=0$, as $x_0'=L_\tau x$, and $e_k\leq\rho_k(e_{k-1}+"
        r"\|[B_k,L_\tau]\|\,\|x\|)$. By induction on $k$, $e_k\leq\sum_{i\leq k}c_i\prod_{j=i}^k\rho_j$ with "
        r"$c_i=\|[B_i,L_\tau]\|\,\|x\|$: a layer multiplies every summand by $\rho_k$ and adds $\rho_kc_k$.",
    )
    size = 5
    rho, c = (sp.symbols(f"{name}1:{size + 1}", positive=True) for name in ("rho", "c"))
    found, total = [], sp.Integer(0)
    for k in range(size):
        total = sp.expand(rho[k] * (total + c[k]))
        closed = sum(sp.prod(rho[i : k + 1]) * c[i] for i in range(k + 1))
        found.append(sp.expand(total - closed))
    yield vanish(r"$e_k=\rho_k(e_{k-1}+c_k)$ less $\sum_{i\leq k}c_i\prod_{j=i}^k\rho_j$, $k\leq5$", *found)
    yield step("the last pooling", r"$A_nx_n'-A_nx_n=A_n(x_n'-L_\tau x_n)+[A_n,L_\tau]x_n+(L_\tau A_n-A_n)x_n$.")
    yield vanish(
        "its two sides, as words",
        b * y - b * x - b * (y - moved * x) - (b * moved - moved * b) * x - (moved * b - b) * x,
    )
    yield step(
        "the constants",
        r"Claim 44 for $[P_kA_{k-1},L_\tau]$, and with $r=0$ for $[A_n,L_\tau]$; claim 45 for "
        r"$L_\tau A_n-A_n$, with $\int_0^1(1-s\varepsilon)^{-d/2}ds\leq(1-\varepsilon)^{-d/2}$.",
    )
    yield from _pixels()
    yield conclusion(
        "The sum of the commutators, each carried on by the layers after it, for every $n$, "
        r"$d$, patch and $\varepsilon<1$; and the bound on pixels. What follows looks for "
        "violations on grids that stand for $R^d$, and on pixels."
    )


def _pixels() -> Checks:
    yield step(
        "pixels: weights that go backwards",
        r"For taps $A(u,v)\geq0$, by Cauchy and Schwarz, $|\sum_vA(u,v)z(v)|^2\leq\sum_vA(u,v)\sum_vA(u,v)|z(v)|^2$ "
        r"with $z$ the difference of two maps before pooling, which is at most $\rho_k$ times that of two patches, "
        "pixel by pixel. So weights $w$ on the last map give weights on its input, and at last on the pixels: "
        r"borders, strides and patches are in $w$, and $\|z\|_w^2=\sum_pw(p)|z(p)|^2$. Nothing is assumed of $x$; the "
        r"inputs are $A_0L_\tau x$ and $A_0x$.",
    )
    taps, z = sp.symbols("a1:5", positive=True), sp.symbols("z1:5", real=True)
    mass = sum(taps)
    slack = mass * sum(a * v**2 for a, v in zip(taps, z, strict=True))
    slack -= sum(a * v for a, v in zip(taps, z, strict=True)) ** 2
    squares = sum(taps[i] * taps[j] * (z[i] - z[j]) ** 2 for i in range(4) for j in range(i + 1, 4))
    yield vanish(
        r"the right side less the left one is $\sum_{v<v'}A(u,v)A(u,v')|z(v)-z(v')|^2$, four taps", slack - squares
    )


def tangent() -> Checks:
    """Claim 48: tangent maps of ReLU layers."""
    kappa, inner, size, other = sp.symbols("kappa_0 p a b", real=True)
    yield step(
        "one layer, at each position",
        r"$M(x,y)=(\varphi_0(x)\otimes y,\varphi_1(x))$ and $1-\kappa_0=\frac{\theta}{\pi}$ give "
        r"$|M(x,y)-M(x',y')|^2=|y-y'|^2+\frac{2\theta}{\pi}\langle y,y'\rangle+|\varphi_1(x)-\varphi_1(x')|^2$, and "
        "the last is at most $|x-x'|^2$ (claim 39).",
    )
    yield vanish(
        r"$|\varphi_0\otimes y-\varphi_0'\otimes y'|^2=|y|^2+|y'|^2-2\kappa_0\langle y,y'\rangle$ less $|y-y'|^2+"
        r"2(1-\kappa_0)\langle y,y'\rangle$",
        size**2 + other**2 - 2 * kappa * inner - (size**2 + other**2 - 2 * inner) - 2 * (1 - kappa) * inner,
    )
    yield step(
        r"$|y_k|^2\leq k|x_k|^2$ at each position",
        r"The induction of claim 63a has $\langle y_k(u),y_k(v)\rangle\leq k\langle x_k(u),x_k(v)\rangle$ for any "
        r"two positions of one signal, as taps are not negative; here $u=v$. On $R^d$ its sums over patches and "
        "taps are integrals.",
    )
    yield from _angle()
    yield step(
        r"pixels: the sum over layers and positions",
        r"With $|\langle y_k,y_k'\rangle|\leq k|x_k||x_k'|$ the layers add $\sum_{k\leq "
        r"n}k(\frac{2}{\pi}s+(\frac{1}{2}-\frac{1}{\pi})q)$ to $(n+1)q$, $q=\|x-x'\|_w^2$; squares add up over "
        r"positions with the weights of claim 43, and by Cauchy and Schwarz $s\leq(\|x\|_w\|x'\|_w)^{1/2}\|x-x'\|_w$.",
    )
    n = sp.Symbol("n", positive=True)
    k = sp.Symbol("k", positive=True, integer=True)
    half = sp.summation(k, (k, 1, n))
    yield exact(
        r"$\frac{2}{\pi}\sum_{k\leq n}k$ over $\frac{n(n+1)}{\pi}$; $\sum_{k\leq n}k$ over $\frac{n(n+1)}{2}$",
        [sp.simplify(2 / sp.pi * half * sp.pi / (n * (n + 1))), sp.simplify(2 * half / (n * (n + 1)))],
        [1, 1],
        by="sympy, every n",
    )
    with oracle.precision():
        share, factor = (arb(1) / 2 - 1 / arb.pi()) / 2, arb(2) / 3 + 1 / arb(3).sqrt()
        yield exact(
            r"$\frac{1}{2}(\frac{1}{2}-\frac{1}{\pi})<0.091$ and $\frac{2}{3}+3^{-1/2}<1.25$",
            bool(share < arb("0.091")) and bool(factor < arb("1.25")),
            by="ball arithmetic",
            detail=f"{share.str(5, radius=False)}, {factor.str(5, radius=False)}",
        )
    yield step(
        r"$R^d$: the recursion over layers",
        r"As in claim 43, with $\|y_k\|\leq\sqrt k\|x\|$: before layer $k$ the maps $x$ and $x'$ are at most "
        r"$kc\|x\|$ apart ($\rho=1$), and $y,y'$ at most $(f_{k-1}+\sqrt kc)\|x\|$. Both $x_k'$ and $L_\tau x_k$ have "
        r"norms of at most $l\|x\|$, so that $s\leq lkc\|x\|^2$, and by the first bound of the angle "
        r"$f_k^2\leq(f_{k-1}+\sqrt kc)^2+u_k^2$, $u_k^2=(kc)^2+k\cdot lkc$.",
    )
    yield step(
        r"its sum",
        r"By the triangle inequality in the plane, and induction, $f_n\leq c\sum\sqrt k+(\sum u_k^2)^{1/2}$. "
        r"$\sum_{k\leq n}\sqrt k\leq\int_0^{n+1}\sqrt t\,dt=\frac{2}{3}(n+1)^{3/2}$ and $\sum_{k\leq "
        r"n}k^2\leq\frac{1}{3}(n+1)^3$; with $\sqrt{c^2+lc}\leq c+\sqrt{lc}$ it is "
        r"$(n+1)^{3/2}[(lc/3)^{1/2}+(\frac{2}{3}+3^{-1/2})c]$.",
    )
    squares = sp.summation(k**2, (k, 1, n))
    t = sp.Symbol("t", positive=True)
    yield exact(
        r"$\frac{1}{3}(n+1)^3-\sum_{k\leq n}k^2=\frac{1}{6}(n+1)(3n+2)$; $\int_0^{n+1}\sqrt t\,dt$",
        [
            sp.expand((n + 1) ** 3 / 3 - squares - (n + 1) * (3 * n + 2) / 6),
            sp.simplify(sp.integrate(sp.sqrt(t), (t, 0, n + 1)) / (sp.Rational(2, 3) * (n + 1) ** sp.Rational(3, 2))),
        ],
        [0, 1],
        by="sympy, every n",
    )
    yield step(
        "the last pooling",
        r"As in claim 43, on maps of norm at most $(n+1)^{1/2}\|x\|$: "
        r"$(n+1)^{1/2}(c_{n+1}+e^{-1/2}l\|\tau\|_\infty/\sigma_n)\|x\|$, by claims 44 and 45.",
    )
    yield conclusion(
        r"The recursion and the last pooling are the bound on $R^d$, for every $n$, $d$ and $\varepsilon<1$; the sum "
        "over layers and positions is that on pixels, for every array. What follows looks for violations."
    )


def _angle() -> Checks:
    yield step(
        r"$|x||x'|\frac{2\theta}{\pi}\leq s$ and "
        r"$\leq\frac{2}{\pi}s+(\frac{1}{2}-\frac{1}{\pi})|x-x'|^2$, $s=(|x||x'|)^{1/2}|x-x'|$",
        r"Let $c=2\sin\frac{\theta}{2}$: $|x||x'|c^2\leq|x-x'|^2$. $\frac{2\theta}{\pi}\leq c$ "
        r"(claim 38). $\theta-c=2\arcsin\frac{c}{2}-c$ has coefficients $\geq0$ from $c^3$ on "
        r"(claim 13), so $(\theta-c)/c^2$ grows to its value at $c=2$.",
    )
    a, b, u, c = sp.symbols("a b u c", positive=True)
    series = sp.series(2 * sp.asin(c / 2) - c, c, 0, 10).removeO()
    yield vanish(
        r"$|x-x'|^2-|x||x'|c^2=(|x|-|x'|)^2$; coefficients of $\theta-c$ below $c^3$; "
        r"$\frac{2}{\pi}(\theta-c)/c^2$ at $c=2$",
        a**2 + b**2 - 2 * a * b * u - a * b * (2 - 2 * u) - (a - b) ** 2,
        *(series.coeff(c, j) for j in range(3)),
        2 / sp.pi * (sp.pi - 2) / 4 - (sp.S.Half - 1 / sp.pi),
    )
