"""Texts, tables and formulas of the report: what was written is what is read."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from html import unescape
from typing import Any

import pytest
from html_audit import audit
from hypothesis import given
from hypothesis import strategies as st

from report.evidence import against_the_print, evidence
from report.formulas import breakable, mathml
from report.html import html_page
from report.measured import measured_tables
from report.text import as_words, code, markdown, number, seconds, table, value_table

HOSTILE = "<script>alert('x')</script> & \"quotes\" &amp; $<b>\\kappa$ `<i>|` $\\ | [a](b) *c* _d_ {e}`f`"


def shown(text: str) -> str:
    """The text that a page of Markdown shows."""
    page = html_page(text, "index", ["index"])
    audit(page)
    body = page.partition("<main>")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub("<[^>]*>", "", body)).split())


@given(
    st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=40).filter(lambda t: not set(t) & set("$`\\"))
)
def test_a_text_is_shown_as_it_stands(text: str) -> None:
    assert shown(markdown(text)) == " ".join(text.split())
    assert shown(table(["a"], [[markdown(text) or "-"]])) == f"a {' '.join(text.split()) or '-'}"


@pytest.mark.parametrize(
    "start", ["- a", "+ a", "# a", "1. a", "2) a", "> a", "(c15)=", "=== a", "% a", "::: a", "| a |", "~~~"]
)
def test_no_text_begins_a_list_or_a_heading(start: str) -> None:
    assert shown(markdown(start)) == start
    assert markdown(start) != start  # also where only Sphinx would take it for something else
    assert "<p>" in html_page(markdown(start), "index", [])


@given(st.text(max_size=40))
def test_any_text_gives_a_well_formed_page(text: str) -> None:
    for block in (markdown(text), code(text), value_table([text], [[text], [None]])):
        audit(html_page(block, "index", ["index"]))
    assert isinstance(as_words(text), str)


def test_what_looks_like_html_is_text() -> None:
    page = html_page(markdown(HOSTILE), "index", ["index"])
    assert "<script>alert" not in page and "alert('x')" in page
    assert "[a](b) *c* _d_ {e}" in shown(markdown(HOSTILE))


def test_bars_of_formulas_part_no_cells() -> None:
    page = html_page(value_table(["size"], [[r"$|x|\leq\|y\|$ or `a|b` | c"]]), "index", [])
    assert page.count("<td") == 1
    assert markdown(r"$\left|x\right|+\langle y\rangle$") == r"$\left\vert x\right\vert +\langle y\rangle$"
    assert "‖" in page and "<code>a|b</code> | c" in page


def test_numbers_for_the_eye() -> None:
    assert number(1.25e-7) == "1.25\u202f×\u202f10<sup>−7</sup>"
    assert number("1.0000000000000000163e-5000").endswith("10<sup>−5000</sup>")
    assert number(1e-12) == "10<sup>−12</sup>"
    assert number(-3.5) == "−3.5" and number("x-3") == "x-3"
    assert number(True) == "yes"
    assert number(0.25) == "0.25"
    assert [seconds(s) for s in (0.01, 1.234, 99.7)] == ["less than 0.1 s", "1.2 s", "100 s"]


@pytest.mark.parametrize(
    ("latex", "pieces"),
    [
        ("a=b", ["a", "=b"]),
        ("f(x,y)", ["f(x,y)"]),
        (r"a\leq b+c", ["a", "≤b", "+c"]),
        ("-a", ["−a"]),
        (r"a\to-1", ["a", "→−1"]),
        ("k=1,2", ["k", "=1,", "2"]),
        (r"\frac{a+b}{c=d}", ["a+bc=d"]),
        ("x^{a+b}", ["xa+b"]),
        ("x_{1,2}", ["x1,2"]),
        ("(-1)^k+c", ["(−1)k", "+c"]),
        ("a<b", ["a", "<b"]),
        ("(" + "+".join("abcdefghijklmnopqrstuvw") + ")", ["(a", *(f"+{c}" for c in "bcdefghijklmnopqrstuv"), "+w)"]),
    ],
)
def test_lines_end_between_the_parts_of_a_formula(latex: str, pieces: list[str]) -> None:
    whole = mathml(latex)
    parts = breakable(whole).split("<wbr>")
    texts = ["".join(ElementTree.fromstring(part).itertext()) for part in parts]  # each is a formula
    assert texts == pieces
    assert "".join(texts) == "".join(ElementTree.fromstring(whole).itertext())


def test_what_cannot_be_read_is_shown_as_code() -> None:
    for latex in (r"\frac{", r"\nonsense{x}", "}"):
        assert mathml(latex).startswith("<code>")
        audit(html_page(f"${latex}$", "index", []))


def test_evidence_says_what_was_found() -> None:
    pieces: list[dict[str, Any]] = [
        {"role": "step", "label": "the base", "detail": "counting"},
        {"role": "supports", "label": "a sum", "measured": "2", "expected": 2, "exact": True, "why": "integers"},
        {"role": "conclusion", "label": "all cases"},
        {
            "role": "given",
            "label": "limit",
            "measured": 1.0,
            "expected": 1.5,
            "tolerance": 0.1,
            "margin": 5.0,
            "passed": False,
        },
        {
            "role": "print",
            "label": "half",
            "measured": "1e-9",
            "expected": "1",
            "tolerance": "0.5",
            "rtol": 0.5,
            "margin": "2",
        },
        {"role": "print", "label": "never", "measured": True, "expected": True, "detail": "found one"},
        {"role": "undecided", "label": "no data"},
        {"role": "table", "label": "ratios", "rows": [["k", "of"], [1e-7, "x"], [None, True]]},
    ]
    text = evidence(pieces)
    summary = "A proof in 1 step, 4 pieces of evidence, 2 of them against the print, 1 table, 1 not as expected"
    assert f"<summary>{summary}</summary>" in text and text.startswith("<details>\n")
    said = shown(text)
    assert "1. The base. counting ✓ a sum: 2 (integers; exact) ∎ all cases Beside the proof:" in said
    assert "✗ print, completed: limit 1 1.5 0.1 5 ≠ print: half 10−9 1 0.5 rel. 2" in said
    assert "≠ print: never (found one)" in said and "Undecided: no data" in said
    assert "ratios: k of 10−7 x yes" in said
    assert against_the_print(pieces) == "half: measured 10<sup>−9</sup>, by the print 1"
    assert against_the_print(pieces[5:]) == "never: found one" and against_the_print(pieces[:4]) == ""
    assert against_the_print([pieces[5] | {"passed": False}]) == ""
    assert evidence([]) == ""
    assert evidence(pieces, unfolded=True).startswith("<details open>")


def test_odd_tables_are_shown() -> None:
    for data in ({}, [], [{"a": 1}, {"b": 2.5}], {"records": [{"x_y": "<"}]}, "text", 3, {"rows": 1}):
        audit(html_page("\n\n".join(measured_tables(data)), "speed", []))
    assert "x y \\<" in " ".join(
        measured_tables({"records": [{"x_y": "<"}]})[0].replace("|", "").replace("---", "").split()
    )


def test_errors_beyond_the_aim_stand_out() -> None:
    cell: dict[str, Any] = {"d": 3, "values": 4, "worst": 1e-15, "worst_k": 10**9}
    cell |= {"logs": 0, "worst_log": 0.0, "worst_log_k": -1, "failure": ""}
    cells = [cell | {"kernel": "ntk(3)"}, cell | {"kernel": "rf(2)", "d": 10, "worst": 1e-3}]
    cells.append(cell | {"kernel": "rf(3)", "failure": "ValueError"})
    miss = {"kernel": "rf(2)", "d": 10, "k": 5, "measured": 1e-3}
    summary = {"target": 1e-12, "values": 12, "worst": 1e-3, "missed": [miss], "understated": []}
    text = "\n\n".join(measured_tables({"summary": summary, "cells": cells}))
    assert text.count("**") == 4 and "**0.001**" in text and "**fails**" in text
    page = html_page(text, "accuracy", [])
    audit(page)
    assert "k = 10<sup>9</sup>" in page and "missed: 1" in page
