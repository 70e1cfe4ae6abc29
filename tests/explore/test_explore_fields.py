"""Fields, addresses and views as text."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernelspec.explore import claims, compare, fields, images, kernel
from kernelspec.explore.address import Fields
from kernelspec.explore.view import dollars, formulas_in, tex, themed, with_formulas

WRONG = ["", "ntk(", "ntk(3", "nothing(2)", "ntk(3) +", "import os", "ntk(-1)", "1/0", "ntk(3)\n+", "é", "ntk(L, L)"]


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_expression_has_one_sentence(text: str) -> None:
    found = fields.error_of(text, 3)
    assert found and "\n" not in found and len(found) <= 400


@settings(max_examples=50)
@given(st.text(max_size=40))
def test_whatever_is_typed_is_read_or_refused_in_a_line(text: str) -> None:
    assert "\n" not in fields.error_of(text, 3)


@pytest.mark.parametrize(("text", "_"), kernel.EXAMPLES)
def test_examples_are_kernels(text: str, _: str) -> None:
    assert fields.error_of(text, 3) == ""


@pytest.mark.parametrize(("text", "_"), compare.EXAMPLES)
def test_examples_are_pairs_of_kernels(text: str, _: str) -> None:
    one, other = text.split(" | ")
    assert fields.error_of(one, 3) == fields.error_of(other, 3) == ""


@pytest.mark.parametrize(("text", "_"), images.EXAMPLES)
def test_examples_are_networks(text: str, _: str) -> None:
    assert images.problem(text, "zero", False, (28, 28, 1)) == ""
    assert images.text_of(images.rows_of(text)) == text


def test_the_depth_stands_where_it_is_named() -> None:
    assert fields.with_depth("ntk(L) + laplace(L)*dual('gelu')", 4) == "ntk(4) + laplace(4)*dual('gelu')"
    assert not fields.names_depth("dual('L') + LAPLACE")
    assert fields.names_depth("rf(L)")
    assert repr(fields.kernel("ntk(L)", 5)) == "ntk(5)"


PAGES: list[tuple[Fields, dict[str, Any]]] = [
    (kernel.FIELDS, {"kernel": "rf(L)", "depth": 7, "d": 3, "from": 2, "to": 1000, "terms": 2}),
    (compare.FIELDS, {"kernel": "rf(L)", "other": "ntk(2)", "depth": 7, "d": 3, "to": 1000}),
    (
        images.FIELDS,
        {
            "source": "chirp",
            "layers": "5|arccos(1)|average2|2",
            "border": "circular",
            "normalized": True,
            "field": "shift",
            "strength": 0.25,
            "scale": 2.5,
            "seed": 9,
            "tangent": True,
        },
    ),
    (claims.FIELDS, {"text": "decay C14", "verdict": "proved", "section": "C", "page": 2}),
]


@pytest.mark.parametrize(("known", "values"), PAGES)
def test_an_address_gives_back_what_was_written(known: Fields, values: dict[str, Any]) -> None:
    assert set(values) == set(known.known)
    assert known.read(known.write(values)) == (values, [])
    first = {name: value for name, (value, _) in known.known.items()}
    assert known.write(first) == {} and known.read({}) == (first, [])


@given(
    st.fixed_dictionaries(
        {
            "kernel": st.text(max_size=20),
            "depth": st.integers(*kernel.DEPTHS),
            "d": st.sampled_from(kernel.DIMENSION_STEPS),
            "from": st.sampled_from(kernel.STEPS),
            "to": st.sampled_from(kernel.STEPS),
            "terms": st.integers(*kernel.TERMS),
        }
    )
)
def test_every_state_of_the_page_of_a_kernel_has_an_address(values: dict[str, Any]) -> None:
    assert kernel.FIELDS.read(kernel.FIELDS.write(values)) == (values, [])


@pytest.mark.parametrize(("known", "_"), PAGES)
def test_what_an_address_gives_wrongly_is_said_and_left_aside(known: Fields, _: object) -> None:
    checked = [name for name in known.known if name not in ("kernel", "other", "text")]
    for name in checked:
        values, refused = known.read({name: "?"})
        assert values == {n: first for n, (first, _) in known.known.items()}
        (sentence,) = refused
        assert "got '?'" in sentence and ("must be" in sentence)
    _, refused = known.read({"nonsense": "1", "access_token": "x"})
    assert len(refused) == 1 and "nonsense" in refused[0]


@given(st.text(max_size=60))
def test_formulas_survive_html(latex: str) -> None:
    shown = with_formulas(f"<p>{tex(latex)}</p>", lambda text, display: f"[{text}]")
    assert shown == f"<p>[{latex}]</p>" and formulas_in(f"<p>{tex(latex)}</p>") == [latex]


def test_dollars_and_backticks() -> None:
    found = dollars("a < b, $x<y$ and `k & l`: $$z$$")
    assert found == f"a &lt; b, {tex('x<y')} and <code>k &amp; l</code>: {tex('z', display=True)}"


def test_a_themed_figure_has_the_colours_of_the_page() -> None:
    from kernelspec.explore.view import look, svg_of
    from kernelspec.views import drawing

    with look():
        ax = drawing.axes(width=3)
        ax.plot([1, 2], [3, 4], color="#0072B2")
        svg = svg_of(ax.figure)
    found = themed(svg, "two <points>")
    assert "var(--ks-blue)" in found and "currentColor" in found and "&lt;points&gt;" in found
    assert not re.search(r"#0072b2|#000000|fill: #ffffff", found, re.IGNORECASE)
    assert "#0072b2" in svg.lower()  # what is taken away is for paper


@pytest.mark.parametrize(("low", "high"), [(0.0061, 0.0083), (1.0731, 1.1172), (3e-6, 4e-6)])
def test_a_shown_figure_has_the_numbers_of_its_ticks(low: float, high: float) -> None:
    from kernelspec.explore.view import look, picture, plain_ticks
    from kernelspec.views import drawing

    with look():
        ax = drawing.axes(width=3)
        ax.set(yscale="log", ylim=(low, high), xticks=[])
        shown, _ = picture(plain_ticks(ax).figure, "two words", "curve", "")
    ticks = [tick for tick in ax.yaxis.get_minorticklocs() if low <= tick <= high]
    labels = [float(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", shown)]
    assert labels == pytest.approx(ticks, rel=1e-6) and len(ticks) >= 2
