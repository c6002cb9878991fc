"""What `leadscore plan` says, as text, Markdown, a page and JSON, and the plans that it saves."""
