"""The methods of a network that compute its exact kernel: matrices, distances, norms, maps (claims 42, 49, 51).

Arguments are checked here; `engine` does the work. Source: Bietti & Mairal 2019, JMLR (claims 42, 51), and NeurIPS
(claim 49).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from ..numbers.arrays import Standard, library_of
from ..numbers.checks import check_progress
from ..numbers.precision import default_errors
from .axes import read_images
from .patch_kernels import check_tangent
from .positive import check_layers
from .scaling import Scaling

if TYPE_CHECKING:
    from ..results.tables import Table
    from .engine.schedule import Task, Work
    from .network import Map, Shapes

Progress = Callable[..., Iterable[Any]]


class Options(NamedTuple):
    """What the engine is to do with images of one size and dtype."""

    tangent: bool
    memory: int
    threads: int | None
    whole: bool  # every map, and not the kernel alone
    doubts: bool = False  # where tangent kernels of rectifiers may have lost digits, as a third matrix
    trained: tuple[bool, ...] = ()  # of every layer whether its weights are; all where there are none


def tangent_of(value: object) -> bool | Literal["both"]:
    """What `tangent` of a Gram matrix says; ValueError for anything else."""
    if isinstance(value, str) and value == "both":
        return "both"
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f'tangent must be False, True or "both"; got {value!r}')
    return bool(value)


class Exact:
    """What a network of the plane, or on a group, computes of images."""

    layers: Any
    floor: float
    output: Any

    def shapes(self, shape: Any, channels: str | None = None) -> Shapes:
        """The sizes of every map."""
        raise NotImplementedError

    def _library(self, x: Any, name: str) -> Standard:
        return library_of(x, name)

    def _task(self, ops: Standard, shapes: Shapes, dtype: Any, scaling: Scaling, options: Options) -> Task:
        """What the engine computes with, for images of one size."""
        raise NotImplementedError

    # -- looks ------------------------------------------------------------------------------------------------

    def diagram(self, shape: Any, ax: Any = None, channels: str | None = None) -> Any:
        """A picture of the architecture for data of this shape, on matplotlib's `ax` (a new figure if None)."""
        return self.shapes(shape, channels).plot(ax)

    def table(self) -> Table:
        """The layers as a `Table`: number, patch, kernel, pool, stride, border, and whether patches are normalized."""
        from ..views.networks import table

        return table(self)

    def latex(self, full: bool = False) -> str:
        """LaTeX of K(x, x') and of what a layer does; with `full`, every layer in an `aligned` environment."""
        from ..views.networks import latex

        return latex(self, full)

    def _repr_latex_(self) -> str:
        return f"${self.latex()}$"

    def _repr_html_(self) -> str:
        from ..views.networks import to_html

        return to_html(self)

    # -- what it computes --------------------------------------------------------------------------------------

    @default_errors
    def gram(
        self,
        x: Any,
        y: Any = None,
        tangent: Any = False,
        *,
        memory: int = 2**30,
        threads: int | None = None,
        progress: Progress | None = None,
        out: Any = None,
        channels: str | None = None,
    ) -> Any:
        r"""The kernel matrix K(x_i, y_j), exact to rounding.

        .. math:: K(x, x') = \sum_u \langle x_n(u), x_n'(u) \rangle, \qquad x_k = A_k M_k P_k x_{k-1}.

        Parameters
        ----------
        x, y : images (n, height, width, channels) or signals (n, length, channels), of one size; finite. float32 stays
            float32; integers are read as float64. Where y is None the matrix is K(x_i, x_j), symmetric, and its
            diagonal is computed with the angle 0 between a patch and itself. NumPy arrays, or, of a network of the
            plane, those of any library of the array API standard, which then stay on their device. Any size of pixels
            will do: images are scaled by powers of two on the way.
        tangent : False, K (claim 42); True, the neural tangent kernel of the network (claim 49), which needs layers
            of kernel a*linear() + b*arccos(1), b >= 0, a >= -b/2; "both", the pair of matrices (K, tangent kernel).
        memory : bytes for working memory beyond x, y and the result.
        threads : workers, by default one for each core that the process may use. More than one needs the package
            threadpoolctl, which keeps the matrix products themselves to one thread.
        progress : called as progress(iterable, total=...), like tqdm.
        out : a file to be made, for matrices larger than memory and for long work: an array in NumPy's format, read
            back as a memory map. What was finished when a run was cut off is kept beside it, and the same call, with
            the same memory and threads, goes on there. Its space is reserved first, and one call writes at a time.
        channels : "last", as above, or "first", (n, channels, height, width) or (n, channels, length). None, the
            default, reads them last, and refuses shapes that look otherwise.

        Returns
        -------
        An array of shape (n, m), or two, right to about 1e-15 (float64) and 1e-6 (float32) of |Phi(x)||Phi(y)|. Where
        maps nearly coincide at a later layer (very flat images), tangent kernels and kernels whose slope at an end is
        not bounded (laplace, arccos(0)) lose up to half of their digits, as a cosine is all that is known there.

        Raises TypeError and ValueError that name the parameter, and the layer where a map would be empty or whose
        kernel is seen not to be positive semi-definite; OSError where the disk has no room for `out`, BlockingIOError
        where another call writes it.

        Source: Bietti & Mairal 2019, JMLR (claims 42, 51), and NeurIPS (claim 49); the released code (claim 60).

        >>> import kernelspec as ks
        >>> from kernelspec import ckn
        >>> net = ckn.Network([ckn.Layer(patch=1, kernel=ks.arccos(1))])
        >>> net.gram([[[3.0, 4.0]], [[4.0, -3.0]]])  # one position, two channels: 25 kappa_1(0) = 25/pi
        array([[25.        ,  7.95774715],
               [ 7.95774715, 25.        ]])
        """
        tangent = tangent_of(tangent)
        options = Options(bool(tangent), memory, threads, False)
        work = work_of(self, x, y, options, channels, progress)
        kinds = (0, 1) if tangent == "both" else (int(options.tangent),)
        if out is None:
            results = work.matrices(kinds)
        else:
            from ..gram.matrix_file import Store

            with Store(out, work, kinds) as store:
                work.matrices(kinds, store)
                results = store.finish()
        return (results[0], results[1]) if tangent == "both" else results[0]

    @default_errors
    def distances(
        self,
        x: Any,
        y: Any = None,
        tangent: bool = False,
        *,
        memory: int = 2**30,
        threads: int | None = None,
        progress: Progress | None = None,
        channels: str | None = None,
    ) -> Any:
        """The distances |Phi(x_i) - Phi(y_j)| in the RKHS, shape (n, m), float64.

        From |Phi(x)|^2 + |Phi(y)|^2 - 2 K(x, y), in float64 whatever the dtype of the data, since the difference
        cancels: distances below 1e-7 of the norms are rounding. Parameters and errors as for `gram`.
        """
        work = work_of(self, x, y, _plain(tangent, memory, threads), channels, progress, double=True)
        (inner,) = work.matrices((int(tangent),), scaled=True)
        left, right = work.diagonals(int(tangent))
        to_distances(work.ops, inner, left, right, *work.exponents())
        return work.given(inner)

    @default_errors
    def norms(
        self,
        x: Any,
        tangent: bool = False,
        *,
        memory: int = 2**30,
        threads: int | None = None,
        channels: str | None = None,
    ) -> Any:
        """The norms |Phi(x_i)| = K(x_i, x_i)^(1/2), shape (n,). Parameters and errors as for `gram`."""
        work = work_of(self, x, None, _plain(tangent, memory, threads), channels)
        work.prepare()
        squares = work.diagonals(int(tangent))[0]
        roots = work.ops.sqrt(work.ops.nonnegative(squares))
        return work.given(work.ops.times_power(roots, work.exponents()[0]))

    @default_errors
    def maps(
        self, x: Any, *, memory: int = 2**30, progress: Progress | None = None, channels: str | None = None
    ) -> list[Map]:
        """The norms of every map, for pictures: |x(u)|, then |P_k x_{k-1}(u)| and |x_k(u)| of each layer k.

        Returns
        -------
        A list of `Map(name, values, axes)`: "input", "patches 1", "layer 1", "patches 2", ...; values of shape (n,
        height, width) or (n, length), axes ("image", "height", "width") or ("image", "length"). On a group the maps of
        the layers have an axis "rotation" behind the first, of length 1 behind a pooling over all turns. As |M z| = |z|
        for kernels with kappa(1) = 1, the map of the patches is that of their images in the RKHS, too (Bietti & Mairal
        2019, JMLR; claim 42).
        """
        return work_of(self, x, None, Options(False, memory, 1, True), channels, progress).maps()


