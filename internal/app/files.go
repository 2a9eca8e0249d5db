package app

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"
)

const maxSecret = 4096 // bytes

// readSecret reads a key from a file, and reports whether everyone can read it.
func readSecret(path string) (secret string, shared bool, err error) {
	data, shared, err := readRegular(path)
	if err != nil {
		return "", false, err
	}
	if len(data) > maxSecret {
		return "", false, errors.New("the file is too large for a key")
	}
	if secret = strings.TrimSpace(string(data)); secret == "" {
		return "", false, errors.New("the file is empty")
	}
	return secret, shared, nil
}

const maxFile = 1 << 20 // bytes

// readRegular reads a file, and reports whether everyone can read it. It follows symbolic links, since the secrets that
// an orchestrator mounts are such.
func readRegular(path string) (data []byte, shared bool, err error) {
	info, err := statRegular(path)
	if err != nil {
		return nil, false, err
	}
	if info.Size() > maxFile {
		return nil, false, fmt.Errorf("the file is larger than %d bytes", maxFile)
	}
	if data, err = os.ReadFile(path); err != nil {
		return nil, false, unreadable(err)
	}
	return data, grants(info, 0o004), nil
}

// openTrusted opens a file that says who may call, and refuses one that others can write. Others may read it, since it
// holds no secrets.
func openTrusted(path string) (io.ReadCloser, error) {
	if _, err := statRegular(path); err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadable(err)
	}
	info, err := file.Stat() // of what was opened, whatever stands at the path by now
	switch {
	case err != nil:
		err = unreadable(err)
	case grants(info, 0o022):
		err = errors.New("others can write the file; take away their right to (chmod go-w)")
	default:
		return file, nil
	}
	file.Close()
	return nil, err
}

// statRegular refuses what is not a regular file, before it is opened: opening a FIFO would wait for a writer.
func statRegular(path string) (fs.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, unreadable(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("the file is not a regular file")
	}
	return info, nil
}

// grants reports whether the file grants any of the permissions in bits. It does not apply to Windows, whose
// permissions these bits do not show.
func grants(info fs.FileInfo, bits fs.FileMode) bool {
	return info.Mode().Perm()&bits != 0 && runtime.GOOS != "windows"
}

// unreadable returns the error without the path, because the setting that the error will name holds it.
func unreadable(err error) error {
	return fmt.Errorf("the file cannot be read: %w", errors.Unwrap(err))
}
