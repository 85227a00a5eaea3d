"""The runs that have not ended: which the API works on, and which it may have without our knowing their ids."""

from collections.abc import Callable, Set

from replicate_tui.core.history import runs
from replicate_tui.core.history.database import Database
from replicate_tui.core.history.runs import Run
from replicate_tui.core.history.scopes import Scope


class UnderWay:
    """`active` are the ids of the runs that the API works on, `on_their_way` of those that a program of ours works on.

    `unanswered` are the runs whose answer is not there.

    A list may tell of the latter before they are known by their ids: what they hide must stay hidden.
    """

    def __init__(self) -> None:
        self.active: set[str] = set()
        self.on_their_way: set[str] = set()
        self.unanswered: dict[str, Run] = {}

    def count(self, run: Run) -> None:
        """A run is as this says."""
        (self.active.add if run.active else self.active.discard)(run.id)
        (self.on_their_way.add if run.status in runs.ON_ITS_WAY else self.on_their_way.discard)(run.id)
        if run.status in runs.UNANSWERED:
            self.unanswered[run.id] = run
        else:
            self.unanswered.pop(run.id, None)

    def forget(self, run_id: str) -> None:
        """There is no such run any more."""
        self.active.discard(run_id)
        self.on_their_way.discard(run_id)
        self.unanswered.pop(run_id, None)

    def read(self, database: Database, scope: Scope, run: Callable[[str], Run | None], unwritten: Set[str]) -> None:
        """Take up what the disk says, but for those that are being written; `run` gives one by its id."""
        self.active = self.active & unwritten | set(database.unfinished_ids(scope, runs.ENDED | runs.OURS))
        self.on_their_way = self.on_their_way & unwritten | set(database.ids_in(scope, runs.ON_ITS_WAY))
        self.unanswered = {run_id: known for run_id, known in self.unanswered.items() if run_id in unwritten}
        for run_id in database.ids_in(scope, runs.UNANSWERED):
            if (found := run(run_id)) is not None:
                self.unanswered[run_id] = found
