package runs

import (
	"github.com/sourcegraph/conc/pool"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/workplace"
	"github.com/jottarun/jottarun/planner"
)

// each does something for every job, as many at a time as the settings say, and
// returns the outcomes in the order of the jobs.
func each(w *workplace.Workplace, do func(*config.Job) backup.Outcome) []backup.Outcome {
	outcomes := make([]backup.Outcome, len(w.Jobs))
	jobs := pool.New().WithMaxGoroutines(w.Config.Settings.Jobs)
	for i, job := range w.Jobs {
		jobs.Go(func() { outcomes[i] = do(job) })
	}
	jobs.Wait()
	return outcomes
}

// eachInTurn does something for every job, and returns the outcomes in their order. In
// that order the jobs are planned, the next one while as many as the settings say are
// applied.
func eachInTurn(w *workplace.Workplace, do func(*config.Job, *backup.Turn) backup.Outcome) []backup.Outcome {
	outcomes := make([]backup.Outcome, len(w.Jobs))
	turns := backup.NewTurns(w.Config.Settings.Jobs)
	jobs := pool.New().WithMaxGoroutines(w.Config.Settings.Jobs + 1)
	for i, job := range w.Jobs {
		turn := turns.Next()
		jobs.Go(func() {
			defer turn.End()
			outcomes[i] = do(job, turn)
		})
	}
	jobs.Wait()
	return outcomes
}

func sumOf(outcomes []backup.Outcome) (totals report.Totals) {
	for _, outcome := range outcomes {
		totals.Add(outcome)
	}
	return totals
}

func plansOf(outcomes []backup.Outcome) []*planner.Plan {
	plans := []*planner.Plan{}
	for _, outcome := range outcomes {
		if outcome.Plan != nil {
			plans = append(plans, outcome.Plan)
		}
	}
	return plans
}

// outcomeErrors are what the exit code is chosen from: the jobs' own errors,
// refusals and unprotected files.
func outcomeErrors(outcomes []backup.Outcome, totals report.Totals) []error {
	var errs []error
	for _, o := range outcomes {
		err := o.Err
		if err == nil && o.Plan != nil {
			err = o.Plan.Check()
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	if totals.Stale > 0 {
		errs = append(errs, exit.ErrStale)
	}
	if totals.HeldBack > 0 {
		errs = append(errs, exit.ErrHeldBack)
	}
	if totals.Unprotected+totals.Unpruned+totals.Untimed+totals.Partial+totals.Unkept > 0 {
		errs = append(errs, exit.ErrUnprotected)
	}
	return errs
}
