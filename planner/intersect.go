package planner

import "fmt"

// Stale is an action of a saved plan that does not hold any more.
type Stale struct {
	Path   RelPath
	Reason string
}

// Intersect returns the plan with only those actions that a saved plan of the job
// has, too, on the very same files, and the saved actions for which that is not so.
// Guards, problems and what the roots are like are those of p: nothing that protects
// is taken from a saved plan.
func (p *Plan) Intersect(saved *Plan) (*Plan, []Stale) {
	now := map[RelPath]Action{}
	for _, a := range p.Actions {
		if a.Kind.Writes() || a.Kind == Pruned {
			now[a.Path] = a
		}
	}
	both := *p
	both.Actions, both.Counts = []Action{}, p.Counts.withoutActions()
	var stale []Stale
	for _, a := range saved.Actions {
		if !a.Kind.Writes() && a.Kind != Pruned {
			continue
		}
		current, ok := now[a.Path]
		if reason := a.differs(current, ok); reason != "" {
			stale = append(stale, Stale{a.Path, reason})
			continue
		}
		both.add(current)
		delete(now, a.Path) // a file that names it twice gets it once
	}
	for _, a := range p.Actions {
		if a.Kind == CloudOnly {
			both.add(a)
		}
	}
	both.sort()
	return &both, stale
}

// withoutActions returns what is counted apart from actions.
func (c Counts) withoutActions() Counts {
	return Counts{
		Seen: c.Seen - c.Writes(), Unchanged: c.Unchanged, UnchangedBytes: c.UnchangedBytes,
		Excluded: c.Excluded, NotRestorable: c.NotRestorable, ReadBytes: c.ReadBytes, CachedBytes: c.CachedBytes,
	}
}

// differs says how what is planned now is not what was saved, or "".
func (a Action) differs(now Action, planned bool) string {
	switch {
	case !planned:
		return "it is not pending any more"
	case a.Kind != now.Kind || a.CloudPath != now.CloudPath || a.From != now.From:
		return fmt.Sprintf("it was planned as %s and is now %s", a.Kind, now.Kind)
	case a.Local.differs(now.Local):
		return "the file here has changed since"
	case a.Remote.differs(now.Remote):
		return "the file in the cloud has changed since"
	}
	return ""
}

func (f *LocalFile) differs(now *LocalFile) bool {
	if f == nil || now == nil {
		return f != now
	}
	return f.Root != now.Root || f.Rel != now.Rel || f.Size != now.Size || !f.Modified.Equal(now.Modified) ||
		f.Inode != now.Inode || f.MD5.Known() && now.MD5.Known() && f.MD5 != now.MD5
}

func (f *RemoteFile) differs(now *RemoteFile) bool {
	if f == nil || now == nil {
		return f != now
	}
	return f.Size != now.Size || f.MD5 != now.MD5 || !f.Modified.Equal(now.Modified)
}
