"""What models send as arguments, made usable: small ones send text for numbers, lists or objects for text."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from agent.tools.forgiving import (
    forgiving_code,
    forgiving_page,
    forgiving_symbols,
    forgiving_text,
    optional_text,
)

Text = Annotated[str, BeforeValidator(forgiving_text)]
OptionalText = Annotated[str, BeforeValidator(optional_text)]
PageNumber = Annotated[int | None, BeforeValidator(forgiving_page), WithJsonSchema({"type": "integer"})]
"""Shown to models as a whole number: that it may be left out is said by its default, in fewer tokens."""
Code = Annotated[str, BeforeValidator(forgiving_code)]


class SearchArguments(BaseModel):
    """Arguments of `search_library`."""

    query: Text = Field(default="", description="What to look for, as a short question or key words.")
    document: OptionalText = Field(default="", description="Title, arXiv id or id of one document to search in.")
    part: OptionalText = Field(default="", description="Seldom needed, like all below: a roadmap part.")
    topic: OptionalText = Field(default="", description="Roadmap topic.")
    year: OptionalText = Field(default="", description="2020, 2019-2021 or 2020-.")
    section: OptionalText = Field(default="", description="Words of the section's title.")
    kind: OptionalText = Field(default="", description="text, caption, table, equation, reference or code.")
    type: OptionalText = Field(default="", description="paper, note or other.")


class ReadArguments(BaseModel):
    """Arguments of `read_pages`."""

    document: OptionalText = Field(default="", description="Title, arXiv id or id of the document.")
    first_page: PageNumber = Field(default=None, description="First page to read, from 1.")
    last_page: PageNumber = Field(default=None, description="Last page to read; empty for one page.")
    section: OptionalText = Field(default="", description='Instead of pages: a section, e.g. "3.2 Attention".')
    passage: PageNumber = Field(default=None, description="Instead: a passage's number, to read around it.")


class ListArguments(BaseModel):
    """Arguments of `list_library`: never none at all, or LangChain would leave out the tool's runtime."""

    title: OptionalText = Field(default="", description="Words of the titles to list; empty for all.")


class RoadmapArguments(BaseModel):
    """Arguments of `roadmap`."""

    topic: OptionalText = Field(
        default="", description='A topic or phase; "next" for what to learn next; empty for the outline.'
    )


class RunPythonArguments(BaseModel):
    """Arguments of `run_python`."""

    code: Code = Field(default="", description="The program. What it prints and its last expression come back.")


class SearchArxivArguments(BaseModel):
    """Arguments of `search_arxiv`."""

    query: OptionalText = Field(default="", description="Words to look for in titles and abstracts.")
    author: OptionalText = Field(default="", description="An author's name.")
    category: OptionalText = Field(default="", description="A category, e.g. cs.CL.")
    since: OptionalText = Field(default="", description="Earliest year or date, e.g. 2024-05-01.")
    arxiv_id: OptionalText = Field(default="", description="An arXiv id, to look up that paper instead.")


class AddPaperArguments(BaseModel):
    """Arguments of `add_paper`."""

    arxiv_id: OptionalText = Field(default="", description="The paper's arXiv id, e.g. 2305.18290.")


class ExplainEquationArguments(BaseModel):
    """Arguments of `explain_equation`."""

    equation: OptionalText = Field(default="", description="Its number or name, e.g. 1 or DPO loss.")
    paper: OptionalText = Field(default="", description="Title or arXiv id of its paper; empty when not known.")


class SymbolArguments(BaseModel):
    """One symbol of a drafted equation."""

    latex: Text = Field(default="", description="The symbol in LaTeX.")
    name: Text = Field(default="", description="What it is called.")
    shape: OptionalText = Field(default="", description="Its shape, e.g. (n, d).")
    meaning: Text = Field(default="", description="What it stands for.")


Symbols = Annotated[list[SymbolArguments], BeforeValidator(forgiving_symbols)]


class DraftEquationArguments(BaseModel):
    """Arguments of `draft_equation`."""

    latex: Text = Field(default="", description="The equation in LaTeX.")
    symbols: Symbols = Field(default_factory=list, description="Each symbol with name, shape and meaning.")
    property: Text = Field(default="", description="What the code checks, in one sentence.")
    code: Code = Field(default="", description="numpy code with an assert of the property.")
    name: OptionalText = Field(default="", description="What the equation is called.")
    paper: OptionalText = Field(default="", description="Title or arXiv id of its paper.")
