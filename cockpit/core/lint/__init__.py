"""What is wrong with a plan before anything is done with it, every complaint at once; and advice on what is allowed."""
