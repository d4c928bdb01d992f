import socket
from pathlib import Path
from typing import Any

import pytest

from ci_backbone import embedded
from ci_backbone.lib import env


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(embedded, "VAR", tmp_path)
    monkeypatch.setattr(embedded, "DEMO_FILE", tmp_path / "demo.env")
    monkeypatch.setattr(embedded, "LOCK_FILE", tmp_path / "run.lock")
    monkeypatch.setattr(embedded.os, "environ", {})
    return tmp_path


def test_settings_file_follows_the_address_and_keeps_the_key(folder: Path) -> None:
    embedded.use_settings("127.0.0.1", 8000)
    first = env.parse_file(folder / "demo.env")
    embedded.use_settings("127.0.0.1", 9000)
    second = env.parse_file(folder / "demo.env")

    assert first["PUBLIC_BASE_URL"] == "http://127.0.0.1:8000"
    assert second == first | {"PUBLIC_BASE_URL": "http://127.0.0.1:9000"}
    assert len(first["SECRET_KEY"]) >= 50


def test_settings_file_is_for_its_owner_alone(folder: Path) -> None:
    embedded.use_settings("127.0.0.1", 8000)

    assert (folder / "demo.env").stat().st_mode & 0o077 == 0


def test_host_beyond_this_machine_is_refused_unless_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEMO_MAY_LISTEN", raising=False)
    assert "DEMO_MAY_LISTEN=1" in embedded.why_not_listen("0.0.0.0", 0)

    monkeypatch.setenv("DEMO_MAY_LISTEN", "1")
    assert embedded.why_not_listen("0.0.0.0", 0) == ""


def test_taken_port_is_told_in_a_sentence() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        assert embedded.why_not_listen("127.0.0.1", port).startswith(f"127.0.0.1:{port} cannot be used")


def test_reset_removes_all_but_the_lock(folder: Path) -> None:
    for name in ("demo.env", "demo.sqlite3", "run.lock"):
        (folder / name).touch()
    (folder / "broker" / "queue").mkdir(parents=True)

    assert embedded.main(["reset"]) == 0
    assert [path.name for path in folder.iterdir()] == ["run.lock"]


def test_second_one_in_the_same_folder_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (folder / "run.lock").open("w") as lock:
        assert embedded.only_one(lock)

        assert embedded.main(["reset"]) == 1
    assert "already running" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "silent"),
    [
        ({"tick": "ok", "tick_age_seconds": 3}, False),
        ({"tick": "ok", "tick_age_seconds": 90}, True),
        ({"tick": "has never run", "tick_age_seconds": None}, True),
        ({"tick": "not looked at", "tick_age_seconds": None}, False),
        ({}, False),
    ],
)
def test_watch_hears_when_ticks_stop(monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any], silent: bool) -> None:
    monkeypatch.setattr(embedded, "ask", lambda host, port, path: answer)
    watch = embedded.TickWatch("127.0.0.1", 8000)
    monkeypatch.setattr(embedded.time, "monotonic", lambda: watch.next_look)

    assert watch() is silent
