"""The CustomResourceDefinitions: schemas made from the models, names and columns, and the files that hold them."""
