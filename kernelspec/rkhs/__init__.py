"""Do two kernels have the same RKHS on the sphere? Verdicts with proofs, and their independent checker."""

from .checker import RecheckError, recheck
from .invariant import averaged_gram
from .verdict import Proof, Verdict, same_rkhs

__all__ = ["Proof", "RecheckError", "Verdict", "averaged_gram", "recheck", "same_rkhs"]
