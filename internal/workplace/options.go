package workplace

import (
	"fmt"

	"github.com/spf13/pflag"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/exit"
)

// maxTransfers is the most that settings.uploads may be, too.
const maxTransfers = 64

// Options are what the command line says about jobs. The zero value leaves all to the
// jobs file.
type Options struct {
	Names       []string // none: all jobs
	Exclude     []string
	MaxDelete   string
	AcceptEmpty bool
	Accept      []string
	Transfers   int // 0: as the settings say
	Bwlimit     RateFlag

	// Approve, if set, may refuse the jobs file, as it was read.
	Approve func(*config.Config) error
}

// AddPlanFlags adds the flags of commands that plan a run.
func (o *Options) AddPlanFlags(flags *pflag.FlagSet) {
	flags.StringArrayVar(&o.Exclude, "exclude", nil, "leave out what matches this pattern, too")
	o.AddGuardFlags(flags)
}

// AddGuardFlags adds those that loosen guards.
func (o *Options) AddGuardFlags(flags *pflag.FlagSet) {
	flags.StringVar(&o.MaxDelete, "max-delete", "", "prune at most so many files, or such a share (default: max_prune)")
	flags.StringArrayVar(&o.Accept, "accept-changed", nil, "take a file, or those in a folder, for what it holds now, though only its content changed")
	flags.BoolVar(&o.AcceptEmpty, "accept-empty-root", false, "for once, take an empty root or another file system for what it seems")
}

// check returns an error where the options cannot be meant, or do not go with the jobs file.
func (o *Options) check(cfg *config.Config) error {
	for _, pattern := range o.Exclude {
		if err := config.CheckPattern(pattern); err != nil {
			return exit.Usage(fmt.Errorf("--exclude %q %w", pattern, err))
		}
	}
	if o.Approve == nil {
		return nil
	}
	return o.Approve(cfg)
}

func (o *Options) limit() (*config.Limit, error) {
	if o.MaxDelete == "" {
		return nil, nil
	}
	limit, err := config.ParseLimit(o.MaxDelete)
	if err != nil {
		return nil, exit.Usage(fmt.Errorf("--max-delete %q: %w", o.MaxDelete, err))
	}
	return &limit, nil
}

// CheckTransfers returns an error where --transfers may not be n.
func CheckTransfers(n int) error {
	if n < 0 || n > maxTransfers {
		return fmt.Errorf("--transfers %d: want a number from 1 to %d", n, maxTransfers)
	}
	return nil
}
