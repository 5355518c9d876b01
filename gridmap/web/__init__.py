"""The Flask app: pages, api, tiles."""
