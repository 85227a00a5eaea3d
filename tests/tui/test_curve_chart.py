"""Curves as lines of text: within their room, whatever they are."""

import pytest

from replicate_tui.core.curves import Curves, Series, read
from replicate_tui.core.text import cell_width
from replicate_tui.tui.widgets.curve_chart import chart

FALLING = read("".join(f"step {step} loss {10 - step}\n" for step in range(11)))
TWO = read("step 1 loss 3 val_loss 4\nstep 2 loss 1 val_loss 2\n")


def drawn(curves: Curves, width: int = 40, height: int = 11) -> list[str]:
    return [line.plain.rstrip() for line in chart(curves, width, height)]


def test_a_curve_goes_from_corner_to_corner_between_its_axes() -> None:
    lines = drawn(FALLING)
    assert lines == [
        "━ loss 0  lowest 0 at step 10",
        "10 ┤⠉⠒⠤⣀⡀",
        "   │    ⠈⠑⠢⠤⣀",
        "   │         ⠉⠒⠢⢄⡀",
        " 5 ┤             ⠈⠉⠒⠤⢄⡀",
        "   │                  ⠈⠑⠢⢄⡀",
        "   │                      ⠈⠑⠢⠤⣀",
        "   │                           ⠉⠒⠢⢄⡀",
        " 0 ┤                               ⠈⠉⠒⠤⣀",
        "   └┬─────────────────┬────────────────┬",
        "    0                 5               10",
    ]


def test_several_curves_are_told_apart_without_colours() -> None:
    lines = drawn(TWO)
    assert lines[0] == "1 loss 1  lowest 1 at step 2"
    assert lines[1] == "2 val_loss 2  lowest 2 at step 2"
    assert sum(line.endswith(("1", "2")) for line in lines[2:-1]) == 2


def test_one_value_is_a_dot() -> None:
    assert sum(line.count("●") for line in drawn(read("step 3 loss 0.5\n"))) == 1


def test_steps_are_whole_numbers() -> None:
    foot = drawn(read("step 1 loss 3\nstep 2 loss 1\n"), width=120)[-1]
    assert foot.split() == ["1", "2"]


@pytest.mark.parametrize("width", [10, 23, 24, 61, 200])
@pytest.mark.parametrize("height", [1, 4, 5, 6, 11, 12, 50])
@pytest.mark.parametrize(
    "curves",
    [
        FALLING,
        TWO,
        read("loss 0.5\nloss 0.5\n"),
        read("step 1 loss 0.000001\nstep 100000 loss 0.0000025\n"),
        read("step 5 loss 99999999999\nstep 999999999999 loss -2\n"),
        read("epoch 0.01 loss 0.5\nepoch 0.011 loss 0.25\n"),
        read(" ".join(f"loss_{number}={number}" for number in range(8))),
        Curves("step", (Series("\x1b[2Jloss\n[b]" * 30, ((1.0, 0.5), (2.0, 0.25))),)),
        Curves(),
    ],
)
def test_it_stays_within_its_room(curves: Curves, width: int, height: int) -> None:
    lines = chart(curves, width, height)
    assert len(lines) <= height
    if width >= 61:
        assert all(cell_width(line.plain) <= width for line in lines)
    assert not any("\x1b" in line.plain or "\n" in line.plain for line in lines)
