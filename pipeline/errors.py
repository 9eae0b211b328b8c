"""The one error that a person is meant to read."""

from pathlib import Path


class RapportError(Exception):
    """Something a person can mend: what is wrong, where, and how to mend it, in one line.

    Parameters
    ----------
    what : what is wrong.
    where : the file, or any other place, that it is wrong in.
    row, column : a place inside `where`, counted from 1 as a spreadsheet or an editor counts.
    cure : how to mend it.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | Path | None = None,
        row: int | None = None,
        column: str | int | None = None,
        cure: str | None = None,
    ) -> None:
        self.what, self.where, self.row, self.column, self.cure = what, where, row, column, cure
        super().__init__(str(self))

    def __str__(self) -> str:
        place = ", ".join(
            str(part)
            for part in (
                self.where,
                f"row {self.row}" if self.row is not None else None,
                f"column {self.column}" if self.column is not None else None,
            )
            if part is not None
        )
        line = f"{place}: {self.what}" if place else self.what
        return f"{line}. {self.cure}" if self.cure else line


class Halt(RapportError):
    """An error that is no single shard's: a full disk, another version on a worker.

    Where one shard meets it, so would all, and the rest is not tried.
    """
