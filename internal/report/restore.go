package report

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jottarun/jottarun/executor"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/planner"
)

// restoreCounts is a plan of a restore in one sentence.
func restoreCounts(plan *planner.Plan) string {
	c := plan.Counts
	parts := []string{toBringBack(plan)}
	if c.Kept > 0 {
		parts = append(parts, fmt.Sprintf("%s kept with other content", number(c.Kept)))
	}
	parts = append(parts, fmt.Sprintf("%s here already (%s)", number(c.Unchanged), size(c.UnchangedBytes)))
	if n := plan.ProblemCount(); n > 0 {
		parts = append(parts, plural(n, "problem"))
	}
	text := "Restore: " + strings.Join(parts, ", ") + "."
	if c.ReadBytes > 0 {
		text += fmt.Sprintf(" Read %s to compare.", size(c.ReadBytes))
	}
	return text
}

func toBringBack(plan *planner.Plan) string {
	c := plan.Counts
	var parts []string
	if c.Fetched > 0 {
		parts = append(parts, fmt.Sprintf("%s to bring back (%s)", number(c.Fetched), size(c.FetchedBytes)))
	}
	if c.Overwritten > 0 {
		parts = append(parts, fmt.Sprintf("%s to overwrite (%s)", number(c.Overwritten), size(c.OverwrittenBytes)))
	}
	if n := emptyFolders(plan); n > 0 {
		parts = append(parts, plural(n, "empty folder")+" to make")
	}
	if len(parts) == 0 {
		return "nothing to bring back"
	}
	return strings.Join(parts, ", ")
}

func emptyFolders(plan *planner.Plan) (n int) {
	for _, a := range plan.Actions {
		if a.Kind == planner.FetchedFolder {
			n++
		}
	}
	return n
}

// Kept names, one line each, the files here that a restore leaves as they are, though
// the cloud has other content.
func Kept(w io.Writer, plan *planner.Plan) {
	for _, a := range plan.Actions {
		if a.Kind == planner.Kept {
			fmt.Fprintf(w, "kept in job %q: %s: %s; to replace it: --overwrite changed\n", plan.Job, Quote(string(a.Path)), a.Reason)
		}
	}
}

// Restore returns an observer that names, one line each, the files that a restore could
// not bring back, and at verbose those that it did.
func Restore(w io.Writer, plan *planner.Plan, verbose bool) func(executor.Event) {
	return func(e executor.Event) {
		switch {
		case e.Type == executor.Failed:
			fmt.Fprintf(w, "failed in job %q: %s: %v\n", plan.Job, Quote(string(e.Action.Path)), e.Err)
		case e.Type == executor.Skipped && !errors.Is(e.Err, executor.ErrNotTried):
			fmt.Fprintf(w, "left alone in job %q: %s: %v\n", plan.Job, Quote(string(e.Action.Path)), e.Err)
		case e.Type == executor.Done && verbose:
			fmt.Fprintf(w, "brought back %s\n", Quote(string(e.Action.Path)))
		}
	}
}

// RestoreVerdict is the last line of a restore, or of the dry run of one.
func RestoreVerdict(o backup.Restored, applied bool) string {
	switch {
	case o.Plan == nil:
		return "BROKEN OFF: nothing was changed."
	case o.Plan.Check() != nil:
		return "REFUSED: nothing was changed."
	}
	parts, seen := restoreShortfalls(o), o.Plan.Counts.Seen
	switch {
	case len(parts) == 0 && !o.Plan.Restorable() && o.Metadata.Entries == 0:
		return fmt.Sprintf("Nothing to do: %s.", allHere(seen))
	case len(parts) == 0 && applied:
		return fmt.Sprintf("Restored: %s%s; %s.", broughtBack(o.Summary), metadataDone(o.Metadata), allHere(seen))
	case applied:
		parts = append(parts, capital(broughtBack(o.Summary)+metadataDone(o.Metadata)))
	default:
		parts = append(parts, capital(toBringBack(o.Plan)+metadataToCome(o.Metadata)), "Nothing was changed")
	}
	return strings.Join(parts, ". ") + "."
}

// restoreShortfalls says what is not here as in the cloud, and why.
func restoreShortfalls(o backup.Restored) []string {
	var parts []string
	if n := o.Missing(); n > 0 {
		parts = append(parts, fmt.Sprintf("NOT RESTORED: %s of %s", number(n), plural(max(n, o.Plan.Counts.Seen), "file")))
	}
	if n := o.Metadata.Failed; n > 0 {
		parts = append(parts, "METADATA NOT RESTORED: "+plural(n, "thing"))
	}
	if o.Metadata.Err != nil {
		parts = append(parts, "METADATA NOT RESTORED")
	}
	if o.Err != nil {
		parts = append(parts, "BROKEN OFF: run again to go on")
	}
	if s := o.Summary; s != nil && s.NotTried > 0 {
		parts = append(parts, plural(s.NotTried, "file")+" not tried")
	}
	return parts
}

func broughtBack(s *executor.Summary) string {
	if s == nil {
		return "nothing brought back"
	}
	text := fmt.Sprintf("%s brought back", plural(s.Fetched, "file"))
	if s.Overwritten > 0 {
		text += fmt.Sprintf(", %s overwritten", number(s.Overwritten))
	}
	return text + fmt.Sprintf(" (%s)", size(s.Bytes))
}

// metadataDone says how much of the manifest was applied.
func metadataDone(m backup.RestoredMetadata) string {
	if !m.Applied {
		return ""
	}
	return ", metadata of " + entries(m.Entries)
}

func metadataToCome(m backup.RestoredMetadata) string {
	if m.Entries == 0 {
		return ""
	}
	return ", metadata of " + entries(m.Entries) + " to apply"
}

// RestoredMetadata names, one line each, what of the metadata could not be applied, and
// what the options have left out.
func RestoredMetadata(w io.Writer, job string, m backup.RestoredMetadata) {
	if m.Err != nil {
		fmt.Fprintf(w, "failed in job %q: the metadata is not applied: %v\n", job, m.Err)
	}
	for _, n := range m.Omitted {
		fmt.Fprintf(w, "note on job %q: %s: %s\n", job, Quote(string(n.Path)), n.Reason)
	}
	if more := m.Withheld - len(m.Omitted); more > 0 {
		fmt.Fprintf(w, "note on job %q: %s more left out\n", job, number(more))
	}
	for _, n := range m.Failures {
		fmt.Fprintf(w, "failed in job %q: metadata of %s: %s\n", job, Quote(string(n.Path)), n.Reason)
	}
	if more := m.Failed - len(m.Failures); more > 0 {
		fmt.Fprintf(w, "failed in job %q: metadata: %s more\n", job, number(more))
	}
}

func allHere(files int) string {
	if files == 1 {
		return "the one file is here as in the cloud"
	}
	return fmt.Sprintf("all %s are here as in the cloud", plural(files, "file"))
}

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
