"""Every fault the assistant knows by name.

Each error is one sentence for the learner, and carries a `hint` that says what to do next.
A door (terminal, page) prints both and no traceback; anything else is a defect and goes to the log.
"""

from __future__ import annotations


class StudyError(Exception):
    """Base of all known faults. `str(error)` is shown to the learner as it is."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        """What happened, in one sentence."""
        self.hint = hint
        """What the learner can do next, in one sentence; may be empty."""

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the hint when the error crosses a process boundary."""
        return (_rebuild, (type(self), self.message, self.hint))

    def as_text(self) -> str:
        """Message and hint as one line."""
        return f"{self.message} {self.hint}".strip()


def _rebuild(kind: type[StudyError], message: str, hint: str) -> StudyError:
    return kind(message, hint=hint)


# Start-up


class SettingsError(StudyError):
    """A setting has a value that cannot be used."""


class HomeError(StudyError):
    """The data folder cannot be made, read or written."""


class HomeBusyError(HomeError):
    """Another process is writing to the same data folder."""


class PortInUseError(StudyError):
    """The page's address is taken by another program."""


class MissingPackageError(StudyError):
    """An optional package is needed for what was asked."""


class UserError(StudyError):
    """There is no such user, or one cannot be taken in like this."""


# Documents


class DocumentError(StudyError):
    """A file cannot be taken into the library."""


class DocumentMissingError(DocumentError):
    """There is no such file."""


class EmptyDocumentError(DocumentError):
    """The file holds no text at all."""


class EncryptedDocumentError(DocumentError):
    """The file asks for a password."""


class ScannedDocumentError(DocumentError):
    """The pages are pictures without a text layer."""


class DamagedDocumentError(DocumentError):
    """The file is truncated or broken."""


class MislabelledDocumentError(DocumentError):
    """The content is not what the file's ending says."""


class UnsupportedDocumentError(DocumentError):
    """Files of this kind are not read."""


class OversizedDocumentError(DocumentError):
    """The file is larger than the limit, or took too long or too much memory to read."""


# Library


class LibraryError(StudyError):
    """The library's own data cannot be used."""


class DocumentNotFoundError(LibraryError):
    """No document in the library has that id, title or arXiv id."""


class FilterError(LibraryError):
    """A filter of a search names something that there is not."""


class EmbeddingError(StudyError):
    """The embedding model cannot be loaded or did not answer."""


class RerankerError(StudyError):
    """The model that orders what a search found cannot be loaded."""


# Models and questions


class ModelError(StudyError):
    """The chat model failed; the turn ended, the conversation goes on."""


class ModelMissingError(ModelError):
    """The named chat model is not there."""


class ModelServerError(ModelError):
    """The model's server does not answer, or answers with a fault."""


class ModelTimeoutError(ModelError):
    """The model took longer than the limit."""


class QuestionError(StudyError):
    """The question is empty or too long."""


class ConversationNotFoundError(StudyError):
    """No conversation has that id."""


# Code, arXiv and the learner's record


class SandboxError(StudyError):
    """Code cannot be run here, or not safely."""


class ArxivError(StudyError):
    """arXiv did not answer, or its answer cannot be used."""


class ArxivNotFoundError(ArxivError):
    """arXiv knows no paper of that id."""


class DownloadError(ArxivError):
    """A paper's PDF could not be fetched whole."""


class FetchStoppedError(ArxivError):
    """The learner stopped a search or a download."""


class ExerciseError(StudyError):
    """There is no such exercise or equation, or none is open."""


class QuizError(StudyError):
    """No quiz can be made of what was asked."""


class NotebookError(StudyError):
    """A lesson's notebook cannot be read or run."""


class ProjectError(StudyError):
    """There is no such project, or the learner's folder for it cannot be used."""


class LearnerRecordError(StudyError):
    """The record of what the learner did cannot be read or written."""


class BoxError(StudyError):
    """There is no such box in the tracker, or it cannot be ticked like this."""


class MaterialError(StudyError):
    """The roadmap has no such note, paper, lesson or project, or its file cannot be read."""


class CurriculumError(StudyError):
    """The curriculum's data files have faults; the message lists all of them."""
