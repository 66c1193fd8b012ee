"""Users of the page: their file, their passwords, the command that keeps them, and when a login is asked for."""

import base64
import io
import json
import statistics
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from errors import HomeError, SettingsError, UserError
from ui.__main__ import main
from ui.accounts import passwords
from ui.accounts.passwords import Cost, hash_password, is_password
from ui.accounts.policy import login_is_on
from ui.accounts.users import USERS, UserFile

AT = datetime(2026, 11, 1, tzinfo=UTC)
CHEAP = Cost(n=2**4)
SECRET = "correct horse battery"
REAL_COST = passwords.COST


@pytest.fixture(autouse=True)
def cheap(monkeypatch):
    """Hashes at no cost, where the cost is not what is tried."""
    monkeypatch.setattr(passwords, "COST", CHEAP)


def test_the_hash_is_the_one_of_the_standard():
    """RFC 7914, section 12, the third vector: scrypt("pleaseletmein", "SodiumChloride", 16384, 8, 1)."""
    first_half = bytes.fromhex("7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2")
    salt, key = (base64.b64encode(data).decode() for data in (b"SodiumChloride", first_half))
    stored = f"scrypt$16384$8$1${salt}${key}"
    assert is_password("pleaseletmein", stored)
    assert not is_password("pleaseletmeim", stored)


def test_each_hash_has_a_salt_of_its_own_and_shows_no_password():
    one, other = hash_password(SECRET), hash_password(SECRET)
    assert one != other
    assert SECRET not in one
    assert is_password(SECRET, one)
    assert is_password(SECRET, other)
    assert not is_password(SECRET + " ", one)
    assert hash_password(SECRET, REAL_COST).startswith("scrypt$32768$8$3$")


@pytest.mark.parametrize("password", ["", "1234567", "x" * 1025])
def test_passwords_are_neither_short_nor_endless(password):
    with pytest.raises(UserError, match="characters"):
        hash_password(password)
    assert not is_password(password, hash_password(SECRET))


def test_an_unknown_name_takes_as_long_as_a_wrong_password(monkeypatch):
    """By the processor's time, and with room: what must not be is that nothing is computed for a name unknown."""
    monkeypatch.setattr(passwords, "COST", REAL_COST)
    passwords._nobody.cache_clear()
    stored = hash_password(SECRET)
    is_password("warm up", None)

    def seconds(given):
        began = time.process_time()
        assert not is_password("something else", given)
        return time.process_time() - began

    known = statistics.median(seconds(stored) for _ in range(3))
    unknown = statistics.median(seconds(None) for _ in range(3))
    assert known / 3 < unknown < known * 3


def test_users_are_added_found_changed_and_removed(tmp_path):
    file = UserFile(tmp_path)
    assert file.users() == ()
    anna = file.add("Anna", SECRET, at=AT)
    bert = file.add("bert", SECRET, at=AT)
    assert [user.name for user in file.users()] == ["anna", "bert"]
    assert file.find(" ANNA ") == anna
    assert file.home_of(anna).parent == tmp_path / "users"
    assert file.home_of(anna) != file.home_of(bert)
    with pytest.raises(UserError, match="already"):
        file.add("anna", SECRET, at=AT)
    changed = file.set_password("anna", "another password")
    assert is_password("another password", changed.password)
    assert not is_password(SECRET, changed.password)
    assert replace(changed, password=anna.password) == anna
    file.remove("anna")
    assert file.find("anna") is None
    again = file.add("anna", SECRET, at=AT)
    assert again.folder != anna.folder, "a later user of the name must not find the data of the earlier one"
    for act in (file.remove, lambda name: file.set_password(name, SECRET)):
        with pytest.raises(UserError, match="no user"):
            act("carl")


def test_the_file_is_for_its_owner_alone_and_holds_no_password(tmp_path):
    user = UserFile(tmp_path).add("anna", SECRET, at=AT)
    path = tmp_path / USERS
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o077 == 0
    assert SECRET not in path.read_text(encoding="utf-8")
    assert user.password not in repr(user)


