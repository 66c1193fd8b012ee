"""Users that are open: each with a page and an upload folder of their own, closed when others need the room."""

import asyncio
import gc
import sys
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from fake_services import fake_services

from errors import HomeError, StudyError
from ui.accounts.users import User
from ui.households import REST_SECONDS, Households
from ui.upload_folders import keep_uploads_apart
from ui.user_page import build_user_page


class Clock:
    seconds = 1000.0

    def __call__(self):
        return self.seconds


class FakeServices:
    def __init__(self, name, log):
        self.name, self.log = name, log

    def start(self):
        self.log.append(f"start {self.name}")

    async def rooms_soon(self):
        if self.name == "dora":
            raise HomeError("The library of dora cannot be read.")

    def close(self):
        time.sleep(0.05)
        self.log.append(f"close {self.name}")


def page_over(services, name, log):
    """An application whose answer is its user, and where Gradio would look for uploads, also in a task and a thread."""

    @asynccontextmanager
    async def lifespan(app):
        log.append(f"begin {name}")
        app.worker = asyncio.create_task(asyncio.sleep(0, _uploads()))
        yield
        log.append(f"end {name}")

    async def app(scope, receive, send):
        if waiting := scope.get("waiting"):
            await waiting.wait()
        folders = {_uploads(), await asyncio.to_thread(_uploads), await app.worker}
        await send((services.name, name, folders))

    app.router = SimpleNamespace(lifespan_context=lifespan)
    return app


def _uploads():
    from gradio.processing_utils import get_upload_folder

    return get_upload_folder()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def log():
    return []


@pytest.fixture
def looked():
    """After what garbage was looked for."""
    return []


@pytest.fixture
def apart(monkeypatch):
    """Gradio's function, put back at the end: other tests of this process know one folder."""
    import gradio.blocks  # noqa: F401

    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("gradio") and hasattr(module, "get_upload_folder"):
            monkeypatch.setattr(module, "get_upload_folder", module.get_upload_folder)
    keep_uploads_apart(Path("/nowhere/nobody"))


@pytest.fixture
def households(apart, tmp_path, clock, log, looked):
    def open_services(user, home):
        assert home.is_dir()
        if user.name == "broken" and not any("tried" in one for one in log):
            log.append("tried broken")
            raise HomeError("The data of broken cannot be read.")
        return FakeServices(user.name, log)

    return Households(
        open_services,
        lambda services, name: page_over(services, name, log),
        lambda user: tmp_path / user.folder,
        most_open=2,
        after_open=lambda: looked.append("open"),
        after_close=lambda: looked.append("close"),
        now=clock,
    )


def user(name):
    return User(name, f"{name}-00000000", "scrypt$1$1$1$AA==$AA==", "2026-11-01")


async def ask(households, name, **scope):
    answers = []

    async def send(answer):
        answers.append(answer)

    await households.serve(user(name), {"type": "http", **scope}, None, send)
    return answers[0]


def test_each_user_is_answered_from_their_own_page(households, tmp_path, log):
    async def story():
        names = ["anna", "bert"] * 10
        answers = await asyncio.gather(*(ask(households, name) for name in names))
        await households.close()
        return list(zip(names, answers, strict=True))

    for name, answer in asyncio.run(story()):
        assert answer == (name, name, {str(tmp_path / f"{name}-00000000" / "uploads")})
    assert sorted(log) == sorted(
        f"{act} {name}" for act in ("begin", "start", "close", "end") for name in ("anna", "bert")
    )


def test_without_a_user_there_are_no_uploads(apart):
    assert _uploads() == "/nowhere/nobody"
    assert not Path(_uploads()).exists()


def test_those_at_rest_make_room_and_come_back(households, clock, log):
    async def story():
        await ask(households, "anna")
        clock.seconds += 1
        await ask(households, "bert")
        clock.seconds += REST_SECONDS
        await ask(households, "carl")
        assert {name.split("-")[0] for name in households.open_folders} == {"bert", "carl"}
        await ask(households, "anna")  # waits until it is closed, for a library has one writer
        assert log.index("close anna") < [n for n, one in enumerate(log) if one == "start anna"][1]
        await households.close()

    asyncio.run(story())
    assert sorted(one for one in log if one.startswith("close")) == [
        "close anna",
        "close anna",
        "close bert",
        "close carl",
    ]


