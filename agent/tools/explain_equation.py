"""The tool that explains an equation of the catalogue: symbols, parts, cited reasons, and a check that runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from langchain.tools import ToolRuntime
from langchain_core.tools import tool

from agent.context import TurnContext
from agent.python_runs import PythonRuns, not_run, switched_off
from agent.python_text import told_result
from agent.reason_passages import paper_document, passages_of
from agent.tools.arguments import ExplainEquationArguments
from agent.tools.nearby_equations import with_nearby
from agent.tools.quoting import defused, fenced, heading
from errors import ExerciseError, StudyError

if TYPE_CHECKING:
    from curriculum.equation_values import Equation
    from vectorstore.passage import Passage

CHECK_CHARACTERS = 2000
QUOTE_CHARACTERS = 400


@tool("explain_equation", args_schema=ExplainEquationArguments, response_format="content_and_artifact")
async def explain_equation(
    equation: str, paper: str, runtime: ToolRuntime[TurnContext, Any]
) -> tuple[str, dict[str, Any]]:
    """Explain an equation of a paper: symbols with shapes, parts, reasons to cite, and a check that is run."""
    from curriculum.equations import find_equation

    context = runtime.context
    if not equation and not paper:
        raise ExerciseError("No equation was named.", hint="Give its number and paper, or its name.")
    try:
        found = find_equation(equation, paper)
    except ExerciseError as error:
        raise await asyncio.to_thread(with_nearby, error, equation, paper, context.library) from error
    check = await _check(found, context)
    reasons = await asyncio.to_thread(_reason_passages, found, context)
    await context.order.turn_of(runtime.tool_call_id)
    numbers = [context.sources.number(passage) if passage else None for passage in reasons]
    values = found.to_dict()
    for reason, number in zip(values["reasons"], numbers, strict=True):
        reason["number"] = number
    cited = {number: passage for number, passage in zip(numbers, reasons, strict=True) if number and passage}
    artifact = {
        "kind": "equation",
        "equation": values,
        "check": check,
        "drafted": False,
        "passages": [{"number": number, **passage.to_dict()} for number, passage in cited.items()],
    }
    return _told(found, values, check, cited, _title(found, context)), artifact


async def _check(found: Equation, context: TurnContext) -> dict[str, Any]:
    """The run of the equation's check; an explanation is worth telling without it too, and says so."""
    if context.run_python == "off":
        return not_run(found.check, f"The check was not run. {switched_off().as_text()}")
    try:
        runs = PythonRuns(context.python, context.figures, context.conversation_id)
        return await runs.run_once(found.check)
    except StudyError as error:
        return not_run(found.check, f"The check was not run. {error.as_text()}")


def _reason_passages(found: Equation, context: TurnContext) -> list[Passage | None]:
    paper = _paper(found, context)
    arxiv_id, title = (paper.arxiv_id, paper.title) if paper else (found.paper_id, found.paper_id)
    document = paper_document(arxiv_id, title, context.library)
    if document is None:
        return [None] * len(found.reasons)
    return passages_of(found.reasons, document, context.library)


def _paper(found: Equation, context: TurnContext) -> Any:
    papers = context.curriculum.papers if context.curriculum else ()
    return next((paper for paper in papers if paper.id == found.paper_id), None)


def _title(found: Equation, context: TurnContext) -> str:
    paper = _paper(found, context)
    place = f", p. {found.page}" if found.page else ""
    return f"{found.label()}, {paper.title if paper else found.paper_id}{place}, {found.section}"


def _told(found: Equation, values: dict[str, Any], check: dict[str, Any], cited: dict[int, Passage], title: str) -> str:
    """What the model reads: all of the explanation, the check's output, and the quotes to cite."""
    derived = [f"The paper does not print it as it stands: {found.why}"] if found.origin == "derived" else []
    symbols = [
        f"- ${one.latex}$ {one.name}" + (f", shape {one.shape}" if one.shape else "") + f": {one.meaning}"
        for one in found.symbols
    ]
    reasons = [f"- {one['text']}" + (f" [{one['number']}]" if one["number"] else "") for one in values["reasons"]]
    quotes = [
        f"{heading(number, passage)}\n{defused(_quote(number, values, passage))}" for number, passage in cited.items()
    ]
    return "\n".join(
        [
            title,
            *derived,
            f"$${found.latex}$$",
            "Symbols:",
            *symbols,
            "Parts:",
            *(f"- ${part.latex}$: {part.does}" for part in found.parts),
            "Why it is so:",
            *reasons,
            f"The check shows: {found.shows} The learner sees its code and figures.",
            told_result(check, CHECK_CHARACTERS),
            *([fenced("\n\n".join(quotes))] if quotes else []),
        ]
    )


def _quote(number: int, values: dict[str, Any], passage: Passage) -> str:
    quotes = [reason["quote"] for reason in values["reasons"] if reason["number"] == number]
    return " … ".join(quotes)[:QUOTE_CHARACTERS] or passage.text[:QUOTE_CHARACTERS]
