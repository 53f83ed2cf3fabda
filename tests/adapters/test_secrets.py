from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from cockpit.adapters.secrets import Vault, resolve
from cockpit.core.plan.fields import SecretCommand
from cockpit.core.text.redact import MARK
from cockpit.errors import SecretError


def python(code: str) -> SecretCommand:
    return SecretCommand(command=(sys.executable, "-c", code))


def private(path: Path, content: bytes, mode: int = 0o600) -> str:
    path.write_bytes(content)
    path.chmod(mode)
    return f"file:{path}"


def test_an_environment_variable_is_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", " postgresql://x ")
    assert resolve("env:DATABASE_URL") == "postgresql://x"


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(SecretError, match=r"DATABASE_URL is not set\. Export it"):
        resolve("env:DATABASE_URL")


def test_an_empty_variable_is_called_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "  ")
    with pytest.raises(SecretError, match="DATABASE_URL is empty"):
        resolve("env:DATABASE_URL")


def test_a_variable_that_is_not_set_may_be_a_credential_that_systemd_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private(tmp_path / "DATABASE_URL", b"postgresql://held\n", 0o440)  # as systemd keeps it for a service's own user
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert resolve("env:DATABASE_URL") == "postgresql://held"
    monkeypatch.setenv("DATABASE_URL", "postgresql://set")
    assert resolve("env:DATABASE_URL") == "postgresql://set"
    monkeypatch.delenv("RAILWAY_TOKEN", raising=False)
    with pytest.raises(SecretError, match=r"RAILWAY_TOKEN is not set"):
        resolve("env:RAILWAY_TOKEN")


def test_a_private_file_is_a_secret_without_its_line_end(tmp_path: Path) -> None:
    assert resolve(private(tmp_path / "token", b"hunter2000\n")) == "hunter2000"


def test_a_file_under_the_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    private(tmp_path / "token", b"hunter2000")
    assert resolve("file:~/token") == "hunter2000"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_that_others_may_read_or_write_is_refused(tmp_path: Path, mode: int) -> None:
    reference = private(tmp_path / "token", b"hunter2000", mode)
    with pytest.raises(SecretError, match="chmod 600") as caught:
        resolve(reference)
    assert "hunter2000" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(b"\n", "is empty"), (b"\xff\xfe\x00", "is no text"), (b"x" * 70_000, "longer than 64 KB")],
)
def test_a_file_that_holds_no_secret_is_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    reference = private(tmp_path / "token", content)
    with pytest.raises(SecretError, match=complaint):
        resolve(reference)


@pytest.mark.parametrize("name", ["missing", ".", "a\0b"])
def test_a_path_that_leads_to_no_file_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(SecretError, match=r"secret file|no plain file"):
        resolve(f"file:{tmp_path}/{name}")


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(SecretError, match="no plain file"):
        resolve(f"file:{tmp_path / 'pipe'}")


def test_the_first_line_of_a_command_is_a_secret() -> None:
    assert resolve(python("print('hunter2000'); print('user: me')")) == "hunter2000"


def test_a_command_that_fails_is_named_and_its_output_is_not() -> None:
    with pytest.raises(SecretError, match="ended with 3") as caught:
        resolve(python("import sys; print('hunter2000'); print('hunter2000', file=sys.stderr); sys.exit(3)"))
    assert "hunter2000" not in repr(caught.value) + str(caught.value)


def test_a_command_that_does_not_exist_is_named() -> None:
    with pytest.raises(SecretError, match="'no-such-program' for a secret does not run"):
        resolve(SecretCommand(command=("no-such-program",)))


def test_a_command_that_never_ends_is_ended_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cockpit.adapters.secrets._COMMAND_SECONDS", 0.5)
    child = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])"
    began = time.monotonic()
    with pytest.raises(SecretError, match="took longer than"):
        resolve(python(child))
    assert time.monotonic() - began < 5


def test_a_command_that_writes_without_end_costs_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cockpit.adapters.secrets._COMMAND_SECONDS", 0.3)
    with pytest.raises(SecretError, match="took longer than"):
        resolve(python("while True: print('y' * 1000)"))


def test_a_child_left_in_the_background_holds_nothing_up() -> None:
    code = "import subprocess, sys; print('hunter2000', flush=True); subprocess.Popen(['sleep', '5'])"
    began = time.monotonic()
    assert resolve(python(code)) == "hunter2000"
    assert time.monotonic() - began < 4


def test_a_secret_in_the_plan_is_refused_and_not_repeated() -> None:
    for literal in ("hunter2000", "postgresql://me:hunter2000@db/x", "env:", "file:"):
        with pytest.raises(SecretError, match="stands in the plan itself") as caught:
            resolve(literal)
        assert "hunter2000" not in str(caught.value)


def test_the_vault_takes_out_what_it_gave_out(monkeypatch: pytest.MonkeyPatch) -> None:
    vault = Vault()
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hunter2000@db.example/reports")
    monkeypatch.setenv("TOKEN", "tok-12345678")
    assert vault.redact("hunter2000 tok-12345678") == "hunter2000 tok-12345678"
    vault.resolve("env:DATABASE_URL")
    vault.resolve("env:TOKEN")
    assert vault.redact("password hunter2000, Bearer tok-12345678") == f"password {MARK}, Bearer {MARK}"
    assert "hunter2000" not in repr(vault)


def test_a_renewed_secret_is_read_anew_and_the_old_one_stays_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    vault = Vault()
    for value in ("first-value", "second-value"):
        monkeypatch.setenv("TOKEN", value)
        assert vault.resolve("env:TOKEN") == value
    assert vault.redact("first-value second-value") == f"{MARK} {MARK}"
