package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/tiktoken-go/tokenizer"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run writes the costs of the tasks and of the list of tools.
func run(ctx context.Context, out io.Writer) error {
	codec, err := tokenizer.Get(tokenizer.O200kBase)
	if err != nil {
		return err
	}
	measured, err := measure(ctx, codec)
	if err != nil {
		return err
	}
	listed, err := toolsets(ctx, codec)
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, table(measured)+"\n"+listed)
	return err
}

// measurement is a task with its costs, and the facts that do not stand in what the model reads.
type measurement struct {
	task
	here, rest               cost
	facts                    int
	missingHere, missingREST []string
}

func measure(ctx context.Context, codec tokenizer.Codec) ([]measurement, error) {
	var all []measurement
	for _, t := range tasks {
		m, err := t.measure(ctx, codec)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.asks, err)
		}
		all = append(all, m)
	}
	return all, nil
}

// measure does a task in both ways, each on a store of its own.
func (t task) measure(ctx context.Context, codec tokenizer.Codec) (m measurement, err error) {
	m.task = t
	store := newStore()
	defer store.Close()
	facts, err := t.facts(ctx, books{store})
	if err != nil {
		return m, err
	}
	m.facts = len(facts)
	store.ResetJournal()
	connection, err := firstConnection(store)
	if err != nil {
		return m, err
	}
	here, err := newByTools(ctx, store, connection, codec)
	if err != nil {
		return m, err
	}
	if err := t.here(ctx, here); err != nil {
		return m, err
	}
	if err := here.close(); err != nil {
		return m, err
	}
	m.here = here.cost
	m.here.Requests = here.requests()
	m.missingHere = missing(facts, here.read.String())

	other := newStore()
	defer other.Close()
	rest, err := newByREST(other, codec)
	if err != nil {
		return m, err
	}
	if err := t.rest(ctx, rest); err != nil {
		return m, err
	}
	m.rest = rest.cost
	m.rest.Requests = rest.Calls
	m.missingREST = missing(facts, rest.read.String())
	return m, nil
}

// missing returns the facts that do not stand in a text.
func missing(facts []string, text string) []string {
	return slices.DeleteFunc(slices.Clone(facts), func(fact string) bool { return strings.Contains(text, fact) })
}

// table writes the measurements in Markdown. Facts that do not stand in what the model reads it has to add up itself.
func table(all []measurement) string {
	var out strings.Builder
	out.WriteString("| The seller asks | | calls | requests | bytes | tokens written | tokens read | facts read |\n" +
		"|---|---|---:|---:|---:|---:|---:|---:|\n")
	var here, rest []int
	for _, m := range all {
		for _, way := range []struct {
			asks, name string
			cost
			missing []string
		}{{m.asks, "here", m.here, m.missingHere}, {"", "REST", m.rest, m.missingREST}} {
			fmt.Fprintf(&out, "| %s | %s | %d | %d | %d | %d | %d | %d of %d |\n", way.asks, way.name, way.Calls, way.Requests,
				way.Bytes, way.Given, way.Read, m.facts-len(way.missing), m.facts)
		}
		here, rest = append(here, m.here.Read), append(rest, m.rest.Read)
	}
	fmt.Fprintf(&out, "\nTokens read for a task, in the median: %d here, %d by REST. For all ten: %d here, %d by REST.\n",
		median(here), median(rest), total(here), total(rest))
	return out.String()
}

func median(all []int) int {
	sorted := slices.Sorted(slices.Values(all))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

func total(all []int) (sum int) {
	for _, n := range all {
		sum += n
	}
	return sum
}
