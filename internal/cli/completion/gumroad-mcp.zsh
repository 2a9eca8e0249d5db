#compdef gumroad-mcp
# Completion of gumroad-mcp for zsh. In ~/.zshrc, after compinit: source <(gumroad-mcp completion zsh)
_gumroad_mcp() {
	local line word about
	local -a open open_about whole whole_about
	while IFS= read -r line; do
		word="${line%%$'\t'*}"
		about="${line#*$'\t'}"
		[[ -n $about ]] && about="$word  -- $about" || about="$word"
		if [[ $word == *= ]]; then
			open+=("$word") open_about+=("$about")
		else
			whole+=("$word") whole_about+=("$about")
		fi
	done < <("${words[1]}" __complete "${(@Q)words[2,CURRENT]}" 2>/dev/null)
	(( $#open )) && compadd -l -S '' -d open_about -a open
	(( $#whole )) && compadd -l -d whole_about -a whole
	(( $#open + $#whole )) || _files
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
	_gumroad_mcp "$@"
else
	compdef _gumroad_mcp gumroad-mcp
fi
