"""The command line, `kernelspec VERB ...` or `python -m kernelspec VERB ...`: a module a verb.

A verb's module has `parser()`, which knows its options, its help and its examples, and `run(options)`, which returns
the exit status. Neither NumPy nor anything that needs it is imported before a verb runs, so that help comes at once.
Statuses: 0 done, or the answer yes; 1 and 2 answers of `compare` and `check` (no; undecided); 3 an error; 130 Ctrl-C.
"""

from .entry import main as main

__all__ = ["main"]
