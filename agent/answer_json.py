"""One finished answer as the JSON object of the terminal door; evaluations read it."""

from __future__ import annotations

from typing import Any

from agent.events import Answer


def answer_json(question: str, answer: Answer, conversation_id: str) -> dict[str, Any]:
    """Plain values: the answer, its citations with document, page and quote, the check of each sentence."""
    return {
        "question": question,
        "answer": answer.text,
        "refused": answer.refused,
        "citations": [
            {
                "number": citation.number,
                "document": citation.title,
                "document_id": citation.document_id,
                "arxiv_id": citation.arxiv_id,
                "page": citation.page_number,
                "page_label": citation.page_label,
                "section": citation.section,
                "start": citation.start,
                "end": citation.end,
                "quote": citation.quote,
                "supported": citation.supported,
                "sentences": list(citation.sentences),
            }
            for citation in answer.citations
        ],
        "sentences": [
            {
                "text": sentence.text,
                "numbers": list(sentence.numbers),
                "support": sentence.support,
                "score": sentence.score,
            }
            for sentence in answer.sentences
        ],
        "notices": list(answer.notices),
        "model": answer.model,
        "seconds": round(answer.seconds, 3),
        "first_token_seconds": round(answer.first_token_seconds, 3),
        "input_tokens": answer.input_tokens,
        "output_tokens": answer.output_tokens,
        "retries": answer.retries,
        "conversation_id": conversation_id,
    }
