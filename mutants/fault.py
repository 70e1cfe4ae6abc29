"""A planted fault: one piece of the code, what it becomes, and what should notice it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One change of one file that makes a public number, a bound or a verdict wrong.

    Parameters
    ----------
    file : the file that is changed, from the top of the repository.
    before : a piece of its text that stands there exactly once.
    after : what the piece becomes.
    what : the fault in a few words, as in "the Cauchy tail dropped from R".
    tests : files of tests, or tests (``file::name``, ``file -k expression``), of which one must fail.
    checks : claims whose check must fail as well, where the claim rests on what is changed.
    harmless : for a fault that may survive: why it changes no public number, bound or verdict.
    """

    file: str
    before: str
    after: str
    what: str
    tests: tuple[str, ...]
    checks: tuple[str, ...] = ()
    harmless: str = ""

    @property
    def name(self) -> str:
        """The file and the words, which together are unique."""
        return f"{self.file}: {self.what}"

    def planted(self, text: str) -> str:
        """The text of the file with the fault in it; ValueError where `before` is not there once."""
        found = text.count(self.before)
        if found != 1:
            raise ValueError(f"{self.name}: the text to change stands there {found} times, not once")
        return text.replace(self.before, self.after)


def led_by(file: str, test: str, others: tuple[str, ...]) -> tuple[str, ...]:
    """The test of a file that is made for a fault, ``test_`` left out, in place of the whole file, and the others."""
    return (f"{file}::test_{test}", *(other for other in others if other != file))
