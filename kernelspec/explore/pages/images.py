# /// script
# requires-python = ">=3.11"
# dependencies = ["kernelspec[explore]"]
#
# [tool.marimo.display]
# theme = "system"
#
# [tool.kernelspec]
# order = 30
# ///
"""Images: a convolutional kernel network built by rows, its maps, deformations against their bound, recovery."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Images", css_file="../style.css")


@app.cell
def head():
    import marimo as mo

    from kernelspec.explore import images, layout, signals

    sheet = layout.Sheet(mo, "images", images.FIELDS)
    sheet.head(
        "Images in a convolutional kernel network",
        "Choose an image and build an architecture, a row for each layer: what its maps show, how far a deformation "
        "moves the image in the RKHS against what is proved for every image, and what can be read back.",
    )
    return images, layout, mo, sheet, signals


@app.cell
def inputs(mo, sheet, signals):
    source = mo.ui.dropdown(
        {words: name for name, (words, _) in signals.SOURCES.items()},
        value=signals.SOURCES[sheet.values["source"]][0],
        label="image or signal",
    )
    upload = mo.ui.file(
        filetypes=[".png", ".jpg", ".jpeg", ".npy", ".csv", ".txt"], label="or a file", max_size=10_000_000
    )
    mo.hstack([source, upload], wrap=True, justify="start", align="center", gap=1.5)
    return source, upload


@app.cell
def given(images, sheet, signals, source, upload):
    x, file, unread = None, "", ""
    if upload.value:
        try:
            file = upload.value[0].name
            x = signals.read(file, upload.value[0].contents)
        except ValueError as _error:
            file, unread = "", str(_error)
    try:
        shape = images.given(source.value, x).shape
    except ValueError as _error:
        shape, unread = (), str(_error)
    sheet.error(unread)
    return file, shape, unread, x


@app.cell
def typed(images, mo, sheet):
    get_rows, set_rows = mo.state(images.rows_of(sheet.values["layers"]))
    return get_rows, set_rows


@app.cell
def examples(images, layout, mo, set_rows):
    example_buttons = layout.examples(mo, images.EXAMPLES, lambda text: set_rows(images.rows_of(text)))
    example_buttons
    return


@app.cell
def architecture_rows(get_rows, images, layout, mo):
    rows = mo.ui.array([layout.layer_row(mo, row, images.POOLS) for row in get_rows()])
    mo.vstack([layout.shown_row(mo, number, row) for number, row in enumerate(rows.elements, 1)])
    return (rows,)


@app.cell
def options(images, mo, sheet):
    border = mo.ui.dropdown(images.BORDERS, value=sheet.values["border"], label="border")
    normalized = mo.ui.checkbox(sheet.values["normalized"], label="mean over the patch")
    return border, normalized


@app.cell
def number_of_layers(border, images, layout, mo, normalized, rows, set_rows):
    more = mo.ui.button(
        label="Add a layer",
        disabled=len(rows.value) >= images.LAYERS,
        on_click=lambda _: set_rows((*layout.rows_from(rows.value), layout.rows_from(rows.value)[-1])),
    )
    fewer = mo.ui.button(
        label="Remove the last",
        disabled=len(rows.value) < 2,
        on_click=lambda _: set_rows(layout.rows_from(rows.value)[:-1]),
    )
    mo.hstack([more, fewer, border, normalized], wrap=True, justify="start", align="center", gap=1.2)
    return


@app.cell
def wrong(border, images, layout, normalized, rows, shape, sheet, unread):
    layers = images.text_of(layout.rows_from(rows.value))
    problem = unread or images.problem(layers, border.value, normalized.value, shape)
    sheet.error("" if unread else problem)
    return layers, problem


@app.cell
def places(sheet):
    architecture, architecture_place = sheet.place("Architecture")
    maps, maps_place = sheet.place("Maps")
    deformation, deformation_place = sheet.place("Deformation")
    curve, curve_place = sheet.place("Over the strength", delay=0.4)
    recovery, recovery_place = sheet.place("Recovery", delay=0.1)
    return (
        architecture,
        architecture_place,
        curve,
        curve_place,
        deformation,
        deformation_place,
        maps,
        maps_place,
        recovery,
        recovery_place,
    )


@app.cell
def ask_network(architecture_place, border, file, layers, maps_place, normalized, problem, recovery_place, source, x):
    network = {
        "layers": layers,
        "border": border.value,
        "normalized": normalized.value,
        "source": source.value,
        "x": x,
        "file": file,
    }
    if problem:
        for _place in (architecture_place, maps_place, recovery_place):
            _place.clear()
    else:
        architecture_place.ask("images.architecture", **network)
        maps_place.ask("images.maps", **network)
        recovery_place.ask("images.recovery", **network)
    return (network,)


@app.cell
def show_architecture(architecture, architecture_place):
    architecture_place.show(architecture())
    return


@app.cell
def show_maps(maps, maps_place):
    maps_place.show(maps())
    return


@app.cell
def deform(images, mo, sheet):
    kind = mo.ui.dropdown(
        {words: name for name, words in images.KINDS.items()},
        value=images.KINDS[sheet.values["field"]],
        label="deformed by",
    )
    strength = mo.ui.slider(
        0.0, images.STRONGEST, 0.01, value=sheet.values["strength"], label="strength |∇τ|", show_value=True
    )
    scale = mo.ui.slider(1.0, 16.0, 0.5, value=sheet.values["scale"], label="scale in pixels", show_value=True)
    seed = mo.ui.number(0, 10**6, value=sheet.values["seed"], label="seed")
    tangent = mo.ui.checkbox(sheet.values["tangent"], label="tangent kernel")
    mo.hstack([kind, strength, scale, seed, tangent], wrap=True, justify="start", align="center", gap=1.2)
    return kind, scale, seed, strength, tangent


@app.cell
def ask_deformation(curve_place, deformation_place, kind, network, problem, scale, seed, sheet, strength, tangent):
    sheet.remember(
        {
            **{name: network[name] for name in ("source", "layers", "border", "normalized")},
            "field": kind.value,
            "strength": strength.value,
            "scale": scale.value,
            "seed": seed.value,
            "tangent": tangent.value,
        }
    )
    _field = {"kind": kind.value, "scale": float(scale.value), "seed": int(seed.value or 0), "tangent": tangent.value}
    if problem:
        deformation_place.clear()
        curve_place.clear()
    else:
        deformation_place.ask("images.deformation", **network, **_field, strength=float(strength.value))
        curve_place.ask("images.curve", **network, **_field)
    return


@app.cell
def show_deformation(deformation, deformation_place):
    deformation_place.show(deformation())
    return


@app.cell
def half_curve(curve, curve_place):
    curve_place.show(curve())
    return


@app.cell
def half_recovery(recovery, recovery_place):
    recovery_place.show(recovery())
    return


if __name__ == "__main__":
    app.run()
