"""One function for each thing that a person or a clock can ask, and the ports they stand on."""
