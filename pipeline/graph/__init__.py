"""Codes to graph: co-occurrence, association, communities, backbone, bridges and graph files."""
