package planner

import "fmt"

// Against returns what is different in p from a plan of the same job under another
// configuration: the actions that are new or of another kind, and notes of the files
// that it would have brought to the cloud and p does not.
func (p *Plan) Against(old *Plan) *Plan {
	type seen struct {
		kind Kind
		path RelPath
	}
	before, after := map[seen]bool{}, map[RelPath]bool{}
	for _, a := range old.Actions {
		before[seen{a.Kind, a.Path}] = true
	}
	different := *p
	different.Actions, different.Notes = []Action{}, []Note{}
	for _, a := range p.Actions {
		after[a.Path] = true
		if !before[seen{a.Kind, a.Path}] {
			different.Actions = append(different.Actions, a)
		}
	}
	for _, a := range old.Actions {
		if a.Kind.Uploads() && !after[a.Path] {
			different.Notes = append(different.Notes, Note{a.Path, "no longer selected, and not in the cloud"})
		}
	}
	if old.Target != p.Target {
		different.Notes = append(different.Notes, Note{"", fmt.Sprintf("the target was %s", old.Target)})
	}
	if old.Counts.Seen != p.Counts.Seen {
		different.Notes = append(different.Notes, Note{"", fmt.Sprintf("files selected: %d, before: %d", p.Counts.Seen, old.Counts.Seen)})
	}
	different.sort()
	return &different
}
