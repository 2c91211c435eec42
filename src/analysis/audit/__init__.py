"""Comparing our values with official files: what a user has downloaded from a source against what we have of it.

`sources.yml` says of each source what its official file looks like, and `declarations` reads that; `opened` opens files,
`formats` reads them, `placing` finds our places by the codes and names of a source, `comparing` compares, `report` tells.
"""
