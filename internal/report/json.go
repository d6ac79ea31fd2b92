package report

import (
	"encoding/json"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/jottarun/jottarun/planner"
)

// FormatVersion is that of the JSON documents. It grows when something that was
// there changes or goes; additions leave it.
const FormatVersion = 1

// writeJSON writes one document, to be read by people too.
func writeJSON(w io.Writer, document any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(document)
}

// pathJSON is a path that may hold any bytes: one that is not UTF-8 stands there twice,
// readable and, with every byte, in base64.
type pathJSON struct {
	Path   string `json:"path"`
	Base64 []byte `json:"path_base64,omitempty"`
}

func newPathJSON(path string) pathJSON {
	if utf8.ValidString(path) {
		return pathJSON{Path: path}
	}
	return pathJSON{Path: strings.ToValidUTF8(path, "\uFFFD"), Base64: []byte(path)}
}

type planDocument struct {
	FormatVersion int             `json:"format_version"`
	Plans         []*planner.Plan `json:"plans"`
}

// PlanJSON writes plans as one JSON document.
func PlanJSON(w io.Writer, plans []*planner.Plan) error {
	return writeJSON(w, planDocument{FormatVersion, plans})
}
