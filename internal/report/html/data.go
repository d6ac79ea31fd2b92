package html

import (
	"cmp"
	"slices"
	"strings"

	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/planner"
)

// kind is what an entry of the list is.
type kind struct {
	name, mark    string
	planned, done string // as a title
	word          string // as in "12 new"
}

func (k kind) title(run bool) string {
	if run {
		return k.done
	}
	return k.planned
}

// kinds are in the order in which they are shown, by their index.
var kinds = [...]kind{
	problem:   {"problem", "!", "Problems", "Problems", "with problems"},
	added:     {"new", "+", "To upload", "Uploaded", "new"},
	changed:   {"changed", "~", "To replace", "Replaced", "changed"},
	moved:     {"moved", ">", "To move", "Moved", "moved"},
	retimed:   {"retimed", "@", "To retime", "Retimed", "retimed"},
	pruned:    {"pruned", "-", "To prune", "Pruned", "pruned"},
	waiting:   {"waiting", "…", "Not tried", "Not tried", "not tried"},
	cloudOnly: {"cloud_only", "-", "Only in the cloud", "Only in the cloud", "only in the cloud"},
	note:      {"note", "·", "Left out", "Left out", "left out"},
}

const (
	problem = iota
	added
	changed
	moved
	retimed
	pruned
	waiting
	cloudOnly
	note
)

// data is the list as the page's script has it: short, for there may be very many rows.
type data struct {
	Kinds   []string `json:"kinds"`
	Marks   []string `json:"marks"`
	Jobs    []string `json:"jobs"`
	Folders []string `json:"folders"` // each with a slash at its end
	Reasons []string `json:"reasons"`
	Rows    []row    `json:"rows"`

	folders map[string]int
	reasons map[string]int
}

// row is an entry: indexes of job, kind and folder, its name, its size, the index of a
// reason. A size below 0 is none.
type row struct {
	job, kind, folder int
	name              string
	size              int64
	reason            int
}

func newData(r Report) *data {
	d := &data{Jobs: []string{}, Folders: []string{}, Reasons: []string{}, Rows: []row{}, folders: map[string]int{}, reasons: map[string]int{}}
	for _, k := range kinds {
		d.Kinds, d.Marks = append(d.Kinds, k.name), append(d.Marks, k.mark)
	}
	for i, job := range r.Jobs {
		d.Jobs = append(d.Jobs, job.Name)
		d.addJob(i, job, r.Run)
	}
	slices.SortStableFunc(d.Rows, func(a, b row) int {
		if (a.kind == problem) != (b.kind == problem) {
			return cmp.Compare(a.kind, b.kind)
		}
		return cmp.Or(cmp.Compare(a.job, b.job), cmp.Compare(d.Folders[a.folder], d.Folders[b.folder]), cmp.Compare(a.name, b.name))
	})
	return d
}

func (d *data) addJob(i int, job Job, run bool) {
	plan := job.Outcome.Plan
	if plan == nil {
		return
	}
	undone := map[planner.RelPath]int{}
	for n, u := range job.Outcome.Undone {
		undone[u.Path] = n + 1
	}
	for _, p := range plan.Problems {
		d.add(i, problem, p.Path, -1, p.Reason)
		for _, twin := range p.Twins {
			d.add(i, problem, twin, -1, p.Reason)
		}
	}
	if job.Outcome.Proof != nil {
		for _, p := range slices.Concat(job.Outcome.Proof.Missing, job.Outcome.Proof.Untimed) {
			undone[p.Path] = -1
			d.add(i, problem, p.Path, -1, p.Reason)
		}
	}
	for _, a := range plan.Actions {
		n := undone[a.Path]
		switch {
		case n > 0 && job.Outcome.Undone[n-1].NotTried:
			d.add(i, waiting, a.Path, sizeOf(a), job.Outcome.Undone[n-1].Reason)
		case n > 0 && job.Outcome.Undone[n-1].Harmless:
			d.add(i, note, a.Path, sizeOf(a), job.Outcome.Undone[n-1].Reason)
		case n > 0:
			d.add(i, problem, a.Path, sizeOf(a), job.Outcome.Undone[n-1].Reason)
		case n == 0:
			d.addAction(i, a, run && isPending(job, a))
		}
	}
	for _, n := range plan.Notes {
		d.add(i, note, n.Path, -1, n.Reason)
	}
}

// isPending reports whether an action of a run has not been done, and nobody said why.
func isPending(job Job, a planner.Action) bool {
	if a.Kind == planner.Pruned || a.Kind == planner.PrunedFolder {
		return job.Outcome.Pruning == nil
	}
	return a.Kind.Writes() && job.Outcome.Summary == nil
}

func (d *data) addAction(job int, a planner.Action, pending bool) {
	indexes := map[planner.Kind]int{
		planner.New: added, planner.Changed: changed, planner.Moved: moved, planner.Retimed: retimed, planner.CloudOnly: cloudOnly,
		planner.Pruned: pruned, planner.PrunedFolder: pruned,
	}
	reason := a.Reason
	if a.Kind == planner.Moved {
		reason = "moved from " + report.Name(string(a.From))
	}
	index := indexes[a.Kind]
	if pending {
		index = waiting
	}
	d.add(job, index, a.Path, sizeOf(a), reason)
}

func sizeOf(a planner.Action) int64 {
	switch {
	case a.Local != nil:
		return a.Local.Size
	case a.Remote != nil:
		return a.Remote.Size
	}
	return -1
}

func (d *data) add(job, kind int, path planner.RelPath, size int64, reason string) {
	folder, name := "", string(path)
	if cut := strings.LastIndexByte(name, '/') + 1; cut > 0 {
		folder, name = name[:cut], name[cut:]
	}
	d.Rows = append(d.Rows, row{
		job: job, kind: kind, folder: intern(&d.Folders, d.folders, showFolder(folder)), name: report.Name(name), size: size,
		reason: intern(&d.Reasons, d.reasons, reason),
	})
}

func showFolder(path string) string {
	if path == "" {
		return ""
	}
	return report.Name(strings.TrimSuffix(path, "/")) + "/"
}

func intern(list *[]string, indexes map[string]int, text string) int {
	index, found := indexes[text]
	if !found {
		index = len(*list)
		indexes[text] = index
		*list = append(*list, text)
	}
	return index
}

func (d *data) count(kind int) int {
	n := 0
	for _, r := range d.Rows {
		if r.kind == kind {
			n++
		}
	}
	return n
}
