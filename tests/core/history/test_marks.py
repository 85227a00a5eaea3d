"""Secrets of runs that another program sent: recognised where they can be, and kept nowhere where they cannot."""

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.api.resources import Prediction
from replicate_tui.core.forms.inputs import REDACTED
from replicate_tui.core.history import marks, runs
from replicate_tui.core.history.database import Asked, Database
from replicate_tui.core.history.marks import Marks, Withheld
from replicate_tui.core.history.redaction import NONE, redact, secrets_of
from replicate_tui.core.history.store import Store
from replicate_tui.core.sending import own_rows
from tests.core.scripted import SCOPE, run_object

KEY = 'sk-Ünï"4fB9/xQ 7'
PIN = "4711-x"
PICTURE = "https://replicate.delivery/a/1.png"


def noted(*secrets: object, options: str = "") -> Any:
    """What is read of what was noted of these secrets."""
    return marks.read(marks.beside(options, secrets_of(secrets)))


# -- recognising ------


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (f"it is {KEY}.", f"it is {REDACTED}."),
        (f"{KEY}{KEY} x", f"{REDACTED}{REDACTED} x"),
        (f"é {KEY} é {REDACTED} {KEY}", f"é {REDACTED} é {REDACTED} {REDACTED}"),
        (json.dumps({"key": KEY}), f'{{"key": "{REDACTED}"}}'),
        (["it ", KEY[:5], KEY[5:], " is"], ["it ", REDACTED, "", " is"]),
        ({KEY: [KEY]}, {REDACTED: [REDACTED]}),
        (f"it is {KEY[:-1]}", f"it is {KEY[:-1]}"),
        ("", ""),
        ([3, 4.5, None, True], [3, 4.5, None, True]),
    ],
)
def test_a_secret_is_recognised_however_it_is_written(said: object, kept: object) -> None:
    assert redact(said, noted(KEY)) == kept


def test_nothing_of_a_secret_is_noted_and_the_options_stay() -> None:
    text = marks.beside('{"lifetime": "5m"}', secrets_of([KEY]))
    assert json.loads(text)["lifetime"] == "5m"
    assert not any(KEY[at : at + 3] in json.loads(json.dumps(text)) for at in range(len(KEY) - 2))
    assert text != marks.beside('{"lifetime": "5m"}', secrets_of([KEY])), "salted"


def test_without_secrets_nothing_is_noted() -> None:
    assert marks.beside("", NONE) == ""
    assert marks.read("") is None
    assert marks.read('{"lifetime": "5m"}') is None


@pytest.mark.parametrize("secret", [PIN, "1234567890123456789", "a" * 40, 471_100])
def test_of_a_secret_that_can_be_guessed_there_is_no_mark(secret: object) -> None:
    assert isinstance(noted(secret), Withheld)
    assert isinstance(noted(KEY, secret), Withheld)
    assert isinstance(noted(KEY), Marks)


def test_the_end_of_what_grows_is_held_back() -> None:
    said = f"{'some words ' * 20}{KEY[:6]}"
    kept = redact(said, noted(KEY), growing=True)
    assert said.startswith(kept)
    assert "sk" not in kept
    assert kept.startswith("some")


# -- on disk ------


@pytest.fixture
async def sender(path: Path, database: Database) -> AsyncIterator[Store]:
    """The store of the program that sent the run."""
    opened = Database.open(path)
    yield Store(opened, SCOPE)
    await opened.close()


async def lost(sender: Store, secret: str) -> runs.Run:
    """A run with a secret that was sent, and not answered before the program was killed."""
    row = runs.ordered("new-1", "acme/painter", "v1", {"prompt": "x", "api_key": REDACTED}, now=time.time())
    row = runs.with_status(row, runs.UNKNOWN, None)
    return await sender.save(row, asked=Asked(marks.beside("", secrets_of([secret])), sender.database.program))


def answer(secret: str) -> Prediction:
    given = {"prompt": "x", "api_key": secret}
    said = {"logs": f"with {secret}\n", "output": [f"it is {secret}", PICTURE], "error": f"no {secret}"}
    return Prediction.of(run_object("r1", "failed", input=given, metrics={"predict_time": 2.5}, **said))


def on_disk(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())


@pytest.mark.parametrize("secret", [KEY, PIN])
@pytest.mark.parametrize("way", ["adopted", "listed first", "asked for later"])
async def test_no_program_keeps_the_secret_of_a_run_that_another_one_sent(
    sender: Store, store: Store, path: Path, secret: str, way: str
) -> None:
    row = await lost(sender, secret)
    store.notice_others()
    told = answer(secret)
    if way == "asked for later":
        await sender.put(
            Prediction.of(run_object("r1", "starting", input=row.prediction.input)), now=1.0, instead_of=row.id
        )
        store.notice_others()
        await store.put(told, now=2.0)
    elif way == "adopted":
        await own_rows.adopt(store, row, told)
    else:
        await store.put(told, now=2.0)
        await store.put(told, now=3.0)
        await own_rows.adopt(store, row, told)
    for form in (secret, json.dumps(secret)[1:-1]):
        assert form.encode() not in on_disk(path.parent)
    run = store.run("r1")
    assert run is not None
    assert (REDACTED in run.logs, REDACTED in (run.prediction.error or "")) == (True, True)
    assert run.prediction.metrics["predict_time"] == 2.5


async def test_of_a_secret_that_cannot_be_recognised_files_are_kept(sender: Store, store: Store) -> None:
    row = await lost(sender, PIN)
    store.notice_others()
    told = Prediction.of({**answer(PIN).raw, "output": [PICTURE, PICTURE]})
    run = await own_rows.adopt(store, row, told)
    assert run.prediction.output == [PICTURE, PICTURE]
    assert run.logs == REDACTED


async def test_another_models_run_is_kept_whole_while_such_a_run_is_unanswered(sender: Store, store: Store) -> None:
    await lost(sender, PIN)
    store.notice_others()
    run = await store.put(Prediction.of({**answer("words").raw, "model": "acme/writer"}), now=2.0)
    assert run.logs == "with words\n"
