"""Folds events with a compiled table: scores, reasons, triggers. Stands alone in the serverless bundle."""
