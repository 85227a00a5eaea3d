"""The rate limit: what is counted, what is refused, and how a client learns when to come again."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from replicate_tui.local.http.allowance import Allowance, Allowances
from replicate_tui.local.http.problems import Problem
from tests.local.owning import deploy, make_model, request_training
from tests.local.serving import Server, serving
from tests.waiting import TIME_LIMIT, until

LOW_CREDIT = (
    "Request was throttled. Your rate limit for creating predictions is reduced to 6 requests per minute with a "
    "burst of 1 requests while you have less than $5.0 in credit. Your rate limit resets in ~{}s."
)


@pytest.fixture
def poor(tmp_path: Path) -> Iterator[Server]:
    """A server whose client has hardly any credit."""
    with serving(tmp_path, "--rate-limit", "low-credit") as running:
        yield running


def create(server: Server) -> httpx.Response:
    return server.client.post("/v1/predictions", json={"version": "local/hello-world", "input": {"text": "x"}})


def refused(response: httpx.Response) -> int:
    """The seconds after which a refused client may come again, which all places agree on."""
    assert response.status_code == 429
    assert response.headers["content-type"] == "application/problem+json"
    seconds = int(response.headers["retry-after"])
    assert response.headers["ratelimit-remaining"] == "0"
    assert response.headers["ratelimit-reset"] == str(seconds)
    assert (response.json()["status"], response.json()["retry_after"]) == (429, seconds)
    assert response.json()["detail"].endswith(f"Your rate limit resets in ~{seconds}s.")
    return seconds


def test_without_a_limit_requests_are_counted_and_none_is_refused(server: Server) -> None:
    left = [int(create(server).headers["ratelimit-remaining"]) for _ in range(3)]
    assert all(0 <= count < 600 for count in left)
    other = server.client.get("/v1/account")
    assert 600 <= int(other.headers["ratelimit-remaining"]) < 3000
    assert int(other.headers["ratelimit-reset"]) >= 1


def test_low_credit_means_one_creation_and_then_a_pause(poor: Server) -> None:
    first = create(poor)
    assert first.status_code == 201
    assert first.headers["ratelimit-remaining"] == "0"
    second = create(poor)
    seconds = refused(second)
    assert 1 <= seconds <= 10
    assert second.json() == {"detail": LOW_CREDIT.format(seconds), "status": 429, "retry_after": seconds}
    assert poor.client.get("/v1/predictions").json()["results"][0]["id"] == first.json()["id"]
    assert len(poor.client.get("/v1/predictions").json()["results"]) == 1


def test_every_way_to_create_a_run_counts_as_such_and_nothing_else_does(poor: Server) -> None:
    destination, deployment = make_model(poor), deploy(poor, "local/hello-world")
    upload = poor.client.post("/v1/files", files={"content": ("a.txt", b"x")})
    assert upload.status_code == 201
    created = create(poor).json()
    assert poor.client.post(created["urls"]["cancel"]).status_code == 200
    refused(request_training(poor, destination))
    refused(poor.client.post(f"/v1/deployments/{deployment}/predictions", json={"input": {"text": "x"}}))
    refused(poor.client.post("/v1/models/local/hello-world/predictions", json={"input": {"text": "x"}}))
    refused(poor.client.post("/predictions", json={"version": "local/hello-world", "input": {"text": "x"}}))
    refused(poor.client.post("/v1/predictions", content=b"{"))
    assert poor.client.get("/v1/predictions").status_code == 200
    assert poor.client.get(f"/v1/trainings/{created['id']}").status_code == 404


def test_a_request_without_a_token_costs_nothing(poor: Server) -> None:
    nobody = httpx.post(f"{poor.url}/v1/predictions", json={}, trust_env=False)
    assert nobody.status_code == 401
    assert "ratelimit-remaining" not in nobody.headers
    assert create(poor).status_code == 201


def test_a_request_that_fails_costs_what_any_other_does(poor: Server) -> None:
    wrong = poor.client.post("/v1/predictions", json={})
    assert wrong.status_code == 422
    assert wrong.headers["ratelimit-remaining"] == "0"
    refused(create(poor))


def test_a_number_is_so_many_creations_a_minute(tmp_path: Path) -> None:
    with serving(tmp_path, "--rate-limit", "20") as server:
        # The first body that is judged takes its time.
        assert server.client.post("/v1/models", json={}).status_code == 422
        assert create(server).status_code == 201
        again = create(server)
        seconds = refused(again)
        assert 1 <= seconds <= 3
        assert again.json()["detail"] == f"Request was throttled. Your rate limit resets in ~{seconds}s."
        until(lambda: create(server).status_code == 201, "the next creation")


@pytest.mark.parametrize("limit", ["0", "-1", "1.5", "many", "", "10000000", "99999999999", "1e3", "٣", "Standard"])
def test_nonsense_is_no_limit(tmp_path: Path, limit: str) -> None:
    with pytest.raises(ValueError, match="a rate limit is"):
        Allowances.of(limit)
    if limit in ("0", "many", ""):
        command = [sys.executable, "-m", "replicate_tui.local", "--data", str(tmp_path / "data")]
        command += ["--state", str(tmp_path / "state.json"), f"--rate-limit={limit}"]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT, check=False)
        assert ended.returncode == 2
        assert "a rate limit is standard, low-credit, or a number" in ended.stderr
        assert not (tmp_path / "data").exists()


class Time:
    """A clock that goes when it is told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    made = Time()
    monkeypatch.setattr("replicate_tui.local.http.allowance.time.monotonic", made)
    return made


def spent(allowance: Allowance) -> int:
    """How many requests in a row are let through."""
    count = 0
    while True:
        try:
            allowance.spend()
        except Problem:
            return count
        count += 1


def test_the_standard_is_six_hundred_creations_and_three_thousand_others_a_minute(time: Time) -> None:
    standard = Allowances.of("standard")
    assert (spent(standard.creating), spent(standard.other)) == (600, 3000)
    time.now = 1.0
    assert (spent(standard.creating), spent(standard.other)) == (10, 50)
    time.now = 3600.0
    assert (spent(standard.creating), spent(standard.other)) == (600, 3000)


def test_who_waits_as_long_as_told_is_let_through(time: Time) -> None:
    low = Allowances.of("low-credit").creating
    low.spend()
    for waited in (0.0, 3.2, 9.9):
        time.now = waited
        with pytest.raises(Problem) as caught:
            low.spend()
    assert caught.value.headers is not None
    time.now += float(caught.value.headers["retry-after"])
    assert low.spend()["ratelimit-remaining"] == "0"


def test_the_headers_count_down_and_tell_when_all_is_back(time: Time) -> None:
    allowance = Allowance(60, 3, enforced=True)
    told = [allowance.spend() for _ in range(3)]
    assert [headers["ratelimit-remaining"] for headers in told] == ["2", "1", "0"]
    assert [headers["ratelimit-reset"] for headers in told] == ["1", "2", "3"]
    time.now = 3.0
    assert allowance.spend()["ratelimit-remaining"] == "2"
