r"""Kernels of infinite depth

Random features tend to 1 and tangent kernels, divided by L, to 1/4; the rates, with bounds, come from
the Abel function of a layer (`l_parabolic`).
"""

from collections.abc import Iterator
from typing import Any

from flint import arb, fmpq, fmpq_poly

from oracle import deep as oracle
from oracle import parabolic as parabolic
from paper_checks.abel_bounds import abel_steps, tangent_steps
from paper_checks.registry import Checks, Tier, check, conclusion, exact, step

_HERE = "derived here; the limit 1/4: Huang et al. 2020, Xiao et al. 2020"


def _tangent_series() -> tuple[list[Any], Any]:
    r"""V = sum v_m x^m, m = -1..2, with V(G) = kappa_0 V + 1 - delta(G) + O(x^4); v, and the residual.

    (1-g)^{m/2} - kappa_0 = (3-m) x + ..., so v_m removes the coefficient of x^{m+1}, m < 3.
    """
    length, zero = 6, parabolic.odd_series(1, integrated=True)[0]
    step = parabolic.odd_series(length, integrated=False)  # 1 - kappa_0
    residual = [zero] * length
    residual[0] = residual[0] - 1
    for j, c in enumerate(parabolic.survival(length - 2, 1)):  # delta(G) = 2 tau x^2 (1-g)
        residual[j + 2] += parabolic.odd_series(2, integrated=True)[1] * c * fmpq_poly([0, 1])  # tau
    found = []
    for m in range(-1, 3):
        power = parabolic.survival(length, fmpq(m, 2))
        change = [a + b for a, b in zip(power, step, strict=True)]
        change[0] -= 1
        v = -residual[m + 1] / (3 - m)
        found.append(v)
        for j in range(max(m, 0), length):
            if j - m < length:
                residual[j] += v * change[j - m]
    return found, residual[:4]


def _tangent_bound(v: list[Any], radius: float = 0.95) -> Any:
    """B_0 with |R| <= B_0 x^4 for the residual R of V, by the maximum principle on |sigma| = radius."""
    r, rest = parabolic.circle(radius)
    step = 1 - parabolic.slope(r * parabolic.tau().sqrt())
    total = 1 + 2 * parabolic.tau() * r * r * (2 - rest)
    for m, c in zip(range(-1, 3), v, strict=True):
        change = rest ** (-arb(abs(m)) / 2) - 1 + step
        total += abs(parabolic.at_tau(c)) * r**m * change
    return total / r**4


def _layers(u: Any, deepest: int) -> Iterator[tuple[int, Any, Any, Any]]:
    """For L = 2, ..., deepest: L, sigma of kappa^L, Z_L and the tangent kernel of L layers, in balls."""
    value = oracle.arccosine(1, u) if u > -1 else arb(0)
    tangent = value + (u * oracle.arccosine(0, u) if u > -1 else 0)
    sigma = ((1 - value) / 2).sqrt()
    for depth in range(2, deepest + 1):
        if depth > 2:
            tangent = tangent * parabolic.slope(sigma)
            sigma = parabolic.layer(sigma)
            tangent += 1 - 2 * sigma * sigma
        yield depth, sigma, parabolic.tau().sqrt() / sigma, tangent


