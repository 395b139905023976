"""Tasks that are pushed, in the program: nothing of it is loaded where there are none."""
