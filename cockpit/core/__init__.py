"""The pure middle: what a plan says, what a run is, what may be done. No clock, no I/O, no Textual."""
