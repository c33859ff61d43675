"""Chain definitions, ladders and calendars as versioned, checked data. Imports domain."""
