"""Proofs about decays that several sections share: theorem, constants, enclosures, remainders."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from flint import arb
from sympy import gamma, pi, sqrt

from kernelspec import Zonal
from oracle import deep as oracle
from paper_checks.deep_evidence import digits, parity_ratio
from paper_checks.registry import Evidence, Tier, exact, step

_QUADRATURE = 200  # the largest degree that is read by quadrature: it takes a second there

THEOREM = (
    r"The kernels of networks satisfy it at every depth. $\kappa_s$ is analytic on $(-1,1)$ and maps it "
    r"into itself; so do compositions, products and sums. At an end, in $\sigma=\sin(\theta/2)$, "
    r"$t=2\sigma^2$, $\kappa_s$ is analytic (claim 13). A layer that reads an inner value in $(-1,1)$ is "
    r"analytic there; one that reads $1-\delta$ is a power series in $\delta^{1/2}$, and $\delta$ is a "
    r"convergent sum of powers with a positive leading coefficient, so $\delta^{1/2}$ is another one. "
    r"$e^{-c(1-u)^\gamma}$ is a power series in $t^\gamma$ at $1$, and analytic at $-1$."
)


def theorem_applies(coefficients: str) -> Evidence:
    """The step that takes the decay of a network from the decay theorem and coefficients, as in "claim 24"."""
    because = f"The decay theorem (claim 14c) with the coefficients of {coefficients}. {THEOREM}"
    return step("the decay theorem applies", because)


def beside(label: str, bounds: Sequence[Any], truths: Sequence[Any], over: float, *, detail: str = "") -> Evidence:
    """Exact evidence that every bound is at least what it bounds, and at most 1 + `over` times that.

    The second half shows that the first says something: a bound that has lost a factor or a term is
    below what it bounds where it is tight. Bounds and truths are balls.
    """
    with oracle.precision():
        pairs = list(zip(bounds, truths, strict=True))
        shares = [float(bound / truth) for bound, truth in pairs]
        near = all(bool(t <= b) and bool(b - t <= over * t) for b, t in pairs)
    seen = f"bound over what it bounds: {', '.join(f'{share:.4g}' for share in shares)}"
    return exact(label, near and bool(pairs), by="ball arithmetic", detail=f"{detail}; {seen}" if detail else seen)


def certified(kernel: Zonal, d: int, degrees: Sequence[int], digits: int = 30) -> list[Any]:
    """Proved enclosures of mu_k, one for each degree."""
    return list(kernel.spectrum(d).certified(list(degrees), digits))


def decay_constant(d: Any, nu: Any) -> Any:
    """C(d, nu) of claim 15 in sympy, for symbols, too."""
    return 2 ** (nu + d - 2) * gamma(d / 2) * gamma(nu + (d - 1) / 2) / (sqrt(pi) * gamma(-nu))


def both_parities(coefficients: Callable[[int], tuple[Any, Any]], decimals: Sequence[str]) -> Iterator[Evidence]:
    """Exact evidence that no parity of L >= 3 cancels, and the digits of even over odd, L = 3, 4, ..."""
    depths = range(3, 3 + len(decimals))
    with oracle.precision():
        sizes = [coefficients(n) for n in range(3, 101)]
        label = r"$0<|c_{-1}|<|c_1|$ for $3\leq L\leq100$"
        found = all(bool(abs(m) > 0) and bool(abs(m) < abs(p)) for p, m in sizes)
        detail = r"and beyond: $\Pi_L\leq\Pi_3=\frac{1}{2}$, a product of numbers below 1"
        yield exact(label, found, by="ball arithmetic", detail=detail)
    yield digits(
        rf"even over odd, $L={depths[0]},\ldots,{depths[-1]}$",
        [parity_ratio(*coefficients(n)) for n in depths],
        decimals,
    )


def first_term_bounds(kernel: Zonal, d: int, start: int) -> dict[int, Any]:
    r"""For each parity that does not cancel: a bound of \|mu_k/(first term) - 1\| for every k >= start.

    By the theorem in `kernelspec.spectrum.asymptotic` the difference is at most R E_k(nu*) + S_k, or the second term
    and as much with two terms, whichever is less. Over the first term, a constant times E_k(nu), the second one and the
    first part fall with k, since nu* > nu; and so does the last where S_{k+2} <= e^{-2H} S_k falls faster than E_k(nu),
    which is checked.
    """
    with oracle.precision(256):
        rest, more = (kernel.spectrum(d).remainder(terms=n) for n in (1, 2))
        nu, decay, found = rest.terms[0][0], kernel.decay(d), {}
        for parity in (0, 1):
            if (decay.even, decay.odd)[parity] == 0:
                continue
            first = max(start, rest.start, more.start)
            k = first + (first + parity) % 2
            slower = (k - oracle.ball(nu)) * (k + 1 - oracle.ball(nu))
            slower /= (k + oracle.ball(nu) + d - 1) * (k + oracle.ball(nu) + d)
            if not all((-2 * each.height).exp() < slower for each in (rest, more)):
                raise ArithmeticError(f"the bound of {kernel!r} need not fall with k from {k} on")
            term = rest.sum(k)
            found[parity] = rest.bound(k).min(abs(more.sum(k) - term) + more.bound(k)) / abs(term)
        return found


def present(kernel: Zonal, vanishing: Mapping[Zonal, int] | None) -> list[int]:
    """The parities whose eigenvalues are not 0, as the claim has it: the library's word would let its own slip pass."""
    return [parity for parity in (0, 1) if (vanishing or {}).get(kernel) != parity]


