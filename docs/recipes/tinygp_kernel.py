"""A kernel of kernelspec in tinygp, with a weight for every coordinate; jit, grad and vmap pass through it.

At u = 1, where the derivative of a tangent or Laplace kernel is infinite, K(x, x) = |x|^2 kappa(1): the angle of a
point to itself is kept out of what is differentiated.
"""

import equinox
import jax
import jax.numpy as jnp
import tinygp

NEAR = 1e-12  # cosines that are nearer to 1 are the same direction: rounding is at 1e-16, of float64


class ZonalKernel(tinygp.kernels.Kernel):
    """K(x, y) = |wx||wy| kappa(cos(wx, wy)) for a kernel such as ks.ntk(3), w > 0 the weights of the coordinates."""

    weight: jax.Array
    zonal: object = equinox.field(static=True)

    def evaluate(self, X1, X2):
        x, y = X1 * self.weight, X2 * self.weight
        size = jnp.linalg.norm(x) * jnp.linalg.norm(y)
        u = x @ y / size
        same = u > 1 - NEAR
        apart = self.zonal(jnp.clip(jnp.where(same, 0.0, u), -1.0, 1.0))
        return size * jnp.where(same, self.zonal.at_one, apart)


def process(parameters, x, zonal):
    """The Gaussian process of logarithms: "weight", one for each coordinate, "scale", "noise"."""
    kernel = jnp.exp(parameters["scale"]) * ZonalKernel(jnp.exp(parameters["weight"]), zonal)
    return tinygp.GaussianProcess(kernel, x, diag=jnp.exp(parameters["noise"]))


def loss(parameters, x, y, zonal):
    """Minus the log marginal likelihood."""
    return -process(parameters, x, zonal).log_probability(y)
