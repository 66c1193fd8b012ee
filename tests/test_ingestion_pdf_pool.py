"""Reading several files at the same time."""

import threading

import pytest
from make_pdf import PageSpec, Text, make_pdf

from errors import DamagedDocumentError
from ingestion.load import load_document
from ingestion.pdf_pool import AHEAD, PdfPool, read_ahead
from ingestion.pdf_process import MOST_RESTING, PdfProcess


def test_results_come_in_order_whichever_is_done_first():
    second_done = threading.Event()

    def read(number):
        if number == 0:
            assert second_done.wait(30)
        if number == 1:
            second_done.set()
        return number * 10

    assert [future.result() for future in read_ahead(read, range(6), workers=2)] == [0, 10, 20, 30, 40, 50]


def test_a_fault_belongs_to_its_item():
    def read(number):
        if number == 1:
            raise DamagedDocumentError("broken", hint="")
        return number

    futures = list(read_ahead(read, range(3), workers=2))
    assert futures[0].result() == 0
    assert futures[2].result() == 2
    with pytest.raises(DamagedDocumentError):
        futures[1].result()


def test_only_a_few_files_are_read_before_they_are_wanted():
    begun = []
    ahead = read_ahead(lambda number: begun.append(number), range(50), workers=2)
    next(ahead)
    ahead.close()
    assert len(begun) <= 2 * AHEAD + 1


def test_who_waits_may_stop():
    released = threading.Event()

    class StoppedError(Exception):
        pass

    def stop():
        released.set()
        raise StoppedError

    with pytest.raises(StoppedError):
        list(read_ahead(lambda _: released.wait(30), range(5), workers=1, heard=stop))


def test_a_pool_reads_files_and_names_the_bad_one(tmp_path):
    paths = [make_pdf(tmp_path / f"{name}.pdf", [PageSpec([Text(72, 700, f"words of {name}")])]) for name in "abc"]
    paths[1].write_bytes(b"%PDF-1.7\nnothing")
    with PdfPool(size=2) as pool:
        futures = list(read_ahead(lambda path: load_document(path, reader=pool), paths, workers=pool.size))
    assert futures[0].result().pages[0].text == "words of a"
    assert futures[2].result().pages[0].text == "words of c"
    with pytest.raises(DamagedDocumentError, match=r"b\.pdf"):
        futures[1].result()


def test_a_process_that_is_not_needed_ends_and_the_next_request_starts_another(tmp_path):
    path = make_pdf(tmp_path / "a.pdf", [PageSpec([Text(72, 700, "words")])])
    with PdfProcess(idle_seconds=0.2) as process:
        process.read(path)
        first = process._process
        assert first.poll() is None
        assert first.wait(20) != 0
        process._idle_seconds = 60.0
        assert process.read(path).pages[0].text == "words"
        second = process._process
        assert second is not first
        waiting = process._resting
        process.read(path)
        process._end_if_idle(waiting)
        assert process._process is second, "it was needed meanwhile"
    assert process._resting is None


def test_a_process_without_an_idle_time_stays(tmp_path):
    with PdfProcess() as process:
        process.read(make_pdf(tmp_path / "a.pdf", [PageSpec([Text(72, 700, "words")])]))
        assert process._resting is None


def test_of_processes_that_rest_the_latest_stay(tmp_path):
    path = make_pdf(tmp_path / "a.pdf", [PageSpec([Text(72, 700, "words")])])
    owners = [PdfProcess(idle_seconds=60.0) for _ in range(MOST_RESTING + 1)]
    try:
        for owner in owners:
            owner.read(path)
        first, *others = owners
        assert first._process is None
        assert all(owner._process.poll() is None for owner in others)
        assert first.read(path).pages[0].text == "words"
        assert others[0]._process is None
        assert others[-1]._process.poll() is None
    finally:
        for owner in owners:
            owner.close()
