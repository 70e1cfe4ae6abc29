# /// script
# requires-python = ">=3.11"
# dependencies = ["kernelspec[explore]"]
#
# [tool.marimo.display]
# theme = "system"
#
# [tool.kernelspec]
# order = 25
# ///
"""Functions: is one in the RKHS of a kernel, at what norm? How near smaller norms come; effective dimension."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Functions", css_file="../style.css")


@app.cell
def head():
    import marimo as mo

    from kernelspec.explore import fields, functions, layout

    sheet = layout.Sheet(mo, "functions", functions.FIELDS)
    sheet.head(
        "What the RKHS contains",
        "A function f on the sphere is in the RKHS of a kernel exactly if the sum of its harmonics' squares over the "
        "eigenvalues is finite; this sum is its squared norm. Write polynomials in x1, x2, ..., functions of x1 such "
        "as relu(2), step(1/2) or a kernel, ridge(relu(2), (3/5, 4/5, 0, 0)), and sums of multiples of them. L stands "
        "for the depth that the slider sets.",
    )
    return fields, functions, layout, mo, sheet


@app.cell
def typed(mo, sheet):
    get_pair, set_pair = mo.state((sheet.values["kernel"], sheet.values["function"]))
    return get_pair, set_pair


@app.cell
def examples(functions, layout, mo, set_pair):
    example_buttons = layout.examples(mo, functions.EXAMPLES, lambda text: set_pair(tuple(text.split(" | "))))
    example_buttons
    return


@app.cell
def expressions(get_pair, layout, mo, set_pair):
    one, two = layout.two_texts(mo, ("kernel", "function"), get_pair, set_pair)
    mo.hstack([one, two], wrap=True, widths="equal", gap=1)
    return one, two


@app.cell
def sliders(functions, mo, sheet):
    from kernelspec.explore import kernel as _kernel

    depth = mo.ui.slider(*_kernel.DEPTHS, value=sheet.values["depth"], label="depth L", show_value=True)
    dimension = mo.ui.slider(
        steps=functions.DIMENSION_STEPS, value=sheet.values["d"], label="dimension d", show_value=True
    )
    mo.hstack([depth, dimension], wrap=True, justify="start", gap=1.5)
    return depth, dimension


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
    norm, norm_place = sheet.place("In the RKHS?")
    near, near_place = sheet.place("Approximation", delay=0.4)
    capacity, capacity_place = sheet.place("Effective dimension", delay=0.4)
    cube, cube_place = sheet.place("Sphere against cube", delay=0.4)
    return capacity, capacity_place, cube, cube_place, near, near_place, norm, norm_place


@app.cell
def ask(capacity_place, cube_place, depth, dimension, near_place, norm_place, one, problems, sheet, two):
    sheet.remember({"kernel": one.value, "function": two.value, "depth": depth.value, "d": dimension.value})
    _kernel = {"text": one.value, "depth": depth.value, "d": dimension.value}
    if problems:
        for _place in (norm_place, near_place, capacity_place, cube_place):
            _place.clear()
    else:
        norm_place.ask("functions.norm", function=two.value, **_kernel)
        near_place.ask("functions.approximation", function=two.value, **_kernel)
        capacity_place.ask("functions.dimension", **_kernel)
        cube_place.ask("functions.cube", **_kernel)
    return


@app.cell
def half_norm(norm, norm_place):
    norm_place.show(norm())
    return


@app.cell
def half_near(near, near_place):
    near_place.show(near())
    return


@app.cell
def half_capacity(capacity, capacity_place):
    capacity_place.show(capacity())
    return


@app.cell
def half_cube(cube, cube_place):
    cube_place.show(cube())
    return


if __name__ == "__main__":
    app.run()
