"""A network of infinite width as a kernel whose matrices others compute, in blocks for instance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ..numbers.checks import FloatArray
from .answers import inputs, one_output
from .cost import cost
from .homogeneous_rows import kernel
from .layers import Layer, Shape, network_in
from .needs import activations_in


@dataclass(frozen=True, repr=False)
class WideKernel:
    """The kernels of a network: `nngp`, its `tangent` kernel, or both."""

    network: Layer

    def __repr__(self) -> str:
        return repr(self.network)

    def gram(
        self,
        x: Any,
        y: Any = None,
        tangent: bool | Literal["both"] = False,
        *,
        memory: int = 2**30,
        threads: int = 1,
        channels: Literal["last"] = "last",
    ) -> Any:
        """The matrix of x and y, or of x alone; two of them for "both". It is called as that of a `ckn.Network`."""
        get = None if tangent == "both" else "ntk" if tangent else "nngp"
        return kernel(self.network, x, y, get, memory=memory, threads=threads)

    def data(self, name: str, value: Any) -> Any:
        """Images that the network takes and has one number for; ValueError or TypeError for others."""
        found = inputs(name, value)
        grid = one_output(self.network.output_shape(found.shape))[1:-1]
        if grid:
            raise ValueError(f"kernel must be of a network that ends without a grid; {self!r} has outputs of {grid}")
        return found

    def pair_numbers(self, shape: Shape, tangent: bool | Literal["both"]) -> int | None:
        """How many values of duals and slopes a pair of images of this shape takes; None for vectors."""
        if len(shape) < 3:
            return None
        return (1 + bool(tangent)) * cost(self.network, shape, bool(tangent)).correlations

    def probes(self, at: FloatArray) -> list[float]:
        """Values of its activations that are functions of the user's own."""
        return [float(v) for each in activations_in(self.network) if each.function for v in each.values(at)]


def wide_kernel(value: Any) -> WideKernel | None:
    """That of a layer, of a triple of `kernelspec.stax`, or of one of its functions; None for anything else."""
    found = network_in(value)
    return None if found is None else WideKernel(found)
