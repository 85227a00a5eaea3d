"""What runs cost, estimated: the API tells neither prices nor bills, and of a run only the time that it took.

An estimate is a rate (so much a run, or so much a second) times what is billed, and always says what it rests on. What
cannot be priced says why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from replicate_tui.core import text
from replicate_tui.core.costs.phases import predicted
from replicate_tui.core.costs.price_settings import Price, Prices
from replicate_tui.core.history.rows import RunRow
from replicate_tui.core.history.runs import ENDED, NOT_SUBMITTED, UNKNOWN

PRICE_LIST: Final = "price list of mid 2025"
"""Where the prices of `HARDWARE` are from: replicate.com/pricing as it was then."""
YOUR_PRICE: Final = "your price in config.toml"

OFFICIAL: Final = "billed per output, as its page says"
NO_HARDWARE: Final = "its hardware is not known"

_NEVER_RAN: Final = "aborted"


@dataclass(frozen=True, slots=True)
class ListedHardware:
    """Hardware of the price list: what it is called, and USD for each second."""

    name: str
    per_second: float


HARDWARE: Final[Mapping[str, ListedHardware]] = {
    "cpu": ListedHardware("CPU", 0.000100),
    "gpu-t4": ListedHardware("Nvidia T4 GPU", 0.000225),
    "gpu-a40-small": ListedHardware("Nvidia A40 GPU", 0.000575),
    "gpu-a40-large": ListedHardware("Nvidia A40 (Large) GPU", 0.000725),
    "gpu-a40-large-2x": ListedHardware("2x Nvidia A40 (Large) GPU", 0.001450),
    "gpu-a40-large-4x": ListedHardware("4x Nvidia A40 (Large) GPU", 0.002900),
    "gpu-a40-large-8x": ListedHardware("8x Nvidia A40 (Large) GPU", 0.005800),
    "gpu-l40s": ListedHardware("Nvidia L40S GPU", 0.000975),
    "gpu-2x-l40s": ListedHardware("2x Nvidia L40S GPU", 0.001950),
    "gpu-4x-l40s": ListedHardware("4x Nvidia L40S GPU", 0.003900),
    "gpu-8x-l40s": ListedHardware("8x Nvidia L40S GPU", 0.007800),
    "gpu-a100-large": ListedHardware("Nvidia A100 (80GB) GPU", 0.001400),
    "gpu-a100-large-2x": ListedHardware("2x Nvidia A100 (80GB) GPU", 0.002800),
    "gpu-a100-large-4x": ListedHardware("4x Nvidia A100 (80GB) GPU", 0.005600),
    "gpu-a100-large-8x": ListedHardware("8x Nvidia A100 (80GB) GPU", 0.011200),
    "gpu-h100": ListedHardware("Nvidia H100 GPU", 0.001525),
    "gpu-h100-2x": ListedHardware("2x Nvidia H100 GPU", 0.003050),
    "gpu-h100-4x": ListedHardware("4x Nvidia H100 GPU", 0.006100),
    "gpu-h100-8x": ListedHardware("8x Nvidia H100 GPU", 0.012200),
}
"""The price list by `sku`. Some of it may be gone or cost more by now; `[prices]` in config.toml corrects it."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run cost in USD, None where it cannot be priced; `basis` says in words what that rests on."""

    usd: float | None
    basis: str


@dataclass(frozen=True, slots=True)
class Rate:
    """What runs of one kind cost: `price`, from `source`; an empty price where `source` says why there is none.

    `sku` is the hardware whose price it is, "" for a price of the model's own. With `dedicated` hardware failed runs
    are billed like others, and so are its set-up and idle time, which nobody tells us.
    """

    price: Price
    source: str
    sku: str = ""
    dedicated: bool = False


# -- rates ------


def per_second(sku: str, prices: Prices) -> Rate:
    """What hardware costs: as the person says, else as the price list does."""
    own = prices.named.get(sku)
    if own is not None:
        return Rate(own, YOUR_PRICE, sku)
    listed = HARDWARE.get(sku)
    if listed is None:
        return Rate(Price(), f"there is no price for {text.one_line(sku)} in the {PRICE_LIST}", sku)
    return Rate(Price(per_second=listed.per_second), PRICE_LIST, sku)


