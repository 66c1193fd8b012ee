"""Counts the threads of a guest: the kernel asks here before it makes a new one.

Limits on processes count all that a user runs and do not bind root, so they bound no single guest.
https://docs.kernel.org/userspace-api/seccomp_filter.html#userspace-notification
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import struct
import threading

from sandbox.process_facts import thread_count

RECEIVE, SEND = 0xC0502100, 0xC0182101
QUESTION_BYTES = 80
QUESTION = struct.Struct("<QI")
"""Which question, and which thread asks (as this process numbers it)."""
ANSWER = struct.Struct("<QqiI")
CONTINUE = 1


class ThreadGate:
    """Answers on `handle`, in a thread of its own, until the guest is gone."""

    def __init__(self, handle: int, most_threads: int) -> None:
        self._handle = handle
        self._most_threads = most_threads
        threading.Thread(target=self._serve, name="sandbox-threads", daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            poll = select.poll()
            poll.register(self._handle, select.POLLIN)
            while poll.poll()[0][1] & select.POLLIN:
                self._answer()
        os.close(self._handle)

    def _answer(self) -> None:
        import fcntl

        question = bytearray(QUESTION_BYTES)
        try:
            fcntl.ioctl(self._handle, RECEIVE, question)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EINTR):  # who asked is gone already
                return
            raise
        number, thread = QUESTION.unpack_from(question)
        allowed = 0 < thread_count(thread) < self._most_threads
        answer = ANSWER.pack(number, 0, 0 if allowed else -errno.EAGAIN, CONTINUE if allowed else 0)
        with contextlib.suppress(FileNotFoundError):
            fcntl.ioctl(self._handle, SEND, bytearray(answer))
