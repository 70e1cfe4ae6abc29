# /// script
# requires-python = ">=3.11"
# dependencies = ["kernelspec[explore]"]
#
# [tool.marimo.display]
# theme = "system"
#
# [tool.kernelspec]
# order = 20
# ///
"""Two kernels: the ratio of their eigenvalues, its bands, and whether their RKHSs are the same, with a proof."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Two kernels", css_file="../style.css")


@app.cell
def head():
    import marimo as mo

    from kernelspec.explore import compare, fields, layout

    sheet = layout.Sheet(mo, "compare", compare.FIELDS)
    sheet.head(
        "Two kernels on one sphere",
        "Two kernels have the same RKHS exactly if their eigenvalues vanish at the same degrees and their ratio stays "
        "between two positive constants elsewhere. L stands for the depth that the slider sets.",
    )
    return compare, fields, layout, mo, sheet


@app.cell
def typed(mo, sheet):
    get_pair, set_pair = mo.state((sheet.values["kernel"], sheet.values["other"]))
    return get_pair, set_pair


@app.cell
def examples(compare, layout, mo, set_pair):
    example_buttons = layout.examples(mo, compare.EXAMPLES, lambda text: set_pair(tuple(text.split(" | "))))
    example_buttons
    return


@app.cell
def expressions(get_pair, layout, mo, set_pair):
    one, two = layout.two_texts(mo, ("kernel", "other kernel"), get_pair, set_pair)
    mo.hstack([one, two], wrap=True, widths="equal", gap=1)
    return one, two


@app.cell
def wrong(depth, fields, one, sheet, two):
    problems = [
        f"{name}: {text}"
        for name, text in (
            ("kernel", fields.error_of(one.value, depth.value)),
            ("other kernel", fields.error_of(two.value, depth.value)),
        )
        if text
    ]
    sheet.error(" ".join(problems))
    return (problems,)


@app.cell
def sliders(compare, mo, sheet):
    from kernelspec.explore import kernel as _kernel

    depth = mo.ui.slider(*_kernel.DEPTHS, value=sheet.values["depth"], label="depth L", show_value=True)
    dimension = mo.ui.slider(
        steps=_kernel.DIMENSION_STEPS, value=sheet.values["d"], label="dimension d", show_value=True
    )
    last = mo.ui.slider(steps=_kernel.STEPS[2:], value=sheet.values["to"], label="degrees up to", show_value=True)
    mo.hstack([depth, dimension, last], wrap=True, justify="start", gap=1.5)
    return depth, dimension, last


@app.cell
def places(sheet):
    ratio, ratio_place = sheet.place("Ratio of the eigenvalues")
    verdict, verdict_place = sheet.place("The same RKHS?", delay=0.4)
    return ratio, ratio_place, verdict, verdict_place


@app.cell
def ask(depth, dimension, last, one, problems, ratio_place, sheet, two, verdict_place):
    sheet.remember(
        {"kernel": one.value, "other": two.value, "depth": depth.value, "d": dimension.value, "to": last.value}
    )
    _question = {"text": one.value, "other": two.value, "depth": depth.value, "d": dimension.value, "high": last.value}
    if problems:
        ratio_place.clear()
        verdict_place.clear()
    else:
        ratio_place.ask("compare.ratio", **_question)
        verdict_place.ask("compare.verdict", **_question)
    return


@app.cell
def half_ratio(ratio, ratio_place):
    ratio_place.show(ratio())
    return


@app.cell
def half_verdict(verdict, verdict_place):
    verdict_place.show(verdict())
    return


if __name__ == "__main__":
    app.run()
