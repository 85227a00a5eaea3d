"""Hardware to choose from: what each costs as far as it is known, and what it is good for."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from replicate_tui.api.resources import Hardware
from replicate_tui.core.costs.price_settings import Prices
from replicate_tui.core.costs.pricing import Rate, per_second

_HOUR: Final = 3600

_GUIDANCE: Final = {
    "cpu": "no GPU: what computes little, and trying out",
    "gpu-t4": "16 GB: small models that may take their time",
    "gpu-a40-small": "48 GB: middling models; few processors beside the GPU",
    "gpu-a40-large": "48 GB: middling models",
    "gpu-l40s": "48 GB: pictures and middling models, fast",
    "gpu-a100-large": "80 GB: large models, training",
    "gpu-h100": "80 GB: large models, the fastest",
}
_SEVERAL: Final = re.compile(r"-(?P<many>[248])x(?=-|$)")


@dataclass(frozen=True, slots=True)
class Choice:
    """One kind of hardware. `rate` says what it costs, and from which list; `good_for` is "" where we do not know."""

    hardware: Hardware
    rate: Rate
    good_for: str

    @property
    def per_second(self) -> float | None:
        """USD for each second; None where it is not known."""
        return self.rate.price.per_second

    @property
    def per_hour(self) -> float | None:
        """USD for each hour; None where it is not known."""
        return None if self.per_second is None else self.per_second * _HOUR


def choices(hardware: Iterable[Hardware], prices: Prices) -> tuple[Choice, ...]:
    """The hardware, in the order given, with the person's own prices before those of the price list."""
    return tuple(Choice(each, per_second(each.sku, prices), good_for(each.sku)) for each in hardware)


def good_for(sku: str) -> str:
    """What hardware is good for, in a few words; "" where we do not know it."""
    several = _SEVERAL.search(sku)
    words = _GUIDANCE.get(_SEVERAL.sub("", sku), "")
    if several is None or not words:
        return words
    return f"{several['many']} × {words.partition(':')[0]}: models that are too large for one"
