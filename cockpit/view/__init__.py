"""State in words and tones. Pure: no colour, no Textual, no clock; the screen and headless commands alike use it."""
