"""What the scores tell the business: one module for each report, and what the reports stand on.

Leads are folded by the engine and seen as lives (`insight.reports.life`); each report takes from a life what it needs,
a small record, and makes tables of all records (`insight.reports.tables`), which are written as text, CSV, JSON or a
page, and drawn. Nothing is counted in any other way than from the engine's own account of a lead.
"""
