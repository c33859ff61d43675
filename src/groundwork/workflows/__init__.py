"""The durable shell: one workflow type per kind of chain. May import temporalio and domain."""
