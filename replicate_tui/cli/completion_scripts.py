"""What each shell is given so that it asks us what a word may become, and the words that say how to keep it."""

from typing import Final

_BASH: Final = r"""# Completion of replicate-tui in bash: the program itself answers, from what this machine knows.
_replicate_tui() {
    local line=${COMP_LINE:0:COMP_POINT} answer
    [[ -n $line ]] || line="${COMP_WORDS[*]:0:COMP_CWORD+1}"
    COMPREPLY=()
    while IFS= read -r answer; do
        COMPREPLY+=("$answer")
    done < <(command replicate-tui --complete bash "$line" "$COMP_WORDBREAKS" 2>/dev/null </dev/null)
}
complete -o nospace -F _replicate_tui replicate-tui
"""

_ZSH: Final = r"""#compdef replicate-tui
# Completion of replicate-tui in zsh: the program itself answers, from what this machine knows.
_replicate_tui() {
    local line answer note
    local -a whole whole_notes begun begun_notes
    line="${(j: :)words[1,CURRENT-1]} $QIPREFIX$PREFIX"
    while IFS=$'\t' read -r answer note; do
        if [[ $answer == *[=/@,] ]]; then
            begun+=("$answer")
            begun_notes+=("$answer${note:+  -- $note}")
        else
            whole+=("$answer")
            whole_notes+=("$answer${note:+  -- $note}")
        fi
    done < <(command replicate-tui --complete zsh "$line" 2>/dev/null </dev/null)
    (( $#begun )) && compadd -l -V begun -S '' -d begun_notes -a begun
    (( $#whole )) && compadd -l -V whole -d whole_notes -a whole
}
if [[ ${funcstack[1]} == _replicate-tui ]]; then
    _replicate_tui
else
    compdef _replicate_tui replicate-tui
fi
"""

_FISH: Final = r"""# Completion of replicate-tui in fish: the program itself answers, from what this machine knows.
function __replicate_tui
    set -l line (commandline -cp | string collect)
    command replicate-tui --complete fish "$line" 2>/dev/null </dev/null
end
complete -c replicate-tui -e
complete -c replicate-tui -f -k -a '(__replicate_tui)'
"""

SCRIPTS: Final = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
"""The script of each shell."""

ADVICE: Final = {
    "bash": """\
To have it in every bash, put this line into ~/.bashrc:
  source <(replicate-tui completion bash)""",
    "zsh": """\
To have it in every zsh, put this line into ~/.zshrc, after the one that calls compinit:
  source <(replicate-tui completion zsh)
If nothing calls compinit there, put this one before it: autoload -Uz compinit && compinit""",
    "fish": """\
To have it in every fish, write it where fish looks for it:
  replicate-tui completion fish > ~/.config/fish/completions/replicate-tui.fish""",
}
"""How a person keeps it."""