@check("L5", verdict="proved", where=_HERE)
def infinite_depth(tier: Tier) -> Checks:
    r"""Kernels of infinite depth

    For every $-1\leq u<1$ and $L\geq2$: $1-\kappa^L(u)=9\pi^2/(2Z_L^2)$ with $|Z_L-\frac{3}{2}\log
    Z_L-L-C(u)|\leq4/Z_L$ and $Z_L\geq L+4.66$: $\kappa^L\to1$ like $\frac{9\pi^2}{2}L^{-2}$, the same for every $u$.
    $\kappa_{\mathrm{NTK}}^L(u)=\frac{Z_L}{4}-\frac{1}{8}-\frac{v}{Z_L}+O(Z_L^{-2})$ with
    $v=\frac{43}{40}\tau+\frac{5}{16}$, $\tau=9\pi^2/4$, so $\kappa_{\mathrm{NTK}}^L/L$ tends to $\frac{1}{4}$ off the
    diagonal, like $\frac{1}{4}+\frac{3}{8}\frac{\log L}{L}+\frac{C(u)/4-1/8}{L}$; on it, it is 1.
    """
    v, residual = _tangent_series()
    yield step(
        "from any $u$ on, and a formal solution for the tangent kernel",
        r"Two layers bring every $u\geq-1$ to $\kappa_1(u)\geq0$, where the bounds of L4 begin: $x_2(u)\leq x_2(-1)$. "
        r"For the tangent kernel let $V(x)=\sum_{m\geq-1}v_mx^m$ solve $V(G)=\kappa_0V+1-\delta(G)$ up to $R=O(x^4)$. "
        r"With $e_L=\kappa_{\mathrm{NTK}}^L-V(x_L)$, $e_{L+1}=\kappa_0e_L-R$ and $\kappa_0\leq1-g=(Z_L/Z_{L+1})^2$: "
        "$|e_L|Z_L^2$ grows by no more than $|R|Z_{L+1}^2=O(x_L^2)$, whose sum is finite.",
    )
    with oracle.precision():
        z_2 = parabolic.tau().sqrt() / parabolic.start()
        label = r"$Z_2(-1)-2=\frac{3\pi}{\sqrt2}-2>4.66$, and $Z$ grows by 1 a layer at least"
        found = bool(z_2 - 2 > 4.66) and bool(abs(z_2 - 3 * arb.pi() / arb(2).sqrt()) < 1e-100)
        yield exact(label, found, by="ball arithmetic")
    length = 24
    lost = parabolic.odd_series(length, integrated=True)
    removed = parabolic.odd_series(length, integrated=False)
    yield step(
        "the error of the formal solution stays bounded",
        r"$\kappa_0\leq1-g$ makes $|e_L|Z_L^2$ grow by at most $|R|Z_{L+1}^2\leq10^4x_L^4Z_{L+1}^2$, and "
        r"$x_L\leq1/(L+4.66)$: the sum is finite, for every $u$.",
    )
    label = r"$g\leq1-\kappa_0$, coefficient by coefficient: $c_j/(j+\frac{3}{2})<c_j$"
    found = all(a >= b for p, q in zip(removed, lost, strict=True) for a, b in _coefficients(p, q))
    detail = f"up to $x^{{{length - 1}}}$, and in general by $j+3/2>1$"
    yield exact(label, found, by="rational arithmetic", detail=detail)
    yield exact(
        r"$V=\frac{1}{4x}-\frac{1}{8}-(\frac{43}{40}\tau+\frac{5}{16})x+(\frac{69}{20}\tau-\frac{5}{4})x^2$ "
        r"leaves $R=O(x^4)$, identically in $\tau$",
        all(r == 0 for r in residual) and [str(c) for c in v] == _EXPECTED,
        by="rational arithmetic in Q[tau]",
    )
    with oracle.precision():
        size = _tangent_bound(v)
        label = r"$|R|\leq10^4x^4$ for $x\leq x_2$"
        detail = size.str(4, radius=False)
        yield exact(label, bool(size < 10**4), by="ball arithmetic and the maximum principle", detail=detail)
        yield from tangent_steps(v, _tangent_bound)
        far, worst = 1000, arb(0)
        correction = [parabolic.at_tau(c) for c in v]
        for depth, _, z, tangent in _layers(arb(-1), far):
            left = tangent - z / 4 + arb(1) / 8 - correction[2] / z
            worst = worst.max(abs(left) * z * z)
            if depth == far:
                rest = abs(left - correction[3] / z**2) * z * z
                x = 1 / z
                ratio = 1 + x + parabolic.growth_bound() * x * x
                later = rest + size * ratio**2 * (x * x + x) + abs(correction[3])
        yield step("a constant at $u=-1$")
        yield exact(
            r"at $u=-1$: $|\kappa_{\mathrm{NTK}}^L-\frac{Z_L}{4}+\frac{1}{8}+\frac{v}{Z_L}|\leq100/Z_L^2$ "
            "for every $L\\geq2$",
            bool(worst < 100) and bool(later < 100),
            by="ball arithmetic",
            detail=f"below {worst.str(4, radius=False)} up to L = {far}, then below "
            f"{later.str(4, radius=False)} by the sum",
        )
    yield conclusion(
        r"$Z_L$ by the bounds of L4, as $x_2(u)\leq x_2(-1)$, for every $u<1$; the tangent kernel is $V(x_L)$ up to "
        r"$O(Z_L^{-2})$. With $Z_L=L+\frac{3}{2}\log L+C(u)+O(\frac{\log L}{L})$ its quotient by $L$ tends to "
        r"$\frac{1}{4}$ as stated. At $u=1$ it is $L/L$."
    )
    within = []
    for text in ("-1", "0", "0.99"):
        with oracle.precision(400):
            u = arb(text)
            sigma = ((1 - oracle.arccosine(1, u)) / 2).sqrt() if text != "-1" else parabolic.start()
            shift = parabolic.limits(sigma, layers=300).shift
            within += [bool(abs(z - 3 * z.log() / 2 - n - shift) <= 4 / z) for n, _, z, _ in _layers(u, 100)]
    yield from abel_steps()
    label = r"the bound of $Z_L$ at three $u$ and every $L$ from 2 to 100, by direct iteration"
    yield exact(label, all(within), by="ball arithmetic")


_EXPECTED = ["1/4", "(-1/8)", "(-43/40)*x + (-5/16)", "69/20*x + (-5/4)"]


def _coefficients(p: Any, q: Any) -> list[tuple[Any, Any]]:
    """Pairs of coefficients of two polynomials of one degree."""
    return list(zip(p.coeffs(), q.coeffs(), strict=True))
