"""Every known fault is one sentence with a hint, and survives a process boundary."""

import inspect
import pickle

import pytest

import errors

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.StudyError)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_error_keeps_message_and_hint_through_pickle(kind):
    error = pickle.loads(pickle.dumps(kind("The file is empty.", hint="Choose another.")))
    assert type(error) is kind
    assert (str(error), error.hint) == ("The file is empty.", "Choose another.")
    assert error.as_text() == "The file is empty. Choose another."


def test_hint_may_be_missing():
    assert errors.StudyError("Something is wrong.").as_text() == "Something is wrong."
