"""Reports: what is counted, held against independent SQL on the same events."""
