"""The local server's process, with real processes: found, started once, replaced, kept alive, ended."""

import asyncio
import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import filelock
import httpx
import pytest

from replicate_tui.core import embedded
from replicate_tui.core.embedded import EmbeddedError, LocalServer, ensure, hold_lease, running, stop
from replicate_tui.core.serving import Serving
from tests.waiting import eventually, until

STATE = "state.json"


def is_alive(pid: int) -> bool:
    """Whether the process is there and does something; one that only waits for its parent does not count."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    if sys.platform == "linux":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def end(folder: Path) -> None:
    server = running(folder)
    if server is not None:
        stop(folder, server)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """The folder of a local server, whatever runs there ended afterwards."""
    path = tmp_path / "local-server"
    yield path
    end(path)


@pytest.fixture
def another_folder(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "another"
    yield path
    end(path)


@pytest.fixture
def older(folder: Path) -> LocalServer:
    """A server that another version of this program started."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(embedded, "__version__", "0.0.1")
        server = ensure(folder)
    assert server.version == "0.0.1"
    return server


def ask(server: LocalServer, method: str, path: str, **options: object) -> httpx.Response:
    headers = {"Authorization": "Bearer local"}
    return httpx.request(method, f"{server.url}{path}", headers=headers, trust_env=False, **options)  # type: ignore[arg-type]


def write_state(folder: Path, **values: object) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / STATE).write_text(json.dumps(values))


def unused_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


# -- found or started ------


def test_programs_that_start_at_once_share_one_server(folder: Path) -> None:
    code = "import sys, pathlib; from replicate_tui.core.embedded import ensure; s = ensure(pathlib.Path(sys.argv[1]));"
    command = [sys.executable, "-c", code + "print(s.pid, s.url)", str(folder)]
    with ExitStack() as stack:
        programs = [
            stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
            for _ in range(2)
        ]
        told = [program.communicate(timeout=60) for program in programs]
    assert [program.returncode for program in programs] == [0, 0], told
    assert told[0][0] == told[1][0]
    server = ensure(folder)
    assert told[0][0] == f"{server.pid} {server.url}\n"
    assert ask(server, "GET", "/v1/account").json()["username"] == "local"


def test_what_the_server_keeps_is_the_users_alone_and_its_secret_is_not_shown(folder: Path) -> None:
    server = ensure(folder)
    if os.name == "posix":
        for name in ("", STATE, "server.db"):
            assert (folder / name).stat().st_mode & 0o077 == 0, name
    assert server.secret
    assert server.secret not in repr(server)


def test_a_server_whose_process_is_only_started_by_ours_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = embedded.command

    def through_a_launcher(folder: Path, flags: Sequence[str]) -> list[str]:
        code = "import subprocess, sys; sys.exit(subprocess.call(sys.argv[1:]))"
        return [sys.executable, "-c", code, *real(folder, flags)]

    monkeypatch.setattr(embedded, "command", through_a_launcher)
    server = ensure(folder)
    assert running(folder) == server


# -- what the state file says need not be so ------


def test_the_state_of_a_server_that_died_is_replaced(folder: Path) -> None:
    first = ensure(folder)
    os.kill(first.pid, signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
    until(lambda: running(folder) is None, "its death")
    assert (folder / STATE).exists()
    second = ensure(folder)
    assert second.pid != first.pid
    assert json.loads((folder / STATE).read_text())["pid"] == second.pid


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "\x00",
        '{"url": 5, "secret": "s", "pid": 1}',
        '{"url": "http://[", "secret": "s", "pid": 1}',
        '{"url": "", "secret": "s", "pid": 1}',
        '{"url": "http://127.0.0.1:1", "secret": "s", "pid": "x"}',
        '{"url": "http://127.0.0.1:1", "secret": "s"}',
    ],
)
def test_a_state_file_that_says_nothing_useful_means_no_server(folder: Path, text: str) -> None:
    folder.mkdir()
    (folder / STATE).write_text(text)
    assert running(folder) is None


def test_no_state_file_means_no_server(folder: Path) -> None:
    assert running(folder) is None


class NoServerOfOurs(http.server.BaseHTTPRequestHandler):
    """Some other program that answers on the port."""

    answer = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *said: object) -> None: ...


@pytest.mark.parametrize(
    "answer",
    [b"hello", b"[]", b"{}", b'{"pid": 1}', b'{"version": "1", "pid": "x", "active": 0, "screens": 0}', b"\xff"],
)
def test_some_other_program_on_the_port_is_no_server_of_ours(folder: Path, answer: bytes) -> None:
    handler = type("Handler", (NoServerOfOurs,), {"answer": answer})
    with http.server.HTTPServer(("127.0.0.1", 0), handler) as other:
        thread = threading.Thread(target=other.serve_forever, args=(0.01,))
        thread.start()
        try:
            write_state(folder, url=f"http://127.0.0.1:{other.server_port}", secret="s", pid=1)
            assert running(folder) is None
        finally:
            other.shutdown()
            thread.join()


def test_a_server_of_another_folder_is_neither_used_nor_ended(folder: Path, another_folder: Path) -> None:
    foreign = ensure(another_folder)
    write_state(folder, url=foreign.url, secret="of one that died", pid=foreign.pid + 1)
    assert running(folder) is None
    ours = ensure(folder)
    assert ours.pid != foreign.pid
    assert running(another_folder) == foreign


# -- another version ------


def test_an_idle_server_of_another_version_is_replaced(folder: Path, older: LocalServer) -> None:
    server = ensure(folder)
    assert server.version == embedded.__version__
    assert server.pid != older.pid
    until(lambda: not is_alive(older.pid), "the older one's end")


