"""What touches the world: record, notify, look up, issue. Imports domain, store and runtime."""
