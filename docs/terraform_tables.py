"""Write the tables of terraform/README.md from the module's own files: what it needs, makes, takes and gives.

Reads HCL as far as this module writes it: one block after the other, as `terraform fmt` leaves them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

MODULE: Final = Path(__file__).parents[1] / "terraform"
README: Final = MODULE / "README.md"
BEGIN: Final = "<!-- BEGIN TABLES: written by `make docs` from the module's files; change those -->"
END: Final = "<!-- END TABLES -->"


def source() -> dict[str, str]:
    """Return the module's files by name."""
    return {path.name: path.read_text("utf-8") for path in sorted(MODULE.glob("*.tf"))}


def blocks(text: str, kind: str) -> dict[str, str]:
    """Return the blocks of a kind by their labels: what is between the braces."""
    found = re.findall(rf'^{kind} ((?:"\w+" ?)+)\{{\n(.*?)^\}}', text, re.MULTILINE | re.DOTALL)
    return {" ".join(re.findall(r"\w+", labels)): body for labels, body in found}


def argument(body: str, name: str) -> str:
    """Return an argument as it is written, without indentation; empty if it is not there."""
    match = re.search(rf"^  {name} *= (.*(?:\n(?:    |  [)\]}}]).*)*)", body, re.MULTILINE)
    return re.sub(r"^  ", "", match[1], flags=re.MULTILINE) if match else ""


def text_of(literal: str) -> str:
    """Return what a quoted text says, fit for a cell of a table."""
    return literal[1:-1].replace('\\"', '"').replace("|", "\\|")


def cell(expression: str) -> str:
    """Return an expression in one line, as a cell."""
    joined = re.sub(r"\s*\n\s*", " ", re.sub(r"#.*", "", expression)).replace("|", "\\|")
    return f"`{re.sub(r' +', ' ', joined)}`"


def requirements(files: dict[str, str]) -> list[str]:
    """What must be there."""
    text = files["versions.tf"]
    core = re.search(r'required_version = "(.*?)"', text)
    providers = re.findall(r'source *= "(.*?)".*?version = "(.*?)"', text, re.DOTALL)
    rows = [("terraform", core[1] if core else ""), *providers]
    return ["| needs | version |", "| --- | --- |", *(f"| {name} | `{version}` |" for name, version in rows)]


def resources(files: dict[str, str]) -> list[str]:
    """What is made, and what is read."""
    rows = []
    for file, text in files.items():
        for kind, what in (("resource", "makes"), ("data", "reads")):
            for label in blocks(text, kind):
                type_name, name = label.split()
                link = f"https://registry.terraform.io/providers/hashicorp/google/latest/docs/{kind}s/"
                link = link.replace("datas", "data-sources") + type_name.removeprefix("google_")
                rows.append(f"| {what} | [`{type_name}.{name}`]({link}) | [{file}]({file}) |")
    return ["| | resource | in |", "| --- | --- | --- |", *sorted(rows, key=lambda row: row.split("`")[1])]


def inputs(files: dict[str, str]) -> list[str]:
    """What it takes."""
    rows = []
    for name, body in sorted(blocks(files["variables.tf"], "variable").items()):
        default = argument(body, "default")
        shown = cell(default) if default else "**required**"
        what = text_of(argument(body, "description"))
        rows.append(f"| `{name}` | {what} | {shown} |")
    begin, end = "<details><summary>Type of <code>", "</code></summary>"
    types = [
        f"{begin}{name}{end}\n\n```hcl\n{argument(body, 'type')}\n```\n\n</details>\n"
        for name, body in sorted(blocks(files["variables.tf"], "variable").items())
        if "\n" in argument(body, "type")
    ]
    return ["| input | what | default |", "| --- | --- | --- |", *rows, "", *types]


def outputs(files: dict[str, str]) -> list[str]:
    """What it gives."""
    return [
        "| output | what |",
        "| --- | --- |",
        *(
            f"| `{name}` | {text_of(argument(body, 'description'))} |"
            for name, body in sorted(blocks(files["outputs.tf"], "output").items())
        ),
    ]


def tables() -> str:
    """Return all tables."""
    files = source()
    parts = (
        ("Requirements", requirements(files)),
        ("Inputs", inputs(files)),
        ("Outputs", outputs(files)),
        ("Resources", resources(files)),
    )
    return "\n\n".join(f"### {title}\n\n" + "\n".join(lines) for title, lines in parts)


def filled(page: str) -> str:
    """Return the page with the tables of today."""
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{README} has no place for the tables")
    return f"{before}{BEGIN}\n\n{tables()}\n\n{END}{after}"


def main() -> None:
    """Write them."""
    README.write_text(filled(README.read_text("utf-8")), "utf-8")
    print(f"wrote {README.parent.name}/{README.name}")


if __name__ == "__main__":
    main()
