package runs

import (
	"fmt"

	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/savedplan"
	"github.com/jottarun/jottarun/internal/workplace"
	"github.com/jottarun/jottarun/planner"
)

// savePlans saves the plans, if there is one of every job.
func savePlans(w *workplace.Workplace, path string, plans []*planner.Plan) error {
	if len(plans) < len(w.Jobs) {
		fmt.Fprintf(w.Err, "nothing was saved to %s: not every job could be planned\n", report.Quote(path))
		return nil // the jobs' own errors decide
	}
	if err := savedplan.New(w.Config, plans, w.Now(), app.Version()).Save(path); err != nil {
		return err
	}
	fmt.Fprintf(w.Err, "saved to %s; to apply it: jottarun apply %s\n", report.Quote(path), report.Quote(path))
	return nil
}
