package planner

import (
	"cmp"
	"time"

	"github.com/jottarun/jottarun/internal/localfs"
)

// scope is a folder as the rules see it.
type scope struct {
	path    string  // below the target
	base    int     // the root whose rules hold
	pattern string  // below that root: the path that rules are matched against
	verdict Verdict // of the rules on the folder itself
	rules   *Rules
}

// noRoot is the base of a scope above all roots, where no rules hold.
const noRoot = -1

// in is the scope of a folder within.
func (s scope) in(name string, verdict Verdict) scope {
	return scope{join(s.path, name), s.base, join(s.pattern, name), verdict, s.rules}
}

// scanned is a folder on the scan. What it holds is known between fetch and release.
type scanned struct {
	scope
	name   string   // in the folder above
	at     location // where it lies
	linked bool     // a link leads to it
	above  *scanned // nil for a root

	begun    bool
	done     chan struct{} // closed when it has been looked at
	released bool
	weight   int // that it adds to what is ahead of the walk

	folder  *localfs.Folder // nil where it cannot be opened
	failed  string          // what could not be done
	err     error           // and why
	folders []*scanned      // of the chosen, those that may be looked at ahead of the walk
	found
}

// found is what a folder holds, and what was said of it.
type found struct {
	looked   time.Time // when
	chosen   []entry   // what is to be in the cloud, and folders that may hold some, by name
	left     leftNames // why the other names are not among them
	all      *absence  // why none is
	files    int       // of the chosen
	excluded int       // by rules: files and folders
	unstored []entry   // selected, but of a kind that the cloud cannot hold; for a manifest
	lost     int       // likewise, but no manifest is kept: no restore could bring them back
	problems []Problem
	notes    []Note
}

func (f *scanned) begin() bool {
	if f.begun {
		return false
	}
	f.begun, f.done = true, make(chan struct{})
	return true
}

// add takes an entry for chosen. A folder that a link leads to is not looked at ahead of
// the walk: which of several links may lead there depends on it.
func (f *scanned) add(e entry) {
	f.chosen = append(f.chosen, e)
	if !e.folder() {
		f.files++
		return
	}
	within := &scanned{scope: f.in(e.name, e.verdict), name: e.name, at: f.place(e), linked: e.at != nil, above: f}
	f.chosen[len(f.chosen)-1].below = within
	if !within.linked {
		f.folders = append(f.folders, within)
	}
}

func (f *scanned) pathOf(e entry) RelPath { return RelPath(join(f.path, e.name)) }

// place is where an entry of the folder lies.
func (f *scanned) place(e entry) location {
	if e.at != nil {
		return *e.at
	}
	return location{f.at.root, join(f.at.rel, e.name)}
}

func (f *scanned) problem(p Problem) *absence {
	f.problems = append(f.problems, p)
	return &absence{present, "in the cloud, a problem here"}
}

func (f *scanned) note(path RelPath, reason string) *absence {
	f.notes = append(f.notes, Note{Path: path, Reason: reason})
	return &absence{present, "in the cloud, left out here"}
}

// scanQueue is a heap of folders by the order in which the walk comes to them.
type scanQueue []*scanned

func (q scanQueue) Len() int { return len(q) }

func (q scanQueue) Less(i, j int) bool {
	return q[i].base < q[j].base || q[i].base == q[j].base && walkOrder(q[i].pattern, q[j].pattern) < 0
}

func (q scanQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

func (q *scanQueue) Push(f any) { *q = append(*q, f.(*scanned)) }

func (q *scanQueue) Pop() any {
	last := len(*q) - 1
	f := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return f
}

// walkOrder compares paths name by name: a folder comes before what is in it, and that
// before the folder's next neighbour, whatever the slash is in the order of bytes.
func walkOrder(a, b string) int {
	for i := range min(len(a), len(b)) {
		switch {
		case a[i] == b[i]:
		case a[i] == '/':
			return -1
		case b[i] == '/':
			return 1
		default:
			return cmp.Compare(a[i], b[i])
		}
	}
	return cmp.Compare(len(a), len(b))
}
