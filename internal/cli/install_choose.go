package cli

import (
	"fmt"
	"strings"

	"github.com/gumroad-mcp/gumroad-mcp/internal/clients"
)

// choose returns the clients that were named, or those among the candidates that the person at the terminal chooses.
func (w *installation) choose(isCandidate func(clients.Client, clients.Machine) bool) ([]clients.Client, error) {
	var named, candidates []clients.Client
	for _, name := range w.Clients {
		c, err := findClient(name)
		if err != nil {
			return nil, err
		}
		if w.Project && c.Project == "" {
			return nil, fmt.Errorf("%s has no file for a project", c.Title)
		}
		named = append(named, c)
	}
	if len(named) > 0 {
		return named, nil
	}
	for _, c := range clients.All() {
		if (!w.Project || c.Project != "") && isCandidate(c, w.machine) {
			candidates = append(candidates, c)
		}
	}
	switch {
	case len(candidates) == 0:
		fmt.Fprintf(w.Stdout, "No client was found. There are: %s.\n", names(clients.All()))
		return nil, nil
	case w.All:
		return candidates, nil
	}
	for _, c := range candidates {
		fmt.Fprintf(w.Stdout, "%-15s %s\n", c.Name, w.path(c))
	}
	if !w.StdinIsTerminal {
		fmt.Fprintln(w.Stdout, "Name the clients, or give --all.")
		return nil, nil
	}
	fmt.Fprint(w.Stderr, "Which ones? Names, or all: ")
	return w.answer(candidates)
}

// answer reads the names of clients that a person types.
func (w *installation) answer(candidates []clients.Client) (chosen []clients.Client, err error) {
	line, err := w.readLine()
	if err != nil {
		return nil, err
	}
	for _, name := range strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == ',' }) {
		if name == "all" {
			return candidates, nil
		}
		c, err := findClient(name)
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, c)
	}
	return chosen, nil
}

func findClient(name string) (clients.Client, error) {
	c, ok := clients.Find(name)
	if !ok {
		return c, fmt.Errorf("%q is no client that is known; there are: %s", name, names(clients.All()))
	}
	return c, nil
}

func names(all []clients.Client) string {
	var each []string
	for _, c := range all {
		each = append(each, c.Name)
	}
	return strings.Join(each, ", ")
}
