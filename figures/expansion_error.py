"""The asymptotic expansion of claim 18 against the truth, and the proved bound on what it leaves out."""

from __future__ import annotations

from collections.abc import Sequence

from kernelspec.plots import expansions
from kernelspec.plots.expansions import Panel

NAME = "expansion-error"
TITLE = "The asymptotic expansion against the truth, and its proved bound"
CAPTION = r"""
Relative error of the first @terms@ terms of the expansion
$\mu_k \approx \sum_m (c_{m,+1} + (-1)^k c_{m,-1})\,C(d,\nu_m)\,\Gamma(k-\nu_m)/\Gamma(k+\nu_m+d-1)$, against
eigenvalues enclosed to 60 digits by quadrature in ball arithmetic (dots: even $k$; circles: odd $k$). The
lines are the proved bound of what the expansion leaves out, $R\,E_k(\nu^*)$ and an exponentially small part, over
$\mu_k$: it holds for every degree from a known one on. At large $k$ it is less than three times the error. At small
$k$ the exponentially small part counts most; for deep networks, whose expansions at $u = 1$ converge in smaller discs,
it is larger.
"""
ORDER = 24

draw, table = expansions.draw, expansions.table


def compute(
    quick: bool = False,
    *,
    kernels: tuple[str, ...] = expansions.KERNELS,
    dims: tuple[int, ...] = expansions.DIMS,
    terms: tuple[int, ...] = expansions.TERMS,
    last: tuple[int, ...] = expansions.LAST,
) -> list[Panel]:
    """The panels; `quick` with few degrees, up to 200."""
    if quick and last == expansions.LAST:
        last = (200,)
    if len(kernels) not in (1, len(dims)) and dims == expansions.DIMS:
        dims = dims[:1]
    if len(kernels) not in (1, len(last)) and last == expansions.LAST:
        last = last[-1:]
    return expansions.expansion_panels(kernels, dims, terms, last, 7 if quick else 25)


def caption(data: Sequence[Panel]) -> str:
    """The caption for these numbers of terms."""
    terms = [str(errors.terms) for errors in data[0].errors]
    said = f"{', '.join(terms[:-1])} and {terms[-1]}" if len(terms) > 1 else terms[0]
    return CAPTION.replace("@terms@", said)
