"""Pieces of the page: numbers, tables of evidence, figures."""

import base64
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from report.formulas import Formulas

# Verdict: its colour in the style sheet, its sign (so that colour is not all).
VERDICTS: Mapping[str, tuple[str, str]] = {
    "proved": ("proved", "∎"),
    "holds": ("holds", "✓"),
    "refuted as printed": ("refuted", "≠"),
    "incomplete as printed": ("incomplete", "⊂"),
    "open": ("open", "?"),
    "not run": ("idle", "–"),
    "failed": ("bad", "✗"),
    "crashed": ("bad", "!"),
}
RECALLED_MARK = '<span class="badge idle">recalled</span>'
_LARGEST_SVG = 1_500_000  # characters; above it the PNG is smaller and looks the same
_MEASURED = ("supports", "given", "print")
_NUMBER = re.compile(r"([-+]?\d+(?:\.\d+)?)e([-+]?\d+)")
_COLUMNS = ("measured", "expected", "tolerance", "error / tol.")
_MANY = 14  # pieces of evidence that agree, above which the rest is folded


def badge(verdict: str) -> str:
    """A verdict as a small label."""
    colour, sign = VERDICTS.get(verdict, ("idle", ""))
    return f'<span class="badge {colour}">{sign} {escape(verdict)}</span>'


