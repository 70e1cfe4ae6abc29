"""Faults in ridge regression: its conventions, factorisations in place, conjugate gradients and their preconditioner."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

_RIDGE = ("tests/learning/test_ridge.py",)
_DIRECT = ("tests/learning/test_direct.py",)
_GRADIENTS = ("tests/learning/test_conjugate_gradients.py",)
_ridge = partial(Fault, "kernelspec/learning/ridge.py", tests=_RIDGE)
_systems = partial(Fault, "kernelspec/learning/systems.py", tests=_RIDGE)
_symmetric = partial(Fault, "kernelspec/learning/symmetric.py", tests=_DIRECT)
_factors = partial(Fault, "kernelspec/learning/factorisation.py", tests=_DIRECT)
_path = partial(Fault, "kernelspec/learning/path.py", tests=_DIRECT)
_gradients = partial(Fault, "kernelspec/learning/conjugate_gradients.py", tests=_GRADIENTS)
_select = partial(Fault, "kernelspec/learning/selection.py", tests=("tests/learning/test_selection.py",))
_plan = partial(Fault, "kernelspec/learning/plan.py", tests=("tests/learning/test_plan.py",))
_rates = partial(Fault, "kernelspec/learning/rates.py", tests=("tests/learning/test_plan.py",))
_estimator = partial(Fault, "kernelspec/learning/estimator.py", tests=("tests/learning/test_estimator.py",))
_pivots = partial(Fault, "kernelspec/learning/pivoted_cholesky.py", tests=_GRADIENTS)

FAULTS = (
    _estimator(
        'getattr(self, "_fitted", (self.kernel, self.dtype))',
        "self._fitted",
        "models of earlier versions do not predict",
    ),
    _estimator("self._fitted = self.kernel, self.dtype", "self._fitted = self.kernel, None", "the dtype forgotten"),
    _estimator("length_hint(self.lambdas, 1)", "len(self.lambdas)", "one lambda has no text"),
    _estimator(
        '        score_of(self.scoring, "scoring")\n        values', "        values", "a score by another name"
    ),
    # -- conventions -----------------------------------------------------------------------------------
    _systems(
        "return System(matrix, diagonal, seen.sums, columns, n * shifts, power, size, own)",
        "return System(matrix, diagonal, seen.sums, columns, shifts, power, size, own)",
        "lambda without n",
    ),
    _ridge("(1 - leverage) / shifts[:, None]", "1 / shifts[:, None]", "features without their leverages"),
    _ridge('found, size - power), "eigh"', 'found, size), "eigh"', "weights in other units"),
    _ridge("alpha, size - 2 * power)", "alpha, size - power)", "alpha of features in other units"),
    _ridge("shifts = n * lambdas_", "shifts = m * lambdas_", "m lambda for wide features"),
    _systems("floor = _EPS * mean_diagonal", "floor = _EPS * mean_diagonal / 4", "a lambda below rounding allowed"),
    _ridge(
        'return "cholesky" if factors <= factors_per_eigh(n) else "eigh"',
        'return "cholesky" if factors < factors_per_eigh(n) else "eigh"',
        "sixteen lambdas by eigh",
    ),
    _systems(
        "if seen.asymmetry > _ASYMMETRY[matrix.dtype.name] * seen.largest:",
        "if seen.asymmetry > 1e4 * _ASYMMETRY[matrix.dtype.name] * seen.largest:",
        "an asymmetry of 1e-9 allowed",
    ),
    _ridge("if residual[worst] <= tolerance:", "if True:", "what is not solved returned in silence", tests=_GRADIENTS),
    # -- symmetric matrices ----------------------------------------------------------------------------
    _symmetric(
        "for i in range(0, n, _BLOCK):\n            for j in range(0, i + 1, _BLOCK):",
        "for i in range(0, min(n, _BLOCK), _BLOCK):\n            for j in range(0, i + 1, _BLOCK):",
        "symmetry looked at in the first rows",
        tests=_RIDGE,
    ),
    _symmetric("    matrix.flat[:: n + 1] = diagonal\n", "", "the diagonal not put back"),
    _symmetric("found[:i] += left.T @ columns[here]", "found[:i] += 0", "products without the upper triangle"),
    # -- factorisations --------------------------------------------------------------------------------
    _factors(
        "if values[0] + shift <= 0 and values[0] < -rounding:",
        "if values[0] + shift <= 0 and values[0] < -1e9:",
        "an indefinite matrix solved by its eigenvalues",
        tests=_RIDGE,
    ),
    _factors(
        "if not whole:\n                    mirror_lower(work, diagonal)",
        "if not whole:\n                    pass",
        "the next lambda factorises what the last one left",
    ),
    _factors(
        "if in_place and not whole and not self.system.own:",
        "if in_place and not whole and self.system.own:",
        "a matrix that was worked in is not put back",
    ),
    _factors("if not (halved & (best > _GOAL)).any():", "if True:", "float32 without refinement"),
    _factors("own, right = np.triu(", "own, right = np.asarray(", "the old triangle in the inverse's diagonal"),
    _factors(
        "(values[-1] + shifts) / (values[0] + shifts)",
        "values[-1] / (values[0] + shifts)",
        "the condition number of K beside that of the sum",
    ),
    _path(
        "np.asarray(((alpha / mean[:, None]) ** 2).mean(axis=1))",
        "np.asarray((alpha**2 / mean[:, None]).mean(axis=1))",
        "generalised cross-validation over the trace",
    ),
    # -- conjugate gradients ---------------------------------------------------------------------------
    _gradients(
        "stays &= lowest[at] <= _FALL * before[at]", "pass", "float32 residuals on a plateau go on to the limit"
    ),
    _gradients("p = z + (next_ / fit).astype(dtype) * p", "p = z", "steepest descent"),
    _gradients(
        "shifts = np.repeat(self.shifts[places], outputs)\n        wanted",
        "shifts = np.tile(self.shifts[places], outputs)\n        wanted",
        "the shifts of other outputs",
    ),
    _gradients(
        "start = self.found.coefficients[places[-1]]",
        "start = self.columns",
        "a start that is no solution",
        harmless="it costs steps: the residual decides",
    ),
    _gradients(
        "inner /= (self.values[:, None] + shifts).astype(dtype)",
        "inner /= shifts.astype(dtype)",
        "the preconditioner without its own eigenvalues",
    ),
    _gradients("self.vectors.T @ (inner - again)", "self.vectors.T @ inner", "one projection: nothing at small lambda"),
    _gradients("stays &= self._follows(rest, x, at)", "pass", "steps after rounding has overtaken them"),
    _gradients(
        "0.5 * np.linalg.norm(true, axis=0))", "0.0 * np.linalg.norm(true, axis=0))", "runs that end after 128 steps"
    ),
    _gradients(
        "rest[:, open_] / lengths, shifts[open_], goals, self.steps - taken[open_])",
        "rest[:, open_] / lengths, shifts[open_], goals, np.full(len(open_), self.steps))",
        "the most steps for each run, not for all",
    ),
    _gradients("hopeless[open_] = ~(now < 0.5 * best[open_])", "hopeless[open_] = True", "no refinement after a run"),
    _gradients("if wrong.any():", "if not wrong.any():", "negative curvature taken for rounding"),
    # -- pivoted Cholesky ------------------------------------------------------------------------------
    _pivots("chances[i] * drawn[i] <= now[i]", "chances[i] * drawn[i] <= drawn[i]", "every proposal taken"),
    _pivots("now[i:] -= column**2", "now[i:] -= 0", "proposals judged by what was left before the block"),
    _pivots(
        "rows = matrix[pivots] - factor[:count, pivots].T @ factor[:count]",
        "rows = matrix[pivots] + 0",
        "columns of K, not of what is left",
    ),
    _pivots("if trace <= enough:", "if trace < 0:", "what is left is 0, and pivots are drawn from it"),
    # -- selection -------------------------------------------------------------------------------------
    _select("int(at[np.argmax(path.lambdas[at])])", "int(at[0])", "the first of the best lambdas, not the largest"),
    _select('worth = scores if score == "accuracy" else -scores', "worth = scores", "the largest error chosen"),
    _select(
        'truth - errors, truth, score, "leave-one-out"',
        'errors, truth, score, "leave-one-out"',
        "errors taken for values",
    ),
    _select("(values > 0) == (truth > 0)", "(values > 0.5) == (truth > 0.5)", "signs at another threshold"),
    # -- plans -----------------------------------------------------------------------------------------
    _plan("condition = 1 + mean / grid", "condition = 1 + mean / (n * grid)", "a condition number over n"),
    _plan("mean = mean_square * float(kernel.at_one)", "mean = float(kernel.at_one)", "norms of points left out"),
    _plan("0.5 * np.sqrt(1 + tail / grid)", "np.sqrt(1 + tail / grid)", "twice the steps"),
    _plan(
        '"cholesky": 2, "cholesky, overwrite": 1', '"cholesky": 1, "cholesky, overwrite": 1', "no copy reckoned with"
    ),
    _plan(
        "direct = count * factor * (2 if inverse else 1) + solving",
        "direct = factor * (2 if inverse else 1) + solving",
        "one factorisation for all lambdas",
    ),
    _plan("gradients = digits and not inverse", "gradients = not inverse", "float32 beyond its digits advised"),
    _rates("time.process_time() - processor]", "9.0]", "rates of a machine that others use"),
    _rates("columns / (reading + columns * each)", "columns / (columns * each)", "reading the matrix for nothing"),
    # -- the estimator ---------------------------------------------------------------------------------
    _estimator(
        "final = self._path(gram, target, [lam], generator)",
        "final = self._path(gram, target, [2 * lam], generator)",
        "another lambda for all data",
    ),
    _estimator(
        "held, used = np.sort(order[:count]), np.sort(order[count:])",
        "held, used = np.sort(order[:count]), np.sort(order)",
        "held-out points trained on",
    ),
    _estimator(
        "        self._check()\n", "", "parameters that nobody judges", tests=("tests/learning/test_estimator.py",)
    ),
    _estimator(
        'kernel, dtype = getattr(self, "_fitted", (self.kernel, self.dtype))',
        "kernel, dtype = self.kernel, self.dtype",
        "predictions by a kernel that was not fitted",
        tests=("tests/learning/test_estimator.py",),
    ),
    _estimator(
        "_points(X, self.dtype).copy()  # it is kept",
        "_points(X, self.dtype)",
        "the user's array kept",
        tests=("tests/laws/test_laws.py -k KernelRidgePath.fit",),
    ),
    _estimator(
        "exact = np.where(errors == 0, 1.0, 0.0)",
        "exact = np.zeros(errors.shape)",
        "an exact fit of constant targets scored 0",
    ),
)
