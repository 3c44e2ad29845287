"""Completion for people who type `kubectl-sincro`. Whoever types `kubectl sincro` needs kubectl's own completion alone.

Each script asks `kubectl-sincro __complete WORDS...`, which answers in the form of kubectl's plugins: a candidate a
line, with a tab before its description, and a last line `:DIRECTIVE` (0: file names, 4: no file names).
"""

BASH = r"""# kubectl-sincro completion for bash: source <(kubectl-sincro completion bash)
_kubectl_sincro() {
  local -a words=() candidates=()
  local index word answer line prefix=""
  # bash splits --flag=value at the sign; the program wants one word.
  for ((index = 1; index <= COMP_CWORD; index++)); do
    word=${COMP_WORDS[index]}
    if [[ ${#words[@]} -gt 0 && ( $word == "=" || ${COMP_WORDS[index - 1]} == "=" ) ]]; then
      words[-1]+=$word
    else
      words+=("$word")
    fi
  done
  word=""
  [[ ${#words[@]} -gt 0 ]] && word=${words[-1]}
  [[ $word == --*=* ]] && prefix="${word%%=*}="
  answer=$(kubectl-sincro __complete "${words[@]}" 2>/dev/null)
  while IFS= read -r line; do
    case $line in
      :0) compopt -o default 2>/dev/null ;;
      :*) ;;
      ?*) line=${line%%$'\t'*}; candidates+=("${line#"$prefix"}") ;;
    esac
  done <<<"$answer"
  COMPREPLY=("${candidates[@]}")
}
complete -F _kubectl_sincro kubectl-sincro
"""

ZSH = r"""#compdef kubectl-sincro
# kubectl-sincro completion for zsh: source <(kubectl-sincro completion zsh), after compinit
_kubectl-sincro() {
  local -a candidates
  local line files=0
  for line in "${(@f)$(kubectl-sincro __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      :0) files=1 ;;
      :*|'') ;;
      *) candidates+=("${${line//:/\\:}/$'\t'/:}") ;;
    esac
  done
  (( ${#candidates} )) && _describe -V 'kubectl sincro' candidates
  (( files )) && _files
}
compdef _kubectl-sincro kubectl-sincro
"""

FISH = r"""# kubectl-sincro completion for fish: kubectl-sincro completion fish | source
function __kubectl_sincro
    set -l words (commandline -opc)
    kubectl-sincro __complete $words[2..-1] (commandline -ct) 2>/dev/null | string match -rv '^:'
end
complete -c kubectl-sincro -e
complete -c kubectl-sincro -f -a '(__kubectl_sincro)'
complete -c kubectl-sincro -l kubeconfig -r -F
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}
