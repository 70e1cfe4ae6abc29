r"""Two layers, the second quadratic: what it sees of pairs of patches

The operators E_pq and A_2, the norm that they give, and in which direction each smooths.
"""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy as sp

import kernelspec as ks
from kernelspec import ckn
from kernelspec.ckn.spectra.pair_operators import PairOperators
from oracle import two_layers as oracle
from paper_checks.registry import *

_WHERE = "Bietti 2022, two layers with a quadratic kernel; slide on two layers"
Filter = dict[int, Any]


def _filter(name: str, reach: int) -> Filter:
    """A filter h(-reach), ..., h(reach) of symbols; 0 elsewhere."""
    return {t: sp.Symbol(f"{name}_{'m' if t < 0 else ''}{abs(t)}", real=True) for t in range(-reach, reach + 1)}


@check("C56", verdict="proved", where=_WHERE)
def pairs_of_patches(tier: Tier) -> Checks:
    r"""Two layers with a quadratic kernel

    Let the second layer have $\langle z,z'\rangle^2$ on patches of offsets $S$, and the first map $\phi$ and pooling
    $A_1$ with the filter $h_1$. The functions of the space are $f(x)=\sum_{p,q\in S}\langle F_{pq},A_2\Phi_{pq}(x)
    \rangle$, $\Phi_{pq}[u]=(A_1\phi)[u+p]\otimes(A_1\phi)[u+q]$, that is $\sum_{v,v'}\langle G[v,v'],\phi(x_v)\otimes
    \phi(x_{v'})\rangle$ with $G=\sum_{pq}E_{pq}A_2^TF_{pq}$, $(E_{pq}x)[v,v']=\sum_uh_1[u+p-v]h_1[u+q-v']x[u]$, and
    $|f|^2=\min\sum_{pq}|F_{pq}|^2$ over all $F$ that give $f$: the minimum is over $F$ with one $G$, and over all $G$
    that stand for $f$.
    """
    offsets, n = (0, 1), 3
    first = [[sp.Symbol(f"a{u}{v}") for v in range(n)] for u in range(n + 1)]
    second = [[sp.Symbol(f"b{t}{u}") for u in range(n)] for t in range(2)]
    phi, other = (sp.symbols(f"{name}:{n}") for name in ("x", "y"))
    yield step(
        "the features",
        r"The patch at $u$ is $z=((A_1\phi)[u+p])_p$, and $z\otimes z$ has the blocks $\Phi_{pq}[u]$: "
        r"$\langle z,z'\rangle^2=\sum_{pq}\langle\Phi_{pq}[u],\Phi'_{pq}[u']\rangle$ for every $u,u'$, as an inner "
        r"product of tensors is the product of inner products. $A_2$ acts on $u$ alone, so that $K(x,x')$ is the inner "
        r"product of the features $A_2\Phi_{pq}(x)$ and $A_2\Phi_{pq}(x')$.",
    )
    pooled = [[sum(row[v] * x[v] for v in range(n)) for row in first] for x in (phi, other)]
    features = [
        [sum(row[u] * z[u + p] * z[u + q] for u in range(n)) for row in second for p in offsets for q in offsets]
        for z in pooled
    ]
    inner = [[sum(pooled[0][u + p] * pooled[1][w + p] for p in offsets) ** 2 for w in range(n)] for u in range(n)]
    kernel = sum(row[u] * row[w] * inner[u][w] for row in second for u in range(n) for w in range(n))
    label = rf"$K$ and the inner product of its features, any $A_1,A_2$, {n} positions, $\phi$ of one dimension"
    yield vanish(label, sp.expand(kernel - sum(x * y for x, y in zip(*features, strict=True))))
    yield step(
        "the operators",
        r"$\langle F,A_2\Phi_{pq}\rangle=\sum_u\langle(A_2^TF)[u],\Phi_{pq}[u]\rangle$, and with $(A_1\phi)[u+p]=\sum_v"
        r"h_1[u+p-v]\phi(x_v)$ the factor of $\phi(x_v)\otimes\phi(x_{v'})$ is $\sum_uh_1[u+p-v]h_1[u+q-v']"
        r"(A_2^TF)[u]$, which is $(E_{pq}A_2^TF)[v,v']$, for every filter and every border: $h_1[u-v]$ is the "
        r"entry $u,v$ of $A_1$.",
    )
    weights = [[sp.Symbol(f"f{t}{i}") for i in range(len(offsets) ** 2)] for t in range(2)]
    flat = [w for row in weights for w in row]
    value = sum(w * x for w, x in zip(flat, features[0], strict=True))
    by_operators: Any = 0
    for v, w in itertools.product(range(n), repeat=2):
        for i, (p, q) in enumerate(itertools.product(offsets, repeat=2)):
            for u in range(n):
                dual = sum(second[t][u] * weights[t][i] for t in range(2))
                by_operators += first[u + p][v] * first[u + q][w] * dual * phi[v] * phi[w]
    yield vanish(r"$f$ from $F$ and from $G$", sp.expand(value - by_operators))
    yield step(
        "the norm",
        r"The space of a kernel $\langle\Psi(x),\Psi(x')\rangle$ is that of $\langle F,\Psi(\cdot)\rangle$, $|f|$ the "
        r"least $|F|$ that gives $f$: the $F$ that give 0 are the orthogonal complement of the span of all $\Psi(x)$, "
        r"and on its closure $F\to f$ is an isometry onto the space, since $|\sum a_i\Psi(x_i)|^2=\sum a_ia_jK(x_i,x_j)"
        r"$. Here $\Psi=(A_2\Phi_{pq})_{pq}$ and $|F|^2=\sum|F_{pq}|^2$.",
    )
    domain = list(itertools.product((-1, 0, 2), repeat=3))
    found, expected = [], []
    for a, b, target in _cases():
        operators = [oracle.average(q, 3) for q in (a, b)]
        values = [sum(g * x[v] * x[w] for v, row in enumerate(target) for w, g in enumerate(row)) for x in domain]
        found.append(oracle.interpolation_norm(oracle.pair_kernel(domain, operators[0], offsets, operators[1]), values))
        expected.append(oracle.least_norm(oracle.pair_features(domain, operators[0], offsets, operators[1]), values))
    label = r"$f^TK^+f$ over $\{-1,0,2\}^3$ and the least $\sum|F_{pq}|^2$, averages in $A_1$ and $A_2$"
    yield exact(label, found, expected, by="rational arithmetic", detail=", ".join(map(str, found)))
    yield conclusion(
        "Features, operators and norm, for every filter, every set of offsets and every kernel of the first layer."
    )
    net = _network(2, 2)
    pairs = PairOperators(net, 3)
    exactly = [pairs.exact(target) for a, b, target in _cases() if (a, b) == (2, 2)]
    expected = [x for x, (a, b, _) in zip(expected, _cases(), strict=True) if (a, b) == (2, 2)]
    yield exact("the library", exactly, expected, by="rational arithmetic")
    x = tier.rng.normal(size=(6, 12, 1))
    net = ckn.Network(
        [
            ckn.Layer(1, ks.linear(), ckn.gaussian(2, centred=True), border="circular"),
            ckn.Layer(3, ckn.square, ckn.gaussian(1, centred=True), 2, border="circular"),
        ]
    )
    products = np.einsum("iv,iw->ivw", x[..., 0], x[..., 0]).reshape(6, -1)
    operator = PairOperators(net, 12).operator()
    yield measured_against(
        r"$K$ of a network, Gaussian pooling and a stride, from $\sum E_{pq}A_2^TA_2E_{pq}^T$",
        products @ operator @ products.T,
        net.gram(x),
        atol=1e-12,
        why="sums of some 10^4 products of numbers of size 1 in float64",
    )


