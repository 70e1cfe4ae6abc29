# /// script
# requires-python = ">=3.11"
# dependencies = ["kernelspec[explore]"]
#
# [tool.marimo.display]
# theme = "system"
#
# [tool.kernelspec]
# order = 10
# ///
"""A kernel: its spectrum with asymptotes and errors, both ends, exact expansions, closed forms, decay."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Kernel", css_file="../style.css")


@app.cell
def head():
    import marimo as mo

    from kernelspec.explore import fields, kernel, layout

    sheet = layout.Sheet(mo, "kernel", kernel.FIELDS)
    sheet.head(
        "A kernel and its spectrum",
        "Type an expression, or take an example. In it, L stands for the depth that the slider sets.",
    )
    return fields, kernel, layout, mo, sheet


@app.cell
def typed(mo, sheet):
    get_text, set_text = mo.state(sheet.values["kernel"])
    return get_text, set_text


@app.cell
def examples(kernel, layout, mo, set_text):
    example_buttons = layout.examples(mo, kernel.EXAMPLES, set_text)
    example_buttons
    return


@app.cell
def expression(get_text, mo, set_text):
    text = mo.ui.text(value=get_text(), label="kernel", full_width=True, on_change=set_text)
    text
    return (text,)


@app.cell
def sliders(kernel, mo, sheet):
    depth = mo.ui.slider(*kernel.DEPTHS, value=sheet.values["depth"], label="depth L", show_value=True)
    dimension = mo.ui.slider(
        steps=kernel.DIMENSION_STEPS, value=sheet.values["d"], label="dimension d", show_value=True
    )
    span = mo.ui.range_slider(
        steps=kernel.STEPS, value=[sheet.values["from"], sheet.values["to"]], label="degrees k", show_value=True
    )
    terms = mo.ui.slider(*kernel.TERMS, value=sheet.values["terms"], label="terms of expansions", show_value=True)
    mo.hstack([depth, dimension, span, terms], wrap=True, justify="start", gap=1.5)
    return depth, dimension, span, terms


@app.cell
def wrong(depth, fields, sheet, text):
    problem = fields.error_of(text.value, depth.value)
    sheet.error(problem)
    return (problem,)


@app.cell
def places(sheet):
    spectrum, spectrum_place = sheet.place("Spectrum")
    decay, decay_place = sheet.place("Decay", delay=0.3)
    onset, onset_place = sheet.place("From which degree on", delay=0.8)
    values, values_place = sheet.place("Eigenvalues", delay=0.6)
    ends, ends_place = sheet.place("Both ends", delay=0.5)
    formulas, formulas_place = sheet.place("Formulas", delay=0.05)
    return (
        decay,
        decay_place,
        ends,
        ends_place,
        formulas,
        formulas_place,
        onset,
        onset_place,
        spectrum,
        spectrum_place,
        values,
        values_place,
    )


@app.cell
def ask(
    decay_place,
    depth,
    dimension,
    ends_place,
    formulas_place,
    onset_place,
    problem,
    sheet,
    span,
    spectrum_place,
    terms,
    text,
    values_place,
):
    sheet.remember(
        {
            "kernel": text.value,
            "depth": depth.value,
            "d": dimension.value,
            "from": span.value[0],
            "to": span.value[1],
            "terms": terms.value,
        }
    )
    _kernel = {"text": text.value, "depth": depth.value, "d": dimension.value}
    _span = {"low": span.value[0], "high": span.value[1]}
    if problem:
        for _place in (spectrum_place, decay_place, onset_place, values_place, ends_place, formulas_place):
            _place.clear()
    else:
        spectrum_place.ask("kernel.spectrum", **_kernel, **_span)
        decay_place.ask("kernel.decay", **_kernel, **_span)
        ends_place.ask("kernel.ends", **_kernel, terms=terms.value)
        formulas_place.ask("kernel.formulas", **_kernel, terms=terms.value)
        values_place.ask("kernel.values", **_kernel, **_span)
        onset_place.ask("kernel.onset", **_kernel)
    return


@app.cell
def half_spectrum(spectrum, spectrum_place):
    spectrum_place.show(spectrum())
    return


@app.cell
def half_decay(decay, decay_place):
    decay_place.show(decay())
    return


@app.cell
def show_onset(onset, onset_place):
    onset_place.show(onset())
    return


@app.cell
def show_ends(ends, ends_place):
    ends_place.show(ends())
    return


@app.cell
def half_values(values, values_place):
    values_place.show(values())
    return


@app.cell
def half_formulas(formulas, formulas_place):
    formulas_place.show(formulas())
    return


if __name__ == "__main__":
    app.run()
