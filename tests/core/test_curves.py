"""Losses in the logs of several trainers, as they print them."""

import json
import math

import pytest

from replicate_tui.core import curves
from replicate_tui.core.curves import CurveReader, Curves, Series, read

STORYTELLER = """\
Sentences: 480, words: 6,200, different words: 900
Loss is measured on sentences held out
step  0/20 | loss 6.8035 | perplexity 901.00
step  1/20 | loss 5.1200 | perplexity 167.34
step 20/20 | loss 3.2500 | perplexity 25.79
Weights: 91,000 bytes
"""

TRANSFORMERS = """\
  0%|          | 0/300 [00:00<?, ?it/s]
 33%|███▎      | 100/300 [01:02<02:04,  1.61it/s]
{'loss': 1.8421, 'grad_norm': 2.1171, 'learning_rate': 4.9e-05, 'epoch': 0.33}
{'eval_loss': 1.7012, 'eval_runtime': 3.2, 'eval_samples_per_second': 31.2, 'epoch': 0.5}
{'loss': 1.2109, 'grad_norm': 1.7, 'learning_rate': 2.1e-05, 'epoch': 0.67}
{'loss': '9.71e-01', 'grad_norm': '1.4', 'learning_rate': '0', 'epoch': '1'}
{'eval_loss': 1.1533, 'eval_runtime': 3.1, 'epoch': 1.0}
{'train_runtime': 188.2, 'train_samples_per_second': 12.7, 'train_loss': 1.3413, 'epoch': 1.0}
"""

DIFFUSERS = (
    "\rSteps:   0%|          | 0/1000 [00:00<?, ?it/s]"
    "\rSteps:   0%|          | 1/1000 [00:03<51:22,  3.09s/it, lr=0.0001, step_loss=0.0832]"
    "\rSteps:   0%|          | 1/1000 [00:03<51:22,  3.09s/it, lr=0.0001, step_loss=0.0832]"
    "\rSteps:   0%|          | 2/1000 [00:05<41:02,  2.47s/it, lr=0.0001, step_loss=0.214]"
    "\rSteps:   0%|          | 3/1000 [00:07<38:10,  2.30s/it, lr=0.0001, step_loss=0.0519]\n"
)

KOHYA = """\
steps:   1%|          | 16/1600 [00:13<21:53,  1.21it/s, avr_loss=0.121]
steps:   2%|▏         | 32/1600 [00:26<21:32,  1.21it/s, avr_loss=0.0987]
"""

AI_TOOLKIT = """\
my_lora:  25%|██▌       | 500/2000 [10:03<30:10,  1.21s/it, lr: 1.0e-04 loss: 3.545e-01]
my_lora:  50%|█████     | 1000/2000 [20:06<20:10,  1.21s/it, lr: 1.0e-04 loss: 2.910e-01]
"""

NANOGPT = """\
step 0: train loss 10.9886, val loss 10.9875
iter 0: loss 10.9853, time 32527.21ms, mfu -100.00%
iter 100: loss 6.4512, time 512.34ms, mfu 12.31%
step 250: train loss 3.9723, val loss 4.0123
"""

LIGHTNING = """\
Epoch 0:  50%|█████     | 50/100 [00:10<00:10,  4.93it/s, v_num=0, train_loss_step=0.911]
Epoch 0: 100%|██████████| 100/100 [00:20<00:00,  4.93it/s, v_num=0, train_loss_step=0.702]
Epoch 1:  50%|█████     | 50/100 [00:10<00:10,  4.93it/s, v_num=0, train_loss_step=0.533]
"""

KERAS = """\
Epoch 1/2
 50/100 [============>.................] - ETA: 3s - loss: 0.6931 - accuracy: 0.51
100/100 [==============================] - 5s 50ms/step - loss: 0.5012 - accuracy: 0.71 - val_loss: 0.4800
Epoch 2/2
 50/100 [============>.................] - ETA: 3s - loss: 0.4431 - accuracy: 0.80
100/100 [==============================] - 5s 50ms/step - loss: 0.4012 - accuracy: 0.83 - val_loss: 0.3900
"""

MEGATRON = """\
 iteration      100/  500000 | consumed samples:  1600 | lm loss: 9.512E+00 | loss scale: 4294967296.0 | grad norm: 3.1
 iteration      200/  500000 | consumed samples:  3200 | lm loss: 7.204E+00 | loss scale: 4294967296.0 | grad norm: 2.8
"""

PYTORCH_EXAMPLE = """\
Epoch: [0][ 50/390]\tTime  0.212 ( 0.301)\tLoss 2.3012e+00 (2.4410e+00)\tAcc@1  12.50
Epoch: [1][ 50/390]\tTime  0.210 ( 0.300)\tLoss 1.9012e+00 (2.0410e+00)\tAcc@1  22.50
"""

JSON_LINES = "\n".join(
    json.dumps({"step": step, "train_loss": loss, "val": {"loss": loss + 1}, "lr": 0.1, "max_steps": 900})
    for step, loss in ((10, 2.5), (20, 1.25))
)


def names(found: Curves) -> dict[str, list[tuple[float, float]]]:
    return {series.name: list(series.points) for series in found.series}


