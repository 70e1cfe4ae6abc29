"""Every public callable against every law that applies to it, and the table's own completeness."""

from __future__ import annotations

import pytest

from . import laws
from .collect import MAY_BE_ABSENT, doors, parameters, present
from .rows import ROWS
from .table import LAWS, PARTS, Row

KNOWN = {*LAWS, *PARTS}
BY_NAME = {row.name: row for row in ROWS}
HERE = [row for row in ROWS if row.door in doors()]
CELLS = [(row.name, law) for row in HERE for law in LAWS if not row.reason(law) and not row.lacks(law)]


@pytest.mark.parametrize(("name", "law"), CELLS, ids=[f"{name}-{law}" for name, law in CELLS])
def test_law(name: str, law: str) -> None:
    row = BY_NAME[name]
    own = row.laws.get(law)
    assert not isinstance(own, str)
    (own or getattr(laws, law))(row)


def test_every_public_name_has_a_row() -> None:
    missing = sorted(set(doors()) - {row.door for row in ROWS})
    assert not missing, f"give each of these a Row(door, given, oracle) in tests/laws/rows: {missing}"


def test_every_row_names_a_public_door() -> None:
    absent = [room for room in MAY_BE_ABSENT if not present(room)]
    stale = [row.door for row in ROWS if row.door not in doors() and row.door.split(".")[0] not in absent]
    assert not stale, f"rows of doors that are not there: {stale}"
    assert len(BY_NAME) == len(ROWS), "two rows have one name"


def test_no_cell_is_empty_without_a_reason() -> None:
    empty = {f"{row.name}-{law}": row.lacks(law) for row in HERE for law in LAWS if row.lacks(law)}
    silent = [f"{row.name}-{law}" for row in HERE for law in row.laws if law in LAWS and not row.laws[law]]
    assert not empty, f"each of these needs what stands beside it: {empty}"
    assert not silent, f"a law that does not apply needs a reason: {silent}"
    unknown = [f"{row.name}-{law}" for row in HERE for law in row.laws if law not in KNOWN]
    assert not unknown, f"`laws` of these rows names what is no law: {unknown}"


def test_every_parameter_has_a_kind() -> None:
    def faults(row: Row) -> set[str]:
        return set(parameters(doors()[row.door])) ^ set(row.given)

    wrong = {row.name: faults(row) for row in HERE if faults(row)}
    assert not wrong, f"`given` of these rows lacks a kind for a parameter, or has one of no parameter: {wrong}"
