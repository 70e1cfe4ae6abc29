"""`main`: finds the verb, runs it, and turns whatever happens into a line on stderr and a status."""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Sequence

from .errors import BROKEN_PIPE, DONE, ERROR, INTERRUPTED, UsageError, complain
from .verbs import VERBS, module_of


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line (by default that of the process) and return its exit status.

    Results go to stdout, everything else to stderr. Nothing is raised.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    _never_fail_to_encode()
    verb = words[0] if words and words[0] in VERBS else ""
    try:
        if sys.stdout is None:
            raise UsageError("the standard output must be open; it is closed")
        status = _run(verb, words)
        sys.stdout.flush()
        return status
    except UsageError as error:
        complain(error, verb)
    except BrokenPipeError:
        return _broken_pipe()
    except KeyboardInterrupt as error:
        complain(f"interrupted{error}", verb)
        return INTERRUPTED
    except MemoryError as error:
        complain(f"out of memory {error}", verb)
    except OSError as error:
        complain(_of_system(error), verb)
    except (ValueError, TypeError, ArithmeticError, NotImplementedError, ImportError) as error:
        complain(error, verb)
    except Exception as error:
        # Python's own status for it would be 1, which is an answer.
        complain(f"internal error, {type(error).__name__}: {error}", verb)
        if os.environ.get("KERNELSPEC_DEBUG"):
            raise
    return ERROR


def _run(verb: str, words: list[str]) -> int:
    if not verb:
        return _without_verb(words)
    module = module_of(verb)
    try:
        options = module.parser().parse_args([_no_option(word) for word in words[1:]])
    except SystemExit:  # after the help
        return DONE
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.showwarning = _Warnings(verb).show
        status: int = module.run(options)
        return status


def _no_option(word: str) -> str:
    """A kernel that begins with a minus sign is no option: to argparse, no word with a blank in it is one."""
    return f" {word}" if re.match(r"-[^-].*\(", word, re.DOTALL) else word


def _without_verb(words: list[str]) -> int:
    if words and words[0] in ("-h", "--help", "help"):
        if words[0] == "help" and len(words) > 1:
            if words[1] not in VERBS:
                return _without_verb(words[1:])
            return _run(words[1], [words[1], "--help"])
        from .page import page

        sys.stdout.write(page())
        return DONE
    if words and words[0] in ("-V", "--version"):
        from kernelspec import __version__

        sys.stdout.write(f"kernelspec {__version__}\n")
        return DONE
    known = f"the verbs are {', '.join(VERBS)} (see kernelspec --help)"
    if not words:
        raise UsageError(f"a verb is missing; {known}")
    import difflib

    near = difflib.get_close_matches(words[0], VERBS, n=1)
    meant = f"did you mean {near[0]}? " if near else ""
    raise UsageError(f"{words[0]!r} is no verb; {meant}{known}")


def _of_system(error: OSError) -> str:
    """A file and what is wrong with it, without the number."""
    if error.strerror and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return error.strerror or str(error)


def _broken_pipe() -> int:
    """Whoever read us has seen enough, as `head` has. What is left in the buffer must not complain at the end."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError):  # a stdout without a file
        return BROKEN_PIPE
    return BROKEN_PIPE


def _never_fail_to_encode() -> None:
    """A terminal that lacks a letter shows its number in place of an error."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


class _Warnings:
    """Warnings as lines on stderr, each once."""

    def __init__(self, verb: str) -> None:
        self.verb, self.seen = verb, set[str]()

    def show(self, message: Warning | str, *_: object, **__: object) -> None:
        text = str(message)
        if text not in self.seen:
            self.seen.add(text)
            complain(f"warning: {text}", self.verb)
