"""Other GraphQL servers, measured beside ours on the same data."""
