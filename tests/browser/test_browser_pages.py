"""The pages as a person uses them: they load, answer, refuse in words, export, and stop."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kernelspec.numbers.arithmetic_protocol import Value

ROOT = Path(__file__).resolve().parents[2]
VIEWS = {
    "/kernel/": ["Spectrum", "Decay", "From which degree on", "Both ends", "Eigenvalues", "Formulas"],
    "/compare/": ["Ratio of the eigenvalues", "The same RKHS?"],
    "/functions/": ["In the RKHS?", "Approximation", "Effective dimension", "Sphere against cube"],
    "/learning/": ["Predicted", "Measured", "What depth changes", "The plan of a regression"],
    "/images/": ["Architecture", "Maps", "Deformation", "Over the strength", "Recovery"],
}
Make = Callable[..., Value]


def changed(place: Any, before: str, seconds: float = 60) -> float:
    """The seconds until the picture of a place is another one."""
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        figure = place.locator("svg.ks-figure").first
        if figure.count() and figure.inner_html() != before and not place.locator(".ks-old").count():
            return time.monotonic() - started
        time.sleep(0.02)
    raise AssertionError("the picture has not changed")


def move(page: Any, label: str, key: str) -> None:
    """Press a key on the slider with a label."""
    slider = page.locator("marimo-slider").filter(has_text=label).get_by_role("slider").first
    slider.focus()
    slider.press(key)


@pytest.mark.parametrize("path", VIEWS)
@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (400, "dark")])
def test_pages_show_all_of_their_views(tab: Make, path: str, width: int, scheme: str) -> None:
    there = tab(width, scheme)
    page = there.open(path)
    for title in VIEWS[path]:
        assert there.shown(title).locator("svg.ks-figure, table, .ks-facts, .katex").count()
    assert page.locator(".ks-error").count() == 0
    assert page.evaluate("document.querySelector('#App').scrollWidth") <= width
    assert page.locator("body.dark").count() == (scheme == "dark")
    ink = page.locator("svg.ks-figure").first.evaluate("e => getComputedStyle(e).color")
    assert (max(map(int, re.findall(r"\d+", ink)[:3])) > 128) == (scheme == "dark")


def test_the_list_leads_to_every_page(tab: Make) -> None:
    page = tab().open("/")
    names = page.locator("a.ks-card h2").all_inner_texts()
    assert names == ["Kernel", "Two kernels", "Functions", "Learning", "Images", "Claims"]
    page.get_by_role("link", name="Claims").click()
    page.get_by_role("heading", name="The book of claims").wait_for()
    page.get_by_role("link", name="Two kernels").click()
    page.get_by_role("heading", name="Two kernels on one sphere").wait_for()


def test_a_slider_changes_the_plot_and_the_address_opens_the_same_view(tab: Make) -> None:
    there = tab()
    page = there.open("/kernel/?kernel=ntk(L)&depth=4&d=5")
    place = there.shown("Spectrum")
    there.shown("Eigenvalues")
    there.shown("From which degree on")
    before = place.locator("svg.ks-figure").inner_html()
    move(page, "depth L", "ArrowRight")
    print(f"\na slider changed the plot after {changed(place, before):.2f} s")
    page.wait_for_url(re.compile(r"depth=5"))
    assert "access_token" not in page.url
    other = tab()
    other.page.goto(there.address)  # the colleague's own token
    other.page.goto(page.url)
    again = other.shown("Spectrum")
    assert again.locator("svg.ks-figure").inner_html() == place.locator("svg.ks-figure").inner_html()
    assert "ntk(5)" in (again.locator("svg.ks-figure").get_attribute("aria-label") or "")
    assert other.page.get_by_role("textbox", name="kernel").input_value() == "ntk(L)"


def test_a_wrong_expression_shows_its_error_and_a_right_one_its_spectrum(tab: Make) -> None:
    there = tab()
    page = there.open("/kernel/")
    there.shown("Spectrum")
    field = page.get_by_role("textbox", name="kernel")
    field.fill("ntk(3")
    field.press("Enter")
    error = page.get_by_role("alert")
    error.wait_for()
    assert "not a kernel expression" in error.inner_text()
    there.section("Spectrum").wait_for(state="detached")  # the cells below follow
    page.get_by_role("button", name="Laplace").click()
    there.shown("Spectrum")
    assert field.input_value() == "laplace()" and page.get_by_role("alert").count() == 0


def test_what_an_address_gives_wrongly_is_said(tab: Make) -> None:
    page = tab().open("/kernel/?depth=1000&nonsense=1")
    page.get_by_role("alert").first.wait_for()
    texts = page.get_by_role("alert").all_inner_texts()
    assert texts[0] == "depth must be an integer from 2 to 30; got '1000'" and "nonsense" in texts[1]


def test_the_code_that_is_shown_runs(tab: Make, tmp_path: Path) -> None:
    there = tab()
    there.open("/kernel/?kernel=ntk(2)&d=3&to=50")
    place = there.shown("Eigenvalues")
    place.get_by_text("Show the code").click()
    code = place.locator(".ks-code .codehilite, .ks-code pre").first.inner_text()
    assert code.startswith("import kernelspec as ks")
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == 0, done.stderr
    cells = place.locator("tbody tr").nth(1).locator("td").all_inner_texts()
    assert cells[2] in done.stdout  # mu_1


def test_files_are_what_their_names_say(tab: Make) -> None:
    there = tab()
    page = there.open("/kernel/?kernel=ntk(2)&d=3&to=50")
    found = {}
    for title, names in (("Spectrum", ("SVG", "PNG")), ("Eigenvalues", ("CSV", "TEX"))):
        for name in names:
            place = there.shown(title)
            with page.expect_download() as waited:
                place.get_by_role("button", name=name).or_(place.get_by_role("link", name=name)).first.click()
            found[name] = Path(waited.value.path()).read_bytes()
            assert waited.value.suggested_filename.endswith("." + name.lower())
    assert ElementTree.fromstring(found["SVG"]).tag.endswith("svg")
    assert found["PNG"].startswith(b"\x89PNG")
    assert found["CSV"].startswith(b"k,multiplicity,mu,error,log10,method\n0,1,")
    assert rb"\begin{tabular}" in found["TEX"]


def test_what_takes_long_shows_progress_and_stops(tab: Make) -> None:
    there = tab()
    page = there.open("/compare/?kernel=ntk(30)&other=ntk(29)&d=500&to=1000")
    place = there.section("The same RKHS?")
    place.locator("progress").wait_for()
    started = time.monotonic()
    place.get_by_role("button", name="Stop").click()
    place.get_by_text("Stopped after").wait_for(timeout=10_000)
    assert time.monotonic() - started < 10
    page.get_by_role("button", name="two and three layers, no bias").click()
    there.shown("The same RKHS?").get_by_text("Different RKHSs.").wait_for()


def test_images_are_built_by_rows_and_deformed(tab: Make, tmp_path: Path) -> None:
    there = tab()
    page = there.open("/images/?layers=3%7Carccos(1)%7Cgaussian1c%7C2&field=shift")
    place = there.shown("Deformation")
    before = place.locator("svg.ks-figure").inner_html()
    move(page, "strength", "ArrowRight")
    changed(place, before)
    page.get_by_role("button", name="Add a layer").click()
    page.wait_for_url(re.compile("~|%7E"))
    there.shown("Architecture")
    page.get_by_role("button", name="two-layer CKN").click()
    page.wait_for_function("!location.search.includes('layers')")
    file = tmp_path / "wave.csv"
    file.write_text("\n".join(str(i % 7) for i in range(40)))
    page.locator("input[type=file]").set_input_files(str(file))
    there.shown("Architecture").get_by_text("40x1").first.wait_for()
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("1,a")
    page.locator("input[type=file]").set_input_files(str(wrong))
    page.get_by_role("alert").first.wait_for()
    assert "file must be a picture" in page.get_by_role("alert").first.inner_text()


def test_claims_are_searched(tab: Make) -> None:
    page = tab().open("/claims/?text=c15")
    page.locator("article.ks-claim").first.wait_for()
    assert page.locator("article.ks-claim h3").all_inner_texts()[0].startswith("refuted as printed")
    assert page.locator("article.ks-claim").count() == 2
    page.locator("article.ks-claim .katex").first.wait_for()
    page.get_by_text("Evidence").first.click()
    assert page.locator("article.ks-claim li").first.is_visible()
    page.get_by_label("verdict").select_option("proved")
    page.wait_for_url(re.compile("verdict=proved"))


def test_without_the_token_nothing_is_served(address: str) -> None:
    base = address.partition("/?")[0]
    for path in ("/", "/kernel/", "/kernel/assets/", "/kernel/ws", "/claims/?access_token=wrong"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(base + path)
        assert refused.value.code == 401
        assert b"No access" in refused.value.read()
