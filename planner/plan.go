package planner

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jottarun/jottarun/internal/localfs"
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
	Moved     Kind = "moved"      // in the cloud under a path that is no longer here: moved there
	Retimed   Kind = "retimed"    // the same content, of another time: its times are sent
	CloudOnly Kind = "cloud_only" // not here: kept
	Pruned    Kind = "pruned"     // not here: removed from the cloud, once all else is proved

	PrunedFolder Kind = "pruned_folder" // left empty by the pruning

	Fetched       Kind = "fetched"        // of a restore: not here, brought back
	Overwritten   Kind = "overwritten"    // other content here, which is replaced
	Kept          Kind = "kept"           // other content here, which stays
	FetchedFolder Kind = "fetched_folder" // not here, and empty in the cloud
)

// Plan is what would change for one job. It is a value: nothing in it refers to
// an open file or a connection, and it survives a round trip through JSON.
type Plan struct {
	Job             string     `json:"job"`
	Restore         bool       `json:"restore,omitempty"` // from the cloud into the roots
	Target          jotta.Path `json:"target"`
	Roots           []Root     `json:"roots"`
	FollowInto      []Root     `json:"follow_into,omitempty"` // that links may lead into, besides the roots; Files is counted with these
	CreateBackupdir bool       `json:"create_backupdir,omitempty"`
	Prune           PruneMode  `json:"prune,omitempty"`
	HeldBack        string     `json:"held_back,omitempty"`  // why nothing is pruned that could be
	OverLimit       bool       `json:"over_limit,omitempty"` // it is max_prune that holds back
	Actions         []Action   `json:"actions"`
	Problems        []Problem  `json:"problems"`
	Notes           []Note     `json:"notes"`
	Refusals        []Refusal  `json:"refusals"`
	Counts          Counts     `json:"counts"`
	Metadata        *Metadata  `json:"metadata,omitempty"` // nil where the job keeps none

	// What a run compares with later, and where it remembers checksums; no part of the value.
	unchanged unchanged
	rootInfos []localfs.Info
	places    map[RelPath]place // of folders that it uploads from
	leftovers []RelPath         // of a restore: drafts that are of no use
}

// Root is a local folder of a job. Its contents go below As, which is empty
// where they go straight into the target.
type Root struct {
	Path string `json:"path"`
	As   string `json:"as,omitempty"`

	// What the scan found: how many selected files, and the file systems that they
	// are on, by an identity that survives a reboot.
	// Only the number is of interest outside.
	Files      int      `json:"files"`
	Excluded   int      `json:"-"` // files and whole folders
	CloudOnly  int      `json:"-"` // files that the cloud has in its place
	Unread     bool     `json:"-"` // something in it could not be looked at: that it seems empty says nothing
	FileSystem string   `json:"-"`
	Mounts     []string `json:"-"` // mount points below, relative
	Real       string   `json:"-"` // the path without links; empty where that is not known
}

// Trees returns how many folders the plan's files lie in: its roots, and those that links
// may lead into.
func (p *Plan) Trees() int { return len(p.Roots) + len(p.FollowInto) }

// Tree returns the i-th of them, the roots first.
func (p *Plan) Tree(i int) *Root {
	if i < len(p.Roots) {
		return &p.Roots[i]
	}
	return &p.FollowInto[i-len(p.Roots)]
}

// Action is one difference between here and the cloud.
type Action struct {
	Kind      Kind
	Path      RelPath
	CloudPath RelPath     // as the cloud spells it, or will; it may differ in case
	From      RelPath     // Moved: where it is in the cloud
	Local     *LocalFile  // nil where the file is only in the cloud
	Remote    *RemoteFile // nil where the cloud has none; of a moved file: the one at From
	Excluded  bool        // the cloud has it, and a rule leaves it out here
	Reason    string      // in words
}

