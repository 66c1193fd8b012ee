"""Quiz, review and what is due as commands of a terminal session, over the record that the tutor keeps."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from errors import LearnerRecordError, QuizError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from curriculum.curriculum import Curriculum
    from learner.store import LearnerStore


class _Parser(argparse.ArgumentParser):
    """A wrong word is a fault of the line, and does not end the session."""

    def error(self, message: str) -> NoReturn:
        raise QuizError(f"{message[:1].upper()}{message[1:]}.", hint=f"{self.prog} --help tells what can be said.")


@dataclass(eq=False)
class StudyCommands:
    """The commands, read anew for every line; call it with the words of one."""

    store: LearnerStore | None
    """None when the record cannot be opened."""
    console: Console

    @property
    def as_json(self) -> bool:
        """Never: a person reads along."""
        return False

    @cached_property
    def curriculum(self) -> Curriculum:
        """The roadmap."""
        from curriculum.load import load_curriculum

        return load_curriculum()

    def tell(self, values: Any, show: Callable[[], Sequence[RenderableType]]) -> None:
        """Print what `show` makes of the values."""
        for part in show():
            self.console.print(part, markup=False, highlight=False)

    def __call__(self, words: Sequence[str]) -> None:
        """Run one command.

        Raises:
            StudyError: its words are off, or it cannot be done.
        """
        if self.store is None:
            raise LearnerRecordError(
                "There is no record to study with: it cannot be opened.", hint="The log in the data folder says why."
            )
        try:
            options = self._parser().parse_args(words)
        except SystemExit:  # after --help
            return
        options.run(options, self)

    def _parser(self) -> argparse.ArgumentParser:
        from learner.terminal_study import add_commands

        parser = _Parser(prog="", add_help=False)
        commands = parser.add_subparsers(required=True, parser_class=_Parser)

        def add(name: str, run: Callable[[argparse.Namespace, Any], None], about: str) -> argparse.ArgumentParser:
            command = commands.add_parser(name, prog=f"/{name}", description=about)
            command.set_defaults(run=run)
            return command

        add_commands(add)
        return parser
