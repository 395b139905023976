"""The HTTP server, its connections and sockets, requests and responses."""
