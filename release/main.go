// Command release makes, from the program built for each platform, what goreleaser does not: the MCPB bundle, the npm
// packages, server.json, the SBOMs and the root file system of the image. Everything that these say of the program (its
// version, its module, its tools) is asked of the program itself, so that nothing has to be kept in step.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// steps are what can be made, in the order of a release: server.json needs the bundle.
var steps = []struct {
	name, doc string
	run       func(options) error
}{
	{"notices", "write the licences of what the program is made of", writeNotices},
	{"collect", "copy goreleaser's programs from -dist to -programs", collect},
	{"bundle", "write gumroad-mcp.mcpb for every platform", writeBundle},
	{"npm", "write the directories of the npm packages to npm/", writeNPM},
	{"server", "write server.json, which names the bundle by its hash", writeServer},
	{"rootfs", "write rootfs.tar, on which the image is built", writeRootfs},
	{"sbom", "write the SBOM of -program to -to", writeSBOM},
}

// options are the flags of every step.
type options struct {
	dist     string    // goreleaser's directory
	programs string    // the program of each platform, at PLATFORM/gumroad-mcp
	out      string    // where artefacts are written
	time     time.Time // of the commit, which archives carry
	partial  bool      // only some platforms are there
	program  string    // of the SBOM
	to       string
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var names []string
	for _, step := range steps {
		names = append(names, step.name)
	}
	if len(args) == 0 || !slices.Contains(names, args[0]) {
		return fmt.Errorf("the first argument is one of %s", strings.Join(names, ", "))
	}
	var o options
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.StringVar(&o.dist, "dist", "dist", "goreleaser's `directory`")
	flags.StringVar(&o.programs, "programs", "dist/programs", "`directory` with the program of each platform")
	flags.StringVar(&o.out, "out", "dist/packages", "`directory` for what is made")
	flags.BoolVar(&o.partial, "partial", false, "accept that some platforms are missing")
	flags.StringVar(&o.program, "program", "", "`file` to list the parts of")
	flags.StringVar(&o.to, "to", "", "`file` to write the list to")
	seconds := flags.Int64("time", 0, "`seconds` since 1970 of the commit")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if *seconds <= 0 {
		return errors.New("-time is the time of the commit: git log -1 --format=%ct")
	}
	o.time = time.Unix(*seconds, 0).UTC()
	for _, step := range steps {
		if step.name == args[0] {
			return step.run(o)
		}
	}
	return nil
}
