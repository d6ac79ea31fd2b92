package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/jottarun/jottarun/jotta"
)

// Versions writes a line a version of a file, in the order given, and what the file's
// place in the trash means.
func Versions(w io.Writer, path jotta.Path, versions []jotta.Version) error {
	table := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "number\tuploaded\tmodified\tsize\tmd5\tstate")
	for _, v := range versions {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", versionNumber(v), knownMoment(v.Updated), knownMoment(v.Modified),
			size(v.Size), dashed(v.MD5.String()), versionState(v))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if len(versions) > 0 && versions[0].Trashed {
		_, err := fmt.Fprintf(w, "%s is in the trash, with all its versions\n", Quote(string(path)))
		return err
	}
	return nil
}

func versionNumber(v jotta.Version) string {
	if v.Number == 0 {
		return "-"
	}
	return fmt.Sprint(v.Number)
}

// versionState is the service's word in small letters, and which version it is that a
// download gets.
func versionState(v jotta.Version) string {
	text := plain(strings.ToLower(dashed(v.State)))
	if v.Current {
		text += ", current"
	}
	return text
}

type versionDocument struct {
	Number   int        `json:"number"`
	State    string     `json:"state"`
	Current  bool       `json:"current"`
	Size     *int64     `json:"size,omitempty"`
	MD5      string     `json:"md5,omitempty"`
	Created  *time.Time `json:"created,omitempty"`
	Modified *time.Time `json:"modified,omitempty"`
	Updated  *time.Time `json:"updated,omitempty"`
}

// VersionsJSON writes the versions of a file as one JSON document.
func VersionsJSON(w io.Writer, path jotta.Path, versions []jotta.Version) error {
	document := struct {
		FormatVersion int `json:"format_version"`
		jsonName
		Trashed  bool              `json:"trashed"`
		Versions []versionDocument `json:"versions"`
	}{FormatVersion: FormatVersion, jsonName: newJSONName(string(path)), Versions: []versionDocument{}}
	for _, v := range versions {
		document.Trashed = document.Trashed || v.Trashed
		document.Versions = append(document.Versions, newVersionDocument(v))
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(document)
}

func newVersionDocument(v jotta.Version) versionDocument {
	document := versionDocument{
		Number: v.Number, State: v.State, Current: v.Current, MD5: v.MD5.String(),
		Created: knownTime(v.Created), Modified: knownTime(v.Modified), Updated: knownTime(v.Updated),
	}
	if v.Size >= 0 {
		document.Size = &v.Size
	}
	return document
}

func knownTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	utc := t.UTC()
	return &utc
}
