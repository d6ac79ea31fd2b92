package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jottarun/jottarun/jotta"
)

// jsonName is a path as JSON has it: one that is not UTF-8 stands there twice, readable
// and, with every byte, in base64.
type jsonName struct {
	Path   string `json:"path"`
	Base64 []byte `json:"path_base64,omitempty"`
}

func newJSONName(path string) jsonName {
	if utf8.ValidString(path) {
		return jsonName{Path: path}
	}
	return jsonName{Path: strings.ToValidUTF8(path, "\uFFFD"), Base64: []byte(path)}
}

type entryDocument struct {
	Kind EntryKind `json:"kind"`
	jsonName
	Size     *int64     `json:"size,omitempty"`
	MD5      string     `json:"md5,omitempty"`
	Modified *time.Time `json:"modified,omitempty"`
}

type lsTotalsDocument struct {
	Odd        []oddDocument `json:"odd"`
	Devices    int           `json:"devices"`
	Backupdirs int           `json:"backupdirs"`
	Folders    int           `json:"folders"`
	Files      int           `json:"files"`
	Bytes      int64         `json:"bytes"`
}

type oddDocument struct {
	jsonName
	Reason string `json:"reason"`
}

// LsJSON writes the entries as one JSON document, each as it comes: there may be
// millions.
func LsJSON(w io.Writer, c Contents) error {
	out := bufio.NewWriter(w)
	head, err := marshalPlain(struct {
		FormatVersion int `json:"format_version"`
		jsonName
		Trashed bool `json:"trashed"`
	}{FormatVersion, newJSONName(c.Path), c.Trashed})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s,\n  \"entries\": [", bytes.TrimSuffix(head, []byte("}")))
	var totals lsTotals
	separator := "\n    "
	for e := range c.Entries {
		totals.add(e)
		line, err := marshalPlain(newEntryDocument(e))
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s%s", separator, line)
		separator = ",\n    "
	}
	tail, err := marshalPlain(newLsTotalsDocument(totals, c.Odd))
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n  ],\n  %s\n", bytes.TrimPrefix(tail, []byte("{")))
	return out.Flush()
}

func newEntryDocument(e Entry) entryDocument {
	document := entryDocument{Kind: e.Kind, jsonName: newJSONName(e.Path), MD5: e.MD5.String(), Modified: knownTime(e.Modified)}
	if e.Size >= 0 {
		document.Size = &e.Size
	}
	return document
}

func newLsTotalsDocument(t lsTotals, odd []jotta.OddName) lsTotalsDocument {
	document := lsTotalsDocument{[]oddDocument{}, t.devices, t.backupdirs, t.folders, t.files, t.bytes}
	for _, o := range odd {
		document.Odd = append(document.Odd, oddDocument{newJSONName(o.Path), o.Reason})
	}
	return document
}

// marshalPlain is json.Marshal that leaves <, > and & as they are.
func marshalPlain(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimRight(out.Bytes(), "\n"), err
}
