"""The literature on the web: asked politely, kept as it came, and read from what was kept."""
