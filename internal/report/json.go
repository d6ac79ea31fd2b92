package report

import (
	"encoding/json"
	"io"

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

type planDocument struct {
	FormatVersion int             `json:"format_version"`
	Plans         []*planner.Plan `json:"plans"`
}

// PlanJSON writes plans as one JSON document.
func PlanJSON(w io.Writer, plans []*planner.Plan) error {
	return writeJSON(w, planDocument{FormatVersion, plans})
}
