package config

import _ "embed"

//go:embed schema.json
var schemaJSON string

//go:embed starter.yaml
var starterYAML string

// Schema is the JSON Schema (draft 2020-12) of a jobs file, for editors and CI.
// It knows the keys and their types; Load alone knows the rest.
func Schema() []byte { return []byte(schemaJSON) }

// Starter is the commented file that `jottarun init` writes. It loads as it is.
func Starter() []byte { return []byte(starterYAML) }
