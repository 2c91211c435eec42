"""Checking what was built: workspaces, a comparer of pages, a report; and their three uses.

It reads what others have published and changes nothing of it.
"""
