"""What is told of a model on one page: what it is for, whose it is, what it costs and takes, where it is told of."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from replicate_tui.api.resources import Model
from replicate_tui.core import text
from replicate_tui.core.costs.pricing import Rate
from replicate_tui.core.costs.usual import NOTHING_USUAL, UsualTimes

NOT_PRICED: Final = "nothing: it runs on this machine"

_LINKS: Final = (
    ("web page", "url"),
    ("source", "github_url"),
    ("paper", "paper_url"),
    ("licence", "license_url"),
    ("weights", "weights_url"),
    ("cover", "cover_image_url"),
)


@dataclass(frozen=True, slots=True)
class Link:
    """An http or https address that a model is told of at, and what is there."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class ModelPage:
    """A model in words: raw texts of the API among them. `facts` are names with what is so."""

    name: str
    description: str
    facts: tuple[tuple[str, str], ...]
    links: tuple[Link, ...]
    cover: str = ""
    """The address of its picture, "" for none."""


def model_page(
    model: Model, now: float, *, rate: Rate | None, usual: UsualTimes = NOTHING_USUAL, favourite: bool = False
) -> ModelPage:
    """The page of a model as it is known `now` (seconds since the epoch); `rate` is None on this machine."""
    facts = (
        ("owner", model.owner),
        ("kind", " · ".join(_kind(model, favourite=favourite))),
        ("runs", f"{text.count(model.run_count)} by everybody"),
        ("latest", _latest(model, now)),
        ("yours", usual_words(usual)),
        ("cost", cost_words(rate, usual)),
    )
    return ModelPage(
        name=model.full_name,
        description=model.description or "",
        facts=tuple((name, value) for name, value in facts if value),
        links=tuple(_links(model)),
        cover=model.cover_image_url or "",
    )


def usual_words(usual: UsualTimes) -> str:
    """How long the account's own runs of a model take, in words."""
    predicting, starting = usual.predicting, usual.starting
    if predicting is None:
        return "too few runs of yours to tell how long it takes"
    told = f"half within {text.duration(predicting.p50)}, 95 of 100 within {text.duration(predicting.p95)}"
    if starting is None:
        return told
    return f"{told}; {text.duration(starting.p50)} until they start"


def cost_words(rate: Rate | None, usual: UsualTimes = NOTHING_USUAL) -> str:
    """What a run costs, as far as that can be known, and what that rests on."""
    if rate is None:
        return NOT_PRICED
    price, source = rate.price, rate.source
    if price.per_run is not None:
        return f"{text.dollars(price.per_run)} a run ({source})"
    if price.per_second is None:
        return f"not known: {source}"
    on = f" on {rate.sku}" if rate.sku else ""
    each = f"{text.dollars(price.per_second)} a second{on}"
    if usual.predicting is None:
        return f"{each} ({source})"
    return f"{text.money(price.per_second * usual.predicting.p50)} a run of yours: {each} ({source})"


def _kind(model: Model, *, favourite: bool) -> Iterator[str]:
    if model.is_official:
        yield "✓ official"
    if model.visibility:
        yield model.visibility
    if favourite:
        yield "★ favourite"


def _latest(model: Model, now: float) -> str:
    version = model.latest_version
    if version is None:
        return "no version yet"
    made = version.created_at
    age = f", {text.age(max(0.0, now - made.timestamp()))}" if made is not None else ""
    return f"version {text.short_version(version.id)}{age}"


def _links(model: Model) -> Iterator[Link]:
    for name, key in _LINKS:
        url = getattr(model, key)
        if url and is_page(url):
            yield Link(name, url)


def is_page(url: str) -> bool:
    """Whether an address is one of http or https, of a named server, and of no unprintable characters."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and _CLEAN.fullmatch(url) is not None
    except ValueError:
        return False


_CLEAN: Final = re.compile(r"[!-~]+")
