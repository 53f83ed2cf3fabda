"""Which mount a path lies on."""

from __future__ import annotations

from pathlib import Path

import pytest

from cockpit.journal import filesystem
from cockpit.journal.filesystem import kind_of_mount, network_kind

MOUNTS = r"""
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 27 0:40 / /home rw,relatime shared:7 master:1 - nfs4 server:/home rw
41 40 0:41 / /home/ada/local rw - tmpfs tmpfs rw
42 40 0:42 / /home/ada/with\040space rw - fuse.sshfs ada@host: rw
43 27 0:43 / /twice rw - ext4 /dev/vdb rw
44 27 0:44 / /twice rw - cifs //server/share rw
a line of something else
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/x", "ext4"),
        ("/home", "nfs4"),
        ("/home/ada/runs/x.sqlite", "nfs4"),
        ("/home/ada/local/runs", "tmpfs"),
        ("/home/ada/local2", "nfs4"),
        ("/home/ada/with space/x", "fuse.sshfs"),
        ("/homely", "ext4"),
        ("/twice/x", "cifs"),
    ],
)
def test_the_innermost_and_last_mount_counts(path: str, kind: str) -> None:
    assert kind_of_mount(Path(path), MOUNTS) == kind


def test_without_a_mount_table_nothing_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(filesystem, "_MOUNTS", tmp_path / "none")
    assert network_kind(tmp_path) is None


def test_a_local_disk_is_no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "mounts").write_text("27 1 254:0 / / rw - ext4 /dev/vda rw\n")
    monkeypatch.setattr(filesystem, "_MOUNTS", tmp_path / "mounts")
    assert network_kind(tmp_path) is None
