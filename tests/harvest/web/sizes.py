"""Which sources are tested, and how small their pages and ceilings are made."""

from pipeline.harvest.web.harvest import SOURCES

KINDS = tuple(SOURCES)
WORKS, PAGE, CEILING = 13, 5, 10
