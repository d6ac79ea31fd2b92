package report

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
)

//go:embed schema.json
var schemas []byte

// Documents are the names of what is printed as JSON, each with a schema.
func Documents() []string {
	return []string{"account", "explanation", "history", "plan", "restore", "result", "run", "status", "validation", "verify", "version"}
}

// Schema returns the JSON Schema of a document or, of "run", of a line.
func Schema(document string) ([]byte, error) {
	if !slices.Contains(Documents(), document) {
		return nil, fmt.Errorf("there is no document %q", document)
	}
	var all struct {
		Schema      string          `json:"$schema"`
		Title       string          `json:"title"`
		Description string          `json:"description"`
		Ref         string          `json:"$ref"`
		Definitions json.RawMessage `json:"$defs"`
	}
	if err := json.Unmarshal(schemas, &all); err != nil {
		return nil, err
	}
	all.Ref = "#/$defs/" + document
	text, err := json.MarshalIndent(all, "", "  ")
	return append(text, '\n'), err
}
