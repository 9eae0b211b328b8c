"""Rapport: find where relationships go unmentioned in research on implementation."""

__version__ = "0.1.0"
