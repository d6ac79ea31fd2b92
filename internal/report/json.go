package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/jottarun/jottarun/planner"
)

// FormatVersion is that of the JSON documents. It grows when something that was
// there changes or goes; additions leave it.
const FormatVersion = 1

// writeJSON writes one document, to be read by people too.
func writeJSON(w io.Writer, document any) error {
	return encoderTo(w, "", "  ").Encode(document)
}

type planDocument struct {
	FormatVersion int             `json:"format_version"`
	Plans         []*planner.Plan `json:"plans"`
}

// PlanJSON writes plans as one JSON document.
func PlanJSON(w io.Writer, plans []*planner.Plan) error {
	return EncodePlans(w, plans, "  ", func(plans []*planner.Plan) any { return planDocument{FormatVersion, plans} })
}

// EncodePlans writes a document that has plans in a field of its own, as json.Encoder
// does, but action by action: there may be millions, and as text they take several times
// the memory.
func EncodePlans(w io.Writer, plans []*planner.Plan, indent string, document func([]*planner.Plan) any) error {
	bare := make([]*planner.Plan, len(plans))
	for i, plan := range plans {
		frame := *plan
		frame.Actions = plan.Actions[:0]
		bare[i] = &frame
	}
	var frames bytes.Buffer
	if err := encoderTo(&frames, "", indent).Encode(document(bare)); err != nil {
		return err
	}
	out, rest := bufio.NewWriterSize(w, 64<<10), frames.Bytes()
	gap := "\n" + strings.Repeat(indent, 3) + `"actions": [` // no text in JSON has a line break
	for _, plan := range plans {
		if plan.Actions == nil {
			continue // that is null
		}
		before, after, found := bytes.Cut(rest, []byte(gap))
		if !found {
			return errors.New("a plan has no place for its actions")
		}
		_, _ = out.Write(before) // Flush returns what goes wrong
		_, _ = out.WriteString(gap)
		if err := encodeActions(out, plan.Actions, indent); err != nil {
			return err
		}
		rest = after
	}
	_, _ = out.Write(rest)
	return out.Flush()
}

func encodeActions(out *bufio.Writer, actions []planner.Action, indent string) error {
	prefix := strings.Repeat(indent, 4)
	var text bytes.Buffer
	encoder := encoderTo(&text, prefix, indent)
	for i := range actions {
		text.Reset()
		if err := encoder.Encode(&actions[i]); err != nil {
			return err
		}
		if i > 0 {
			_ = out.WriteByte(',')
		}
		_, _ = out.WriteString("\n" + prefix)
		if _, err := out.Write(bytes.TrimSuffix(text.Bytes(), []byte("\n"))); err != nil {
			return err // nobody reads on
		}
	}
	if len(actions) > 0 {
		_, _ = out.WriteString("\n" + strings.Repeat(indent, 3))
	}
	return nil
}

func encoderTo(w io.Writer, prefix, indent string) *json.Encoder {
	encoder := json.NewEncoder(w)
	encoder.SetIndent(prefix, indent)
	encoder.SetEscapeHTML(false)
	return encoder
}
