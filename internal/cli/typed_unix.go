//go:build unix

package cli

import "syscall"

// discardTyped reads the lines that are waiting at the terminal, and waits for none.
func discardTyped() {
	terminal, err := syscall.Open("/dev/tty", syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return // there is none, as in a container
	}
	defer syscall.Close(terminal)
	for line := make([]byte, 4096); ; {
		if n, err := syscall.Read(terminal, line); n <= 0 && err != syscall.EINTR {
			return
		}
	}
}
