# Completion of gumroad-mcp for fish. In ~/.config/fish/config.fish: gumroad-mcp completion fish | source
function __gumroad_mcp_complete
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l current (commandline --current-token --cut-at-cursor)
    $words[1] __complete $words[2..] "$current" 2>/dev/null
end
complete --command gumroad-mcp --no-files --arguments '(__gumroad_mcp_complete)'
