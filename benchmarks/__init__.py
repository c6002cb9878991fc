"""How fast leadscore is, as ratios against something that runs beside it: ``make bench`` runs all of it."""
