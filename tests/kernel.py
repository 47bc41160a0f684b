"""A cell run in a Jupyter kernel."""


def in_kernel(code: str) -> list:
    """The outputs of a notebook of one cell."""
    import nbclient
    import nbformat

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return notebook.cells[0].outputs
