"""The door before the pages, their list, and the book of claims."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kernelspec import explore
from kernelspec.explore import claims, front, server
from paper_checks.registry import discover
from report.book import book

PAGES = Path(front.FOLDER)


async def _inner(scope: Any, receive: Any, send: Any) -> None:
    sent = dict(scope["headers"]).get(b"authorization", b"").decode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": f"inside {sent}".encode()})


def asked(path: str = "/", query: str = "", kind: str = "http", **headers: str) -> tuple[int, dict[str, str], str]:
    """What the door answers: status, headers, body."""
    guard = server.Guard(_inner, "right", "refused")
    scope = {
        "type": kind,
        "path": path,
        "query_string": query.encode(),
        "server": ("127.0.0.1", 2718),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    sent: list[dict[str, Any]] = []

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(guard(scope, receive, send))
    if sent[0]["type"] == "websocket.close":
        return sent[0]["code"], {}, ""
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], found, sent[1]["body"].decode()


def test_nobody_comes_in_without_the_token() -> None:
    for query in ("", "access_token=wrong", "access_token=", "token=right"):
        assert asked(query=query)[0] == 401
    assert asked(cookie="kernelspec_2718=wrong")[0] == 401
    assert asked(cookie="kernelspec_9999=right")[0] == 401  # of another server
    assert asked(kind="websocket")[0] == 1008
    assert asked(kind="websocket", query="access_token=right")[0] == 1008


def test_the_token_becomes_a_cookie_and_leaves_the_address() -> None:
    status, headers, _ = asked("/kernel/", "kernel=ntk%28L%29&access_token=right&d=5")
    assert status == 303 and headers["location"] == "/kernel/?kernel=ntk%28L%29&d=5"
    assert "HttpOnly" in headers["set-cookie"] and "SameSite=Lax" in headers["set-cookie"]
    status, _, body = asked(cookie=f"a=b; {headers['set-cookie'].partition(';')[0]}")
    assert (status, body) == (200, "inside Bearer right")


def test_a_page_of_another_server_on_this_machine_has_no_way_in() -> None:
    cookie = "kernelspec_2718=right"
    assert asked(cookie=cookie, origin="http://127.0.0.1:2718", host="127.0.0.1:2718")[0] == 200
    assert asked(cookie=cookie, origin="http://127.0.0.1:8000", host="127.0.0.1:2718")[0] == 401
    assert asked(kind="websocket", cookie=cookie, origin="http://x.org", host="127.0.0.1:2718")[0] == 1008


def test_pages_open_by_name_with_a_state_and_by_a_whole_address() -> None:
    assert server._path(None) == ("/", "")
    assert server._path("kernel") == ("/kernel/", "")
    sent = "http://127.0.0.1:2718/compare/?kernel=ntk%28L%29&access_token=theirs"
    assert server._path(sent) == ("/compare/", "kernel=ntk%28L%29")
    assert server.address_of(("/kernel/", "d=5"), 80, "t").endswith("/kernel/?d=5&access_token=t")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            {"page": "nowhere"},
            "page must be one of kernel, compare, functions, learning, images, claims; got 'nowhere'",
        ),
        ({"page": 3}, "page must be the name of a page, or None; got 3"),
        ({"port": 0}, "port must be an integer from 1 to 65535; got 0"),
        ({"port": "http"}, "port must be an integer from 1 to 65535; got 'http'"),
        ({"open_browser": "yes"}, "open_browser must be True or False; got 'yes'"),
    ],
)
def test_wrong_arguments_are_refused_in_a_sentence(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises((ValueError, TypeError)) as caught:
        explore.serve(**arguments)
    assert str(caught.value) == words


def test_a_port_that_is_taken_is_refused_and_another_one_found() -> None:
    with socket.socket() as taken:
        taken.bind((server.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ValueError, match=f"port must be free on 127.0.0.1; got {port}"):
            explore.serve(port=port, open_browser=False)
    with server._listening(None) as found:
        assert found.getsockname()[0] == "127.0.0.1"


def test_without_marimo_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "marimo", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install kernelspec\[explore\]"):
        explore.serve(open_browser=False)


def test_a_page_is_one_file(tmp_path: Path) -> None:
    shutil.copytree(PAGES, tmp_path / "pages")
    text = (PAGES / "claims.py").read_text(encoding="utf-8")
    text = text.replace('app_title="Claims"', 'app_title="Training"').replace("order = 90", "order = 15")
    (tmp_path / "pages" / "dynamics.py").write_text(text, encoding="utf-8")
    (tmp_path / "pages" / "helper.py").write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "pages" / "_draft.py").write_text(text, encoding="utf-8")
    found = front.pages(tmp_path / "pages")
    assert [page.name for page in found] == [
        "kernel",
        "dynamics",
        "compare",
        "functions",
        "learning",
        "images",
        "claims",
    ]
    assert found[1].title == "Training" and found[1].about.startswith("Claims: what the papers")
    listed = front.front(found, "")
    assert all(f'href="{page.name}/"' in listed for page in found)


def test_every_page_has_a_title_a_description_and_the_theme_of_the_system() -> None:
    found = front.pages()
    assert [page.name for page in found] == ["kernel", "compare", "functions", "learning", "images", "claims"]
    for page in found:
        assert page.about and page.order < 1000
        assert 'theme = "system"' in page.file.read_text(encoding="utf-8")


def test_marimo_finds_nothing_in_the_pages() -> None:
    pytest.importorskip("marimo", reason="the pages need marimo: make test-browser has it")
    files = [str(page.file) for page in front.pages()]
    done = subprocess.run([sys.executable, "-m", "marimo", "check", "--strict", *files], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_book_of_claims_is_that_of_the_registry() -> None:
    """A claim that was added, dropped or worded anew needs a new book: python -m paper_checks, then --book."""
    registered = {claim.number: claim for section in discover() for claim in section.claims}
    found = {claim.number: claim for claim in claims.book()[0]}
    assert set(found) == set(registered)
    for number, claim in found.items():
        for name in ("title", "statement", "where", "printed", "corrected"):
            assert getattr(claim, name) == getattr(registered[number], name), number
        assert claim.verdict in (registered[number].verdict, "not run"), number
        assert claim.evidence
    assert claims.BOOK.stat().st_size < 1_500_000


def test_a_book_is_of_a_whole_run() -> None:
    tier = {"quick": False, "only": "C14"}
    with pytest.raises(ValueError, match="--only C14"):
        book({"tier": tier})
    with pytest.raises(ValueError, match="--quick"):
        book({"tier": {"quick": True, "only": ""}})


def test_the_command_writes_a_book(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from paper_checks.__main__ import main

    out = tmp_path / "book.json"
    assert main(["--out", str(tmp_path), "--book", str(out)]) == 2
    assert "run python -m paper_checks first" in capsys.readouterr().err and not out.exists()
