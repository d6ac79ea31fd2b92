package contents

import (
	"errors"
	"strings"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/access"
	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/selection"
	"github.com/jottarun/jottarun/jotta"
)

// place is somewhere in an open cloud that the command line named.
type place struct {
	*access.Cloud
	path string // "/", "/device", or what jotta.ParsePath takes
	job  string // whose target it is, or is in; "" where the path was given

	spellings []string // others of the path, where the job gives names that are one to the service a mark each
}

// openPlace opens the cloud that where is in: a path from the device on, or the name of
// a job, which stands for the job's target. Below, if it is not "", is a file of the job.
func openPlace(a *app.App, where, below string) (*place, error) {
	cfg, found, err := findPlace(a, where, below)
	if err != nil {
		return nil, err
	}
	if err := checkPlace(found.path); err != nil {
		return nil, exit.Usage(err)
	}
	found.Cloud, err = access.Open(a, cfg)
	return found, err
}

func findPlace(a *app.App, where, below string) (*config.Config, *place, error) {
	if strings.HasPrefix(where, "/") {
		cfg, err := a.LoadAccount()
		return cfg, &place{path: "/" + strings.Trim(where, "/")}, err
	}
	cfg, err := a.LoadConfig()
	if err != nil {
		return nil, nil, err
	}
	jobs, err := cfg.Select([]string{where})
	if err != nil {
		return nil, nil, exit.Usage(err)
	}
	found := &place{path: jobs[0].Target, job: where}
	if below != "" {
		spelled := selection.Spellings(jobs[0], selection.Below(jobs[0], below))
		for _, other := range spelled[1:] {
			found.spellings = append(found.spellings, found.path+"/"+other)
		}
		found.path += "/" + spelled[0]
	}
	return cfg, found, nil
}

// checkPlace makes sure that nothing is asked for that cannot be there.
func checkPlace(path string) error {
	segments := strings.Split(path[1:], "/")
	if path == "/" || len(segments) == 1 && jotta.CheckName(segments[0]) == nil {
		return nil
	}
	_, err := jotta.ParsePath(path)
	return err
}

// openFilePlace opens the cloud for JOB PATH or /device/backupdir/path.
func openFilePlace(a *app.App, args []string) (*place, error) {
	switch {
	case len(args) == 1 && strings.HasPrefix(args[0], "/"):
		return openPlace(a, args[0], "")
	case len(args) == 2 && !strings.HasPrefix(args[0], "/"):
		return openPlace(a, args[0], args[1])
	}
	return nil, exit.Usage(errors.New("want a job and a path below its target, or /device/backupdir/path alone"))
}

// find does with the path what is to be done with a file, or with another spelling of it
// where the cloud has none under that.
func (p *place) find(do func(path jotta.Path) error) error {
	err := do(jotta.Path(p.path))
	for _, other := range p.spellings {
		if !errors.Is(err, jotta.ErrNotFound) {
			return err
		}
		if again := do(jotta.Path(other)); !errors.Is(again, jotta.ErrNotFound) {
			p.path = other
			return again
		}
	}
	return err
}

// explain leaves of an error about a path from the command line its words alone: that
// something is not there is a mistake in the jobs file only where a job's target is meant.
func (p *place) explain(err error) error {
	if err == nil || p.job != "" || !errors.Is(err, jotta.ErrNotFound) {
		return err
	}
	return errors.New(err.Error())
}
