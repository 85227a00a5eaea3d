"""What is owed to the history file: the word about a run that could not be written while the file could not be used."""

from dataclasses import dataclass

from replicate_tui.api.resources import Prediction
from replicate_tui.core.history import runs
from replicate_tui.core.history.database import DatabaseError
from replicate_tui.core.history.runs import Run
from replicate_tui.core.history.store import Store


@dataclass(frozen=True, slots=True)
class Owed:
    """A row as it is to be; or, where the API created the run, the prediction that takes the row's place."""

    row: Run
    prediction: Prediction | None = None


class NotKept(DatabaseError):
    """The history file cannot be used, so a row does not say what became of its run; `owed` does."""

    def __init__(self, reason: str, owed: Owed) -> None:
        super().__init__(reason)
        self.owed = owed


async def pay(store: Store, owed: Owed) -> None:
    """Write what is owed, unless another program has settled the row meanwhile.

    Raises:
        DatabaseError: the file still cannot be used.
    """
    if owed.prediction is not None:
        await store.put(owed.prediction, now=owed.row.seen_at, instead_of=owed.row.id)
        return
    found = store.database.run(store.scope, owed.row.id)
    status = found[0].status if found is not None else ""
    # A row that never reached the disk, or is settled, is taken up as the disk has it.
    await store.advance(owed.row, status if status in runs.ON_ITS_WAY else "")
