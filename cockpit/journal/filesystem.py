"""Where a file lies: on a disk of this machine, or on a network file system.

SQLite's write-ahead log shares memory between processes, which no network file system
offers (https://www.sqlite.org/wal.html). Linux tells the kind of each mount by name in
`/proc/self/mountinfo`; that says more than `statfs`, where every FUSE file system looks the
same. Elsewhere nothing is known, and SQLite's own refusal is the guard.
"""

from __future__ import annotations

import re
from pathlib import Path

NETWORK = frozenset({
    "9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "fuse.ceph", "fuse.cephfs", "fuse.davfs2",
    "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4",
    "orangefs", "prl_fs", "smb2", "smb3", "smbfs", "vboxsf", "virtiofs",
})  # fmt: skip
"""Kinds of mounts behind which another machine may write."""

_MOUNTS = Path("/proc/self/mountinfo")
_ESCAPED = re.compile(r"\\([0-7]{3})")


def network_kind(path: Path) -> str | None:
    """The kind of network file system a path lies on, such as `nfs4`; None on a disk of this machine."""
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    kind = kind_of_mount(path.resolve(), mounts)
    return kind if kind in NETWORK else None


def kind_of_mount(path: Path, mounts: str) -> str | None:
    """The kind of the innermost mount above a resolved path; of several on one point, the last.

    `mounts` is the text of `/proc/self/mountinfo` (proc(5)).
    """
    best, kind = -1, None
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split(" ")
        if len(fields) < 5 or not right:
            continue
        point = Path(_ESCAPED.sub(lambda octal: chr(int(octal.group(1), 8)), fields[4]))
        if len(point.parts) >= best and path.is_relative_to(point):
            best, kind = len(point.parts), right.split(" ")[0]
    return kind
