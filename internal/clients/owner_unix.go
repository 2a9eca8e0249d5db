//go:build unix

package clients

import (
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives a file the owner and the group of another one.
func keepOwner(file *os.File, as fs.FileInfo) error {
	if as == nil {
		return nil
	}
	owner, ok := as.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	err := file.Chown(int(owner.Uid), int(owner.Gid))
	if int(owner.Uid) == os.Getuid() { // a group that one is not in cannot be given
		return nil
	}
	return err
}
