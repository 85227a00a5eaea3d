"""What the runs of this machine's history cost: one run, a day, a model; and the daily budget.

Totals are sums that SQLite makes per model, deployment and outcome; each sum is priced here. Days are local ones.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from typing import Final

from replicate_tui.core import text
from replicate_tui.core.costs import pricing
from replicate_tui.core.costs.hardware_seen import HardwareSeen, deployment_name
from replicate_tui.core.costs.price_settings import Prices
from replicate_tui.core.costs.pricing import Cost, Rate
from replicate_tui.core.costs.usual import Usual
from replicate_tui.core.history.database import Database, RunRow, Scope
from replicate_tui.core.history.runs import ENDED, NOT_SUBMITTED, UNKNOWN
from replicate_tui.core.settings import LOCAL_PROFILE

_WINDOW: Final = 500
"""Light rows read at once."""
_REST: Final = 20.0
"""After a sum of today's runs, so many times as long as it took is no other made."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What runs that ended cost together: about `usd` for the `priced` ones, and `unpriced` ones beside them."""

    usd: float = 0.0
    priced: int = 0
    unpriced: int = 0

    @property
    def runs(self) -> int:
        """How many they are."""
        return self.priced + self.unpriced

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.usd + other.usd, self.priced + other.priced, self.unpriced + other.unpriced)


@dataclass(frozen=True, slots=True)
class _Remembered:
    """A day's sum, at which revision of the file it was made, and from when another may be."""

    whose: tuple[date, Scope]
    revision: int
    spent: Spent
    again_at: float


