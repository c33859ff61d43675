"""What Groundwork costs, as ratios to a bare workflow on the same server in the same run."""
