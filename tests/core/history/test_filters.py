"""What a person types, and which runs that means."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from replicate_tui.api.resources import Prediction
from replicate_tui.core.history import filter_help, filters
from replicate_tui.core.history.store import Store
from tests.core.scripted import run_object


async def put(store: Store, run_id: str, status: str = "succeeded", *, ago: float = 60.0, **values: Any) -> None:
    """Have the store hear only now of a run that was begun so many seconds ago."""
    moment = time.time() - ago
    times = {"created_at": datetime.fromtimestamp(moment, UTC).isoformat()}
    if "took" in values:
        times["completed_at"] = datetime.fromtimestamp(moment + values.pop("took"), UTC).isoformat()
    await store.put(
        Prediction.of(run_object(run_id, status, **({"input": {"prompt": "a boat"}} | times | values))), now=time.time()
    )


@pytest.fixture
async def filled(store: Store) -> Store:
    await put(store, "sdxl", model="stability-ai/sdxl", input={"prompt": "a grey heron"}, took=3, ago=30)
    await put(store, "flux", "failed", model="acme/flux_1", error="no heron left", took=90, ago=7_200)
    await put(store, "busy", "processing", model="acme/fluxx1", input={"prompt": "two words here"}, ago=10)
    await put(store, "webby", "canceled", source="web", took=1, ago=400_000, deployment="acme/app")
    await store.note("sdxl", tags=["draft", "bird"], note="for the Cover")
    return store


def found(store: Store, text: str) -> list[str]:
    wanted = filters.parse(text)
    assert wanted.problems == ()
    ids = store.ids(wanted=wanted)
    assert store.holding((), ["sdxl", "flux", "busy", "webby"], wanted=wanted) == set(ids)
    return ids


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", ["busy", "sdxl", "flux", "webby"]),
        ("status:failed", ["flux"]),
        ("STATUS:Fail", ["flux"]),
        ("status:failed,canceled", ["flux", "webby"]),
        ("status:active", ["busy"]),
        ("status:ended", ["sdxl", "flux", "webby"]),
        ("-status:succ,proc", ["flux", "webby"]),
        ("model:sdxl", ["sdxl"]),
        ("model:flux_", ["flux"]),
        ("deployment:app", ["webby"]),
        ("-deployment:app", ["busy", "sdxl", "flux"]),
        ("source:web", ["webby"]),
        ("source:api", ["busy", "sdxl", "flux"]),
        ("age<1m", ["busy", "sdxl"]),
        ("age>1h", ["flux", "webby"]),
        ("age:>1h age<=4d", ["flux"]),
        ("-age>1h", ["busy", "sdxl"]),
        ("time>30", ["flux"]),
        ("time>1m30.5s", []),
        ("time<5s", ["sdxl", "webby"]),
        ("-time>5s", ["sdxl", "webby"]),
        ("tag:draft", ["sdxl"]),
        ("tag:bi", ["sdxl"]),
        ("tag:raft", []),
        ("-tag:draft", ["busy", "flux", "webby"]),
        ("has:error", ["flux"]),
        ("has:note", ["sdxl"]),
        ("has:note,error", ["sdxl", "flux"]),
        ("-has:error,note", ["busy", "webby"]),
        ("heron", ["sdxl", "flux"]),
        ("heron -status:failed", ["sdxl"]),
        ('text:"two words"', ["busy"]),
        ('"two words"', ["busy"]),
        ('"words two"', []),
        ("-text:heron", ["busy", "webby"]),
        ("cover", ["sdxl"]),
        ("bird", ["sdxl"]),
        ("status:", ["busy", "sdxl", "flux", "webby"]),
        ("age<", ["busy", "sdxl", "flux", "webby"]),
        ("https://replicate.com/p/x", []),
        ("12:30", []),
    ],
)
async def test_a_filter_lets_through_what_it_says(filled: Store, text: str, ids: list[str]) -> None:
    assert found(filled, text) == ids


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("modle:sdxl", "there is no field modle: did you mean model?"),
        ("colour:red", '"colour:red" in quotes'),
        ("status:sleepy", "there is no status sleepy, only active, ended, queued"),
        ("age:2d", "age takes < or >: age<2d"),
        ("age<2", "age takes a number with its unit (s m h d w): age<2d"),
        ("time>soon", "time takes a time (s m h d w): time>30s"),
        ("model>3", "model is compared with a colon: model:sdxl"),
        ("has:hope", "has takes files or saved or error or note or tags, not hope"),
        ("source:moon", "source takes web or api, not moon"),
    ],
)
def test_what_is_not_understood_is_told_and_asks_for_nothing(text: str, words: str) -> None:
    wanted = filters.parse(f"heron {text}")
    (problem,) = wanted.problems
    assert words in problem
    assert (wanted.words, wanted.tests) == (("heron",), ())


async def test_hostile_words_are_only_looked_for(filled: Store) -> None:
    for text in (
        "model:'",
        "model:%",
        'tag:"',
        "version:\\",
        "text:' OR 1",
        "status:'",
        "model:\0",
        "model:\ud800",
        "-",
    ):
        filled.ids(wanted=filters.parse(text))
    assert found(filled, "model:%") == []


def test_what_depends_on_the_clock_says_so() -> None:
    assert filters.parse("age<2d").moves
    assert filters.parse("time>1s").moves
    assert not filters.parse("heron status:failed").moves


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("heron sta", "heron status:"),
        ("-st", "-status:"),
        ("status:can", "status:canceled"),
        ("status:failed,can", "status:failed,canceled"),
        ("has:no", "has:note"),
        ("source:w", "source:web"),
    ],
)
def test_what_is_typed_can_be_completed(text: str, first: str) -> None:
    assert filter_help.completions(text)[0] == first


@pytest.mark.parametrize("text", ["", "heron ", "status:", "model:s", "zebra", "-"])
def test_what_cannot_be_known_is_not_completed(text: str) -> None:
    assert filter_help.completions(text) == ()


def test_every_example_of_the_language_is_understood() -> None:
    for example, _ in filter_help.LANGUAGE:
        assert filters.parse(example)
        assert not filters.parse(example).problems
