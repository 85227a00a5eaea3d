"""The storyteller learns from whatever text it is given."""

from __future__ import annotations

import io
import json
import random
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest

from replicate_tui.local import models
from replicate_tui.local.models.telling.chains import Chains
from replicate_tui.local.models.telling.corpus import sentences
from replicate_tui.local.models.telling.story import Story
from replicate_tui.local.storage.records import new_id
from replicate_tui.local.work.context import Canceled, ModelError
from replicate_tui.local.work.jobs import Job, SetupFailed
from replicate_tui.local.work.process import Worker
from tests.local.alone import Alone

STEP = re.compile(r"step +(\d+)/(\d+) \| loss ([\d.]+) \| perplexity ([\d.]+)\n")

GARBAGE = random.Random(1).randbytes(5000)

TALE = "The fox ran over the hill. The hare ran after the fox. Nobody knew why the hare ran. " * 20


def zipped(**members: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(name.replace("__dot__", "."), member)
    return content.getvalue()


def trained(folder: Path, content: bytes, **values: Any) -> Alone:
    """A run that has trained on a file of that content; its weights are `weights.json` in the folder."""
    source = folder / "source"
    source.write_bytes(content)
    alone = Alone(folder)
    assert alone.train("storyteller", text=source, **values) == folder / "weights.json"
    return alone


def story(folder: Path, prompt: str = "", *, tokens: int = 30, seed: int = 1) -> str:
    """What the weights in the folder tell."""
    chains = Chains.load(folder / "weights.json")
    return "".join(Story(chains, random.Random(seed), 0.8).tokens(prompt, tokens))


def losses(logs: str) -> list[float]:
    return [float(step[3]) for step in STEP.finditer(logs)]


async def work(model: str, task: Job, weights: Path | None = None) -> tuple[Any, str, list[Any]]:
    """What a worker process makes of a job: value, logs, outputs."""
    logs: list[str] = []
    outputs: list[Any] = []
    worker = await Worker.start(model, weights)
    try:
        outcome = await worker.run(task, logs.append, outputs.append)
    finally:
        await worker.stop()
    return outcome.value, "".join(logs), outputs


async def test_a_worker_trains_and_another_tells_from_the_weights_alone(tmp_path: Path) -> None:
    source = tmp_path / "tale.txt"
    source.write_text(TALE)
    url = "http://127.0.0.1:1/v1/files/x"
    training = Job(new_id(), {"text": url}, tmp_path / "out", tmp_path / "s", {url: str(source)}, train=True)
    value, logs, outputs = await work("storyteller", training)
    assert value == {"weights": {"$output": "weights.json"}}
    assert len(losses(logs)) == 21
    assert outputs == []
    telling = {"prompt": "Unheard zebras", "max_tokens": 20, "seed": 1}
    _, _, tokens = await work(
        "storyteller", Job(new_id(), telling, tmp_path / "out", tmp_path / "s", {}), tmp_path / "out" / "weights.json"
    )
    assert len(tokens) == 20
    assert set("".join(tokens).split()) <= set(TALE.split())


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"The cat sat. " * 100, "The cat sat. The cat", id="one sentence repeated"),
        pytest.param(b"one two three four " * 200, "one two three four one", id="no full stops"),
        pytest.param(b"hello", "hello\nhello\nhello\nhello\nhello", id="one word"),
        pytest.param(b"ab" * 500_000, "ababa", id="one line of a megabyte"),
        pytest.param(b"?!?", "?!? ?!? ?!? ?!?\n\n?!?", id="only punctuation"),
        pytest.param(b". . . .", ". . . .\n\n.", id="only full stops"),
        pytest.param("Море спит. ".encode() * 3, "Море спит. Море спит. Море", id="Cyrillic"),
        pytest.param("山里有座庙。".encode() * 3, "山里有座", id="no blanks"),
        pytest.param(b"Roses are red\r\nRoses are red\r\n", "Roses are red\nRoses are", id="lines of a poem"),
        pytest.param("\ufeffHello there.".encode(), "Hello there. Hello there. Hello", id="UTF-8 with a mark"),
        pytest.param("Hello there.".encode("utf-16"), "Hello there. Hello there. Hello", id="UTF-16"),
        pytest.param("Hello there.".encode("utf-16-be"), "Hello there. Hello there. Hello", id="UTF-16 without a mark"),
        pytest.param("L'été fini.".encode("latin-1"), "L'été fini. L'été fini. L'été", id="Latin-1"),
        pytest.param(b"___BEGIN__ ___END__ so it goes.", "so it goes. so it", id="the chain's own marks"),
        pytest.param(zipped(a=b"One fish.", b=GARBAGE, __dot__c=b"hidden"), "One fish. One fish. One", id="zip"),
    ],
)
def test_any_text_trains_and_tells(tmp_path: Path, content: bytes, expected: str) -> None:
    told = trained(tmp_path, content)
    falling = losses(told.logs)
    assert falling[0] > falling[-1] >= 0
    made = story(tmp_path, tokens=5)
    assert made[: len(expected)] == expected
    assert story(tmp_path, "Zebra").strip()
    assert story(tmp_path, "ゼブラ").strip()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "there is no text in it", id="empty"),
        pytest.param(b" \r\n\t", "there is no text in it", id="blank"),
        pytest.param(GARBAGE, "it is neither a text nor a zip file of texts", id="garbage"),
        pytest.param(b"\0" * 100, "it is neither a text nor a zip file of texts", id="zeros"),
        pytest.param(b"\xff\xfe\x00\xd8\x00", "it is neither a text nor a zip file of texts", id="half of UTF-16"),
        pytest.param(b"word " * 1_000_001, "it is over the limit of 5 MB of text", id="too long"),
        pytest.param(zipped(), "no text in the zip file can be read", id="empty zip"),
        pytest.param(zipped(a=GARBAGE, b=b" "), "no text in the zip file can be read", id="zip without a text"),
        pytest.param(zipped(a=b"so. " * 20_000_000), "it is over the limit of 5 MB of text", id="zip bomb"),
        pytest.param(zipped(a=b"so.")[:-4], "its end is missing", id="cut zip"),
        pytest.param(b"PK\x03\x04" + GARBAGE, "its end is missing", id="zip in name only"),
    ],
)
def test_what_holds_no_text_is_refused_with_a_sentence(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        trained(tmp_path, content)
    assert not (tmp_path / "weights.json").exists()


def test_an_encrypted_text_in_a_zip_is_passed_over(tmp_path: Path) -> None:
    content = bytearray(zipped(a=b"Secret words.", b=b"Open words."))
    # The flag of the first member, in its own header and in the directory.
    for at in (6, content.index(b"PK\x01\x02") + 8):
        content[at] |= 1
    trained(tmp_path, bytes(content))
    assert story(tmp_path, tokens=2) == "Open words."


def test_the_loss_is_that_of_the_held_out_sentences_and_begins_at_pure_guessing(tmp_path: Path) -> None:
    told = trained(tmp_path, TALE.encode())
    assert "sentences held out" in told.logs
    steps = list(STEP.finditer(told.logs))
    assert [int(step[1]) for step in steps] == list(range(21))
    words = int(re.search(r"different words: (\d+)", told.logs)[1])  # type: ignore[index]
    assert float(steps[0][4]) == words + 1
    assert float(steps[-1][4]) < 2
    short = trained(tmp_path, b"A short one. And another.")
    assert "the text itself" in short.logs


def test_every_word_is_learned_those_held_out_too(tmp_path: Path) -> None:
    words = [f"w{number}" for number in range(100)]
    trained(tmp_path, "".join(f"{word.title()} it is.\n\n" for word in words).encode())
    assert {(word.title(),) for word in words} <= Chains.load(tmp_path / "weights.json").orders[1].keys()


@pytest.mark.parametrize("state_size", [1, 2, 3])
def test_weights_bring_all_chains_back(tmp_path: Path, state_size: int) -> None:
    trained(tmp_path, TALE.encode(), state_size=state_size)
    loaded = Chains.load(tmp_path / "weights.json")
    learned = Chains(state_size)
    learned.add(sentences(TALE))
    assert loaded.state_size == state_size
    assert loaded.orders == learned.orders
    assert loaded.totals == learned.totals


def test_a_story_goes_on_from_the_last_words_of_its_prompt(tmp_path: Path) -> None:
    trained(tmp_path, b"All red apples fall down. All green apples stay up.", state_size=2)
    assert story(tmp_path, "I like green apples", tokens=2) == " stay up."
    assert story(tmp_path, "RED APPLES ", tokens=2) == "fall down."
    assert story(tmp_path, "It is done.", tokens=1) == " All"


def test_an_unknown_word_is_joined_by_a_word_of_the_text(tmp_path: Path) -> None:
    trained(tmp_path, b"Sun and moon rise.")
    assert story(tmp_path, "Zebra", tokens=3) == " and moon rise."
    trained(tmp_path, "昔々、ある所に桃がいた。".encode())
    assert story(tmp_path, "昔々", tokens=3) == "、ある"


def test_a_canceled_training_stops_and_leaves_no_weights(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_text(TALE)
    alone = Alone(tmp_path / "out", cancel_at="step  3/20")
    with pytest.raises(Canceled):
        alone.train("storyteller", text=source)
    assert "step  4/20" not in alone.logs
    assert not (tmp_path / "out").exists()


def damaged(**changes: Any) -> bytes:
    weights = {"format": 1, "model": "storyteller", "state_size": 1, "words": ["___BEGIN__", "a", "___END__"]}
    weights |= {"chain": [[0, 1, 1], [1, 2, 1]]}
    return json.dumps(weights | changes).encode()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "cannot be read"),
        (GARBAGE, "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (b"[]", "not a storyteller's"),
        (damaged(model="painter"), "not a storyteller's"),
        (damaged(format=2), "have format 2"),
        (damaged(state_size=9), "damaged"),
        (damaged(words=[1, 2, 3]), "damaged"),
        (damaged(chain=[]), "damaged"),
        (damaged(chain=[[0, 1]]), "damaged"),
        (damaged(chain=[[0, 7, 1]]), "damaged"),
        (damaged(chain=[[0, 1, "x"]]), "damaged"),
        (damaged(chain=[[0, 1, 0]]), "damaged"),
        (damaged(chain=[[1, 2, 1]]), "damaged"),
        (damaged(chain=5), "damaged"),
    ],
)
def test_weights_that_are_none_are_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    weights = tmp_path / "weights.json"
    weights.write_bytes(content)
    with pytest.raises(ModelError, match=reason):
        models.load("storyteller", weights)