class Costs:
    """Costs of one account's runs. `scope` tells whose; it may change. Runs on this machine cost nothing."""

    def __init__(self, database: Database, scope: Callable[[], Scope], prices: Prices, usual: Usual) -> None:
        self._database = database
        self._scope = scope
        self._prices = prices
        self._usual = usual
        self._today: _Remembered | None = None

    def renew(self, prices: Prices) -> None:
        """Go on with other prices."""
        self._prices, self._today = prices, None

    # -- one run ------

    def of(self, row: RunRow) -> Cost | None:
        """What a run cost; None on this machine, where nothing is to be told."""
        if self._free:
            return None
        rates = self._rates([row.model])
        return pricing.estimate(row, rates(row.model, row.deployment, row.version, row.kind))

    def expected(self, model: str, deployment: str = "") -> float | None:
        """What the next run of a model, or of a deployment of it, will cost in USD if it takes as long as usual."""
        if self._free:
            return 0.0
        price = self._rates([model])(model, deployment, "", "prediction").price
        if price.per_run is not None:
            return price.per_run
        seconds = self._usual.predicting(model)
        return None if price.per_second is None or seconds is None else price.per_second * seconds

    def rate(self, model: str) -> Rate | None:
        """What runs of a model cost, by the run or by the second; None on this machine."""
        return None if self._free else self._rates([model])(model, "", "", "prediction")

    # -- totals ------

    def today(self, now: float | None = None) -> Spent:
        """What the runs that were made today cost.

        Cheap to ask again and again: after a change it is summed up anew, but of so many runs that this takes long
        not at once. Ask again, then.
        """
        whose = (datetime.fromtimestamp(time.time() if now is None else now).date(), self._scope())
        [(revision,)] = self._database.read("SELECT value FROM revisions", ())
        known = self._today
        begun = time.monotonic()
        if known is None or known.whose != whose or (known.revision != revision and begun >= known.again_at):
            spent = self.on(whose[0])
            took = time.monotonic() - begun
            known = self._today = _Remembered(whose, revision, spent, begun + took * _REST)
        return known.spent

    def on(self, day: date) -> Spent:
        """What the runs that were made on a day cost."""
        return sum(self._spent(*_bounds(day)).values(), Spent())

    def by_day(self, days: int, today: date | None = None) -> list[tuple[date, Spent]]:
        """What each of the latest days cost on which there were runs, newest first."""
        newest = today or date.today()
        totals = ((day, self.on(day)) for day in (newest - timedelta(days=back) for back in range(days)))
        return [(day, spent) for day, spent in totals if spent.runs]

    def by_model(self, days: int, today: date | None = None) -> list[tuple[str, Spent]]:
        """What each model cost in the latest days, the dearest first; a version's id where its model is not known."""
        totals = self._spent(*_latest(days, today)).items()
        return sorted(totals, key=lambda each: (-each[1].usd, -each[1].runs, each[0]))

    def by_run(self, days: int, today: date | None = None) -> Iterator[tuple[RunRow, Cost]]:
        """Each run of the latest days that ended, newest first, and what it cost."""
        if self._free:
            return
        scope = self._scope()
        query = f"SELECT id FROM runs WHERE {_MADE} AND {_OVER} ORDER BY created_at DESC, id"
        ids = [run_id for (run_id,) in self._database.read(query, (scope.host, scope.account, *_latest(days, today)))]
        for first in range(0, len(ids), _WINDOW):
            window = ids[first : first + _WINDOW]
            rows = self._database.run_rows(scope, window)
            rates = self._rates({row.model for row in rows.values()})
            for row in (rows[run_id] for run_id in window if run_id in rows):
                yield row, pricing.estimate(row, rates(row.model, row.deployment, row.version, row.kind))

    # -- the budget ------

    def question(self, daily: float | None, model: str, deployment: str = "", *, runs: int = 1) -> str | None:
        """What to ask before so many more `runs` of a model, where they would cross the daily budget; else None.

        What is under way or waits for its turn counts as spent, as far as it is known what it will cost.
        """
        if daily is None or self._free:
            return None
        each = self.expected(model, deployment)
        spent = self.today()
        under_way = Spent(spent.usd + self.under_way(), spent.priced, spent.unpriced)
        return crossing(under_way, None if each is None else each * runs, daily)

    def under_way(self) -> float:
        """What the runs that have not ended will cost in USD, as far as that is known."""
        if self._free:
            return 0.0
        scope = self._scope()
        marks = ", ".join("?" * len(ENDED))
        query = (
            # Left to itself SQLite groups by the index of models, and reads every run there is.
            "SELECT model, deployment, count(*) FROM runs INDEXED BY runs_unfinished "
            f"WHERE host = ? AND account = ? AND completed_at IS NULL AND status NOT IN ({marks}) "
            "GROUP BY model, deployment"
        )
        found = self._database.read(query, (scope.host, scope.account, *ENDED))
        return sum((runs * (self.expected(model, deployment) or 0.0) for model, deployment, runs in found), 0.0)

    # -- reading ------

    @property
    def _free(self) -> bool:
        return self._scope().host == LOCAL_PROFILE

    def _spent(self, since: float, until: float) -> dict[str, Spent]:
        """What was spent in that time, by model."""
        totals: defaultdict[str, Spent] = defaultdict(Spent)
        if self._free:
            return totals
        scope = self._scope()
        found = self._database.read(_SUMS, (scope.host, scope.account, since, until))
        rates = self._rates({model for model, *_ in found})
        for model, deployment, version, kind, outcome, runs, timed, seconds in found:
            rate = rates(model, deployment, version, kind)
            usd, priced = pricing.charge(rate, outcome, runs=runs, timed=timed, seconds=seconds)
            totals[model or version] += Spent(usd, priced, runs - priced)
        return totals

    def _rates(self, models: Iterable[str]) -> "_Rates":
        return _Rates(self._database, self._scope(), self._prices, models)


