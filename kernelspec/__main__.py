"""`python -m kernelspec VERB ...`: see `kernelspec.cli`."""

import sys

from kernelspec.cli import main

if __name__ == "__main__":  # and not in the processes that a check starts
    sys.exit(main())
