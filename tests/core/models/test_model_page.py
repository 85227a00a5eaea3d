"""A model's page: in words, and nothing invented."""

from typing import Any

import pytest

from replicate_tui.api.resources import Model
from replicate_tui.core.costs.price_settings import Price
from replicate_tui.core.costs.pricing import NO_HARDWARE, OFFICIAL, Rate
from replicate_tui.core.costs.usual import NOTHING_USUAL, Spread, UsualTimes
from replicate_tui.core.models.model_page import NOT_PRICED, Link, cost_words, model_page, usual_words

USUAL = UsualTimes(Spread(1.0, 2.0), Spread(2.4, 3.6))
NOW = 1_767_323_045.0  # 2026-01-02


def a_model(**values: Any) -> Model:
    return Model.of({"owner": "acme", "name": "heron", **values})


def test_a_whole_page() -> None:
    model = a_model(
        description="Paints herons",
        is_official=True,
        visibility="public",
        run_count=84_100_000,
        url="https://replicate.com/acme/heron",
        paper_url="https://arxiv.org/abs/1",
        cover_image_url="https://h.test/a.png",
        latest_version={"id": "7762fd07cf82", "created_at": "2026-01-01T03:04:05Z"},
    )
    page = model_page(model, NOW, rate=Rate(Price(), OFFICIAL), usual=USUAL, favourite=True)
    assert (page.name, page.description, page.cover) == ("acme/heron", "Paints herons", "https://h.test/a.png")
    assert dict(page.facts) == {
        "owner": "acme",
        "kind": "✓ official · public · ★ favourite",
        "runs": "84.1M by everybody",
        "latest": "version 7762fd07, yesterday",
        "yours": "half within 2.4s, 95 of 100 within 3.6s; 1.0s until they start",
        "cost": f"not known: {OFFICIAL}",
    }
    assert [link.name for link in page.links] == ["web page", "paper", "cover"]


def test_a_bare_model_has_a_page_too() -> None:
    page = model_page(a_model(), NOW, rate=None)
    assert dict(page.facts) == {
        "owner": "acme",
        "runs": "0 by everybody",
        "latest": "no version yet",
        "yours": usual_words(NOTHING_USUAL),
        "cost": NOT_PRICED,
    }
    assert (page.links, page.cover) == ((), "")


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "file:///etc/passwd", "https://", "https://[", "h.test", "https://h.test/\x1b[2J", " "],
)
def test_what_is_no_address_is_no_link(url: str) -> None:
    assert model_page(a_model(github_url=url), NOW, rate=None).links == ()
    assert model_page(a_model(github_url="http://h.test/x"), NOW, rate=None).links == (
        Link("source", "http://h.test/x"),
    )


@pytest.mark.parametrize(
    ("rate", "usual", "words"),
    [
        (Rate(Price(per_run=1.25), "yours"), USUAL, "$1.25 a run (yours)"),
        (
            Rate(Price(per_second=0.001), "list", "gpu"),
            USUAL,
            "≈ $0.0024 a run of yours: $0.0010 a second on gpu (list)",
        ),
        (Rate(Price(per_second=0.001), "list", "gpu"), NOTHING_USUAL, "$0.0010 a second on gpu (list)"),
        (Rate(Price(), NO_HARDWARE), USUAL, f"not known: {NO_HARDWARE}"),
        (None, USUAL, NOT_PRICED),
    ],
)
def test_what_a_run_costs_says_what_that_rests_on(rate: Rate | None, usual: UsualTimes, words: str) -> None:
    assert cost_words(rate, usual) == words
