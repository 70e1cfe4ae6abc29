"""A smoke test of an installed kernelspec: numbers from every room against closed forms, in any folder but the source.

python -I .ci/smoke.py [VERSION]
"""

import math
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np
from flint import arb

import kernelspec as ks
from kernelspec import ckn, regression
from kernelspec.explore.kernel import decay as decay_view

assert "site-packages" in ks.__file__, f"not installed: {ks.__file__}"
assert version("kernelspec") == ks.__version__, (version("kernelspec"), ks.__version__)
assert sys.argv[1:] in ([], [ks.__version__]), (sys.argv, ks.__version__)

# Values: kappa_1(0) = 1/pi, and NTK(0) = kappa_1 + u kappa_0 = 1/pi for two layers.
assert abs(ks.arccos(1)(0.0) - 1 / math.pi) < 1e-15 and abs(ks.ntk(2)(0.0) - 1 / math.pi) < 1e-15

# Spectra: sum_k N(d, k) mu_k = kappa(1) for u^3 = (3/5) P_1 + (2/5) P_3 on S^2; a float inside of its enclosure.
cubic = ks.polynomial(3).spectrum(3)
assert np.allclose([cubic[k] * cubic.multiplicity(k) for k in range(5)], [0, 3 / 5, 0, 2 / 5, 0], rtol=1e-14, atol=0)
s = ks.ntk(3).spectrum(10)
ball = s.certified(20, digits=30)
assert abs(arb(s[20]) / ball - 1) < 1e-10 and ball.rel_accuracy_bits() > 95 and s.method(20) == "branch-cut integral"
assert str(ks.ntk(3).decay(10).even) == "516096/pi**2"

# Theorems: a multiple has the same RKHS with the multiple as the constant; deep equals shallow.
multiple = ks.same_rkhs(ks.rf(2), 2 * ks.rf(2), 4)
assert multiple.same is True and abs(multiple.lower - 0.5) < 1e-12 and abs(multiple.upper - 0.5) < 1e-12
assert ks.same_rkhs(ks.ntk(3), ks.laplace(), 4).same is True and ks.same_rkhs(ks.ntk(2), ks.ntk(3), 4).same is False
assert math.isfinite(float(ks.ntk(3).rkhs(4).norm(ks.rkhs.ridge(ks.rkhs.relu(6), [1, 0, 0, 0]))))

# Gram matrices: of vectors by hand; of images, one patch that holds all of them being the kernel of the vectors.
rng = np.random.default_rng(0)
x = rng.standard_normal((30, 5))
lengths = np.linalg.norm(x, axis=1)
cosines = np.clip((x @ x.T) / np.outer(lengths, lengths), -1, 1)
angles = np.arccos(cosines)
by_hand = np.outer(lengths, lengths) * (np.sin(angles) + (math.pi - angles) * cosines) / math.pi
assert np.allclose(ks.arccos(1).gram(x), by_hand, rtol=1e-7, atol=1e-9)
images = rng.standard_normal((4, 6, 6, 1))
linear = ckn.Network([ckn.Layer(patch=1, kernel=ks.linear())]).gram(images)
assert np.allclose(linear, images.reshape(4, -1) @ images.reshape(4, -1).T)

# Regression against the linear system.
y = rng.standard_normal(30)
gram = ks.ntk(3).gram(x)
path = regression.ridge_path(gram, y, [0.1])
assert np.allclose(path.coefficients[0], np.linalg.solve(gram + 3 * np.eye(30), y))

# Nothing was drawn, so matplotlib waits; a view of the pages then draws, and gives files to take away.
assert "matplotlib" not in sys.modules
files = decay_view("ntk(L)", 3, 10, 0, 40, made="decay.svg").files
assert "<svg" in files["decay.svg"] and files["decay.csv"].startswith("parity,"), files["decay.csv"]
with tempfile.TemporaryDirectory() as folder:
    drawn = Path(folder) / "decay.png"
    ks.ntk(3).decay(10).plot().figure.savefig(drawn)
    assert drawn.read_bytes().startswith(b"\x89PNG")
    ks.save(multiple, Path(folder) / "verdict.json")
    assert ks.load(Path(folder) / "verdict.json") == multiple

# What is cited, with the file that the wheel carries, and the command line.
assert f"version = {{{ks.__version__}}}" in repr(ks.cite(ks.ntk(3))) and "2009.14397" in repr(ks.cite(ks.ntk(3)))
command = [sys.executable, "-I", "-m", "kernelspec"]
assert subprocess.check_output([*command, "--version"], text=True) == f"kernelspec {ks.__version__}\n"
assert "516096/pi" in subprocess.check_output([*command, "decay", "ntk(3)", "--dim", "10"], text=True)

numbers = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "sympy", "mpmath", "python-flint"))
print(f"kernelspec {ks.__version__} works on Python {sys.version.split()[0]} with {numbers}, matplotlib", end=" ")
print(version("matplotlib"))
