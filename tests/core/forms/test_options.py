"""Run options: read from texts, shown again, kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicate_tui.api.checks import WEBHOOK_EVENTS
from replicate_tui.core.forms import options
from replicate_tui.core.forms.inputs import REDACTED
from replicate_tui.core.forms.options import RunOptions

HEX = "9d5e0c1b7a64f2e38b1d6c7f0a94e25db3c8f1706e5a4d92c0b7f3e16a8d4c25"


def test_nothing_typed_asks_for_nothing() -> None:
    found = options.read({"version": "", "deployment": None, "lifetime": "  ", "block": ""})
    assert found.errors == {}
    assert found.options == RunOptions()
    assert not found.options


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("version", HEX, HEX),
        ("version", f"acme/painter:{HEX}", HEX),
        ("version", f"https://replicate.com/acme/painter/versions/{HEX}", HEX),
        ("deployment", "acme/prod", "acme/prod"),
        ("deployment", "prod", "me/prod"),
        ("deployment", "https://replicate.com/deployments/acme/prod", "acme/prod"),
        ("deployment", "deployment:acme/prod", "acme/prod"),
        ("lifetime", " 1h30m ", "1h30m"),
        ("lifetime", "5M", "5m"),
        ("lifetime", "30", "30"),
        ("webhook", "https://example.com/hook?a=1", "https://example.com/hook?a=1"),
        ("webhook", "http://127.0.0.1:9/hook", "http://127.0.0.1:9/hook"),
        ("block", "60", 60),
        ("block", "5s", 5),
    ],
)
def test_what_a_person_types_is_read(name: str, text: str, value: object) -> None:
    found = options.read({name: text}, model="acme/painter", account="me")
    assert found.errors == {}
    assert getattr(found.options, name) == value


def test_events_are_put_in_order_and_told_once() -> None:
    found = options.read({"webhook": "https://example.com/", "webhook_events": "Completed, start\nstart"})
    assert found.options.webhook_events == ("start", "completed")


@pytest.mark.parametrize(
    ("texts", "wrong", "words"),
    [
        ({"version": "painter"}, "version", "64 hex digits"),
        ({"version": "acme/painter"}, "version", "owner/name:version"),
        ({"version": f"other/model:{HEX}"}, "version", "of other/model, not of acme/painter"),
        ({"deployment": "prod"}, "deployment", "owner/name"),
        ({"deployment": "a b/c"}, "deployment", "owner/name"),
        ({"deployment": f"acme/prod:{HEX}"}, "deployment", "owner/name"),
        ({"version": HEX, "deployment": "a/b"}, "deployment", "leave one of the two out"),
        ({"lifetime": "soon"}, "lifetime", "a duration such as 30s"),
        ({"lifetime": "4s"}, "lifetime", "at least 5 seconds"),
        ({"webhook": "http://example.com/"}, "webhook", "https"),
        ({"webhook": "nonsense"}, "webhook", "https"),
        ({"webhook": "https://example.com/", "webhook_events": "done"}, "webhook_events", "start, output"),
        ({"webhook_events": "start"}, "webhook", "an address"),
        ({"block": "0"}, "block", "1 to 60"),
        ({"block": "61"}, "block", "1 to 60"),
        ({"block": "a while"}, "block", "1 to 60"),
        ({"blok": "1"}, "blok", "no option"),
    ],
)
def test_what_is_wrong_is_told_by_option_and_left_out(texts: dict[str, str], wrong: str, words: str) -> None:
    found = options.read(texts, model="acme/painter")
    assert list(found.errors) == [wrong]
    assert words in found.errors[wrong]
    assert "cancel_after" not in found.errors[wrong]
    assert not getattr(found.options, wrong, None)


SOME = st.builds(
    RunOptions,
    version=st.none() | st.just(HEX),
    deployment=st.none(),
    lifetime=st.none() | st.sampled_from(["30s", "1h30m"]),
    webhook=st.just("https://example.com/hook"),
    webhook_events=st.lists(st.sampled_from(WEBHOOK_EVENTS), unique=True).map(
        lambda some: tuple(event for event in WEBHOOK_EVENTS if event in some)
    ),
    block=st.none() | st.integers(1, 60),
)


@given(SOME)
def test_what_is_shown_is_read_again_and_what_is_kept_comes_back(asked: RunOptions) -> None:
    found = options.read(options.show(asked))
    assert (found.options, found.errors) == (asked, {})
    assert options.from_json(options.as_json(asked)) == asked


def test_no_options_are_kept_as_nothing_and_those_of_a_newer_program_are_left_out() -> None:
    assert options.as_json(RunOptions()) == ""
    assert options.from_json("") == RunOptions()
    assert options.from_json('{"block": 5, "priority": "high"}') == RunOptions(block=5)


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://x.test/hook", "https://x.test/hook"),
        ("https://x.test:1/a@b", "https://x.test:1/a@b"),
        ("https://me:a@b@x.test/hook", f"https://{REDACTED}@x.test/hook"),
        ("https://me@x.test?token=1&n=2#top", f"https://{REDACTED}@x.test?{REDACTED}"),
        ("https://x.test/hook#token", f"https://x.test/hook?{REDACTED}"),
        ("no address", REDACTED),
    ],
)
def test_a_webhook_is_kept_without_what_lets_call_it_and_then_is_none(address: str, kept: str) -> None:
    asked = options.from_json(options.as_json(RunOptions(webhook=address)))
    assert asked == RunOptions(webhook=kept)
    assert options.kept_address(kept) == kept
    if kept != address:
        found = options.read(options.show(asked))
        assert (found.options, list(found.errors)) == (RunOptions(), ["webhook"])
        assert "enter the address again" in found.errors["webhook"]
