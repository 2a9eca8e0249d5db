package gumroad

import "context"

// Progress receives how far a long operation is, done of total (0 when unknown), and what it is doing.
type Progress func(done, total int, message string)

type progressKey struct{}

// WithProgress returns a context whose operations report to progress.
func WithProgress(ctx context.Context, progress Progress) context.Context {
	return context.WithValue(ctx, progressKey{}, progress)
}

// HasProgress reports whether operations of a context report to somebody.
func HasProgress(ctx context.Context) bool {
	_, ok := ctx.Value(progressKey{}).(Progress)
	return ok
}

// Report tells whoever is interested how far a long operation is.
func Report(ctx context.Context, done, total int, message string) {
	if progress, ok := ctx.Value(progressKey{}).(Progress); ok {
		progress(done, total, message)
	}
}
