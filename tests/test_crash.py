from __future__ import annotations

import stat
from pathlib import Path

from cockpit import crash


def failure() -> ValueError:
    try:
        int("open sesame\ud800")
    except ValueError as error:
        return error
    raise AssertionError


def test_the_account_is_private_whole_and_cleaned(tmp_path: Path) -> None:
    words = crash.keep(failure(), tmp_path / "crashes", lambda text: text.replace("sesame", "•••"))
    (account,) = (tmp_path / "crashes").iterdir()
    assert words == f"its account lies in {account}"
    assert stat.S_IMODE(account.stat().st_mode) == 0o600
    assert stat.S_IMODE(account.parent.stat().st_mode) == 0o700
    assert "in failure" in account.read_text()
    assert "ValueError: invalid literal for int() with base 10: 'open •••" in account.read_text()


def test_an_account_that_cannot_be_written_is_told_by_its_kind_only(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    words = crash.keep(failure(), tmp_path / "file", str)
    assert words == "ValueError, and its account could not be written (File exists)"


def test_the_environment_s_secrets_are_taken_out_and_its_paths_are_not() -> None:
    clean = crash.redact_environment({
        "RAILWAY_TOKEN": "tok-123456",
        "DATABASE_URL": "postgresql://me:hunter22@db/x",
        "PWD": "/home/ada",
        "EDITOR": "vim -e",
    })  # fmt: skip
    told = clean("tok-123456 hunter22 postgresql://me:hunter22@db/x /home/ada vim -e")
    assert told == "••• ••• ••• /home/ada vim -e"
