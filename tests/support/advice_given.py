"""Every sentence of advice there is, read from the code: what findings, hints of checks and what is raised say.

What is only known when it is said is `…` in it. A text that cannot be read is one as well, so that nobody overlooks it.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

PROJECT = Path(__file__).parents[2]
ROOMS = ("authbridge", "credits", "datasets", "fltr_project")
FINDINGS, RAISED = {"red", "yellow"}, {"DatabaseNotReady", "CommandError", "SetupFailed", "CannotDrop", "Alarm"}
HOLE = "…"
# What somebody could type, or would do because of it.
COMMAND = re.compile(
    r"manage\.py \w|\bmake run\b|drizzle-kit|psql|\b(?:ALTER|CREATE|DROP|GRANT|UPDATE|DELETE|INSERT|TRUNCATE|REINDEX)\b"
    r"|\bIn …[^:]*: |\b(?:drop|delete|truncate|owner)\b"
)
Scope = dict[str, list[str]]


@dataclass(frozen=True, order=True)
class Sentence:
    """One advice, and the module that gives it."""

    module: str
    text: str

    def fits(self, said: str) -> bool:
        """Tell whether this is what was said, perhaps after what was wrong."""
        pattern = ".*".join(map(re.escape, self.text.split(HOLE)))
        return re.search(rf"(?:^|\. ){pattern}\s*$", said) is not None


class Module:
    """A file of the product: its functions and constants, also those it imports."""

    def __init__(self, path: Path) -> None:
        self.name = ".".join(path.relative_to(PROJECT).with_suffix("").parts)
        self.tree = ast.parse(path.read_text())

    def definition(self, name: str) -> "tuple[Module, ast.AST] | None":
        """Return the function or the value that has this name here, and the module where that is written."""
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return self, node
            if isinstance(node, ast.Assign) and any(isinstance(to, ast.Name) and to.id == name for to in node.targets):
                return self, node.value
            if isinstance(node, ast.ImportFrom) and name in {each.asname or each.name for each in node.names}:
                imported = module_named(node.module or "")
                return imported.definition(name) if imported else None
        return None


@cache
def module_named(name: str) -> Module | None:
    """Return a module of the product."""
    path = PROJECT / Path(*name.split("."))
    found = next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)
    return Module(found) if found else None


def sentences() -> set[Sentence]:
    """Return all advice: each of a finding or a check, and of what is raised whatever names a command."""
    found: set[Sentence] = set()
    for path in (path for room in ROOMS for path in sorted((PROJECT / room).rglob("*.py"))):
        module = Module(path)
        for function in (node for node in ast.walk(module.tree) if isinstance(node, ast.FunctionDef)):
            for advice, is_raised in advice_in(function):
                texts = read(advice, module, scope_of(function, module))
                found |= {Sentence(module.name, text) for text in texts if not is_raised or COMMAND.search(text)}
        found |= {Sentence(module.name, text) for text in lists_of_advice(module) if COMMAND.search(text)}
    return found


def lists_of_advice(module: Module) -> Iterator[str]:
    """Yield the texts that a module keeps under the name ADVICE."""
    listed = module.definition("ADVICE")
    if listed and isinstance(listed[1], ast.Dict):
        yield from (text for value in listed[1].values for text in read(value, module, {}))


def advice_in(function: ast.FunctionDef) -> Iterator[tuple[ast.expr, bool]]:
    """Yield what a function advises, and whether it does so in what it raises."""
    for call in (node for node in ast.walk(function) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        name = call.func.id  # type: ignore[attr-defined]
        given = {word.arg: word.value for word in call.keywords}
        if name in FINDINGS and (advice := given.get("advice", call.args[2] if len(call.args) > 2 else None)):
            yield advice, False
        elif "hint" in given and not is_passed_on(given["hint"]):
            yield given["hint"], False
        elif name in RAISED and call.args and not is_passed_on(call.args[0]):
            yield call.args[0], True


def is_passed_on(value: ast.expr) -> bool:
    """Tell whether this is another's advice, said once more."""
    return "advice" in ast.unparse(value) and isinstance(value, ast.Attribute | ast.BoolOp)


def scope_of(function: ast.FunctionDef, module: Module) -> Scope:
    """Return the texts of a function's variables."""
    scope: Scope = {}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.NamedExpr):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    scope.setdefault(target.id, []).extend(read(node.value, module, scope))
    return scope


def read(value: ast.AST, module: Module, scope: Scope) -> list[str]:
    """Return all that a value can say."""
    match value:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return ["".join(texts) for texts in product(*(read_part(part, module, scope) for part in parts))]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return ["".join(texts) for texts in product(read(left, module, scope), read(right, module, scope))]
        case ast.IfExp(body=one, orelse=other):
            return read(one, module, scope) + read(other, module, scope)
        case ast.Name(id=name):
            return scope[name] if name in scope else read_definition(name, module)
        case ast.Call(func=ast.Name(id="run_in"), args=[_, sql, *by]):
            place = f"In {HOLE}, as {read(by[0], module, scope)[0]}" if by else f"In {HOLE}"
            return [f"{place}: {text};" for text in read(sql, module, scope)]
        case ast.Call(func=ast.Name(id=name)):
            return read_definition(name, module)
        case ast.Call(func=ast.Attribute(value=template, attr="format")):
            return [re.sub(r"\{\w*\}", HOLE, text) for text in read(template, module, scope)]
    return [HOLE]


def read_part(part: ast.AST, module: Module, scope: Scope) -> list[str]:
    """Return what a part of a text can say: only what names a command is followed up."""
    if isinstance(part, ast.FormattedValue):
        texts = read(part.value, module, scope)
        return texts if any(COMMAND.search(text) for text in texts) else [HOLE]
    return read(part, module, scope)


def read_definition(name: str, module: Module) -> list[str]:
    """Return what a function or a constant says."""
    found = module.definition(name)
    if found is None:
        return [HOLE]
    home, node = found
    if not isinstance(node, ast.FunctionDef):
        return read(node, home, {})
    scope = scope_of(node, home)
    returned = (each.value for each in ast.walk(node) if isinstance(each, ast.Return) and each.value)
    return list(dict.fromkeys(text for value in returned for text in read(value, home, scope)))
