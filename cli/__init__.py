"""The command `leadscore`: one file a command, no decisions of its own."""
