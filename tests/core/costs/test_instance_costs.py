"""What a deployment's instances cost by the hour, and what that rests on."""

from replicate_tui.core.costs.instance_costs import at_least, at_most, hourly
from replicate_tui.core.costs.price_settings import Price, Prices
from replicate_tui.core.costs.pricing import PRICE_LIST

NONE_SET = Prices({})


def test_an_hour_is_priced_by_the_price_list_with_its_date() -> None:
    cost = hourly("acme/prod", "gpu-t4", 1, 5, NONE_SET)
    assert (round(cost.least or 0, 4), round(cost.most or 0, 4)) == (0.81, 4.05)
    assert cost.basis == f"an estimate: gpu-t4 at $0.000225/s, {PRICE_LIST}"
    assert at_least(cost, 1) == "≈ $0.81 an hour, also while nothing runs"
    assert at_most(cost, 5) == "≈ $4.05 an hour while all 5 run"
    assert at_most(cost, 1).endswith("while it runs")


def test_none_that_stands_ready_costs_nothing_and_none_at_all_is_off() -> None:
    cost = hourly("acme/prod", "gpu-t4", 0, 0, NONE_SET)
    assert at_least(cost, 0) == "costs nothing while nothing runs"
    assert at_most(cost, 0) == "off: it takes no runs"


def test_a_persons_own_price_comes_first() -> None:
    own = Prices({"deployment:acme/prod": Price(per_second=0.001), "gpu-t4": Price(per_second=0.1)})
    cost = hourly("acme/prod", "gpu-t4", 0, 1, own)
    assert round(cost.most or 0, 4) == 3.6
    assert "your price in config.toml" in cost.basis


def test_what_has_no_price_says_so() -> None:
    unknown = hourly("acme/prod", "tpu-9", 1, 2, NONE_SET)
    assert (unknown.least, unknown.most) == (None, None)
    assert "no price for tpu-9" in unknown.basis
    assert at_least(unknown, 1) == at_most(unknown, 2) == "what that costs is not known"
    by_run = hourly("acme/prod", "gpu-t4", 1, 2, Prices({"deployment:acme/prod": Price(per_run=0.01)}))
    assert by_run.most is None
    assert "for each run" in by_run.basis
    assert hourly("acme/prod", None, 1, 2, NONE_SET).most is None


def test_on_this_machine_nothing_is_paid_and_the_price_is_replicates() -> None:
    cost = hourly("local/prod", "gpu-t4", 1, 1, NONE_SET, is_free=True)
    assert at_least(cost, 1) == "nothing here; on Replicate ≈ $0.81 an hour, also while nothing runs"
    assert at_most(cost, 1) == "nothing here; on Replicate ≈ $0.81 an hour while it runs"
    assert at_most(hourly("local/prod", None, 1, 1, NONE_SET, is_free=True), 1) == "nothing here"
