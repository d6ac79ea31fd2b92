package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/planner"
)

// savedPlan is what `plan -o` writes: plans, and what they hold for.
type savedPlan struct {
	FormatVersion int             `json:"format_version"`
	Created       time.Time       `json:"created"`
	Program       string          `json:"program"`
	Config        string          `json:"config"` // digest of the configuration
	Account       string          `json:"account"`
	Plans         []*planner.Plan `json:"plans"`
}

// clockSlack is how far the clocks of two machines may be apart.
const clockSlack = 5 * time.Minute

// maxSavedPlan bounds what is read of a file that may not be a plan at all.
const maxSavedPlan = 1 << 30

// savePlan writes the plans to a file that only its owner can read: it names what
// the owner has.
func (w *workplace) savePlan(path string, plans []*planner.Plan) error {
	if len(plans) < len(w.jobs) {
		fmt.Fprintf(w.err, "nothing was saved to %s: not every job could be planned\n", report.Quote(path))
		return nil // the jobs' own errors decide
	}
	saved := savedPlan{report.FormatVersion, w.now().UTC(), version(), configDigest(w.cfg), accountName(w.cfg), plans}
	file, err := os.CreateTemp(filepath.Dir(path), ".plan-*") // with mode 0600
	if err != nil {
		return fmt.Errorf("save plan: %w", err)
	}
	encoder := json.NewEncoder(file)
	encoder.SetIndent("", " ")
	err = errors.Join(encoder.Encode(saved), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("save plan: %w", errors.Join(err, os.Remove(file.Name())))
	}
	fmt.Fprintf(w.err, "saved to %s; to apply it: jottarun apply %s\n", report.Quote(path), report.Quote(path))
	return nil
}

// mayReplace refuses to save a plan over anything but an older plan.
func mayReplace(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && info.Mode().IsRegular() {
		if _, err = loadPlan(path); err == nil {
			return nil
		}
	}
	return exit.Usage(fmt.Errorf("save plan: %q is there and is no saved plan; it is left as it is", path))
}

// loadPlan reads a saved plan.
func loadPlan(path string) (*savedPlan, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, exit.Usage(fmt.Errorf("read plan %q: it is no file", path))
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, exit.Usage(fmt.Errorf("read plan: %w", err))
	}
	defer file.Close()
	var saved savedPlan
	decoder := json.NewDecoder(io.LimitReader(file, maxSavedPlan))
	if err := decoder.Decode(&saved); err != nil {
		return nil, exit.Usage(fmt.Errorf("read plan %q: it is not a saved plan: %w", path, err))
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, exit.Usage(fmt.Errorf("read plan %q: there is more in it than a plan", path))
	}
	if saved.FormatVersion != report.FormatVersion {
		return nil, exit.Usage(fmt.Errorf("read plan %q: its format is version %d, this jottarun reads version %d",
			path, saved.FormatVersion, report.FormatVersion))
	}
	if err := saved.validate(); err != nil {
		return nil, exit.Usage(fmt.Errorf("read plan %q: it is damaged: %w", path, err))
	}
	return &saved, nil
}

// validate refuses what savePlan does not write: the file is input like any other.
func (s *savedPlan) validate() error {
	if len(s.Plans) == 0 {
		return errors.New("it has no job")
	}
	seen := map[string]bool{}
	for _, plan := range s.Plans {
		if plan == nil || plan.Job == "" || seen[plan.Job] {
			return errors.New("a job in it has no name, or is there twice")
		}
		seen[plan.Job] = true
		if err := plan.Validate(); err != nil {
			return fmt.Errorf("job %q: %w", plan.Job, err)
		}
	}
	return nil
}

// check refuses a plan that was made for something else, or too long ago.
func (s *savedPlan) check(cfg *config.Config, now time.Time, maxAge time.Duration) error {
	switch age := now.Sub(s.Created); {
	case s.Account != accountName(cfg):
		return fmt.Errorf("%w: the plan is for the account %s, the jobs file for %s", exit.ErrStale, s.Account, accountName(cfg))
	case s.Config != configDigest(cfg):
		return fmt.Errorf("%w: the jobs file has changed since the plan was made", exit.ErrStale)
	case age < -clockSlack:
		return fmt.Errorf("%w: the plan was made in the future, at %v", exit.ErrStale, s.Created.Local())
	case age > maxAge:
		return fmt.Errorf("%w: the plan is %v old, and --max-plan-age is %v", exit.ErrStale, age.Round(time.Minute), maxAge)
	}
	return nil
}

// configDigest tells configurations apart, by what they mean and not how it is
// written.
func configDigest(cfg *config.Config) string {
	text, err := json.Marshal(cfg)
	if err != nil {
		return "" // plain data always marshals
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

func accountName(cfg *config.Config) string {
	return fmt.Sprintf("%s/%s%s%s", cfg.Account.Service, cfg.Account.Username, cfg.Account.Endpoints.JFS, cfg.Account.Directory)
}
