"""The one way in that skips the pipeline: live points. An operation opens a stream, what comes down it is written in groups."""

from .streams import Figures, Offer, Stream, Written
from .writer import Ingest

__all__ = ["Figures", "Ingest", "Offer", "Stream", "Written"]
