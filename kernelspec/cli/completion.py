"""`kernelspec completion`: scripts that complete verbs, options, their values, kernels and files in a shell.

They are made of the parsers and of the names that `ks.parse` knows, so that they know what this version knows.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .errors import DONE
from .parser import Parser, options_of
from .verbs import VERBS, parser_of

SHELLS = ("bash", "zsh", "fish")


def parser() -> Parser:
    """Options and help."""
    made = Parser(
        "completion",
        """
        Prints a script that completes kernelspec in a shell: verbs, options, names of kernels, and files.

          bash:  kernelspec completion bash > ~/.local/share/bash-completion/completions/kernelspec
          zsh:   kernelspec completion zsh > ~/.zfunc/_kernelspec    (a folder of $fpath, before compinit)
          fish:  kernelspec completion fish > ~/.config/fish/completions/kernelspec.fish
        """,
        ["kernelspec completion bash", "kernelspec completion fish"],
    )
    made.add_argument("shell", metavar="SHELL", choices=SHELLS, help="bash, zsh or fish")
    return made.finished()


class Option(NamedTuple):
    """An option of a verb: its names, whether a value follows, whether that is a file, its choices, its help."""

    names: tuple[str, ...]
    value: bool
    file: bool
    choices: tuple[str, ...]
    help: str


class Verb(NamedTuple):
    """A verb: what it does, its options, and what its arguments are, in order: "kernel", "file" or choices."""

    name: str
    help: str
    options: tuple[Option, ...]
    arguments: tuple[tuple[str, ...], ...]


def verbs() -> list[Verb]:
    """All verbs, as their parsers have them."""
    return [_verb(name, text) for name, text in VERBS.items()]


def _verb(name: str, text: str) -> Verb:
    options, arguments = [], []
    for action in options_of(parser_of(name)):
        if action.option_strings:
            options.append(_option(action))
        elif action.choices:
            arguments.append(tuple(action.choices))
        else:
            arguments.append(("file",) if str(action.metavar).startswith("FILE") else ("kernel",))
    return Verb(name, text, tuple(options), tuple(arguments))


def _option(action: Any) -> Option:
    return Option(
        tuple(action.option_strings),
        action.nargs is None,
        str(action.metavar).startswith(("FILE", "K.npy")),
        tuple(action.choices or ()),
        str(action.help or "").partition(":")[0].partition(" (")[0].replace("%%", "%"),
    )


def run(options: Any) -> int:
    """Print the script."""
    from ..kernels.parser import kernel_names

    write = {"bash": bash, "zsh": zsh, "fish": fish}[options.shell]
    print(write(verbs(), kernel_names()), end="")
    return DONE


# -- bash ----------------------------------------------------------------------------------------------------------

_BASH = """\
# Completion of kernelspec for bash, made by `kernelspec completion bash`.
_kernelspec() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} verb=${{COMP_WORDS[1]}}
    local quote= options= kernels='{kernels}'
    COMPREPLY=()
    if (( COMP_CWORD == 1 )); then
        COMPREPLY=( $(compgen -W '{verbs} --help --version' -- "$word") )
        return
    fi
    case $verb in
{cases}
    esac
    if [[ $word == -* ]]; then
        COMPREPLY=( $(compgen -W "$options" -- "$word") )
        return
    fi
    # A kernel stands in quotes: its brackets are the shell's own. With two endings no quote is closed by readline.
    [[ $word == [\\'\\"]* ]] && quote=${{word:0:1}}
    local name
    for name in $(compgen -W "$kernels" -- "${{word#[\\'\\"]}}"); do
        COMPREPLY+=( "$quote$name(" "$quote$name()" )
    done
    compopt -o nospace 2>/dev/null
    [[ $quote ]] || compopt -o filenames 2>/dev/null
}}
complete -F _kernelspec kernelspec
"""


def bash(known: list[Verb], kernels: tuple[str, ...]) -> str:
    """The script for bash."""
    cases = []
    for verb in known:
        lines = [f"        {verb.name})"]
        names = " ".join(name for option in verb.options for name in option.names)
        lines.append(f"            options='{names}'")
        branches = [
            f"                {'|'.join(option.names)}) {_bash_values(option)}; return ;;"
            for option in verb.options
            if option.value or option.file
        ]
        if branches:
            lines += ["            case $before in", *branches, "            esac"]
        fixed = [words for words in verb.arguments if words not in (("kernel",), ("file",))]
        if fixed:
            lines.append(
                f"            [[ $word == -* ]] || {{ COMPREPLY=( $(compgen -W '{' '.join(fixed[0])}' "
                '-- "$word") ); return; }'
            )
        elif ("kernel",) not in verb.arguments:
            lines.append("            kernels=")
        elif ("file",) in verb.arguments:
            # The kernel comes first.
            lines.append(
                "            if (( COMP_CWORD > 2 )) && [[ $word != -* ]]; then "
                'COMPREPLY=( $(compgen -f -- "$word") ); compopt -o filenames; return; fi'
            )
        lines.append("            ;;")
        cases += lines
    return _BASH.format(kernels=" ".join(kernels), verbs=" ".join(verb.name for verb in known), cases="\n".join(cases))


def _bash_values(option: Option) -> str:
    if option.choices:
        return f"COMPREPLY=( $(compgen -W '{' '.join(option.choices)}' -- \"$word\") )"
    if option.file:
        return 'COMPREPLY=( $(compgen -f -- "$word") ); compopt -o filenames'
    return "COMPREPLY=()"


# -- zsh -----------------------------------------------------------------------------------------------------------

_ZSH = """\
#compdef kernelspec
# Completion of kernelspec for zsh, made by `kernelspec completion zsh`.
_kernelspec_kernel() {{
    local -a kernels=( {kernels} )
    compadd -S '(' -q -- $kernels
}}
_kernelspec() {{
    local -a verbs=(
{verbs}
    )
    if (( CURRENT == 2 )); then
        _describe -t verbs verb verbs
        return
    fi
    local verb=$words[2]
    (( CURRENT-- ))
    shift words
    case $verb in
{cases}
    esac
}}
if [[ $funcstack[1] == _kernelspec ]]; then
    _kernelspec "$@"
