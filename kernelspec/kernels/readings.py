"""The doors of a kernel to its spectra, its laws of decay and its expansions, which stand on higher floors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast, overload

from ..numbers.precision import default_errors

if TYPE_CHECKING:
    from ..decay import Decay
    from ..rkhs import CubeSpace, Space
    from ..spectrum import CubeSpectrum, Spectrum
    from .zonal import Zonal

DOMAINS = ("sphere", "cube")


class Readings:
    """What `Zonal` reads upstairs."""

    __slots__ = ()

    @property
    def _zonal(self) -> Zonal:
        """Itself: no class but `Zonal` derives from this one."""
        return cast("Zonal", self)

    @overload
    def spectrum(self, d: int, domain: Literal["sphere"] = "sphere") -> Spectrum: ...
    @overload
    def spectrum(self, d: int, domain: Literal["cube"]) -> CubeSpectrum: ...
    @default_errors
    def spectrum(self, d: int, domain: str = "sphere") -> Spectrum | CubeSpectrum:
        """The Mercer eigenvalues mu_k on S^{d-1}: a `spectrum.Spectrum`; or those on the cube, a `CubeSpectrum`.

        Parameters
        ----------
        d : the dimension: from 2 on the sphere, from 1 to 4000 on the cube.
        domain : "sphere" for x uniform on S^{d-1} in R^d and kappa(x.y); "cube" for x uniform on {-1, 1}^d and
            kappa(x.y/d).

        Raises ValueError for another domain. Source: Bietti & Bach 2021, Appendix A (claims 6-8); Misiakiewicz & Mei
        2021, Section 2, for the cube.
        """
        _require_domain(domain)
        from ..spectrum import CubeSpectrum, Spectrum

        return (Spectrum if domain == "sphere" else CubeSpectrum)(self._zonal, d)

    def decay(self, d: int) -> Decay:
        """The rate and the exact constants of mu_k's decay on S^{d-1} (Bietti & Bach 2021, Theorem 1; claim 14)."""
        from ..decay import decay

        return decay(self._zonal, d)

    @overload
    def rkhs(self, d: int, domain: Literal["sphere"] = "sphere") -> Space: ...
    @overload
    def rkhs(self, d: int, domain: Literal["cube"]) -> CubeSpace: ...
    def rkhs(self, d: int, domain: str = "sphere") -> Space | CubeSpace:
        """The RKHS on S^{d-1}, or on the cube {-1, 1}^d: norms, membership, smoothness, effective dimension.

        Parameters as in `spectrum`. Source: Bietti & Bach 2021, Appendix A (claim 8).
        """
        _require_domain(domain)
        from ..rkhs import CubeSpace, Space

        return (Space if domain == "sphere" else CubeSpace)(self._zonal, d)

    def expand(self, at: int = 1, terms: int = 3) -> Any:
        """The expansion of kappa at u = +1 or -1 in powers of t = 1 - u or 1 + u; see `kernelspec.expansions`."""
        from ..expansions import expand

        return expand(self._zonal, at, terms)


def _require_domain(domain: str) -> None:
    if domain not in DOMAINS:
        raise ValueError(f'domain must be "sphere" or "cube", got {domain!r}')
