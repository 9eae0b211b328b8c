"""Codes that a researcher can trust: coding sheets, agreement, accuracy, corrected shares."""
