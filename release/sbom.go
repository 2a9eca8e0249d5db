package main

import (
	"debug/buildinfo"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"time"

	"github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx"
	"github.com/spdx/tools-golang/spdx/v2/common"
)

// writeSBOM writes which modules a program is made of, as SPDX. Go puts the list into the program, so nothing is looked
// up, and the same program has the same SBOM.
func writeSBOM(o options) (err error) {
	if o.program == "" || o.to == "" {
		return errors.New("-program and -to are needed")
	}
	info, err := buildinfo.ReadFile(o.program)
	if err != nil {
		return err
	}
	name := filepath.Base(o.to)
	document := spdx.Document{
		SPDXVersion: spdx.Version, DataLicense: spdx.DataLicense, SPDXIdentifier: "DOCUMENT", DocumentName: name,
		DocumentNamespace: "https://" + info.Main.Path + "/spdx/" + info.Main.Version + "/" + name,
		CreationInfo: &spdx.CreationInfo{
			Creators: []common.Creator{{CreatorType: "Tool", Creator: "gumroad-mcp-release"}},
			Created:  o.time.Format(time.RFC3339),
		},
	}
	modules := append([]*debug.Module{&info.Main, {Path: "stdlib", Version: info.GoVersion}}, info.Deps...)
	for i, m := range modules {
		if m.Replace != nil {
			m = m.Replace
		}
		one := &spdx.Package{
			PackageName: m.Path, PackageVersion: m.Version, PackageDownloadLocation: "NOASSERTION",
			PackageSPDXIdentifier: common.ElementID("Package-" + notInID.ReplaceAllString(m.Path, "-")),
			PackageExternalReferences: []*spdx.PackageExternalReference{{
				Category: "PACKAGE-MANAGER", RefType: "purl", Locator: "pkg:golang/" + m.Path + "@" + m.Version}},
		}
		document.Packages = append(document.Packages, one)
		relation := &spdx.Relationship{
			RefA: common.MakeDocElementID("", "DOCUMENT"), RefB: common.MakeDocElementID("", string(one.PackageSPDXIdentifier)),
			Relationship: common.TypeRelationshipDescribe}
		if i > 0 {
			relation.RefA = common.MakeDocElementID("", string(document.Packages[0].PackageSPDXIdentifier))
			relation.Relationship = common.TypeRelationshipDependsOn
		}
		document.Relationships = append(document.Relationships, relation)
	}
	file, err := os.Create(o.to)
	if err != nil {
		return err
	}
	return errors.Join(json.Write(&document, file), file.Close())
}

// notInID matches what an SPDX identifier may not hold.
var notInID = regexp.MustCompile(`[^A-Za-z0-9.-]+`)
