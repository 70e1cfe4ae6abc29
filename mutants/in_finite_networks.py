"""Faults in networks of finite width: shapes, windows, parameters, gradients, kernels, means; names of stax."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

_LOOPS = "tests/architectures/test_finite.py"
_LAYERS = "tests/architectures/test_layers.py"
_SAMPLES = "tests/architectures/test_sampling.py"
_STAX = "tests/stax/test_stax.py"

_windows = partial(Fault, "kernelspec/architectures/windows.py", tests=(_LAYERS,))
_layers = partial(Fault, "kernelspec/architectures/layers.py", tests=(_LAYERS,))
_branches = partial(Fault, "kernelspec/architectures/combinators.py", tests=(_LAYERS,))
_activations = partial(Fault, "kernelspec/architectures/activations.py", tests=(_LAYERS, _LOOPS))
_scalars = partial(Fault, "kernelspec/architectures/scalar_functions.py", tests=(f"{_LOOPS} -k not loops",))
_users = partial(Fault, "kernelspec/numbers/user_functions.py", tests=(f"{_LOOPS} -k not loops",))
_slopes = partial(Fault, "kernelspec/numbers/user_functions.py", tests=("tests/numbers/test_user_functions.py",))
_callables = partial(Fault, "kernelspec/kernels/callable_duals.py", tests=("tests/kernels/test_wide.py -k callables",))
_weights = partial(Fault, "kernelspec/architectures/linear_maps.py", tests=(f"{_LOOPS} -k not loops", _LOOPS))
_finite = partial(Fault, "kernelspec/architectures/finite.py", tests=(f"{_LOOPS} -k not convolution",))
_kernels = partial(Fault, "kernelspec/architectures/empirical.py", tests=(f"{_LOOPS} -k not loops", _LOOPS))
_means = partial(Fault, "kernelspec/architectures/sampling.py", tests=(_SAMPLES,))
_doors = partial(Fault, "kernelspec/stax/layers.py", tests=(_STAX,))
_functions = partial(Fault, "kernelspec/stax/functions.py", tests=(_STAX,))

FAULTS = (
    # -- shapes --------------------------------------------------------------------------------------------
    _windows("out.append((outside // 2, outside - outside // 2))", "out.append((outside - outside // 2, outside // 2))",
             "one position more before the first than after the last"),
    _windows("(-(-n // stride) for n", "(n // stride for n", "padded outputs rounded down"),
    _windows("(n - size) // step + 1", "(n - size) // step", "one window too few"),
    _windows("np.add.at(matrix, (row, reads[row, column]), 1)", "matrix[row, reads[row, column]] = 1",
             "a position that is read twice counted once"),
    _windows("if any(n < size for", "if any(n <= size for", "a window as large as the grid refused"),
    _layers("return (*shape[:-1], self.s[1] * self.out_dim)", "return (*shape[:-1], self.out_dim)",
            "dense layers without the factor of their width"),
    _layers("if not 0 < found < len(shape):", "if not 0 <= found < len(shape):", "the axis of images taken for an axis of one"),
    _layers('if parameterization == "ntk" and s != (1, 1):', 'if parameterization == "none" and s != (1, 1):',
            "s in the ntk parametrisation taken and not used"),
    _branches("sum(each[axis] for each in shapes)", "max(each[axis] for each in shapes)", "concatenated sizes not added"),
    _branches("if any(each != found[0] for each in found):", "if any(len(each) != len(found[0]) for each in found):",
              "branches of other sizes added"),
    # -- activations ---------------------------------------------------------------------------------------
    Fault("kernelspec/kernels/scaled_duals.py", "Fraction(1, 100)", "Fraction(1, 10)", "another slope of leaky_relu",
          (_LAYERS, _LOOPS)),
    _activations("scalar_functions.piecewise(self.pieces.derivative(), x)", "scalar_functions.piecewise(self.pieces, x)",
                 "the slope of pieces is their value"),
    _scalars("np.maximum if b >= a else np.minimum", "np.maximum",
             "concave slopes as if convex"),
    _scalars("(b + a) / 2 + (b - a) / 2 * np.sign(x)", "(b + a) / 2 - (b - a) / 2 * np.sign(x)", "slopes of both sides exchanged"),
    _scalars("return t + x * (1 - t * t) * expit(x)", "return t + x * (1 - t * t)", "a factor of the slope of mish dropped"),
    _scalars("lambda x, a, b: 2 * a * b * x * np.exp(b * x * x)", "lambda x, a, b: a * b * x * np.exp(b * x * x)",
             "half of the slope of the Gaussian"),
    _scalars("math.sqrt(n) * _hermite(x, n - 1) if n", "n * _hermite(x, n - 1) if n", "Hermite slopes as if not normalised"),
    _scalars("x.dtype.type(0.5))", "x.dtype.type(1))", "the slope of the rectified line at 0 from the right"),
    _activations("if gamma * (1 + shift) > _LARGEST_EXPONENT:", "if False:", "an exponential that overflows"),
    _scalars('side="right")', 'side="left")', "the value at a breakpoint from the left"),
    _slopes("if np.count_nonzero(wrong) >= 2:", "if np.any(wrong):", "a derivative refused for what one point says"),
    _slopes("for step in _OTHER_STEPS:", "for step in ():", "waves as long as the step of differences refused"),
    _slopes("found.settled & (found.size > _LEAST)", "found.settled", "a derivative refused where numbers underflow"),
    _slopes("_BLURRED = 1e-3, 1e-4", "_BLURRED = 1e-3, 1e-8", "derivatives of functions in float32 refused"),
    _slopes("_BLURRED = 1e-3, 1e-4", "_BLURRED = 1e-1, 1e-4", "a derivative that is off by a factor 1.01 taken"),
    Fault("kernelspec/architectures/activations.py", "slope_checked(function, derivative)", "pass",
          "a wrong derivative taken in stax", ("tests/numbers/test_user_functions.py",)),
    Fault("kernelspec/kernels/steps.py", "slope_checked(*given)", "pass",
          "a wrong derivative taken by mlp", ("tests/numbers/test_user_functions.py",)),
    Fault("kernelspec/kernels/powers.py", 'if kernel.alpha > _STEEP and hasattr(arithmetic, "xp"):', "if False:",
          "sines of large rates are NaN", ("tests/kernels/test_wide.py -k any_rate",)),
    Fault("kernelspec/numbers/generators.py", "e.denominator == 1 and 0 < e < 2**63", "e.denominator == 1 and e > 0",
          "powers beyond the integers of C", ("tests/kernels/test_wide.py -k any_rate",)),
    Fault("kernelspec/spectrum/end_expansions.py", "self.kernel.real_only or self.kernel.truncation", "self.kernel.real_only",
          "ramification of a smooth layer before a kink read off [-1, 1]", ("tests/spectrum/test_asymptotic.py -k smooth",)),
    Fault("kernelspec/kernels/layered.py", "if isinstance(slope, str) or callable(slope):", "if False:",
          "an activation in place of the slope refused without a word on where it goes", ("tests/kernels/test_layered.py -k door",)),
    _users("_DOUBT = 1e-6", "_DOUBT = 1e6", "differences across a kink believed"),
    _users("_FINER * found.apart + _ROUNDED * found.size", "0.0 * found.size", "the error of differences not counted",
           tests=("tests/kernels/test_wide.py -k callables",)),
    _callables("2 * math.sqrt(square) + error", "error", "the error of a derivative counted by its square alone"),
    _callables("return deviation * value if slope else value", "return value", "slopes without the deviation"),
    _callables("_MOST, _SURE = 256, 2048", "_MOST, _SURE = 256, 256", "a short series, come what may"),
    # -- parameters and linear maps --------------------------------------------------------------------------
    _weights("layer.W_std * math.sqrt(layer.s[0] / (channels * math.prod(taps)))",
             "layer.W_std / math.sqrt(channels * math.prod(taps))", "weights drawn without the factor s_0"),
    _weights("return 1 / math.sqrt(layer.s[0]), 1.0", "return 1.0, 1.0", "the factor s_0^{-1/2} dropped"),
    _weights("return layer.W_std / math.sqrt(fan_in), layer.b_std or 0.0", "return layer.W_std / math.sqrt(fan_in), 1.0",
             "biases without their deviation"),
    _weights("np.full((*a.shape[:2], 1), factors[1], dtype=a.dtype)", "np.ones((*a.shape[:2], 1), dtype=a.dtype)",
             "gradients in biases without their factor"),
    _weights("return factors[0] * (g @ w.T)", "return g @ w.T", "the factor of the weights dropped on the way back"),
    _weights("inner[(place - before) % n] += outside[place]", "inner[(place - before) % n] = outside[place]",
             "what wraps round the circle replaces and is not added"),
    _weights("w = np.moveaxis(w.reshape(*outputs, channels, *windows.shape, out), len(grid), -2)",
             "w = w.reshape(*outputs, *windows.shape, channels, out)", "channels and taps mixed up"),
    _weights("1.0, weight.T, rows.T, 1.0,", "1.0, weight.T, rows.T, 0.0,", "the last place of a window alone"),
    _weights("_add_products(z, windows, x, w.dtype.type(factors[0]) * w)", "_add_products(z, windows, x, w)",
             "the factor of the weights dropped"),
    _weights("                if zeros:\n                    moved.fill(0)\n", "", "what another place has read in the border of a place"),
    _weights("if read.shape != moved.shape or not read.flags.c_contiguous:", "if len(both) > 1:",
             "a part of an image read as if it were the whole"),
    _weights("view[image : image + several]", "view[:several]", "the first images in the place of all"),
    _weights("z[start : start + step] = _multiplied", "z[start : start + step - 1] = _multiplied", "one image of a chunk left out"),
    # -- gradients -----------------------------------------------------------------------------------------
    _finite("return (g - g.mean(behind, keepdims=True) - along)", "return (g - along)", "the gradient in the mean of a norm"),
    _finite("return x, lambda g, found: g\n", "return x, lambda g, found: 2 * g\n", "gradients doubled by an identity"),
    _finite("return value, lambda g, found: back(g, [])", "return value, lambda g, found: back(g, found)",
            "frozen weights in the tangent kernel"),
    _finite("lambda g, found: sum(g[1:], g[0])", "lambda g, found: g[0]", "gradients of one branch alone"),
    _finite("for j in range(len(x)) if j != i)", "for j in range(len(x)) if j == i)", "products differentiated by the wrong factor"),
    _finite("if layer.normalize_edges else side)", "if not layer.normalize_edges else side)", "edges normalised the wrong way"),
    # -- kernels -------------------------------------------------------------------------------------------
    _kernels('found["nngp"][at] = sides[0] @ sides[1].T / channels', 'found["nngp"][at] = sides[0] @ sides[1].T',
             "nngp summed over channels"),
    _kernels('found["ntk"][at] = total / channels', 'found["ntk"][at] = total', "ntk summed over channels"),
    _kernels("self.shape[-1] if self.traced else 1", "self.shape[-1]", "pairs of channels divided by their number"),
    _kernels("if a.local or positions == 1:", "if positions == 1:", "locally connected layers as if weights were shared"),
    _kernels("upper + np.triu(matrix, 1).T", "upper + np.triu(matrix).T", "the diagonal twice"),
    _kernels("start = rows.stop", "start = rows.stop + 1", "one image left out between blocks"),
    # -- means ---------------------------------------------------------------------------------------------
    _means("np.sqrt(squares / (n - 1) / n)", "np.sqrt(squares / (n - 1))", "the deviation of one network for that of the mean"),
    _means("mean = mean + change / n", "mean = mean + change / (n + 1)", "means of one network too many"),
    _means("a >= b for a, b in", "a > b for a, b in", "the same number of networks twice"),
    # -- doors ---------------------------------------------------------------------------------------------
    _doors("parts.LayerNorm(axis, eps)", "parts.LayerNorm(axis)", "eps not passed on"),
    _doors("parts.AvgPool(window_shape, strides, padding, normalize_edges)", "parts.AvgPool(window_shape, strides, padding)",
           "normalize_edges not passed on"),
    _doors('f"{left[:1]}{left[-1:]}" != "NC"', '"N" not in left', "channels anywhere"),
    _functions(
        "homogeneous_rows.kernel(self.network, x1, x2, get, ",
        "homogeneous_rows.kernel(self.network, x1, x2, None, ",
        "get not passed on",
    ),
)  # fmt: skip
