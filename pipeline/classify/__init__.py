"""Records to mentions, and mentions to codes."""
