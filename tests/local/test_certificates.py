"""HTTPS with the server's own certificates: who is trusted, for how long, and what it changes for clients."""

from __future__ import annotations

import os
import socket
import ssl
import stat
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from replicate_tui.local.process.certificates import Certificates, certificates
from tests.local.serving import Server, serving
from tests.waiting import TIME_LIMIT, until


def trusting(server: Server) -> httpx.Client:
    """A client that trusts the server's authority and nobody else."""
    return httpx.Client(
        base_url=server.url,
        headers={"authorization": "Bearer any"},
        verify=ssl.create_default_context(cafile=server.state["ca"]),
        trust_env=False,
        timeout=30,
    )


def test_a_client_that_trusts_the_authority_gets_files_and_streams_by_https(tmp_path: Path) -> None:
    with serving(tmp_path, "--tls") as server, trusting(server) as client:
        assert server.url == f"https://127.0.0.1:{server.state['port']}"
        body = {"version": "local/painter", "input": {"prompt": "x", "width": 64, "height": 64}}
        painted = client.post("/v1/predictions", json=body, headers={"prefer": "wait"}).json()
        assert all(url.startswith(server.url) for url in [*painted["output"], *painted["urls"].values()])
        assert client.get(painted["output"][0]).content.startswith(b"\x89PNG")

        body = {"version": "local/upscaler", "input": {"image": painted["output"][0], "scale": 2}}
        larger = client.post("/v1/predictions", json=body, headers={"prefer": "wait"}).json()
        assert larger["status"] == "succeeded", larger["error"]

        body = {"version": "local/storyteller", "input": {"prompt": "", "max_tokens": 3}}
        told = client.post("/v1/predictions", json=body).json()
        assert "event: done\n" in client.get(told["urls"]["stream"]).text
        uploaded = client.post("/v1/files", files={"content": ("a.txt", b"x")}).json()
        assert client.get(uploaded["urls"]["get"]).json() == uploaded
        assert client.get("/v1/predictions").json()["results"][0]["urls"]["get"].startswith("https://")


def test_who_does_not_know_the_authority_does_not_trust_the_server(tmp_path: Path) -> None:
    with serving(tmp_path, "--tls") as server:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            httpx.get(f"{server.url}/health", trust_env=False)
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"{server.url.replace('https', 'http')}/health", trust_env=False)
        with trusting(server) as client:
            assert client.get("/health").json()["pid"] == server.process.pid


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_the_certificate_is_for_every_name_of_loopback(tmp_path: Path, name: str) -> None:
    with serving(tmp_path, "--tls") as server, trusting(server) as client:
        assert client.get(f"https://{name}:{server.state['port']}/health").status_code == 200


def test_the_authority_stays_the_same_over_starts(tmp_path: Path) -> None:
    with serving(tmp_path, "--tls") as server:
        authority = Path(server.state["ca"])
        known = authority.read_bytes()
        context = ssl.create_default_context(cafile=authority)
    with serving(tmp_path, "--tls") as server:
        assert server.state["ca"] == str(authority)
        assert authority.read_bytes() == known
        assert httpx.get(f"{server.url}/health", verify=context, trust_env=False).status_code == 200
    with serving(tmp_path) as server:
        assert (server.state["ca"], server.url[:5]) == (None, "http:")


def test_outputs_from_before_are_found_by_https_afterwards(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        painted = server.run("local/painter", prompt="x", width=64, height=64)
    with serving(tmp_path, "--tls") as server, trusting(server) as client:
        found = client.get(f"/v1/predictions/{painted['id']}").json()
        assert client.get(found["output"][0]).status_code == 200
        body = {"version": "local/upscaler", "input": {"image": painted["output"][0]}}
        larger = client.post("/v1/predictions", json=body, headers={"prefer": "wait"}).json()
        assert larger["status"] == "succeeded", larger["error"]


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
def test_the_keys_are_their_owners_only(tmp_path: Path) -> None:
    made = certificates(tmp_path / "tls", "127.0.0.1")
    assert stat.S_IMODE((tmp_path / "tls").stat().st_mode) == 0o700
    for path in (made.authority, made.chain):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert b"PRIVATE KEY" in made.chain.read_bytes()
    assert b"PRIVATE KEY" not in made.authority.read_bytes()


def test_certificates_are_made_once_for_a_host(tmp_path: Path) -> None:
    made = certificates(tmp_path, "127.0.0.1")
    contents = _contents(made)
    assert certificates(tmp_path, "127.0.0.1") == made
    assert _contents(made) == contents


def test_another_host_has_another_authority_and_the_old_chain_goes(tmp_path: Path) -> None:
    first = certificates(tmp_path, "127.0.0.1")
    authority = first.authority.read_bytes()
    second = certificates(tmp_path, "fe80::1")
    assert second.authority.read_bytes() != authority
    assert sorted(tmp_path.iterdir()) == sorted([second.authority, second.chain])
    _loads(second)


@pytest.mark.parametrize("written", ["authority", "chain"])
def test_what_a_kill_left_half_made_is_made_anew(tmp_path: Path, written: str) -> None:
    made = certificates(tmp_path, "127.0.0.1")
    missing = made.chain if written == "authority" else made.authority
    missing.unlink()
    missing.with_suffix(".draft").write_bytes(b"half of i")
    again = certificates(tmp_path, "127.0.0.1")
    _loads(again)
    assert not list(tmp_path.glob("*.draft"))


def test_an_authority_never_meets_a_chain_that_is_not_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificates(tmp_path, "::1")
    with monkeypatch.context() as patch:
        writes: list[Path] = []
        whole = Path.replace

        def replace(draft: Path, target: Path) -> None:
            if writes:
                raise KeyboardInterrupt
            writes.append(target)
            whole(draft, target)

        patch.setattr(Path, "replace", replace)
        with pytest.raises(KeyboardInterrupt):
            certificates(tmp_path, "127.0.0.1")
    _loads(certificates(tmp_path, "127.0.0.1"))
    _loads(certificates(tmp_path, "::1"))


def test_damaged_certificates_are_told_and_not_served_without(tmp_path: Path) -> None:
    made = certificates(tmp_path / "data" / "tls", "127.0.0.1")
    made.chain.write_text("no certificate")
    command = [sys.executable, "-m", "replicate_tui.local", "--data", str(tmp_path / "data"), "--tls"]
    command += ["--state", str(tmp_path / "state.json")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT, check=False)
    assert ended.returncode == 1
    assert "cannot serve" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_client_that_only_connects_stops_nobody(tmp_path: Path) -> None:
    with (
        serving(tmp_path, "--tls") as server,
        trusting(server) as client,
        socket.create_connection(("127.0.0.1", server.state["port"])) as plain,
    ):
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert until(lambda: client.get("/health").status_code == 200, "an answer")


def _contents(made: Certificates) -> list[bytes]:
    return [made.authority.read_bytes(), made.chain.read_bytes()]


def _loads(made: Certificates) -> None:
    """The chain has its key, and the authority has signed it."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(made.chain)
    client = ssl.create_default_context(cafile=made.authority)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    theirs = client.wrap_bio(incoming, outgoing, server_hostname="localhost")
    ours = server.wrap_bio(outgoing, incoming, server_side=True)
    for side in (theirs, ours, theirs, ours):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    assert theirs.version() is not None
