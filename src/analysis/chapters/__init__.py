"""The chapters of the study, a module each: what the cells of the templates call."""
