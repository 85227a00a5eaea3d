"""What the history knows of a batch: which run is of which row, written down with the run before it is sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Final, Self

from replicate_tui.core.forms.options import RunOptions
from replicate_tui.core.history import runs
from replicate_tui.core.history.store import Store

_TAGGED: Final = "SELECT id, account, status, asked FROM runs WHERE host = ? AND instr(asked, ?) ORDER BY number"


@dataclass(frozen=True, slots=True)
class RowOptions(RunOptions):
    """The options of a run that is a row of a batch; `batch` says which row of which, and is kept with the run."""

    batch: str = ""

    @classmethod
    def of(cls, asked: RunOptions, batch_id: str, row: int) -> Self:
        """The options that are asked for, for a row."""
        return cls(**{each.name: getattr(asked, each.name) for each in fields(RunOptions)}, batch=f"{batch_id}/{row}")


@dataclass(frozen=True, slots=True)
class Known:
    """A run of the history that is a row of this batch."""

    id: str
    account: str
    status: str


def known(store: Store, batch_id: str) -> Mapping[int, Known]:
    """The runs of the history that stand for rows of a batch: of each row the one that the API has, or may have."""
    mark = f'"batch": "{batch_id}/'
    found: dict[int, Known] = {}
    for run_id, account, status, asked in store.database.read(_TAGGED, (store.scope.host, mark)):
        row = int(json.loads(asked)["batch"].rpartition("/")[2])
        if status != runs.NOT_SUBMITTED and (row not in found or found[row].status in runs.OURS):
            found[row] = Known(run_id, account, status)
    return found
