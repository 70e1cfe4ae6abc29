"""Experiments: CKN against NTK, what is proved"""

import sympy as sp

import kernelspec as ks
from paper_checks.registry import Checks, Tier, check, conclusion, exact, step, vanish


@check(
    "C63a",
    verdict="proved",
    where="Bietti & Mairal 2019 (NeurIPS), the figure on deformations of MNIST digits: how far it can be proved",
)
def ordering_for_all(tier: Tier) -> Checks:
    r"""NTK against CKN for any two signals

    For $n$ layers of $|z||z'|\kappa_1(\cos)$, with patches and pooling of any weights $\geq 0$, and any two signals,
    $K_{NTK}(x,x')\leq(n+1)K_{CKN}(x,x')$. Without pooling there is equality for $x=x'$, so
    $\|\Phi(x')-\Phi(x)\|/\|\Phi(x)\|$ is never smaller for the NTK. With pooling it can be smaller: that it is larger
    for deformed digits is a fact about them.
    """
    u = sp.Symbol("u", real=True)
    kappa_0, kappa_1 = ks.arccos(0).sympy(u), ks.arccos(1).sympy(u)
    root = sp.sqrt(1 - u**2) / sp.pi
    yield step(
        r"induction over layers: $T\leq(k+1)K$",
        r"With $Q_k$, $\Theta_k$ the inner products of patches before layer $k$ for CKN and NTK, layer $k$ makes "
        r"$K=|z||z'|\kappa_1(u)$ and $T=\kappa_0(u)\Theta_k+K$, $u=Q_k/|z||z'|$, and $\Theta_1=Q_1$. Let "
        r"$\Theta_k\leq kQ_k$. Then $(k+1)K-T=k\,(K-\kappa_0Q_k)+\kappa_0\,(kQ_k-\Theta_k)\geq 0$, as "
        r"$K-\kappa_0Q_k=|z||z'|(\kappa_1-u\kappa_0)$. Patches and pooling add such differences with weights $\geq "
        "0$. (Patches of norms below $10^{-6}$, which the code divides by $10^{-6}$, are left aside.)",
    )
    yield vanish(r"$\kappa_1(u)-u\kappa_0(u)=\sqrt{1-u^2}/\pi$", kappa_1 - u * kappa_0 - root)
    label = r"$\kappa_0$ decreases from 1 to 0: values at $1$, $-1$, and $-\pi\sqrt{1-u^2}\,\kappa_0'(u)$"
    found = [kappa_0.subs(u, 1), kappa_0.subs(u, -1), sp.simplify(sp.diff(kappa_0, u) * sp.pi * sp.sqrt(1 - u**2))]
    yield exact(label, found, [sp.Integer(1), sp.Integer(0), sp.Integer(1)], by="sympy")
    k, product, inner, theta, zero = sp.symbols("k K Q Theta kappa_0")
    slack = (k + 1) * product - (zero * theta + product)
    yield vanish(
        r"$(k+1)K-T=k(K-\kappa_0Q)+\kappa_0(kQ-\Theta)$",
        slack - k * (product - zero * inner) - zero * (k * inner - theta),
    )
    yield step(
        "without pooling: equality for $x=x'$",
        "Each position is compared with itself: $u=1$ at every layer. Then "
        r"$\|\Phi(x)-\Phi(x')\|^2=\|\Phi(x)\|^2+\|\Phi(x')\|^2-2K$ has the same norms, times "
        "$n+1$, and the NTK's $K$ is at most $n+1$ times the other.",
    )
    label = r"a position with itself, $\kappa_0=\kappa_1=1$: $T=\Theta+K=(k+1)K$ for $\Theta=kQ$, $K=Q$"
    found = sp.expand((zero * theta + product).subs({zero: 1, theta: k * inner, product: inner}))
    yield exact(label, found, sp.expand((k + 1) * inner), by="sympy")
    yield step(
        "with pooling it can be smaller",
        "Pooling adds pairs of different positions of one signal; where their patches are not parallel, $T<(k+1)K$, "
        r"and $\|\Phi_{NTK}(x)\|^2<(n+1)\|\Phi_{CKN}(x)\|^2$. Below: one layer, patches of one position with "
        "orthonormal channels $e_1,e_2,e_3$, the mean over 3 positions; from $x=(e_3,0,0)$ to $x'=(e_3,e_1,e_2)$, "
        "relative squared distances, and from $(e_1,e_2,0)$ the norms.",
    )
    ones = sp.Matrix([1, 1])
    kernel = sp.Matrix(2, 2, lambda i, j: kappa_1.subs(u, int(i == j)))
    tangent = sp.Matrix(2, 2, lambda i, j: int(i == j) * kappa_0.subs(u, int(i == j))) + kernel
    added = [(ones.T * values * ones)[0] for values in (kernel, tangent)]
    before = [values[0, 0] for values in (kernel, tangent)]
    label = "CKN and NTK: the NTK's is smaller by $1/\\pi$"
    found = [sp.expand(a / b) for a, b in zip(added, before, strict=True)]
    yield exact(label, found, [2 + 2 / sp.pi, 2 + 1 / sp.pi], by="sympy")
    label = r"$\|\Phi_{NTK}\|^2/\|\Phi_{CKN}\|^2$ of $(e_1,e_2,0)$, where 2 would be $n+1$"
    yield exact(label, sp.simplify(added[1] / added[0]), (2 * sp.pi + 1) / (sp.pi + 1), by="sympy")
    yield conclusion(
        r"The inequality for any two signals and any weights $\geq0$, the order without "
        "pooling, and one example against it with pooling."
    )
