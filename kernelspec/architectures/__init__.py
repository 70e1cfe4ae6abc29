"""Any architecture: kernels of networks given layer by layer, for data of any norm."""
