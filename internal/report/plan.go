package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jottarun/jottarun/planner"
)

// maxNameColumn is how wide the column of names grows; longer ones push the rest
// of their line to the right.
const maxNameColumn = 48

// Plan writes what would change, one line a file, and the counts.
func Plan(w io.Writer, plan *planner.Plan, style Style) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "%s   %s\n", style.paint(bold, "job "+name(planner.RelPath(plan.Job))), route(plan))
	for _, r := range plan.Refusals {
		fmt.Fprintf(out, "  %s %s\n", style.paint(red, "!"), refusal(plan, r))
	}
	if len(plan.Refusals) > 0 {
		return out.Flush()
	}
	if plan.CreateBackupdir && plan.Pending() {
		fmt.Fprintf(out, "  %s backupdir %s is created on device %s\n", style.paint(green, "+"), plan.Target.Backupdir(), plan.Target.Device())
	}
	lines := planLines(plan)
	column := nameColumn(lines)
	for _, l := range lines {
		l.write(out, column, style)
	}
	if plan.HeldBack != "" {
		fmt.Fprintf(out, "  %s nothing is pruned: %s\n", style.paint(yellow, "!"), plain(plan.HeldBack))
	}
	if m := plan.Metadata; m != nil && m.Pending {
		fmt.Fprintf(out, "  %s metadata: manifest will be written (%s)\n", style.paint(green, "+"), size(m.Size))
	}
	if n := plan.Counts.NotRestorable; n > 0 {
		fmt.Fprintf(out, "  %s not restorable: %s (links, special files; metadata: true would keep them)\n", style.paint(faint, "·"), number(n))
	}
	fmt.Fprintf(out, "%s\n", countsOf(plan))
	return out.Flush()
}

func refusal(plan *planner.Plan, r planner.Refusal) string {
	what, accept := "root", fmt.Sprintf("jottarun run %s --accept-empty-root", plan.Job)
	if plan.Restore {
		what, accept = "folder", fmt.Sprintf("jottarun restore %s --to %s --in-place", plan.Job, Quote(r.Root))
	}
	text := fmt.Sprintf("%s %s %s. Nothing was changed.", what, Quote(r.Root), plain(r.Reason))
	if r.Acceptable {
		text += " If this is meant: " + accept
	}
	return text
}

// route says what goes where.
func route(plan *planner.Plan) string {
	roots := make([]string, len(plan.Roots))
	for i, root := range plan.Roots {
		roots[i] = name(planner.RelPath(root.Path))
	}
	here, there := strings.Join(roots, ", "), name(planner.RelPath(plan.Target))
	if plan.Restore {
		return there + " -> " + here
	}
	return here + " -> " + there
}

type line struct {
	mark   string
	color  color
	path   planner.RelPath
	text   string // the path as shown, with twins
	size   string
	reason string
}

// planLines merges actions, problems and notes in the order of paths.
func planLines(plan *planner.Plan) []line {
	lines := make([]line, 0, len(plan.Actions)+len(plan.Problems)+len(plan.Notes))
	for _, a := range plan.Actions {
		lines = append(lines, actionLine(a))
	}
	for _, p := range plan.Problems {
		text := name(p.Path)
		for _, twin := range p.Twins {
			text += ", " + name(twin)
		}
		lines = append(lines, line{"!", red, p.Path, text, "", p.Reason})
	}
	for _, n := range plan.Notes {
		lines = append(lines, line{"·", faint, n.Path, name(n.Path), "", n.Reason})
	}
	slices.SortStableFunc(lines, func(a, b line) int { return cmp.Compare(a.path, b.path) })
	return lines
}

