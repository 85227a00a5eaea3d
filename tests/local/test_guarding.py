"""Who is answered: the token, the names that a server goes by, and what is open to those who know an address."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.local.serving import Server, serving
from tests.waiting import TIME_LIMIT

TOKEN = "r8_the_right_one"

API = (
    *(("GET", "/v1/account"), ("GET", "/account"), ("GET", "/v1/v1/account"), ("GET", "/v1/models")),
    *(("POST", "/v1/models"), ("QUERY", "/v1/models"), ("GET", "/v1/models/local/painter")),
    *(("GET", "/v1/predictions"), ("POST", "/v1/predictions"), ("GET", "/v1/predictions/x")),
    *(("GET", "/v1/trainings"), ("GET", "/v1/deployments"), ("POST", "/v1/deployments"), ("GET", "/v1/hardware")),
    *(("GET", "/v1/collections"), ("GET", "/v1/search"), ("GET", "/v1/webhooks/default/secret")),
    *(("GET", "/v1/files"), ("POST", "/v1/files"), ("DELETE", "/v1/files/x"), ("HEAD", "/v1/account")),
)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server at every address of this machine, for those with its token."""
    with serving(tmp_path_factory.mktemp("guarded"), "--host", "0.0.0.0", "--token", TOKEN) as running:
        running.client.base_url = httpx.URL(f"http://127.0.0.1:{running.state['port']}")
        running.client.headers["authorization"] = f"Bearer {TOKEN}"
        yield running


def without_token(server: Server, method: str, path: str, **headers: str) -> httpx.Response:
    url = server.client.base_url.join(path)
    return httpx.request(method, url, headers=headers, timeout=30, trust_env=False)


@pytest.mark.parametrize(("method", "path"), API)
def test_no_route_of_the_api_answers_without_the_token(guarded: Server, method: str, path: str) -> None:
    absent = without_token(guarded, method, path)
    assert absent.status_code == 401
    wrong = without_token(guarded, method, path, authorization="Bearer r8_another_one")
    assert wrong.status_code == 401
    assert wrong.headers["content-type"] == "application/problem+json"
    if method != "HEAD":
        assert absent.json()["detail"] == "You did not pass an authentication token"
        expected = {
            "title": "Unauthenticated",
            "detail": "You did not pass a valid authentication token",
            "status": 401,
        }
        assert wrong.json() == expected
    assert guarded.client.request(method, path).status_code not in (401, 403)


