"""Faults in the architectures by name, in the rows that `ckn` computes, in what they cost, in their jobs."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

_NAMED = "tests/stax/test_named.py"
_ROWS = "tests/architectures/test_homogeneous_rows.py"
_COST = "tests/architectures/test_cost.py"
_JOBS = "tests/learning/test_jobs_of_networks.py"

_named = partial(Fault, "kernelspec/stax/named.py", tests=(_NAMED,))
_rows = partial(Fault, "kernelspec/architectures/homogeneous_rows.py", tests=(_ROWS,))
_losses = partial(Fault, "kernelspec/ckn/engine/losses.py", tests=(_ROWS,))
_doubts = partial(Fault, "kernelspec/ckn/engine/near_coincidence.py", tests=(_ROWS,))
_turned = partial(Fault, "kernelspec/ckn/engine/layer_pairs.py", tests=(_ROWS,))
_evaluated = partial(Fault, "kernelspec/ckn/engine/evaluator.py", tests=(_ROWS,))
_exponential = partial(Fault, "kernelspec/ckn/patch_kernels.py", tests=(_ROWS,))
_cost = partial(Fault, "kernelspec/architectures/cost.py", tests=(_COST, _NAMED))
_plan = partial(Fault, "kernelspec/stax/plans.py", tests=(_NAMED,))
_rate = partial(Fault, "kernelspec/learning/jobs/plans.py", tests=(_JOBS,))
_jobs = partial(Fault, "kernelspec/architectures/wide_kernel.py", tests=(_JOBS,))

FAULTS = (
    # -- names ---------------------------------------------------------------------------------------------
    _named("5: (2, 1, 1)", "5: (1, 1, 1)", "Myrtle 5 with three convolutions"),
    _named("10: (3, 3, 3)", "10: (3, 3, 2)", "Myrtle 10 with eight convolutions"),
    _named("ExpNormalized()]", "ExpNormalized(0.5)]", "half of gamma"),
    _named("first, last = Frozen(first), Frozen(last)", "first = Frozen(first)", "the dense layer trained"),
    _named("first, last = Frozen(first), Frozen(last)", "last = Frozen(last)", "the first layer trained"),
    _named("* (depth - 2), end, last)", "* (depth - 1), end, last)", "a convolution more than the depth says"),
    _named("window = 2 * integer(", "window = integer(", "shifts to one side"),
    _named("AvgPool((window, window), None, padding)", 'AvgPool((window, window), None, "SAME")', "zeros in circles"),
    _named("_group(blocks, 64 * k, (2, 2))", "_group(blocks, 64 * k, (1, 1))", "a group that does not halve the map"),
    _named("[block((1, 1), Identity())] * (blocks - 1)", "[block((1, 1), Identity())] * blocks", "a block too many"),
    # -- rows ----------------------------------------------------------------------------------------------
    _rows("progress=progress, wanted=doubtful", "wanted=doubtful", "pairs computed again that progress does not see"),
    _rows("positions**self.power / channels", "positions**self.power", "sums over channels"),
    _rows('kinds.GlobalSumPool: ("mean", 2)', 'kinds.GlobalSumPool: ("mean", 1)', "a sum of one image alone"),
    _rows("** (2 * len(conv.filter_shape))", "** len(conv.filter_shape)", "sums over windows of one image alone"),
    _rows("(inside or size % 2 == 1)", "True", "even patches in the zeros of the other side"),
    _rows("conv.strides or conv.b_std or", "conv.strides or", "biases of convolutions left out"),
    _rows("conv.strides or conv.b_std or", "conv.b_std or", "strides of convolutions left out"),
    _rows("and not each.b_std for each", "for each", "biases of dense layers left out"),
    _rows("factor *= each.W_std * each.W_std", "factor *= each.W_std", "the root of a dense layer's variance"),
    _rows(
        "deviation, border = conv.W_std * dual.scale,",
        "deviation, border = conv.W_std,",
        "the scale of ExpNormalized left out",
    ),
    _rows('or getattr(pool, "normalize_edges", False)', "", "edges that are not made up for"),
    _rows("stride == 1 and size % 2 == 1", "stride == 1", "even windows on the other side"),
    _rows("_BORDERS[pool.padding] == border and stride == 1", "stride == 1", "pools that wrap on maps that do not"),
    _rows("double=True, formal", "double=False, formal", "short images computed in float32"),
    _rows("check_finite(matrix)", "pass", "a kernel that overflows"),
    _rows("rest[0] + (row.heads - 1) * plain", "rest[0] + row.heads * plain", "a dense layer too many"),
    _rows(
        "yield from _flat(layer.layer, False)",
        "yield from _flat(layer.layer, trained)",
        "terms of weights that are kept",
    ),
    _rows('layer.parameterization == "ntk"', 'layer.parameterization != ""', "gradients of another parametrisation"),
    _rows("layer.pool and form.linear > 0", "layer.pool and form.linear > 9", "norms that a pool may cancel"),
    _rows("if doubtful.any():", "if False:", "tangent kernels of ReLU that lose digits where images are near"),
    _rows("> _MOST_DOUBTFUL", "> 2", "images with flat regions computed twice"),
    _rows("> _MOST_DOUBTFUL", ">= 0", "all pairs left to the recursion"),
    _losses("behind * kernel.bent / math.pi", "1e-6 * behind * kernel.bent / math.pi", "a bound of losses too small"),
    _losses("/ math.pi * (number + 1)", "/ math.pi * max(number, 1)", "one layer of weights left out of a bound"),
    _losses(
        "behind *= (kernel.linear + kernel.bent)",
        "behind *= (kernel.linear + kernel.bent / 2)",
        "slopes behind of half their size",
    ),
    _losses("behind *= _pool(layer)", "behind *= _pool(layer) ** 4", "pools that take more away than they do"),
    _losses("mean_weights(last).max()) ** 2", "mean_weights(last).max()) ** 4", "a mean of squares of positions"),
    _doubts("xp.where(one == two, 0 * error, error)", "error", "patches with themselves in doubt"),
    _doubts("(flat > 1 - FAR) | (flat < FAR - 1)", "flat > 1 - 1e-15", "near patches that are not in doubt"),
    _doubts("(flat > 1 - FAR) | (flat < FAR - 1)", "flat > 1 - FAR", "opposite patches that are not in doubt"),
    _turned("                i, j = j, i\n", "                pass\n", "norms of the other images"),
    _evaluated(
        "(True,) * len(kernels)\n",
        "(True,) * len(kernels)\n        self.trained = (True,) * len(kernels)\n",
        "the gradients of frozen convolutions",
    ),
    _rows("self.tangent or asked_for", "True or asked_for", "tangent kernels of ReLU that lose digits"),
    _exponential("factor *= 1 / self.slope", "pass", "gamma times a cosine for a cosine"),
    _exponential("alpha * math.exp(-alpha))", "math.exp(-alpha))", "the slope of an exponential without its rate"),
    # -- costs ---------------------------------------------------------------------------------------------
    _cost("first * sizes[-1]", "first", "one channel of the images"),
    _cost("old[here] = new[here]", "pass", "windows that leave maps as they are"),
    _cost("kernels * (sums + pairs)", "kernels * sums", "the weights left out"),
    _cost("positions**2 if needs.full", "positions if needs.full", "equal positions alone"),
    _cost("if both:\n", "if not both:\n", "pools of both images in one sum"),
    _cost("kernels * len(shape) * pairs", "kernels * pairs", "one branch alone"),
    _plan("8 * (1 + tangent) * counted.largest", "8 * counted.largest", "one of two maps"),
    _plan("1e6 / self.gram", "1e5 / self.gram", "a tenth of the seconds"),
    _plan("and row.has(kinds)", "", "gradients of another parametrisation said to be fast"),
    _rate("work - (1 + prepared), taken - fixed", "work, taken", "what a call costs taken for work"),
    _rate("and taken > 2 * fixed)", ")", "a rate of two images, most of which is the call"),
    # -- jobs ----------------------------------------------------------------------------------------------
    _jobs('"ntk" if tangent else "nngp"', '"nngp"', "the covariance for the tangent kernel"),
    _jobs("if each.function for v", "if False for v", "functions of one name taken for one"),
    _jobs("        if grid:\n", "        if False:\n", "networks that end in a grid"),
    _jobs("if len(shape) < 3:", "if len(shape) < 9:", "blocks of images as large as of vectors"),
)
