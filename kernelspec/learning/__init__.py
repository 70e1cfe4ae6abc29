"""Learning with kernels: ridge regression and its path, curves that theory predicts, work in jobs."""
