//! What the theory predicts from the configuration alone: counts, sizes, schedules, constants.
