"""A kernel of kernelspec in GPJax, with a trained weight for every coordinate.

At u = 1, where the derivative of a tangent or Laplace kernel is infinite, K(x, x) = |x|^2 kappa(1): the angle of a
point to itself is kept out of what is differentiated.
"""

import equinox
import gpjax
import jax
import jax.numpy as jnp
from gpjax.kernels.base import val
from gpjax.parameters import PositiveReal

NEAR = 1e-12  # cosines that are nearer to 1 are the same direction: rounding is at 1e-16, of float64


class ZonalKernel(gpjax.kernels.AbstractKernel):
    """K(x, y) = |wx||wy| kappa(cos(wx, wy)) for a kernel such as ks.ntk(3), w > 0 the weights of the coordinates."""

    zonal: object = equinox.field(static=True)
    weight: PositiveReal | jax.Array

    def __init__(self, zonal, weight):
        super().__init__(n_dims=len(weight))
        self.zonal, self.weight = zonal, PositiveReal(jnp.asarray(weight))

    def __call__(self, x, y):
        x, y = x * val(self.weight), y * val(self.weight)
        size = jnp.linalg.norm(x) * jnp.linalg.norm(y)
        u = x @ y / size
        same = u > 1 - NEAR
        apart = self.zonal(jnp.clip(jnp.where(same, 0.0, u), -1.0, 1.0))
        return size * jnp.where(same, self.zonal.at_one, apart)


def posterior(data, zonal, noise=0.1):
    """The Gaussian process of regression on a `gpjax.Dataset`, before its parameters are fitted."""
    kernel = ZonalKernel(zonal, jnp.ones(data.X.shape[1]))
    prior = gpjax.gps.Prior(mean_function=gpjax.mean_functions.Zero(), kernel=kernel)
    likelihood = gpjax.likelihoods.Gaussian(obs_stddev=jnp.array(noise))
    return prior * likelihood
