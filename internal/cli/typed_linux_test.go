package cli_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"unsafe"
)

// terminal returns the two ends of a new terminal: the person's and the program's.
func terminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("there are no terminals here:", err)
	}
	control := func(request uintptr, value *int32) {
		_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, person.Fd(), request, uintptr(unsafe.Pointer(value)))
		if errno != 0 {
			t.Fatal(errno)
		}
	}
	var unlocked, number int32
	control(syscall.TIOCSPTLCK, &unlocked)
	control(syscall.TIOCGPTN, &number)
	program, err = os.OpenFile("/dev/pts/"+strconv.Itoa(int(number)), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { person.Close() })
	return person, program
}

// TestQuestionIsAnsweredAfterIt: a line that was typed or pasted before a question is no answer to it.
func TestQuestionIsAnsweredAfterIt(t *testing.T) {
	person, program := terminal(t)
	if _, err := person.WriteString("y\n"); err != nil {
		t.Fatal(err)
	}
	p := newPerson(t)
	call := exec.Command(p.program, "--sandbox", frozen, "call", "refund_sale", "sale_id=BGI5mF5Pcc3IOeVa5NBkBQ==")
	call.Env = []string{"HOME=" + p.home, "PATH=" + filepath.Join(p.home, "bin"), "NO_COLOR=1"}
	call.Stdin, call.Stdout, call.Stderr = program, program, program
	call.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := call.Start(); err != nil {
		t.Fatal(err)
	}
	program.Close()
	var said bytes.Buffer
	answered := false
	for read := make([]byte, 1024); ; {
		n, err := person.Read(read)
		said.Write(read[:n])
		if err != nil { // the program has ended
			break
		}
		if !answered && bytes.Contains(said.Bytes(), []byte("[y/N] ")) {
			answered = true
			if _, err := person.WriteString("n\n"); err != nil {
				t.Fatal(err)
			}
		}
	}
	failed, _ := errors.AsType[*exec.ExitError](call.Wait())
	if !answered || failed == nil || failed.ExitCode() != 1 || !bytes.Contains(said.Bytes(), []byte("did not agree")) {
		t.Errorf("%v, after\n%s", failed, said.String())
	}
}
