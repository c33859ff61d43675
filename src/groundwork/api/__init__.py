"""The JSON API and pages. Imports runtime, store, rehearsal, catalogue and domain."""
