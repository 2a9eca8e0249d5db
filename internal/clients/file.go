package clients

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gumroad-mcp/gumroad-mcp/internal/splice"
)

const copySuffix = ".bak-" // between the name of a file and the time of its copy

const maxFile = 64 << 20 // bytes; Claude Code's file can be large

// File is a client's file as it was read.
type File struct {
	Path   string // what a link leads to
	Text   []byte // empty if there is no file
	Values any
	info   fs.FileInfo // nil if there is no file
}

// Read reads a client's file, which may not exist yet.
func (c Client) Read(path string) (*File, error) {
	file := &File{Path: path}
	target, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(path); err == nil {
			return nil, errors.New("it is a link to a file that is not there")
		}
		file.Values, err = c.Format.Parse(nil)
		return file, err
	}
	if err != nil {
		return nil, err
	}
	file.Path = target
	if file.info, err = os.Stat(target); err != nil {
		return nil, err
	}
	if !file.info.Mode().IsRegular() || file.info.Size() > maxFile {
		return nil, errors.New("it is not a file of settings")
	}
	if file.Text, err = os.ReadFile(target); err != nil {
		return nil, err
	}
	if file.Values, err = c.Format.Parse(file.Text); err != nil {
		return nil, fmt.Errorf("it cannot be read as %s: %w", c.Format.Name, err)
	}
	return file, nil
}

// Exists reports whether the file was there.
func (f *File) Exists() bool { return f.info != nil }

// Write replaces the file's text at once. It keeps the mode and the owner, and refuses a file that is read-only or has
// changed since it was read. It returns the path of a copy of what was there before, or "" if there was nothing.
func (f *File) Write(text []byte, now time.Time) (backup string, err error) {
	if f.info == nil {
		if err := os.MkdirAll(filepath.Dir(f.Path), 0o700); err != nil {
			return "", err
		}
		return "", f.replace(text, 0o600)
	}
	if f.info.Mode().Perm()&0o200 == 0 { // putting another file in its place would work all the same
		return "", fmt.Errorf("%s is read-only, so it was not changed", f.Path)
	}
	if backup, err = f.Copy(now); err != nil {
		return "", err
	}
	if err := f.replace(text, f.info.Mode().Perm()); err != nil {
		return "", errors.Join(err, os.Remove(backup))
	}
	return backup, nil
}

// Copy writes the file, as it was read, beside itself, and returns the path of the copy.
func (f *File) Copy(now time.Time) (path string, err error) {
	stem := f.Path + copySuffix + now.Format("20060102150405")
	path = stem
	for n := 2; ; n++ {
		err := f.writeNew(path)
		if err == nil {
			return path, nil
		}
		if !errors.Is(err, fs.ErrExist) {
			return "", fmt.Errorf("no copy of the file could be made: %w", err)
		}
		path = fmt.Sprintf("%s-%d", stem, n) // another one of this second is there
	}
}

// replace writes a file beside the one that is there, and puts it in its place.
func (f *File) replace(text []byte, mode fs.FileMode) error {
	beside, err := os.CreateTemp(filepath.Dir(f.Path), filepath.Base(f.Path)+".new-")
	if err != nil {
		return err
	}
	defer os.Remove(beside.Name()) // unless it was renamed
	_, err = beside.Write(text)
	err = errors.Join(err, beside.Chmod(mode), keepOwner(beside, f.info), beside.Sync(), beside.Close(), f.unchanged())
	if err != nil {
		return err
	}
	return os.Rename(beside.Name(), f.Path)
}

// unchanged returns an error if the file is not what was read.
func (f *File) unchanged() error {
	now, err := os.ReadFile(f.Path)
	if errors.Is(err, fs.ErrNotExist) && f.info == nil {
		return nil
	}
	if err == nil && (f.info == nil || !bytes.Equal(now, f.Text)) {
		err = errors.New("the file was changed by another program meanwhile; run the command again")
	}
	return err
}

// writeNew writes what was read to a file that must not exist yet.
func (f *File) writeNew(path string) error {
	mode := f.info.Mode().Perm()
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(f.Text)
	return errors.Join(err, file.Chmod(mode), keepOwner(file, f.info), file.Close())
}

// WriteKey keeps a Maton key in a file that nobody else can read.
func WriteKey(path, key string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file := &File{Path: path}
	if text, err := os.ReadFile(path); err == nil {
		file.Text = text
		if file.info, err = os.Stat(path); err != nil {
			return err
		}
	}
	return file.replace([]byte(key+"\n"), 0o600)
}

// Restored returns the text without the groups that are empty since the entry went, if a copy beside the file shows that
// they were not there before. A person's own empty group stays.
func (c Client) Restored(f *File, text []byte) []byte {
	copies := f.copies()
	groups := [][]string{c.At}
	if c.Key == asked {
		groups = append(groups, c.inputPath()[:1])
	}
	for _, candidate := range c.withoutEmpty(text, groups) {
		if slices.ContainsFunc(copies, func(copied []byte) bool { return bytes.Equal(copied, candidate) }) {
			return candidate
		}
	}
	return text
}

// withoutEmpty returns what the text can be without some of the groups, those that are empty.
func (c Client) withoutEmpty(text []byte, groups [][]string) (candidates [][]byte) {
	candidates = [][]byte{text}
	for _, group := range groups {
		for _, candidate := range slices.Clone(candidates) {
			values, err := c.Format.Parse(candidate)
			if err != nil || !splice.IsEmpty(splice.Get(values, group)) {
				continue
			}
			if without, err := c.Format.Apply(candidate, splice.Edit{Path: group}); err == nil {
				candidates = append(candidates, without)
			}
		}
	}
	return candidates
}

// copies returns what Copy has kept beside the file.
func (f *File) copies() (all [][]byte) {
	entries, err := os.ReadDir(filepath.Dir(f.Path))
	if err != nil {
		return nil // without a look at copies, nothing is restored
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), filepath.Base(f.Path)+copySuffix) || !entry.Type().IsRegular() {
			continue
		}
		if text, err := os.ReadFile(filepath.Join(filepath.Dir(f.Path), entry.Name())); err == nil {
			all = append(all, text)
		}
	}
	return all
}

// Apply returns the file's text with the edits made.
func (c Client) Apply(f *File, edits []splice.Edit) ([]byte, error) {
	return c.Format.Apply(f.Text, edits...)
}
