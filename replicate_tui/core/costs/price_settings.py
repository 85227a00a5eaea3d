"""The tables `[prices]` and `[budget]` of `config.toml`: what a person knows of prices, and means to spend."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from replicate_tui.core import text

_MODEL = re.compile(r"(deployment:)?[^\s/:]+/[^\s/:]+")
_SKU = re.compile(r"[A-Za-z0-9._-]+")
_SHOWN: Final = 30
_KINDS: Final = ("per_run", "per_second")
MOST: Final = 1_000_000.0
"""USD: no price and no budget is higher."""
LEAST: Final = 0.000_000_001
"""USD: none is lower, but for nothing at all."""
BUDGET_KEYS: Final = ("daily",)
"""What `[budget]` may hold."""


@dataclass(frozen=True, slots=True)
class Price:
    """What something costs in USD, for each run or for each second that it takes; one of the two is None."""

    per_run: float | None = None
    per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices that the person set, by name: "owner/name", "deployment:owner/name", or the `sku` of hardware."""

    named: Mapping[str, Price] = field(default_factory=dict)


def read(table: object) -> Prices:
    """The prices that a table holds.

    Raises:
        ValueError: a line cannot be used; the message names it.
    """
    if not isinstance(table, dict):
        raise ValueError('[prices] must hold lines such as "owner/name" = 0.003')
    return Prices({str(name): _price(str(name), value) for name, value in table.items()})


def daily_budget(table: object) -> float | None:
    """The USD that may be spent on a day before we ask, None where nothing is set.

    Raises:
        ValueError: it cannot be used.
    """
    if not isinstance(table, dict):
        raise ValueError("[budget] must be a table with a line such as daily = 5.0")
    if "daily" not in table:
        return None
    amount = _amount("budget.daily", table["daily"])
    if amount is None:
        raise ValueError("budget.daily must be an amount in US dollars, such as 5.0")
    return amount


def _price(name: str, value: object) -> Price:
    is_model = _MODEL.fullmatch(name) is not None
    if not is_model and not _SKU.fullmatch(name):
        raise ValueError(
            f'prices: {name!r} is neither a model such as "owner/name", a deployment such as '
            '"deployment:owner/name", nor hardware such as "gpu-t4"'
        )
    price = _table_price(name, value) if isinstance(value, dict) else Price(per_run=_amount(f'prices."{name}"', value))
    if price == Price():
        example = f'"{name}" = 0.003 (US dollars for each run)' if is_model else _per_second_example(name)
        raise ValueError(f'prices."{name}" must be an amount that is not negative, such as {example}')
    if price.per_run is not None and not is_model:
        raise ValueError(f'prices."{name}" is hardware, which is paid by the second: {_per_second_example(name)}')
    return price


def _table_price(name: str, table: dict[str, object]) -> Price:
    if len(table) != 1 or not table.keys() <= set(_KINDS):
        raise ValueError(f'prices."{name}" must hold either per_run or per_second, such as {_per_second_example(name)}')
    amounts = {kind: _amount(f'prices."{name}".{kind}', value) for kind, value in table.items()}
    return Price(amounts.get("per_run"), amounts.get("per_second"))


def _per_second_example(name: str) -> str:
    return f'"{name}" = {{per_second = 0.001}}'


def _amount(key: str, value: object) -> float | None:
    """A number of dollars; None for anything else.

    Raises:
        ValueError: nothing costs so much, or so little; the message names the key, the value and the bound.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        return None
    if value > MOST:
        raise ValueError(f"{key} is {_shown(value)}: the most is {text.exact_dollars(MOST)}")
    if 0 < value < LEAST:
        raise ValueError(f"{key} is {_shown(value)}: the least is {text.exact_dollars(LEAST)}, or 0")
    return float(value)


def _shown(number: float) -> str:
    return text.fit(str(number), _SHOWN)
