"""Coverage: what the tests of rule files have seen of the rules, and what is made of that."""
