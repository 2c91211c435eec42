"""One exception class per thing that a user can mend. The message is all that the user sees."""


class StudyError(Exception):
    """Something a user can mend; the command `study` prints the message and ends with status 1."""


class UnknownCell(StudyError):
    """An edition, axis or language that `data/study.yml` does not know."""


class UnknownParameter(StudyError):
    """A parameter that the template of a notebook does not have."""


class InvalidData(StudyError):
    """A table that breaks its codebook: file, row, field, value, expectation."""


class NotebookFailed(StudyError):
    """A notebook that raised, with the cell and the run."""


class BookFailed(StudyError):
    """A page, link or figure that keeps the book from being built."""


class IncompleteExhibit(StudyError):
    """An exhibit without one of: title, alternative text, table, source."""
