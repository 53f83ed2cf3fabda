"""Line-API widgets: they repaint the cells that changed and nothing else."""
