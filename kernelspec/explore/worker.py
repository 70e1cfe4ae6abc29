"""The process that computes views: it reads calls from its standard input and writes what came of them.

A call is the name of a function of this package and its arguments; an answer is ("progress", done, total, text), and at
the end ("done", result) or ("failed", sentence). The process ends when its input does, so with the server.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, TypeAlias

PACKAGE = __package__ or "kernelspec.explore"
Progress: TypeAlias = Callable[[int, int, str], None]
Arguments: TypeAlias = dict[str, Any]  # of a view's function
Message: TypeAlias = tuple[Any, ...]  # a word, and what belongs to it: a result, a sentence, or the progress


def run(name: str, arguments: Arguments, progress: Progress) -> Message:
    """What came of a call: ("done", result), or ("failed", a sentence).

    name : "module.function" of this package.
    progress : handed to a function that has a parameter of this name.
    """
    import inspect

    from .fields import sentence

    module, _, function = name.rpartition(".")
    called = getattr(import_module(f"{PACKAGE}.{module}"), function)
    try:
        if "progress" in inspect.signature(called).parameters:
            return "done", called(**arguments, progress=progress)
        return "done", called(**arguments)
    except Exception as error:  # whatever a view cannot do is shown in its place, as a sentence
        return "failed", sentence(error)


def warm() -> None:
    """Import and run once what the pages use, so that the first answer is as fast as the next."""
    from . import kernel

    kernel.warm()


def main() -> None:
    """Answer calls until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which ends this process
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    calls = sys.stdin.buffer

    def answer(*message: object) -> None:
        pickle.dump(message, answers)
        answers.flush()

    try:
        warm()
        answer("ready")
        while True:
            name, arguments = pickle.load(calls)
            answer(*run(name, arguments, lambda *state: answer("progress", *state)))
    except (EOFError, BrokenPipeError):  # the server has ended
        os._exit(0)  # without flushing what nobody reads


if __name__ == "__main__":
    main()
