package state

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	maxProblems     = 1000
	maxProblemBytes = 128 << 10 // of the paths and reasons in one record

	maxRewritten      = 500
	maxRewrittenBytes = 32 << 10
)

// limitProblems keeps of the problems what a record has room for, and how many there
// were.
func (r *Record) limitProblems() {
	r.ProblemCount = max(r.ProblemCount, len(r.Problems))
	size := 0
	for i, problem := range r.Problems {
		size += len(problem.Path) + len(problem.Reason)
		if i == maxProblems || size > maxProblemBytes {
			r.Problems = r.Problems[:i]
			return
		}
	}
}

// limitRewritten keeps of the rewritten files what a record has room for.
func (r *Record) limitRewritten() {
	size := 0
	for i, path := range r.Rewritten {
		size += len(path)
		if i == maxRewritten || size > maxRewrittenBytes {
			r.Rewritten = r.Rewritten[:i]
			return
		}
	}
}

// What JSON cannot express would be an error, or would be altered: times beyond the year
// 9999, and names that are not UTF-8. The types below stand in for such fields. They
// point into the value, so that one description serves to write and to read.

type plainRecord Record

type savedRecord struct {
	*plainRecord
	Started   *moment `json:"started"`
	Ended     *moment `json:"ended"`
	Rewritten *names  `json:"rewritten,omitempty"`
}

func (r *Record) saved() *savedRecord {
	return &savedRecord{(*plainRecord)(r), (*moment)(&r.Started), (*moment)(&r.Ended), (*names)(&r.Rewritten)}
}

// MarshalJSON writes any record.
func (r Record) MarshalJSON() ([]byte, error) { return json.Marshal(r.saved()) }

// UnmarshalJSON reads what MarshalJSON writes.
func (r *Record) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, r.saved()) }

type savedProblem struct {
	Path   *name   `json:"path"`
	Reason *string `json:"reason"`
}

func (p *ProblemRecord) saved() *savedProblem { return &savedProblem{(*name)(&p.Path), &p.Reason} }

// MarshalJSON writes any problem.
func (p ProblemRecord) MarshalJSON() ([]byte, error) { return json.Marshal(p.saved()) }

// UnmarshalJSON reads what MarshalJSON writes.
func (p *ProblemRecord) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, p.saved()) }

type plainProof Proof

type savedProof struct {
	*plainProof
	Time   *moment `json:"time"`
	Target *name   `json:"target"`
}

func (p *Proof) saved() *savedProof {
	return &savedProof{(*plainProof)(p), (*moment)(&p.Time), (*name)(&p.Target)}
}

// MarshalJSON writes any proof.
func (p Proof) MarshalJSON() ([]byte, error) { return json.Marshal(p.saved()) }

// UnmarshalJSON reads what MarshalJSON writes.
func (p *Proof) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, p.saved()) }

type plainRootProof RootProof

type savedRootProof struct {
	*plainRootProof
	Path       *name  `json:"path"`
	As         *name  `json:"as"`
	FileSystem *name  `json:"file_system"`
	Mounts     *names `json:"mounts"`
}

func (p *RootProof) saved() *savedRootProof {
	return &savedRootProof{
		(*plainRootProof)(p), (*name)(&p.Path), (*name)(&p.As), (*name)(&p.FileSystem), (*names)(&p.Mounts),
	}
}

// MarshalJSON writes any root.
func (p RootProof) MarshalJSON() ([]byte, error) { return json.Marshal(p.saved()) }

// UnmarshalJSON reads what MarshalJSON writes.
func (p *RootProof) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, p.saved()) }

// moment is RFC 3339 where that can express the time, and else seconds and nanoseconds
// since 1970 behind an @.
type moment time.Time

func (m moment) MarshalText() ([]byte, error) {
	utc := time.Time(m).UTC()
	if year := utc.Year(); year < 0 || year > 9999 {
		return fmt.Appendf(nil, "@%d.%09d", utc.Unix(), utc.Nanosecond()), nil
	}
	return utc.AppendFormat(nil, time.RFC3339Nano), nil
}

func (m *moment) UnmarshalText(text []byte) error {
	var seconds, nanoseconds int64
	if _, err := fmt.Sscanf(string(text), "@%d.%d", &seconds, &nanoseconds); err == nil {
		*m = moment(time.Unix(seconds, nanoseconds).UTC())
		return nil
	}
	parsed, err := time.Parse(time.RFC3339Nano, string(text))
	*m = moment(parsed)
	return err
}

// name is a string of any bytes. In JSON it is a string where it is UTF-8, and else an
// object with every byte in base64 beside what can be read of it.
type name string

type savedName struct {
	Text   string `json:"text"`
	Base64 []byte `json:"base64"`
}

func (n name) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(n)) {
		return json.Marshal(string(n))
	}
	return json.Marshal(savedName{strings.ToValidUTF8(string(n), "\uFFFD"), []byte(n)})
}

func (n *name) UnmarshalJSON(text []byte) error {
	var saved savedName
	if err := json.Unmarshal(text, &saved); err == nil {
		*n = name(saved.Base64)
		return nil
	}
	return json.Unmarshal(text, (*string)(n))
}

type names []string

func (n names) MarshalJSON() ([]byte, error) {
	saved := make([]name, len(n))
	for i, text := range n {
		saved[i] = name(text)
	}
	return json.Marshal(saved)
}

func (n *names) UnmarshalJSON(text []byte) error {
	var saved []name
	if err := json.Unmarshal(text, &saved); err != nil {
		return err
	}
	*n = nil
	for _, text := range saved {
		*n = append(*n, string(text))
	}
	return nil
}
