"""Exact spectra of convolutional kernels: Mercer decompositions, norms, what pooling gains."""
