"""Whether what notes, sheets and equations quote stands on the page of the paper that they name."""

from curriculum.receipts.pages import page_texts
from curriculum.receipts.quotes import squeezed

__all__ = ["page_texts", "squeezed"]
