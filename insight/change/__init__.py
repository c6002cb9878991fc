"""What a change of the model would have done to recorded leads: the numbers behind `leadscore plan`."""