@pytest.mark.parametrize(
    "value",
    ["", "Bearer", TOKEN, f"Basic {TOKEN}", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", f"Bearer x {TOKEN}"],
)
def test_what_is_not_quite_the_token_is_not_the_token(guarded: Server, value: str) -> None:
    assert without_token(guarded, "GET", "/v1/account", authorization=value).status_code == 401


def test_a_token_of_any_bytes_is_refused_calmly(guarded: Server) -> None:
    for value in (b"Bearer \xff\xfe", b"Bearer \xc3\xa9", b"\xff", b"Bearer " + b"x" * 5000):
        response = httpx.get(
            guarded.client.base_url.join("/v1/account"), headers={b"authorization": value}, trust_env=False
        )
        assert response.status_code == 401


@pytest.mark.parametrize("value", [f"Bearer {TOKEN}", f"bearer {TOKEN}", f"Token {TOKEN}", f"Bearer  {TOKEN}"])
def test_the_token_is_taken_in_both_schemes(guarded: Server, value: str) -> None:
    assert without_token(guarded, "GET", "/v1/account", authorization=value).json()["username"] == "local"


def test_addresses_that_nobody_can_guess_need_no_token(guarded: Server) -> None:
    painted = guarded.run("local/painter", prompt="x", width=64, height=64)
    told = guarded.run("local/storyteller", prompt="", max_tokens=2)
    for address in (painted["output"][0], told["urls"]["stream"], told["urls"]["web"]):
        assert address.startswith(str(guarded.client.base_url).rstrip("/"))
        assert without_token(guarded, "GET", address).status_code == 200
    assert without_token(guarded, "GET", "/health").status_code == 200
    for closed in (painted["urls"]["get"], f"{told['urls']['get']}/cancel"):
        method = "POST" if closed.endswith("cancel") else "GET"
        assert without_token(guarded, method, closed).status_code == 401


def test_the_end_is_not_for_those_with_the_token_but_for_those_with_the_state_file(guarded: Server) -> None:
    for authorization in ("", f"Bearer {TOKEN}"):
        response = without_token(guarded, "POST", "/shutdown", authorization=authorization)
        assert response.status_code == 401
    assert guarded.process.poll() is None


def test_a_signed_address_needs_no_token_and_an_unsigned_one_has_none(guarded: Server) -> None:
    file = guarded.client.post("/v1/files", files={"content": ("a.txt", b"x")}).json()
    address = f"{file['urls']['get']}/download"
    assert without_token(guarded, "GET", address).status_code == 404
    assert guarded.client.get(address).status_code == 404


@pytest.mark.parametrize("name", ["127.0.0.1:80", "localhost", "192.168.1.7:8000", "[fe80::1]:1", "10.0.0.1"])
def test_elsewhere_every_number_is_this_machine(guarded: Server, name: str) -> None:
    assert guarded.client.get("/v1/account", headers={"host": name}).status_code == 200


def test_elsewhere_the_machines_name_is_known_too(guarded: Server) -> None:
    for name in (socket.gethostname(), socket.gethostname().upper()):
        assert guarded.client.get("/v1/account", headers={"host": f"{name}:99"}).status_code == 200


@pytest.mark.parametrize("name", ["evil.example", "localhost.evil.example", "1.2.3.4.evil.example", "", "x@10.0.0.1"])
def test_names_that_a_foreign_page_may_have_are_refused_even_with_the_token(guarded: Server, name: str) -> None:
    assert guarded.client.get("/v1/account", headers={"host": name}).status_code == 403
    assert without_token(guarded, "GET", "/health", host=name).status_code == 403
    if name:
        origin = f"https://{name}"
        assert guarded.client.get("/v1/account", headers={"origin": origin}).status_code == 403


def test_on_loopback_a_token_binds_too(tmp_path: Path) -> None:
    with serving(tmp_path, "--token", TOKEN) as server:
        assert server.client.get("/v1/account").status_code == 401
        right = {"authorization": f"Bearer {TOKEN}"}
        assert server.client.get("/v1/account", headers=right).status_code == 200
        assert server.client.get("/v1/account", headers={**right, "host": "192.168.1.7"}).status_code == 403
        assert TOKEN not in (tmp_path / "state.json").read_text()


def test_the_token_may_come_by_the_environment_and_goes_no_further(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPLICATE_TUI_SERVER_TOKEN", TOKEN)
    with serving(tmp_path) as server:
        assert server.client.get("/v1/account").status_code == 401
        server.client.headers["authorization"] = f"Bearer {TOKEN}"
        assert server.run("local/hello-world", text="x")["output"] == "hello x"
        for path in (tmp_path / "data").rglob("*"):
            assert not path.is_file() or TOKEN.encode() not in path.read_bytes()
        assert TOKEN not in (tmp_path / "log.txt").read_text()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_beyond_this_machine_nothing_is_served_without_a_token(tmp_path: Path, host: str) -> None:
    command = [sys.executable, "-m", "replicate_tui.local", "--data", str(tmp_path / "data")]
    command += ["--state", str(tmp_path / "state.json"), "--host", host]
    for token, said in (((), "needs a --token"), (("--token", ""), "--token is empty")):
        ended = subprocess.run(
            [*command, *token], capture_output=True, text=True, timeout=TIME_LIMIT, check=False, env=_without_tokens()
        )
        assert ended.returncode == 2
        assert said in ended.stderr


def _without_tokens() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.endswith("_TOKEN")}


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as tried:
            tried.bind(("::1", 0))
    except OSError:
        return False
    return True


@pytest.mark.skipif(not _has_ipv6(), reason="there is no IPv6 here")
def test_loopback_has_an_ipv6_address_too(tmp_path: Path) -> None:
    with serving(tmp_path, "--host", "::1") as server:
        assert server.url == f"http://[::1]:{server.state['port']}"
        done = server.run("local/painter", prompt="x", width=64, height=64)
        assert done["output"][0].startswith(f"{server.url}/outputs/")
        assert server.client.get(done["output"][0]).status_code == 200
