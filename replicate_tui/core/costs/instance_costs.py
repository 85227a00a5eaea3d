"""What a deployment's instances cost by the hour, estimated: those that stand ready, and all that there may be."""

from dataclasses import dataclass
from typing import Final

from replicate_tui.core import text
from replicate_tui.core.costs.hardware_seen import deployment_name
from replicate_tui.core.costs.price_settings import Prices
from replicate_tui.core.costs.pricing import rate

_HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class HourlyCost:
    """USD for each hour: `least` while nothing runs, `most` while every instance does.

    Both are None where no price is known; `basis` says in words what they rest on, or why there is none. What
    `is_free` runs on this machine: the price is what it would cost on Replicate.
    """

    least: float | None
    most: float | None
    basis: str
    is_free: bool = False


def hourly(
    deployment: str, sku: str | None, least: int, most: int, prices: Prices, *, is_free: bool = False
) -> HourlyCost:
    """What the deployment `owner/name` costs with so many instances, at least and at most, on the hardware `sku`."""
    found = rate(deployment_name(deployment, ""), sku or None, False, prices, dedicated=True)
    second = found.price.per_second
    if second is None:
        is_by_run = found.price.per_run is not None
        return HourlyCost(None, None, f"{found.source} is for each run" if is_by_run else found.source, is_free)
    on = f"{text.one_line(found.sku)} at " if found.sku else ""
    basis = f"an estimate: {on}{text.exact_dollars(second)}/s, {found.source}"
    return HourlyCost(least * second * _HOUR, most * second * _HOUR, basis, is_free)


def at_least(cost: HourlyCost, least: int) -> str:
    """What stands ready costs: "≈ $1.62 an hour, also while nothing runs"."""
    if least == 0:
        return "costs nothing while nothing runs"
    if cost.least is None:
        return _FREE if cost.is_free else _UNPRICED
    return _here(cost, f"{text.money(cost.least)} an hour, also while nothing runs")


def at_most(cost: HourlyCost, most: int) -> str:
    """What all that there may be cost: "≈ $8.10 an hour while all 5 run"."""
    if most == 0:
        return "off: it takes no runs"
    if cost.most is None:
        return _FREE if cost.is_free else _UNPRICED
    return _here(cost, f"{text.money(cost.most)} an hour while {'it runs' if most == 1 else f'all {most} run'}")


def _here(cost: HourlyCost, price: str) -> str:
    return f"{_FREE}; on Replicate {price}" if cost.is_free else price


_FREE: Final = "nothing here"
_UNPRICED: Final = "what that costs is not known"
