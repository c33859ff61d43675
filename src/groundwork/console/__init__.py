"""What the commands do: speak to the API, draw tables, start processes, check the set-up."""
