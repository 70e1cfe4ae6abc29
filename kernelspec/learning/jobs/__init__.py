"""Gram matrices in blocks, by any executor: `gram_job` computes, `plan_gram` says before what it costs.

Each block is a file of a shared folder, named by what it is; what is there is not computed again. There is no scheduler
here: threads, processes, Dask, MPI and Slurm have `concurrent.futures.Executor`s of their own::

    with concurrent.futures.ProcessPoolExecutor(8) as pool:  # or a function that makes such pools
        K = ks.learning.gram_job(net, images, store="K", executor=pool)

    client = dask.distributed.Client("tcp://head:8786")
    K = ks.learning.gram_job(net, images, store="/shared/K", executor=client.get_executor())

    with mpi4py.futures.MPIPoolExecutor() as pool:  # mpiexec -n 65 python -m mpi4py.futures this_script.py
        K = ks.learning.gram_job(net, images, store="/shared/K", executor=pool, walltime=23.5 * 3600)

    with executorlib.SlurmClusterExecutor(resource_dict={"cores": 1}) as pool:
        K = ks.learning.gram_job(net, images, store="/shared/K", executor=pool)

A script that is handed in again until `K.missing` is 0 needs to say nothing about what is there.
"""

from .door import gram_job as gram_job
from .door import open_gram as open_gram
from .matrix import BlockMatrix as BlockMatrix
from .plans import GramPlan as GramPlan
from .plans import plan_gram as plan_gram

__all__ = ["BlockMatrix", "GramPlan", "gram_job", "open_gram", "plan_gram"]
