"""`python -m agent ask "…"`: ask in the terminal, many questions from a file, or a whole session with `chat`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import logging
import os
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.events import AnswerFinished, ApprovalRequest, Event, TurnFailed
from agent.from_settings import open_assembly, study_rooms
from agent.mcp import command as mcp_command
from agent.providers.hiding import HidingFormatter
from errors import HomeError, QuestionError, StudyError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from rich.console import Console

    from agent.assemble import Assembly
    from agent.tutor import Tutor
    from settings import Settings

logger = logging.getLogger(__name__)

FAULT = 2
"""Exit code when a known fault ended the command; the same as for wrong arguments."""
DEFECT = 3
"""Exit code of a fault that has no name; the log has its traceback."""
SOME_FAILED = 1
"""Exit code when some questions of a file had no answer."""
INTERRUPTED = 130
OPENING = "Opening the library…"


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 when all was answered."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    try:
        return _run(options)
    except StudyError as error:
        _complain(error)
        return FAULT
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception:
        logger.exception("The command failed")
        _complain(StudyError("Something went wrong.", hint="The file logs/agent.log in the data folder says what."))
        return DEFECT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m agent", description="Ask your study library.")
    commands = parser.add_subparsers(dest="command", required=True)
    ask = commands.add_parser("ask", help="answer a question, or each line of a file")
    ask.add_argument("question", nargs="?", default="", help="what you would like to know")
    ask.add_argument("--file", metavar="F", help="ask each line of F ('-': standard input); one JSON object a line")
    ask.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    ask.add_argument("--approve", action="store_true", help="allow what the tutor asks to do, e.g. to add a paper")
    ask.add_argument("--conversation", metavar="ID", help="go on with a conversation")
    ask.add_argument("--model", metavar="M", help="provider/model, or embedded; default: STUDY_MODEL")
    ask.add_argument("--home", metavar="FOLDER", type=Path, help="data folder; default: STUDY_HOME")
    chat = commands.add_parser("chat", help="a study session: questions, quiz and review until you leave")
    chat.add_argument("--conversation", metavar="ID", default="", help="go on with a conversation")
    chat.add_argument("--model", metavar="M", help="provider/model, or embedded; default: STUDY_MODEL")
    chat.add_argument("--home", metavar="FOLDER", type=Path, help="data folder; default: STUDY_HOME")
    items = commands.add_parser("items", help="make quiz items from a document of the library, and verify them")
    items.add_argument("document", help="title, arXiv id or id of a document")
    items.add_argument("--count", metavar="N", type=int, default=10, help="the most items wanted; default: 10")
    items.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    items.add_argument("--model", metavar="M", help="provider/model that drafts; default: embedded, which has rules")
    items.add_argument("--home", metavar="FOLDER", type=Path, help="data folder; default: STUDY_HOME")
    mcp_command.add_command(commands)
    return parser


def _run(options: argparse.Namespace) -> int:
    from rich.console import Console

    if options.command == "items":
        return _make_items(options)
    if options.command == "mcp":
        return _serve_programs(options)
    if options.command == "chat":
        return _chat(options)

    questions = _questions(options)
    settings = _settings(options)
    _prepare(settings)
    errors = Console(stderr=True)
    assembly = _opened(settings, errors)
    with assembly:
        if assembly.read_only:
            errors.print(f"{assembly.read_only} Reading it as it is.", style="dim", markup=False)
        if options.file:
            return asyncio.run(_ask_all(assembly.tutor, questions, options, errors))
        asyncio.run(_ask_one(assembly.tutor, questions[0], options))
        return 0


def _chat(options: argparse.Namespace) -> int:
    """A session that reads lines until the learner leaves."""
    from rich.console import Console

    from agent.from_settings import model_options
    from agent.llm import list_models
    from agent.terminal_chat import ChatSession, Surroundings
    from agent.terminal_study import StudyCommands

    settings = _settings(options)
    _prepare(settings)
    console = Console()
    assembly = _opened(settings, console)
    with assembly:
        if assembly.read_only:
            console.print(f"{assembly.read_only} Reading it as it is.", style="dim", markup=False)
        around = Surroundings(
            read=_typed,
            study=StudyCommands(assembly.record, console),
            models=lambda: ((one.name, one.note) for one in list_models(model_options(settings)) if one.available),
        )
        ChatSession(assembly.tutor, console, around, conversation_id=options.conversation).run()
    return 0


def _opened(settings: Settings, console: Console) -> Assembly:
    """The library with all its notes; the console tells how far they have come in a new home."""
    with console.status(OPENING) as line:
        return open_assembly(
            settings, prepare_sandbox=False, told=lambda status: line.update(status.sentence or OPENING)
        )


def _typed(prompt: str) -> str:
    """A line of the learner's, with the keys of the system's line editor where there is one."""
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401  (its import gives `input` history and editing)
    return input(prompt)


def _serve_programs(options: argparse.Namespace) -> int:
    """Serve other programs by the Model Context Protocol."""
    settings = _settings(options)
    _prepare(settings)
    return mcp_command.run(options, study_rooms(settings))


def _make_items(options: argparse.Namespace) -> int:
    """Print verified items made from one document, and what became of the others."""
    from agent.from_settings import model_options
    from agent.items.terminal import batch_values, items_of
    from agent.llm import EMBEDDED, load_chat_model

    settings = _settings(options)
    _prepare(settings)
    model = None
    if options.model and options.model != EMBEDDED:
        model = load_chat_model(options.model, model_options(settings), embedded=_no_embedded)
    with open_assembly(settings, prepare_sandbox=False) as assembly:
        batch = items_of(assembly, options.document, options.count, model)
    if options.json:
        _write_json(batch_values(batch))
    else:
        from agent.items.terminal import batch_lines

        sys.stdout.write("\n".join(batch_lines(batch)) + "\n")
    return 0


def _no_embedded() -> BaseChatModel:
    raise QuestionError("The built-in model drafts no items.", hint="Leave --model out: rules make them.")


def _questions(options: argparse.Namespace) -> list[str]:
    if not options.file:
        if not options.question.strip():
            raise QuestionError("There is no question.", hint='Ask one: python -m agent ask "What is LoRA?"')
        return [options.question]
    if options.question:
        raise QuestionError("Give a question or --file, not both.")
    try:
        text = sys.stdin.read() if options.file == "-" else Path(options.file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(
            f"The file {options.file} cannot be read: {error}.", hint="Name a UTF-8 text file."
        ) from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def _settings(options: argparse.Namespace) -> Settings:
    from settings import Settings

    settings = Settings.from_environment()
    if options.home:
        settings = replace(settings, home=options.home.expanduser().resolve())
    return replace(settings, model=options.model) if options.model else settings


def _prepare(settings: Settings) -> None:
    """Make the data folder and send the log there, so that the terminal holds only the answer."""
    os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")
    logs = settings.home / "logs"
    try:
        logs.mkdir(parents=True, exist_ok=True)
        logging.basicConfig(filename=logs / "agent.log", level=settings.log_level.upper())
    except OSError as error:
        raise HomeError(
            f"The data folder {settings.home} cannot be used: {error.strerror or error}.",
            hint="Check its rights, or choose another with STUDY_HOME.",
        ) from error
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.FileHandler):
            handler.setFormatter(HidingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.captureWarnings(True)


async def _ask_one(tutor: Tutor, question: str, options: argparse.Namespace) -> None:
    if options.json:
        _write_json(await _object(tutor, question, options))
        return
    from rich.console import Console

    from agent.terminal import TerminalView

    view = TerminalView(Console())
    async for event in _events(tutor, question, options):
        view.show(event)
        if isinstance(event, TurnFailed):
            raise StudyError(event.message, hint=event.hint)


async def _ask_all(tutor: Tutor, questions: list[str], options: argparse.Namespace, errors: Console) -> int:
    """Ask one after the other; a question without an answer becomes an object with `error` and `hint`."""
    failed = 0
    for place, question in enumerate(questions, start=1):
        errors.print(f"{place}/{len(questions)} {question[:80]}", style="dim", markup=False)
        try:
            _write_json(await _object(tutor, question, options))
        except StudyError as error:
            failed += 1
            _write_json({"question": question, "error": error.message, "hint": error.hint})
    return SOME_FAILED if failed else 0


def _events(tutor: Tutor, question: str, options: argparse.Namespace) -> AsyncIterator[Event]:
    from agent.terminal import events_to_the_end

    return events_to_the_end(
        tutor, question, lambda request: _is_allowed(request, options), conversation_id=options.conversation
    )


def _is_allowed(request: ApprovalRequest, options: argparse.Namespace) -> bool:
    """The learner's yes or no at the terminal; no, with a note, where nobody can be asked."""
    if options.approve:
        return True
    if options.json or options.file or not sys.stdin.isatty():
        sys.stderr.write(f"{request.name} was declined: it asks first. Allow it with --approve.\n")
        return False
    sys.stderr.write(f"Allow {request.name}? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


async def _object(tutor: Tutor, question: str, options: argparse.Namespace) -> dict[str, Any]:
    from agent.answer_json import answer_json

    async for event in _events(tutor, question, options):
        if isinstance(event, AnswerFinished):
            return answer_json(question, event.answer, event.conversation_id)
        if isinstance(event, TurnFailed):
            raise StudyError(event.message, hint=event.hint)
    raise StudyError("The turn ended without an answer.", hint="Ask again.")


def _write_json(values: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(values, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _complain(error: StudyError) -> None:
    sys.stderr.write(error.as_text() + "\n")


if __name__ == "__main__":
    sys.exit(main())
