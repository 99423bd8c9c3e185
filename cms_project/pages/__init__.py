"""The plugins that the site's pages are built from."""
