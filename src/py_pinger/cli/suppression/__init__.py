"""What the commands that suppress notices share: the tasks that are meant, and who runs the command."""
