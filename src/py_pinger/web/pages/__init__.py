"""The pages, a file each: what each route answers, to people and to programs."""
