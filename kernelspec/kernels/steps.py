"""What a fully connected network does, step by step, and its text: "dense(2, 0.1) > gelu > dense(1)".

A chain of steps stands between ` > `: weights, activations (`scaled_duals.Phi`), LayerNorm, and branches,
`sum(A | B)` and `product(A | B)`, each of which is a chain; the empty chain is `identity`. A parameter of an activation
stands in parentheses, as in leaky_relu(1/10) and elu(2).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias

from ..numbers.exact_numbers import Scalar
from ..numbers.rational import number_text
from ..numbers.user_functions import slope_checked
from .activations import Activation as Pieces
from .activations import exactly, made
from .callable_duals import name_of
from .named_activations import NAMED, elu
from .scaled_duals import NAMES, PARAMETERS, Phi
from .smooth_duals import NAMES as SMOOTH

_LONGEST = 20_000
_DEEPEST = 20  # branches in branches


@dataclass(frozen=True)
class Weights:
    """Covariances K become weight K + bias, tangent kernels T weight T + own_weight K + own_bias; all >= 0."""

    weight: Scalar
    bias: Scalar
    own_weight: Scalar
    own_bias: Scalar

    @property
    def trained(self) -> bool:
        """Whether both are trained, in the parametrisation of tangent kernels: what they add is what they give."""
        return (self.own_weight, self.own_bias) == (self.weight, self.bias)

    def text(self) -> str:
        words = [self.weight]
        if self.bias or not self.trained:
            words.append(self.bias)
        if not self.trained:
            words += [self.own_weight, self.own_bias]
        return f"dense({', '.join(map(number_text, words))})"


@dataclass(frozen=True)
class Norm:
    """A map divided by (q + eps)^{1/2}, q its variance."""

    eps: Scalar

    def text(self) -> str:
        return f"norm({number_text(self.eps)})"


@dataclass(frozen=True)
class Branches:
    """The sum or the product of independent chains; the covariances of a sum have weights."""

    chains: tuple[Chain, ...]
    weights: tuple[Scalar, ...] = ()
    product: bool = False

    def text(self) -> str:
        words = [written(chain) for chain in self.chains]
        if any(w != 1 for w in self.weights):
            words = [f"{number_text(w)}: {word}" for w, word in zip(self.weights, words, strict=True)]
        return f"{'product' if self.product else 'sum'}({' | '.join(words)})"


Step: TypeAlias = Weights | Phi | Norm | Branches
Chain: TypeAlias = tuple[Step, ...]


def written(chain: Chain) -> str:
    """The text of a chain."""
    return " > ".join(step.text() for step in chain) or "identity"


def activations(chain: Chain) -> Iterator[Phi]:
    """All activations of a chain, those of branches too."""
    for step in chain:
        if isinstance(step, Phi):
            yield step
        elif isinstance(step, Branches):
            for each in step.chains:
                yield from activations(each)


def read(text: str) -> Chain:
    """The chain of a text; ValueError with the reason where it is none."""
    if not isinstance(text, str):
        raise TypeError(f"steps must be a text; got {type(text).__name__}")
    if len(text) > _LONGEST:
        raise ValueError(f"steps must be at most {_LONGEST} characters; got {len(text)}")
    return _chain(text, 0)


def _chain(text: str, depth: int) -> Chain:
    if depth > _DEEPEST:
        raise ValueError(f"branches may stand in branches {_DEEPEST} times at most")
    if text.strip() == "identity":
        return ()
    return tuple(_step(word.strip(), depth) for word in _split(text, ">"))


#: Names of PyTorch whose parameter may stand behind them.
_WITH_NUMBER: dict[str, Callable[[Scalar], Phi]] = {
    "leaky_relu": lambda slope: Phi("abrelu", (slope, Fraction(1))),
    "elu": lambda alpha: Phi("pieces", pieces=elu(exactly(alpha, "the alpha of elu"))),
}


def _step(word: str, depth: int) -> Step:
    name, bracket, rest = word.partition("(")
    name = name.strip()
    if bracket and not rest.endswith(")"):
        raise ValueError(f"a step must read name or name(numbers); got {word[:80]!r}")
    inside = rest[:-1]
    if name in ("sum", "product"):
        return _branches(name, inside, depth)
    if name == "pieces":
        return Phi("pieces", pieces=made(inside))
    if name in NAMED and not bracket:
        return Phi("pieces", pieces=NAMED[name])
    if name in SMOOTH and not bracket:
        return Phi(name)
    numbers = tuple(_number(q) for q in _split(inside, ",")) if inside.strip() else ()
    if name == "dense":
        return weights_of(numbers)
    if name == "norm":
        if len(numbers) != 1 or not numbers[0] > 0:
            raise ValueError(f"norm takes one number eps > 0; got {word[:80]!r}")
        return Norm(numbers[0])
    if name in NAMES and not bracket:
        return Phi(*NAMES[name])
    if name in _WITH_NUMBER and len(numbers) == 1:
        return _WITH_NUMBER[name](numbers[0])
    if name in (*NAMES, *NAMED, *SMOOTH) and name not in PARAMETERS:
        takes = "one number, or none" if name in _WITH_NUMBER else "no numbers"
        raise ValueError(f"{name} takes {takes}; got {word[:80]!r}")
    if name not in PARAMETERS:
        known = dict.fromkeys((*PARAMETERS, *NAMES, *NAMED, *SMOOTH, "pieces"))
        raise ValueError(
            f"a step must be one of dense, norm, sum, product, identity, {', '.join(known)}; got {word[:80]!r}"
        )
    wanted = len(numbers) if name == "polynomial" and numbers else len(PARAMETERS[name])
    if len(numbers) != wanted:
        raise ValueError(f"{name} takes ({', '.join(PARAMETERS[name])}); got {word[:80]!r}")
    return Phi(name, numbers)


def activation(given: Any) -> Phi:
    """The activation that a name or a text says; TypeError or ValueError for what says none."""
    if isinstance(given, Phi):
        return given
    if isinstance(given, Pieces):
        return Phi("pieces", pieces=given)
    if callable(given):
        given = name_of(given) or (given, None)
    if isinstance(given, tuple) and len(given) == 2 and callable(given[0]) and (given[1] is None or callable(given[1])):
        if given[1] is not None:
            slope_checked(*given)
        return Phi("callable", function=given[0], derivative=given[1])
    if not isinstance(given, str):
        raise TypeError(
            "activation must be a name, a text, pieces, a callable or a pair of callables, the function and its "
            f"derivative; got {given!r}"
        )
    try:
        if " if " in given and not given.strip().startswith("pieces("):
            return Phi("pieces", pieces=made(given))
        found = read(given)
    except ValueError as error:
        raise ValueError(f"activation must be a name or a text of one; got {given!r}: {error}") from None
    if len(found) != 1 or not isinstance(found[0], Phi):
        raise ValueError(f"activation must be one activation, got {given!r}")
    return found[0]


def weights_of(numbers: tuple[Scalar, ...]) -> Weights:
    """Weights from (weight, bias, own weight, own bias), the last three of which may be left out."""
    if len(numbers) not in (1, 2, 4) or any(q < 0 for q in numbers):
        raise ValueError(
            "dense takes a weight variance, a bias variance and the weights of their own gradients, all >= 0; "
            f"got {', '.join(map(number_text, numbers))}"
        )
    weight, bias = (*numbers, Fraction(0))[:2]
    return Weights(weight, bias, *(numbers[2:] or (weight, bias)))


def _branches(name: str, inside: str, depth: int) -> Branches:
    words = _split(inside, "|")
    parts = [_split(word, ":") for word in words]
    if any(len(part) > 2 or len(part) != len(parts[0]) for part in parts):
        raise ValueError(f"branches have a weight each, or none has one; got {inside[:80]!r}")
    chains = tuple(_chain(part[-1], depth + 1) for part in parts)
    weighted = len(parts[0]) == 2
    weights = tuple(_number(part[0]) if weighted else Fraction(1) for part in parts)
    if any(w <= 0 for w in weights) or weighted and name == "product":
        raise ValueError(f"weights of a sum must be > 0, and a product has none; got {inside[:80]!r}")
    return Branches(chains, () if name == "product" else weights, name == "product")


@functools.lru_cache(maxsize=1024)
def _number(text: str) -> Scalar:
    from .parser import parse_number

    return parse_number(text)


def _split(text: str, separator: str) -> list[str]:
    """The parts between separators outside of parentheses."""
    parts, depth, start = [], 0, 0
    for i, c in enumerate(text):
        depth += (c == "(") - (c == ")")
        if depth < 0:
            break
        if c == separator and not depth:
            parts.append(text[start:i])
            start = i + 1
    if depth:
        raise ValueError(f"parentheses do not match in {text[:80]!r}")
    return [*parts, text[start:]]
