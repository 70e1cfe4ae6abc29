"""Do two kernels have the same RKHS on the sphere? Verdicts with proofs, and their independent checker."""

from .checker import RecheckError, recheck
from .verdict import Proof, Verdict, same_rkhs

__all__ = ["Proof", "RecheckError", "Verdict", "recheck", "same_rkhs"]
