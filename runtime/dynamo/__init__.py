"""Leads in DynamoDB: the same fold, kept in a table that many functions write at once."""
