r"""Formulas as inline SVG, drawn once by matplotlib's mathtext, so that a page needs no network.

Each glyph's outline is written once a page and used by reference; a formula takes the colour and
the size of the text around it, and carries its LaTeX source as the text that a screen reader
speaks. What mathtext cannot read is shown as code.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from typing import Any

_UNIT = 100.0  # outlines are drawn in hundredths of an em
# LaTeX that mathtext does not know, in words that it knows.
_REWRITTEN: Mapping[str, str] = {
    r"\le": r"\leq ",
    r"\ge": r"\geq ",
    r"\lVert": r"\|",
    r"\rVert": r"\|",
    r"\lvert": "|",
    r"\rvert": "|",
    r"\iff": r"\;\Leftrightarrow\;",
    r"\implies": r"\;\Rightarrow\;",
    r"\land": r"\wedge ",
    r"\lor": r"\vee ",
    r"\bmod": r"\;\mathrm{mod}\;",
    r"\tfrac": r"\frac",
    r"\textrm": r"\mathrm",
    r"\textit": r"\mathit",
    r"\stackrel": r"\overset",
    r"\limits": "",
    r"\nolimits": "",
    r"\displaystyle": "",
    r"\textstyle": "",
    **{rf"\{size}{side}": "" for size in ("big", "Big", "bigg", "Bigg") for side in ["", *"lrm"]},
}
_ARGUMENTS = {r"\frac": 2, r"\dfrac": 2, r"\binom": 2, r"\overset": 2, r"\sqrt": 1}
_PIECE = re.compile(r"\$\$(?P<display>[^$]+?)\$\$|(?<!\\)\$(?P<math>[^$]+?)(?<!\\)\$|`(?P<code>[^`]+)`")


class Formulas:
    """Text with formulas as HTML, and the outlines that the page must then carry (`outlines`)."""

    def __init__(self) -> None:
        self._glyphs: dict[str, str] = {}

    def html(self, text: str) -> str:
        """HTML of a text: formulas in dollars (two for a line of its own), code in backticks."""
        parts, end = [], 0
        for match in _PIECE.finditer(text):
            parts.append(_escaped(text[end : match.start()]))
            end = match.end()
            if match["display"]:
                parts.append(f'<span class="display">{self.svg(match["display"], large=True)}</span>')
            elif match["math"]:
                # A comma or a full stop stays on the line of its formula.
                mark = text[end : end + 1] if text[end : end + 1] in tuple(",.;:)") else ""
                end += len(mark)
                svg = self.svg(match["math"])
                parts.append(f'<span class="nb">{svg}{mark}</span>' if mark else svg)
            else:
                parts.append(f"<code>{escape(match['code'])}</code>")
        parts.append(_escaped(text[end:]))
        return "".join(parts)

    def svg(self, latex: str, large: bool = False) -> str:
        """One formula as an inline ``<svg>``, or as ``<code>`` where mathtext cannot read it.

        A large one has its fractions at full size.
        """
        text = readable(latex)
        drawn = _drawn(text.replace(r"\frac", r"\dfrac") if large else text)
        spoken = escape(latex.strip(), quote=True)
        if drawn is None:
            return f"<code>{spoken}</code>"
        self._glyphs.update(drawn["glyphs"])
        return (
            f'<svg class="m" role="img" aria-label="{spoken}" viewBox="{drawn["box"]}"'
            f' style="width:{drawn["width"]}em;height:{drawn["height"]}em;'
            f'vertical-align:{drawn["depth"]}em"><title>{spoken}</title>{drawn["body"]}</svg>'
        )

    def outlines(self) -> str:
        """The outlines of all glyphs used so far; put it anywhere on the page."""
        paths = "".join(f'<path id="{name}" d="{d}"/>' for name, d in sorted(self._glyphs.items()))
        hidden = '<svg class="outlines" aria-hidden="true" width="0" height="0">'
        return f"{hidden}<defs>{paths}</defs></svg>"


def readable(latex: str) -> str:
    r"""LaTeX in the words that mathtext knows: ``\le`` and ``\frac12`` are beyond it."""
    text = latex.strip().replace(r"\operatorname*", r"\operatorname").replace("\\ ", r"\;")
    text = re.sub(r"\\pmod\s*\{([^{}]*)\}", r"\\;(\\mathrm{mod}\\;\1)", text)
    text = re.sub(r"\\(mathsf|mathrm|mathbf|mathcal|mathbb)\s+(\w)", r"\\\1{\2}", text)
    text = re.sub(r"\\[A-Za-z]+", lambda m: _REWRITTEN.get(m.group(), m.group()), text)
    return _braced(text)


def _braced(text: str) -> str:
    r"""Braces around the arguments of ``\frac12``, ``\frac d2`` and ``\sqrt2``."""
    out, at = [], 0
    for match in re.finditer(r"\\[A-Za-z]+", text):
        if match.group() not in _ARGUMENTS or match.start() < at or text[match.end() :][:1] == "[":
            continue
        out.append(text[at : match.end()])
        at = match.end()
        for _ in range(_ARGUMENTS[match.group()]):
            token = re.compile(r"\s*(\\[A-Za-z]+|[^\s{}\\])").match(text, at)
            if token:
                out.append("{" + token.group(1) + "}")
                at = token.end()
            else:
                end = _group_end(text, at)
                out.append(text[at] + _braced(text[at + 1 : end - 1]) + "}" if end > at + 1 else "")
                at = max(end, at)
    return "".join(out) + text[at:]


def _group_end(text: str, start: int) -> int:
    """The index after the brace that closes the group at `start`; `start` where there is none."""
    depth = 0
    for i in range(start, len(text)):
        escaped = i > 0 and text[i - 1] == "\\"
        depth += (text[i] == "{" and not escaped) - (text[i] == "}" and not escaped)
        if depth == 0:
            return i + 1 if i > start else start
    return start


@lru_cache(maxsize=4096)
def _drawn(latex: str) -> dict[str, Any] | None:
    from matplotlib import rc_context
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    properties = FontProperties(size=_UNIT, math_fontfamily="stix")
    try:
        with rc_context({"text.usetex": False}):
            width, height, depth = text_to_path.get_text_width_height_descent(f"${latex}$", properties, ismath=True)
            placed, glyphs, bars = text_to_path.get_glyphs_mathtext(properties, f"${latex}$")
    except (ValueError, RuntimeError):
        return None
    parts = []
    for name, x, y, scale in placed:
        # SVG's y runs downwards, the outlines' upwards.
        parts.append(
            f'<use href="#{_identifier(name)}" transform="translate({x:.1f} {-y:.1f})'
            f' scale({scale:.4g} {-scale:.4g})"/>'
        )
    for vertices, _ in bars:
        (x0, y0), (x1, y1) = min(vertices[:4]), max(vertices[:4])  # two opposite corners
        parts.append(f'<rect x="{x0:.1f}" y="{-y1:.1f}" width="{x1 - x0:.1f}" height="{y1 - y0:.1f}"/>')
    pad = 4.0  # italics lean out of their boxes
    top = -(height - depth) - pad
    return {
        "glyphs": {_identifier(name): _outline(*path) for name, path in glyphs.items()},
        "body": "".join(parts),
        "box": f"{-pad:.0f} {top:.1f} {width + 2 * pad:.1f} {height + 2 * pad:.1f}",
        "width": f"{(width + 2 * pad) / _UNIT:.3f}",
        "height": f"{(height + 2 * pad) / _UNIT:.3f}",
        "depth": f"{-(depth + pad) / _UNIT:.3f}",
    }


def _identifier(name: str) -> str:
    return "g-" + re.sub(r"[^A-Za-z0-9]+", "-", name)


def _outline(vertices: Any, codes: Any) -> str:
    """A matplotlib path as an SVG path's text: codes 1 move, 2 line, 3 and 4 curves, 79 close."""
    out, i = [], 0
    letters = {1: ("M", 1), 2: ("L", 1), 3: ("Q", 2), 4: ("C", 3)}
    while i < len(codes):
        if codes[i] == 79:
            out.append("Z")
            i += 1
            continue
        letter, count = letters[int(codes[i])]
        numbers = " ".join(f"{v:.1f}".removesuffix(".0") for v in vertices[i : i + count].ravel())
        out.append(letter + numbers)
        i += count
    return "".join(out)


def as_words(text: str) -> str:
    r"""A text with formulas for a terminal: ``$\kappa_1$`` as κ_1."""

    def letter(match: re.Match[str]) -> str:
        name = match[1]
        case = "CAPITAL" if name[0].isupper() else "SMALL"
        try:
            return unicodedata.lookup(f"GREEK {case} LETTER {name.upper()}")
        except KeyError:
            return name

    plain = re.sub(r"\\([A-Za-z]+)\s*", letter, text.replace("`", ""))
    return re.sub(r"[{}\\$]", "", re.sub(r"\\[,;!: ]", " ", plain))


def _escaped(text: str) -> str:
    return escape(text.replace(r"\$", "$"), quote=False)
