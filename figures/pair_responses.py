"""Which pairs of patches two layers compare: responses of E_pq to Diracs (claims 56, 57)."""

from __future__ import annotations

from kernelspec.plots import pairs
from kernelspec.plots.pairs import Responses

NAME = "pair-responses"
TITLE = "Interactions of two patches: responses of $E_{pq}$"
CAPTION = r"""
Two layers, the second one quadratic, read pairs of patches $v,v'$: $G=\sum_{pq}E_{pq}A_2^TF_{pq}$ with
$(E_{pq}x)[v,v']=\sum_uh_1[u+p-v]\,h_1[u+q-v']\,x[u]$ (Bietti 2022, Figure 2). Gaussian pooling wraps around; darker is
larger. (a) $E_{pq}$ of a Dirac at $u$ for three pairs: products of two pooling filters centred at $(u+p,u+q)$ (marks),
on the lines $v-v'=p-q$. (b) With the second layer's pooling $A_2$, they are smoothed along these lines and not across.
(c) Of the pair that is farthest apart, where $v$ is, and $v-v'$: without $A_2$ (lines) and with it (marks). (d, e) In
the plane: where $v$ and $v'$ are, from the place of the Dirac (cross); the arrow leads from $u+q$ to $u+p$. (f) $v-v'$
is the same without $A_2$ (grey) and with it (contours): pooling moves pairs, and leaves their distance alone.
"""
ORDER = 81

draw, table = pairs.draw, pairs.table


def compute(quick: bool = False, *, positions: int = 32, first: int = 2, second: int = 4) -> Responses:
    """Responses on a circle of so many positions, and on a torus; the same when `quick`."""
    return pairs.responses(positions=positions, first=first, second=second)