// LocalFile is a file as the scan saw it, and where it is read from.
type LocalFile struct {
	Root     int     // the tree it lies in: see Plan.Tree
	Rel      RelPath // its path in that tree
	Size     int64
	Modified time.Time
	Inode    uint64    // 0 where the system has none
	MD5      jotta.MD5 // known only where it was needed to decide
}

// Is reports whether a file of the cloud is what the listing showed.
func (f *RemoteFile) Is(now jotta.RemoteFile) bool {
	return f.Size == now.Size && f.MD5 == now.MD5 && f.Modified.Equal(now.Modified)
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
	Root       string `json:"root"`
	Reason     string `json:"reason"`
	Acceptable bool   `json:"acceptable,omitempty"` // a user who means it can let it pass, with AcceptEmpty
}

// Note is something left out on purpose that a user may want to know of.
type Note struct {
	Path   RelPath
	Reason string
}

// Counts add up: Seen = Unchanged + New + Changed + Moved + Retimed + Unread + the files of all
// problems; of a restore Seen = Unchanged + Fetched + Overwritten + Kept + the files of
// all problems.
type Counts struct {
	Seen           int   `json:"seen"` // selected files
	Unchanged      int   `json:"unchanged"`
	UnchangedBytes int64 `json:"unchanged_bytes"`
	New            int   `json:"new"`
	NewBytes       int64 `json:"new_bytes"`
	Changed        int   `json:"changed"`
	ChangedBytes   int64 `json:"changed_bytes"`
	Moved          int   `json:"moved"`
	MovedBytes     int64 `json:"moved_bytes"`
	Pruned         int   `json:"pruned"`
	PrunedBytes    int64 `json:"pruned_bytes"`
	CloudOnly      int   `json:"cloud_only"`
	CloudOnlyBytes int64 `json:"cloud_only_bytes"`
	Excluded       int   `json:"excluded"`     // files and whole folders that a rule leaves out
	ReadBytes      int64 `json:"read_bytes"`   // to compare
	CachedBytes    int64 `json:"cached_bytes"` // of files that need not be read: their checksums are known

	Retimed          int   `json:"retimed,omitempty"`
	RetimedBytes     int64 `json:"retimed_bytes,omitempty"`  // none of which are sent
	NotRestorable    int   `json:"not_restorable,omitempty"` // special files and links that neither the cloud nor a manifest keeps
	Unread           int   `json:"unread,omitempty"`         // of the cloud's size, and not in the sample
	Fetched          int   `json:"fetched,omitempty"`
	FetchedBytes     int64 `json:"fetched_bytes,omitempty"`
	Overwritten      int   `json:"overwritten,omitempty"`
	OverwrittenBytes int64 `json:"overwritten_bytes,omitempty"`
	Kept             int   `json:"kept,omitempty"`
	KeptBytes        int64 `json:"kept_bytes,omitempty"` // in the cloud
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

// Validate says what is wrong with a plan that came from outside, or nil: every
// action must be of a known kind and have what its kind needs.
func (p *Plan) Validate() error {
	for _, a := range p.Actions {
		needsLocal, needsRemote := a.Kind.Writes(), a.Kind.Writes() && a.Kind != New || a.Kind == CloudOnly || a.Kind == Pruned
		if !needsLocal && !needsRemote {
			return fmt.Errorf("action on %q: unknown kind %q", string(a.Path), string(a.Kind))
		}
		if needsLocal && a.Local == nil || needsRemote && a.Remote == nil {
			return fmt.Errorf("action on %q: it does not say which file it is about", string(a.Path))
		}
	}
	return nil
}

// ProblemCount counts problems by the files that have them, and folders as one.
func (p *Plan) ProblemCount() int {
	n := 0
	for _, problem := range p.Problems {
		n += max(1, problem.Files)
	}
	return n
}

// Pending reports whether applying the plan would change anything in the cloud.
func (p *Plan) Pending() bool {
	return p.Counts.Writes()+p.Counts.Pruned > 0 || p.Metadata.isPending()
}

// Uploads returns how many files are to be brought to where they belong in the
// cloud.
func (c Counts) Uploads() int { return c.New + c.Changed + c.Moved }

// Writes returns how many files are to get their content or their times in the cloud.
func (c Counts) Writes() int { return c.Uploads() + c.Retimed }

// Downloads returns how many files are to be brought back from the cloud.
func (c Counts) Downloads() int { return c.Fetched + c.Overwritten }

// Uploads reports whether the action brings a file to the cloud.
func (k Kind) Uploads() bool { return k == New || k == Changed || k == Moved }

// Writes reports whether the action gives a file its content or its times in the cloud.
func (k Kind) Writes() bool { return k.Uploads() || k == Retimed }

// Downloads reports whether the action brings a file back from the cloud.
func (k Kind) Downloads() bool { return k == Fetched || k == Overwritten }

// Restores reports whether the action makes something here that the cloud has.
func (k Kind) Restores() bool { return k.Downloads() || k == FetchedFolder }

// Destination returns where the file of an action is, or will be, in the cloud.
func (p *Plan) Destination(a Action) jotta.Path { return p.Target.Join(string(a.CloudPath)) }

// add appends an action and counts it.
func (p *Plan) add(a Action) {
	p.Actions = append(p.Actions, a)
	p.Counts.count(a, 1)
}

// become makes another kind of action out of the i-th.
func (p *Plan) become(i int, kind Kind) {
	p.Counts.count(p.Actions[i], -1)
	p.Actions[i].Kind = kind
	p.Counts.count(p.Actions[i], 1)
}

// drop removes the actions at some indexes.
func (p *Plan) drop(indexes map[int]bool) {
	kept := p.Actions[:0]
	for i, a := range p.Actions {
		if indexes[i] {
			p.Counts.count(a, -1)
		} else {
			kept = append(kept, a)
		}
	}
	p.Actions = kept
}

func (c *Counts) count(a Action, n int) {
	files, bytes := c.of(a.Kind)
	if files == nil {
		return // folders are not counted
	}
	size := a.size()
	*files += n
	*bytes += int64(n) * size
	if a.Kind.Writes() || a.Kind.Downloads() || a.Kind == Kept {
		c.Seen += n
	}
}

// size is that of the file which the action is about: the one that is brought somewhere.
func (a Action) size() int64 {
	if a.Kind.Writes() {
		return a.Local.Size
	}
	return a.Remote.Size
}

// of returns where the files of a kind are counted; nil where they are not.
func (c *Counts) of(kind Kind) (files *int, bytes *int64) {
	switch kind {
	case New:
		return &c.New, &c.NewBytes
	case Changed:
		return &c.Changed, &c.ChangedBytes
	case Moved:
		return &c.Moved, &c.MovedBytes
	case Retimed:
		return &c.Retimed, &c.RetimedBytes
	case CloudOnly:
		return &c.CloudOnly, &c.CloudOnlyBytes
	case Pruned:
		return &c.Pruned, &c.PrunedBytes
	case Fetched:
		return &c.Fetched, &c.FetchedBytes
	case Overwritten:
		return &c.Overwritten, &c.OverwrittenBytes
	case Kept:
		return &c.Kept, &c.KeptBytes
	}
	return nil, nil
}

// unchanged counts a file that is the same here and in the cloud.
func (c *Counts) unchanged(size int64) {
	c.Seen++
	c.Unchanged++
	c.UnchangedBytes += size
}

func (p *Plan) addProblem(problem Problem) {
	p.Counts.Seen += problem.Files
	p.Problems = append(p.Problems, problem)
}

// addFound takes over what the scan has to say of a folder.
func (p *Plan) addFound(f *scanned) {
	for _, problem := range f.problems {
		p.addProblem(problem)
	}
	p.Notes = append(p.Notes, f.notes...)
	p.Counts.Excluded += f.excluded
	p.Counts.NotRestorable += f.lost
	p.Roots[f.base].Excluded += f.excluded
	p.Roots[f.base].Files += f.files
	p.Roots[f.base].Unread = p.Roots[f.base].Unread || len(f.problems) > 0
}
