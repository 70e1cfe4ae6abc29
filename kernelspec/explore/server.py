"""The server of the pages: on the loopback address alone, and for whoever has the token.

marimo serves the notebooks (`marimo.create_asgi_app`, with its token); before it stands `Guard`, one door for the list
of pages, the pages, their assets and their sockets. The token comes in the address once, and is then a cookie of this
server that no other site can use. See https://docs.marimo.io/guides/deploying/programmatically/.
"""

from __future__ import annotations

import contextlib
import hmac
import secrets
import socket
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit

from . import front, jobs
from .fields import whole

if TYPE_CHECKING:
    from starlette.responses import Response


HOST = "127.0.0.1"
PORT = 2718
_STYLE = Path(__file__).resolve().parent / "style.css"
_EXTRA = "the pages need marimo: pip install kernelspec[explore]"
_TOKEN = "access_token"

Scope: TypeAlias = dict[str, Any]  # ASGI's own
Receive: TypeAlias = Callable[[], Awaitable[Scope]]
Send: TypeAlias = Callable[[Scope], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


def serve(page: str | None = None, port: int | None = None, open_browser: bool = True) -> None:
    """Serve the pages on 127.0.0.1 until interrupted, print their address, and open it in the browser.

    Parameters
    ----------
    page : the page to open: "kernel", "compare", "functions", "images" or "claims", or any other file of `pages`; also
        with the state of a view, "kernel?kernel=ntk(L)&depth=4", or a whole address that somebody sent. None is the
        list of pages.
    port : from 1 to 65535; None takes 2718, or a free one where that is taken.
    open_browser : whether to open the browser; where there is none, the printed address has to do.

    Raises ModuleNotFoundError without marimo; ValueError for a page or a port that there is not, or that is taken.
    """
    path = _path(page)
    if not isinstance(open_browser, bool):
        raise TypeError(f"open_browser must be True or False; got {open_browser!r}")
    listening = _listening(None if port is None else whole("port", port, 1, 65535))
    token = secrets.token_urlsafe(16)
    try:
        application = guarded(token)
        jobs.pool().prepare()
        address = address_of(path, listening.getsockname()[1], token)
        print(f"kernelspec explore: {address}\nStop it with Ctrl-C.", flush=True)
        if open_browser and has_browser():
            threading.Thread(target=_open, args=(address,), daemon=True).start()
        _run(application, listening)
    finally:
        listening.close()
        if jobs.started():
            jobs.pool().close()


def guarded(token: str) -> Guard:
    """The ASGI application behind its door."""
    try:
        import marimo
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(_EXTRA, name="marimo") from error
    from starlette.applications import Starlette
    from starlette.responses import HTMLResponse
    from starlette.routing import Mount, Route

    found = front.pages()
    builder = marimo.create_asgi_app(quiet=True, token=token, session_ttl=120)
    for page in found:
        builder = builder.with_app(path=f"/{page.name}", root=str(page.file))
    style = _STYLE.read_text(encoding="utf-8")

    async def listed(request: object) -> Response:
        return HTMLResponse(front.front(found, style))

    inner = Starlette(routes=[Route("/", listed), Mount("/", builder.build())])
    return Guard(inner, token, front.refusal(style))


class Guard:
    """An ASGI application that lets only those in who have the token, and hands them on with marimo's own."""

    def __init__(self, inner: Application, token: str, refusal: str) -> None:
        self.inner, self.token, self.refusal = inner, token, refusal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.inner(scope, receive, send)
            return
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        given = dict(query).get(_TOKEN)
        name = f"kernelspec_{scope['server'][1] if scope.get('server') else 0}"
        if given is not None and self._right(given) and scope["type"] == "http":
            rest = urlencode([(key, value) for key, value in query if key != _TOKEN])
            target = scope["path"] + (f"?{rest}" if rest else "")
            cookie = f"{name}={self.token}; Path=/; HttpOnly; SameSite=Lax"
            await _answer(send, 303, [("location", target), ("set-cookie", cookie)], "")
            return
        if not self._right(_cookie(headers.get("cookie", ""), name)) or not _same_origin(headers):
            await self._refuse(scope, receive, send)
            return
        bearer = (b"authorization", f"Bearer {self.token}".encode())
        kept = [pair for pair in scope["headers"] if pair[0] != b"authorization"]
        await self.inner({**scope, "headers": [*kept, bearer]}, receive, send)

    def _right(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self.token.encode())

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        await _answer(send, 401, [("content-type", "text/html; charset=utf-8")], self.refusal)


def _cookie(text: str, name: str) -> str:
    for part in text.split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return ""


def _same_origin(headers: dict[str, str]) -> bool:
    """Whether a request comes from a page of this server: another one on this machine has the same cookies."""
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


async def _answer(send: Send, status: int, headers: list[tuple[str, str]], body: str) -> None:
    raw = [(key.encode(), value.encode()) for key, value in headers]
    raw += [(b"cache-control", b"no-store"), (b"referrer-policy", b"no-referrer")]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body.encode()})


def _path(page: str | None) -> tuple[str, str]:
    """The path and the query of what is opened; ValueError for a page that there is not."""
    if page is None:
        return "/", ""
    if not isinstance(page, str):
        raise TypeError(f"page must be the name of a page, or None; got {page!r}")
    parts = urlsplit(page)
    name = parts.path.strip("/")
    names = [known.name for known in front.pages()]
    if not name:
        return "/", ""
    if name not in names:
        raise ValueError(f"page must be one of {', '.join(names)}; got {page!r}")
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != _TOKEN]
    return f"/{name}/", urlencode(query)


def address_of(path: tuple[str, str], port: int, token: str) -> str:
    """The address that opens a page, with the token."""
    query = "&".join(part for part in (path[1], urlencode({_TOKEN: token})) if part)
    return f"http://{HOST}:{port}{path[0]}?{query}"


def _listening(port: int | None) -> socket.socket:
    """A socket on the loopback address; ValueError where the port is taken."""
    for number in (PORT, 0) if port is None else (port,):
        found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if sys.platform != "win32":  # there it would share the port with another server
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((HOST, number))
            found.listen(128)
            return found
        except OSError as error:
            found.close()
            reason = error.strerror
    raise ValueError(f"port must be free on {HOST}; got {port}: {reason}")


def has_browser() -> bool:
    """Whether there is a browser with a window: one in the terminal would take that over."""
    import os
    import webbrowser

    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def _open(address: str) -> None:
    import webbrowser

    webbrowser.open(address)  # the socket listens already


def _run(application: Application, listening: socket.socket) -> None:
    import uvicorn

    config = uvicorn.Config(
        application,
        log_level="error",
        timeout_keep_alive=300,
        timeout_graceful_shutdown=1,
        ws_ping_interval=5,
        ws_ping_timeout=60,
    )
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])
