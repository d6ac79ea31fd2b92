package planner

import (
	"fmt"
	"time"

	"github.com/jottarun/jottarun/jotta"
)

// isRetimed reports whether the times of a file with the cloud's content are to be sent.
func (w *walk) isRetimed(p filePair) bool {
	return w.spec.UpdateTimes && differInTime(p.here.info.Modified, p.there.Modified)
}

// differInTime compares times as the service keeps them. One that the cloud does not say
// differs from none: it would be sent in vain, run after run.
func differInTime(here, there time.Time) bool {
	return !there.IsZero() && !jotta.KeptTime(here).Equal(jotta.KeptTime(there))
}

// retimed makes the comparison, whose contents are equal, one of times.
func (c comparison) retimed() comparison {
	here, there := jotta.KeptTime(c.action.Local.Modified), jotta.KeptTime(c.action.Remote.Modified)
	c.action.Kind, c.action.Local.MD5 = Retimed, c.action.Remote.MD5
	c.action.Reason = fmt.Sprintf("the same content, modified %s (cloud %s)", here.Format(time.RFC3339), there.Format(time.RFC3339))
	return c
}
