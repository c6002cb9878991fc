"""`leadscore fmt`: what it writes, what it leaves alone, and how it ends."""

from __future__ import annotations

import os
import random
import stat
import subprocess

import pytest

from dsl.parse import parse
from dsl.source import source_of
from tests.models_layout import make_file, scattered

GIVEN = "let  a=1   # one\n\n\n\nlet b = 2"
WANTED = "let a = 1  # one\n\nlet b = 2\n"
BROKEN = "let  a = 1\nscore s { reddy at 5 }\n"


@pytest.fixture
def folder(tmp_path):
    """One file that would change, one that is fine, one in a folder below; and what is no rule file or hidden."""
    (tmp_path / "sub").mkdir()
    (tmp_path / ".hidden").mkdir()
    for name, text in {
        "given.score": GIVEN,
        "fine.score": WANTED,
        "sub/given.score": GIVEN,
        "sub/other.txt": GIVEN,
        ".hidden/given.score": GIVEN,
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_file_is_formatted_in_place_and_named(folder, leadscore):
    path = folder / "given.score"
    result = leadscore("fmt", path)
    assert (result.status, result.out) == (0, f"{path}\n")
    assert result.err == "1 file formatted, 0 unchanged\n"
    assert path.read_text(encoding="utf-8") == WANTED
    assert [each.name for each in folder.iterdir() if "tmp" in each.name] == []


def test_a_file_in_its_layout_is_not_written(folder, leadscore):
    path = folder / "fine.score"
    os.utime(path, ns=(1, 1))
    result = leadscore("fmt", path)
    assert (result.status, result.out, result.err) == (0, "", "0 files formatted, 1 unchanged\n")
    assert path.stat().st_mtime_ns == 1


def test_of_a_folder_all_rule_files_below_are_formatted_but_hidden_ones(folder, leadscore):
    result = leadscore("fmt", folder, folder / "given.score")
    assert result.out.splitlines() == [str(folder / "given.score"), str(folder / "sub/given.score")]
    assert result.err == "2 files formatted, 1 unchanged\n"
    assert (folder / "sub/other.txt").read_text(encoding="utf-8") == GIVEN
    assert (folder / ".hidden/given.score").read_text(encoding="utf-8") == GIVEN
    assert leadscore("fmt", folder).out == ""


def test_check_names_what_would_change_and_writes_nothing(folder, leadscore):
    result = leadscore("fmt", "--check", folder / "fine.score", folder / "given.score")
    assert (result.status, result.out) == (1, f"{folder / 'given.score'}\n")
    assert result.err == "1 file would change, 1 unchanged\n"
    assert (folder / "given.score").read_text(encoding="utf-8") == GIVEN
    assert leadscore("fmt", "--check", folder / "fine.score").status == 0


def test_a_diff_shows_the_change_and_writes_nothing(folder, leadscore):
    path = folder / "given.score"
    result = leadscore("fmt", "--diff", path)
    assert result.status == 0
    assert result.out == (
        f"--- {path}\n+++ {path}\n@@ -1,5 +1,3 @@\n-let  a=1   # one\n+let a = 1  # one\n \n-\n-\n"
        "-let b = 2\n\\ No newline at end of file\n+let b = 2\n"
    )
    assert path.read_text(encoding="utf-8") == GIVEN
    both = leadscore("fmt", "--diff", "--check", path)
    assert (both.status, both.out) == (1, result.out)


def test_the_diff_can_be_applied_as_a_patch(folder, leadscore, monkeypatch):
    monkeypatch.chdir(folder)
    diff = leadscore("fmt", "--diff", "given.score").out
    subprocess.run(["git", "apply", "-p0", "-"], check=True, input=diff, text=True)
    assert (folder / "given.score").read_text(encoding="utf-8") == WANTED


def test_standard_input_is_formatted_to_standard_output(leadscore):
    result = leadscore("fmt", "-", stdin=GIVEN.encode())
    assert (result.status, result.out, result.err) == (0, WANTED, "")
    assert leadscore("fmt", "-", stdin=WANTED.encode()).out == WANTED
    checked = leadscore("fmt", "--check", "-", stdin=GIVEN.encode())
    assert (checked.status, checked.out) == (1, "<stdin>\n")
    assert leadscore("fmt", "--check", "-", stdin=WANTED.encode()).status == 0


def test_a_broken_file_is_left_alone_and_told_while_others_are_formatted(folder, leadscore):
    path = folder / "broken.score"
    path.write_text(BROKEN, encoding="utf-8")
    for argv in (["fmt"], ["fmt", "--check"], ["fmt", "--diff"]):
        result = leadscore(*argv, path, folder / "given.score")
        assert result.status == 1
        assert f"--> {path}:2:11" in result.err
        assert f"{path} has errors and was left as it is" in result.err
        assert path.read_text(encoding="utf-8") == BROKEN
    assert leadscore("fmt", "-", stdin=BROKEN.encode()).out == ""


@pytest.mark.parametrize("seed", range(25))
def test_a_damaged_file_is_left_alone_byte_for_byte_or_says_what_it_said(seed, tmp_path, leadscore):
    chance = random.Random(seed)
    text = scattered(make_file(seed), chance)
    start = chance.randrange(len(text))
    end = start + chance.randint(0, 3)
    damaged = text[:start] + chance.choice(["", "{", "}", '"', "'", "§", " when", "#", "5.", "\t"]) + text[end:]
    content = chance.choice([b"", b"\xef\xbb\xbf"]) + damaged.encode()
    path = tmp_path / "m.score"
    path.write_bytes(content)
    before = parse(source_of("m.score", content))
    result = leadscore("fmt", path)
    if before.diagnostics:
        assert (result.status, result.out, path.read_bytes()) == (1, "", content)
        assert result.err.endswith(f"leadscore fmt: {path} has errors and was left as it is\n")
        assert all(f"error[{each.code}]" in result.err for each in before.diagnostics)
    else:
        assert result.status == 0
        assert parse(source_of("m.score", path.read_bytes())).file == before.file
        assert leadscore("fmt", "--check", path).status == 0


@pytest.mark.parametrize("content", [b"let  a = 1 # \xff\n", b"let  a = 1\0\n"])
def test_bytes_that_are_no_text_are_left_alone(content, tmp_path, leadscore):
    path = tmp_path / "m.score"
    path.write_bytes(content)
    assert leadscore("fmt", path).status == 1
    assert path.read_bytes() == content


def test_a_byte_order_mark_goes_and_line_breaks_stay(tmp_path, leadscore):
    path = tmp_path / "m.score"
    path.write_bytes(b"\xef\xbb\xbflet a = 1\r\n\r\n\r\nlet b = 2\r\n")
    assert leadscore("fmt", "--check", path).status == 1
    assert leadscore("fmt", path).status == 0
    assert path.read_bytes() == b"let a = 1\r\n\r\nlet b = 2\r\n"
    assert leadscore("fmt", "--check", path).status == 0


def test_permissions_stay_and_a_link_is_followed(folder, leadscore):
    path = folder / "given.score"
    path.chmod(0o640)
    link = folder / "link.score"
    link.symlink_to(path)
    assert leadscore("fmt", link).status == 0
    assert link.is_symlink()
    assert path.read_text(encoding="utf-8") == WANTED
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_what_can_not_be_read_is_told_with_status_2_while_others_are_formatted(folder, leadscore):
    result = leadscore("fmt", folder / "none.score", folder / "given.score")
    assert result.status == 2
    assert "none.score can't be read: no such file or directory" in result.err
    assert (folder / "given.score").read_text(encoding="utf-8") == WANTED


def test_wrong_usage_is_told_with_status_2(tmp_path, folder, leadscore):
    (tmp_path / "empty").mkdir()
    (tmp_path / "table.json").write_text("{}", encoding="utf-8")
    for argv, said in [
        (["-", folder], "standard input is formatted alone"),
        ([tmp_path / "empty", folder], "there is no .score file in"),
        ([tmp_path / "table.json"], "is a compiled table"),
        ([], "missing argument"),
    ]:
        result = leadscore("fmt", *argv)
        assert (result.status, result.out) == (2, "")
        assert said in result.err
    assert (folder / "given.score").read_text(encoding="utf-8") == GIVEN


def test_a_workflow_of_github_is_shown_each_place_that_would_change(folder, leadscore):
    result = leadscore("fmt", "--check", "--format", "github", folder / "given.score", folder / "fine.score")
    where = f"::error file={folder / 'given.score'},line="
    assert result.status == 1
    assert result.out.splitlines() == [
        f"{where}1,endLine=1,col=1,endColumn=17,title=leadscore fmt::leadscore fmt writes%0Alet a = 1  # one",
        f"{where}3,endLine=5,title=leadscore fmt::leadscore fmt writes%0Alet b = 2",
    ]
    assert leadscore("fmt", "--check", "--format", "github", folder / "fine.score").out == ""
    assert leadscore("fmt", "--format", "github", folder).status == 2
    assert leadscore("fmt", "--check", "--format", "github", "-", stdin=b"\n\n").status == 1
    assert leadscore("fmt", "--check", "--format", "github", "-", stdin=b"").status == 0
