"""About the broken training ten_classes_one_guess: what to foresee, hints, and repairs."""

from d2lcourse.exercises.lab.lab import Lab, WrongRepair

LAB = Lab(
    name="ten_classes_one_guess",
    summary="A classifier that does not change at all.",
    chapter="building_models",
    notes="004 3.2.5",
    least=0.9,
    fault="The optimizer was given the parameters of a second net: it trains that one, or rather nothing.",
    rules=("optimizer_other_net",),
    foresee=(
        "the gradients of the net are zero",
        "the net has gradients, but the optimizer holds none of its parameters",
        "the learning rate is zero",
        "the labels do not belong to the images",
    ),
    shows=1,
    hints=(
        "The net gets gradients. Who uses them?",
        "Compare id(updater.param_groups[0]['params'][0]) with id(net[1].weight).",
        "make_net() makes a new net at every call: give the optimizer net.parameters().",
    ),
    repair=(("make_net().parameters()", "net.parameters()"),),
    mistakes=(
        WrongRepair(
            "a higher rate moves the other net's parameters, and these have no gradient: net stays as it is",
            (("lr=0.3", "lr=3"),),
        ),
        WrongRepair(
            "this optimizer too gets the parameters of a net of its own: net.parameters() is needed",
            (
                (
                    "torch.optim.SGD(make_net().parameters(), lr=0.3)",
                    "torch.optim.Adam(make_net().parameters())",
                ),
            ),
        ),
        WrongRepair(
            "the optimizer has only the last layer of the net: give it net.parameters()",
            (("make_net().parameters()", "net[-1].parameters()"),),
        ),
    ),
    accepted=(
        (("make_net().parameters()", "list(net.parameters())"),),
        (("make_net().parameters()", "[{'params': layer.parameters()} for layer in net]"),),
    ),
)
