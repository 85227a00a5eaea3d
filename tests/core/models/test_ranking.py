"""What a few words mean among the models seen."""

import pytest

from replicate_tui.core.history.rows import ModelRow
from replicate_tui.core.models.ranking import SPELT_RIGHT, Ranking


def row(name: str, description: str = "", run_count: int = 0) -> ModelRow:
    return ModelRow(name, description, run_count, False)


ROWS = [
    row("flux-fans/gallery", "Pictures", 9),
    row("acme/flux", "A painter", 1),
    row("acme/flux-schnell", "A fast painter", 50),
    row("acme/flux-dev", "A painter", 70),
    row("acme/real-flux", "Photographs", 1000),
    row("other/painter", "Works like Flux does", 5000),
    row("acme/fluks", "A near miss", 9000),
    row("acme/upscaler", "Makes pictures larger", 30),
    row("Acme/Whisper", "Turns SPEECH into text", 20),
    row("straße/ärger", "Umlauts", 1),
]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "flux",
            [
                "acme/flux",
                "acme/flux-dev",
                "acme/flux-schnell",
                "flux-fans/gallery",
                "acme/real-flux",
                "other/painter",
                "acme/fluks",
            ],
        ),
        ("acme/flux", ["acme/flux", "acme/flux-dev", "acme/flux-schnell"]),
        ("flux schnell", ["acme/flux-schnell"]),
        ("schnell FLUX", ["acme/flux-schnell"]),
        ("painter flux", ["other/painter", "acme/flux-dev", "acme/flux-schnell", "acme/flux"]),
        ("upscle", ["acme/upscaler"]),
        ("uspcaler", ["acme/upscaler"]),
        ("whisper", ["Acme/Whisper"]),
        ("speech", ["Acme/Whisper"]),
        ("STRASSE", ["straße/ärger"]),
        ("flux-fans", ["flux-fans/gallery", "acme/flux-schnell", "acme/flux-dev"]),
        (
            "fl",
            [
                "acme/fluks",
                "acme/flux-dev",
                "acme/flux-schnell",
                "acme/flux",
                "flux-fans/gallery",
                "acme/real-flux",
                "other/painter",
            ],
        ),
        ("zzzz", []),
        ("flux zzzz", []),
        ("zz", []),
    ],
)
def test_the_best_comes_first(query: str, expected: list[str]) -> None:
    assert [each.name for each in Ranking(ROWS).find(query)] == expected


@pytest.mark.parametrize("query", ["", "  ", "\t"])
def test_no_query_means_every_model_most_run_first(query: str) -> None:
    assert Ranking(iter(ROWS)).find(query) == sorted(ROWS, key=lambda each: -each.run_count)


def test_names_that_are_only_alike_are_not_meant_where_the_word_is_well_known() -> None:
    many = [row(f"acme/flux-{number}") for number in range(SPELT_RIGHT)]
    assert row("acme/fluks") not in Ranking([*many, row("acme/fluks")]).find("flux")
    assert row("acme/fluks") in Ranking([*many[1:], row("acme/fluks")]).find("flux")


def test_a_query_of_odd_characters_is_a_query_like_any_other() -> None:
    for query in ("%", "_", "\\", "[", "*", "a" * 5000, "\x1b[31m", "\ud800", "🦩"):
        assert Ranking(ROWS).find(query) == []
    assert [each.name for each in Ranking([row("a/b%c")]).find("%")] == ["a/b%c"]
