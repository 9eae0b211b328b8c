"""Graph files: one module for each format, all with the same verb, `write(graph, path)`.

Each takes the graph that `pipeline.graph.drawing.draw` makes, leaves it as it is, and writes the
same bytes for the same graph: no date, no version, no path.
"""
