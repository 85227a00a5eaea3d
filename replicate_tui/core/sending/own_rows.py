"""The rows that stand for runs until the API gives them an id, and which program asked for a run."""

from collections.abc import Iterable

from replicate_tui.api.resources import Prediction
from replicate_tui.core.history import runs
from replicate_tui.core.history.runs import Run
from replicate_tui.core.history.store import Store


def in_states(store: Store, states: Iterable[str]) -> list[Run]:
    """Our own rows in these states, oldest first; the API may have states of the same names."""
    wanted = frozenset(states)
    ids = [key for key in store.database.ids_in(store.scope, wanted) if runs.is_local(key)]
    return [run for key in ids if (run := store.run(key)) is not None and run.status in wanted]


def owner(store: Store, run_id: str) -> str:
    """The program that asked for a run; "" where none of this machine did."""
    return store.database.asked(store.scope, run_id).owner


async def adopt(store: Store, run: Run, prediction: Prediction) -> Run:
    """Have a prediction take the place of the row that stood for it."""
    hidden = runs.hiding(prediction, [run])
    return await store.put(hidden, now=run.seen_at, instead_of=run.id)
