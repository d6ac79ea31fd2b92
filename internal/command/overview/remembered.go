package overview

import (
	"errors"
	"io/fs"
	"os"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/state"
)

// remembered visits jobs with the state folder, which is nil where there is none yet.
func remembered(a *app.App, names []string, visit func(*config.Job, *state.Dir) error) error {
	cfg, err := a.LoadConfig()
	if err != nil {
		return err
	}
	jobs, err := cfg.Select(names)
	if err != nil {
		return exit.Usage(err)
	}
	path, err := a.StateDir(cfg)
	if err != nil {
		return err
	}
	var dir *state.Dir
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		if dir, err = state.Open(path); err != nil {
			return err
		}
		defer dir.Close()
		dir.ForAccount(cfg.Account.Identity())
	}
	for _, job := range jobs {
		if err := visit(job, dir); err != nil {
			return err
		}
	}
	return nil
}

// lookUp returns what is remembered of a job.
func lookUp(job *config.Job, dir *state.Dir) ([]state.Record, *state.Proof, error) {
	if dir == nil {
		return nil, nil, nil
	}
	runs, err := dir.History(job.Name)
	if err != nil {
		return nil, nil, err
	}
	proof, err := dir.LastProof(job.Name, job.Target)
	return runs, proof, err
}
