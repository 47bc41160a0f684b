"""Wrong answers to one_hot, each under what its writer is to read."""

import torch

from d2lcourse.exercises.bank import again, mistake


@mistake("the rows and columns are swapped: an example is a row, a class a column")
def one_hot(y, num_classes):
    return (torch.arange(num_classes).unsqueeze(1) == y).float()


@mistake("the number of columns is taken from the labels: the last class need not be among them")
def one_hot(y, num_classes):
    return torch.nn.functional.one_hot(y).float()


@mistake("classes are counted from 1: label 0 belongs in the first column")
def one_hot(y, num_classes):
    return (y.unsqueeze(1) == torch.arange(1, num_classes + 1)).float()


@mistake("the result is of whole numbers: add .float(), as it is to be multiplied with floats")
def one_hot(y, num_classes):
    return torch.nn.functional.one_hot(y, num_classes)


@mistake("the result is of booleans: add .float()")
def one_hot(y, num_classes):
    return y[:, None] == torch.arange(num_classes)


@mistake(
    "Z[:, y] = 1 fills the columns of all labels in every row: set one place a row, "
    "Z[torch.arange(len(y)), y] = 1"
)
def one_hot(y, num_classes):
    Z = torch.zeros(len(y), num_classes)
    Z[:, y] = 1
    return Z


@mistake(
    "eye[y - 1] is the row of the class before: classes are counted from 0, so torch.eye(num_classes)[y]"
)
def one_hot(y, num_classes):
    return torch.eye(num_classes)[y - 1]


@mistake("the result has as many rows as there are classes: it needs one an example, (len(y), num_classes)")
def one_hot(y, num_classes):
    Z = torch.zeros(num_classes, num_classes)
    Z[torch.arange(len(y)), y] = 1
    return Z


@again
def one_hot(y, num_classes):
    Z = torch.zeros(num_classes, num_classes)
    Z[y, y] = 1
    return Z


@mistake(
    "this is the identity matrix, a row for each class: pick the row of each label, torch.eye(num_classes)[y]"
)
def one_hot(y, num_classes):
    return torch.eye(num_classes)


@mistake(
    "Z[y] = 1 fills whole rows, those whose number is a label: set one place a row, "
    "Z[torch.arange(len(y)), y] = 1"
)
def one_hot(y, num_classes):
    Z = torch.zeros(len(y), num_classes)
    Z[y] = 1
    return Z
