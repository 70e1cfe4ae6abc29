"""What the RKHS on the sphere contains and how large it is; same-RKHS verdicts, their proofs and their checker."""

from .capacity_on_sphere import Capacity
from .checker import RecheckError, recheck
from .verdict import Proof, Verdict, same_rkhs

__all__ = ["Capacity", "Proof", "RecheckError", "Verdict", "recheck", "same_rkhs"]
