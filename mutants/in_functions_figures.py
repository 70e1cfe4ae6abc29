"""Faults in the figures of the RKHS on the sphere, of approximation, and of the sphere against the cube."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

_TESTS = ("tests/figures/test_sphere_figures.py",)

_members = partial(Fault, "kernelspec/plots/memberships.py", tests=_TESTS)
_curves = partial(Fault, "kernelspec/plots/approximations.py", tests=_TESTS)
_cubes = partial(Fault, "kernelspec/plots/cubes.py", tests=_TESTS)

FAULTS = (
    # -- membership ----------------------------------------------------------------------------------------
    _members("bars = {float(beta) - 0.5 for", "bars = {float(beta) for", "bars at beta, not at beta - 1/2"),
    _members('own = betas[:1] if name == "abs_power"', 'own = betas[1:] if name == "abs_power"', "bars of odd |x|^s"),
    _members("return found.even, found.odd", "return found.odd, found.even", "the exponents of the other parity"),
    _members("first = max(0, d // 2 - 2)", "first = max(0, d - 2)", "powers that begin at d, not at d/2"),
    _members(
        "for known, made, _ in PROFILES if known == name)", "for known, made, _ in PROFILES)", "one profile twice"
    ),
    _members(
        '{True: "yes", False: "no", None: "undecided"}[member]',
        '{True: "yes", False: "no", None: "no"}[member]',
        "what is not decided called no member in the table",
    ),
    # -- approximation -------------------------------------------------------------------------------------
    _curves("exact = -sigma / (beta - sigma)", "exact = -sigma / (beta + sigma)", "a sign in the slope"),
    _curves("-1 / (beta - 1) if lipschitz", "-1 / beta if lipschitz", "the claimed slope of a smoother kernel"),
    _curves("return target.s + Fraction(1, 2), frozenset(", "return target.s, frozenset(", "a kink without its 1/2"),
    _curves("if beta > sigma else None", "if beta >= 0 else None", "a power for functions in the RKHS"),
    _curves("close = norm * (1 - 2.0 **", "close = norm * (1 + 2.0 **", "radii beyond the norm, none near it"),
    _curves("(self.lower >= _TOLD * self.error)", "(self.lower >= 0 * self.error)", "curves that are not told drawn"),
    _curves("len(known) < len(betas)", "len(known) < 0", "a slope where one parity has no power"),
    # -- the cube ------------------------------------------------------------------------------------------
    _cubes("np.exp(above - below)", "np.exp(below - above)", "the sphere over the cube"),
    _cubes("np.where(below >= np.log(_LEAST_MU), shared, np.nan)", "shared", "ratios at lambda that are cut off"),
    _cubes("seen = np.isfinite(below)", "seen = below < np.inf", "ratios where both eigenvalues are 0"),
    _cubes(
        "shared = np.asarray(found[1])[lam.size :] / np.asarray(found[0])[lam.size :]",
        "shared = np.asarray(found[1])[: mu.size] / np.asarray(found[0])[: mu.size]",
        "ratios of effective dimensions at other lambda",
    ),
    _cubes(
        "k = np.arange(1, max(min(d, int((last * d) ** 0.5)), 2) + 1)", "k = np.arange(1, min(d, 11))", "few degrees"
    ),
    _cubes('"sphere": sphere, "cube": cube}', '"sphere": cube, "cube": sphere}', "columns of the table exchanged"),
)
