package report

import (
	"fmt"
	"slices"
	"time"

	"github.com/jottarun/jottarun/internal/state"
)

const (
	versionsKept = 5 // of a file, by the service
	day          = 24 * time.Hour
)

// rewrittenOften warns of files that were replaced so often that the versions which the
// cloud keeps of them cover less than a day: an older content cannot be had any more. It
// is empty where there is none. Runs come oldest first.
func rewrittenOften(runs []state.Record, now time.Time) string {
	times := map[string][]time.Time{} // the newest first
	for _, run := range slices.Backward(runs) {
		if now.Sub(run.Started) > 7*day {
			break
		}
		for _, path := range run.Rewritten {
			times[path] = append(times[path], run.Started)
		}
	}
	var often []string
	for path, all := range times {
		if len(all) >= versionsKept && all[0].Sub(all[versionsKept-1]) < day {
			often = append(often, path)
		}
	}
	if len(often) == 0 {
		return ""
	}
	slices.Sort(often)
	text := Quote(often[0])
	if n := len(often) - 1; n > 0 {
		text += fmt.Sprintf(" and %s more", number(n))
	}
	return text + fmt.Sprintf(": replaced %d times within a day, and the cloud keeps %d versions of a file: they cover less than a day", versionsKept, versionsKept)
}
