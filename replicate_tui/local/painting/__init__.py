"""Procedural painting with Pillow: a prompt's words and a seed become a composed scene.

`words` reads the prompt, `colours` has the palettes, `brushes` the strokes; `sky`, `land`, `sea`, `buildings`,
`beings` and `creatures` paint their parts; `picture` puts the passes in order.

The same scene always gives the same pixels.
"""