def number(value: Any, digits: int = 10) -> str:
    """A value of the report for the eye: 1.25e-07 as 1.25 × 10⁻⁷, True as yes."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        value = f"{value:.{digits}g}"
    text = escape(str(value)).replace("+/-", "±")
    return _NUMBER.sub(lambda m: f"{_mantissa(m[1])}10<sup>{_signed(int(m[2]))}</sup>", text)


def seconds(value: float) -> str:
    """A duration for the eye."""
    if value < 0.0005:
        return "less than 1 ms"
    if value < 0.0995:
        return f"{1000 * value:.0f} ms"
    return f"{value:.2g} s" if value < 9.95 else f"{value:.0f} s"


def evidence_table(evidence: Sequence[Mapping[str, Any]], formulas: Formulas) -> str:
    """The evidence of one claim in the order given: steps, tables, notes and measurements."""
    parts: list[str] = []
    measured: list[Mapping[str, Any]] = []
    steps = 0
    for place, piece in enumerate(evidence, 1):
        role = piece["role"]
        if role in _MEASURED:
            measured.append(piece)
            continue
        parts.append(_measurements(measured, formulas))
        measured = []
        if role == "step":
            steps += 1
            because, shows = (formulas.html(piece["detail"]), formulas.html(_sentence(piece["label"])))
            parts.append(f'<p class="step"><b>{steps}</b><i>{shows}</i>{". " if because else ""}{because}</p>')
        elif role == "conclusion":
            parts.append(f'<p class="step end"><b>∎</b>{formulas.html(piece["label"])}</p>')
            if any(later["role"] in _MEASURED for later in evidence[place:]):
                parts.append('<p class="note">Beside the proof:</p>')
        elif role == "table":
            header, *lines = piece["rows"]
            parts.append(table(header, lines, formulas, caption=piece["label"]))
        else:
            lead = {"undecided": "Undecided: ", "not run": "Not run: "}.get(role, "")
            parts.append(f'<p class="note">{lead}{formulas.html(piece["label"])}</p>')
    return "".join([*parts, _measurements(measured, formulas)])


def _sentence(text: str) -> str:
    """A text that begins with a word, with a capital letter."""
    return text[:1].upper() + text[1:] if re.match(r"[a-z]+[ ,:]", text) else text


def table(header: Sequence[str], rows: Sequence[Sequence[Any]], formulas: Formulas, caption: str = "") -> str:
    """A plain table; columns of numbers are aligned to the right."""
    numeric = [bool(rows) and all(_is_numeric(row[i]) for row in rows if i < len(row)) for i in range(len(header))]
    classes = [' class="n"' if flag else "" for flag in numeric]
    head = "".join(f"<th{c}>{formulas.html(str(h))}</th>" for c, h in zip(classes, header, strict=True))
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{c}>{number(v, 6) if _is_numeric(v) else formulas.html(str(v))}</td>"
            for c, v in zip(classes, row, strict=False)
        )
        + "</tr>"
        for row in rows
    )
    title = f"<caption>{formulas.html(caption)}</caption>" if caption else ""
    return (
        f'<div class="scroll"><table class="plain">{title}<thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def figure(entry: Mapping[str, Any], folder: Path, formulas: Formulas) -> str:
    """One figure with its caption, drawn into the page; empty where its files are gone."""
    name, title = str(entry["name"]), str(entry["title"])
    picture = _picture(folder, name, title)
    if not picture:
        return ""
    caption = f"<figcaption>{formulas.html(str(entry.get('caption', '')))}</figcaption>"
    heading = f"<h3>{formulas.html(title)}</h3>"
    sheet = f'{heading}<div class="sheet">{picture}</div>{caption}'
    return f'<figure id="figure-{escape(name)}">{sheet}</figure>'


def inline_svg(svg: str, prefix: str, label: str) -> str:
    """An SVG file as part of a page: identifiers and style its own, metadata left out."""
    text = svg[svg.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", text).replace("xlink:href=", "href=")
    text = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', text)
    text = re.sub(r'href="#([^"]+)"', rf'href="#{prefix}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", text)
    text = re.sub(r"<style[^>]*>\s*\*", f"<style>#{prefix} *", text)
    spoken = escape(label, quote=True)
    width = re.search(r'<svg[^>]*\swidth="([\d.]+)pt"', text)
    # A figure of one column stays smaller than one of a whole page.
    style = f' style="max-width:{0.11 * float(width[1]):.1f}rem"' if width else ""
    own = f'<svg id="{prefix}" role="img" aria-label="{spoken}"{style}'
    return text.replace("<svg", own, 1).strip()


def _picture(folder: Path, name: str, title: str) -> str:
    svg, png = folder / f"{name}.svg", folder / f"{name}.png"
    if svg.is_file():
        text = svg.read_text(encoding="utf-8")
        if len(text) <= _LARGEST_SVG or not png.is_file():
            return inline_svg(text, f"f-{re.sub(r'[^A-Za-z0-9]+', '-', name)}", title)
    if png.is_file():
        data = base64.b64encode(png.read_bytes()).decode("ascii")
        return f'<img alt="{escape(title, quote=True)}" src="data:image/png;base64,{data}">'
    return ""


def _evidence_row(piece: Mapping[str, Any], formulas: Formulas) -> str:
    passed, printed = piece["passed"], piece["role"] == "print"
    row = {"print": " class=print-row", "given": " class=given-row"}.get(piece["role"], "")
    sign = ("≠" if printed else "✓") if passed else "✗"
    colour = ("refuted" if printed else "holds") if passed else "bad"
    spoken = ("refuted" if printed else "passed") if passed else "not as expected"
    words = [w for w in (piece["detail"], piece["why"]) if w]
    words += ["exact"] if piece["exact"] else []
    why = f'<span class="why">{formulas.html("; ".join(words))}</span>' if words else ""
    expected = "" if piece["expected"] is True else number(piece["expected"])
    tolerance = f"{number(piece['rtol'], 3)} rel." if piece["rtol"] else number(piece["tolerance"], 3)
    share = piece["margin"]
    meter = ""
    if not printed and isinstance(share, (int, float)):
        used = 100 * min(1.0, max(share, 0.0))
        meter = f'<span class="meter"><i style="width:{used:.0f}%"></i></span>'
    measured = number(piece["measured"])
    if printed and isinstance(piece["measured"], bool):
        measured = "refuted" if passed else "not refuted"
    values = (measured, expected, tolerance, number(share, 2) + meter)
    cells = "".join(
        f'<td class="n" data-name="{name}">{value}</td>' if value else '<td class="n"></td>'
        for name, value in zip(_COLUMNS, values, strict=True)
    )
    return (
        f'<tr{row}><td class="{colour}">'
        f'<span role="img" aria-label="{spoken}">{sign}</span></td>'
        f"<td>{formulas.html(piece['label'])}{why}</td>{cells}</tr>"
    )


def _measurements(pieces: Sequence[Mapping[str, Any]], formulas: Formulas) -> str:
    """A table of measurements; what agrees is folded when it is long."""
    if not pieces:
        return ""
    head = "".join(f'<th class="n">{name}</th>' for name in _COLUMNS)
    head = f"<thead><tr><th></th><th></th>{head}</tr></thead>"

    def drawn(shown: Sequence[Mapping[str, Any]]) -> str:
        rows = "".join(_evidence_row(piece, formulas) for piece in shown)
        return f'<div class="scroll"><table class="evidence">{head}<tbody>{rows}</tbody></table></div>'

    quiet = [i for i, e in enumerate(pieces) if e["passed"] and e["role"] == "supports"]
    folded = quiet[_MANY - 2 :] if len(quiet) > _MANY else []
    if not folded:
        return drawn(pieces)
    rest = [pieces[i] for i in folded]
    return (
        drawn([e for i, e in enumerate(pieces) if i not in folded])
        + f"<details><summary>{len(rest)} more that agree</summary>{drawn(rest)}</details>"
    )


def _is_numeric(value: Any) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"[-+]?(\d+(\.\d*)?(e[-+]?\d+)?|inf|nan)", value) is not None
    return value is None or isinstance(value, (int, float))


def _mantissa(text: str) -> str:
    return "" if text == "1" else f"{text}\u202f×\u202f"  # spaces that do not break


def _signed(exponent: int) -> str:
    return f"−{-exponent}" if exponent < 0 else str(exponent)
