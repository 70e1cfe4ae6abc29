"""Learning with kernels: ridge regression and its path, curves that theory predicts, work in jobs."""

from .finite_width import entry_variance

__all__ = ["entry_variance"]
