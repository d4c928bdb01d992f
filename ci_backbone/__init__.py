"""CI Backbone: a workspace for the backbone of a collective impact initiative."""