def rate(
    name: str, hardware: str | None, official: bool, prices: Prices, *, dedicated: bool = False, training: bool = False
) -> Rate:
    """What runs of `name` cost ("owner/name", or "deployment:owner/name").

    `hardware` is the `sku` that it runs on, None where that is not known; `dedicated` says that it is kept for the
    account, as it is for deployments and private models. A price for each run is none for a `training`.
    """
    own = prices.named.get(name)
    if own is not None and not (training and own.per_run is not None):
        return Rate(own, YOUR_PRICE, dedicated=dedicated)
    if official:
        return Rate(Price(), OFFICIAL)
    if hardware is None:
        return Rate(Price(), NO_HARDWARE, dedicated=dedicated)
    found = per_second(hardware, prices)
    return Rate(found.price, found.source, found.sku, dedicated)


# -- bills ------


def outcome(row: RunRow) -> str:
    """How a run ended as its bill sees it: its status, but "aborted" for one that was canceled before it began."""
    never_began = row.status == "canceled" and row.started_at is None and not row.seconds
    return _NEVER_RAN if never_began else row.status


def charge(rate: Rate, outcome: str, *, runs: int, timed: int, seconds: float) -> tuple[float, int]:
    """What runs of one outcome cost together in USD, and how many of them are in that.

    `timed` is how many of the `runs` tell their time, `seconds` that time together.
    """
    if is_free(rate, outcome):
        return 0.0, runs
    if outcome == UNKNOWN:
        return 0.0, 0
    if rate.price.per_run is not None:
        return rate.price.per_run * runs, runs
    if rate.price.per_second is not None:
        return rate.price.per_second * seconds, timed
    return 0.0, 0


def is_free(rate: Rate, outcome: str) -> bool:
    """Whether runs that end so cost nothing: those that never ran, and failed ones on public hardware."""
    return outcome in (_NEVER_RAN, NOT_SUBMITTED) or (outcome == "failed" and not rate.dedicated)


def estimate(row: RunRow, rate: Rate) -> Cost:
    """What a run cost at the rate of what it ran, and what that rests on."""
    if row.status not in ENDED and row.completed_at is None:
        return Cost(None, "it has not ended")
    took, end = predicted(row.started_at, row.completed_at, row.seconds), outcome(row)
    usd, priced = charge(rate, end, runs=1, timed=int(took is not None), seconds=took or 0.0)
    if not priced:
        return Cost(None, _why_unpriced(rate, end))
    return Cost(usd, _why_free(end) if is_free(rate, end) else f"estimate: {_bill(rate, took)}{_beside(rate)}")


def _bill(rate: Rate, took: float | None) -> str:
    if rate.price.per_second is None:
        return f"{_amount(rate.price)} ({rate.source})"
    on = f" on {text.one_line(rate.sku)}" if rate.sku else ""
    return f"{_seconds(took or 0.0)}{on} at {_amount(rate.price)} ({rate.source})"


def _amount(price: Price) -> str:
    """ "$0.000225/s", "$0.003 a run"."""
    if price.per_second is not None:
        return f"{text.exact_dollars(price.per_second)}/s"
    return f"{text.exact_dollars(price.per_run or 0.0)} a run"


def _beside(rate: Rate) -> str:
    billed_too = rate.dedicated and rate.price.per_second is not None
    return "; set-up and idle time are billed too and not counted" if billed_too else ""


def _why_free(outcome: str) -> str:
    return "failed runs of public models are free" if outcome == "failed" else "it never ran, which is free"


def _why_unpriced(rate: Rate, outcome: str) -> str:
    if outcome == UNKNOWN:
        return "nobody knows whether it ran"
    return rate.source if rate.price == Price() else "its time is not known"


def _seconds(seconds: float) -> str:
    return f"{seconds:,.1f} s" if seconds >= 1 else f"{seconds:.2g} s"
