# Man pages; tables generate their lists.
