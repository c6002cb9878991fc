"""What Lambda calls: events in, time's work, questions and answers; each module's `handler` is an entry point."""
