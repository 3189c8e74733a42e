"""What can be wrong with the database itself, as opposed to what is in it."""

from typing import ClassVar


class DatabaseProblem(Exception):  # noqa: N818 - it is the operator's problem, not the program's error
    """A database that cannot be found, started, backed up or restored.

    `str()` is an English sentence for an operator: what was wrong and what would be right. `code` is stable and dotted;
    `data` holds the values the sentence was made of, none of them secret.
    """

    code: ClassVar[str] = "database.problem"

    def __init__(self, sentence: str, /, **data: object) -> None:
        super().__init__(sentence)
        self.data: dict[str, object] = data