def test_a_running_page_hears_of_changes_that_another_process_made(tmp_path):
    page, terminal = UserFile(tmp_path), UserFile(tmp_path)
    terminal.add("anna", SECRET, at=AT)
    assert page.find("anna") is not None
    terminal.remove("anna")
    assert page.find("anna") is None


@pytest.mark.parametrize("name", ["", "..", "../anna", "a/b", "a\\b", ".hidden", "an na", "ä", "a" * 33, "a\n", "-a"])
def test_names_are_safe_names_of_folders(tmp_path, name):
    if name.strip() == "a":
        assert UserFile(tmp_path).add(name, SECRET, at=AT).name == "a"
        return
    with pytest.raises(UserError, match="no name"):
        UserFile(tmp_path).add(name, SECRET, at=AT)


@pytest.mark.parametrize("damage", ["folder", "password", "salt", "name", "version", "text"])
def test_a_damaged_file_lets_nobody_in(tmp_path, damage):
    file = UserFile(tmp_path)
    file.add("anna", SECRET, at=AT)
    path = tmp_path / USERS
    values = json.loads(path.read_text(encoding="utf-8"))
    match damage:
        case "version":
            values["version"] = 2
        case "folder" | "name":
            values["users"][0][damage] = "../../etc"
        case "password":
            values["users"][0][damage] = "plain"
        case "salt":
            values["users"][0]["password"] = "scrypt$16$8$1$?$?"
    path.write_text("{" if damage == "text" else json.dumps(values), encoding="utf-8")
    for act in (file.users, lambda: file.find("anna"), lambda: file.add("bert", SECRET, at=AT)):
        with pytest.raises(HomeError, match="cannot be read"):
            act()


@pytest.mark.parametrize(
    ("setting", "host", "count", "on"),
    [
        ("auto", "127.0.0.1", 0, False),
        ("auto", "127.0.0.1", 1, True),
        ("auto", "0.0.0.0", 1, True),
        ("auto", "0.0.0.0", 0, "Nobody could log in"),
        ("on", "127.0.0.1", 1, True),
        ("on", "127.0.0.1", 0, "Nobody could log in"),
        ("on", "192.168.1.5", 1, True),
        ("on", "::", 0, "Nobody could log in"),
        ("off", "127.0.0.1", 1, False),
        ("off", "::1", 0, False),
        ("off", "0.0.0.0", 1, "Without a login"),
        ("off", "0.0.0.0", 0, "Without a login"),
    ],
)
def test_beyond_this_machine_there_is_no_page_without_a_login(tmp_path, setting, host, count, on):
    users = [UserFile(tmp_path).add("anna", SECRET, at=AT)] * count
    if isinstance(on, bool):
        assert login_is_on(setting, host, users) is on
        return
    with pytest.raises(SettingsError, match=on) as caught:
        login_is_on(setting, host, users)
    assert ("python -m ui users add NAME" in caught.value.hint) == (count == 0)


def test_the_command_keeps_the_users(own_home, capsys, monkeypatch):
    def run(*arguments, typed=""):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = main(["users", *arguments])
        told = capsys.readouterr()
        return code, told.out, told.err

    assert run("list")[1].startswith("There are no users")
    code, out, _ = run("add", "Anna", typed=f"{SECRET}\n")
    assert (code, SECRET in out) == (0, False)
    assert is_password(SECRET, UserFile(own_home).find("anna").password)
    code, _, err = run("add", "anna", typed=f"{SECRET}\n")
    assert (code, "already" in err) == (2, True)
    assert run("add", "bert", typed="short\n")[0] == 2
    assert run("list")[1].startswith("anna ")
    assert run("password", "anna", typed="another password\n")[0] == 0
    assert is_password("another password", UserFile(own_home).find("anna").password)
    assert run("password", "carl", typed=f"{SECRET}\n")[0] == 2
    assert run("remove", "anna")[0] == 0
    assert UserFile(own_home).users() == ()
    with pytest.raises(SystemExit):
        main(["users", "add", "anna", "a password on the command line"])
