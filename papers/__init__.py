"""Papers of arXiv: found, fetched with care for its servers, and put into the library."""
