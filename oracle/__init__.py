"""Independent computations of what the library computes: for tests, checks of claims, and benchmarks.

Nothing here imports the library, but for two functions that state an architecture to it and the command that compares
(`tests/test_independence.py` follows the imports).
"""
