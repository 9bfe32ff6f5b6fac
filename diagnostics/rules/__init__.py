"""An estate -> findings; one module per area, one function per rule."""
