package cli

// Columns is the width of text on a terminal, for tests.
func Columns(words string) int { return columns(words) }
