package faults

import (
	"errors"
	"strings"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/planner"
)

// audit holds a run to what is promised of every run, whatever went wrong.
func (l *lab) audit(o outcome) {
	l.t.Helper()
	l.auditCounts(o)
	l.auditTruth(o)
	l.auditCloud()
	l.auditSecrets(o)
	l.log.audit(l.t)
}

// auditCounts: the counters add up, and none is left without a name.
func (l *lab) auditCounts(o outcome) {
	l.t.Helper()
	if o.plan == nil || o.plan.Check() != nil {
		return
	}
	c, problems := o.plan.Counts, 0
	for _, p := range o.plan.Problems {
		problems += p.Files
	}
	if c.Seen != c.Unchanged+c.New+c.Changed+problems {
		l.t.Errorf("the plan's counts do not add up: %+v and %d problems", c, problems)
	}
	s := o.summary
	if s.Pending != c.New+c.Changed || s.Pending != s.Uploaded+s.Replaced+s.Skipped+s.Failed {
		l.t.Errorf("the run's counts do not add up: %+v of %+v", s, c)
	}
}

// auditTruth: a run that says all is well made it so; any other names each file that
// is not in the cloud as it is here.
func (l *lab) auditTruth(o outcome) {
	l.t.Helper()
	if o.plan == nil || errors.Is(o.plan.Check(), planner.ErrRefused) {
		if o.err == nil && o.plan == nil {
			l.t.Error("there is no plan, and no reason for it")
		}
		return
	}
	held := l.cloud()
	for path, want := range l.walk() {
		if got := held[path]; got != want && (o.whole() || o.reason(path) == nil) {
			l.t.Errorf("%q is %q in the cloud and not %q, and nobody said so", path, got, want)
		}
	}
}

// auditCloud: nothing beside the target was asked for or changed, no path lost what it
// had, and none has content that its file never had.
func (l *lab) auditCloud() {
	l.t.Helper()
	if diff := cmp.Diff(l.outside, l.beside()); diff != "" {
		l.t.Errorf("something beside the target has changed (-before +after):\n%s", diff)
	}
	for _, r := range l.server.Requests() {
		if !l.mayAsk(r.Path) {
			l.t.Errorf("%s %s is none of the job's business", r.Method, r.Path)
		}
	}
	held := l.server.Tree(target)
	now := map[string]bool{}
	for _, f := range held {
		now[f.Path] = true
		if had := l.had[f.Path]; had != nil && !had[f.MD5] {
			l.t.Errorf("%q has the MD5 %s in the cloud, which the file never had", f.Path, f.MD5)
		}
	}
	for path := range l.completed {
		if !now[path] {
			l.t.Errorf("%q was complete in the cloud once, and is gone", path)
		}
	}
	l.completed = now
}

func (l *lab) mayAsk(path string) bool {
	user := "/jfs/" + l.server.Username()
	within, isJFS := strings.CutPrefix(path, user)
	return !isJFS || within == "" || within == device || within == target || strings.HasPrefix(within, target+"/")
}

// auditSecrets: no secret is in any words, and no strange host saw one.
func (l *lab) auditSecrets(o outcome) {
	l.t.Helper()
	words := l.log.text()
	if o.err != nil {
		words += o.err.Error()
	}
	for _, err := range o.named {
		words += err.Error()
	}
	for _, secret := range []string{l.server.Token(), l.server.Password(), "/files/v1/upload/"} {
		if strings.Contains(words, secret) {
			l.t.Errorf("%q is to be seen in:\n%s", secret, words)
		}
	}
	l.decoy.audit(l.t)
}
