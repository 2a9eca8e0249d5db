//go:build unix

package clients

import (
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives a file the owner of another one, for who runs this as the superuser.
func keepOwner(file *os.File, as fs.FileInfo) error {
	if as == nil {
		return nil
	}
	owner, ok := as.Sys().(*syscall.Stat_t)
	if !ok || int(owner.Uid) == os.Getuid() {
		return nil
	}
	return file.Chown(int(owner.Uid), int(owner.Gid))
}
