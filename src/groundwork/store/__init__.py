"""The record that people read: tables, migrations, projector, audit chain. Imports domain."""
