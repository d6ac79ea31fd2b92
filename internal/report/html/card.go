package html

import (
	"fmt"
	"strings"

	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/planner"
)

// jobCard is a job in numbers.
type jobCard struct {
	Name, Route string
	State, Mood string
	Figures     []figure
	Bar         []segment
	Remarks     []string
	Charts      []chart
}

// figure is a number of files and their size.
type figure struct {
	Kind, Title  string
	Files, Bytes string
}

// segment is a part of the bar of a job, in thousandths.
type segment struct {
	Kind, Says string
	X, Width   float64
}

func newJobCard(r Report, job Job) jobCard {
	card := jobCard{Name: job.Name, Route: job.Target, State: job.Outcome.Verdict(), Mood: "good"}
	if job.Outcome.Unprotected()+job.Outcome.Untimed() > 0 || !job.Outcome.Whole() {
		card.Mood = "bad"
	}
	if !r.Run {
		card.State = ""
	}
	if job.Outcome.Err != nil {
		card.Remarks = append(card.Remarks, job.Outcome.Err.Error())
	}
	plan := job.Outcome.Plan
	if plan == nil {
		card.State, card.Mood = "not planned", "bad"
		return card
	}
	var roots []string
	for _, root := range plan.Roots {
		roots = append(roots, report.Name(root.Path))
	}
	card.Route = strings.Join(roots, ", ") + " → " + report.Name(job.Target)
	if !r.Run {
		card.State, card.Mood = planState(plan)
	}
	if plan.HeldBack != "" {
		card.Remarks = append(card.Remarks, "Nothing is pruned: "+plan.HeldBack)
	}
	card.count(r.Run, job, plan)
	card.Charts = charts(job.History)
	return card
}

func planState(plan *planner.Plan) (words, mood string) {
	switch {
	case len(plan.Refusals) > 0:
		return "refused", "bad"
	case plan.ProblemCount() > 0:
		return report.Plural(plan.ProblemCount(), "problem"), "bad"
	case plan.Pending():
		return "changes pending", "pending"
	}
	return "in sync", "good"
}

// part is the files of a kind; its bytes are below 0 where they are not known.
type part struct {
	kind  int // -1: unchanged
	title string
	files int
	bytes int64
}

// done are the parts of what a run has changed.
func done(o backup.Outcome) []part {
	var parts []part
	if s := o.Summary; s != nil {
		parts = append(parts, part{added, kinds[added].done, s.Uploaded, s.Bytes - rewrittenBytes(o)},
			part{changed, kinds[changed].done, s.Replaced, rewrittenBytes(o)}, part{moved, kinds[moved].done, s.Moved, -1}, part{retimed, kinds[retimed].done, s.Retimed, -1},
			part{waiting, kinds[waiting].done, s.NotTried, -1})
	}
	if p := o.Pruning; p != nil {
		parts = append(parts, part{pruned, kinds[pruned].done, p.Files, p.Bytes})
	}
	return parts
}

func rewrittenBytes(o backup.Outcome) (bytes int64) {
	sizes := map[planner.RelPath]int64{}
	for _, a := range o.Plan.Actions {
		if a.Kind == planner.Changed {
			sizes[a.Path] = a.Local.Size
		}
	}
	for _, path := range o.Rewritten {
		bytes += sizes[path]
	}
	return bytes
}

// count puts the numbers of a plan, or of what came of it, into figures.
func (card *jobCard) count(run bool, job Job, plan *planner.Plan) {
	c := plan.Counts
	parts := []part{
		{added, kinds[added].title(run), c.New, c.NewBytes}, {changed, kinds[changed].title(run), c.Changed, c.ChangedBytes},
		{moved, kinds[moved].title(run), c.Moved, c.MovedBytes},
		{retimed, kinds[retimed].title(run), c.Retimed, c.RetimedBytes}, {pruned, kinds[pruned].title(run), c.Pruned, c.PrunedBytes},
	}
	if run {
		parts = done(job.Outcome)
	}
	problems := job.Outcome.Unprotected()
	parts = append(parts,
		part{problem, "Not protected", problems, -1}, part{cloudOnly, "Only in the cloud", c.CloudOnly, c.CloudOnlyBytes},
		part{-1, "Unchanged", c.Unchanged, c.UnchangedBytes})
	total := int64(0)
	for _, p := range parts {
		total += max(0, p.bytes)
	}
	x := 0.0
	for _, p := range parts {
		name := "unchanged"
		if p.kind >= 0 {
			name = kinds[p.kind].name
		}
		if p.files == 0 {
			continue
		}
		f := figure{Kind: name, Title: p.title, Files: report.Number(p.files)}
		if p.bytes >= 0 {
			f.Bytes = bytesOf(p.bytes)
		}
		card.Figures = append(card.Figures, f)
		if p.bytes > 0 {
			width := max(4, 1000*float64(p.bytes)/float64(total))
			card.Bar = append(card.Bar, segment{name, fmt.Sprintf("%s: %s", p.title, bytesOf(p.bytes)), x, width})
			x += width
		}
	}
	for i := range card.Bar { // parts that were too small to be seen have been widened
		card.Bar[i].X *= 1000 / x
		card.Bar[i].Width *= 1000 / x
	}
}

const maxRuns = 40

// chart is a picture of the last runs: a bar a run.
type chart struct {
	Title, Last string
	Width       int
	Bars        []bar
}

type bar struct {
	X, Y, W, H float64
	Mood, Says string
}

// charts show how the last runs went; there are none where there is nothing to compare.
func charts(history []state.Record) []chart {
	runs, _ := state.Runs(history)
	if len(runs) < 2 {
		return nil
	}
	runs = runs[max(0, len(runs)-maxRuns):]
	seconds := func(r state.Record) float64 { return max(0, r.Ended.Sub(r.Started).Seconds()) }
	return []chart{
		newChart("Sent", runs, func(r state.Record) (float64, string) { return float64(r.Bytes), bytesOf(r.Bytes) }),
		newChart("Files", runs, func(r state.Record) (float64, string) { return float64(r.Seen), report.Number(r.Seen) }),
		newChart("Duration", runs, func(r state.Record) (float64, string) { return seconds(r), report.Clock(r.Ended.Sub(r.Started)) }),
	}
}

const (
	chartWidth  = 240
	chartHeight = 44.0
)

func newChart(title string, runs []state.Record, value func(state.Record) (float64, string)) chart {
	most := 1.0
	for _, run := range runs {
		v, _ := value(run)
		most = max(most, v)
	}
	c := chart{Title: title, Width: chartWidth}
	step := float64(chartWidth) / float64(max(len(runs), 12))
	for i, run := range runs {
		v, words := value(run)
		height := max(1.5, v/most*chartHeight)
		mood := "good"
		if run.Verdict != state.VerdictProtected {
			mood = "bad"
		}
		c.Bars = append(c.Bars, bar{
			X: float64(i) * step, Y: chartHeight - height, W: max(1, step-1.5), H: height, Mood: mood,
			Says: fmt.Sprintf("%s: %s, %s", run.Started.Local().Format("2 Jan 15:04"), words, run.Verdict),
		})
		c.Last = words
	}
	return c
}
