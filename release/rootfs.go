package main

import (
	"archive/tar"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// nonroot is the user that the image runs as. Kubernetes recognizes only numbers.
const nonroot = 65532

// rootfs is what the image holds beside the program, from Debian's packages ca-certificates and tzdata: without
// certificates no HTTPS request succeeds, without /tmp no file can be exported.
var rootfs = []struct {
	name  string // in the image; a directory ends in a slash
	mode  int64
	owner int
	text  string // its contents, or
	from  string // where they are on this machine
}{
	{name: "etc/", mode: 0o755},
	{name: "etc/group", mode: 0o644, text: "root:x:0:\nnonroot:x:65532:\n"},
	{name: "etc/passwd", mode: 0o644, text: "root:x:0:0:root:/:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n"},
	{name: "etc/ssl/certs/ca-certificates.crt", mode: 0o644, from: "/etc/ssl/certs/ca-certificates.crt"},
	{name: "home/nonroot/", mode: 0o700, owner: nonroot},
	{name: "tmp/", mode: 0o1777},
	{name: "usr/share/zoneinfo/", mode: 0o755, from: "/usr/share/zoneinfo"},
}

// writeRootfs writes the image's first layer. It is the same for the same packages of Debian.
func writeRootfs(o options) error {
	return o.write("rootfs.tar", func(w io.Writer) error {
		archive := tar.NewWriter(w)
		add := func(name string, mode int64, owner int, contents []byte) error {
			header := &tar.Header{Name: name, Mode: mode, Uid: owner, Gid: owner, Size: int64(len(contents)), ModTime: o.time}
			if strings.HasSuffix(name, "/") {
				header.Typeflag = tar.TypeDir
			}
			if err := archive.WriteHeader(header); err != nil {
				return err
			}
			_, err := archive.Write(contents)
			return err
		}
		for _, part := range rootfs {
			if !strings.HasSuffix(part.name, "/") && part.from != "" {
				contents, err := os.ReadFile(part.from)
				if err != nil {
					return err
				}
				part.text = string(contents)
			}
			if err := add(part.name, part.mode, part.owner, []byte(part.text)); err != nil {
				return err
			}
			if !strings.HasSuffix(part.name, "/") || part.from == "" {
				continue
			}
			if err := filepath.WalkDir(part.from, func(file string, found fs.DirEntry, err error) error {
				if err != nil {
					return err
				}
				name := strings.TrimPrefix(strings.TrimPrefix(file, part.from), "/")
				if found.IsDir() {
					if name == "posix" || name == "right" { // other copies of the same zones
						return fs.SkipDir
					}
					return nil
				}
				contents, err := os.ReadFile(file) // of the file that a link leads to
				if err != nil {
					return err
				}
				return add(part.name+name, 0o644, part.owner, contents)
			}); err != nil {
				return err
			}
		}
		return archive.Close()
	})
}
