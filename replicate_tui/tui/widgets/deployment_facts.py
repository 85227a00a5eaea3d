"""What is known of a deployment, as facts: what it runs and on what, what an hour costs, its releases, its page."""

import time
from collections.abc import Sequence
from datetime import datetime

from replicate_tui.api.resources import Configuration, Deployment, Release
from replicate_tui.core import text
from replicate_tui.core.costs.hardware_guide import good_for
from replicate_tui.core.costs.instance_costs import HourlyCost, at_least, at_most
from replicate_tui.tui.widgets.fact_lines import MUTED, Fact

UNTOLD = "the API does not tell"


def deployment_facts(
    deployment: Deployment, cost: HourlyCost, before: Sequence[Release], page: str | None
) -> tuple[Sequence[Fact], ...]:
    """The facts in blocks; `before` are the releases that were seen before the current one, `page` its web page."""
    release = deployment.current_release
    if release is None:
        return (Fact("release", UNTOLD),), _page(page)
    now = release.configuration or Configuration(raw={})
    return (_runs(release, now), _costs(now, cost), _releases(release, before), _page(page))


def _runs(release: Release, now: Configuration) -> Sequence[Fact]:
    return (
        Fact("model", release.model or UNTOLD),
        Fact("version", release.version or UNTOLD),
        Fact("hardware", " · ".join(filter(None, (now.hardware or UNTOLD, good_for(now.hardware or ""))))),
    )


def _costs(now: Configuration, cost: HourlyCost) -> Sequence[Fact]:
    if now.min_instances is None or now.max_instances is None:
        return (Fact("instances", UNTOLD),)
    least, most = now.min_instances, now.max_instances
    return (
        Fact("at most", f"{most} · {at_most(cost, most)}"),
        Fact("at least", f"{least} · {at_least(cost, least)}", "$text-warning" if least else ""),
        Fact("", cost.basis, MUTED),
    )


def _releases(release: Release, before: Sequence[Release]) -> Sequence[Fact]:
    author = release.created_by.username if release.created_by is not None else ""
    by = f"by {author}" if author else ""
    current = " · ".join(filter(None, (f"{_number(release)}, the current one", _age(release.created_at), by)))
    lines = [Fact("before" if place == 0 else "", _told(each)) for place, each in enumerate(before)]
    if not before and (release.number or 0) > 1:
        lines = [Fact("before", "none seen from here; the API tells the current one only", MUTED)]
    return (Fact("release", current), *lines)


def _told(release: Release) -> str:
    now = release.configuration or Configuration(raw={})
    numbers = "" if now.max_instances is None else f"{now.min_instances or 0}–{now.max_instances}"
    version = text.short_version(release.version)
    return " · ".join(filter(None, (_number(release), numbers, now.hardware or "", version, _age(release.created_at))))


def _number(release: Release) -> str:
    return "" if release.number is None else str(release.number)


def _age(moment: datetime | None) -> str:
    return "" if moment is None else text.age(time.time() - moment.timestamp())


def _page(page: str | None) -> Sequence[Fact]:
    return () if page is None else (Fact("metrics", page),)
