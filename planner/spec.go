package planner

import (
	"context"

	"github.com/jottarun/jottarun/jotta"
)

// Spec is what a job wants, in the planner's own terms.
type Spec struct {
	Job              string
	Roots            []RootSpec
	Target           jotta.Path
	ExcludeIfPresent []string
	ExcludeLarger    int64 // bytes; 0 sets no limit
	FollowLinks      bool  // into the job's own roots; else links are left out
	OneFileSystem    bool
	Own              []string // jottarun's own folders, which are never backed up
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
