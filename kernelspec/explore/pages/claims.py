# /// script
# requires-python = ">=3.11"
# dependencies = ["kernelspec[explore]"]
#
# [tool.marimo.display]
# theme = "system"
#
# [tool.kernelspec]
# order = 90
# ///
"""Claims: what the papers state, searched, each with the verdict of the checks and the evidence for it."""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Claims", css_file="../style.css")


@app.cell
def head():
    import marimo as mo

    from kernelspec.explore import claims, layout

    sheet = layout.Sheet(mo, "claims", claims.FIELDS)
    sheet.head(
        "The book of claims",
        "Statements of the papers and of their slides, each checked by computation. Proved ones name their steps, in "
        "exact arithmetic or in balls where they compute. What is false in print, and what is true only with a "
        "condition that the print leaves out, shows what is printed and what is right.",
    )
    return claims, layout, mo, sheet


@app.cell
def fields(claims, mo, sheet):
    words = mo.ui.text(
        value=sheet.values["text"],
        label="search",
        placeholder="decay, C15, Laplace, stability ...",
        full_width=True,
        debounce=200,
    )
    verdict = mo.ui.dropdown([claims.ANY, *claims.VERDICTS], value=sheet.values["verdict"], label="verdict")
    section = mo.ui.dropdown(
        {claims.ANY: claims.ANY, **{f"{letter}: {title}": letter for letter, title in claims.book()[1].items()}},
        value=next((f"{a}: {b}" for a, b in claims.book()[1].items() if a == sheet.values["section"]), claims.ANY),
        label="section",
        full_width=True,
    )
    mo.vstack([words, mo.hstack([verdict, section], wrap=True, widths=[1, 3], gap=1.5)])
    return section, verdict, words


@app.cell
def count(claims, section, verdict, words):
    found = claims.search(words.value, verdict.value, section.value)
    return (found,)


@app.cell
def turn(claims, found, mo, sheet):
    last = claims.pages_of(len(found))
    page = mo.ui.number(1, last, value=min(sheet.values["page"], last), label=f"page (of {last})")
    page if last > 1 else None
    return (page,)


@app.cell
def place(sheet):
    listed_state, listed = sheet.place("")
    return (listed,)


@app.cell
def show(claims, layout, listed, page, section, sheet, verdict, words):
    sheet.remember({"text": words.value, "verdict": verdict.value, "section": section.value, "page": page.value})
    listed.show(layout.done(claims.view(words.value, verdict.value, section.value, page.value)))
    return


if __name__ == "__main__":
    app.run()
