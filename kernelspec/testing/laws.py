"""Laws as data: a name, a sentence, what usually breaks it, and a function that looks; what came of them: a report."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..results.tables import Table

OK, FAILED, NOT_KNOWN, NOT_APPLICABLE = "ok", "failed", "not known", "not applicable"
_WIDTH = 116
_SHOWN = 4  # numbers of a point in a message


class WrongError(Exception):
    """What a law found wrong."""


class UnknownError(Exception):
    """The reason why a law is neither shown nor refuted."""


class NotApplicableError(Exception):
    """The reason why a law says nothing of this kernel or function."""


@dataclass(frozen=True)
class Law:
    """One law.

    Parameters
    ----------
    name : by which `laws=` and `skip=` know it.
    says : the law, in a sentence.
    cause : what usually breaks it.
    look : of the case that is checked; returns what was seen, or raises `WrongError`, `UnknownError` or
        `NotApplicableError`.
    open : what the library raises where it refuses, which leaves the law "not known".
    """

    name: str
    says: str
    cause: str
    look: Callable[[Any], str]
    open: tuple[type[Exception], ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What came of one law: "ok", "failed", "not known" or "not applicable", and why."""

    law: str
    result: str
    why: str


@dataclass(frozen=True, repr=False)
class Report:
    """What came of all laws that were asked for, none of which failed."""

    subject: str
    outcomes: tuple[Outcome, ...]

    def _named(self, result: str) -> tuple[str, ...]:
        return tuple(outcome.law for outcome in self.outcomes if outcome.result == result)

    @property
    def met(self) -> tuple[str, ...]:
        """The names of the laws that are met."""
        return self._named(OK)

    @property
    def not_known(self) -> tuple[str, ...]:
        """The names of the laws that are neither shown nor refuted."""
        return self._named(NOT_KNOWN)

    @property
    def not_applicable(self) -> tuple[str, ...]:
        """The names of the laws that say nothing here."""
        return self._named(NOT_APPLICABLE)

    def __getitem__(self, law: str) -> Outcome:
        """What came of the law of this name; KeyError where it was not asked for."""
        for outcome in self.outcomes:
            if outcome.law == law:
                return outcome
        raise KeyError(law)

    def table(self) -> Table:
        """The outcomes as a `Table`: law, result, why."""
        from ..results.tables import Table

        rows = [{"law": x.law, "result": x.result, "why": x.why} for x in self.outcomes]
        return Table(rows, ["law", "result", "why"], caption=f"Laws of {self.subject}")

    def __repr__(self) -> str:
        counts = [f"{len(self.met)} laws met"]
        for words, names in (("not known", self.not_known), ("not applicable", self.not_applicable)):
            counts += [f"{len(names)} {words}"] if names else []
        wide = max([len(x.law) for x in self.outcomes], default=0)
        lines = [f"{self.subject}: {', '.join(counts)}"]
        for x in self.outcomes:
            first = f"  {x.result:<14}  {x.law:<{wide}}  "
            lines.append(
                textwrap.fill(
                    x.why, _WIDTH, initial_indent=first, subsequent_indent=" " * len(first), break_on_hyphens=False
                )
            )
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return self.table()._repr_html_()


class CheckFailed(AssertionError):
    """A law that fails. The message says which, where, what was found and what usually causes it.

    `law` is the `Law`, `why` what was found, `report` what came of the laws before it, and `cause` what usually causes
    it (None: what the law says).
    """

    def __init__(
        self, subject: str, law: Law, why: str, report: Report | None = None, cause: str | None = None
    ) -> None:
        self.subject, self.law, self.why, self.report = subject, law, why, report
        self.cause = law.cause if cause is None else cause
        super().__init__(subject, law, why, report, cause)

    def __str__(self) -> str:
        return (
            f"{self.subject} breaks the law {self.law.name!r}: {self.law.says}\n"
            f"  Found: {self.why}\n"
            f"  Usual cause: {self.cause}"
        )


def chosen(laws: tuple[Law, ...], only: Any, skip: Any) -> tuple[Law, ...]:
    """The laws of the names `only` (None: all) without those of `skip`; ValueError for names that are none."""
    known = [law.name for law in laws]
    wanted = known if only is None else _names("laws", only, known)
    left_out = _names("skip", skip, known)
    return tuple(law for law in laws if law.name in wanted and law.name not in left_out)


def _names(parameter: str, value: Any, known: list[str]) -> list[str]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, Iterable):
        raise TypeError(f"{parameter} must be names of laws; got {value!r}")
    names = list(names)
    for name in names:
        if name not in known:
            raise ValueError(f"{parameter} must be among {', '.join(map(repr, known))}; got {name!r}")
    return names


def outcome(law: Law, case: Any) -> tuple[Outcome, Exception | None]:
    """What comes of a law; whatever else is raised inside is a fault, and is returned beside it."""
    try:
        return Outcome(law.name, *_looked(law, case)), None
    except Exception as error:  # noqa: BLE001 - the code of a user may raise anything
        return Outcome(law.name, FAILED, f"it raised {type(error).__name__}: {error}"), error


def _looked(law: Law, case: Any) -> tuple[str, str]:
    """The result and its reason."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a value that is NaN is seen here
            return OK, law.look(case)
    except WrongError as fault:
        return FAILED, str(fault)
    except NotApplicableError as reason:
        return NOT_APPLICABLE, str(reason)
    except UnknownError as reason:
        return NOT_KNOWN, str(reason)
    except law.open as reason:
        return NOT_KNOWN, str(reason)


def report_of(subject: str, laws: tuple[Law, ...], case: Any) -> Report:
    """The report; `CheckFailed` at the first law that fails.

    A case may hold a `remark` on what it has seen, and what an error means that is no law's, `if_it_raises`.
    """
    found: list[Outcome] = []
    for law in laws:
        result, raised = outcome(law, case)
        if result.result == FAILED:
            remark = getattr(case, "remark", "")
            why = f"{result.why}; {remark}" if remark and raised is None else result.why
            cause = getattr(case, "if_it_raises", None) if raised is not None else None
            raise CheckFailed(subject, law, why, Report(subject, tuple(found)), cause) from raised
        found.append(result)
    return Report(subject, tuple(found))


def point_text(x: Any) -> str:
    """A point, the middle left out where it is long."""
    numbers = [f"{float(v):.6g}" for v in x]
    if len(numbers) > 2 * _SHOWN:
        numbers = [*numbers[:_SHOWN], "...", *numbers[-_SHOWN:]]
    return f"({', '.join(numbers)})"
