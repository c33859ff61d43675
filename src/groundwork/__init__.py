"""Durable approval chains for industrial projects, from land to construction and to production."""
