package planner

import (
	"context"
	"time"

	"github.com/jottarun/jottarun/jotta"
)

// Spec is what a job wants, in the planner's own terms.
type Spec struct {
	Job              string
	Roots            []RootSpec
	Target           jotta.Path
	ExcludeIfPresent []string
	IgnoreFile       string   // name of files of patterns, each for its folder; "" is none
	ExcludeLarger    int64    // bytes; 0 sets no limit
	FollowLinks      bool     // into the job's own roots, and FollowInto; else links are left out
	FollowInto       []string // local folders that links may lead into, besides the roots
	OneFileSystem    bool
	UpdateTimes      bool     // of files whose content is unchanged
	RenameTwins      bool     // names that are one to the service get a suffix; else they are problems
	Own              []string // jottarun's own folders, which are never backed up
	Prune            Prune
	Require          Require
	Known            *Known // what the job's last proof on this target showed; nil: there was none
	AcceptEmpty      bool   // a root may be empty, or another file system, for once

	Sample        *Sample          // files of the cloud's size that are read to compare; the others are counted
	Checksums     Checksums        // of files that were read before; nil: none are known
	Now           func() time.Time // needed with Checksums
	Rehash        float64          // share of the known checksums to be read again, 0 to 1
	AcceptChanged []string         // files, or folders of files, whose content may have changed unnoticed

	Progress *Progress // counts while the plan is made; may be nil
	Metadata bool      // a manifest is kept of what the cloud does not hold
	Witness  Witness   // is shown what the job selects; may be nil
}

// Prune says what a run does with files that only the cloud has.
type Prune struct {
	Mode     PruneMode
	Excluded bool // those that the rules exclude, too
	Max      Limit
}

func (p Prune) on() bool { return p.Mode == PruneTrash || p.Mode == PrunePurge }

// PruneMode is where a pruned file goes.
type PruneMode string

// The modes of pruning.
const (
	PruneNever PruneMode = "never"
	PruneTrash PruneMode = "trash" // the service keeps it for 30 days
	PrunePurge PruneMode = "purge" // gone for good
)

// Limit is how many files may be pruned in a run: a number of them, or where that
// is negative a share, from 0 to 1, of the files in the cloud that the job selects.
type Limit struct {
	Files int64
	Share float64
}

// Require are guards that hold on each root of a job.
type Require struct {
	Mounted bool   // it lies on a file system of its own, not on the one of /
	Marker  string // a file that it holds
}

// Known is what a proof has shown of a job before.
type Known struct {
	Time  time.Time
	Roots []Root
}

// RootSpec is one local folder with the rules that hold in it.
type RootSpec struct {
	Root
	Rules *Rules
}

// Lister gives the planner what the cloud has. *jotta.Client is one.
type Lister interface {
	// List returns everything below path, or an error; never a part.
	List(ctx context.Context, path jotta.Path) (*jotta.Listing, error)
}
