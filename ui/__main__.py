"""The page's users and health in the terminal: `python -m ui users add|list|remove|password`, `… health`."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from errors import StudyError, UserError
from settings import Settings
from ui.accounts.users import UserFile, usable_name
from ui.health import ask_health

EXIT_FAULT = 2
EXIT_STOPPED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code of one command."""
    options = _parser().parse_args(arguments)
    try:
        options.command(options, Settings.from_environment())
    except StudyError as error:
        sys.stderr.write(f"{error.as_text()}\n")
        return EXIT_FAULT
    except KeyboardInterrupt:
        return EXIT_STOPPED
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ui", description="Keep the users of the page, and see whether it is well."
    )
    topics = parser.add_subparsers(required=True, metavar="TOPIC")
    health = topics.add_parser("health", help="ask the running page whether it is well; 2 when it is not")
    health.set_defaults(command=run_health)
    users = topics.add_parser("users", help="who may log in").add_subparsers(required=True, metavar="COMMAND")
    for name, command, summary in (
        ("add", run_add, "take in a new user; the password is asked for, or read from standard input"),
        ("remove", run_remove, "let a user log in no more; the data stay"),
        ("password", run_password, "give a user another password"),
    ):
        one = users.add_parser(name, help=summary)
        one.add_argument("name", metavar="NAME", help="letters a-z, digits, '.', '_' and '-'")
        one.set_defaults(command=command)
    users.add_parser("list", help="all users").set_defaults(command=run_list)
    return parser


def run_health(options: argparse.Namespace, settings: Settings) -> None:
    """One line of JSON from the page that runs on this machine."""
    _say(ask_health(f"http://127.0.0.1:{settings.port}"))


def run_add(options: argparse.Namespace, settings: Settings) -> None:
    """Take in a new user."""
    file = UserFile(settings.home)
    name = usable_name(options.name)
    user = file.add(name, _asked_password(), at=datetime.now(UTC))
    _say(f"{user.name} can log in. A page that was started without a login asks for one from its next start.")
    _say(f"The data of {user.name} will be in {file.home_of(user)}.")


def run_list(options: argparse.Namespace, settings: Settings) -> None:
    """A line for each user: name, since when, folder."""
    file = UserFile(settings.home)
    users = file.users()
    for user in users:
        _say(f"{user.name:32} since {user.created_at[:10]}  {file.home_of(user)}")
    if not users:
        _say("There are no users; the page asks for no login and is served to this machine only.")


def run_remove(options: argparse.Namespace, settings: Settings) -> None:
    """Let a user log in no more."""
    file = UserFile(settings.home)
    user = file.remove(options.name)
    _say(f"{user.name} cannot log in any more. The data stay in {file.home_of(user)}; delete the folder yourself.")


def run_password(options: argparse.Namespace, settings: Settings) -> None:
    """Give a user another password."""
    file = UserFile(settings.home)
    if file.find(options.name) is None:
        raise UserError(f"There is no user {options.name!r}.", hint="python -m ui users list shows all.")
    user = file.set_password(options.name, _asked_password())
    _say(f"{user.name} has a new password, and has to log in again.")


def _asked_password() -> str:
    """Typed twice without an echo; the first line of standard input where nobody types."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("The same again: ") != password:
        raise UserError("The two passwords differ.", hint="Try again.")
    return password


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
