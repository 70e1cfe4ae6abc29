"""Faults in jobs: how a matrix is cut and put together, what tells blocks and stores, what is done again, plans."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

_HERE = "tests/learning"
_PLANS = ("tests/learning/test_gram_plans.py",)

_TWO = ("tests/learning/test_jobs_of_two_kernels.py",)


def _jobs(name: str) -> tuple[str, ...]:
    return (f"{_HERE}/test_jobs.py::{name}",)


def _killed(name: str) -> tuple[str, ...]:
    return (f"{_HERE}/test_jobs_killed.py::{name}",)


_cut = partial(Fault, "kernelspec/learning/jobs/cut.py", tests=_PLANS)
_file = partial(Fault, "kernelspec/learning/jobs/block_file.py")
_problem = partial(Fault, "kernelspec/learning/jobs/problem.py")
_manifest = partial(Fault, "kernelspec/learning/jobs/manifest.py")
_store = partial(Fault, "kernelspec/learning/jobs/store.py")
_worker = partial(Fault, "kernelspec/learning/jobs/worker.py")
_driver = partial(Fault, "kernelspec/learning/jobs/driver.py")
_door = partial(Fault, "kernelspec/learning/jobs/door.py")
_matrix = partial(Fault, "kernelspec/learning/jobs/matrix.py")
_plans = partial(Fault, "kernelspec/learning/jobs/plans.py", tests=_PLANS)
_atomic = partial(
    Fault, "kernelspec/files/atomic.py", tests=(f"{_HERE}/test_jobs_killed.py", "tests/files/test_files.py")
)

FAULTS = (
    _cut("for j in range(i if self.symmetric", "for j in range(i + 1 if self.symmetric", "no blocks on the diagonal"),
    _cut(
        "return 1 if self.symmetric and place.i == place.j else 2",
        "return 2",
        "the diagonal as heavy as the rest",
        tests=_jobs("test_a_run_that_is_cut_off_goes_on"),
    ),
    _cut("return rows * (rows + 1) // 2 if", "return rows * rows if", "all pairs of a block on the diagonal"),
    _cut('{columns.start}:{columns.stop}"', '{columns.start}:"', "names that leave out where the columns end"),
    _cut('text = f"{key} {rows', 'text = f"{rows', "names that leave out what the matrix is of"),
    _file(
        "zlib.crc32(body, zlib.crc32(header))",
        "zlib.crc32(body)",
        "the header without a check",
        tests=_jobs("test_one_bit_is_seen_wherever_it_is"),
    ),
    _file(
        "if check and whole[end:].tobytes() != _line(path, zlib.crc32(whole[:end].data)):",
        "if check and whole[end + HASH :].tobytes()[-9:] != _line(path, zlib.crc32(whole[:end].data))[-9:]:",
        "exchanged blocks taken for each other",
        tests=_jobs("test_blocks_that_were_exchanged"),
    ),
    _file(
        "    if size != file_size(shape, dtype):",
        "    if False:",
        "the size of a file not looked at",
        tests=_jobs("test_damaged_blocks_are_computed_anew_and_they_alone"),
    ),
    _problem(
        "return kernel.gram(x, y, options.normalize, memory",
        "return kernel.gram(x, y, False, memory",
        "no normalize",
        tests=_jobs("test_the_blocks_are_the_matrix"),
    ),
    _matrix("else block[self.which]", "else block[0]", "one kernel read for the other", tests=_TWO),
    _matrix(
        "        self._check_chosen()\n        if not len(rows)",
        "        if not len(rows)",
        "blocks of two kernels read as of one",
        tests=_TWO,
    ),
    _matrix(
        "        self._check_chosen()\n        key =",
        "        key =",
        "a file is begun for neither of two kernels",
        tests=_TWO,
    ),
    Fault(
        "kernelspec/learning/jobs/plans.py",
        "cut.kernels**2 * size**2",
        "size**2",
        "the memory of one matrix planned for two",
        tests=_TWO,
    ),
    _problem(
        "found = kernel.gram(x, y, options.tangent, memory",
        "found = kernel.gram(x, y, False, memory",
        "no tangent kernel",
        tests=_jobs("test_the_blocks_are_the_matrix"),
    ),
    _manifest(
        'del known["block"], known["probes"]',
        'del known["block"], known["probes"], known["x"]',
        "no data in the key",
        tests=_jobs("test_a_manifest_that_was_removed"),
    ),
    _manifest(
        "if self.kernel == other.kernel and not _close",
        "if False and not _close",
        "functions told by their names",
        tests=_jobs("test_functions_of_one_name_are_told_by_their_values"),
    ),
    _problem(
        "np.linspace(np.pi, 0, 129)",
        "np.linspace(np.pi, 0, 65)",
        "functions of one name told by half of the values",
        tests=_jobs("test_functions_of_one_name_are_told_by_their_values"),
    ),
    _manifest(
        'found.append(f"its {name} holds other numbers")',
        "pass",
        "other data taken for these",
        tests=_jobs("test_a_store_of_another_matrix"),
    ),
    _manifest(
        '"tangent", "normalize", "dtype", "block"):',
        '"normalize", "dtype", "block"):',
        "another tangent taken up",
        tests=_jobs("test_options_of_a_network_in_the_store"),
    ),
    _manifest(
        '("format", "version", "kernel"',
        '("format", "kernel"',
        "another version taken up",
        tests=_jobs("test_another_version"),
    ),
    _store(
        "time.time() - _STALE",
        "time.time()",
        "files swept up that are being written",
        tests=_jobs("test_what_killed_processes_left_is_swept_up"),
    ),
    _store(
        "    if need > free:",
        "    if need > 2 * free:",
        "a full disk not seen before",
        tests=_jobs("test_too_little_room_is_told_before_any_work"),
    ),
    _store(
        "if others:", "if False:", "a folder of something else taken", tests=_jobs("test_folders_of_something_else")
    ),
    _worker(
        "whole = content_hash(found) == path.stem",
        "whole = True",
        "damaged data computed with",
        tests=_jobs("test_damaged_data"),
    ),
    _worker(
        "y = None if block.symmetric else _rows(job, job.x if job.y is None else job.y, block.columns)",
        "y = None if job.y is None else _rows(job, job.y, block.columns)",
        "blocks beside the diagonal taken for blocks on it",
        tests=_jobs("test_the_blocks_are_the_matrix"),
    ),
    _worker(
        "    if job.version != __version__:",
        "    if False:",
        "workers of another version",
        tests=_jobs("test_another_version"),
    ),
    _worker(
        "    if driver in {(socket.gethostname(), process) for process in (parent, maker and maker.pid)}:",
        "    if False:",
        "workers that outlive the call",
        tests=_killed("test_a_call_that_is_killed"),
    ),
    _worker(
        "(parent, maker and maker.pid)",
        "(parent,)",
        "workers of a fork server that outlive the call",
        tests=_killed("test_a_call_that_is_killed"),
    ),
    _worker(
        "if job.driver[0] == socket.gethostname() and time.monotonic() >= job.deadline:",
        "if False:",
        "blocks begun behind the queue of a pool when the time is over",
        tests=_jobs("test_no_block_is_begun_when_the_time_is_over"),
    ),
    _worker(
        "            if not path.exists():\n",
        "            if True:\n",
        "a block of another call taken for an error",
        tests=_jobs("test_a_call_that_is_behind_does_not_mind_the_sweep"),
    ),
    _store(
        "self._sweep(BLOCKS, math.inf)",
        "pass",
        "half blocks left behind a whole matrix",
        tests=_jobs("test_what_killed_processes_left_is_swept_up"),
    ),
    _driver(
        "        if name != wanted:",
        "        if False:",
        "whatever an executor gives taken for a block",
        tests=_jobs("test_executors_that_are_none"),
    ),
    _driver(
        "        except RuntimeError as error:  # it",
        "        except ZeroDivisionError as error:  # it",
        "an executor that is shut down not told",
        tests=_jobs("test_an_executor_that_is_shut_down"),
    ),
    _worker(
        "        read_block(path, block.shape, x.dtype)\n",
        "        raise FileNotFoundError\n",
        "blocks computed twice",
        tests=_jobs("test_what_another_call_has_computed_is_not_computed_again"),
    ),
    _driver(
        "while self.todo and len(self.out) < self.pending and",
        "while self.todo and",
        "all blocks handed out at once",
        tests=_jobs("test_few_blocks_are_handed_out_at_a_time"),
    ),
    _driver(
        "self.todo.extendleft(reversed(lost))",
        "pass",
        "blocks lost with a pool",
        tests=_killed("test_a_worker_that_is_killed"),
    ),
    _driver(
        "if self.pool.make is None or self.broken >= _TRIES:",
        "if self.pool.make is None or self.broken >= 9:",
        "nine pools for one block",
        tests=_killed("test_a_block_that_kills_every_worker"),
    ),
    _driver(
        "self.late = self.late or time.monotonic() >= self.deadline",
        "self.late = False",
        "blocks begun when the time is over",
        tests=_jobs("test_the_end_of_the_time_is_no_error"),
    ),
    _driver(
        "except CancelledError as error:",
        "except ZeroDivisionError as error:",
        "dropped tasks not told",
        tests=_jobs("test_an_executor_that_drops_its_tasks"),
    ),
    _door(
        "there -= set(found.damaged())",
        "pass",
        "damaged blocks kept",
        tests=_jobs("test_damaged_blocks_are_computed_anew_and_they_alone"),
    ),
    _door(
        "call=os.urandom(8).hex(),",
        'call="",',
        "equal tasks in two calls",
        tests=_jobs("test_two_calls_send_no_equal_tasks"),
    ),
    _door(
        "if pool.stays_here:\n            stack",
        "if False:\n            stack",
        "BLAS limited block by block",
        tests=_jobs("test_blas_is_limited_once_a_worker"),
    ),
    _matrix(
        "block = block.T if below else block",
        "pass",
        "the lower triangle not transposed",
        tests=_jobs("test_ways_of_reading"),
    ),
    _matrix(
        "check=self._seen.get(place) != state",
        "check=place not in self._seen",
        "changed files not checked again",
        tests=_jobs("test_a_block_that_is_damaged_after_it_was_read"),
    ),
    _matrix(
        "if each != span:",
        "if len(each) != len(span):",
        "rows not turned about",
        tests=_jobs("test_slices_are_those_of_the_array"),
    ),
    _plans("(1 - 1 / workers) * largest", "0 * largest", "no worker waits"),
    _plans("prepared = 0 if isinstance(problem.kernel, Zonal) else 2", "prepared = 0", "images prepared for nothing"),
    _plans(
        "inner = last * (last + 1) // 2 if", "inner = last * (last - 1) // 2 if", "blocks on the diagonal not on disk"
    ),
    _plans("range(min(2, cut.stacks))", "range(min(1, cut.stacks))", "the largest block on the diagonal"),
    _atomic("        os.replace(temporary, path)\n    except", "        pass\n    except", "a file without its name"),
    _atomic("        temporary.unlink(missing_ok=True)", "        pass", "temporary files left behind"),
)
