package report

import (
	"io"
)

// Mistake is something wrong in a jobs file.
type Mistake struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"` // 0: it is about the whole file
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
}

// Validation is what is to be said of a jobs file.
type Validation struct {
	FormatVersion int       `json:"format_version"`
	File          string    `json:"file,omitempty"`
	Valid         bool      `json:"valid"`
	Jobs          []string  `json:"jobs"`
	Mistakes      []Mistake `json:"mistakes"`
}

// ValidationJSON writes what is wrong in a jobs file, if anything.
func ValidationJSON(w io.Writer, v Validation) error {
	v.FormatVersion = FormatVersion
	return writeJSON(w, v)
}

// Explanation says of a path whether a job backs it up, and why.
type Explanation struct {
	Job      string `json:"job"`
	Selected bool   `json:"selected"`
	Exists   bool   `json:"exists"`
	Pattern  string `json:"pattern,omitempty"` // the rule that decides
	Source   string `json:"source,omitempty"`  // where that rule stands
	Reason   string `json:"reason,omitempty"`  // where no rule decides
	At       string `json:"-"`                 // the path that is decided on: this one, or one above
}

type explanationJSON struct {
	Explanation
	At *jsonName `json:"at,omitempty"`
}

// ExplanationsJSON writes what the jobs do with a path.
func ExplanationsJSON(w io.Writer, path string, all []Explanation) error {
	document := struct {
		FormatVersion int `json:"format_version"`
		jsonName
		Jobs []explanationJSON `json:"jobs"`
	}{FormatVersion, newJSONName(path), []explanationJSON{}}
	for _, e := range all {
		item := explanationJSON{Explanation: e}
		if e.At != "" {
			at := newJSONName(e.At)
			item.At = &at
		}
		document.Jobs = append(document.Jobs, item)
	}
	return writeJSON(w, document)
}

// Version is what a build says of itself.
type Version struct {
	FormatVersion int    `json:"format_version"`
	Version       string `json:"version"`
	Go            string `json:"go"`
	OS            string `json:"os"`
	Arch          string `json:"arch"`
}

// VersionJSON writes the version of a build.
func VersionJSON(w io.Writer, v Version) error {
	v.FormatVersion = FormatVersion
	return writeJSON(w, v)
}

// Result is what a command did that changes something once: sign in or out, make a
// device or a file.
type Result struct {
	FormatVersion int      `json:"format_version"`
	Service       string   `json:"service,omitempty"`
	Username      string   `json:"username,omitempty"`
	Device        string   `json:"device,omitempty"`
	File          string   `json:"file,omitempty"`      // that was written
	Forgotten     *int     `json:"forgotten,omitempty"` // how many logins
	Remaining     []string `json:"remaining,omitempty"` // where there are still logins
}

// ResultJSON writes what a command did.
func ResultJSON(w io.Writer, r Result) error {
	r.FormatVersion = FormatVersion
	return writeJSON(w, r)
}
