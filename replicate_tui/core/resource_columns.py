"""Columns of the lists of what is not a run: versions, examples, collections, hardware, deployments, files."""

import time
from datetime import datetime

from replicate_tui.api.resources import Collection, Configuration, Deployment, File, Prediction, Version
from replicate_tui.core import outputs, text
from replicate_tui.core.columns import Cell, Column
from replicate_tui.core.costs.hardware_guide import Choice


def _age(moment: datetime | None) -> Cell:
    return Cell("" if moment is None else text.age(time.time() - moment.timestamp()), "muted")


def _number(number: int | None) -> Cell:
    return Cell("" if number is None else str(number))


# -- models' own ------

VERSIONS: tuple[Column[Version], ...] = (
    Column("id", "version", 64, lambda version: Cell(text.one_line(version.id), "strong")),
    Column("age", "age", 9, lambda version: _age(version.created_at)),
    Column("cog", "cog", 10, lambda version: Cell(text.one_line(version.cog_version or ""), "muted")),
)
"""A model's versions, which are needed in full to be run."""


def _first_words(example: Prediction) -> Cell:
    told = (value for value in example.input.values() if isinstance(value, str) and value.strip())
    return Cell(outputs.summary(next(told, None)))


EXAMPLES: tuple[Column[Prediction], ...] = (
    Column("id", "id", 26, lambda example: Cell(text.one_line(example.id), "muted")),
    Column("input", "input", 30, _first_words, grow=True),
    Column("output", "output", 30, lambda example: Cell(outputs.summary(example.output)), grow=True),
)
"""Runs that a model's author keeps as examples."""

COLLECTIONS: tuple[Column[Collection], ...] = (
    Column("slug", "collection", 24, lambda collection: Cell(text.one_line(collection.slug), "strong")),
    Column("description", "description", 40, lambda found: Cell(text.one_line(found.description or "")), grow=True),
)
"""Models that belong together, by the name that commands take."""


# -- hardware and deployments ------


def _price(usd: float | None, decimals: int) -> Cell:
    return Cell("" if usd is None else f"${usd:.{decimals}f}")


HARDWARE: tuple[Column[Choice], ...] = (
    Column("sku", "sku", 17, lambda choice: Cell(text.one_line(choice.hardware.sku), "strong")),
    Column("name", "name", 26, lambda choice: Cell(text.one_line(choice.hardware.name))),
    Column("second", "per second", 10, lambda choice: _price(choice.per_second, 6), align="right"),
    Column("hour", "per hour", 8, lambda choice: _price(choice.per_hour, 2), align="right"),
    Column("good_for", "good for", 44, lambda choice: Cell(choice.good_for, "muted"), grow=True),
)
"""What models can run on, and what it costs in USD."""


def _configured(deployment: Deployment) -> Configuration | None:
    return None if deployment.current_release is None else deployment.current_release.configuration


def _deployment_name(deployment: Deployment) -> Cell:
    name = text.one_line(deployment.full_name)
    return Cell(name, "strong", lead=name.find("/") + 1)


def _runs(deployment: Deployment) -> Cell:
    release = deployment.current_release
    return Cell("" if release is None else text.one_line(release.model or ""))


def _version(deployment: Deployment) -> Cell:
    release = deployment.current_release
    return Cell("" if release is None else text.short_version(release.version), "muted")


def _sku(deployment: Deployment) -> Cell:
    found = _configured(deployment)
    return Cell("" if found is None else text.one_line(found.hardware or ""))


def _instances(deployment: Deployment) -> Cell:
    """How many at least and at most; none at all is off."""
    found = _configured(deployment)
    if found is None or found.max_instances is None:
        return Cell("")
    if found.max_instances == 0:
        return Cell("off", "muted")
    return Cell(f"{found.min_instances or 0}–{found.max_instances}", "warn" if found.min_instances else "plain")


def _release(deployment: Deployment) -> Cell:
    return _number(None if deployment.current_release is None else deployment.current_release.number)


def _released(deployment: Deployment) -> Cell:
    return _age(None if deployment.current_release is None else deployment.current_release.created_at)


DEPLOYMENTS: tuple[Column[Deployment], ...] = (
    Column("name", "deployment", 28, _deployment_name),
    Column("instances", "instances", 9, _instances, align="right"),
    Column("hardware", "hardware", 16, _sku),
    Column("model", "model", 28, _runs, grow=True),
    Column("version", "version", 8, _version),
    Column("release", "release", 7, _release, align="right"),
    Column("age", "age", 9, _released),
)
"""The account's deployments; `instances` are how many at least, which cost money while nothing runs, and at most."""


# -- files ------


def _left(file: File) -> Cell:
    """How long Replicate keeps it."""
    if file.expires_at is None:
        return Cell("")
    left = file.expires_at.timestamp() - time.time()
    return Cell("gone", "bad") if left <= 0 else Cell(f"in {text.duration(left)}", "muted")


FILES: tuple[Column[File], ...] = (
    Column("id", "id", 26, lambda file: Cell(text.one_line(file.id), "strong")),
    Column("name", "name", 24, lambda file: Cell(text.one_line(file.name or "")), grow=True),
    Column("type", "type", 18, lambda file: Cell(text.one_line(file.content_type or ""), "muted")),
    Column("size", "size", 7, lambda file: Cell(text.size(file.size)), align="right"),
    Column("age", "age", 9, lambda file: _age(file.created_at)),
    Column("expires", "expires", 12, _left),
)
"""The account's uploaded files."""
