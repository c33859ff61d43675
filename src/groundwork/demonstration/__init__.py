"""The demonstration (演示环境): invented people and projects on the real engine, kept apart."""
