"""What is kept watch of over hours and days: monitors, criteria in both directions, checkpoints, and whom to tell."""
