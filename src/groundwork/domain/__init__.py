"""The law of approvals, pure: decides, never waits or acts. Imports stdlib and pydantic only."""
