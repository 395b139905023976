"""Request a task's page: HTTP, authentication, redirects, DNS, errors, certificates."""