func actionLine(a planner.Action) line {
	l := line{path: a.Path, text: name(a.Path), reason: a.Reason}
	switch a.Kind {
	case planner.New:
		l.mark, l.color, l.size = "+", green, size(a.Local.Size)
	case planner.Changed:
		l.mark, l.color, l.size = "~", yellow, size(a.Local.Size)
	case planner.Moved:
		l.mark, l.color, l.size = ">", green, size(a.Local.Size)
		l.text = name(a.From) + " -> " + l.text
	case planner.Retimed:
		l.mark, l.color, l.size = "@", green, size(a.Local.Size)
	case planner.CloudOnly:
		l.mark, l.color, l.size = "-", faint, size(a.Remote.Size)
	case planner.Pruned:
		l.mark, l.color, l.size = "-", red, size(a.Remote.Size)
	case planner.PrunedFolder:
		l.mark, l.color = "-", red
	case planner.Fetched:
		l.mark, l.color, l.size = "+", green, size(a.Remote.Size)
	case planner.Overwritten:
		l.mark, l.color, l.size = "~", yellow, size(a.Remote.Size)
	case planner.Kept:
		l.mark, l.color, l.size, l.reason = "!", red, size(a.Remote.Size), a.Reason+": kept as it is here"
	case planner.FetchedFolder:
		l.mark, l.color = "+", green
	}
	return l
}

func nameColumn(lines []line) int {
	column := 0
	for _, l := range lines {
		column = max(column, columns(l.text))
	}
	return min(column, maxNameColumn)
}

func (l line) write(w io.Writer, column int, style Style) {
	padding := strings.Repeat(" ", max(0, column-columns(l.text)))
	fmt.Fprintf(w, "  %s %s%s  %8s   %s\n", style.paint(l.color, l.mark), l.text, padding, l.size, plain(l.reason))
}

// countsOf is a plan in one sentence.
func countsOf(plan *planner.Plan) string {
	if plan.Restore {
		return restoreCounts(plan)
	}
	return counts(plan)
}

// counts is the plan of a backup in one sentence.
func counts(plan *planner.Plan) string {
	c := plan.Counts
	var parts []string
	if c.New > 0 {
		parts = append(parts, fmt.Sprintf("%s to upload (%s)", number(c.New), size(c.NewBytes)))
	}
	if c.Changed > 0 {
		parts = append(parts, fmt.Sprintf("%s to replace (%s)", number(c.Changed), size(c.ChangedBytes)))
	}
	if c.Moved > 0 {
		parts = append(parts, fmt.Sprintf("%s to move (%s)", number(c.Moved), size(c.MovedBytes)))
	}
	if c.Uploads() == 0 {
		parts = append(parts, "nothing to upload")
	}
	if c.Retimed > 0 {
		parts = append(parts, fmt.Sprintf("%s to retime (%s)", number(c.Retimed), size(c.RetimedBytes)))
	}
	if c.Pruned > 0 {
		parts = append(parts, fmt.Sprintf("%s to prune (%s)", number(c.Pruned), size(c.PrunedBytes)))
	}
	if c.CloudOnly > 0 {
		parts = append(parts, number(c.CloudOnly)+" only in the cloud")
	}
	parts = append(parts, fmt.Sprintf("%s unchanged (%s)", number(c.Unchanged), size(c.UnchangedBytes)))
	if c.Excluded > 0 {
		parts = append(parts, number(c.Excluded)+" excluded")
	}
	if n := plan.ProblemCount(); n > 0 {
		parts = append(parts, plural(n, "problem"))
	}
	text := "Plan: " + strings.Join(parts, ", ") + "."
	switch {
	case c.CachedBytes > 0 && c.ReadBytes > 0:
		text += fmt.Sprintf(" Read %s to compare; %s known from the cache.", size(c.ReadBytes), size(c.CachedBytes))
	case c.CachedBytes > 0:
		text += fmt.Sprintf(" Read nothing to compare; %s known from the cache.", size(c.CachedBytes))
	case c.ReadBytes > 0:
		text += fmt.Sprintf(" Read %s to compare.", size(c.ReadBytes))
	}
	return text
}