def test_one_that_takes_its_time_to_end_is_waited_for(folder: Path, older: LocalServer) -> None:
    port = int(older.url.rpartition(":")[2])
    with closing(socket.create_connection(("127.0.0.1", port))) as half_sent:
        head = "POST /v1/files HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer local\r\n"
        half_sent.sendall(
            f"{head}Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 99\r\n\r\n--x".encode()
        )
        assert ask(older, "GET", "/v1/account").status_code == 200
        server = ensure(folder)
    assert server.version == embedded.__version__
    assert running(folder) == server


async def test_a_server_of_another_version_with_an_open_screen_is_used(folder: Path, older: LocalServer) -> None:
    lease = asyncio.create_task(hold_lease(older.url))
    await eventually(lambda: (now := running(folder)) and now.screens == 1, "the lease")
    assert (await asyncio.to_thread(ensure, folder)).pid == older.pid
    lease.cancel()
    await asyncio.gather(lease, return_exceptions=True)


def test_a_server_of_another_version_that_works_is_used(folder: Path, older: LocalServer) -> None:
    body = {"version": "local/sleeper", "input": {"seconds": 600}}
    made = ask(older, "POST", "/v1/predictions", json=body).json()
    assert ensure(folder).pid == older.pid
    ask(older, "POST", f"/v1/predictions/{made['id']}/cancel")
    until(lambda: (now := running(folder)) and not now.active, "the end of its work")
    assert ensure(folder).pid != older.pid


# -- trouble ------


def test_a_server_that_dies_at_once_is_told_with_its_last_words_and_its_log(folder: Path) -> None:
    folder.mkdir()
    (folder / "server.db").write_bytes(b"no database at all" * 100)
    embedded.log_file(folder).write_text("words of an earlier one\n")
    with pytest.raises(EmbeddedError) as raised:
        ensure(folder)
    message = str(raised.value)
    assert str(embedded.log_file(folder)) in message
    assert "not a database" in message
    assert "earlier" not in message


def test_a_server_that_dies_without_a_word_is_told_so(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    embedded.log_file(folder).write_text("words of an earlier one\n")
    monkeypatch.setattr(embedded, "command", lambda *given, **named: [sys.executable, "-c", ""])
    with pytest.raises(EmbeddedError, match=r"it said nothing \(log: .*server\.log"):
        ensure(folder)


def test_a_server_that_never_answers_is_ended_and_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_START_TIME", 0.3)
    code = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
    monkeypatch.setattr(embedded, "command", lambda *given, **named: [sys.executable, "-c", code])
    with pytest.raises(EmbeddedError, match=r"did not answer.*server\.log"):
        ensure(folder)
    said = embedded.log_file(folder).read_text().split()
    assert not said or not is_alive(int(said[-1]))


def test_a_lock_that_another_program_holds_for_too_long_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_START_TIME", "_STOP_TIME"):
        monkeypatch.setattr(embedded, name, 0.01)
    folder.mkdir()
    with filelock.FileLock(folder / "lock"), pytest.raises(EmbeddedError, match="lock"):
        ensure(folder)


def test_a_port_that_is_taken_is_told_and_the_log_of_others_is_not_quoted(folder: Path) -> None:
    folder.mkdir()
    embedded.log_file(folder).write_text("words of an earlier one\n")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(EmbeddedError, match="ended at once") as raised:
            embedded.serve(folder, Serving(port=taken.getsockname()[1]))
    assert "earlier" not in str(raised.value)


def test_one_in_the_foreground_is_used_by_others_and_is_the_only_one(folder: Path) -> None:
    port = unused_port()
    process, server = embedded.serve(folder, Serving(port=port))
    with process:
        assert server.url == f"http://127.0.0.1:{port}"
        assert ensure(folder) == server
        with pytest.raises(EmbeddedError, match="runs already"):
            embedded.serve(folder, Serving())
        stop(folder, server)
        assert process.wait(20) == 0
    assert running(folder) is None
    assert not (folder / STATE).exists()


def test_ending_one_that_is_gone_already_is_no_trouble(folder: Path) -> None:
    server = ensure(folder)
    stop(folder, server)
    stop(folder, server)
    assert running(folder) is None


# -- leases ------


async def test_a_lease_keeps_an_idle_server_alive_and_its_end_frees_it(
    folder: Path, another_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "IDLE_EXIT", 1.0)
    leased = await asyncio.to_thread(ensure, folder)
    lease = asyncio.create_task(hold_lease(leased.url))
    await eventually(lambda: (now := running(folder)) and now.screens == 1, "the lease")
    await asyncio.to_thread(ensure, another_folder)
    await eventually(lambda: running(another_folder) is None, "the end of the one without a lease")
    assert running(folder) is not None
    assert not lease.done()
    lease.cancel()
    await asyncio.gather(lease, return_exceptions=True)
    await eventually(lambda: running(folder) is None, "the end of the one whose lease ended")


async def test_a_lease_ends_with_its_server(folder: Path) -> None:
    server = await asyncio.to_thread(ensure, folder)
    lease = asyncio.create_task(hold_lease(server.url))
    await eventually(lambda: (now := running(folder)) and now.screens == 1, "the lease")
    await asyncio.to_thread(stop, folder, server)
    await asyncio.wait_for(lease, 20)


async def test_a_lease_of_nobody_ends_at_once() -> None:
    await asyncio.wait_for(hold_lease(f"http://127.0.0.1:{unused_port()}"), 20)
