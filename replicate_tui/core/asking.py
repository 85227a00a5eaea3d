"""A run at the API: fetched, stopped and listed as what it is, a prediction or a training."""

from replicate_tui.api.client import Client
from replicate_tui.api.resources import Page, Prediction
from replicate_tui.core.history import runs
from replicate_tui.core.history.store import Store


async def fetch(client: Client, store: Store, run_id: str) -> Prediction:
    """A run with its logs. Raises ReplicateError as the client does."""
    return await get(client, run_id, training=is_training(store, run_id))


async def get(client: Client, run_id: str, *, training: bool) -> Prediction:
    """A run of which it is told what it is, with its logs. Raises ReplicateError as the client does."""
    if training:
        return runs.of_training(await client.trainings.get(run_id))
    return await client.predictions.get(run_id)


async def cancel(client: Client, store: Store, run_id: str) -> Prediction:
    """Stop a run; it as it is then. Raises ReplicateError as the client does."""
    if is_training(store, run_id):
        return runs.of_training(await client.trainings.cancel(run_id))
    return await client.predictions.cancel(run_id)


async def list_trainings(client: Client, cursor: str | None = None) -> Page[Prediction]:
    """A page of the account's trainings, newest first, as runs are kept. Raises ReplicateError as the client does."""
    page = await client.trainings.list(cursor)
    return Page(
        raw=page.raw,
        results=tuple(runs.of_training(each) for each in page.results),
        next=page.next,
        previous=page.previous,
        skipped=page.skipped,
    )


def is_training(store: Store, run_id: str) -> bool:
    """Whether a run that is known here is a training."""
    row = store.row(run_id)
    return row is not None and row.kind == "training"
