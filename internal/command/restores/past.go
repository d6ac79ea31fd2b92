package restores

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/selection"
	"github.com/jottarun/jottarun/internal/workplace"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// pastOptions are flags that ask for other contents than the current ones.
type pastOptions struct {
	revision int
	asOf     string
	trashed  bool

	file   string                 // the one that revision is of
	moment time.Time              // what asOf means
	given  func(flag string) bool // an empty value is given, too: it is a variable that is not set
}

func (p *pastOptions) addFlags(cmd *cobra.Command) {
	p.given = cmd.Flags().Changed
	cmd.Flags().IntVar(&p.revision, "revision", 0, "of the one file named: the version of this number; see versions")
	cmd.Flags().StringVar(&p.asOf, "as-of", "", "what the cloud had then, like 2026-11-01 or 2026-11-01T18:00")
	cmd.Flags().BoolVar(&p.trashed, "trashed", false, "what is in the trash")
}

// read checks what is asked for.
func (p *pastOptions) read(o *restoreOptions) (err error) {
	switch {
	case p.revision < 0 || p.revision == 0 && p.given("revision"):
		return fmt.Errorf("--revision %d: versions are counted from 1", p.revision)
	case p.revision > 0 && (len(o.patterns) != 1 || p.asOf != "" || p.trashed):
		return errors.New("--revision is for one file, named by its path, and neither for --as-of nor for --trashed")
	case p.asOf != "" && p.trashed:
		return errors.New("--as-of looks into the trash anyway, without --trashed")
	}
	if p.given("as-of") {
		p.moment, err = parseMoment(p.asOf)
	}
	return err
}

// locate finds the one file that a revision is wanted of.
func (p *pastOptions) locate(ctx context.Context, w *workplace.Workplace, o *restoreOptions) error {
	if p.revision == 0 {
		return nil
	}
	job := w.Jobs[0]
	below := strings.TrimSuffix(selection.Below(job, o.patterns[0]), "/")
	if _, err := jotta.ParsePath(job.Target + "/" + below); err != nil {
		return err
	}
	p.file = spelled(ctx, w, selection.Spellings(job, below))
	o.patterns = []string{"/" + p.file} // that very path
	return nil
}

// spelled returns the path that the cloud has a file under, or the first where it has none
// under any. What else may be wrong comes up again when the file is listed.
func spelled(ctx context.Context, w *workplace.Workplace, paths []string) string {
	if len(paths) == 1 {
		return paths[0]
	}
	for _, path := range paths {
		if _, err := w.Cloud.Versions(ctx, jotta.Path(w.Jobs[0].Target).Join(path)); !errors.Is(err, jotta.ErrNotFound) {
			return path
		}
	}
	return paths[0]
}

// parseMoment reads a time; that of a mere date is its end, and of a time without a zone
// the one here.
func parseMoment(text string) (time.Time, error) {
	if day, err := time.ParseInLocation(time.DateOnly, text, time.Local); err == nil {
		return day.AddDate(0, 0, 1).Add(-1), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if moment, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return moment, nil
		}
	}
	return time.Time{}, fmt.Errorf("--as-of %q: want a date like 2026-11-01, or a time like 2026-11-01T18:00", text)
}

func (p *pastOptions) isSet() bool { return p.revision > 0 || p.asOf != "" || p.trashed }

// unmatched is what to say of a pattern that nothing matches.
func (p *pastOptions) unmatched() string {
	switch {
	case p.revision > 0:
		return fmt.Sprintf("the cloud has no complete version %d of it", p.revision)
	case p.asOf != "":
		return "the cloud has no version of it from then"
	case p.trashed:
		return "nothing in the trash matches this"
	}
	return ""
}

// metadata says what of a manifest is wanted, and whether files are for their owner alone
// where there is none. That of the time that is brought back is used; no manifest knows
// of what is in the trash.
func (p *pastOptions) metadata(job *config.Job, flags metadataFlags) (options *backup.MetadataOptions, private bool) {
	if flags.none {
		return nil, false
	}
	if p.trashed {
		return nil, job.Metadata
	}
	return flags.options(), p.isSet() && job.Metadata
}

// openPast is the cloud as it is asked for, and what removes the traces of that.
func openPast(w *workplace.Workplace, spec planner.RestoreSpec, p pastOptions) (backup.RestoreCloud, func(context.Context) error) {
	if !p.isSet() {
		return w.Cloud, nil
	}
	past := w.Cloud.Past(spec.Target, jotta.PastOptions{
		AsOf: p.moment, Number: p.revision, File: p.file, Beside: planner.ManifestFile,
		Trashed: p.trashed, Wanted: spec.Wants(),
	})
	return past, past.Sweep
}
