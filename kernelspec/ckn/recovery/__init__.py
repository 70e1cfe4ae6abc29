r"""Signal recovery: linear functions read the signal off the maps of a network (Bietti & Mairal 2019, JMLR; claim 51).

Where linear functions are in the RKHS of a patch kernel, <f_w, phi(z)> = <w, z>, the sampled map gives

.. math:: \langle f_w, x_k(u) \rangle = \langle w, A_k P_k x_{k-1}(u) \rangle,

since f_w is linear and pooling is. For the unit vectors w this is A_k x_{k-1} at the positions of every sampled patch;
then A_k is undone. Layer by layer, with w = e_c (x) f_{w'}, every M is replaced by the identity: the readings of x_n
are those of a linear network. `readout` says what they determine, `read` finds them by values of the kernels alone,
`reconstruct` solves for the signal.
"""

from .linear_functions import LinearFunction, linear_function
from .linear_readings import Readout, Stage, readout
from .reading import read, reconstruct

__all__ = ["LinearFunction", "Readout", "Stage", "linear_function", "read", "readout", "reconstruct"]
