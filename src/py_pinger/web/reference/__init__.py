"""The API reference as frozen values, read from an OpenAPI document."""
