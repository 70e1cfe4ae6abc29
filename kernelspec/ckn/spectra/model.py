"""`Model`: the exact spectrum of a convolutional kernel for inputs that are uniform on a domain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ...numbers.checks import choice, integer, real
from ...numbers.precision import default_errors, with_balls
from ...rkhs import capacity
from ...rkhs.learning_curves import LearningCurve, learning_curve
from ...rkhs.levels import Levels
from ...rkhs.narrowing import narrowed
from ..network import Network
from ..positive import check_layers
from .choice import solver_of
from .cube import CubeLayer
from .eigenspaces import Eigenspace, Eigenspaces
from .norms import norm_in
from .spheres import SpheresLayer

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ...results.tables import Table

DOMAINS = ("spheres", "cube")
_MOST = 2**15  # eigenspaces
_SEARCHED = 10**6  # eigenfunctions among which a label is looked for


class Model:
    r"""The Mercer decomposition of a convolutional kernel of one or two layers, exactly.

    Parameters
    ----------
    net : a `ckn.Network`.
    positions : how many there are, n >= 1.
    domain : what the inputs are uniform on. "spheres": n patches of their own, each uniform on S^{p-1}; the kernel is
        :math:`\sum_{u,v} (A^T A)_{uv} \kappa(x_u \cdot x'_v)`, A the pooling of the layer over the n positions (claims
        52-55). It is that of `net` on signals of n positions and p channels with unit vectors at each, and patch=1. A
        second layer has windows of these positions, "circular" or "valid" (`two_layers`), and `ckn.square` where the
        first pools (`quadratic`; claim 56).
        "cube": signals in {-1, 1}^n with one channel, whose patches overlap; the border is "circular", with a patch of
        at most (n+1)/2 or of n, or "valid". The kernel is that of `net.gram`.
    dimension : p; by default the patch of the first layer. For patches in two dimensions or with channels: the number
        of entries of a patch. With domain="cube" None.

    Raises ValueError and TypeError that name the parameter.

    Source: Bietti 2022, one- and two-layer kernels (claims 52-59); Misiakiewicz & Mei 2021, for the cube.

    >>> import kernelspec as ks
    >>> from kernelspec import ckn
    >>> net = ckn.Network([ckn.Layer(3, ks.arccos(1), ckn.average(2), border="circular")])
    >>> ckn.spectra.Model(net, positions=4).eigenvalues(4)
    eigenvalue  multiplicity  degrees  frequency
    1.5         1             0
    0.166667    3             1        0
    """

    def __init__(self, net: Network, positions: int = 8, domain: str = "spheres", dimension: int | None = None) -> None:
        if not isinstance(net, Network):
            raise TypeError(f"net must be a ckn.Network; got {net!r}")
        self.net = net
        self.positions = integer("positions", positions, 1)
        self.domain = choice("domain", domain, DOMAINS)
        if dimension is not None:
            dimension = integer("dimension", dimension, 2)
        self.dimension = dimension
        check_layers(net.layers)
        self._solver = solver_of(net, self.positions, self.domain, dimension)

    # -- the spectrum ---------------------------------------------------------------------------------------------

    def eigenvalues(self, n: int = 20) -> Eigenspaces:
        """The n largest eigenvalues: the shortest list of eigenspaces, descending, of n eigenfunctions or more.

        There are fewer where the kernel has fewer that are not 0, or the others are below the range of floats. Of
        two layers, kappa_2 neither a polynomial nor exponentials, all are a little too small, with a `PrecisionWarning`
        where that is seen; `levels` has bounds.
        """
        return Eigenspaces(self._solver.eigenvalues(integer("n", n, 1)))

    def levels(self, count: int = 1000) -> Levels:
        """Enclosures of the eigenvalues of `count` eigenspaces, or of all there are, and bounds of the others."""
        return self._solver.levels(integer("count", count, 1))

    def trace(self) -> float:
        """E K(x, x), the sum of all eigenvalues with their multiplicities."""
        return self._solver.trace()

    def eigenspace(
        self, degrees: tuple[int, ...] = (), frequency: int | None = None, diameter: int | None = None
    ) -> Eigenspace:
        """The eigenspace of a label, among the 10^6 first eigenfunctions; ValueError where there is none.

        Parameters
        ----------
        degrees : k_1 >= k_2 >= ... >= 1, () for the constant.
        frequency : that of its sum over positions; None for the first of all. One where all frequencies are counted
            together has each of them.
        diameter : on the cube, that of the sets; None for the first of all.
        """
        wanted = tuple(sorted((integer("degrees", k, 1) for k in degrees), reverse=True))
        count, found = 64, self.eigenvalues(64)
        while True:
            for space in found:
                if (
                    space.degrees == wanted
                    and (frequency is None or space.frequency in (None, frequency))
                    and (diameter is None or space.diameter in (None, diameter))
                ):
                    return space
            if count > _SEARCHED or sum(space.multiplicity for space in found) < count:
                raise ValueError(
                    f"degrees, frequency and diameter must be those of an eigenspace; {self!r} has none with {wanted}, "
                    f"{frequency}, {diameter} among its {count} first eigenfunctions, or its eigenvalue is 0"
                )
            count *= 4
            found = self.eigenvalues(count)

    # -- norms --------------------------------------------------------------------------------------------------------

    @with_balls
    def norm(self, f: Any, digits: int | None = None) -> Any:
        r"""The norm of a function in the RKHS; infinity where it is not in it.

        Parameters
        ----------
        f : with domain="spheres", sum_u G[u](x_u): a list of functions on S^{p-1} (`ks.rkhs.ridge`,
            `ks.rkhs.polynomial`, their combinations), one for each position, or a mapping from positions to functions.
            With domain="cube", a sum of parities: a mapping from tuples of positions, counted from 0, to coefficients
            that are rational numbers; a float stands for the decimal that it prints. Of two layers, a sum of products
            of harmonics: a mapping from tuples of pairs (position, degree) to coefficients (`interactions`).
        digits : None for a float; otherwise an Arb ball with so many digits, 40 at most, or as many as are known.

        It is the minimum over all ways to write f as a sum of functions of patches (`norms`). Raises TypeError and
        ValueError that name the parameter. Source: Bietti 2022, one-layer models (claim 53).

        >>> import kernelspec as ks
        >>> from kernelspec import ckn
        >>> net = ckn.Network([ckn.Layer(2, ks.linear(), border="circular", normalized=True)])
        >>> ckn.spectra.Model(net, 8, "cube").norm({(3,): 1})  # x_3: xi_1 = 1/2, and two patches hold it
        1.0
        """
        if digits is not None:
            digits = integer("digits", digits, 1, 40)
        return norm_in(self._solver, f, self.positions, digits)

    # -- what learning theory asks for ------------------------------------------------------------------------------

    @default_errors
    def effective_dimension(self, lam: Any, certified: bool = False) -> Any:
        r"""The effective dimension sum mu/(mu + lambda) for a number lambda > 0, or an array of them.

        With `certified`, an Arb ball, or a list of balls; see `kernelspec.rkhs.capacity.effective_dimension`.
        """
        return self._capacity(lambda levels, proved: capacity.effective_dimension(levels, lam, proved), certified)

    @default_errors
    def information_gain(self, n: Any, noise: Any, certified: bool = False) -> Any:
        r"""The information gain (1/2) sum log(1 + n mu/sigma^2) of n observations with noise of deviation sigma.

        With `certified`, an Arb ball, or a list of balls; see `kernelspec.rkhs.capacity.information_gain`.
        """
        return self._capacity(lambda levels, proved: capacity.information_gain(levels, n, noise, proved), certified)

    @default_errors
    def tail(self, r: Any, certified: bool = False) -> Any:
        r"""The sum of all but the r largest eigenvalues: the error of the best approximation of rank r.

        With `certified`, an Arb ball, or a list of balls; see `kernelspec.rkhs.capacity.tail`.
        """
        return self._capacity(lambda levels, proved: capacity.tail(levels, r, proved), certified)

    def _capacity(self, bounds: Callable[[Levels, bool], Any], certified: bool) -> Any:
        return narrowed(self.levels, bounds, certified, _MOST)

    def learning_curve(
        self, target: Mapping[Eigenspace, float], n: Any, ridge: float = 0.0, noise: float = 0.0
    ) -> LearningCurve:
        """The test error that the eigenlearning equations predict for kernel ridge regression (`rkhs.learning_curves`).

        Parameters
        ----------
        target : the power E f_i^2 of the target in eigenspaces, such as {model.eigenspace((3,), 0): 1.0}. An
            eigenspace of value 0 stands for what the kernel does not see.
        n : numbers of samples, integers >= 1.
        ridge : lambda >= 0 in K + n lambda 1.
        noise : the standard deviation of the noise, >= 0.
        """
        if not isinstance(target, Mapping) or not all(isinstance(space, Eigenspace) for space in target):
            raise TypeError(f"target must be a mapping from Eigenspace to powers; got {target!r}")
        parts = [(space.value, real("target", power, 0)) for space, power in target.items()]
        spectrum = self._solver.nodes if isinstance(self._solver, SpheresLayer) else self.levels
        return learning_curve(spectrum, parts, n, ridge, noise)

    def smoothing(self, n: int = 20) -> Table:
        """What one layer does to positions and to patches, shown apart, as a `Table`: eigenvalues are products of both.

        Rows "positions" have the eigenvalues s_j of A^T A, with their frequencies, "patches" those of the patch kernel,
        by degree; n of each at most. On overlapping patches there is the factor r besides (`cube`). Source: derived
        here (claim 53).
        """
        n = integer("n", n, 1)
        if not isinstance(self._solver, SpheresLayer | CubeLayer):
            raise ValueError(
                "net must have one layer, with patches of at most (n+1)/2 on a circle, to be shown in parts"
            )
        from ...views.convolutional_spectra import smoothing_table

        return smoothing_table(*self._solver.factors(n))

    # -- looks ------------------------------------------------------------------------------------------------------

    def table(self, n: int = 20) -> Table:
        """The n largest eigenvalues as a `Table`: eigenvalue, multiplicity, degrees, frequency."""
        return self.eigenvalues(n).table()

    def plot(
        self, ax: Any = None, label: str | None = None, asymptote: bool | None = None, n: int = 1000, **more: Any
    ) -> Axes:
        """Draw the n largest eigenvalues over their index on logarithmic axes; returns the axes."""
        return self.eigenvalues(n).plot(ax, repr(self) if label is None else label, asymptote, **more)

    def __repr__(self) -> str:
        more = "" if self.dimension is None else f", dimension={self.dimension}"
        return f"Model({self.net!r}, positions={self.positions}, domain={self.domain!r}{more})"

    def _repr_html_(self) -> str:
        return self.table(8)._repr_html_()
