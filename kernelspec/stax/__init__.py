"""Networks under the names of `neural_tangents.stax`, in NumPy: one line changes, `from kernelspec import stax`.

Names, parameters and their meaning are those of neural_tangents 0.6.5 (Novak et al. 2020, "Neural Tangents: fast and
easy infinite neural networks in Python"); images come first and channels last. `serial` gives (init_fn, apply_fn,
kernel_fn). `monte_carlo_kernel_fn`, `empirical_kernel_fn`, `empirical_ntk_fn` and `empirical_nngp_fn`, which stand in
`neural_tangents` itself, are here, too. Not there are the architectures of published tables by name (`myrtle`, `cntk`,
`lap`, `wide_resnet`), and `plan`, which says what a kernel costs.
"""

from .activations import (
    ABRelu,
    Abs,
    Cos,
    Elementwise,
    ElementwiseNumerical,
    Erf,
    Exp,
    ExpNormalized,
    Gabor,
    Gaussian,
    Gelu,
    Hermite,
    LeakyRelu,
    Monomial,
    Polynomial,
    Rbf,
    RectifiedMonomial,
    Relu,
    Sigmoid_like,
    Sign,
    Sin,
)
from .kernels import empirical_kernel_fn, empirical_nngp_fn, empirical_ntk_fn, monte_carlo_kernel_fn
from .layers import (
    AvgPool,
    Conv,
    ConvLocal,
    Dense,
    FanInConcat,
    FanInProd,
    FanInSum,
    FanOut,
    Flatten,
    Frozen,
    GlobalAvgPool,
    GlobalSumPool,
    Identity,
    LayerNorm,
    SumPool,
    parallel,
    repeat,
    serial,
)
from .named import cntk, lap, myrtle, wide_resnet
from .plans import Plan, plan

__all__ = [
    "ABRelu",
    "Abs",
    "AvgPool",
    "Conv",
    "ConvLocal",
    "Cos",
    "Dense",
    "Elementwise",
    "ElementwiseNumerical",
    "Erf",
    "Exp",
    "ExpNormalized",
    "FanInConcat",
    "FanInProd",
    "FanInSum",
    "FanOut",
    "Flatten",
    "Frozen",
    "Gabor",
    "Gaussian",
    "Gelu",
    "GlobalAvgPool",
    "GlobalSumPool",
    "Hermite",
    "Identity",
    "LayerNorm",
    "LeakyRelu",
    "Monomial",
    "Plan",
    "Polynomial",
    "Rbf",
    "RectifiedMonomial",
    "Relu",
    "Sigmoid_like",
    "Sign",
    "Sin",
    "SumPool",
    "cntk",
    "empirical_kernel_fn",
    "empirical_nngp_fn",
    "empirical_ntk_fn",
    "lap",
    "monte_carlo_kernel_fn",
    "myrtle",
    "parallel",
    "plan",
    "repeat",
    "serial",
    "wide_resnet",
]

# Layers of neural_tangents.stax that are not here.
ABSENT = ("Aggregate", "ConvTranspose", "DotGeneral", "Dropout", "GlobalSelfAttention", "ImageResize", "Index")


def __getattr__(name: str) -> object:
    if name in ABSENT:
        raise AttributeError(
            f"kernelspec.stax does not have {name} of neural_tangents.stax; it has {', '.join(__all__)}"
        )
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
