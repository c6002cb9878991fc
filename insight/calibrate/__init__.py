"""Points from history: what won leads did, and what it says about the points of the rules."""