def to_distances(ops: Standard, inner: Any, left: Any, right: Any, a: Any, b: Any) -> None:
    """Turn K(x_i, y_j) into |Phi(x_i) - Phi(y_j)|, in place; left and right are K(x, x) and K(y, y).

    All are of images scaled by powers of two: Phi(x_i) is to be multiplied by 2^a_i, Phi(y_j) by 2^b_j.
    """
    for i in range(inner.shape[0]):
        # Half of the square, in units of the larger norm; the two norms together, so that the matrix stays symmetric.
        unit = ops.xp.maximum(b, a[i] + 0 * b)
        norms = ops.times_power(left[i] / 2 + 0 * right, 2 * (a[i] - unit))
        norms = norms + ops.times_power(right / 2, 2 * (b - unit))
        half = norms - ops.times_power(inner[i, :], a[i] + b - 2 * unit)
        inner[i, :] = ops.times_power(ops.sqrt(ops.nonnegative(half)) * math.sqrt(2), unit)


def _plain(tangent: Any, memory: int, threads: int | None) -> Options:
    if not isinstance(tangent, bool | np.bool_):
        raise ValueError(f"tangent must be False or True; got {tangent!r}")
    return Options(bool(tangent), memory, threads, False)


def work_of(
    network: Exact,
    x: Any,
    y: Any,
    options: Options,
    channels: str | None,
    progress: Progress | None = None,
    double: bool = False,
    formal: bool = False,
) -> Work:
    """The work, when all is checked.

    Tangent kernels are those of networks; if `formal`, also the same recursion with exponential patch kernels, which
    are those of no activation.
    """
    from .engine.schedule import Work
    from .network import by

    check_progress(progress)
    if options.tangent and not formal:
        check_tangent(network.layers)
    ops = network._library(x, "x")
    if y is not None and network._library(y, "y").xp is not ops.xp:
        raise TypeError(f"x and y must be arrays of one library; got {type(x).__name__} and {type(y).__name__}")
    x = read_images(ops, "x", x, double, channels)
    if y is not None:
        y = read_images(ops, "y", y, double, channels)
        if tuple(x.shape[1:]) != tuple(y.shape[1:]):
            raise ValueError(
                f"x and y must have images of one size; got {by(tuple(x.shape[1:]))} and {by(tuple(y.shape[1:]))}"
            )
        dtype = ops.xp.result_type(x.dtype, y.dtype)
        x, y = ops.cast(x, dtype), ops.cast(y, dtype)
    check_layers(network.layers)
    shapes, scaling = network.shapes(tuple(x.shape), "last"), Scaling.of(network)
    task = network._task(ops, shapes, x.dtype, scaling, options)
    return Work(task, ops, x, y, (_powers(ops, x, scaling), _powers(ops, y, scaling)), progress)


def _powers(ops: Standard, x: Any, scaling: Scaling) -> Any:
    """The powers of two that images are divided by; None where they are not."""
    if x is None or not scaling.relative:
        return None
    if not x.shape[0]:
        return ops.indices([])
    # Squares of inner products grow: |x| of about 1 then, and not only its pixels.
    more = math.ceil(math.log2(math.prod(x.shape[1:])) / 2) if scaling.squares else 0
    return ops.exponents(x) + more
