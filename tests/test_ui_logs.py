"""The program's log: a file in the data folder, for people or as JSON; the terminal where no file can be."""

import json
import logging
import sys

import pytest

from ui.logs import start_log


@pytest.fixture
def root():
    """The root logger, and those of the rooms, as they were afterwards."""
    logger = logging.getLogger()
    handlers, level = list(logger.handlers), logger.level
    yield logger
    for handler in [one for one in logger.handlers if one not in handlers]:
        logger.removeHandler(handler)
        handler.close()
    logger.setLevel(level)


def test_json_is_one_object_a_line_with_the_traceback(tmp_path, root):
    path = start_log(tmp_path / "logs", "INFO", as_json=True)
    log = logging.getLogger("agent.turn")
    log.info("Read %d pages\nof one paper", 3)
    try:
        raise ValueError("no page 7")
    except ValueError:
        log.exception("It failed")
    first, second = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    assert (first["level"], first["logger"], first["message"]) == ("INFO", "agent.turn", "Read 3 pages\nof one paper")
    assert first["time"].endswith("+00:00")
    assert "traceback" not in first
    assert second["traceback"].endswith("ValueError: no page 7")


def test_text_is_for_people(tmp_path, root):
    path = start_log(tmp_path / "logs", "INFO")
    logging.getLogger("agent.turn").info("Read %d pages", 3)
    assert path.read_text(encoding="utf-8").endswith("INFO agent.turn: Read 3 pages\n")


def test_where_no_file_can_be_the_terminal_has_the_log(tmp_path, root):
    (tmp_path / "logs").write_text("a file in the way")
    assert start_log(tmp_path / "logs", "INFO") is None
    assert root.handlers[-1].stream is sys.stderr
