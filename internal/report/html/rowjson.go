package html

import "encoding/json"

// MarshalJSON writes a row as an array, the shortest form.
func (r row) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{r.job, r.kind, r.folder, r.name, r.size, r.reason})
}
