"""What scikit-learn's estimators cost on `kernelspec.sklearn.Kernel`, beside a precomputed matrix.

    python -m benchmarks.estimators [--out build/report/estimators.json] [--quick]

Processor seconds of fit and predict on one thread, the least of three rounds in turn, on points of 20 numbers, an
eighth of them new; the precomputed matrices are made by `kernel.gram`, whose time counts. A Gaussian process is fitted
without its optimiser; `gradient` is one step of it, the matrix with its derivatives in all hyper-parameters, over the
matrix alone.
"""

from __future__ import annotations

import argparse
import functools
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import kernelspec as ks
from benchmarks.gram import limited
from kernelspec.results.tables import Row
from report.data import write_json

ROUNDS, D = 3, 20
ZONAL = ks.ntk(3)
VARYING = {
    "laplace(2)": ks.laplace(2),
    "matern(1.5)": ks.matern(1.5),
    "mlp(3, slope=0.1)": ks.mlp(3, slope=0.1),
    "mlp(3, slope=0.1, bias_variance=0.1)": ks.mlp(3, slope=0.1, bias_variance=0.1),
}


def seconds(work: Callable[[], Any]) -> float:
    """Processor seconds of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def estimators(n: int) -> dict[str, tuple[Callable[..., Any], Any]]:
    """A maker of each estimator, from its kernel, and how it is used on matrices: predict or transform."""
    from sklearn.decomposition import KernelPCA
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.kernel_approximation import Nystroem
    from sklearn.kernel_ridge import KernelRidge
    from sklearn.svm import SVC

    return {
        "SVC": (lambda kernel: SVC(kernel=kernel), "predict"),
        "KernelRidge": (lambda kernel: KernelRidge(kernel=kernel), "predict"),
        "KernelPCA": (lambda kernel: KernelPCA(5, kernel=kernel, eigen_solver="arpack", random_state=0), "transform"),
        "Nystroem": (lambda kernel: Nystroem(kernel=kernel, n_components=n // 10, random_state=0), "transform"),
        "GaussianProcessRegressor": (
            lambda kernel: GaussianProcessRegressor(kernel, alpha=1e-3, optimizer=None),
            "predict",
        ),
    }


def measured(n: int) -> list[Row]:
    """Seconds of each estimator with our kernel and with precomputed matrices."""
    from kernelspec.sklearn import Kernel

    rng = np.random.default_rng(0)
    x, new = rng.standard_normal((n, D)), rng.standard_normal((n // 8, D))
    y = np.sin(x[:, 0] * x[:, 1])
    rows: list[Row] = []
    for name, (maker, use) in estimators(n).items():
        target = y > 0 if name == "SVC" else y

        def ours(maker: Any = maker, use: str = use, target: Any = target) -> Any:
            return getattr(maker(Kernel(ZONAL)).fit(x, target), use)(new)

        def theirs(maker: Any = maker, use: str = use, target: Any = target) -> Any:
            return getattr(maker("precomputed").fit(ZONAL.gram(x), target), use)(ZONAL.gram(new, x))

        # Nystroem takes no matrices of new points, and Gaussian processes none: beside them stands the work by hand.
        def by_hand(name: str = name, target: Any = target) -> Any:
            if name == "Nystroem":
                chosen = x[rng.permutation(n)[: n // 10]]
                u, s, v = np.linalg.svd(ZONAL.gram(chosen))
                return ZONAL.gram(new, chosen) @ (u / np.sqrt(s) @ v).T
            from scipy.linalg import cho_solve, cholesky

            factor = cholesky(ZONAL.gram(x) + 1e-3 * np.eye(n), lower=True)
            return ZONAL.gram(new, x) @ cho_solve((factor, True), target)

        other = by_hand if name in ("Nystroem", "GaussianProcessRegressor") else theirs
        times = [[seconds(work) for work in (ours, other)] for _ in range(ROUNDS)]
        mine, precomputed = np.min(times, axis=0)
        rows.append(
            {"estimator": name, "n": n, "kernel": mine, "precomputed": precomputed, "ratio": mine / precomputed}
        )
    return rows


def gradients(n: int) -> list[Row]:
    """A matrix with its derivatives over the matrix alone."""
    from kernelspec.sklearn import Kernel

    x, rows = np.random.default_rng(0).standard_normal((n, D)), list[Row]()
    for name, zonal in VARYING.items():
        kernel, times = Kernel(zonal), []
        for step in range(ROUNDS + 1):  # at parameters of its own each time, as an optimiser has them
            moved = kernel.clone_with_theta(kernel.theta - 0.01 * (step + 1))
            with_gradient = functools.partial(moved, x, eval_gradient=True)
            times.append((seconds(with_gradient), seconds(functools.partial(moved, x))))
        both, alone = np.min(times[1:], axis=0)
        rows.append({"kernel": name, "n": n, "parameters": kernel.n_dims, "gradient": both, "matrix": alone})
    return rows


def main(arguments: Sequence[str]) -> int:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    n = 300 if options.quick else 2000
    with limited():
        tables = {"estimators": measured(n), "gradients": gradients(n // 2)}
    for rows in tables.values():
        for row in rows:
            print(
                "  ".join(
                    f"{key} {value:.3f}" if isinstance(value, float) else f"{value}" for key, value in row.items()
                )
            )
    if options.out:
        write_json(options.out, tables)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
