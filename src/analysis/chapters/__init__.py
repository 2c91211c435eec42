"""The chapters of the study, a module each: what the cells of the templates call."""

from analysis import surroundings

surroundings.import_matplotlib()
