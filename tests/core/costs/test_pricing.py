"""Prices and estimates: what is billed, what is free, what cannot be priced, and that each says why."""

from pathlib import Path
from typing import Any

import pytest

from replicate_tui.core.costs import pricing
from replicate_tui.core.costs.price_settings import Price, Prices
from replicate_tui.core.costs.pricing import HARDWARE, NO_HARDWARE, OFFICIAL, Cost, Rate, estimate
from replicate_tui.core.settings import Flags, Settings, SettingsError, load
from tests.core.rows import a_row

NONE = Prices()
T4 = pricing.rate("acme/painter", "gpu-t4", False, NONE)
DEDICATED = pricing.rate("deployment:acme/live", "gpu-t4", False, NONE, dedicated=True)
EACH = pricing.rate("acme/painter", None, True, Prices({"acme/painter": Price(per_run=0.003)}))
PER_OUTPUT = pricing.rate("acme/painter", None, True, NONE)


def test_time_on_known_hardware_says_what_it_rests_on() -> None:
    cost = estimate(a_row(seconds=3.2), T4)
    assert cost.usd == pytest.approx(0.00072)
    assert cost.basis == "estimate: 3.2 s on gpu-t4 at $0.000225/s (price list of mid 2025)"


def test_a_deployments_set_up_and_idle_time_is_named_as_not_counted() -> None:
    cost = estimate(a_row(seconds=2.0, deployment="acme/live"), DEDICATED)
    assert cost.usd == pytest.approx(0.00045)
    assert cost.basis.endswith("(price list of mid 2025); set-up and idle time are billed too and not counted")


def test_what_cannot_be_priced_says_why() -> None:
    assert estimate(a_row(), PER_OUTPUT) == Cost(None, OFFICIAL)
    assert estimate(a_row(), pricing.rate("acme/painter", None, False, NONE)) == Cost(None, NO_HARDWARE)
    unlisted = pricing.rate("acme/painter", "gpu-b200\x1b[2J", False, NONE)
    assert estimate(a_row(), unlisted) == Cost(None, "there is no price for gpu-b200 in the price list of mid 2025")
    assert estimate(a_row(seconds=None, started_at=None), T4) == Cost(None, "its time is not known")
    active = a_row(status="processing", completed_at=None, seconds=None)
    assert estimate(active, T4) == Cost(None, "it has not ended")
    lost = a_row(status="unknown", completed_at=None, seconds=None)
    assert estimate(lost, EACH) == Cost(None, "nobody knows whether it ran")


@pytest.mark.parametrize("rate", [T4, DEDICATED, EACH, PER_OUTPUT])
@pytest.mark.parametrize(
    "values",
    [
        {"status": "aborted", "started_at": None, "seconds": None},
        {"status": "canceled", "started_at": None, "seconds": None},
        {"status": "not submitted", "started_at": None, "completed_at": None, "seconds": None},
    ],
)
def test_what_never_ran_is_free(rate: Rate, values: dict[str, Any]) -> None:
    assert estimate(a_row(**values), rate) == Cost(0.0, "it never ran, which is free")


def test_failed_runs_are_free_but_on_hardware_of_ones_own() -> None:
    failed = a_row(status="failed", seconds=10.0)
    for rate in (T4, EACH, PER_OUTPUT):
        assert estimate(failed, rate) == Cost(0.0, "failed runs of public models are free")
    assert estimate(failed, DEDICATED).usd == pytest.approx(0.00225)


def test_canceled_runs_are_billed_for_the_time_they_used() -> None:
    assert estimate(a_row(status="canceled", seconds=4.0), T4).usd == pytest.approx(0.0009)
    assert estimate(a_row(status="canceled", seconds=None), T4).usd == pytest.approx(3 * 0.000225)


def test_a_price_of_ones_own_comes_first() -> None:
    assert estimate(a_row(), EACH) == Cost(0.003, "estimate: $0.003 a run (your price in config.toml)")
    prices = Prices({"acme/painter": Price(per_second=0.001), "gpu-t4": Price(per_second=0.0000005)})
    by_second = estimate(a_row(seconds=0.25), pricing.rate("acme/painter", "gpu-t4", True, prices))
    assert by_second.usd == pytest.approx(0.00025)
    assert by_second.basis == "estimate: 0.25 s at $0.001/s (your price in config.toml)"
    corrected = estimate(a_row(seconds=2.0), pricing.rate("acme/other", "gpu-t4", False, prices))
    assert corrected.usd == pytest.approx(0.000001)
    assert corrected.basis == "estimate: 2.0 s on gpu-t4 at $0.0000005/s (your price in config.toml)"


def test_a_price_for_each_run_is_none_for_a_training() -> None:
    prices = Prices({"acme/trainer": Price(per_run=0.003)})
    rate = pricing.rate("acme/trainer", None, False, prices, training=True)
    assert estimate(a_row(kind="training"), rate) == Cost(None, NO_HARDWARE)


