"""Faults in jobs: how a matrix is cut and put together, what tells blocks and stores, what is done again, plans."""

from __future__ import annotations

from functools import partial

from mutants.fault import Fault

_JOBS = ("tests/learning/test_jobs.py",)
_KILLED = ("tests/learning/test_jobs_killed.py",)
_PLANS = ("tests/learning/test_gram_plans.py",)

_cut = partial(Fault, "kernelspec/learning/jobs/cut.py", tests=_PLANS)
_file = partial(Fault, "kernelspec/learning/jobs/block_file.py", tests=_JOBS)
_problem = partial(Fault, "kernelspec/learning/jobs/problem.py", tests=_JOBS)
_manifest = partial(Fault, "kernelspec/learning/jobs/manifest.py", tests=_JOBS)
_store = partial(Fault, "kernelspec/learning/jobs/store.py", tests=_JOBS)
_worker = partial(Fault, "kernelspec/learning/jobs/worker.py", tests=_JOBS)
_driver = partial(Fault, "kernelspec/learning/jobs/driver.py", tests=_JOBS)
_door = partial(Fault, "kernelspec/learning/jobs/door.py", tests=_JOBS)
_matrix = partial(Fault, "kernelspec/learning/jobs/matrix.py", tests=_JOBS)
_plans = partial(Fault, "kernelspec/learning/jobs/plans.py", tests=_PLANS)
_atomic = partial(Fault, "kernelspec/files/atomic.py", tests=(*_KILLED, "tests/files/test_files.py"))

FAULTS = (
    # -- the cut ---------------------------------------------------------------------------------------
    _cut("for j in range(i if self.symmetric", "for j in range(i + 1 if self.symmetric", "no blocks on the diagonal"),
    _cut(
        "return 1 if self.symmetric and place.i == place.j else 2",
        "return 2",
        "the diagonal as heavy as the rest",
        tests=_JOBS,
    ),
    _cut("return rows * (rows + 1) // 2 if", "return rows * rows if", "all pairs of a block on the diagonal"),
    _cut('{columns.start}:{columns.stop}"', '{columns.start}:"', "names that leave out where the columns end"),
    _cut('text = f"{key} {rows', 'text = f"{rows', "names that leave out what the matrix is of"),
    # -- a block in a file -----------------------------------------------------------------------------
    _file("zlib.crc32(body, zlib.crc32(header))", "zlib.crc32(body)", "the header without a check"),
    _file(
        "if check and whole[end:].tobytes() != _line(path, zlib.crc32(whole[:end].data)):",
        "if check and whole[end + HASH :].tobytes()[-9:] != _line(path, zlib.crc32(whole[:end].data))[-9:]:",
        "exchanged blocks taken for each other",
    ),
    _file("    if size != file_size(shape, dtype):", "    if False:", "the size of a file not looked at"),
    # -- what it is of ---------------------------------------------------------------------------------
    _problem(
        "return kernel.gram(x, y, options.normalize, memory", "return kernel.gram(x, y, False, memory", "no normalize"
    ),
    _problem(
        "return kernel.gram(x, y, options.tangent, memory", "return kernel.gram(x, y, False, memory", "no tangent kernel"
    ),
    _problem("repr((data.shape, data.dtype.name))", "repr(data.shape)", "a hash of data without their dtype",
             harmless="the bytes differ as well, and the manifest has the dtype"),
    _problem("found.update(np.ascontig", "found = hashlib.sha256(np.ascontig", "a hash of the last rows alone",
             tests=_JOBS, harmless="for data of one slab"),
    _manifest('del known["block"], known["probes"]', 'del known["block"], known["probes"], known["x"]', "no data in the key",
              harmless="a store of other data is refused before"),
    _manifest("if self.kernel == other.kernel and not _close", "if False and not _close", "functions told by their names"),
    _manifest("found.append(f\"its {name} holds other numbers\")", "pass", "other data taken for these"),
    _manifest('"tangent", "normalize", "dtype", "block"):', '"normalize", "dtype", "block"):', "another tangent taken up"),
    _manifest('("format", "version", "kernel"', '("format", "kernel"', "another version taken up"),
    # -- the store -------------------------------------------------------------------------------------
    _store("if now - left.stat().st_mtime > _STALE:", "if True:", "files swept up that are being written"),
    _store("    if need > free:", "    if need > 2 * free:", "a full disk not seen before"),
    _store("if others:", "if False:", "a folder of something else taken"),
    # -- a worker --------------------------------------------------------------------------------------
    _worker("whole = content_hash(found) == path.stem", "whole = True", "damaged data computed with"),
    _worker(
        "y = None if block.symmetric else _rows(job, job.x if job.y is None else job.y, block.columns)",
        "y = None if job.y is None else _rows(job, job.y, block.columns)",
        "blocks beside the diagonal taken for blocks on it",
    ),
    _worker("    if job.version != __version__:", "    if False:", "workers of another version"),
    _worker("    if driver == (socket.gethostname(), os.getppid()):", "    if False:", "workers that outlive the call",
            tests=_KILLED),
    _worker("        read_block(path, shape, x.dtype)\n", "        raise FileNotFoundError\n", "blocks computed twice"),
    # -- the driver ------------------------------------------------------------------------------------
    _driver("while self.todo and len(self.out) < self.pending and", "while self.todo and", "all blocks handed out at once"),
    _driver("self.todo.extendleft(reversed(lost))", "pass", "blocks lost with a pool", tests=_KILLED),
    _driver("if self.pool.make is None or self.broken >= _TRIES:", "if self.pool.make is None or self.broken >= 9:",
            "nine pools for one block", tests=_KILLED),
    _driver("self.todo.clear()", "pass", "blocks begun when the time is over"),
    _driver("except CancelledError as error:", "except ZeroDivisionError as error:", "dropped tasks not told"),
    # -- the door --------------------------------------------------------------------------------------
    _door("there -= set(found.damaged())", "pass", "damaged blocks kept"),
    _door("call=os.urandom(8).hex(),", 'call="",', "equal tasks in two calls"),
    _door("if pool.stays_here:\n            stack", "if False:\n            stack", "BLAS limited block by block"),
    _door("start = random.randrange(total)", "start = 0", "two calls that compute the same blocks",
          harmless="both are right; it is a matter of time"),
    # -- reading ---------------------------------------------------------------------------------------
    _matrix("block = block.T if below else block", "pass", "the lower triangle not transposed"),
    _matrix("check=self._seen.get(place) != state", "check=place not in self._seen", "changed files not checked again"),
    _matrix("if each != span:", "if len(each) != len(span):", "rows not turned about"),
    _matrix("if not file.has(start, 0):", "if True:", "bands of a file written again",
            harmless="with the same numbers"),
    # -- plans -----------------------------------------------------------------------------------------
    _plans("(1 - 1 / workers) * largest", "0 * largest", "no worker waits"),
    _plans("prepared = 0 if isinstance(problem.kernel, Zonal) else 2", "prepared = 0", "images prepared for nothing"),
    _plans("inner = last * (last + 1) // 2 if", "inner = last * (last - 1) // 2 if", "blocks on the diagonal not on disk"),
    _plans("range(min(2, cut.stacks))", "range(min(1, cut.stacks))", "the largest block on the diagonal"),
    # -- files -----------------------------------------------------------------------------------------
    _atomic("        os.replace(temporary, path)\n    except", "        pass\n    except", "a file without its name"),
    _atomic("        temporary.unlink(missing_ok=True)", "        pass", "temporary files left behind"),
)  # fmt: skip
