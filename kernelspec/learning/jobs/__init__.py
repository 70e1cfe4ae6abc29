"""Gram matrices in blocks, by any executor: `gram_job` computes, `plan_gram` says before what it costs.

Each block is a file of a shared folder, named by what it is; what is there is not computed again. There is no scheduler
here: threads, processes, Dask, MPI and Slurm have `concurrent.futures.Executor`s of their own.
"""

from .door import gram_job as gram_job
from .door import open_gram as open_gram
from .matrix import BlockMatrix as BlockMatrix
from .plans import GramPlan as GramPlan
from .plans import plan_gram as plan_gram

__all__ = ["BlockMatrix", "GramPlan", "gram_job", "open_gram", "plan_gram"]
