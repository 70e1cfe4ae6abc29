"""One side of `benchmarks.architectures`: a process that has kernelspec or neural-tangents, and answers line by line.

    python benchmarks/one_side.py kernelspec|neural_tangents THREADS

A line is a JSON list: ["make", case, dtype] sets up a network and its images and calls it once, ["call"] calls it
again, ["corner"] gives its first entries. What comes back is seconds of the processor (of children as well) and of the
clock, or the entries. Only one side computes at a time.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

CORNER = 8


def side(name: str, threads: int) -> Callable[[str, str], Callable[[], Any]]:
    """What makes, from the name of a case and a dtype, a call without arguments that computes the matrix."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    cases = importlib.import_module("benchmarks.networks")

    def ours(case: Any, dtype: str, x: Any) -> Callable[[], Any]:
        init, apply, kernel = case.network(importlib.import_module("kernelspec.stax"))
        if case.get == "apply":
            params = cases.parameters(init(0, x.shape)[1], np.random.default_rng(1))
            return lambda: apply(params, x)
        return lambda: kernel(x, None, case.get, threads=threads)

    def theirs(case: Any, dtype: str, x: Any) -> Callable[[], Any]:
        jax = importlib.import_module("jax")
        jax.config.update("jax_enable_x64", dtype == "float64")
        init, apply, kernel = case.network(importlib.import_module("neural_tangents").stax)
        there = jax.numpy.asarray(x)
        if case.get == "apply":
            params = cases.parameters(init(jax.random.PRNGKey(0), x.shape)[1], np.random.default_rng(1))
            compiled, own = jax.jit(apply), jax.tree_util.tree_map(jax.numpy.asarray, params)
            return lambda: compiled(own, there).block_until_ready()
        compiled = jax.jit(lambda x: kernel(x, None, case.get))
        return lambda: compiled(there).block_until_ready()

    made = ours if name == "kernelspec" else theirs
    known = cases.CASES | cases.FINITE
    return lambda case, dtype: made(known[case], dtype, cases.images(known[case], dtype))


def seconds(call: Callable[[], Any]) -> tuple[float, float, Any]:
    """Of the processor, of the clock, and what the call gives."""
    before, start = _processor(), time.perf_counter()
    found = call()
    clock = time.perf_counter() - start
    return _processor() - before, clock, found


def _processor() -> float:
    """Seconds of this process and of its children that have ended."""
    several = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in several)


def main(name: str, threads: int) -> None:
    """Answer lines until they end."""
    if threads == 1:
        one = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} {one}".strip()  # before JAX is imported
        os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    make, call = side(name, threads), None
    for line in sys.stdin:
        what, *rest = json.loads(line)
        answer: Any
        try:
            if what == "make":
                call = make(*rest)
                answer = seconds(call)[:2]
            elif what == "call" and call is not None:
                answer = seconds(call)[:2]
            else:
                if call is None:
                    raise ValueError("nothing is made")
                found = call()
                rows = found.reshape(len(found), -1)[:CORNER, :CORNER]
                answer = [[float(number) for number in row] for row in rows]
        except Exception as error:  # the other process tells it
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
