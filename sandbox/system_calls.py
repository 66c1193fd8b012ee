"""The system calls a guest may make. What is not named here is refused.

Numbers as in the kernel's headers: first x86_64, then aarch64; "-" where the machine has no such call.
"""

from __future__ import annotations

ALWAYS = """
read 0 63, write 1 64, readv 19 65, writev 20 66, pread64 17 67, pwrite64 18 68, preadv 295 69, pwritev 296 70,
preadv2 327 286, pwritev2 328 287, lseek 8 62, creat 85 -, close 3 57, close_range 436 436, stat 4 -, lstat 6 -,
fstat 5 80, newfstatat 262 79, statx 332 291, statfs 137 43, fstatfs 138 44, access 21 -, faccessat 269 48,
faccessat2 439 439, readlink 89 -, readlinkat 267 78, getdents 78 -, getdents64 217 61, getcwd 79 17, chdir 80 49,
fchdir 81 50, rmdir 84 -, unlink 87 -, unlinkat 263 35, rename 82 -, renameat 264 38,
renameat2 316 276, ftruncate 77 46, fallocate 285 47, fsync 74 82, fdatasync 75 83, fadvise64 221 223, flock 73 32,
dup 32 23, dup2 33 -, dup3 292 24, pipe 22 -, sendfile 40 71, poll 7 -, ppoll 271 73, select 23 -,
pselect6 270 72, epoll_create 213 -, epoll_create1 291 20, epoll_ctl 233 21, epoll_wait 232 -, epoll_pwait 281 22,
eventfd2 290 19, brk 12 214, munmap 11 215, mprotect 10 226, mremap 25 216, rt_sigaction 13 134,
rt_sigprocmask 14 135, rt_sigreturn 15 139, rt_sigpending 127 136, rt_sigsuspend 130 133, rt_sigtimedwait 128 137,
sigaltstack 131 132, pause 34 -, restart_syscall 219 128, alarm 37 -, setitimer 38 103, getitimer 36 102,
futex 202 98, set_robust_list 273 99, set_tid_address 218 96, rseq 334 293, membarrier 324 283, sched_yield 24 124,
sched_getaffinity 204 123, sched_getparam 143 121, sched_getscheduler 145 120, sched_get_priority_max 146 125,
sched_get_priority_min 147 126, getcpu 309 168, nanosleep 35 101, clock_nanosleep 230 115, clock_gettime 228 113,
clock_getres 229 114, gettimeofday 96 169, time 201 -, times 100 153, getrusage 98 165, getrandom 318 278,
uname 63 160, sysinfo 99 179, getrlimit 97 163, getpid 39 172, gettid 186 178, getppid 110 173, getpgrp 111 -,
getuid 102 174, geteuid 107 175, getgid 104 176, getegid 108 177, getresuid 118 148, getresgid 120 150,
getgroups 115 158, capget 125 90, arch_prctl 158 -, exit 60 93, exit_group 231 94, recvfrom 45 207, shutdown 48 210,
getsockname 51 204, getpeername 52 205, getsockopt 55 209
"""
"""Harmless whatever the arguments: files are Landlock's matter, and these name no other process."""

SOMETIMES = """
open 2 -, openat 257 56, mmap 9 222, madvise 28 233, fcntl 72 25, ioctl 16 29, clone 56 220, kill 62 129,
tgkill 234 131, prctl 157 167, prlimit64 302 261, socketpair 53 199, sendto 44 206, pipe2 293 59,
mkdir 83 -, mkdirat 258 34, umask 95 166
"""
"""Allowed with some arguments only; see seccomp.py."""

ABSENT = "clone3 435 435, openat2 437 437, memfd_create 319 279, futex_waitv 449 449"
"""Answered as an older kernel would, so that the C library takes its other way. memfd_create makes files that no
folder limits, and clone3 hides its flags from a filter."""

COLUMN = {"x86_64": 1, "aarch64": 2}


def numbers(table: str, machine: str) -> dict[str, int]:
    """The number of each call of a table that the machine has."""
    rows = (row.split() for row in table.split(","))
    return {row[0]: int(row[COLUMN[machine]]) for row in rows if row[COLUMN[machine]] != "-"}
