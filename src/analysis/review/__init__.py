"""Checking what was built: the workspaces of builds, the comparer of pages, the report; and its three uses, `verify`, `diff`, `twice`.

It reads what others have published and changes nothing of it.
"""
