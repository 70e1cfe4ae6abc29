"""What every page has: the list of pages above, places that show views, their code and files, the state in the address.

A page makes one `Sheet` and a `place` for each of its views; a cell asks (`Place.ask`), another shows (`Place.show`).
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING, Any

from . import front, jobs
from .address import Fields
from .jobs import Answer, Slot
from .view import View, with_formulas
from .worker import Arguments

if TYPE_CHECKING:
    from marimo import Html
    from marimo.ui import dictionary

    from .images import Row

_LARGEST = 12  # patch, scale or stride in the rows of a network
_TYPES = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "csv": "text/csv",
    "tex": "application/x-tex",
    "json": "application/json",
    "npy": "application/octet-stream",
}


class Sheet:
    """A page in a browser: the values that its address gives, and its places.

    Parameters
    ----------
    mo : the module `marimo`, of the notebook.
    name : of the page.
    fields : the fields of its address.
    """

    def __init__(self, mo: ModuleType, name: str, fields: Fields) -> None:
        self.mo, self.name, self.fields = mo, name, fields
        # Not kept by a name of the notebook: what is written to the address runs no cell again.
        self._parameters = mo.query_params()
        self.values, self.refused = fields.read(self._parameters.to_dict())

    def head(self, title: str, about: str) -> Html:
        """The links to all pages, the title, and what the address gave that no field takes."""
        refused = "".join(f'<p class="ks-error" role="alert">{html.escape(s)}</p>' for s in self.refused)
        return self.mo.Html(
            f'{front.navigation(self.name)}<header class="ks-head"><h1>{title}</h1><p>{about}</p></header>{refused}'
        )

    def remember(self, values: Mapping[str, object]) -> None:
        """Write the values into the address."""
        wanted = self.fields.write(values)
        held = self._parameters.to_dict()
        for name in [n for n in held if n in self.fields.known and n not in wanted]:
            del self._parameters[name]
        for name, text in wanted.items():
            if held.get(name) != text:
                self._parameters[name] = text

    def place(self, title: str, delay: float = 0.0) -> tuple[Callable[[], Answer], Place]:
        """A place for a view: what tells the notebook of its answers, and the place; `delay` as for `jobs.Slot`."""
        get, put = self.mo.state(Answer("empty"))
        return get, Place(self.mo, title, put, delay)

    def error(self, text: str) -> Html:
        """A sentence beside a field; nothing where there is none."""
        return self.mo.Html(f'<p class="ks-error" role="alert">{html.escape(text)}</p>' if text else "")

    def tex(self, text: str) -> Html:
        """HTML with formulas."""
        return self.mo.Html(with_formulas(text, _tex))


class Place:
    """A place of a page that shows a view, or how far it is."""

    def __init__(self, mo: ModuleType, title: str, put: Callable[[Answer], None], delay: float = 0.0) -> None:
        self.mo, self.title = mo, title
        self._question: tuple[str, Arguments] = ("", {})
        self._view: View | None = None
        self._slot = Slot(put, lambda work: mo.Thread(target=work, daemon=True).start(), delay)
        self._put = put

    def ask(self, name: str, **arguments: Any) -> None:
        """Ask for a view: name(**arguments) of this package."""
        # Made here, in the cell that asks: a cell that shows progress runs anew each second.
        self._stop = self.mo.ui.button(label="Stop", on_click=lambda _: self._slot.stop())
        self._again = self.mo.ui.button(label="Compute again", on_click=lambda _: self._slot.ask(name, **arguments))
        self._question = name, arguments
        self._slot.ask(name, **arguments)

    def clear(self) -> None:
        """Show nothing, and drop what was asked."""
        self._view = None
        self._slot.drop()
        self._put(Answer("empty"))

    def show(self, answer: Answer, code: bool = True) -> Html:
        """What there is: the view, or the last one with the progress of the next, or why there is none."""
        mo = self.mo
        head = f"<h2>{self.title}</h2>" if self.title else ""
        if answer.state == "empty":
            return mo.Html("")
        if answer.state == "done":
            self._view = answer.value
            return self._whole(head, answer.value, code)
        if answer.state == "running":
            return self._section([mo.Html(head + _progress(answer)), self._stop, *self._dimmed()])
        if answer.state == "stopped":
            words = f"Stopped after {answer.seconds:.0f} s."
            return self._section([mo.Html(f'{head}<p class="ks-stopped">{words}</p>'), self._again])
        self._view = None
        text = html.escape(str(answer.value))
        return self._section([mo.Html(f'{head}<p class="ks-error" role="alert">{text}</p>')])

    def _whole(self, head: str, view: View, code: bool) -> Html:
        mo = self.mo
        notes = "".join(f'<p class="ks-note">{html.escape(note)}</p>' for note in view.notes)
        parts = [mo.Html(head + with_formulas(view.html, _tex) + notes)]
        if view.files:
            self._saves = [self._download(name, data) for name, data in view.files.items()]
            saves = "".join(save.text for save in self._saves)
            parts.append(mo.Html(f'<div class="ks-files">{saves}</div>'))
        if code and view.code:
            shown = str(mo.md(f"```python\n{view.code}\n```").text)
            parts.append(mo.Html(f'<details class="ks-code"><summary>Show the code</summary>{shown}</details>'))
        return self._section(parts)

    def _download(self, name: str, data: str | bytes) -> Html:
        stem, _, ending = name.rpartition(".")
        label = f"{stem} {ending.upper()}"
        if data == "":  # made when it is asked for
            return self.mo.download(data=lambda: self._made(name), filename=name, mimetype=_TYPES[ending], label=label)
        raw = data.encode() if isinstance(data, str) else data
        return self.mo.download(data=lambda: raw, filename=name, mimetype=_TYPES[ending], label=label)

    def _made(self, name: str) -> bytes:
        question, arguments = self._question
        view = jobs.now(question, **arguments, made=name)
        made = view.files[name]
        return made.encode() if isinstance(made, str) else made

    def _dimmed(self) -> list[Html]:
        if self._view is None:
            return []
        return [self.mo.Html(f'<div class="ks-old">{with_formulas(self._view.html, _tex)}</div>')]

    def _section(self, parts: list[Html]) -> Html:
        body = "".join(part.text for part in parts)
        return self.mo.Html(f'<section class="ks-section">{body}</section>')


def done(view: View) -> Answer:
    """The answer to a question that took no time."""
    return Answer("done", view)


def examples(mo: ModuleType, known: Iterable[tuple[str, str]], choose: Callable[[str], None]) -> Html:
    """Buttons that choose an expression: (expression, what it is) each."""
    buttons = [
        mo.ui.button(label=words, tooltip=text, on_click=lambda _, text=text: choose(text)) for text, words in known
    ]
    return mo.hstack(buttons, wrap=True, justify="start", gap=0.4)


def two_texts(
    mo: ModuleType, labels: tuple[str, str], get: Callable[[], tuple[str, str]], put: Callable[[tuple[str, str]], None]
) -> list[Html]:
    """Two fields with an expression each; `get` gives both texts, `put` takes them when one is changed."""

    def field(place: int) -> Html:
        def change(text: str) -> None:
            both = get()
            put((text, both[1]) if place == 0 else (both[0], text))

        return mo.ui.text(value=get()[place], label=labels[place], full_width=True, on_change=change)

    return [field(0), field(1)]


def layer_row(mo: ModuleType, row: Row, pools: tuple[str, ...]) -> Html:
    """The widgets of one layer."""
    return mo.ui.dictionary(
        {
            "patch": _small_number(mo, row.patch, "patch"),
            "kernel": mo.ui.text(value=row.kernel, label="kernel"),
            "pool": mo.ui.dropdown(pools, value=row.pool, label="pool"),
            "scale": _small_number(mo, row.scale, "scale"),
            "centred": mo.ui.checkbox(row.centred, label="centred"),
            "stride": _small_number(mo, row.stride, "stride"),
        }
    )


def _small_number(mo: ModuleType, value: int, label: str) -> Html:
    most = max(value, _LARGEST)
    return mo.ui.dropdown({str(n): n for n in range(1, most + 1)}, value=str(value), label=label)


def shown_row(mo: ModuleType, number: int, row: dictionary) -> Html:
    """The widgets of one layer beside each other."""
    widgets = [mo.Html(f"<b>{number}</b>"), *row.elements.values()]
    return mo.hstack(widgets, wrap=True, justify="start", align="center", gap=0.8)


def rows_from(values: Iterable[Mapping[str, Any]]) -> tuple[Row, ...]:
    """The layers that the widgets say."""
    from .images import Row

    return tuple(Row(**value) for value in values)


def _progress(answer: Answer) -> str:
    share = f' value="{answer.done}" max="{answer.total}"' if answer.total else ""
    words = f"{answer.text or 'computing'} … {answer.seconds:.0f} s"
    return f'<div class="ks-progress" role="status"><progress{share}></progress><span>{html.escape(words)}</span></div>'


def _tex(latex: str, display: bool) -> str:
    left, right = ("||[", "||]") if display else ("||(", "||)")
    return f'<marimo-tex class="arithmatex">{left}{html.escape(latex)}{right}</marimo-tex>'
