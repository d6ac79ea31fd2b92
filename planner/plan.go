package planner

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jottarun/jottarun/jotta"
)

// RelPath is a slash path below a job's target, and so below its root where it
// has a single one. It may hold any bytes but NUL.
type RelPath string

// Kind is how a file here differs from the cloud.
type Kind string

// The kinds of actions. A file that is unchanged needs none and is only counted.
const (
	New       Kind = "new"        // not in the cloud: uploaded
	Changed   Kind = "changed"    // other content in the cloud: replaced
	CloudOnly Kind = "cloud_only" // not here: kept
)

// Plan is what would change for one job. It is a value: nothing in it refers to
// an open file or a connection, and it survives a round trip through JSON.
type Plan struct {
	Job             string     `json:"job"`
	Target          jotta.Path `json:"target"`
	Roots           []Root     `json:"roots"`
	CreateBackupdir bool       `json:"create_backupdir,omitempty"`
	Actions         []Action   `json:"actions"`
	Problems        []Problem  `json:"problems"`
	Notes           []Note     `json:"notes"`
	Refusals        []Refusal  `json:"refusals,omitempty"`
	Counts          Counts     `json:"counts"`

	unchanged unchanged // what the proof of a run compares with; not part of the value
}

// Root is a local folder of a job. Its contents go below As, which is empty
// where they go straight into the target.
type Root struct {
	Path string `json:"path"`
	As   string `json:"as,omitempty"`
}

// Action is one difference between here and the cloud.
type Action struct {
	Kind      Kind
	Path      RelPath
	CloudPath RelPath     // as the cloud spells it, or will; it may differ in case
	Local     *LocalFile  // nil where the file is only in the cloud
	Remote    *RemoteFile // nil where the cloud has none
	Reason    string      // in words
}

// LocalFile is a file as the scan saw it, and where it is read from.
type LocalFile struct {
	Root     int     // index into Plan.Roots of the tree it lies in
	Rel      RelPath // its path in that tree
	Size     int64
	Modified time.Time
	MD5      jotta.MD5 // known only where it was needed to decide
}

// RemoteFile is a complete file as the listing showed it.
type RemoteFile struct {
	Size     int64
	MD5      jotta.MD5
	Modified time.Time
}

// Problem is a path that could not be compared: it is not known to be protected,
// and a run that has one does not end well.
type Problem struct {
	Path   RelPath
	Twins  []RelPath // others that share the problem, like names equal to the service
	Reason string
	Files  int // how many selected files it stands for; 0 for a folder that could not be read
}

// Refusal says why a guard lets nothing of a job be applied.
type Refusal struct {
	Root   string `json:"root"`
	Reason string `json:"reason"`
}

// Note is something left out on purpose that a user may want to know of.
type Note struct {
	Path   RelPath
	Reason string
}

// Counts add up: Seen = Unchanged + New + Changed + the files of all problems.
type Counts struct {
	Seen           int   `json:"seen"` // selected files
	Unchanged      int   `json:"unchanged"`
	UnchangedBytes int64 `json:"unchanged_bytes"`
	New            int   `json:"new"`
	NewBytes       int64 `json:"new_bytes"`
	Changed        int   `json:"changed"`
	ChangedBytes   int64 `json:"changed_bytes"`
	CloudOnly      int   `json:"cloud_only"`
	CloudOnlyBytes int64 `json:"cloud_only_bytes"`
	Excluded       int   `json:"excluded"` // files and whole folders that a rule leaves out
	ReadBytes      int64 `json:"read_bytes"`
}

// ErrRefused says that a guard keeps a plan from being applied.
var ErrRefused = errors.New("refused")

// Check returns an error that wraps ErrRefused where a guard has refused the
// plan; then nothing of it may be applied.
func (p *Plan) Check() error {
	if len(p.Refusals) == 0 {
		return nil
	}
	reasons := make([]string, len(p.Refusals))
	for i, r := range p.Refusals {
		reasons[i] = fmt.Sprintf("root %q %s", r.Root, r.Reason)
	}
	return fmt.Errorf("%w: %s", ErrRefused, strings.Join(reasons, "; "))
}

// Pending reports whether applying the plan would change anything in the cloud.
func (p *Plan) Pending() bool {
	return p.Counts.New+p.Counts.Changed > 0
}

// Destination returns where the file of an action is, or will be, in the cloud.
func (p *Plan) Destination(a Action) jotta.Path { return p.Target.Join(string(a.CloudPath)) }

// add counts an action and appends it.
func (p *Plan) add(a Action) {
	switch a.Kind {
	case New:
		p.Counts.Seen++
		p.Counts.New++
		p.Counts.NewBytes += a.Local.Size
	case Changed:
		p.Counts.Seen++
		p.Counts.Changed++
		p.Counts.ChangedBytes += a.Local.Size
	case CloudOnly:
		p.Counts.CloudOnly++
		p.Counts.CloudOnlyBytes += a.Remote.Size
	}
	p.Actions = append(p.Actions, a)
}

func (p *Plan) addProblem(problem Problem) {
	p.Counts.Seen += problem.Files
	p.Problems = append(p.Problems, problem)
}
