"""What is replaced in an answer: secrets, however they are written or cut up, and what a webhook's address lets do."""

import json
from typing import Any

import pytest

from replicate_tui.api.resources import Prediction
from replicate_tui.core.forms.inputs import REDACTED
from replicate_tui.core.history.redaction import Hidden, Secrets, as_kept, redact, secrets_of
from tests.core.scripted import run_object

SECRET = 'sk-"hé\\ron"/1'


def secrets(*values: object) -> Secrets:
    return secrets_of(values)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (f"a {SECRET} b{SECRET}", f"a {REDACTED} b{REDACTED}"),
        (f"said {json.dumps({'key': SECRET})}", f'said {{"key": "{REDACTED}"}}'),
        (json.dumps(SECRET, ensure_ascii=False), f'"{REDACTED}"'),
        (f"{[SECRET]}", f"['{REDACTED}']"),
        ("https://x/?token=sk-%22h%C3%A9%5Cron%22%2F1&n=1", f"https://x/?token={REDACTED}&n=1"),
        ({"deep": [{SECRET: [1, None, {"x": SECRET}]}]}, {"deep": [{REDACTED: [1, None, {"x": REDACTED}]}]}),
        (["a sk-", '"hé', None, "", '\\ron"/1 b', "c"], [f"a {REDACTED}", "", None, "", " b", "c"]),
        ([SECRET, SECRET], [REDACTED, REDACTED]),
        (["sk-", 1, SECRET[3:]], ["sk-", 1, SECRET[3:]]),
        ("nothing of it", "nothing of it"),
        (None, None),
    ],
)
def test_a_secret_is_replaced_however_it_is_written(value: Any, shown: Any) -> None:
    assert redact(value, secrets(SECRET)) == shown
    assert redact(shown, secrets(SECRET)) == shown


def test_what_is_too_short_to_be_told_from_chance_stays() -> None:
    assert redact("a 1 abc true", secrets("a", "1", "abc", 12, True, None, "   x  ")) == "a 1 abc true"
    assert not secrets("abc", True, None)


def test_numbers_lists_and_objects_are_secrets_too() -> None:
    known = secrets(471_100, ["first", {"name": "second"}])
    assert redact([471_100, 471_101, True], known) == [REDACTED, 471_101, True]
    assert redact('first, second, ["first", {"name": "second"}]', known) == f"{REDACTED}, {REDACTED}, {REDACTED}"


def test_blanks_around_a_secret_are_none_of_it() -> None:
    assert redact("it is sk-1234.", secrets(" sk-1234\n")) == f"it is {REDACTED}."


def test_the_longer_of_two_secrets_that_begin_alike_is_replaced_whole() -> None:
    assert redact("abcdef abcd", secrets("abcd", "abcdef")) == f"{REDACTED} {REDACTED}"


@pytest.mark.parametrize("value", ["REDACTED", "]abc", "[RED"])
def test_the_placeholder_stays_what_it_is(value: str) -> None:
    assert redact(f"a {REDACTED} b", secrets(value)) == f"a {REDACTED} b"


def test_a_file_told_as_base64_stays_whole() -> None:
    picture = "data:image/png;base64,abcdabcd"
    assert redact([picture, "abcd"], secrets("abcd")) == [picture, REDACTED]
    assert redact("data:text/plain,abcd", secrets("abcd")) == f"data:text/plain,{REDACTED}"


@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_text_that_grows_shows_at_no_moment_a_part_of_a_secret(size: int) -> None:
    text = f"the key sk is {SECRET}, not {SECRET}{SECRET} sk-"
    known = secrets(SECRET)
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    before = ""
    for number in range(len(pieces) + 1):
        shown = redact(pieces[:number], known, growing=True)
        assert len(shown) == number
        assert "".join(shown) == redact("".join(pieces[:number]), known, growing=True)
        assert "".join(shown).startswith(before)
        assert "sk-" not in "".join(shown)
        before = "".join(shown)
    assert before == f"the key sk is {REDACTED}, not {REDACTED}{REDACTED} "
    assert redact(text, known) == before + "sk-"


def test_what_the_api_itself_says_of_a_run_stays() -> None:
    raw = run_object("r1", "failed", error="painter failed", urls={"get": "https://x/painter"}, metrics={"x": 1})
    kept = as_kept(Prediction.of(raw), secrets("painter", "failed", "2026"), {"prompt": "a heron"})
    assert kept.raw == {**raw, "error": f"{REDACTED} {REDACTED}"}


def test_an_input_stays_as_it_was_written_and_nothing_else_does() -> None:
    told = run_object("r1", input={"prompt": "a blue heron", "style": "blue", "more": {"x": ["blue"]}})
    kept = as_kept(Prediction.of(told), secrets("blue"), {"prompt": "a blue heron", "style": "red"})
    assert kept.input == {"prompt": "a blue heron", "style": REDACTED, "more": {"x": [REDACTED]}}


def test_an_answer_without_anything_to_hide_is_the_same_object() -> None:
    prediction = Prediction.of(run_object("r1", webhook="https://x/hook", logs="all\n"))
    assert as_kept(prediction, secrets("sk-1234"), {}) is prediction


@pytest.mark.parametrize("key", ["webhook", "webhook_completed"])
def test_an_address_that_the_api_repeats_is_kept_without_what_lets_call_it(key: str) -> None:
    prediction = Prediction.of(run_object("r1", **{key: "https://me:pass@x/hook?token=t"}))
    assert as_kept(prediction, secrets(), {}).raw[key] == f"https://{REDACTED}@x/hook?{REDACTED}"


def test_what_knows_secrets_shows_none() -> None:
    hidden = Hidden()
    hidden.keep("r1", ["sk-1234"])
    assert "1234" not in f"{hidden!r} {hidden.of('r1')!r} {hidden.of('r1')}"
    assert not hidden.of("r2")
