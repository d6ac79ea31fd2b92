package model

import (
	"path"
	"strings"
)

// job is what the job's settings are at one moment, in the model's words.
type job struct {
	excludeTemp   bool // "*.tmp"
	excludeFolder bool // by folderPattern
	rename        bool // names that are one to the service
	prune         string
	pruneExcluded bool
	maxFiles      int // negative: maxShare holds
	maxShare      float64
	acceptEmpty   bool
}

func (j job) patterns() []string {
	var patterns []string
	if j.excludeTemp {
		patterns = append(patterns, "*.tmp")
	}
	if j.excludeFolder {
		patterns = append(patterns, folderPattern())
	}
	return patterns
}

func folderPattern() string { return "b/" }

func (j job) excludes(name string, isFolder bool) bool {
	base := name[strings.LastIndexByte(name, '/')+1:]
	return j.excludeTemp && strings.HasSuffix(base, ".tmp") || j.excludeFolder && isFolder && base == "b"
}

// want is what a plan has to say, by folded paths unless said otherwise.
type want struct {
	refused bool

	new, changed, unchanged map[string]string // to the path here
	problems                map[string]bool   // paths here; of a folder, what is in it is meant too
	troubled                map[string]bool   // files here that a problem keeps from being uploaded
	clashes                 map[string]bool   // in the cloud: what has a name of another kind here
	prunable, onlyThere     map[string]bool   // the first among the second
	moves                   int
	heldBack, overLimit     bool

	files, excluded int // of the folder, as far as it is looked into
}

// comparison finds out what has to be planned.
type comparison struct {
	job   job
	here  *folder
	there snapshot
	want  *want
}

// newWant compares a folder with the cloud. Known is how many files the last proof
// found, or negative where there was none.
func newWant(j job, here *folder, there snapshot, known int) *want {
	w := &want{
		new: map[string]string{}, changed: map[string]string{}, unchanged: map[string]string{}, problems: map[string]bool{},
		troubled: map[string]bool{}, clashes: map[string]bool{}, prunable: map[string]bool{}, onlyThere: map[string]bool{},
	}
	c := &comparison{j, here, there, w}
	c.folder("", "", false)
	empty := w.files == 0 && len(w.problems) == 0 // a folder that is a problem may hold files
	lost := known > 0 || known < 0 && len(w.onlyThere) > 0
	w.refused = !j.acceptEmpty && empty && (lost || w.excluded > 0)
	w.decide(c, known >= 0)
	return w
}

// folder compares one folder with the cloud's, given folded. Where it, or one above,
// has a twin that was not chosen, what the cloud has may be of that one.
func (c *comparison) folder(dir, cloudDir string, twin bool) {
	selected, left := map[string][]string{}, map[string]absence{}
	for _, name := range c.here.in(dir) {
		at := join(dir, name)
		n := c.here.nodes[at]
		switch {
		case c.job.excludes(at, n.kind == isFolder):
			c.want.excluded++
			left[fold(name)] = absentByRule
		case n.kind == isLink:
			left[fold(name)] = absentByKind
		default:
			selected[fold(name)] = append(selected[fold(name)], at)
			if n.kind == isFile {
				c.want.files++
			}
		}
	}
	taken := map[string]bool{}
	for name, group := range selected {
		if len(group) > 1 && c.job.rename {
			left[name] = absentByKind
			for _, at := range group {
				taken[fold(twinName(at))] = true
				c.name([]string{at}, join(cloudDir, fold(twinName(at))), true)
			}
			continue
		}
		taken[name] = true
		c.name(group, join(cloudDir, name), twin || left[name] != absentHere)
	}
	for _, name := range c.there.in(cloudDir) {
		if !taken[name] {
			why := left[name]
			if why == absentHere && twin {
				why = absentOrTwin
			}
			c.absent(join(cloudDir, name), why)
		}
	}
}

// twinName is what the service gets to see of a name that it would take for another's.
func twinName(at string) string {
	name := path.Base(at)
	extension := path.Ext(name)
	return strings.TrimSuffix(name, extension) + "~" + sum(name)[:8] + extension
}

// name compares what has one name to the service.
func (c *comparison) name(group []string, at string, twin bool) {
	n := c.here.nodes[group[0]]
	there, isFileThere := c.there.files[at]
	_, isFolderThere := c.there.folders[at]
	switch {
	case len(group) > 1:
		c.problem(group)
	case n.kind == isFolder && isFileThere, n.kind == isFile && isFolderThere:
		c.want.clashes[at] = true
		c.problem(group)
	case n.kind == isFolder:
		c.folder(group[0], at, twin)
	case !isFileThere:
		c.want.new[at] = group[0]
	case there.md5 == sum(n.content):
		c.want.unchanged[at] = group[0]
	default:
		c.want.changed[at] = group[0]
	}
}

func (c *comparison) problem(group []string) {
	for _, name := range group {
		c.want.problems[name] = true
		if c.here.nodes[name].kind == isFile {
			c.want.troubled[name] = true
		}
	}
}

// absence is why the cloud has something that the job does not put there.
type absence int

const (
	absentHere   absence = iota
	absentByRule         // a rule excludes it
	absentByKind         // what is here is no file or folder
	absentOrTwin         // it may be in a twin of the folder
)

func (c *comparison) absent(at string, why absence) {
	file, isFile := c.there.files[at]
	name := c.there.folders[at]
	if isFile {
		name = file.name
	}
	if (why == absentHere || why == absentOrTwin) && c.job.excludes(name, !isFile) {
		why = absentByRule
	}
	if isFile {
		c.want.onlyThere[at] = true
		if c.job.prune != "never" && (why == absentHere || why == absentByRule && c.job.pruneExcluded) {
			c.want.prunable[at] = true
		}
		return
	}
	for _, inner := range c.there.in(at) {
		c.absent(join(at, inner), why)
	}
}

// decide says how many files move, and whether the pruning of the others is allowed.
func (w *want) decide(c *comparison, proved bool) {
	blocked := !proved || len(w.problems) > 0
	if !blocked {
		w.moves = w.countMoves(c)
	}
	n := len(w.prunable) - w.moves
	if n == 0 {
		return
	}
	selected := len(w.unchanged) + len(w.changed) + w.moves + n
	limit := c.job.maxFiles
	over := n > limit
	if limit < 0 {
		over = float64(n) > c.job.maxShare*float64(selected)
	}
	w.heldBack, w.overLimit = blocked || over, !blocked && over
}

// countMoves pairs new files with prunable ones of the same content.
func (w *want) countMoves(c *comparison) (moves int) {
	sources := map[string]int{}
	for at := range w.prunable {
		sources[c.there.files[at].md5]++
	}
	for _, name := range w.new {
		content := c.here.nodes[name].content
		if content != "" && sources[sum(content)] > 0 {
			sources[sum(content)]--
			moves++
		}
	}
	return moves
}
