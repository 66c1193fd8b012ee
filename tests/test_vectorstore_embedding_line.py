"""Windows are embedded and written on two threads, in order, and what is embedded is not lost."""

import threading

import pytest

from vectorstore.embedding_line import UNDER_WAY, EmbeddingLine, InTurn


def test_windows_are_written_in_order_with_what_was_embedded():
    written = []
    with EmbeddingLine(lambda window: window * 10, lambda window, vectors: written.append((window, vectors))) as line:
        for window in range(5):
            line.put(window)
        line.finish()
        assert written == [(window, window * 10) for window in range(5)]


def test_the_next_window_is_embedded_while_one_is_written():
    second_embedded = threading.Event()

    def embed(window):
        if window == 2:
            second_embedded.set()
        return window

    def write(window, vectors):
        assert second_embedded.wait(10)  # would never come if writing held embedding up

    with EmbeddingLine(embed, write) as line:
        line.put(1)
        line.put(2)
        line.finish()


def test_no_more_windows_are_taken_than_the_line_holds():
    begun, go_on = [], threading.Event()

    def embed(window):
        begun.append(window)
        assert go_on.wait(10)
        return window

    with EmbeddingLine(embed, lambda window, vectors: None) as line:
        for window in range(UNDER_WAY):
            line.put(window)
        putting = threading.Thread(target=line.put, args=(UNDER_WAY,))
        putting.start()
        putting.join(0.1)
        assert putting.is_alive()
        assert begun == [0]
        go_on.set()
        putting.join(10)
        line.finish()


def test_what_embedding_or_writing_raised_reaches_the_caller():
    def embed(window):
        raise ValueError("no model")

    with EmbeddingLine(embed, lambda window, vectors: None) as line:
        line.put(1)
        with pytest.raises(ValueError, match="no model"):
            line.finish()


def test_who_ends_early_still_has_written_what_was_embedded():
    written, embedding, go_on = [], threading.Event(), threading.Event()

    def embed(window):
        embedding.set()
        assert go_on.wait(10)
        return window

    def end_early(line):
        with line:
            line.put(1)
            line.put(2)
            assert embedding.wait(10)
            threading.Timer(0.05, go_on.set).start()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        end_early(EmbeddingLine(embed, lambda window, vectors: written.append(window)))
    assert written == [1]  # the second was not begun


def test_in_turn_all_is_done_on_the_callers_thread():
    threads = []
    with InTurn(lambda window: threads.append(threading.current_thread()), lambda window, vectors: None) as line:
        line.put(1)
        line.finish()
    assert threads == [threading.current_thread()]


def test_the_work_knows_the_context_of_who_put_it():
    import contextvars

    user = contextvars.ContextVar("user", default="nobody")
    seen = []
    with EmbeddingLine(lambda window: seen.append(user.get()), lambda window, vectors: seen.append(user.get())) as line:
        user.set("ada")
        line.put(1)
        line.finish()
    assert seen == ["ada", "ada"]
