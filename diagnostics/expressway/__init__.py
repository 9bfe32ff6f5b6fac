"""What the product does, as tables with a source on every row, and the simulator of what a node sends and accepts."""