def _cases() -> list[tuple[int, int, Sequence[Sequence[int]]]]:
    pair, squares = [[0, 1, 0], [1, 0, 0], [0, 0, 0]], [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    return [(1, 1, pair), (2, 1, pair), (1, 2, pair), (2, 2, pair), (2, 2, squares)]


def _network(a: int, b: int) -> ckn.Network:
    first, second = ckn.average(a), ckn.average(b)
    return ckn.Network(
        [ckn.Layer(1, ks.linear(), first, border="circular"), ckn.Layer(2, ckn.square, second, border="circular")]
    )


@check("C57", verdict="proved", where="Bietti 2022, figure 2; slide on two layers, its figure")
def directions(tier: Tier) -> Checks:
    r"""How two layers smooth

    $(E_{pq}\delta_{u_0})[v,v']=h_1[u_0+p-v]h_1[u_0+q-v']$: the product of two pooling filters, centred for an even
    $h_1$ at $(u_0+p,u_0+q)$, on the line $v-v'=p-q$. $E_{pq}A_2^T\delta_\tau$ is the sum of its translates along
    $(1,1)$ with the weights $A_2[\tau,u]$: its sums over each line $v-v'=c$ are those of the product, times $\sum_u
    A_2[\tau,u]$. So $A_2$ smooths along the diagonal alone, and $h_1$ in both directions.
    """
    h, pool = _filter("h", 1), _filter("g", 1)
    p, q, centre, size = 0, 2, 5, 12
    yield step(
        "the response",
        r"The sum in $E_{pq}x$ has one term for $x=\delta_{u_0}$. $h_1[u_0+p-v]$ has its centre at $v=u_0+p$ if $h_1$ "
        r"has its at 0; in general it is the filter turned around. $(u_0+p)-(u_0+q)=p-q$.",
    )

    def operator(x: dict[int, Any]) -> dict[tuple[int, int], Any]:
        out: dict[tuple[int, int], Any] = {}
        for v, w in itertools.product(range(size), repeat=2):
            total = sum(h.get(u + p - v, 0) * h.get(u + q - w, 0) * value for u, value in x.items())
            if total != 0:
                out[v, w] = total
        return out

    dirac = operator({centre: sp.Integer(1)})
    product = {(centre + p - s, centre + q - t): h[s] * h[t] for s, t in itertools.product(h, repeat=2)}
    yield vanish(
        r"$E_{pq}\delta_{u_0}$ less the product of the filters, symbols for $h_1$",
        *(sp.expand(dirac.get(at, 0) - product.get(at, 0)) for at in {**dirac, **product}),
    )
    even = {t: h[abs(t)] for t in h}
    mass = sum(x.subs({h[t]: even[t] for t in h}, simultaneous=True) for x in dirac.values())
    for axis, middle in enumerate((centre + p, centre + q)):
        moment = sum(
            at[axis] * x.subs({h[t]: even[t] for t in h}, simultaneous=True) for at, x in dirac.items()
        )  # fmt: skip
        yield vanish(f"its centre along axis {axis} for an even filter", sp.expand(moment - middle * mass))
    yield step(
        "pooling",
        r"$A_2^T\delta_\tau=\sum_uA_2[\tau,u]\delta_u$ and $E_{pq}$ is linear; $E_{pq}\delta_{u+1}$ is $E_{pq}\delta_u$"
        r" moved by $(1,1)$, which leaves $v-v'$ as it is. So each sum over a line $v-v'=c$ is that of "
        r"$E_{pq}\delta_0$, "
        r"$\sum_th_1[t]h_1[t+c-(p-q)]$, times $\sum_uA_2[\tau,u]$.",
    )
    pooled = operator({centre + t: weight for t, weight in pool.items()})
    total = sum(pool.values())
    for c in range(p - q - 2, p - q + 3):
        before, after = (sum(x for (v, w), x in found.items() if v - w == c) for found in (dirac, pooled))
        yield vanish(f"the sum over $v-v'={c}$", sp.expand(after - total * before))
    yield conclusion(
        "For every $h_1$ and $A_2$, without a border or on a circle; a border cuts off what lies beyond it."
    )
    net = ckn.Network(
        [
            ckn.Layer(1, ks.linear(), ckn.gaussian(2, centred=True), border="circular"),
            ckn.Layer(3, ckn.square, ckn.gaussian(2, centred=True), border="circular"),
        ]
    )
    pairs = PairOperators(net, 24)
    rows: list[list[Any]] = []
    for a, b in [(0, 0), (-1, 1), (1, 0)]:
        for pooled_too in (False, True):
            rows.append([f"({a}, {b})", pooled_too, *_widths(pairs.response(a, b, 12, pooled_too))])
    yield measured_against(
        "variance across the diagonal, with and without $A_2$, by the library",
        [row[4] for row in rows[1::2]],
        [row[4] for row in rows[::2]],
        rtol=1e-13,
        why="the same sums in another order",
    )
    yield bound(
        "variance along the diagonal, with over without $A_2$",
        [after[3] / before[3] for before, after in zip(rows[::2], rows[1::2], strict=True)],
        lower=1.5,
        why=r"$A_2$ is as wide as $h_1$: along the diagonal the variance of $v+v'$ is doubled for a wide filter, "
        "more so here, as it moves both by the same",
    )
    yield table("Variance along and across", ["offsets", "A_2", "of v", "of v + v'", "of v - v'"], rows)


def _widths(response: Array) -> tuple[float, float, float]:
    """The variances of v, v + v' and v - v' under a response."""
    v, w = np.meshgrid(*map(np.arange, response.shape), indexing="ij")
    mass = response.sum()

    def variance(x: Any) -> float:
        mean = float((x * response).sum() / mass)
        return float((x**2 * response).sum() / mass - mean**2)

    return variance(v), variance(v + w), variance(v - w)
