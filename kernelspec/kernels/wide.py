r"""Wide networks of any activations on a sphere: `network`, and `mlp` with an activation.

Every step (`steps`) maps the variance q and the correlation rho of two inputs of one length, so that a network is a
stack of layers as `networks` reads them, with exact numbers: weights give psi = w rho + 1 - w, w their share of the
variance; an activation psi = K_q(rho)/K_q(1) (`scaled_duals`); LayerNorm changes the variance alone. A sum of
independent branches that read one map has

.. math:: \psi = \sum_i \frac{q_i}{q} \psi_i, \qquad s = \sum_i \frac{q_i}{q} s_i, \qquad q = \sum_i q_i,

and a product psi = prod_i psi_i, s = sum_i s_i prod_{j != i} psi_j, q = prod_i q_i: a layer, too, as what passes it
backwards is multiplied by dK/dK_before, which is psi' in these units.

A variance that is no rational number is an exact number that is named by the steps before it (`variance`).

Source: Lee et al. 2018, Jacot et al. 2018 (claims L6, L7); Huang et al. 2020 (claim L8) for branches.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..numbers.checks import flag
from ..numbers.exact_numbers import Exact, Rounded, Scalar, as_number, as_reading, made
from ..numbers.precision import cached_property
from ..numbers.rational import latex_number, number_text
from . import steps
from .activated import Activated, Formed, mean_square, near_one, steep
from .atoms import Monomial
from .deep_stacks import DEEP, DeepStack
from .expression import add, zero
from .layers import as_ratio
from .networks import Layer, Network, written_out
from .points import Pair, Point
from .scaled_duals import Phi
from .steps import Branches, Chain, Norm, Weights
from .zonal import Zonal

if TYPE_CHECKING:
    from .lengths import Lengths

_MOST_STEPS = 400
_LEAST = Fraction(1, 10**200)
_U = Monomial(1)


@dataclass(frozen=True, repr=False)
class Wide(Formed, Network):
    """The network of these steps."""

    maker = "network"
    start = None

    chain: Chain
    _: KW_ONLY
    variance: Scalar = Fraction(1)
    tangent: bool = False
    scaled: bool = False

    @cached_property
    def _hash(self) -> int:
        return hash((self.chain, self.variance, self.tangent, self.scaled))

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _walked(self) -> tuple[tuple[Layer, ...], Scalar]:
        return walked(self.chain, self.variance, self.tangent)

    @property
    def stack(self) -> tuple[Layer, ...]:
        return self._walked[0]

    @property
    def depth(self) -> int:  # type: ignore[override]  # a field of most networks
        """How many steps there are."""
        return len(self.chain)

    @property
    def share(self) -> Scalar:
        """The variance of the output, where the kernel is that of its values; 1, where it is that of correlations."""
        return self._walked[1] if self.scaled else Fraction(1)

    @property
    def bounded(self) -> bool:  # type: ignore[override]  # a constant of most atoms
        return not self.tangent and not self.scaled

    def pair(self, point: Point) -> Pair:
        return near_one(Network.pair(self, point), point)

    @cached_property
    def form(self) -> Zonal:
        return Network.expression(self)

    def expression(self) -> Zonal:
        return self.form

    @cached_property
    def known_by(self) -> Zonal | DeepStack:
        return self.form if len(self.stack) < DEEP else DeepStack(self)

    @property
    def outgrows(self) -> Zonal | None:
        first = self.chain[0] if self.chain else None
        moves = isinstance(first, Weights) and first.weight > 0 and first.own_weight > 0
        values = self.tangent and moves and not any(phi.jumps for phi in steps.activations(self.chain))
        return replace(self, tangent=False) if values else None

    @property
    def variances(self) -> tuple[Scalar, ...]:
        """The variances behind all weights, q_1, ..., q_L."""
        ends = [i + 1 for i, step in enumerate(self.chain) if isinstance(step, Weights)]
        return tuple(variance(self.chain[:end], self.variance) for end in ends)

    @property
    def equal_layers(self) -> tuple[int, Weights, Phi] | None:
        """(L, weights, activation) of a kernel that `mlp` makes; None for others."""
        first, phi = (*self.chain, None)[:2]
        if self.scaled or self.variance != 1 or not isinstance(first, Weights) or not isinstance(phi, Phi):
            return None
        depth = len(self.chain) // 2 + 1
        equal = first.trained and self.chain == (first, *(phi, first) * (depth - 1))
        return (depth, first, phi) if equal else None

    def text(self) -> str:
        """The call of `mlp` that makes it, where one does; else that of `network`."""
        if self.equal_layers is None:
            words = [repr(steps.written(self.chain))]
            words += [f"variance={number_text(self.variance)}"] if self.variance != 1 else []
            words += [f"{name}=True" for name in ("tangent", "scaled") if getattr(self, name)]
            return f"network({', '.join(words)})"
        depth, weights, phi = self.equal_layers
        words = [str(depth)]
        words += [f"weight_variance={number_text(weights.weight)}"] if weights.weight != 2 else []
        words += [f"bias_variance={number_text(weights.bias)}"] if weights.bias else []
        words += ["tangent=True"] if self.tangent else []
        return f"mlp({', '.join([*words, f'activation={phi.text()!r}'])})"

    @cached_property
    def homogeneous(self) -> bool:  # type: ignore[override]  # a constant of most atoms
        return _homogeneous(self.chain)

    @cached_property
    def user_functions(self) -> tuple[str, ...]:
        return tuple(phi.text() for phi in steps.activations(self.chain) if phi.function is not None)

    def between(self, point: Point, lengths: Lengths) -> Any:
        if not (self.homogeneous or lengths.unit):
            raise ValueError(
                f"x and y must have rows of norm 1: {self!r} is the kernel of a network at inputs of one length "
                "(kernelspec.stax has those at any); normalize=True gives kappa(cos)"
            )
        return super().between(point, lengths)

    def latex_label(self, tangent: bool) -> str:
        name = r"\mathrm{NTK}" if tangent else r"\mathrm{NN}"
        if self.equal_layers is None:
            return name
        _, weights, phi = self.equal_layers
        named = ((r"\sigma_w^2", weights.weight, 2), (r"\sigma_b^2", weights.bias, 0))
        scales = [f"{word}={latex_number(value)}" for word, value, default in named if value != default]
        return ",".join([name, phi.latex, *scales])

    def latex_name(self, depth: Any, tangent: bool) -> str:
        equal = self.equal_layers
        return super().latex_name(equal[0] if equal and depth == self.depth else depth, tangent)


def _homogeneous(chain: Chain) -> bool:
    """Whether correlations do not depend on the variance."""
    for step in chain:
        if isinstance(step, Weights) and (step.bias or step.own_bias) or isinstance(step, Norm):
            return False
        if isinstance(step, Phi) and not step.homogeneous:
            return False
        if isinstance(step, Branches) and (step.product or not all(map(_homogeneous, step.chains))):
            return False
    return True


# -- the walk ----------------------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=512)
def walked(chain: Chain, q: Scalar, tangent: bool) -> tuple[tuple[Layer, ...], Scalar]:
    """The layers of a chain whose input has the variance q, without slopes unless `tangent`, and that of its output."""
    start = q
    layers: list[Layer] = []
    pending: tuple[Zonal, Zonal] | None = None  # an activation, whose weights are to come, and its slope
    for number, step in enumerate(chain):
        if isinstance(step, Norm):
            q = named(q / (q + step.eps), chain[: number + 1], start)
            continue
        if isinstance(step, Weights):
            before, (psi, slope), pending = q, pending or (_U, Monomial(0)), None
            q = named(step.weight * before + step.bias, chain[: number + 1], start)
            if not q > 0:
                raise ValueError(f"{step.text()} has the variance 0: a network of it has no kernel")
            # Shares that add up to 1 do so by their form: that two names of one number are equal is costly to see.
            share = 1 - step.bias / q if step.bias else Fraction(1)
            own = None
            if not step.trained:
                own = _mixed([(step.own_weight * before / q, psi), (step.own_bias / q, Monomial(0))])
            psi = add([(share, psi), (1 - share, Monomial(0))])
            layers.append(Layer(psi, psi if step.trained else own, add([(share, slope)])))
            continue
        if pending is not None:
            layers.append(Layer(pending[0], None, pending[1]))
            pending = None
        if isinstance(step, Phi):
            pending = Activated(step, q), steep(step, q)
            try:
                q = mean_square(step, q)
            except OverflowError:
                raise ValueError(
                    f"the steps of {steps.written(chain)[-80:]!r} hold numbers whose squares leave the floats: the "
                    "variances behind them, and the squares of its slopes, must lie between 1e-200 and 1e200"
                ) from None
            q = named(q, chain[: number + 1], start)
        else:
            layer, q = _joined(step, q, tangent)
            q = named(q, chain[: number + 1], start)
            layers.append(layer)
    if pending is not None:
        layers.append(Layer(pending[0], None, pending[1]))
    return tuple(layers), q


def _joined(step: Branches, q: Scalar, tangent: bool) -> tuple[Layer, Scalar]:
    """Branches as one layer, and the variance behind them."""
    found = [walked(chain, q, tangent) for chain in step.chains]
    variances = [variance for _, variance in found]
    values, slopes, owns = zip(*(written_out(layers, None, tangent) for layers, _ in found), strict=True)
    if step.product:
        psi, slope, own = functools.reduce(operator.mul, values), _leibniz(slopes, values), _leibniz(owns, values)
        return Layer(psi, own, slope or zero()), functools.reduce(operator.mul, variances)
    shares = [w * v for w, v in zip(step.weights, variances, strict=True)]
    total = functools.reduce(operator.add, shares)
    if not total > 0:
        raise ValueError(f"{step.text()} has the variance 0: a network of it has no kernel")
    shares = [share / total for share in shares[1:]]
    shares.insert(0, functools.reduce(operator.sub, shares, Fraction(1)))
    several = (_mixed(zip(shares, kernels, strict=True)) for kernels in (values, slopes, owns))
    mean, slope, own = several
    return Layer(mean or zero(), own, slope or zero()), total


def _mixed(terms: Iterable[tuple[Scalar, Zonal | None]]) -> Zonal | None:
    """A linear combination; None where it is 0."""
    kept = [(c, k) for c, k in terms if c and k is not None]
    return add(kept) if kept else None


def _leibniz(changes: Sequence[Zonal | None], values: Sequence[Zonal]) -> Zonal | None:
    """sum_i changes_i prod_{j != i} values_j."""
    one = Fraction(1)
    products = (
        None if change is None else functools.reduce(operator.mul, (*values[:i], *values[i + 1 :]), change)
        for i, change in enumerate(changes)
    )
    return _mixed((one, each) for each in products)


def variance(chain: Chain, q: Scalar) -> Scalar:
    """The variance of the output of a chain, exactly."""
    return walked(chain, q, False)[1]


def named(q: Scalar, chain: Chain, start: Scalar) -> Scalar:
    """The number with a short text: the steps that it is the variance behind."""
    if q > 0 and not _LEAST <= q <= 1 / _LEAST:
        raise ValueError(
            f"the variance behind {steps.written(chain)[-80:]!r} must lie between 1e-200 and 1e200: it is "
            + ("less" if q < 1 else "more")
        )
    if not isinstance(q, Exact | Rounded):
        return q
    alias = f"variance({steps.written(chain)!r}, {number_text(start)})"
    number, reading = as_number(q).named(2), as_reading(q)
    if number.floats and isinstance(q, Exact):
        reading = reading.named(2)
    for each in (number, reading):
        if len(each.terms) == 1 and (g := each.name) is not None:
            g.alias = alias
    return made(number, reading)


def network(text: Any, variance: Any = 1, tangent: bool = False, scaled: bool = False) -> Zonal:
    r"""The kernel of a wide network on a sphere, step by step: its Gaussian process, or its tangent kernel.

    Parameters
    ----------
    text : steps, the first of which reads the input, joined by ` > `:
        `dense(w)` and `dense(w, b)`, trained weights and biases of these variances w and b >= 0; `dense(w, b, v, c)`,
        whose own gradients add v times the covariance of what they read, and c, to the tangent kernel (0 and 0 for
        weights that are kept);
        an activation: abrelu(a, b), a min(z, 0) + b max(z, 0); leaky_relu(a); elu(a); rectified_monomial(n); step;
        sign; erf(a, b, c), a erf(b z) + c; gelu; sin(a, b, c); cos(a, b, c); rbf(gamma); exp(a, b); gaussian(a, b),
        a e^{b z^2}; gabor; polynomial(c_0, c_1, ...);
        norm(eps), LayerNorm; sum(A | B | ...) and product(A | B | ...), independent chains of steps that all read what
        comes before; `identity`, no step.
    variance : |x|^2 divided by the number of inputs, > 0.
    tangent : the tangent kernel instead of the Gaussian process's.
    scaled : the covariance of the output (the product of its gradients) itself; otherwise divided by the output's
        variance, so that kappa(1) = 1 for the Gaussian process.

    Source: Lee et al. 2018, Jacot et al. 2018 (claims L6, L7).

    >>> network("dense(1) > sum(identity | relu > dense(2))").spectrum(3).certified(2, 10)
    [0.01171875000 +/- 3e-16]
    """
    q = as_ratio(variance, "variance")
    if not q > 0:
        raise ValueError(f"variance must be > 0; got {variance}")
    return of_chain(steps.read(text), q, flag("tangent", tangent), flag("scaled", scaled))


def stacked(depth: int, phi: Phi, weight: Scalar, bias: Scalar, tangent: bool) -> Zonal:
    """`mlp`: `depth` layers of such weights and activations between them."""
    if depth > _MOST_STEPS // 2:
        raise ValueError(f"depth must be at most {_MOST_STEPS // 2} with an activation of this kind; got {depth}")
    if tangent and phi.jumps:
        raise ValueError(f"the tangent kernel is infinite at u = 1: the activation {phi.text()} jumps")
    dense = Weights(weight, bias, weight, bias)
    return of_chain((dense, *(phi, dense) * (depth - 1)), Fraction(1), tangent, False)


def of_chain(chain: Chain, q: Scalar, tangent: bool, scaled: bool) -> Zonal:
    """The kernel of a chain of steps; ValueError where it has none."""
    if len(chain) > _MOST_STEPS:
        raise ValueError(f"a network must have at most {_MOST_STEPS} steps; got {len(chain)}")
    if not chain:
        return zero() if tangent else _U
    if len(chain) == 1 and isinstance(chain[0], Phi) and not tangent and not scaled:
        return Activated(chain[0], q)
    found = Wide(chain, variance=q, tangent=tangent, scaled=scaled)
    walked(chain, q, tangent)  # refuses what has no variance
    return found if found.rational_one else zero()
