"""The filter of system calls, run by a small interpreter of its program for both kinds of machine."""

import errno
import re
from pathlib import Path

import pytest

from sandbox import seccomp
from sandbox.system_calls import ABSENT, ALWAYS, SOMETIMES, numbers

MACHINES = ("x86_64", "aarch64")
PROCESS = 4321
REFUSED = seccomp.ERROR | errno.EPERM
LACKING = seccomp.ERROR | errno.ENOSYS
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}
RENAMED = {"newfstatat": "fstatat"}


def verdict(program, machine, number, *arguments, architecture=None):
    """What the kernel would do, by the rules of classic BPF on the words of `seccomp_data`."""
    values = [*arguments, *[0] * (6 - len(arguments))]
    words = {0: number, 4: seccomp.ARCHITECTURE[machine] if architecture is None else architecture}
    for index, value in enumerate(values):
        words[16 + 8 * index] = value & 0xFFFFFFFF
        words[20 + 8 * index] = value >> 32 & 0xFFFFFFFF
    at = loaded = 0
    while True:
        code, yes, no, constant = program[at]
        at += 1
        if code == seccomp.RETURN:
            return constant
        if code == seccomp.LOAD:
            loaded = words[constant]
        elif code == seccomp.AND:
            loaded &= constant
        else:
            at += yes if (loaded == constant if code == seccomp.EQUAL else loaded >= constant) else no


@pytest.fixture(params=MACHINES)
def ask(request):
    """Asks the filter about a call by name."""
    machine = request.param
    program = seccomp.program(machine, PROCESS, threads=True)
    known = numbers(ALWAYS, machine) | numbers(SOMETIMES, machine) | numbers(ABSENT, machine)
    assert len(program) < 4096, "the kernel takes no more"

    def ask(name, *arguments):
        return verdict(program, machine, known[name], *arguments) if name in known else None

    ask.machine, ask.program = machine, program
    return ask


def test_plain_calls_pass(ask):
    for name, number in numbers(ALWAYS, ask.machine).items():
        assert verdict(ask.program, ask.machine, number, 2**64 - 1, 2**64 - 1) == seccomp.ALLOW, name


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("openat", (0, 0, 0o2), (0, 0, 0o1000)),
        ("openat", (0, 0, 0o1001), (0, 0, 0o2001000)),
        ("open", (0, 0), (0, 0o1000)),
        ("mmap", (0, 4096, 3, 0x22), (0, 4096, 3, 0x21)),
        ("mmap", (0, 4096, 3, 0x02), (0, 4096, 3, 0x03)),
        ("mmap", (0, 4096, 3, 0x20022), (0, 4096, 3, 0x122)),
        ("madvise", (0, 0, 4), (0, 0, 12)),
        ("madvise", (0, 0, 14), (0, 0, 100)),
        ("fcntl", (0, 3), (0, 8)),
        ("fcntl", (0, 1030), (0, 1031)),
        ("ioctl", (0, 0x5421), (0, 0x5412)),
        ("kill", (PROCESS, 9), (PROCESS + 1, 0)),
        ("kill", (PROCESS, 0), (0, 9)),
        ("kill", (PROCESS, 0), (2**64 - 1, 9)),
        ("tgkill", (PROCESS, 1, 6), (1, 1, 6)),
        ("prctl", (15,), (1,)),
        ("prlimit64", (0, 7, 0, 1), (0, 7, 0x7F0000000000)),
        ("prlimit64", (PROCESS, 7, 0), (1, 7, 0)),
        ("socketpair", (1, 1), (1, 2)),
        ("socketpair", (1, 0o2004001), (2, 1)),
        ("sendto", (3, 1, 1, 0, 0), (3, 1, 1, 0, 0x7F0000000000)),
        ("sendto", (3, 1, 1, 0, 0), (3, 1, 1, 0, 1)),
        ("pipe2", (0, 0o2004000), (0, 0o200)),
        ("clone", (0x3D0F00,), (17,)),
        ("clone", (0x3D0F00,), (0x3D0F00 | 0x10000000,)),
        ("clone", (0x3D0F00,), (0x3D0F00 | 0x2000,)),
        ("clone", (0x3D0F00,), (0x100,)),
        ("mkdir", (0, 0o777), (0, 0o077)),
        ("mkdirat", (0, 0, 0o755), (0, 0, 0)),
        ("umask", (0o022,), (0o777,)),
    ],
)
def test_arguments_decide(ask, name, good, bad):
    if ask(name) is None:
        pytest.skip("this machine has no such call")
    assert ask(name, *good) == seccomp.ALLOW
    assert ask(name, *bad) == REFUSED


def test_what_is_not_named_is_refused(ask):
    named = set()
    for table in (ALWAYS, SOMETIMES, ABSENT):
        named |= set(numbers(table, ask.machine).values())
    for number in range(max(named)):
        if number not in named:
            assert verdict(ask.program, ask.machine, number) == REFUSED, number
    assert verdict(ask.program, ask.machine, 2_000) == LACKING, "newer calls are answered as by an older kernel"
    assert ask("memfd_create") == LACKING
    assert ask("clone3") == LACKING


def test_calls_of_another_kind_are_refused(ask):
    other = next(name for name in MACHINES if name != ask.machine)
    assert verdict(ask.program, ask.machine, 0, architecture=seccomp.ARCHITECTURE[other]) == seccomp.KILL
    assert verdict(ask.program, ask.machine, 0, architecture=0x40000003) == seccomp.KILL
    if ask.machine == "x86_64":
        assert verdict(ask.program, ask.machine, seccomp.X32 | 1) == REFUSED


@pytest.mark.parametrize("machine", MACHINES)
def test_without_threads_and_with_extra_calls(machine):
    bare = seccomp.program(machine, PROCESS, threads=False)
    clone = numbers(SOMETIMES, machine)["clone"]
    assert verdict(bare, machine, clone, 0x3D0F00) == REFUSED
    extra = seccomp.program(machine, PROCESS, threads=False, extra=("memfd_create", "mmap"))
    assert verdict(extra, machine, numbers(ABSENT, machine)["memfd_create"]) == seccomp.ALLOW
    assert verdict(extra, machine, numbers(SOMETIMES, machine)["mmap"], 0, 0, 0, 1) == seccomp.ALLOW


@pytest.mark.parametrize("machine", MACHINES)
def test_threads_are_asked_about_and_nothing_else(machine):
    program = seccomp.thread_program(machine)
    assert verdict(program, machine, numbers(SOMETIMES, machine)["clone"]) == seccomp.ASK_SUPERVISOR
    assert verdict(program, machine, 1) == seccomp.ALLOW


@pytest.mark.parametrize("machine", MACHINES)
def test_numbers_are_those_of_the_kernels_headers(machine):
    header = HEADERS[machine]
    if not header.exists():
        pytest.skip("no kernel headers here")
    pairs = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", header.read_text(encoding="utf-8"))
    known = {}
    for name, number in pairs:
        known.setdefault(name, int(number))
    for table in (ALWAYS, SOMETIMES, ABSENT):
        for name, number in numbers(table, machine).items():
            assert known.get(name, known.get(RENAMED.get(name, ""))) == number, name
