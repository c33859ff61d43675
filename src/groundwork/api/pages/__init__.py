"""The web pages: rendered here, on the same process and by the same law as the JSON API.

    frame       who reads, how a page is put together, what surrounds it
    assets      style sheets and scripts, under names that change with their content
    moments     days, times and working days as people read them
    forms       what somebody typed, and what was wrong with it
    acting      commands from forms: carried out, held for a moment, or refused
    drawing/    a chain's map and Gantt chart as SVG
    templates/  the pages; both languages stand side by side in `say('中文', 'English')`
    static/     what browsers load; no script or style stands in a page itself

docs/pages.md says how to add one.
"""
