"""What the names of files and folders say."""
