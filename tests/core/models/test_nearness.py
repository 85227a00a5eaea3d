"""Names that are nearly what was typed."""

import pytest

from replicate_tui.api.client import Client
from replicate_tui.api.errors import NotFound
from replicate_tui.api.resources import Model
from replicate_tui.core.history.database import Database
from replicate_tui.core.models.catalog import Catalog
from replicate_tui.core.models.nearness import NoSuchModel, did_you_mean, near

MODELS = ("acme/painter", "acme/upscaler", "meta/llama-2-70b-chat", "meta/llama-2-7b-chat", "stability-ai/sdxl")
SKUS = ("cpu", "gpu-t4", "gpu-a40-large", "gpu-a100-large", "gpu-h100")


@pytest.mark.parametrize(
    ("typed", "likeliest"),
    [
        ("acme/paintr", "acme/painter"),
        ("ACME/Painter", "acme/painter"),
        ("stabilityai/sdxl", "stability-ai/sdxl"),
        ("somebody/upscaler", "acme/upscaler"),
        ("meta/llama-2-70b", "meta/llama-2-70b-chat"),
    ],
)
def test_the_likeliest_model_comes_first(typed: str, likeliest: str) -> None:
    assert near(typed, MODELS)[0] == likeliest


@pytest.mark.parametrize(("typed", "likeliest"), [("gpu-a100", "gpu-a100-large"), ("T4", None), ("gpu_t4", "gpu-t4")])
def test_hardware_is_near_by_its_beginning_or_its_letters(typed: str, likeliest: str | None) -> None:
    assert next(iter(near(typed, SKUS)), None) == likeliest


def test_what_is_like_nothing_is_near_nothing() -> None:
    assert near("acme/zebra", MODELS) == ()
    assert near("x", MODELS) == ()
    assert did_you_mean(()) == ""


def test_only_a_few_are_offered() -> None:
    assert len(near("acme/model", [f"acme/model-{number}" for number in range(9)])) == 3


async def test_a_model_that_is_not_there_names_those_that_are_nearly_called_so(
    client: Client, database: Database
) -> None:
    catalog = Catalog(client, database, "api.replicate.com")
    await catalog.learn([Model.of({"owner": "acme", "name": name}) for name in ("painter", "composer")])
    with pytest.raises(NoSuchModel, match=r"404\); did you mean acme/painter\?") as caught:
        await catalog.model("acme", "paintr")
    assert caught.value.near == ("acme/painter",)
    with pytest.raises(NotFound) as unlike:
        await catalog.model("acme", "zebra")
    assert "did you mean" not in str(unlike.value)
