"""`leadscore report`: what is asked for, and the forms that a report is written in."""