def test_weights_may_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "weights.json").write_bytes(damaged(chain=[[0, 1, 1]]))
    assert story(tmp_path, tokens=3) == "a\na\na"


async def test_a_worker_with_bad_weights_says_so_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SetupFailed, match=r"^the weights cannot be read: "):
        await Worker.start("storyteller", tmp_path / "none.json")
    with pytest.raises(SetupFailed, match=r"^sleeper takes no weights$"):
        await Worker.start("sleeper", tmp_path / "none.json")


async def test_a_model_without_a_trainer_refuses_to_train(tmp_path: Path) -> None:
    task = Job(new_id(), {}, tmp_path / "out", tmp_path / "s", {}, train=True)
    value, logs, _ = await work("sleeper", task)
    assert (value, logs) == ("sleeper cannot be trained", "")


def test_only_a_trainable_schema_speaks_of_training() -> None:
    parts = models.describe("storyteller").schema["components"]["schemas"]
    assert parts["TrainingInput"]["required"] == ["text"]
    assert parts["TrainingInput"]["properties"]["text"]["format"] == "uri"
    size = parts["TrainingInput"]["properties"]["state_size"]
    assert (size["x-order"], size["default"], size["minimum"], size["maximum"]) == (1, 2, 1, 3)
    assert parts["TrainingOutput"]["required"] == ["weights"]
    assert parts["TrainingOutput"]["properties"]["weights"]["format"] == "uri"
    assert parts["TrainingRequest"]["properties"]["input"] == {"$ref": "#/components/schemas/TrainingInput"}
    assert parts["TrainingResponse"]["properties"]["output"] == {"$ref": "#/components/schemas/TrainingOutput"}
    assert [name for name in models.NAMES if models.describe(name).trainable] == ["storyteller"]
    assert not any(part.startswith("Training") for part in models.describe("painter").schema["components"]["schemas"])
