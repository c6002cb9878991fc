"""The serverless runtime, against real components."""