else
    compdef _kernelspec kernelspec
fi
"""


def zsh(known: list[Verb], kernels: tuple[str, ...]) -> str:
    """The script for zsh."""
    cases = []
    for verb in known:
        parts = [_zsh_option(option) for option in verb.options]
        for number, words in enumerate(verb.arguments, 1):
            action = f"({' '.join(words)})"
            if words in (("kernel",), ("file",)):
                action = "_kernelspec_kernel" if words == ("kernel",) else "_files"
            parts.append(f"'{number}:{words[0] if len(words) == 1 else 'value'}:{action}'")
        joined = " \\\n                ".join(parts)
        cases.append(f"        {verb.name}) _arguments \\\n                {joined} ;;")
    return _ZSH.format(
        kernels=" ".join(kernels),
        verbs="\n".join(f"        '{verb.name}:{_zsh_text(verb.help)}'" for verb in known),
        cases="\n".join(cases),
    )


def _zsh_option(option: Option) -> str:
    names = option.names[0] if len(option.names) == 1 else "{" + ",".join(option.names) + "}"
    text = f"[{_zsh_text(option.help)}]"
    if option.choices:
        text += f":value:({' '.join(option.choices)})"
    elif option.file:
        text += ":file:_files" if option.value else "::file:_files"
    elif option.value:
        text += ":value: "
    if len(option.names) == 1:
        return f"'{names}{text}'"
    return f"'({' '.join(option.names)})'{names}'{text}'"


def _zsh_text(text: str) -> str:
    for letter in "\\[]:":
        text = text.replace(letter, "\\" + letter)
    return text.replace("'", "'\\''")


# -- fish ----------------------------------------------------------------------------------------------------------


def fish(known: list[Verb], kernels: tuple[str, ...]) -> str:
    """The script for fish."""
    lines = ["# Completion of kernelspec for fish, made by `kernelspec completion fish`.", "complete -c kernelspec -f"]
    for verb in known:
        lines.append(f"complete -c kernelspec -n __fish_use_subcommand -a {verb.name} -d {_fish_text(verb.help)}")
        where = f"complete -c kernelspec -n '__fish_seen_subcommand_from {verb.name}'"
        for option in verb.options:
            names = "".join(f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}" for name in option.names)
            value = ""
            if option.choices:
                value = f" -x -a '{' '.join(option.choices)}'"
            elif option.file:
                value = " -r -F" if option.value else " -F"
            elif option.value:
                value = " -x"
            lines.append(f"{where}{names}{value} -d {_fish_text(option.help)}")
        for words in dict.fromkeys(verb.arguments):
            if words == ("kernel",):
                names = " ".join(f"{name}\\(" for name in kernels)
                lines.append(f"{where} -a '{names}'")
            elif words == ("file",):
                lines.append(f"{where} -F")
            else:
                lines.append(f"{where} -a '{' '.join(words)}'")
    return "\n".join(lines) + "\n"


def _fish_text(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
