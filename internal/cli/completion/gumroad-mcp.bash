# Completion of gumroad-mcp for bash. In ~/.bashrc: source <(gumroad-mcp completion bash)
_gumroad_mcp() {
	# bash takes words apart at "=" and ":". Put them together again, as far as they touch.
	local words=() word i line="${COMP_LINE:0:COMP_POINT}" glued=
	for ((i = 0; i <= COMP_CWORD; i++)); do
		word="${COMP_WORDS[i]}"
		if [[ -n $glued && ${#words[@]} -gt 0 && $line == "$word"* ]]; then
			words[${#words[@]}-1]+="$word"
		else
			words+=("$word")
		fi
		line="${line#*"$word"}"
		glued=1
		if [[ $line == [[:space:]]* ]]; then
			glued=
			line="${line#"${line%%[![:space:]]*}"}"
		fi
	done
	local current="${words[${#words[@]}-1]}" candidate
	local cut="${current%"${current##*[=:]}"}"
	COMPREPLY=()
	while IFS= read -r candidate; do
		candidate="${candidate%%$'\t'*}"
		COMPREPLY+=("${candidate#"$cut"}")
	done < <("${words[0]}" __complete "${words[@]:1}" 2>/dev/null)
	if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then
		compopt -o nospace 2>/dev/null
	fi
}
complete -o default -F _gumroad_mcp gumroad-mcp
