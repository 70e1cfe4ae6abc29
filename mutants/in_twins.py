"""Faults in pools of nearly coincident images, and in what smooth activations of large deviations need."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

_TESTS = ("tests/architectures/test_twins.py",)
_twins = partial(Fault, "kernelspec/architectures/twins.py", tests=_TESTS)
_spatial = partial(Fault, "kernelspec/architectures/spatial.py", tests=_TESTS)
_recursion = partial(Fault, "kernelspec/architectures/recursion.py", tests=_TESTS)
_needs = partial(Fault, "kernelspec/architectures/needs.py", tests=_TESTS)
_door = partial(Fault, "kernelspec/architectures/limit.py", tests=_TESTS)

FAULTS = (
    _twins("_APART = 1e-4", "_APART = 1e-12", "no image run as a twin"),
    _twins("ratio, apart = 1.0, plain", "pass", "images of nearly one norm taken for multiples"),
    _twins("twins = twins.plain(old, sign)", "pass", "a ratio kept through a smooth activation"),
    _twins("ratio = 1.0 if dual.even else sign", "ratio = sign", "opposite images behind an even activation"),
    _twins("ratio *= abs(twins.ratio) ** dual.degree", "ratio *= abs(twins.ratio)", "the ratio of a power"),
    _twins("terms = product * (small - small[0, 0])", "terms = product * small", "positions in one direction rounded"),
    _twins("found = u[0, 0] * steps + (", "found = 0 * steps + (", "different lengths in one direction left out"),
    _twins("np.where(u[0, 0] < 0, other, -gap)", "u", "1 - u of rounded correlations"),
    _twins("np.where(better, found, direct)", "direct", "differences of rounded distances alone"),
    _twins("x * y * flat[here]", "0.0 * flat[here]", "the former difference left out"),
    _twins("x * down[here] + y * along[here]", "x * down[here]", "one side held"),
    _twins("middle[i] + x * step[i]", "middle[i]", "variances held"),
    _twins("centre * other + middle * difference", "centre * other", "one factor's difference left out"),
    _twins("+ down * further + along * lower", "", "first differences of a product left out"),
    _twins("square - (s[0] - s[1]) ** 2", "square", "different lengths taken for a distance"),
    _twins("np.nonzero(same & here", "np.nonzero(np.eye(count) * here", "positions that coincide left to rounding"),
    _twins("- u * lengths[first] / 2", "", "steps of lengths taken for turns"),
    _twins("np.where(sure, np.abs(small), 1.0)", "np.abs(small)", "digits that correlations do not have"),
    _twins("< spatial.NEAR_POOLED", "< spatial.NEAR", "1 - u of pools trusted before they compute it"),
    _twins("(other, gap), (gap, other)", "(gap, gap), (other, other)", "1 - u of opposite images"),
    _twins("        except ValueError:", "        except TypeError:", "wide steps to variances without a mean square"),
    _recursion("twins.settle(pooled, found)", "pass", "pools that do not read the difference"),
    _recursion("(difference.plain(state) if weights.b else difference)", "difference", "a bias of multiples cancelled"),
    _recursion("found.twins and found.twins.alone()", "found.twins", "positions that are apart as if together"),
    _recursion(
        "state.twins and state.twins.rescaled(", "state.twins and (lambda *_: state.twins)(", "a norm not divided out"
    ),
    _recursion("math.copysign(1.0, state.twins.ratio)", "1.0", "opposite images behind a norm"),
    _twins("first.ratio if all(", "1.0 if all(", "the ratio of branches that have one"),
    _spatial("apart = 2 * mixed - own - other", "apart = 2 * mixed - own", "one side's own distances left out"),
    _needs("return not max(seen) <= _STEEP", "return False", "1 - u of large deviations without its digits"),
    _needs("return math.hypot(layer.W_std * s", "return math.hypot(0.0 * s", "deviations that weights do not carry"),
    _door("close[close[:, 0] < close[:, 1]]", "close[:0]", "images of one block not run again"),
    _door("len(rows), limit // job.taken(2)", "len(rows)", "pairs of images that take more than the memory"),
    _door("watched(progress if len(rows) else None, pairs", "watched(None, pairs", "pairs run again without progress"),
    _door("twins=twins.of_images(both), close=None", "close=None", "twins without their difference"),
)
