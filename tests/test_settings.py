"""The operator's own settings: defaults, complaints at once, and what `config --print` writes."""

from __future__ import annotations

# ruff: noqa: E501  (sentences that are compared read better unbroken)
from pathlib import Path

import pytest

from cockpit.errors import SettingsError
from cockpit.settings import Notifications, Settings, dump, load_settings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def said(path: Path, text: str) -> list[str]:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    assert str(caught.value) == f"The settings {path} cannot be used. Mend what is named, or move the file away."
    return [line.removeprefix(str(path)) for line in caught.value.complaints]


def test_without_a_file_there_are_defaults(path: Path) -> None:
    assert load_settings(path) == Settings()
    path.write_text("")
    assert load_settings(path) == Settings()


def test_a_file_says_what_is_different(path: Path) -> None:
    path.write_text(
        'operator = "Ada"\ntheme = "day"\ncalm = true\n[notifications]\nbell = false\n[keys]\n"item.tick" = "t, space"\n'
    )
    assert load_settings(path) == Settings(
        operator="Ada", theme="day", calm=True, notifications=Notifications(bell=False), keys={"item.tick": "t, space"}
    )


def test_everything_wrong_is_told_at_once_with_lines_and_the_nearest_keys(path: Path) -> None:
    assert said(path, 'themes = "day"\ncalm = "yes"\n\n[notifications]\nbel = true\n[keys]\n"item.tick" = 5\n') == [
        ":1: themes: There is no such key here. Did you mean 'theme'?",
        ":2: calm: This must be true or false, and is text. Write it without quotation marks.",
        ":5: notifications.bel: There is no such key here. Did you mean 'bell'?",
        ':7: keys."item.tick": This must be text, and is a number. Put it into quotation marks.',
    ]


def test_what_is_no_toml_or_no_file_is_told_too(path: Path) -> None:
    assert said(path, "theme = day") == [":1:9: This is no value. Put text into quotation marks; a list into [ ]."]
    with pytest.raises(SettingsError) as caught:
        load_settings(path.parent)
    assert caught.value.complaints == (f"{path.parent}: This is no file. Name a TOML file.",)


@pytest.mark.parametrize(
    "settings",
    [Settings(), Settings(operator='Ada "the" Åberg', calm=True, keys={"run.rollback": "ctrl+r,R", "a": "\t"})],
)
def test_what_is_printed_reads_back_the_same(path: Path, settings: Settings) -> None:
    path.write_text(dump(settings), encoding="utf-8")
    assert load_settings(path) == settings


def test_every_setting_is_printed_and_explains_itself() -> None:
    printed = dump(Settings(operator="Ada", keys={"a": "b"}, notifications=Notifications(webhook="env:HOOK")))
    for model in (Settings, Notifications):
        for name, field in model.model_fields.items():
            assert name in printed
            assert field.description


def test_a_webhook_is_a_reference_and_never_the_address_itself(path: Path) -> None:
    for reference in ('"env:COCKPIT_WEBHOOK"', '"file:~/.config/cockpit/webhook"', '{ command = ["pass", "hook"] }'):
        path.write_text(f"[notifications]\ndesktop = true\nwebhook = {reference}\n")
        settings = load_settings(path)
        assert settings.notifications.desktop
        path.write_text(dump(settings))
        assert load_settings(path) == settings
    (complaint,) = said(path, '[notifications]\nwebhook = "https://hooks.example/T0/very-secret"\n')
    assert complaint.startswith(":2: notifications.webhook: The address itself is a secret. Write env:NAME")
    assert "very-secret" not in complaint
