"""Learning with kernels: ridge regression and its path, curves that theory predicts, work in jobs."""

from .jobs import BlockMatrix as BlockMatrix
from .jobs import GramPlan as GramPlan
from .jobs import gram_job as gram_job
from .jobs import open_gram as open_gram
from .jobs import plan_gram as plan_gram

__all__ = ["BlockMatrix", "GramPlan", "gram_job", "open_gram", "plan_gram"]
