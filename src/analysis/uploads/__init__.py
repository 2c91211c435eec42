"""Files that come from elsewhere, spreadsheets and delimited text, read as rows of typed cells."""
