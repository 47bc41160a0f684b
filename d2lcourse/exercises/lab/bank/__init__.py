"""The broken trainings, two files each: NAME.py is the script, as its reader gets it; about_NAME.py the rest.

The scripts are real code, which is never imported: a copy of the text is run.
"""

ORDER = (
    "loss_climbs_away",
    "far_too_slow",
    "same_answer_for_all",
    "nothing_but_nan",
    "nan_before_long",
    "loss_stops_halfway",
    "good_before_it_learns",
    "loss_swings_and_climbs",
    "loss_does_not_move",
    "a_line_through_a_sine",
    "pressed_flat",
    "too_little_gets_through",
    "test_figure_jumps",
    "learns_with_half_its_layers",
    "wide_but_weak",
    "deep_net_asleep",
    "test_far_below_training",
    "pictures_in_pieces",
    "jumps_over_the_valley",
    "learns_and_forgets",
    "more_layers_no_better",
    "ten_classes_one_guess",
)
