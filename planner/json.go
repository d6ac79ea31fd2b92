package planner

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jottarun/jottarun/jotta"
)

// A path that is not UTF-8 stands in JSON twice: readable, with U+FFFD for what
// cannot be shown, and in base64 with every byte.

type jsonPath struct {
	Path   string `json:"path"`
	Base64 []byte `json:"path_base64,omitempty"`
}

func newJSONPath(p RelPath) jsonPath {
	if utf8.ValidString(string(p)) {
		return jsonPath{Path: string(p)}
	}
	return jsonPath{Path: strings.ToValidUTF8(string(p), "\uFFFD"), Base64: []byte(p)}
}

func (p jsonPath) relPath() RelPath {
	if p.Base64 != nil {
		return RelPath(p.Base64)
	}
	return RelPath(p.Path)
}

type jsonAction struct {
	Kind Kind `json:"kind"`
	jsonPath
	Cloud    *jsonPath   `json:"cloud,omitempty"` // where it differs from the path
	From     *jsonPath   `json:"from,omitempty"`  // moved: its path in the cloud until now
	Local    *jsonLocal  `json:"local,omitempty"`
	Remote   *jsonRemote `json:"remote,omitempty"`
	Excluded bool        `json:"excluded,omitempty"`
	Reason   string      `json:"reason"`
}

type jsonLocal struct {
	Root int `json:"root"`
	jsonPath
	Size     int64     `json:"size"`
	Modified jsonTime  `json:"modified"`
	Inode    uint64    `json:"inode,omitempty"`
	MD5      jotta.MD5 `json:"md5,omitzero"`
}

type jsonRemote struct {
	Size     int64     `json:"size"`
	Modified jsonTime  `json:"modified"`
	MD5      jotta.MD5 `json:"md5"`
}

// MarshalJSON writes an action as docs/json.md describes it.
func (a Action) MarshalJSON() ([]byte, error) {
	j := jsonAction{Kind: a.Kind, jsonPath: newJSONPath(a.Path), Excluded: a.Excluded, Reason: a.Reason}
	if a.CloudPath != a.Path {
		cloud := newJSONPath(a.CloudPath)
		j.Cloud = &cloud
	}
	if a.Kind == Moved {
		from := newJSONPath(a.From)
		j.From = &from
	}
	if l := a.Local; l != nil {
		j.Local = &jsonLocal{l.Root, newJSONPath(l.Rel), l.Size, jsonTime(l.Modified), l.Inode, l.MD5}
	}
	if r := a.Remote; r != nil {
		j.Remote = &jsonRemote{r.Size, jsonTime(r.Modified), r.MD5}
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (a *Action) UnmarshalJSON(data []byte) error {
	var j jsonAction
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	*a = Action{Kind: j.Kind, Path: j.relPath(), CloudPath: j.relPath(), Excluded: j.Excluded, Reason: j.Reason}
	if j.Cloud != nil {
		a.CloudPath = j.Cloud.relPath()
	}
	if j.From != nil {
		a.From = j.From.relPath()
	}
	if l := j.Local; l != nil {
		a.Local = &LocalFile{l.Root, l.relPath(), l.Size, time.Time(l.Modified), l.Inode, l.MD5}
	}
	if r := j.Remote; r != nil {
		a.Remote = &RemoteFile{r.Size, r.MD5, time.Time(r.Modified)}
	}
	return nil
}

type jsonProblem struct {
	jsonPath
	Twins  []jsonPath `json:"twins,omitempty"`
	Reason string     `json:"reason"`
	Files  int        `json:"files"`
}

// MarshalJSON writes a problem as docs/json.md describes it.
func (p Problem) MarshalJSON() ([]byte, error) {
	j := jsonProblem{jsonPath: newJSONPath(p.Path), Reason: p.Reason, Files: p.Files}
	for _, twin := range p.Twins {
		j.Twins = append(j.Twins, newJSONPath(twin))
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (p *Problem) UnmarshalJSON(data []byte) error {
	var j jsonProblem
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	*p = Problem{Path: j.relPath(), Reason: j.Reason, Files: j.Files}
	for _, twin := range j.Twins {
		p.Twins = append(p.Twins, twin.relPath())
	}
	return nil
}

type jsonNote struct {
	jsonPath
	Reason string `json:"reason"`
}

// MarshalJSON writes a note as docs/json.md describes it.
func (n Note) MarshalJSON() ([]byte, error) {
	return json.Marshal(jsonNote{newJSONPath(n.Path), n.Reason})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (n *Note) UnmarshalJSON(data []byte) error {
	var j jsonNote
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	*n = Note{Path: j.relPath(), Reason: j.Reason}
	return nil
}

// jsonTime is RFC 3339 where that can express the time, which is up to the year
// 9999, and else seconds and nanoseconds since 1970 behind an @.
type jsonTime time.Time

func (t jsonTime) MarshalText() ([]byte, error) {
	utc := time.Time(t).UTC()
	if year := utc.Year(); year < 0 || year > 9999 {
		return fmt.Appendf(nil, "@%d.%09d", utc.Unix(), utc.Nanosecond()), nil
	}
	return utc.AppendFormat(nil, time.RFC3339Nano), nil
}

func (t *jsonTime) UnmarshalText(text []byte) error {
	var seconds, nanoseconds int64
	if _, err := fmt.Sscanf(string(text), "@%d.%09d", &seconds, &nanoseconds); err == nil {
		*t = jsonTime(time.Unix(seconds, nanoseconds).UTC())
		return nil
	}
	parsed, err := time.Parse(time.RFC3339Nano, string(text))
	*t = jsonTime(parsed)
	return err
}