def remainder(
    tier: Tier,
    kernels: Sequence[Zonal],
    start: int = 100,
    room: float = 0.01,
    d: int = 4,
    within: float = 2.0,
    vanishing: Mapping[Zonal, int] | None = None,
) -> Iterator[Evidence]:
    """Exact evidence: mu_k is near the first term of its expansion for every k from `start` on.

    `vanishing` names the kernels of which one parity is 0, and that parity: of the others both must be bounded.
    """
    for kernel in tier.pick(quick=kernels[:1], full=tuple(kernels)):
        bounds = first_term_bounds(kernel, d, start)
        which = "both parities" if len(bounds) == 2 else ("even k", "odd k")[next(iter(bounds))]
        label = f"`{kernel!r}`, $d={d}$, every $k\\geq{start}$, {which}: within {room:g} of the first term, relatively"
        found = sorted(bounds) == present(kernel, vanishing) and all(bool(b < room) for b in bounds.values())
        detail = ", ".join(f"{float(b):.3g}" for b in bounds.values())
        yield exact(label, found, by="ball arithmetic, and the proved remainder of the expansion", detail=detail)
        yield near_the_start(kernel, d, start, bounds, within=within)


def near_the_start(
    kernel: Zonal, d: int, start: int, bounds: Mapping[int, Any] | None = None, *, terms: int = 1, within: float = 2.0
) -> Evidence:
    r"""Exact evidence that bounds hold at the first degree of each parity, and that the tighter one is not generous.

    `bounds` of \|mu_k/(sum of the terms) - 1\|, by parity; without them those of the theorem there.
    """
    with oracle.precision(256):
        rest, more = (kernel.spectrum(d).remainder(terms=n) for n in (terms, terms + 5))
        first, shares = max(start, rest.start, more.start), {}
        by_quadrature = first <= _QUADRATURE
        for parity in (0, 1) if bounds is None else bounds:
            k = first + (first + parity) % 2
            mu = more.sum(k) + arb(0, more.bound(k))
            if by_quadrature:
                (mu,) = certified(kernel, d, [k], 50)
            total = rest.sum(k)
            known = rest.bound(k) / abs(total) if bounds is None else bounds[parity]
            shares[parity] = known / abs(mu / total - 1)
        near = all(bool(share >= 1) for share in shares.values())
        near = near and any(bool(share <= within) for share in shares.values())
    which = "the first term" if terms == 1 else f"{terms} terms"
    return exact(
        f"`{kernel!r}`, $d={d}$: the bounds at the first $k\\geq{start}$ of a parity, over the distance from {which} "
        f"there: at least 1, and in one parity at most {within:g}",
        near,
        by="ball arithmetic; the distance "
        + ("by quadrature" if by_quadrature else f"from {terms + 5} terms and their proved remainder"),
        detail=", ".join(f"{('even', 'odd')[p]} k: {float(share):.3g}" for p, share in shares.items()),
    )
