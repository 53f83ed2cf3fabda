"""State in words and tones. Pure: no colour, no Textual, no clock; used by the screen and by headless commands alike."""
