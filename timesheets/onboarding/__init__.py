"""From a new workspace to its first hour: a project, work types, a row on this week, colleagues.

It stands here because it ends on the week's page and writes a row of it; workspaces know neither projects nor weeks.
"""
