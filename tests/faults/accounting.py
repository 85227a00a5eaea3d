"""What became of every order: the history, the server's own list and the saved files, held against each other."""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from replicate_tui.core import outputs
from tests.faults.orders import number_of
from tests.local.serving import Server

ENDED = frozenset({"succeeded", "failed"})


@dataclass(frozen=True, slots=True)
class Row:
    """One run of the history."""

    id: str
    status: str
    raw: dict[str, Any]
    logs: str
    folder: str | None

    @property
    def number(self) -> int:
        return number_of(self.raw["input"])


def account(home: Path, server: Server, kept: Iterable[int], label: str, *, removed: bool = False) -> Counter[str]:
    """Fail unless every order is accounted for; how many of them ended in which status.

    `kept` are the orders that were on disk for sure. Where the server has `removed` what the runs gave, only what we
    have can be looked at.
    """
    rows = history(home)
    found = _by_number({row.id: row.number for row in rows}, f"{label}: twice in the history")
    remote = {run["id"]: run for run in listed(server)}
    assert set(kept) <= found.keys(), f"{label}: orders lost: {sorted(set(kept) - found.keys())}"
    if not removed:
        _by_number({key: number_of(run["input"]) for key, run in remote.items()}, f"{label}: paid for twice")
    by_id = {row.id: row for row in rows}
    strays = remote.keys() - by_id.keys()
    assert not strays, f"{label}: runs of the account that the history does not know: {strays}"
    for row in rows:
        _judge(row, remote.get(row.id), server, label, removed=removed)
    assert not list(runs_folder(home).glob(".unfinished/*")), f"{label}: notes of unfinished savings are left"
    return Counter(row.status for row in rows)


def history(home: Path) -> list[Row]:
    """All runs of the history, whosever they are."""
    [file] = home.glob("data/profiles/*/history.db")
    with closing(sqlite3.connect(file)) as db:
        found = db.execute("SELECT id, status, raw, logs, folder FROM runs").fetchall()
    return [Row(run_id, status, json.loads(raw), logs, folder) for run_id, status, raw, logs, folder in found]


def runs_folder(home: Path) -> Path:
    """Where the default profile's finished runs are kept."""
    return home / "data" / "profiles" / "default" / "runs"


def listed(server: Server) -> list[dict[str, Any]]:
    """The account's runs, as the server tells them."""
    found: list[dict[str, Any]] = []
    page = "/v1/predictions"
    while page:
        answer = server.client.get(page).raise_for_status().json()
        found += answer["results"]
        page = answer["next"]
    return found


def _by_number(numbers: dict[str, int], complaint: str) -> dict[int, str]:
    ids = defaultdict[int, list[str]](list)
    for run_id, number in numbers.items():
        ids[number].append(run_id)
    twice = {number: several for number, several in ids.items() if len(several) > 1}
    assert not twice, f"{complaint}: {twice}"
    return {number: only for number, [only] in ids.items()}


def _judge(row: Row, remote: dict[str, Any] | None, server: Server, label: str, *, removed: bool) -> None:
    what = f"{label}: order {row.number}, {row.id}, {row.status}"
    if row.status == "not submitted":
        # Its number is on the server only if another row has it, which was excluded.
        assert remote is None, what
        assert row.raw["error"], f"{what}: it does not say why"
    elif row.status == "unknown":
        raise AssertionError(f"{what}: {row.raw['error']}; nothing was in doubt")
    else:
        assert row.status in ENDED, what
        assert remote is not None, f"{what}: the server does not know it"
        assert remote["status"] == row.status, f"{what}: the server says {remote['status']}"
        assert row.folder is not None, f"{what}: not saved"
        _judge_files(row, Path(row.folder), None if removed else server, what)


def _judge_files(row: Row, folder: Path, server: Server | None, what: str) -> None:
    names = {path.name for path in folder.iterdir()}
    assert not [name for name in names if name.endswith("part")], f"{what}: parts are left: {names}"
    assert json.loads((folder / "prediction.json").read_text("utf-8"))["id"] == row.id, what
    assert row.logs, f"{what}: no logs"
    assert (folder / "logs.txt").read_bytes() == row.logs.encode(), f"{what}: other logs"
    output = row.raw["output"]
    if isinstance(output, str):
        assert (folder / "output.txt").read_bytes() == output.encode(), what
    for file in outputs.files(output):
        content = (folder / file.name).read_bytes()
        assert content.startswith(b"\x89PNG"), f"{what}: {file.name} is no picture"
        assert content.endswith(b"IEND\xaeB`\x82"), f"{what}: {file.name} is not whole"
        if server is not None:
            # By its path: the address may be that of a proxy which is gone.
            path = "/" + file.url.split("/", 3)[3]
            assert content == server.client.get(path).raise_for_status().content, f"{what}: {file.name} differs"
