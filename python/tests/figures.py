"""Runs the programs beside figures and holds what they draw to the tables beside them."""

import csv
import pathlib
import runpy
import sys

for name in sys.argv[1:]:
    picture = pathlib.Path(f"{name}.png")
    sys.argv = [f"{name}.py", str(picture)]
    drawn = runpy.run_path(f"{name}.py")["figure"]
    assert picture.stat().st_size > 1000, picture
    with open(f"{name}.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    table = {}
    for row in rows:
        table.setdefault((row["facet"], row["color"]), []).append(row)
    facets = list(dict.fromkeys(facet for facet, _ in table))
    assert len(drawn.axes) == len(facets), name
    points = 0
    for facet, axis in zip(facets, drawn.axes):
        for line in axis.get_lines():
            numbers = table.get((facet, line.get_label()))
            if numbers is None:  # The optimum.
                continue
            expected = [(float(row["x"]), float(row["center"])) for row in numbers]
            if axis.get_xscale() == "log":
                expected = [point for point in expected if point[0] > 0]
            found = [(x, y) for x, y in zip(line.get_xdata(), line.get_ydata()) if x == x and y == y]
            assert found == expected, (name, facet, line.get_label())
            points += len(found)
    assert points > 4, name
    print(f"{name}: {points} points in {len(facets)} panels, as in its table")
