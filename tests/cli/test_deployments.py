"""`deployment …`: made, changed, run, turned off, deleted; bounds and names are judged before anything is sent."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from replicate_tui.api.checks import MOST_MAX_INSTANCES, MOST_MIN_INSTANCES
from replicate_tui.cli import deployment as command_module
from tests.cli.conftest import Run
from tests.cli.terminals import on_a_terminal
from tests.conftest import Server

TOKEN = {"Authorization": "Bearer r8_of_the_tests"}

pytestmark = pytest.mark.usefixtures("remote")


@pytest.fixture
def name(remote: Server) -> Iterator[str]:
    """A name that no deployment has, and none has after the test."""
    chosen = f"deployed-{uuid.uuid4().hex[:12]}"
    yield chosen
    address = f"{remote.url}/v1/deployments/local/{chosen}"
    off = {"min_instances": 0, "max_instances": 0}
    httpx.patch(address, headers=TOKEN, json=off, trust_env=False)
    httpx.delete(address, headers=TOKEN, trust_env=False)


@pytest.fixture
def deployed(run: Run, name: str) -> str:
    """A deployment of the greeter."""
    made = run("deployment", "create", name, "--model", "local/hello-world", "--hardware", "cpu")
    assert made.returncode == 0, made.stderr
    return name


def told(remote: Server, name: str) -> dict[str, Any] | None:
    answer = httpx.get(f"{remote.url}/v1/deployments/local/{name}", headers=TOKEN, trust_env=False)
    found: dict[str, Any] | None = answer.json() if answer.status_code == 200 else None
    return found


def latest(run: Run, model: str) -> str:
    version: str = json.loads(run("model", "show", model).stdout)["latest_version"]["id"]
    return version


# -- making ------


@pytest.mark.parametrize("group", ["deployment", "deployments", "d"])
def test_a_deployment_takes_the_latest_version_and_the_given_numbers(run: Run, name: str, group: str) -> None:
    flags = ("--model", "local/hello-world", "--hardware", "gpu-t4", "--min-instances", "0", "--max-instances", "5")
    done = run(group, "create", name, *flags)
    assert done.returncode == 0, done.stderr
    release = json.loads(done.stdout)["current_release"]
    assert release["version"] == latest(run, "local/hello-world")
    assert release["configuration"] == {"hardware": "gpu-t4", "min_instances": 0, "max_instances": 5}


def test_without_numbers_none_stand_ready_and_one_runs(run: Run, remote: Server, deployed: str) -> None:
    found = told(remote, deployed)
    assert found is not None
    assert found["current_release"]["configuration"] == {"hardware": "cpu", "min_instances": 0, "max_instances": 1}


def test_the_owner_may_be_named_and_the_version_given_in_three_ways(run: Run, name: str) -> None:
    version = latest(run, "local/hello-world")
    ways = (
        ("--model", "local/hello-world", "--version", version),
        ("--model", "local/hello-world", "--version", f"local/hello-world:{version}"),
        ("--model", f"local/hello-world:{version}"),
    )
    for way in ways:
        done = run("deployment", "create", f"local/{name}", *way, "--hardware", "cpu", "--dry-run")
        body = json.loads(done.stdout)["body"]
        assert (body["name"], body["model"], body["version"]) == (name, "local/hello-world", version)


def test_a_dry_run_makes_nothing(run: Run, remote: Server, name: str) -> None:
    done = run("d", "create", name, "--model", "local/painter", "--hardware", "cpu", "--dry-run")
    assert json.loads(done.stdout)["url"].endswith("/v1/deployments")
    assert told(remote, name) is None


@pytest.mark.parametrize(
    ("flags", "code", "named"),
    [
        (("--hardware", "cpu"), 2, "--model"),
        (("--model", "local/painter"), 2, "--hardware"),
        (("--model", "painter", "--hardware", "cpu"), 2, "owner/name"),
        (("--model", "local/paintr", "--hardware", "cpu"), 3, "404"),
        (("--model", "local/painter", "--hardware", "gpu-t5"), 2, "did you mean gpu-t4?"),
        (("--model", "local/painter", "--hardware", "cpu", "--version", "xyz"), 2, "xyz"),
        (("--model", "local/painter", "--hardware", "cpu", "--version", "local/other:" + "0" * 64), 2, "local/other"),
        (("--model", "local/painter:" + "1" * 64, "--hardware", "cpu", "--version", "0" * 64), 2, "two versions"),
        (("--model", "local/painter", "--hardware", "cpu", "--min-instances", "6"), 2, "--min-instances"),
        (("--model", "local/painter", "--hardware", "cpu", "--min-instances", "-1"), 2, "--min-instances"),
        (("--model", "local/painter", "--hardware", "cpu", "--max-instances", "21"), 2, "--max-instances"),
        (("--model", "local/painter", "--hardware", "cpu", "--max-instances", "many"), 2, "--max-instances"),
        (
            ("--model", "local/painter", "--hardware", "cpu", "--min-instances", "3", "--max-instances", "2"),
            2,
            "at least 3",
        ),
        (("--model", "local/painter", "--hardware", "cpu", "--read-only"), 2, "--read-only"),
    ],
)
def test_what_does_not_fit_a_new_deployment_is_said_and_nothing_is_made(
    run: Run, remote: Server, name: str, flags: tuple[str, ...], code: int, named: str
) -> None:
    done = run("deployment", "create", name, *flags)
    assert done.returncode == code, done.stderr
    assert named in done.stderr
    assert done.stdout == ""
    assert told(remote, name) is None


def test_another_accounts_deployment_cannot_be_made(run: Run) -> None:
    done = run("deployment", "create", "acme/prod", "--model", "local/painter", "--hardware", "cpu")
    assert done.returncode == 2
    assert "belongs to the token's account" in done.stderr


def test_the_bounds_of_the_options_are_those_of_the_api() -> None:
    least, most = command_module.Least.__metadata__[0], command_module.Most.__metadata__[0]  # type: ignore[attr-defined]
    assert (least.min, least.max) == (0, MOST_MIN_INSTANCES)
    assert (most.min, most.max) == (0, MOST_MAX_INSTANCES)


# -- reading and running ------


def test_deployments_are_listed_shown_and_tell_their_inputs(run: Run, deployed: str) -> None:
    page = json.loads(run("d", "list", "--all").stdout)
    assert set(page) == {"previous", "next", "results"}
    assert deployed in [each["name"] for each in page["results"]]
    assert json.loads(run("d", "show", deployed).stdout)["owner"] == "local"
    assert json.loads(run("d", "show", f"local/{deployed}").stdout)["name"] == deployed
    assert "text" in json.loads(run("d", "schema", deployed).stdout)["components"]["schemas"]["Input"]["properties"]


def test_a_terminal_gets_facts_and_a_table(run: Run, deployed: str) -> None:
    version = latest(run, "local/hello-world")
    shown = on_a_terminal("deployment", "show", deployed)
    assert shown.lines[:6] == [
        f"deployment  local/{deployed}",
        "model       local/hello-world",
        f"version     {version}",
        "hardware    cpu",
        "instances   0–1",
        "release     1",
    ]
    listed = on_a_terminal("deployment", "list", columns=120)
    assert listed.lines[0].split() == ["deployment", "instances", "hardware", "model", "version", "release", "age"]
    (row,) = [line for line in listed.lines if deployed in line]
    assert row.split() == [f"local/{deployed}", "0–1", "cpu", "local/hello-world", version[:8], "1", "now"]


def test_a_deployment_is_run_by_its_name(run: Run, deployed: str) -> None:
    done = run("deployment", "run", deployed, "text=you", "--json")
    assert done.returncode == 0, done.stderr
    prediction = json.loads(done.stdout)
    assert prediction["deployment"] == f"local/{deployed}"
    assert "you" in prediction["output"]


def test_a_page_that_is_not_there_is_not_opened(run: Run, deployed: str) -> None:
    done = run("deployment", "show", deployed, "--web")
    assert json.loads(done.stdout)["name"] == deployed
    assert "no page" in done.stderr


# -- changing ------


def test_only_what_changes_is_sent(run: Run, deployed: str) -> None:
    done = run(
        "d", "update", deployed, "--max-instances", "4", "--min-instances", "0", "--hardware", "cpu", "--dry-run"
    )
    request = json.loads(done.stdout)
    assert (request["method"], request["body"]) == ("PATCH", {"max_instances": 4})


def test_a_change_makes_a_release_and_no_change_makes_none(run: Run, deployed: str) -> None:
    first = run("d", "update", deployed, "--max-instances", "4")
    assert json.loads(first.stdout)["current_release"]["number"] == 2
    again = run("d", "update", deployed, "--max-instances", "4", "--model", "local/hello-world")
    assert again.returncode == 0
    assert json.loads(again.stdout)["current_release"]["number"] == 2
    assert "nothing was sent" in again.stderr


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        ((), "nothing to change"),
        (("--min-instances", "3"), "at least 3"),
        (("--model", "local/painter"), "does not change a deployment's model"),
        (("--version", "local/painter:" + "0" * 64), "does not change a deployment's model"),
        (("--hardware", "gpu"), "there is no hardware"),
        (("--max-instances", "21"), "--max-instances"),
        (("--max-instances", "2", "--read-only"), "--read-only"),
    ],
)
def test_what_does_not_fit_a_change_is_said_and_nothing_is_changed(
    run: Run, remote: Server, deployed: str, flags: tuple[str, ...], named: str
) -> None:
    done = run("deployment", "update", deployed, *flags)
    assert done.returncode == 2, done.stderr
    assert named in done.stderr
    found = told(remote, deployed)
    assert found is not None
    assert found["current_release"]["number"] == 1


# -- deleting ------


def test_a_deployment_is_deleted_when_it_is_off_and_its_name_is_typed(run: Run, remote: Server, deployed: str) -> None:
    refused = run("deployment", "delete", deployed, "--yes")
    assert refused.returncode == 3
    assert "15 minutes" in refused.stderr
    assert f"deployment update local/{deployed} --min-instances 0 --max-instances 0" in refused.stderr
    assert run("deployment", "update", deployed, "--min-instances", "0", "--max-instances", "0").returncode == 0
    asked = f"Type local/{deployed} to delete the deployment"
    wrong = on_a_terminal("deployment", "delete", deployed, asked=asked, typed="yes")
    assert (wrong.code, told(remote, deployed) is None) == (2, False)
    done = on_a_terminal("deployment", "delete", deployed, asked=asked, typed=f"local/{deployed}")
    assert (done.code, told(remote, deployed)) == (0, None)


def test_without_a_terminal_a_deletion_needs_a_word(run: Run, remote: Server, deployed: str) -> None:
    done = run("deployment", "delete", deployed)
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert told(remote, deployed) is not None


@pytest.mark.parametrize("verb", ["show", "schema", "delete"])
def test_a_deployment_that_is_not_there_is_named(run: Run, verb: str) -> None:
    done = run("deployment", verb, "nowhere-to-be-found", *(("--yes",) if verb == "delete" else ()))
    assert done.returncode == 3
    assert "local/nowhere-to-be-found" in done.stderr
