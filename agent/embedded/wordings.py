"""How papers word a problem, an idea, a method, a result or a limit: phrases that speak for or against a sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """How papers speak of an aspect."""

    cues: re.Pattern[str]
    """Any of these speaks for a sentence; without one of them it is not taken."""
    counter: re.Pattern[str]
    """What such a sentence does not say."""
    first_sections: re.Pattern[str]
    """Where the plainest sentence stands."""
    only_there: bool = False
    """It stands nowhere else."""
    early: bool = False
    """It stands at the beginning of the paper."""


def _phrases(text: str) -> re.Pattern[str]:
    """Matches any of the phrases, which are parted by commas; `~` stands for any further letters."""
    parts = [
        re.escape(" ".join(part.split())).replace("\\~", r"\w*").replace("\\ ", r"[\s-]") for part in text.split(",")
    ]
    return re.compile(rf"(?<!\w)(?:{'|'.join(part for part in parts if part)})(?!\w)|(?!x)x", re.IGNORECASE)


_WE_DO = """we propose, we introduce, we present, we call, we develop, we explore, we describe, we show, we demonstrate,
we design"""
_RESULTS = "outperform~, state of the art, bleu, accurac~, score of, scores of, benchmark, benchmarks"
_POINTS = "table 1, table 2, table 3, table 4, figure 1, figure 2, figure 3, figure 4"

WORDINGS: Mapping[str, Wording] = {
    "Problem": Wording(
        _phrases("""
            however, difficult~, challeng~, expensive, prohibitive~, costly, infeasible, limited,
            limitation, limitations, limiting, lack, lacks, unstable, problem, problems, suffer, suffers, hard to,
            does not, do not, not aligned, not inherently, not been, not proved, drawback~, constraint~, remains,
            remain, precludes, scarce, need for, primarily been, downside, cumbersome, less feasible, cannot, complex,
            struggle~, unclear, untruthful, disregards
        """),
        _phrases(f"{_WE_DO}, {_RESULTS}, {_POINTS}, our, brief description"),
        _phrases("abstract, introduction, problem, the problem"),
        early=True,
    ),
    "Idea": Wording(
        _phrases(f"""
            {_WE_DO}, in this work, in this paper, dispensing with, instead of, our approach, our method, our idea,
            new simple, new method, new architecture, new paradigm, new approach, new language, key idea, key insight,
            namely, without any, without the need, without explicit, without updating, simple, which freezes,
            which stands for, called, we experiment with
        """),
        _phrases(f"{_RESULTS}, {_POINTS}, limitation~, future work, release, dimension size, prior work"),
        _phrases("abstract, introduction, idea, the idea"),
        early=True,
    ),
    "Method": Wording(
        _phrases("""
            consist of, consists of, composed, is trained, we train, we use, we employ, we fine tune, we finetune,
            we optimize, we minimize, we maximize, we first, we then, we collect, we sample, we apply, we add, we mask,
            we define, we compute, we augment, we prompt, we adopt, we replace, objective, loss, each layer, each step,
            computed as, computed by, minimi~, maximi~, parametri~, stage, stages, step, steps, during training,
            during pre training, during fine tuning, update, updates, followed by, architecture, is frozen, finetune,
            query, queries
        """),
        _phrases(f"""
            {_RESULTS}, {_POINTS}, result, results, we find, we found, we observe, we show, previous, previously, prior,
            learning rate, warmup~, warm up, dropout, seconds, dataset, datasets, we describe, description, typical,
            no nsp
        """),
        _phrases("method, methods, architecture, model, approach, framework, objective, pre training, mathematics"),
    ),
    "Evidence": Wording(
        _phrases("""
            outperform~, achiev~, improv~, state of the art, compared to, compared with, accurac~, bleu, score, scores,
            significantly, better than, reduc~, preferred, exceed~, surpass~, on par, matches, match, best, win rate,
            competitive
        """),
        _phrases("""
            we propose, we introduce, we report, reported for, limitation~, future, is a benchmark, is a task,
            is a dataset, previous work, we consider
        """),
        _phrases("abstract, result, results, conclusion, conclusions, reports"),
    ),
    "Limits": Wording(
        _phrases("""
            limitation, limitations, limits, future work, future works, fail, fails, failure, failures, cannot,
            still makes, still make, still struggle, far from, remains to, remains a, remains an, remains un~, drawback,
            drawbacks, harm, harms, harmful, toxic~, bias, biases, biased, mistake, mistakes, beyond the scope,
            not clear, not yet, not always, not able, not fully, not necessarily, not straightforward,
            study is needed, not sufficient, not actually, unclear,
            open question, open questions, disadvantage~, susceptible, weakness~, costly, hallucinat~, no guarantee,
            without guarantee, misconception~, risk, risks, only emerge~, only if, only when, local minima, caveat~,
            we have not, we did not, we do not, underfit, break down, diminishing, at the expense,
            goals of ours, we plan, we leave, prohibitive
        """),
        _phrases("""
            outperform~, achiev~, state of the art, we propose, superior, previous, previously, prior, reduces, avoids,
            alleviat~, without loss, minimize such
        """),
        _phrases("limitation, limitations, discussion, trade offs, caveat~, bias, misconceptions"),
    ),
    "What came after": Wording(
        _phrases("""
            future, plan to, to extend, we hope, we also hope, further work, further research, further explor~,
            further investigat~, further unlock, direction, directions, we will, we leave, we are excited, promising,
            open question, open questions
        """),
        _phrases(f"outperform~, achiev~, state of the art, {_POINTS}, risks"),
        _phrases("conclusion, conclusions, future, discussion, open questions, changed since"),
        only_there=True,
    ),
    "Later work": Wording(
        _phrases("""
            extend~, builds on, build on, building on, unlike, instead, compared, based on, follow~, modif~,
            outperform~, inspired, variant, improv~, than, replicat~, introduced, proposed, recent, uses, similar
        """),
        _phrases(f"{_POINTS}, leaderboard"),
        _phrases("introduction, related work, abstract, changed since"),
    ),
    "Data": Wording(
        _phrases("""
            trained on, data set, data sets, dataset, datasets, corpus, corpora, examples, tokens, sentence pairs,
            million words, billion tokens, wikipedia, crawl, gb of, we collect, we evaluate, benchmarks, tasks, prompts,
            comparisons, web pages, webpages, books, articles
        """),
        _phrases(
            "outperform~, state of the art, we propose, limitation~, perplexity, motivates, most prior, baselines"
        ),
        _phrases("data, dataset, datasets, corpus, setup, set up"),
    ),
}
SAME_WORDING = {
    "Core idea": "Idea",
    "Training and objective": "Method",
    "Results": "Evidence",
    "In plain words": "Idea",
}
"""Names of aspects that are worded like another."""
