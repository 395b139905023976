"""The page for a screen on a wall: the tasks that it shows, and how they fill the screen."""
