"""The page as a program of its own, started and ended by a test."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 90


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def environment(home, **more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("STUDY_", "GRADIO_"))}
    return {**kept, "STUDY_HOME": str(home), "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1", **more}


def run_app(home, **variables):
    """A start that is meant to end by itself: exit code, output."""
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=environment(home, **variables),
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@contextmanager
def serving(arguments, home, port, **variables):
    """Run a page and give its address as soon as it answers; Ctrl-C at the end."""
    log = home.parent / f"served-{port}.txt"
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment(home, **variables),
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(address, process, log)
            yield Served(address, process, log)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Served:
    """A running page."""

    def __init__(self, address, process, log):
        self.address, self.process, self.log = address, process, log

    def output(self):
        return self.log.read_text(encoding="utf-8")

    def when_ready(self):
        """What `/health` answers once the library is open, which comes after the page."""
        deadline = time.monotonic() + START_SECONDS
        while (answer := httpx.get(f"{self.address}/health", trust_env=False)).json()["library"] == "loading":
            assert time.monotonic() < deadline, answer.text
            time.sleep(0.1)
        return answer

    def wait_for_output(self, sentence):
        deadline = time.monotonic() + START_SECONDS
        while sentence not in self.output():
            assert time.monotonic() < deadline, self.output()
            time.sleep(0.05)


def serving_app(home, port, **variables):
    return serving(["app.py"], home, port, STUDY_PORT=str(port), **variables)


def serving_fakes(home, port, loading_seconds=0.0, upload_megabytes=200):
    arguments = ["tests/fake_services.py", str(port), str(home), str(loading_seconds), str(upload_megabytes)]
    return serving(arguments, home, port)


def serving_fake_users(home, port):
    """The page for the users in the file of `home`."""
    return serving(["tests/fake_users.py", str(port), str(home)], home, port)


def _wait_for(address, process, log):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise AssertionError(f"the page ended: {log.read_text(encoding='utf-8')}")
        try:
            httpx.get(address, timeout=5, trust_env=False)
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"no page within {START_SECONDS} s: {log.read_text(encoding='utf-8')}")
