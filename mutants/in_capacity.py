"""Faults in capacities: enclosed levels, sums over all degrees, bounds for any data, the cube, separated points."""

from __future__ import annotations

from mutants.fault import Fault

CAPACITY = "kernelspec/rkhs/capacity.py"
SUMS = "kernelspec/rkhs/degree_sums.py"
MERCER = "kernelspec/rkhs/mercer.py"
TAIL = "kernelspec/rkhs/mercer_tail.py"
SPHERE = "kernelspec/rkhs/capacity_on_sphere.py"
SEPARATED = "kernelspec/rkhs/separated.py"
TENSOR = "kernelspec/rkhs/tensor_products.py"
CUBE = "kernelspec/sphere/cube.py"
GAUSS = "kernelspec/numbers/gauss_sums.py"

_LEVELS = ("tests/rkhs/test_capacity.py",)
_SPHERE = ("tests/rkhs/test_capacity_on_sphere.py",)
_SEPARATED = ("tests/rkhs/test_separated.py",)
_TENSOR = ("tests/rkhs/test_tensor_products.py",)
_CUBE = ("tests/spectrum/test_cube.py",)

FAULTS = (
    Fault(
        CAPACITY,
        "low = _down(low + _down(levels.rest[0] / _up(levels.largest + flat, 1), 1), 1)",
        "low = _down(low + _down(levels.rest[0] / flat, 1), 1)",
        "what is left out taken for infinitely small in the lower bound, too",
        _LEVELS,
    ),
    Fault(
        CAPACITY,
        "    return _up(total, steps) if up else _down(total, steps)",
        "    return total",
        "sums in pairs not rounded outward",
        _LEVELS,
    ),
    Fault(
        CAPACITY,
        "        mu, count = np.append(mu, [c, left_over]), np.append(count, [whole, 1.0])\n",
        "        mu, count = np.append(mu, [left_over]), np.append(count, [1.0])\n",
        "what is left out dropped from the lower bound of the rank-r error",
        _LEVELS,
    ),
    Fault(
        SUMS,
        "about = self._about(self.eps + delta.upper() + self.eps * delta.upper())",
        "about = self._about(0 * delta)",
        "the error of the rule for blocks dropped",
        _SPHERE,
    ),
    Fault(
        SUMS,
        "total += c * (every / 2).union((every + first) / 2)",
        "total += c * every",
        "the trace of one parity taken for that of both",
        _SPHERE,
    ),
    Fault(
        MERCER,
        "return (one + other if parity == 0 else one - other) / 2",
        "return (one + other if parity == 0 else one) / 2",
        "kappa(1)/2 taken for the trace of the odd degrees",
        _SPHERE,
    ),
    Fault(
        MERCER,
        "    least = trace.lower() * f(largest) / largest\n",
        "    least = trace.lower() * slope\n",
        "the concavity of what is left out passed over",
        _SPHERE,
    ),
    Fault(
        TAIL,
        "            total += (many - some) * tail.enclosed(places[tail])\n",
        "            total += 0 * many\n",
        "an eigenvalue that is split by rank r dropped",
        _SPHERE,
    ),
    Fault(
        TAIL,
        "if count >= n or not trace / (n - count) <= level.value:",
        "if count >= n:",
        "a selection taken for a bound where the rest is larger than its least eigenvalue",
        _SPHERE,
    ),
    Fault(
        SPHERE,
        "share = trace * max(n - int(x), 0) / n",
        "share = trace * max(n - int(x) - 1, 0) / n",
        "the n - r smallest eigenvalues counted one too few",
        _SPHERE,
    ),
    Fault(
        SEPARATED,
        "bounds += [x + y - (n - 2) * q for x, y in zip(one, near_one, strict=True)]",
        "bounds += [2 * x - (n - 2) * q for x, y in zip(one, near_one, strict=True)]",
        "a near antipode taken for an exact one",
        _SEPARATED,
    ),
    Fault(
        SEPARATED,
        "    first = _first(n - 1, rho)\n",
        "    first = 0\n",
        "low degrees kept in the circles of Gershgorin",
        _SEPARATED,
    ),
    Fault(
        TENSOR,
        "largest = max(a.largest * greatest[1], b.largest * greatest[0]) * (1 + 2.0**-50)",
        "largest = a.largest * b.largest",
        "what one factor leaves out taken for what both do",
        _TENSOR,
    ),
    Fault(
        CUBE,
        "    turned = arb_poly([shifted[j] * 2**j for j in range(d, -1, -1)])\n",
        "    turned = arb_poly([shifted[j] for j in range(d, -1, -1)])\n",
        "the factor 2 of the map (1-z)/(1+z) dropped",
        _CUBE,
    ),
    Fault(
        GAUSS,
        "size *= exact[j - 1]",
        "size *= exact[j]",
        "the weights' norms one step ahead",
        ("tests/numbers/test_gauss_sums.py", *_SPHERE),
    ),
    Fault(
        SEPARATED,
        "near = ball(1 - Fraction(delta) / 2).sqrt().upper()",
        "near = ball(1 - Fraction(delta)).sqrt().upper()",
        "points near an antipode taken for farther from it than they are",
        _SEPARATED,
    ),
    Fault(
        SEPARATED,
        "    return bool(bound.rel_accuracy_bits() > 50 or bound.abs_upper() < ball(2) ** -1080)",
        "    return bool(bound.rel_accuracy_bits() > 50 or not bound > 0)",
        "a bound of which no digit is known taken for 0",
        _SEPARATED,
    ),
    Fault(
        TENSOR,
        "np.where(some, high, 0.0), few, many",
        "np.where(upper > 0, high, 0.0), few, many",
        "a product that underflows taken for 0 as an upper bound",
        _TENSOR,
    ),
    Fault(SPHERE, "(n * scaled(trace / n)).upper()", "scaled(trace).upper()", "n points taken for one", _SPHERE),
    Fault(
        TAIL,
        "if count >= n or not trace / (n - count) <= level.value:",
        "if count >= n:",
        "selections that leave more than they took used for the bound of n points",
        _SPHERE,
    ),
    Fault(
        MERCER,
        "return rest, min(rest.upper() / following, levels[-1].value.upper())",
        "return rest, min(rest.upper() / following, levels[-1].value.upper() / 2)",
        "half of the last eigenvalue taken for a bound of the following one",
        ("tests/rkhs/test_capacity_of_networks.py",),
    ),
    Fault(
        MERCER,
        "        return rest, min(rest.upper() / following, levels[-1].value.upper())",
        "        return rest, rest.upper() / following",
        "the last eigenvalue not taken for a bound of the following one",
        ("tests/rkhs/test_capacity_of_networks.py",),
    ),
    Fault(
        "kernelspec/rkhs/capacity_on_sphere.py",
        "2 * float(x.rad())",
        "0 * float(x.rad())",
        "floats of wide balls without a warning",
        ("tests/rkhs/test_capacity_of_networks.py",),
    ),
)
