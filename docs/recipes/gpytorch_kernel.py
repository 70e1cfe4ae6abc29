"""A kernel of kernelspec in GPyTorch, with a trained weight for every coordinate.

The derivative of a tangent or Laplace kernel at u = 1 is infinite, and the diagonal of every matrix lies there. But a
point stays at the angle 0 to itself whatever the weights are: there K(x, x) = |x|^2 kappa(1), whose gradient is that of
the norm, and the angle is kept out of what is differentiated.
"""

import gpytorch
import torch

NEAR = 1e-12  # cosines that are nearer to 1 are the same direction: rounding is at 1e-16


class ZonalKernel(gpytorch.kernels.Kernel):
    """K(x, y) = |wx||wy| kappa(cos(wx, wy)) for a kernel such as ks.ntk(3), w > 0 the weights of the coordinates."""

    def __init__(self, zonal, ard_num_dims, **more):
        super().__init__(ard_num_dims=ard_num_dims, **more)
        self.zonal = zonal
        self.register_parameter("raw_weight", torch.nn.Parameter(torch.zeros(ard_num_dims)))
        self.register_constraint("raw_weight", gpytorch.constraints.Positive())

    @property
    def weight(self):
        return self.raw_weight_constraint.transform(self.raw_weight)

    def forward(self, x1, x2, diag=False, **params):
        x1, x2 = x1 * self.weight, x2 * self.weight
        norm1, norm2 = (x.norm(dim=-1, keepdim=True) for x in (x1, x2))
        if diag:
            u, size = (x1 * x2).sum(-1) / (norm1 * norm2).squeeze(-1), (norm1 * norm2).squeeze(-1)
        else:
            u, size = (x1 / norm1) @ (x2 / norm2).mT, norm1 @ norm2.mT
        same = u > 1 - NEAR
        apart = self.zonal(torch.where(same, 0.0, u).clamp(-1.0, 1.0))
        return size * torch.where(same, self.zonal.at_one, apart)


class Model(gpytorch.models.ExactGP):
    """A Gaussian process with this kernel, scaled."""

    def __init__(self, x, y, zonal):
        likelihood = gpytorch.likelihoods.GaussianLikelihood()
        super().__init__(x, y, likelihood)
        self.mean_module = gpytorch.means.ConstantMean()
        self.covar_module = gpytorch.kernels.ScaleKernel(ZonalKernel(zonal, x.shape[-1]))

    def forward(self, x):
        return gpytorch.distributions.MultivariateNormal(self.mean_module(x), self.covar_module(x))


def fitted(x, y, zonal, steps=50):
    """The model after some steps of Adam on the marginal likelihood, and the likelihood at each."""
    model = Model(x, y, zonal).double().train()
    likelihood = gpytorch.mlls.ExactMarginalLogLikelihood(model.likelihood, model)
    optimiser, seen = torch.optim.Adam(model.parameters(), lr=0.1), []
    for _ in range(steps):
        optimiser.zero_grad()
        loss = -likelihood(model(x), y)
        loss.backward()
        optimiser.step()
        seen.append(-loss.item())
    return model.eval(), seen
