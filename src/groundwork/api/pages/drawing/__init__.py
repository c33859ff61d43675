"""Drawings of a chain as SVG: the map of its steps, its Gantt chart, and small figures.

Pure functions without I/O. Each drawing is first a typed model that can be looked at by itself
(`metro.py`, `gantt.py`), then SVG (`metro_svg.py`, `gantt_svg.py`) that the style sheet
`static/drawing.css` gives its colours. For every drawing there are rows for the same facts as a
list or table.
"""
