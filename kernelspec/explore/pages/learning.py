# /// script
# requires-python = ">=3.11"
# dependencies = ["kernelspec[explore]"]
#
# [tool.marimo.display]
# theme = "system"
#
# [tool.kernelspec]
# order = 27
# ///
"""Learning: the test error of kernel ridge regression, predicted and measured; what depth changes; what it costs."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Learning", css_file="../style.css")


@app.cell
def head():
    import marimo as mo

    from kernelspec.explore import fields, functions, layout, learning

    sheet = layout.Sheet(mo, "learning", learning.FIELDS)
    sheet.head(
        "How many samples a kernel needs",
        "From the eigenvalues of a kernel alone, the eigenlearning equations predict the test error of kernel ridge "
        "regression with n samples of a function on the sphere. They are a theory, and no theorem: below, regressions "
        "on random points are laid over it. Functions are written as on the page of functions; L stands for the depth.",
    )
    return fields, functions, layout, learning, mo, sheet


@app.cell
def typed(mo, sheet):
    get_pair, set_pair = mo.state((sheet.values["kernel"], sheet.values["function"]))
    return get_pair, set_pair


@app.cell
def examples(layout, learning, mo, set_pair):
    example_buttons = layout.examples(mo, learning.EXAMPLES, lambda text: set_pair(tuple(text.split(" | "))))
    example_buttons
    return


@app.cell
def expressions(get_pair, layout, mo, set_pair):
    one, two = layout.two_texts(mo, ("kernel", "function"), get_pair, set_pair)
    mo.hstack([one, two], wrap=True, widths="equal", gap=1)
    return one, two


@app.cell
def sliders(functions, learning, mo, sheet):
    from kernelspec.explore import kernel as _kernel

    depth = mo.ui.slider(*_kernel.DEPTHS, value=sheet.values["depth"], label="depth L", show_value=True)
    dimension = mo.ui.slider(
        steps=functions.DIMENSION_STEPS, value=sheet.values["d"], label="dimension d", show_value=True
    )
    lam = mo.ui.slider(*learning.EXPONENTS, value=sheet.values["lam"], label="log10 of lambda", show_value=True)
    noise = mo.ui.slider(steps=learning.NOISES, value=sheet.values["noise"], label="noise", show_value=True)
    mo.hstack([depth, dimension, lam, noise], wrap=True, justify="start", gap=1.5)
    return depth, dimension, lam, noise


@app.cell
def wrong(depth, dimension, fields, functions, one, sheet, two):
    problems = [
        f"{name}: {text}"
        for name, text in (
            ("kernel", fields.error_of(one.value, depth.value)),
            ("function", functions.error_of(two.value, depth.value, dimension.value)),
        )
        if text
    ]
    sheet.error(" ".join(problems))
    return (problems,)


@app.cell
def places(sheet):
    predicted, predicted_place = sheet.place("Predicted")
    measured, measured_place = sheet.place("Measured", delay=0.6)
    depths, depths_place = sheet.place("What depth changes", delay=0.6)
    plan, plan_place = sheet.place("The plan of a regression", delay=0.3)
    return depths, depths_place, measured, measured_place, plan, plan_place, predicted, predicted_place


@app.cell
def ask(depth, depths_place, dimension, lam, measured_place, noise, one, predicted_place, problems, two):
    _asked = {
        "text": one.value,
        "function": two.value,
        "depth": depth.value,
        "d": dimension.value,
        "lam": lam.value,
        "noise": noise.value,
    }
    for _place, _view in ((predicted_place, "curve"), (measured_place, "measured"), (depths_place, "depths")):
        if problems:
            _place.clear()
        else:
            _place.ask(f"learning.{_view}", **_asked)
    return


@app.cell
def show_predicted(predicted, predicted_place):
    predicted_place.show(predicted())
    return


@app.cell
def show_measured(measured, measured_place):
    measured_place.show(measured())
    return


@app.cell
def show_depths(depths, depths_place):
    depths_place.show(depths())
    return


@app.cell
def sizes(learning, mo, sheet):
    size = mo.ui.slider(steps=learning.SIZES, value=sheet.values["n"], label="samples n", show_value=True)
    dtype = mo.ui.radio(learning.DTYPES, value=sheet.values["dtype"], label="numbers", inline=True)
    mo.hstack([size, dtype], wrap=True, justify="start", gap=1.5)
    return dtype, size


@app.cell
def ask_plan(depth, dimension, dtype, fields, lam, noise, one, plan_place, sheet, size, two):
    sheet.remember(
        {
            "kernel": one.value,
            "function": two.value,
            "depth": depth.value,
            "d": dimension.value,
            "lam": lam.value,
            "noise": noise.value,
            "n": size.value,
            "dtype": dtype.value,
        }
    )
    if fields.error_of(one.value, depth.value):
        plan_place.clear()
    else:
        plan_place.ask(
            "learning.plan",
            text=one.value,
            depth=depth.value,
            d=dimension.value,
            lam=lam.value,
            n=size.value,
            dtype=dtype.value,
        )
    return


@app.cell
def show_plan(plan, plan_place):
    plan_place.show(plan())
    return


if __name__ == "__main__":
    app.run()
