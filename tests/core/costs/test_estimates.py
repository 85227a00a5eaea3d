"""What was spent: sums agree with the runs one by one, days are local, the budget asks before it is crossed."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from replicate_tui.api.resources import Deployment
from replicate_tui.core.costs import cost_lines
from replicate_tui.core.costs.cost_lines import RunCosts
from replicate_tui.core.costs.estimates import Costs, Spent, crossing
from replicate_tui.core.costs.hardware_seen import HardwareSeen, deployment_name
from replicate_tui.core.costs.price_settings import Price, Prices
from replicate_tui.core.costs.pricing import Cost
from replicate_tui.core.costs.usual import Usual
from replicate_tui.core.history.database import Database, ModelRow, Scope
from tests.core.rows import a_row, keep, made_at
from tests.core.scripted import SCOPE
from tests.waiting import eventually

NOON = datetime(2026, 3, 14, 12).timestamp()
TODAY = date(2026, 3, 14)
T4 = 0.000225


def costs_of(database: Database, prices: Prices | None = None, scope: Scope = SCOPE) -> Costs:
    return Costs(database, lambda: scope, prices or Prices(), Usual(database, lambda: scope))


@pytest.fixture
async def hardware(database: Database) -> HardwareSeen:
    seen = HardwareSeen(database, SCOPE.host)
    await seen.remember_model("acme/painter", "gpu-t4")
    return seen


async def learn(database: Database, name: str, *, official: bool = False, **raw: Any) -> None:
    await database.save_models(SCOPE.host, [(ModelRow(name, "", 1, official), raw)], NOON)


def deployment(name: str, sku: str | None) -> Deployment:
    release = {"configuration": {"hardware": sku}} if sku else None
    return Deployment.of({"owner": "acme", "name": name, "current_release": release})


# -- hardware ------


async def test_hardware_that_was_seen_is_known_again(database: Database, hardware: HardwareSeen) -> None:
    await hardware.remember_deployments([deployment("live", "gpu-l40s"), deployment("bare", None)])
    assert HardwareSeen(database, SCOPE.host).all() == {"acme/painter": "gpu-t4", "deployment:acme/live": "gpu-l40s"}
    assert deployment_name("acme/live", "acme") == deployment_name("live", "acme") == "deployment:acme/live"
    assert (hardware.models_on("gpu-t4"), hardware.models_on("gpu-l40s")) == (["acme/painter"], [])
    assert HardwareSeen(database, "elsewhere").all() == {}


async def test_a_deployment_that_moves_is_written_once(database: Database, hardware: HardwareSeen) -> None:
    await hardware.remember_deployments([deployment("live", "cpu")])
    await hardware.remember_deployments([deployment("live", "gpu-h100\ud800")])
    query = "SELECT sku, seen_at FROM hardware_seen WHERE name = 'deployment:acme/live'"
    written = database.read(query, ())
    assert written[0][0] == "gpu-h100?"
    await hardware.remember_deployments([deployment("live", "gpu-h100\ud800")])
    assert database.read(query, ()) == written


# -- one run ------


@pytest.mark.usefixtures("hardware")
async def test_a_run_costs_its_time_on_its_models_hardware(database: Database) -> None:
    cost = costs_of(database).of(a_row(seconds=2.0))
    assert cost is not None
    assert cost.usd == pytest.approx(2 * T4)


async def test_a_run_of_a_deployment_costs_what_that_runs_on(database: Database, hardware: HardwareSeen) -> None:
    await hardware.remember_deployments([deployment("live", "cpu")])
    await learn(database, "acme/painter", official=True)
    for name in ("acme/live", "live"):
        cost = costs_of(database).of(a_row(seconds=2.0, deployment=name, version="hidden"))
        assert cost is not None
        assert cost.usd == pytest.approx(0.0002)
    unseen = costs_of(database).of(a_row(deployment="acme/other"))
    assert unseen == Cost(None, "its hardware is not known")
    set_by_hand = Prices({"deployment:acme/other": Price(per_second=0.01), "acme/painter": Price(per_run=1.0)})
    cost = costs_of(database, set_by_hand).of(a_row(seconds=2.0, deployment="other"))
    assert cost is not None
    assert cost.usd == pytest.approx(0.02)


async def test_a_list_estimates_each_run_once_until_it_is_made_anew(database: Database) -> None:
    ended, dear = a_row(seconds=2.0), Prices({"acme/painter": Price(per_run=2.0)})
    shown = RunCosts()
    assert shown.cell(replace(ended, completed_at=None), costs_of(database, dear)).text == ""
    assert shown.cell(ended, costs_of(database, dear)).text == "≈ $2.00"
    dearer = costs_of(database, Prices({"acme/painter": Price(per_run=3.0)}))
    assert shown.cell(ended, dearer).text == "≈ $2.00"
    shown.forget()
    assert shown.cell(ended, dearer).text == "≈ $3.00"


async def test_official_models_are_billed_per_output(database: Database) -> None:
    await learn(database, "acme/painter", official=True)
    costs = costs_of(database)
    assert costs.of(a_row()) == Cost(None, "billed per output, as its page says")
    for version in ("hidden", "dp-4d0bcc010b3049749a251855f12800be", "d-4d0bcc010b3049749a251855f12800be"):
        other = costs.of(a_row(model="acme/other", version=version))
        assert other == Cost(None, "billed per output, as its page says")
    assert costs.of(a_row(model="acme/other")) == Cost(None, "its hardware is not known")


@pytest.mark.usefixtures("hardware")
async def test_failed_runs_of_private_models_are_billed(database: Database) -> None:
    failed = a_row(status="failed", seconds=10.0)
    assert costs_of(database).of(failed) == Cost(0.0, "failed runs of public models are free")
    await learn(database, "acme/painter", visibility="private")
    cost = costs_of(database).of(failed)
    assert cost is not None
    assert cost.usd == pytest.approx(10 * T4)


async def test_on_this_machine_nothing_costs_and_nothing_is_told(database: Database) -> None:
    scope = Scope("local", "local")
    await keep(database, made_at(NOON), scope=scope)
    costs = costs_of(database, Prices({"acme/painter": Price(per_run=5.0)}), scope)
    assert costs.of(a_row()) is None
    assert costs.today(NOON) == Spent()
    assert list(costs.by_run(30, TODAY)) == []
    assert costs.question(0.0, "acme/painter") is None
    assert costs.expected("acme/painter") == 0.0


# -- sums ------


async def test_sums_agree_with_the_runs_one_by_one(database: Database, hardware: HardwareSeen) -> None:
    await hardware.remember_deployments([deployment("live", "cpu")])
    await learn(database, "acme/official", official=True)
    await learn(database, "acme/secret", visibility="private")
    await hardware.remember_model("acme/secret", "gpu-h100")
    rows = [
        made_at(
            NOON + number, id=f"r{number}", **dict(zip(("model", "deployment", "kind"), what, strict=True)), **ended
        )
        for number, (what, ended) in enumerate(product(WHAT, ENDS))
    ]
    await keep(database, *rows, made_at(NOON, id="now", status="processing", completed_at=None, seconds=None))
    costs = costs_of(database, Prices({"acme/priced": Price(per_run=0.01)}))
    each = [cost for row in rows if row.status != "not submitted" and (cost := costs.of(row)) is not None]
    priced = [cost.usd for cost in each if cost.usd is not None]
    expected = Spent(pytest.approx(sum(priced)), len(priced), len(each) - len(priced))
    assert 0 < len(priced) < len(each)
    assert costs.on(TODAY) == expected
    assert sum((spent for _, spent in costs.by_model(1, TODAY)), Spent()) == expected
    assert cost_lines.total([cost_lines.RunCost(*found) for found in costs.by_run(1, TODAY)]) == expected


WHAT = [
    ("acme/painter", "", "prediction"),
    ("acme/painter", "acme/live", "prediction"),
    ("acme/painter", "", "training"),
    ("acme/official", "", "prediction"),
    ("acme/secret", "", "prediction"),
    ("acme/priced", "", "prediction"),
    ("acme/priced", "", "training"),
    ("acme/unheard-of", "", "prediction"),
    ("", "", "prediction"),
]
ENDS: list[dict[str, Any]] = [
    {"status": "succeeded", "seconds": 2.5},
    {"status": "succeeded", "seconds": None},
    {"status": "succeeded", "seconds": -3.0},
    {"status": "succeeded", "seconds": None, "started_at": None},
    {"status": "failed"},
    {"status": "failed", "seconds": None, "started_at": None},
    {"status": "canceled", "seconds": 1.5},
    {"status": "canceled", "seconds": None, "started_at": None},
    {"status": "canceled", "seconds": 0.0, "started_at": None},
    {"status": "aborted", "seconds": None, "started_at": None},
    {"status": "unknown", "seconds": None, "completed_at": None},
    {"status": "not submitted", "seconds": None, "completed_at": None},
    {"status": "expired", "seconds": 4.0},
]


@pytest.mark.usefixtures("hardware")
async def test_days_begin_at_midnight_here_also_when_the_clocks_change(
    database: Database, in_zone: Callable[[str], None]
) -> None:
    in_zone("Europe/Berlin")
    spring = date(2026, 3, 29)
    first, last = datetime(2026, 3, 29, 0, 0, 1).timestamp(), datetime(2026, 3, 29, 23, 59, 59).timestamp()
    assert last - first < 23 * 3600
    await keep(
        database,
        made_at(first - 2, id="before"),
        made_at(first, id="first"),
        made_at(last, id="last"),
        made_at(last + 2, id="after"),
    )
    costs = costs_of(database)
    assert [(day, spent.runs) for day, spent in costs.by_day(3, spring + timedelta(days=1))] == [
        (date(2026, 3, 30), 1),
        (date(2026, 3, 29), 2),
        (date(2026, 3, 28), 1),
    ]
    assert [row.id for row, _ in costs.by_run(1, spring)] == ["last", "first"]


@pytest.fixture
def in_zone(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Live in another time zone for the test."""
    if not hasattr(time, "tzset"):
        pytest.skip("the time zone of a process cannot be changed here")

    def move(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("hardware")
async def test_models_are_listed_the_dearest_first(database: Database) -> None:
    await keep(
        database,
        made_at(NOON, id="1", model="acme/unpriced"),
        made_at(NOON, id="2", seconds=1.0),
        made_at(NOON, id="3", seconds=2.0),
        made_at(NOON - 40 * 86400, id="4", seconds=9.0),
        made_at(NOON, id="5", model="", version="v1"),
    )
    found = costs_of(database).by_model(30, TODAY)
    assert [name for name, _ in found] == ["acme/painter", "acme/unpriced", "v1"]
    assert found[0][1] == Spent(pytest.approx(3 * T4), 2, 0)
    assert found[1][1] == Spent(0.0, 0, 1)


@pytest.mark.usefixtures("hardware")
async def test_today_follows_the_history(database: Database) -> None:
    costs = costs_of(database)
    assert costs.today(NOON) == Spent()
    await keep(database, made_at(NOON, seconds=2.0))

    def seen() -> bool:
        return costs.today(NOON) == Spent(pytest.approx(2 * T4), 1, 0)

    await eventually(seen, "the run of today")
    assert costs.today(NOON + 86400) == Spent()


async def test_lists_as_objects(database: Database, hardware: HardwareSeen) -> None:
    await keep(database, made_at(NOON, id="r1", seconds=2.0), made_at(NOON - 1, id="r2", model="acme/other"))
    costs = costs_of(database)
    first, second = (cost_lines.as_json(cost_lines.RunCost(*found)) for found in costs.by_run(1, TODAY))
    assert (first["what"], first["usd"], first["priced"]) == ("r1", pytest.approx(2 * T4), 1)
    assert (second["usd"], second["unpriced"], second["basis"]) == (None, 1, "its hardware is not known")
    assert cost_lines.in_words(Spent(0.5, 1, 2)) == "≈ $0.50 for 1 run, and 2 unpriced"
    assert cost_lines.in_words(Spent(0.0, 0, 2)) == "2 unpriced"
    assert cost_lines.in_words(Spent()) == "no runs that ended"


# -- the budget ------


@pytest.mark.parametrize(
    ("usd", "expected", "daily", "words"),
    [
        (1.0, 0.5, None, None),
        (1.0, 0.5, 5.0, None),
        (4.5, 0.5, 5.0, None),
        (4.6, 0.5, 5.0, "bring today's runs to ≈ $5.10, above the daily budget of $5.00"),
        (4.6, None, 5.0, None),
        (5.0, None, 5.0, "cost ≈ $5.00 and used up the daily budget of $5.00"),
        (6.0, 0.5, 5.0, "used up"),
        (6.0, 0.0, 5.0, None),
        (0.0, 0.1, 0.0, "used up"),
        (0.0, 0.1, 0.004, "bring today's runs to ≈ $0.10, above the daily budget of $0.004"),
        (1e-7, 0.1, 1e-7, "cost < $0.000001 and used up the daily budget of $0.0000001"),
        (999_999.0, 1e9, 1_000_000.0, "to ≈ $1B, above the daily budget of $1,000,000.00"),
    ],
)
def test_the_budget_asks_before_it_is_crossed(
    usd: float, expected: float | None, daily: float | None, words: str | None
) -> None:
    question = crossing(Spent(usd, 3, 0), expected, daily)
    if words is None:
        assert question is None
    else:
        assert words in str(question)


def test_the_question_says_what_is_not_counted() -> None:
    assert "(not counting 1.2k unpriced)" in str(crossing(Spent(6.0, 3, 1200), 0.1, 5.0))


async def test_what_is_under_way_counts_as_spent(database: Database) -> None:
    now = time.time()
    running = {"started_at": None, "completed_at": None, "seconds": None}
    await keep(
        database,
        made_at(now, id="1"),
        *(made_at(now, id=status, status=status, **running) for status in ("waiting", "starting", "processing")),
        *(made_at(now, id=status, status=status, **running) for status in ("unknown", "not submitted")),
    )
    costs = costs_of(database, Prices({"acme/painter": Price(per_run=1.0)}))
    assert costs.expected("acme/painter") == 1.0
    assert costs.under_way() == 3.0
    assert costs.question(5.0, "acme/painter") is None
    assert costs.question(None, "acme/painter") is None
    assert "≈ $5.00" in str(costs.question(4.5, "acme/painter"))
    assert "≈ $6.00" in str(costs.question(5.0, "acme/painter", runs=2))
    assert costs.question(5.0, "acme/other", runs=2) is None


@pytest.mark.usefixtures("hardware")
async def test_a_run_is_expected_to_take_as_long_as_usual(database: Database) -> None:
    costs = costs_of(database)
    assert costs.expected("acme/painter") is None
    await keep(database, *(made_at(NOON + at, id=f"r{at}", seconds=at) for at in (1.0, 2.0, 9.0)))
    assert costs_of(database).expected("acme/painter") == pytest.approx(2 * T4)
    assert costs_of(database).expected("acme/other") is None
