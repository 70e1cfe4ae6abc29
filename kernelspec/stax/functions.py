"""What a network of `kernelspec.stax` is: a triple (init_fn, apply_fn, kernel_fn), each of which knows the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, SupportsIndex

from .. import architectures
from ..architectures import answers, empirical, finite, sampling
from ..architectures.layers import network_in
from ..kernels.zonal import Zonal
from ..numbers.checks import Progress


@dataclass(frozen=True)
class InitFunction:
    """init_fn(rng, input_shape) -> (output_shape, params): random parameters, in float64.

    `rng` is a `numpy.random.Generator` or a seed (a key of JAX is one); the number of images in `input_shape` may be
    -1.
    """

    network: architectures.Layer

    def __call__(self, rng: Any, input_shape: Any) -> tuple[Any, Any]:
        return finite.init(self.network, rng, input_shape)


@dataclass(frozen=True)
class ApplyFunction:
    """apply_fn(params, inputs) -> outputs, in the dtype of the inputs. `rng` is not used: no layer is random."""

    network: architectures.Layer

    def __call__(self, params: Any, inputs: Any, *, rng: Any = None) -> Any:
        return finite.apply(self.network, params, answers.inputs("inputs", inputs))


@dataclass(frozen=True)
class KernelFunction:
    """kernel_fn(x1, x2=None, get=None): the kernels of the network of infinite width.

    An array for get = "nngp" or "ntk", a named tuple for a tuple of these and for None, which is both. `memory`,
    `threads` and `progress` are those of `architectures.limit.kernel`.
    """

    network: architectures.Layer

    def __call__(
        self,
        x1: Any,
        x2: Any = None,
        get: Any = None,
        *,
        memory: SupportsIndex | float = 2**30,
        threads: int | None = None,
        progress: Progress | None = None,
    ) -> Any:
        from ..architectures import homogeneous_rows

        return homogeneous_rows.kernel(self.network, x1, x2, get, memory=memory, threads=threads, progress=progress)

    def zonal(self, norm: Any = 1.0, get: Any = "ntk", d: Any = None) -> Zonal:
        """The kernel on the inputs of one length as an expression: `architectures.zonal`.

        `norm` is |x|/sqrt(d), the root of the mean square of the entries; with d, the number of inputs, it is |x|.

        >>> from kernelspec import stax
        >>> network = stax.serial(stax.Dense(512), stax.Relu(), stax.Dense(1))
        >>> network.kernel_fn.zonal(get="nngp")
        network('dense(1) > relu > dense(1)', scaled=True)
        >>> network.kernel_fn.zonal(get="nngp").decay(3).exponent
        5
        """
        from ..architectures.zonal import zonal

        return zonal(self.network, norm, get, d)


class Network(NamedTuple):
    """A network, or a layer of one."""

    init_fn: InitFunction
    apply_fn: ApplyFunction
    kernel_fn: KernelFunction

    def __repr__(self) -> str:
        return repr(self.init_fn.network)


def made(network: architectures.Layer) -> Network:
    """The triple of a network."""
    return Network(InitFunction(network), ApplyFunction(network), KernelFunction(network))


def network_of(name: str, value: Any) -> architectures.Layer:
    """The network that a triple, or one of its functions, stands for; TypeError, with this name, for anything else."""
    found = None if isinstance(value, architectures.Layer) else network_in(value)
    if found is None:
        raise TypeError(f"{name} must come from kernelspec.stax, got {value!r}")
    return found


@dataclass(frozen=True)
class EmpiricalFunction:
    """fn(x1, x2, get, params): the kernels of the network with these parameters (`architectures.empirical_kernel`)."""

    network: architectures.Layer
    traced: bool = True

    def __call__(self, x1: Any, x2: Any, get: Any, params: Any) -> Any:
        return empirical.empirical_kernel(self.network, params, x1, x2, get, traced=self.traced)


@dataclass(frozen=True)
class EmpiricalKind:
    """fn(x1, x2, params): one of the two kernels."""

    network: architectures.Layer
    kind: str
    traced: bool = True

    def __call__(self, x1: Any, x2: Any, params: Any) -> Any:
        return empirical.empirical_kernel(self.network, params, x1, x2, self.kind, traced=self.traced)


@dataclass(frozen=True)
class MonteCarloFunction:
    """kernel_fn(x1, x2=None, get=None): means over random networks; `estimate` tells their standard errors, too."""

    network: architectures.Layer
    key: Any
    samples: Any
    traced: bool = True

    def __call__(self, x1: Any, x2: Any = None, get: Any = None) -> Any:
        if isinstance(self.samples, int):
            return self.estimate(x1, x2, get).mean
        return (each.mean for each in self.estimate(x1, x2, get))

    def estimate(self, x1: Any, x2: Any = None, get: Any = None) -> Any:
        """(mean, error, samples), where the error is the standard error of every entry; a generator for several."""
        given: dict[str, Any] = {"samples": self.samples, "rng": self.key, "traced": self.traced}
        function = sampling.monte_carlo_kernel if isinstance(self.samples, int) else sampling.estimates
        return function(self.network, x1, x2, get, **given)
