"""The statements of the nodes of a cluster, one file per subject."""