def test_many_of_one_hardware_cost_as_many_times_as_much() -> None:
    pairs = [(sku, base) for base in HARDWARE for sku in HARDWARE if sku != base and _many(sku, base)]
    assert len(pairs) == 12
    for sku, base in pairs:
        many = int(HARDWARE[sku].name.partition("x")[0])
        assert HARDWARE[sku].name == f"{many}x {HARDWARE[base].name}"
        assert HARDWARE[sku].per_second == pytest.approx(many * HARDWARE[base].per_second)


def _many(sku: str, base: str) -> bool:
    parts = [part for part in sku.split("-") if part not in ("2x", "4x", "8x")]
    return "-".join(parts) == base


# -- what the person sets ------


def settings(tmp_path: Path, config: str) -> Settings:
    folder = tmp_path / "home" / "config"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(config)
    return load(Flags(), {"REPLICATE_TUI_HOME": str(tmp_path / "home"), "XDG_CONFIG_HOME": str(tmp_path / "xdg")})


def test_prices_and_a_budget_are_read(tmp_path: Path) -> None:
    read = settings(
        tmp_path,
        """
        [budget]
        daily = 5
        monthly = 3
        [prices]
        "acme/painter" = 0.003
        "acme/writer" = {per_second = 0.001}
        "acme/singer" = {per_run = 1}
        "deployment:acme/live" = {per_second = 0.002}
        gpu-t4 = {per_second = 0.0003}
        """,
    )
    assert read.prices.named == {
        "acme/painter": Price(per_run=0.003),
        "acme/writer": Price(per_second=0.001),
        "acme/singer": Price(per_run=1.0),
        "deployment:acme/live": Price(per_second=0.002),
        "gpu-t4": Price(per_second=0.0003),
    }
    assert read.daily_budget == 5.0
    assert [warning.partition(": ")[2] for warning in read.warnings] == ["unknown setting 'budget.monthly' is ignored"]


def test_prices_and_a_budget_may_be_as_high_or_as_low_as_their_bounds_and_nothing(tmp_path: Path) -> None:
    lines = '[budget]\ndaily = 0\n[prices]\n"a/dear" = 1e6\n"a/cheap" = 1e-9\n"a/free" = 0'
    read = settings(tmp_path, lines)
    assert read.daily_budget == 0.0
    assert read.prices.named == {
        "a/dear": Price(per_run=1e6),
        "a/cheap": Price(per_run=1e-9),
        "a/free": Price(per_run=0.0),
    }


def test_nothing_set_is_no_price_and_no_budget(tmp_path: Path) -> None:
    read = settings(tmp_path, "")
    assert (read.prices, read.daily_budget) == (Prices(), None)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ('[prices]\n"acme/painter" = "0.003"', "acme/painter.*amount"),
        ('[prices]\n"acme/painter" = -1', "not negative"),
        ('[prices]\n"acme/painter" = true', "amount"),
        ('[prices]\n"acme/painter" = nan', "amount"),
        ('[prices]\n"acme/painter" = inf', "amount"),
        ('[prices]\n"acme/painter" = {}', "either per_run or per_second"),
        ('[prices]\n"acme/painter" = {per_hour = 1}', "either per_run or per_second"),
        ('[prices]\n"acme/painter" = {per_run = 1, per_second = 1}', "either per_run or per_second"),
        ('[prices]\n"acme/painter" = {per_second = "x"}', "amount"),
        ('[prices]\n"gpu-t4" = 0.003', "by the second"),
        ('[prices]\n"gpu-t4" = {per_run = 0.003}', "by the second"),
        ('[prices]\n"a b" = 0.003', "neither a model"),
        ('[prices]\n"a/b/c" = 0.003', "neither a model"),
        ("prices = 3", r"\[prices\]"),
        ("budget = 3", r"\[budget\]"),
        ('[budget]\ndaily = "5"', "budget.daily"),
        ("[budget]\ndaily = -5", "budget.daily"),
        ('[prices]\n"acme/painter" = 1e308', r'prices\."acme/painter" is 1e\+308: the most is \$1,000,000\.00'),
        (f'[prices]\n"acme/painter" = {10**400}', r'prices\."acme/painter" is 10{28}…: the most'),
        ("[prices]\ngpu-t4 = {per_second = 1000000.01}", r'"gpu-t4"\.per_second is 1000000\.01: the most'),
        ('[prices]\n"acme/painter" = {per_run = 1e-320}', r"per_run is 1e-320: the least is \$0\.000000001, or 0"),
        ("[budget]\ndaily = 1e9", r"budget\.daily is 1000000000\.0: the most is \$1,000,000\.00"),
        ("[budget]\ndaily = 1e-12", r"budget\.daily is 1e-12: the least is"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_name(tmp_path: Path, config: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as refused:
        settings(tmp_path, config)
    assert "config.toml" in str(refused.value)
