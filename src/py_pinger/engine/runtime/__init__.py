"""What all loops share: tasks, metrics, the thread worker and the store protocol."""
