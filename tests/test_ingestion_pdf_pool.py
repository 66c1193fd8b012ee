"""Reading several files at the same time."""

import threading

import pytest
from make_pdf import PageSpec, Text, make_pdf

from errors import DamagedDocumentError
from ingestion.load import load_document
from ingestion.pdf_pool import AHEAD, PdfPool, read_ahead


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
