"""The tools that a learner's reply calls by itself while a quiz or lesson is open."""

QUIZ_TOOLS = ("answer_quiz", "quiz_hint", "end_quiz", "explain_answer")
LESSON_TOOLS = ("study_reply",)
PRIVATE_TOOLS = frozenset({"grade_answer"})
"""Never offered to a model: the learner's own grade."""
FORCED = frozenset({*QUIZ_TOOLS, *LESSON_TOOLS, *PRIVATE_TOOLS})
WIDE_TOOLS = FORCED | {"study_mode", "study_plan", "recall_attempts", "prerequisites"}
"""Not offered to a model with a narrow window, which has better use for it."""
REMINDER = "*Your open question waits: answer it, or say “repeat the question” or “stop”.*"
"""What is said after an answer to something else, while a question is open."""
