"""Configurations of network devices, as files handed over: text → lines → blocks, and which platform wrote them.

Limits: read so far are lines, blocks and platform; no fact is taken from them yet.
"""
