"""Running checks: each in a worker process, so that none can stop the others.

A worker has one BLAS thread and starts every check from the same state (mpmath and flint precision,
warnings, a Generator seeded by the claim's number): the results do not depend on how many workers
there are, nor on what ran before.
"""

import importlib
import multiprocessing
import os
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path

from experiments.processes import one_thread
from paper_checks.registry import (
    Claim,
    Evidence,
    Section,
    Tier,
    Verdict,
    computed_verdict,
    load_section,
    missing_in_proof,
    note,
)

_TICK = 0.25  # seconds between two calls of `waiting`
_MOST_WARNINGS = 5


@dataclass(frozen=True)
class Result:
    """What came of one check.

    Parameters
    ----------
    number, title, plain, statement, where, recorded, printed, corrected, recalled, file, function, line : as in
        `Claim.record`; `recorded` is empty for a section that could not be imported.
    section : the letter of its section.
    verdict : as computed from the evidence.
    evidence : every piece that was yielded, also before a crash.
    seconds : wall time of the check.
    error : the traceback, or what is known of the end of the process.
    """

    number: str
    title: str
    section: str
    statement: str
    where: str
    recorded: str
    verdict: Verdict
    printed: str = ""
    corrected: str = ""
    recalled: str = ""
    plain: str = ""
    file: str = ""
    function: str = ""
    line: int = 0
    evidence: tuple[Evidence, ...] = ()
    seconds: float = 0.0
    error: str = ""

    @property
    def as_recorded(self) -> bool:
        """Whether the verdict is the recorded one; a check that was not run contradicts nothing."""
        return self.verdict in (self.recorded, "not run")

    @property
    def missing(self) -> str:
        """What the evidence lacks of a proof of the (corrected) statement; empty for a proof."""
        return missing_in_proof(self.evidence)


@dataclass(frozen=True)
class Options:
    """What every check is asked: the quick tier or not, the data, seconds allowed for each."""

    quick: bool = False
    data: Path | None = None
    timeout: float | None = None


def unimportable(section: Section) -> Result:
    """The result that stands for a section whose module cannot be imported."""
    return Result(
        number=section.letter,
        title=f"{section.module} cannot be imported",
        section=section.letter,
        statement="None of the checks of this section could run.",
        where=section.module,
        recorded="",
        verdict="crashed",
        error=_portable(section.error),
    )


def run_claim(claim: Claim, section: str, options: Options) -> Result:
    """Run one check in this process; whatever it raises is in the result."""
    _reset_precision()
    tier = Tier.for_claim(claim.number, options.quick, options.data)
    evidence: list[Evidence] = []
    error = ""
    started = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        try:
            for piece in claim(tier):
                if not isinstance(piece, Evidence):
                    kind = type(piece).__name__
                    raise TypeError(f"{claim.number} yielded a {kind}; yield evidence (see registry)")
                evidence.append(piece)
        except Exception:
            error = traceback.format_exc()
    seconds = time.perf_counter() - started
    texts = dict.fromkeys(f"Warning: {w.category.__name__}: {w.message}" for w in caught)
    evidence += [note(text) for text in list(texts)[:_MOST_WARNINGS]]
    verdict: Verdict = "crashed" if error else computed_verdict(evidence)
    blank = _blank(claim, section)
    return replace(blank, verdict=verdict, evidence=tuple(evidence), seconds=seconds, error=_portable(error))


def run_claims(
    claims: Sequence[tuple[str, Claim]],
    options: Options,
    jobs: int = 2,
    waiting: Callable[[Sequence[str]], None] = lambda numbers: None,
) -> Iterator[Result]:
    """Run the checks in `jobs` processes and yield each result as it comes.

    Parameters
    ----------
    claims : pairs of a section's letter and a claim.
    options : the same for all.
    jobs : number of processes, at least 1.
    waiting : called a few times a second with the numbers of the claims that are running.
    """
    queue = list(reversed(claims))
    workers = [_Worker() for _ in range(min(jobs, len(queue)))]
    try:
        while queue or any(w.busy for w in workers):
            for i, worker in enumerate(workers):
                if queue and not worker.busy:
                    workers[i] = worker if worker.alive else _Worker()
                    workers[i].start(*queue.pop(), options)
            waiting([w.number for w in workers if w.busy])
            wait([w.connection for w in workers if w.busy], timeout=_TICK)
            for worker in workers:
                result = worker.result(options.timeout)
                if result is not None:
                    yield result
    finally:
        for worker in workers:
            worker.stop()


class _Worker:
    """A process that runs one check after the other, and what it is doing now."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        with one_thread():
            self._process.start()
        theirs.close()
        self._task: Result | None = None
        self._started = 0.0

    @property
    def busy(self) -> bool:
        return self._task is not None

    @property
    def alive(self) -> bool:
        return self._process.is_alive()

    @property
    def number(self) -> str:
        return self._task.number if self._task else ""

    def start(self, section: str, claim: Claim, options: Options) -> None:
        self._task = _blank(claim, section)
        self._started = time.perf_counter()
        self.connection.send((claim.module, claim.number, section, options))

    def result(self, timeout: float | None) -> Result | None:
        """The result of the running check, if it has come or if the process has died; else None."""
        if self._task is None:
            return None
        seconds = time.perf_counter() - self._started
        result: Result | None = None
        try:
            if self.connection.poll():
                result = self.connection.recv()
            elif timeout is not None and seconds > timeout:
                self.stop()
                error = f"stopped: still running after {timeout:g} seconds"
                result = replace(self._task, error=error, seconds=seconds)
        except (EOFError, ConnectionError):
            self._process.join()
            code = self._process.exitcode
            known = f" ({signal.Signals(-code).name})" if code is not None and code < 0 else ""
            error = f"the process of this check ended by itself with exit status {code}{known}"
            result = replace(self._task, error=error, seconds=seconds)
        if result is not None:
            self._task = None
        return result

    def stop(self) -> None:
        self._process.kill()
        self._process.join()
        self.connection.close()


def _serve(connection: Connection) -> None:
    """The worker's loop: receive a claim's name, run it, send the result."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent, who gets it too, ends the workers
    while True:
        try:
            module, number, section, options = connection.recv()
        except EOFError:
            return
        loaded = load_section(module)
        claim = next((c for c in loaded.claims if c.number == number), None)
        if claim is None:
            raise ImportError(f"{number} is not in {module}: {loaded.error}")
        connection.send(run_claim(claim, section, options))


def _blank(claim: Claim, section: str) -> Result:
    return Result(section=section, verdict="crashed", **claim.record)


def _reset_precision() -> None:
    """Give mpmath and flint their default precision, where a check has loaded them."""
    if "mpmath" in sys.modules:
        sys.modules["mpmath"].mp.prec = 53
    if "flint" in sys.modules:
        importlib.import_module("flint").ctx.prec = 53


def _portable(error: str) -> str:
    """A traceback without the folder that the project happens to be in."""
    root = str(Path(__file__).resolve().parent.parent)
    return error.replace(root + os.sep, "")
