"""Plays a chain in skipped time. Imports runtime, workflows, catalogue and domain, no store."""
