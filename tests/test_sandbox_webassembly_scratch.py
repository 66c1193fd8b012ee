"""The guest's folder in memory: files as expected, and never more than the quota."""

import errno
import os

import pytest

from sandbox.webassembly_scratch import ENTRY_BYTES, MOST_DEPTH, ScratchFolder


@pytest.fixture
def folder():
    return ScratchFolder(quota_bytes=10_000, most_entries=8)


def refused(number, action, *arguments):
    with pytest.raises(OSError, match=os.strerror(number)) as caught:
        action(*arguments)
    assert caught.value.errno == number


def test_files_and_folders_are_kept(folder):
    folder.mkdir("/a")
    folder.write("/a/one", b"first")
    folder.write("/a/one", b"second")
    folder.write("/two", b"")
    assert folder.read("/a/one") == b"second"
    assert sorted(folder.list("/")) == [("a", "dir"), ("two", "file")]
    assert list(folder.list("/a")) == [("one", "file")]
    assert (folder.stat("/a/one").kind, folder.stat("/a/one").size) == ("file", 6)
    assert (folder.stat("/").kind, folder.stat("/").size) == ("dir", 0)
    assert folder.used_bytes == 3 * ENTRY_BYTES + 6
    assert folder.entry_count == 3


def test_removing_gives_the_space_back(folder):
    folder.mkdir("/a")
    folder.write("/a/one", b"x" * 5_000)
    refused(errno.ENOSPC, folder.write, "/a/two", b"x" * 5_000)
    refused(errno.ENOTEMPTY, folder.rmdir, "/a")
    folder.remove("/a/one")
    folder.rmdir("/a")
    assert (folder.used_bytes, folder.entry_count) == (0, 0)
    folder.write("/two", b"x" * 9_000)


def test_growing_a_file_past_the_quota_keeps_its_old_content(folder):
    folder.write("/one", b"old")
    refused(errno.ENOSPC, folder.write, "/one", b"x" * 20_000)
    assert folder.read("/one") == b"old"
    folder.write("/one", b"")
    assert folder.used_bytes == ENTRY_BYTES


def test_empty_entries_are_not_free(folder):
    for number in range(8):
        folder.write(f"/{number}", b"")
    refused(errno.ENOSPC, folder.write, "/9", b"")
    refused(errno.ENOSPC, folder.mkdir, "/9")


def test_depth_is_bounded():
    folder = ScratchFolder(quota_bytes=1_000_000, most_entries=1_000)
    path = ""
    for _ in range(MOST_DEPTH):
        path += "/d"
        folder.mkdir(path)
    refused(errno.ENAMETOOLONG, folder.mkdir, path + "/d")


def test_renaming_moves_and_replaces(folder):
    folder.mkdir("/a")
    folder.write("/a/one", b"one")
    folder.write("/two", b"two")
    folder.rename("/a/one", "/two")
    assert folder.read("/two") == b"one"
    assert list(folder.list("/a")) == []
    folder.rename("/two", "/two")
    folder.mkdir("/b")
    folder.rename("/a", "/b")
    assert sorted(folder.list("/")) == [("b", "dir"), ("two", "file")]
    assert folder.used_bytes == 2 * ENTRY_BYTES + 3
    refused(errno.EINVAL, folder.rename, "/b", "/b/c")
    refused(errno.EISDIR, folder.rename, "/two", "/b")
    refused(errno.ENOTDIR, folder.rename, "/b", "/two")
    refused(errno.ENOENT, folder.rename, "/gone", "/here")


def test_wrong_kinds_are_refused(folder):
    folder.mkdir("/a")
    folder.write("/one", b"1")
    refused(errno.ENOENT, folder.read, "/none")
    refused(errno.EISDIR, folder.read, "/a")
    refused(errno.EISDIR, folder.write, "/a", b"")
    refused(errno.EISDIR, folder.remove, "/a")
    refused(errno.ENOTDIR, folder.list, "/one")
    refused(errno.ENOTDIR, folder.write, "/one/two", b"")
    refused(errno.ENOTDIR, folder.rmdir, "/one")
    refused(errno.ENOENT, folder.write, "/none/two", b"")
    refused(errno.EEXIST, folder.mkdir, "/a")
    refused(errno.EBUSY, folder.rmdir, "/")
