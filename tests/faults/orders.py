"""What a workload orders: runs that are told apart by their input, wherever it is met again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

HELLO: Final = "local/hello-world"
PAINTER: Final = "local/painter"
SLEEPER: Final = "local/sleeper"

SIDE: Final = 64
"""Pixels of a picture's side: the smallest that the painter paints."""


@dataclass(frozen=True, slots=True)
class Order:
    """One run to submit."""

    number: int
    model: str
    input: Mapping[str, Any]


def orders(numbers: Sequence[int], *, models: str) -> Iterator[Order]:
    """The orders of these numbers: `mixed`, or all of the model `hello`, `painter` or `sleeper`."""
    for number in numbers:
        yield _order(number, _mixed(number) if models == "mixed" else models)


def number_of(given: Mapping[str, Any]) -> int:
    """Which order an input is of."""
    text = given.get("text") or given.get("prompt")
    return int(given["log_lines"]) if text is None else int(str(text).removeprefix("order "))


def _mixed(number: int) -> str:
    return {3: "painter", 8: "sleeper", 13: "painter", 18: "failure"}.get(number % 20, "hello")


def _order(number: int, kind: str) -> Order:
    match kind:
        case "painter":
            return Order(number, PAINTER, {"prompt": f"order {number}", "seed": 7, "width": SIDE, "height": SIDE})
        case "sleeper":
            return Order(number, SLEEPER, {"seconds": 0.2, "log_lines": number})
        case "failure":
            return Order(number, SLEEPER, {"seconds": 0.05, "log_lines": number, "fail": True})
        case _:
            return Order(number, HELLO, {"text": f"order {number}"})
