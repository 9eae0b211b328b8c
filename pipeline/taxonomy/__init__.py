"""The taxonomy: what is coded, and the cues that find it."""
