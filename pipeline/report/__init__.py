"""From gaps to something to look at: figures, a flow of records, methods, and one HTML page."""