@pytest.mark.parametrize(
    ("logs", "axis", "expected"),
    [
        (STORYTELLER, "step", {"loss": [(0, 6.8035), (1, 5.12), (20, 3.25)]}),
        (
            TRANSFORMERS,
            "epoch",
            {
                "loss": [(0.33, 1.8421), (0.67, 1.2109), (1, 0.971)],
                "eval_loss": [(0.5, 1.7012), (1, 1.1533)],
                "train_loss": [(1, 1.3413)],
            },
        ),
        (DIFFUSERS, "step", {"step_loss": [(1, 0.0832), (2, 0.214), (3, 0.0519)]}),
        (KOHYA, "step", {"avr_loss": [(16, 0.121), (32, 0.0987)]}),
        (AI_TOOLKIT, "step", {"loss": [(500, 0.3545), (1000, 0.291)]}),
        (
            NANOGPT,
            "step",
            {
                "train loss": [(0, 10.9886), (250, 3.9723)],
                "val loss": [(0, 10.9875), (250, 4.0123)],
                "loss": [(0, 10.9853), (100, 6.4512)],
            },
        ),
        (LIGHTNING, "epoch", {"train_loss_step": [(0.5, 0.911), (1, 0.702), (1.5, 0.533)]}),
        (
            KERAS,
            "value",
            {"loss": [(1, 0.6931), (2, 0.5012), (3, 0.4431), (4, 0.4012)], "val_loss": [(1, 0.48), (2, 0.39)]},
        ),
        (MEGATRON, "step", {"loss": [(100, 9.512), (200, 7.204)]}),
        (PYTORCH_EXAMPLE, "epoch", {"Loss": [(0, 2.3012), (1, 1.9012)]}),
        (JSON_LINES, "step", {"train_loss": [(10, 2.5), (20, 1.25)], "loss": [(10, 3.5), (20, 2.25)]}),
        ("1|25|Loss: 1.2345:   3%|▎  | 25/800 [00:40<20:40, 1.6s/it]\n", "step", {"Loss": [(25, 1.2345)]}),
        ("INFO:root:Step 100: loss = 0.234\n", "step", {"loss": [(100, 0.234)]}),
        ("Step: 7, Loss: tensor(0.1234, device='cuda:0')\n", "step", {"Loss": [(7, 0.1234)]}),
        ("loss_disc=3.250, loss_gen=2.125, loss_kl=9.000", "value", {"loss_disc": [(1, 3.25)]}),
        ("|    value_loss       | 0.5      |\n", "value", {"value_loss": [(1, 0.5)]}),
    ],
)
def test_losses_are_found_in_what_trainers_print(
    logs: str, axis: str, expected: dict[str, list[tuple[float, float]]]
) -> None:
    found = read(logs)
    assert found.axis == axis
    assert {name: points for name, points in names(found).items() if name in expected} == expected
    assert len(found.series) >= len(expected)


@pytest.mark.parametrize(
    "line",
    [
        "Loss is measured on the text itself",
        "loss_scale=65536.0",
        "loss weight: 1.0",
        "lossless 3",
        "loss 12%",
        "loss: nan",
        "loss: inf",
        "loss 1e999",
        "loss 3/20",
        "glossary 7",
        "--loss_type=2",
        "step 3",
        "a loss of 7 pounds",
    ],
)
def test_what_only_looks_like_a_loss_is_none(line: str) -> None:
    assert read(f"{line}\n") == Curves()


def test_timesteps_and_what_is_planned_are_no_steps() -> None:
    assert names(read("timestep 500 loss 0.5\nmax_steps=9, step=2, loss=0.25\n")) == {"loss": [(1, 0.5), (2, 0.25)]}
    assert names(read("max_steps=9, step=2, loss=0.25\n")) == {"loss": [(2, 0.25)]}


def test_a_log_that_grows_is_read_as_one_that_is_whole() -> None:
    for logs in (STORYTELLER, TRANSFORMERS, DIFFUSERS, NANOGPT, KERAS):
        reader = CurveReader()
        for end in range(0, len(logs), 37):
            reader.feed(logs[:end])
        assert reader.feed(logs, ended=True) == read(logs)


def test_a_number_that_is_half_told_waits_for_the_rest() -> None:
    reader = CurveReader()
    assert reader.feed("step 1 loss 0.1") == Curves()
    assert reader.feed("step 1 loss 0.125\n") == Curves("step", (Series("loss", ((1, 0.125),)),))


def test_a_log_without_news_gives_the_very_same_curves() -> None:
    reader = CurveReader()
    first = reader.feed("step 1 loss 0.5\n")
    assert reader.feed("step 1 loss 0.5\nsaved\n") is first


def test_another_log_begins_anew() -> None:
    reader = CurveReader()
    reader.feed("step 1 loss 0.5\n")
    assert names(reader.feed("step 9 loss 0.25\n")) == {"loss": [(9, 0.25)]}


def test_many_points_are_thinned_and_their_ends_stay() -> None:
    found = read("".join(f"step {step} loss {1 / (step + 1):.8f}\n" for step in range(20_000)))
    (series,) = found.series
    assert len(series.points) <= curves.MOST_POINTS
    assert (series.points[0], series.last) == ((0, 1.0), (19_999, 0.00005))


def test_more_losses_than_can_be_told_apart_are_left_out() -> None:
    found = read(" ".join(f"loss_{number}=0.5" for number in range(30)))
    assert [series.name for series in found.series] == [f"loss_{number}" for number in range(curves.MOST_SERIES)]


@pytest.mark.parametrize(
    "line",
    ["loss" * 100_000, "loss " * 100_000, "a.loss/" * 50_000, "loss:" + "1" * 100_000],
    ids=["a long word", "many words", "a path", "a long number"],
)
def test_hostile_lines_cost_little(line: str) -> None:
    assert all(math.isfinite(value) for series in read(line).series for _, value in series.points)


def test_the_lowest_point_is_the_first_of_its_value() -> None:
    (series,) = read("step 1 loss 0.5\nstep 2 loss 0.25\nstep 3 loss 0.25\n").series
    assert (series.lowest, series.last) == ((2, 0.25), (3, 0.25))