def test_garbage_is_looked_for_when_a_library_is_open_or_failed_and_when_one_made_room(households, clock, looked):
    async def story():
        for name in ("anna", "dora"):
            await ask(households, name)
        while looked != ["open", "open"]:
            await asyncio.sleep(0.01)
        clock.seconds += REST_SECONDS
        await ask(households, "carl")
        while sorted(looked) != ["close", "open", "open", "open"]:
            await asyncio.sleep(0.01)
        await households.close()

    asyncio.run(asyncio.wait_for(story(), 30))
    assert looked.count("close") == 1  # at the end of the program nothing needs the room


def test_nobody_is_closed_while_a_request_goes_on_or_just_after(households, clock, log):
    async def story():
        waiting = asyncio.Event()
        going_on = asyncio.create_task(ask(households, "anna", waiting=waiting))
        await ask(households, "bert")
        clock.seconds += REST_SECONDS - 1
        await ask(households, "carl")
        assert len(households.open_folders) == 3
        clock.seconds += 1
        await ask(households, "dora")
        assert {name.split("-")[0] for name in households.open_folders} == {"anna", "carl", "dora"}
        waiting.set()
        assert (await going_on)[0] == "anna"
        await households.close()

    asyncio.run(story())


def test_what_could_not_be_opened_is_tried_again(households, log):
    async def story():
        with pytest.raises(HomeError):
            await ask(households, "broken")
        assert (await ask(households, "broken"))[0] == "broken"
        await households.close()

    asyncio.run(story())
    assert log.count("close broken") == 1


def test_a_reader_who_goes_away_meanwhile_does_not_break_off_the_opening(households, log):
    async def story():
        gone = asyncio.create_task(ask(households, "anna"))
        await asyncio.sleep(0)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        assert (await ask(households, "anna"))[0] == "anna"
        await households.close()

    asyncio.run(story())
    assert log.count("start anna") == 1


def test_pages_built_at_the_same_time_are_whole(tmp_path):
    """Gradio notes in one place for the process which page is being built."""

    def build(name):
        app = build_user_page(fake_services(tmp_path / name), name)
        page = app.routes[-1].app.blocks
        return name, len(page.blocks), len(page.fns), page.has_launched, str(page.config)

    with ThreadPoolExecutor(3) as pool:
        built = list(pool.map(build, ("anna", "bert", "carl")))
    assert len({parts[1:4] for parts in built}) == 1
    assert built[0][3], "else Gradio does not check whose files a request names"
    for name, *_, config in built:
        assert {other for other in ("anna", "bert", "carl") if f'account-name">{other}<' in config} == {name}


def test_closed_services_let_their_library_go_also_when_it_opens_late(tmp_path, monkeypatch):
    monkeypatch.setattr("ui.services.CLOSE_SECONDS", 0.05)
    opened = []

    def late(services, seconds):
        open_rooms = services.open_rooms

        def wait():
            time.sleep(seconds)
            opened.append(open_rooms())
            return opened[-1]

        services.open_rooms = wait
        return services

    for seconds in (0.0, 0.4):
        services = late(fake_services(tmp_path / str(seconds)), seconds)
        services.start()
        time.sleep(0.2 if not seconds else 0)
        services.close()
        services._opening.join(5)
        assert opened[-1].library.closed
    services = late(fake_services(tmp_path / "again"), 0.0)
    services.start()
    gone = weakref.ref(services.rooms(5).library)
    services.close()
    services._opening.join(5)
    opened.clear()
    gc.collect()
    assert gone() is None
    with pytest.raises(StudyError, match="was closed"):
        services.rooms(0)


def test_a_closed_page_leaves_no_task_behind(tmp_path):
    """Gradio's own queue would go on for ever."""
    households = Households(
        lambda user, home: fake_services(home), build_user_page, lambda user: tmp_path / user.folder, most_open=2
    )

    async def story():
        before = asyncio.all_tasks()
        started = []

        async def send(message):
            started.append(message)

        scope = {"type": "http", "method": "GET", "path": "/config", "query_string": b"", "headers": [(b"host", b"x")]}
        await households.serve(user("anna"), scope, None, send)
        assert started[0]["status"] == 200
        assert len(asyncio.all_tasks() - before) > 2
        await households.close()
        await asyncio.sleep(0.5)
        return asyncio.all_tasks() - before

    assert asyncio.run(story()) == set()
