// Package savedplan keeps plans in a file until they are applied, with what they hold for:
// the account, the jobs file and the time. It refuses a file that is damaged, and plans that
// do not hold for what they are to be applied to.
package savedplan

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

// File is what `plan -o` writes: plans, and what they hold for.
type File struct {
	FormatVersion int             `json:"format_version"`
	Created       time.Time       `json:"created"`
	Program       string          `json:"program"`
	Config        string          `json:"config"` // digest of the configuration
	Account       string          `json:"account"`
	Plans         []*planner.Plan `json:"plans"`
}

// clockSlack is how far the clocks of two machines may be apart.
const clockSlack = 5 * time.Minute

// maxSize bounds what is read of a file that may not be a plan at all.
const maxSize = 1 << 30

// New is a file of plans that were made by a configuration.
func New(cfg *config.Config, plans []*planner.Plan, created time.Time, program string) *File {
	return &File{report.FormatVersion, created.UTC(), program, configDigest(cfg), cfg.Account.Identity(), plans}
}

// Save writes the file, as a whole or not at all. Only its owner can read it: it names
// what the owner has.
func (f *File) Save(path string) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".plan-*") // with mode 0600
	if err != nil {
		return fmt.Errorf("save plan: %w", err)
	}
	err = report.EncodePlans(file, f.Plans, " ", func(plans []*planner.Plan) any {
		saved := *f
		saved.Plans = plans
		return saved
	})
	err = errors.Join(err, file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("save plan: %w", errors.Join(err, os.Remove(file.Name())))
	}
	return nil
}

// MayReplace refuses to save a plan over anything but an older plan.
func MayReplace(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && info.Mode().IsRegular() {
		if _, err = Load(path); err == nil {
			return nil
		}
	}
	return exit.Usage(fmt.Errorf("save plan: %q is there and is no saved plan; it is left as it is", path))
}

// Load reads what Save wrote, and refuses what it did not: the file is input like any
// other.
func Load(path string) (*File, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, exit.Usage(fmt.Errorf("read plan %q: it is no file", path))
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, exit.Usage(fmt.Errorf("read plan: %w", err))
	}
	defer file.Close()
	var saved File
	decoder := json.NewDecoder(io.LimitReader(file, maxSize))
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

func (f *File) validate() error {
	if len(f.Plans) == 0 {
		return errors.New("it has no job")
	}
	seen := map[string]bool{}
	for _, plan := range f.Plans {
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

// Check refuses plans that were made for something else, or too long ago.
func (f *File) Check(cfg *config.Config, now time.Time, maxAge time.Duration) error {
	switch age := now.Sub(f.Created); {
	case f.Account != cfg.Account.Identity():
		return fmt.Errorf("%w: the plan is for the account %s, the jobs file for %s", exit.ErrStale, f.Account, cfg.Account.Identity())
	case f.Config != configDigest(cfg):
		return fmt.Errorf("%w: the jobs file has changed since the plan was made", exit.ErrStale)
	case age < -clockSlack:
		return fmt.Errorf("%w: the plan was made in the future, at %v", exit.ErrStale, f.Created.Local())
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
