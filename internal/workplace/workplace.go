// Package workplace is where jobs are planned, run, verified and restored: the jobs that
// the command line names, the open cloud, and who is told what happens to them.
package workplace

import (
	"cmp"
	"fmt"
	"time"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/access"
	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/priority"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/selection"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/planner"
)

// Grace is how long what is in flight may go on after the first signal.
const Grace = 4 * time.Second

// Workplace is what the jobs of one command share.
type Workplace struct {
	*app.App
	Config   *config.Config // with what the command line says instead
	Jobs     []*config.Job  // those that are named, or all
	Cloud    *access.Cloud
	State    string // path of the state folder, which may not be there yet
	Hasher   *checksum.Hasher
	Observer report.Observer // told of all jobs; nil before Watch

	options  Options
	maxPrune *config.Limit // from the command line; nil: as the jobs say
}

// Open reads the jobs file and reaches for the cloud. Who opened the workplace closes it.
func Open(a *app.App, o Options) (*Workplace, error) {
	cfg, err := a.LoadConfig()
	if err != nil {
		return nil, err
	}
	if err := o.check(cfg); err != nil {
		return nil, err
	}
	jobs, err := cfg.Select(o.Names)
	if err != nil {
		return nil, exit.Usage(err)
	}
	maxPrune, err := o.limit()
	if err != nil {
		return nil, err
	}
	stateDir, err := a.StateDir(cfg)
	if err != nil {
		return nil, err
	}
	cfg.Settings.Uploads = cmp.Or(o.Transfers, cfg.Settings.Uploads)
	o.Bwlimit.override(&cfg.Settings.Bandwidth)
	if cfg.Settings.Nice {
		stepBack(a)
	}
	cloud, err := access.Open(a, cfg)
	if err != nil {
		return nil, err
	}
	return &Workplace{
		App: a, Config: cfg, Jobs: jobs, Cloud: cloud, State: stateDir,
		Hasher: checksum.New(cfg.Settings.Hashers), options: o, maxPrune: maxPrune,
	}, nil
}

// stepBack lets other processes go first. That it cannot is no reason to make no backup.
func stepBack(a *app.App) {
	if err := priority.Lower(); err != nil && !a.Quiet {
		fmt.Fprintf(a.Err, "settings.nice has no effect: %v\n", err)
	}
}

// OpenState opens the state folder, making it where it does not exist yet. What was proved
// in another account than that of the jobs file is no proof there.
func (w *Workplace) OpenState() (*state.Dir, error) {
	dir, err := state.Open(w.State)
	if err == nil {
		dir.ForAccount(w.Config.Account.Identity())
	}
	return dir, err
}

// Close leaves the cloud.
func (w *Workplace) Close() error { return w.Cloud.Close() }

// Spec is what a job wants, with what the command line adds.
func (w *Workplace) Spec(job *config.Job) (planner.Spec, error) {
	spec, err := selection.Spec(job, w.options.Exclude)
	if err != nil {
		return planner.Spec{}, err
	}
	if len(w.options.Exclude) > 0 {
		spec.Prune.Excluded = false // what is hidden for once is not to go
	}
	spec.Own, spec.AcceptEmpty = selection.OwnFolders(w.Config, w.State), w.options.AcceptEmpty
	spec.AcceptChanged = w.options.Accept
	if w.maxPrune != nil {
		spec.Prune.Max = planner.Limit(*w.maxPrune)
	}
	return spec, nil
}
