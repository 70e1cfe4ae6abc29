"""Independent computations of what the library computes: for tests, checks of claims, and benchmarks.

Nothing here imports the library (`tests/test_independence.py` follows the imports).
"""
