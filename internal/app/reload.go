package app

import (
	"context"
	"io/fs"
	"os"
	"slices"
	"time"
)

// reread is a part of the configuration that is read again while the program runs.
type reread struct {
	load  func() error // after an error the part is as it was
	paths []string
	seen  []fs.FileInfo // of each path when it was last loaded; nil if there was no file
}

// reread loads a part of the configuration, and has Watch load it again when a file at paths changes.
func (a *App) reread(load func() error, paths ...string) error {
	r := &reread{load: load, paths: paths}
	r.seen = r.look()
	a.files = append(a.files, r)
	return load()
}

// Watch loads the files again that changed since they were last loaded, at each tick, and all of them at each signal,
// until ctx is done. A file that is wrong changes nothing.
func (a *App) Watch(ctx context.Context, signals <-chan os.Signal, ticks <-chan time.Time) {
	for {
		all := false
		select {
		case <-ctx.Done():
			return
		case <-signals:
			all = true
		case <-ticks:
		}
		for _, r := range a.files {
			now := r.look() // before loading, so that what changes meanwhile is loaded at the next tick
			if !all && slices.EqualFunc(r.seen, now, isUnchanged) {
				continue
			}
			r.seen = now
			if err := r.load(); err != nil {
				a.Logger.Error("a changed file is wrong; what was read before it stays in force", "error", err)
				continue
			}
			a.Logger.Info("read again", "files", r.paths)
		}
	}
}

func (r *reread) look() (now []fs.FileInfo) {
	for _, path := range r.paths {
		info, _ := os.Stat(path)
		now = append(now, info)
	}
	return now
}

func isUnchanged(before, after fs.FileInfo) bool {
	if before == nil || after == nil {
		return before == after
	}
	return os.SameFile(before, after) && before.ModTime().Equal(after.ModTime()) && before.Size() == after.Size()
}
