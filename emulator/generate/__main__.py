"""Write the data files of all APIs: `python -m emulator.generate`."""

from emulator.generate.apis import FOLDER, files

for name, text in files().items():
    (FOLDER / name).write_text(text, "utf-8")
