package report

import (
	"encoding/json"
	"io"

	"github.com/jottarun/jottarun/planner"
)

// FormatVersion is that of the JSON documents. It grows when something that was
// there changes or goes; additions leave it.
const FormatVersion = 1

type planDocument struct {
	FormatVersion int             `json:"format_version"`
	Plans         []*planner.Plan `json:"plans"`
}

// PlanJSON writes plans as one JSON document.
func PlanJSON(w io.Writer, plans []*planner.Plan) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(planDocument{FormatVersion, plans})
}
