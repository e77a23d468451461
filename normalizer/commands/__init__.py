"""Click commands beside `repair` and `detect`: each a coat over one function, loaded when called."""
