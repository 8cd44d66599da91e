"""What is served, said in OpenAPI 3.1: from the routes and from what they take and answer."""
