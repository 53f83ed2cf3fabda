"""Real repositories: what is checked out, where a tag is on the remote, what lies between two commits."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cockpit.adapters.git import Git
from cockpit.core.plan.check import GitCheck, HttpCheck
from cockpit.errors import Garbled, Missing, Refused, SourceError
from cockpit.ports import Asking


class Repository:
    """A repository with a remote beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "work"
        self.remote = folder / "remote.git"
        subprocess.run(["git", "init", "-q", "--bare", str(self.remote)], check=True)
        subprocess.run(["git", "init", "-q", "-b", "main", str(self.folder)], check=True)
        self("remote", "add", "origin", str(self.remote))

    def __call__(self, *words: str) -> str:
        who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        done = subprocess.run(["git", *who, *words], cwd=self.folder, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, name: str, subject: str) -> str:
        (self.folder / name).write_text(subject)
        self("add", name)
        self("commit", "-q", "-m", subject)
        return self("rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    return Repository(tmp_path)


async def facts(repository: Repository, **keys: Any) -> Any:
    source = Git("repo", str(repository.folder))
    return (await source.ask(GitCheck.model_validate({"on": "repo", **keys}), Asking())).facts


async def test_a_tree_is_clean_or_says_what_changed(repository: Repository) -> None:
    first = repository.commit("a file", "first")
    assert await facts(repository, git="tree") == {"sha": first, "branch": "main", "clean": True, "changes": ()}
    (repository.folder / "a file").write_text("changed")
    (repository.folder / "new").touch()
    repository.commit("third", "third")
    repository("mv", "third", "renamed")
    told = await facts(repository, git="tree")
    assert (told["clean"], sorted(told["changes"])) == (False, ["a file", "new", "renamed"])
    repository("stash")
    (repository.folder / "new").unlink()
    repository("checkout", "-q", "--detach")
    assert (await facts(repository, git="tree"))["branch"] == ""


async def test_a_tag_counts_where_it_is_on_the_remote(repository: Repository) -> None:
    first = repository.commit("a", "first")
    repository("tag", "-a", "v1", "-m", "one")
    told = await facts(repository, git="tag", tag="v1")
    assert (told["found"], told["here"]) == (False, False)
    assert told["sha_error"] == "The tag v1 is not on origin. Push it."
    repository("push", "-q", "origin", "main", "v1")
    assert await facts(repository, git="tag", tag="v1") == {"found": True, "sha": first, "head": first, "here": True}
    second = repository.commit("b", "second")
    assert (await facts(repository, git="tag", tag="v1"))["here"] is False
    repository("tag", "light")
    repository("push", "-q", "origin", "light")
    assert (await facts(repository, git="tag", tag="light"))["sha"] == second


async def test_between_two_commits_lie_commits_and_files(repository: Repository) -> None:
    repository.commit("a", "first")
    repository("tag", "v1")
    repository.commit("b", "second \x1b[31m")
    last = repository.commit("c", "third")
    told = await facts(repository, git="between", **{"from": "v1"})
    assert (told["count"], told["files"], told["behind"]) == (2, ("b", "c"), 0)
    assert [commit["subject"] for commit in told["commits"]] == ["third", "second \x1b[31m"]
    assert (told["commits"][0]["sha"], told["commits"][0]["author"]) == (last, "Ada")
    back = await facts(repository, git="between", **{"from": "HEAD"}, to="v1")
    assert (back["count"], back["behind"]) == (0, 2)


async def test_what_is_not_there_is_an_error_that_says_so(repository: Repository, tmp_path: Path) -> None:
    repository.commit("a", "first")
    with pytest.raises(Missing, match="has no commit v9"):
        await facts(repository, git="between", **{"from": "v9"})
    repository("remote", "set-url", "origin", "https://ada:hunter2000@127.0.0.1:1/x.git")
    with pytest.raises(SourceError, match="git ls-remote in 'repo' failed") as caught:
        await facts(repository, git="tag", tag="v1")
    assert "hunter2000" not in str(caught.value)
    with pytest.raises(SourceError, match="not a git repository"):
        await Git("repo", str(tmp_path)).ask(GitCheck(on="repo", git="tree"), Asking())
    with pytest.raises(SourceError, match="There is no folder"):
        await Git("repo", str(tmp_path / "none")).ask(GitCheck(on="repo", git="tree"), Asking())
    with pytest.raises(Refused, match="answers no such check"):
        await Git("repo").ask(HttpCheck(on="repo", get="/"), Asking())


async def test_a_hook_around_us_does_not_lead_to_its_own_repository(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = repository.commit("a", "first")
    monkeypatch.setenv("GIT_DIR", str(repository.remote))
    assert (await facts(repository, git="tree"))["sha"] == first


async def test_a_rehearsal_is_told_the_facts_by_the_stand_in(repository: Repository) -> None:
    source = Git("repo", str(repository.folder), rehearsal=True)
    told = GitCheck(on="repo", git="tree", rehearse=("echo", '{"clean": true}'))
    assert (await source.ask(told, Asking())).facts == {"clean": True}
    with pytest.raises(Garbled, match="prints no JSON object"):
        await source.ask(GitCheck(on="repo", git="tree", rehearse=("true",)), Asking())
    with pytest.raises(Refused, match="A rehearsal asks nothing"):
        await source.ask(GitCheck(on="repo", git="tree"), Asking())


async def test_doctor_tells_the_commit_and_whether_the_remote_answers(repository: Repository) -> None:
    sha = repository.commit("a", "first")
    link = await Git("repo", str(repository.folder)).examine()
    assert link.ok
    assert link.summary.endswith(", origin answers")
    assert sha.startswith(link.summary.split()[1].rstrip(","))
    repository("remote", "remove", "origin")
    assert not (await Git("repo", str(repository.folder)).examine()).ok


@pytest.mark.parametrize("name", ["-x", "--upload-pack=touch", "a b", ""])
def test_no_name_is_an_option(name: str) -> None:
    with pytest.raises(ValueError, match="tag"):
        GitCheck.model_validate({"on": "repo", "git": "tag", "tag": name})


async def blindness(folder: Path, **keys: Any) -> str:
    answer = await Git("repo", str(folder)).ask(GitCheck.model_validate({"on": "repo", **keys}), Asking())
    return answer.blind


async def test_what_lies_between_is_not_counted_in_a_shallow_clone(repository: Repository, tmp_path: Path) -> None:
    for name in ("a", "b", "c", "d"):
        repository.commit(name, name)
    repository("push", "-q", "origin", "main", "HEAD~3:refs/heads/old")
    shallow, url = tmp_path / "shallow", f"file://{repository.remote}"
    repository("clone", "-q", "--depth", "1", "--no-single-branch", url, str(shallow), "-b", "main")
    between = {"git": "between", "from": "origin/old", "to": "main"}
    assert await blindness(shallow, **between) == (
        "The clone is shallow, so commits may be missing between the two. Fetch them: git fetch --unshallow."
    )
    assert await blindness(repository.folder, git="between", **{"from": "HEAD~3"}, to="HEAD") == ""


@pytest.mark.parametrize("told", ["--assume-unchanged", "--skip-worktree"])
async def test_a_file_that_git_was_told_not_to_look_at_is_not_clean(repository: Repository, told: str) -> None:
    repository.commit("settings", "as committed")
    (repository.folder / "below").mkdir()
    repository.commit("below/other", "other")
    repository("update-index", told, "settings")
    (repository.folder / "settings").write_text("as it runs")
    for folder in (repository.folder, repository.folder / "below"):
        assert await blindness(folder, git="tree") == (
            "git was told not to look at 1 file, settings first. Let it: git update-index --no-assume-unchanged "
            "--no-skip-worktree."
        )
    (repository.folder / "settings").unlink()
    hidden = await blindness(repository.folder, git="tree")
    assert (hidden == "") is (told == "--skip-worktree"), "a sparse checkout leaves files out, and says so"


async def test_settings_hide_no_file_and_no_submodule(repository: Repository, tmp_path: Path) -> None:
    first = repository.commit("a", "first")
    (tmp_path / "other").mkdir()
    other = Repository(tmp_path / "other")
    other.commit("x", "x")
    repository("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other.folder), "part")
    (repository.folder / "below").mkdir()
    repository.commit("below/b", "second")
    repository("config", "diff.ignoreSubmodules", "all")
    repository("config", "submodule.part.ignore", "all")
    repository("config", "diff.relative", "true")
    below = Git("repo", str(repository.folder / "below"))
    check = GitCheck.model_validate({"on": "repo", "git": "between", "from": first, "to": "HEAD"})
    files = (await below.ask(check, Asking())).facts["files"]
    assert files == (".gitmodules", "below/b", "part")
    (repository.folder / "part" / "x").write_text("changed")
    assert (await facts(repository, git="tree"))["changes"] == ("part",)