def crossing(spent: Spent, expected: float | None, daily: float | None) -> str | None:
    """What to ask before a run that would cost more than is left of the day's budget; None if it would not.

    `expected` is what it will cost in USD, None where that is not known: then we ask once nothing is left.
    """
    if daily is None:
        return None
    budget = f"the daily budget of {text.exact_dollars(daily)}"
    if spent.unpriced:
        budget += f" (not counting {text.count(spent.unpriced)} unpriced)"
    if spent.usd >= daily:
        return None if expected == 0 else f"Today's runs cost {text.money(spent.usd)} and used up {budget}. Run it?"
    if expected is None or spent.usd + expected <= daily:
        return None
    return f"This would bring today's runs to {text.money(spent.usd + expected)}, above {budget}. Run it?"


class _Rates:
    """The rates of some models' runs, each found once."""

    def __init__(self, database: Database, scope: Scope, prices: Prices, models: Iterable[str]) -> None:
        self._database = database
        self._scope = scope
        self._prices = prices
        self._hardware = HardwareSeen(database, scope.host).all()
        self._official = _official(database, scope.host, tuple(models))
        self._found: dict[tuple[str, str, bool, bool], Rate] = {}

    def __call__(self, model: str, deployment: str, version: str, kind: str) -> Rate:
        official = not deployment and (model in self._official or _hides_version(version))
        key = (model, deployment, official, kind == "training")
        if key not in self._found:
            self._found[key] = self._rate(*key)
        return self._found[key]

    def _rate(self, model: str, deployment: str, official: bool, training: bool) -> Rate:
        name = deployment_name(deployment, self._scope.account) if deployment else model
        hardware = self._hardware.get(name)
        dedicated = bool(deployment) or (not official and self._is_private(model))
        return pricing.rate(name, hardware, official, self._prices, dedicated=dedicated, training=training)

    def _is_private(self, model: str) -> bool:
        raw = self._database.model(self._scope.host, model)
        return raw is not None and raw.get("visibility") == "private"


def _official(database: Database, host: str, models: Sequence[str]) -> set[str]:
    marks = ", ".join("?" * len(models))
    query = f"SELECT name FROM models WHERE host = ? AND official AND name IN ({marks})"
    return {name for (name,) in database.read(query, (host, *models))}


def _hides_version(version: str) -> bool:
    """Whether a run says of its version only that it is an official model's."""
    return version == "hidden" or version.startswith(("d-", "dp-"))


def _bounds(day: date) -> tuple[float, float]:
    """When a local day begins and ends, in seconds since the epoch."""
    following = day + timedelta(days=1)
    return _midnight(day), _midnight(following)


def _latest(days: int, today: date | None) -> tuple[float, float]:
    newest = today or date.today()
    return _midnight(newest - timedelta(days=days - 1)), _midnight(newest + timedelta(days=1))


def _midnight(day: date) -> float:
    return datetime.combine(day, clock_time.min).timestamp()


_MADE: Final = "host = ? AND account = ? AND created_at >= ? AND created_at < ?"
_OVER: Final = (
    f"status != '{NOT_SUBMITTED}' AND (completed_at IS NOT NULL OR status IN "
    f"('succeeded', 'failed', 'canceled', 'aborted', '{UNKNOWN}'))"
)
# As pricing.outcome and phases.predicted judge one run.
_OUTCOME: Final = (
    "CASE WHEN status = 'canceled' AND started_at IS NULL AND coalesce(seconds, 0) = 0 THEN 'aborted' ELSE status END"
)
_TOOK: Final = (
    "CASE WHEN seconds >= 0 THEN seconds WHEN completed_at >= started_at THEN completed_at - started_at ELSE NULL END"
)
# A version matters where it tells of an official model, or where nothing else tells what ran.
_VERSION: Final = "CASE WHEN model = '' OR version = 'hidden' OR version LIKE 'd%-%' THEN version ELSE '' END"
_SUMS: Final = f"""
    SELECT model, deployment, {_VERSION} AS shown, kind, {_OUTCOME} AS outcome,
        count(*), count({_TOOK}), total({_TOOK})
    FROM runs WHERE {_MADE} AND {_OVER}
    GROUP BY model, deployment, shown, kind, outcome
"""
