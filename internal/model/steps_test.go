package model

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"strings"
	"time"

	"github.com/jottarun/jottarun/jotta"
)

// step is something that may happen. It does nothing where it does not fit.
type step struct {
	kind   string
	weight int
	do     func(*sequence, *rand.Rand)
}

// steps are all that may happen between two runs, and the runs.
func steps() []step {
	return []step{
		{"run", 26, (*sequence).runInWeather},
		{"plan", 3, (*sequence).planOnly},
		{"save plan", 4, (*sequence).savePlan},
		{"apply", 5, (*sequence).applySaved},
		{"write", 18, (*sequence).writeNew},
		{"rewrite", 8, (*sequence).rewrite},
		{"append", 5, (*sequence).appendTo},
		{"delete", 9, (*sequence).deleteOne},
		{"rename", 9, (*sequence).renameOne},
		{"rename case", 3, (*sequence).renameCase},
		{"swap kind", 2, (*sequence).swapKind},
		{"link", 2, (*sequence).makeLink},
		{"touch", 2, (*sequence).touchOne},
		{"empty", 1, (*sequence).emptyFolder},
		{"other writes", 7, (*sequence).otherWrites},
		{"other changes", 4, (*sequence).otherChanges},
		{"other deletes", 4, (*sequence).otherDeletes},
		{"set rules", 4, (*sequence).setRules},
		{"set prune", 5, (*sequence).setPrune},
		{"accept", 2, (*sequence).accept},
		{"mend", 7, (*sequence).mend},
	}
}

// take makes the i-th step. What it is depends on nothing but the seed and i, so that
// others can be left out.
func (s *sequence) take(i int) {
	r := dice(s.seed, i)
	all, total := steps(), 0
	for _, each := range all {
		total += each.weight
	}
	at := r.IntN(total)
	for _, each := range all {
		if at -= each.weight; at < 0 {
			s.edits[each.kind] = true
			before := len(s.trace)
			each.do(s, r)
			for j := before; j < len(s.trace); j++ {
				s.trace[j] = fmt.Sprintf("%2d %s: %s", i, each.kind, s.trace[j])
			}
			return
		}
	}
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// somePath draws from few names, so that they clash often.
func somePath(r *rand.Rand) string {
	names := []string{"a", "A", "b", "B", "é", "É", "c", "d", "e", "x:y", "t.tmp"}
	name := pick(r, names)
	for range r.IntN(3) {
		name = pick(r, names) + "/" + name
	}
	return name
}

// someContent draws from few contents, some of one size and one of none.
func someContent(r *rand.Rand) string {
	return strings.Repeat(string(rune('p'+r.IntN(8))), pick(r, []int{0, 1, 7, 7, 7, 300}))
}

func (s *sequence) write(name, content string, keepTime bool) {
	s.log("%q = %s", name, brief(content))
	s.must(s.here.write(name, content, keepTime))
	s.remember(name, content)
}

func (s *sequence) writeNew(r *rand.Rand) {
	for range 1 + r.IntN(3) {
		if name := somePath(r); s.here.free(name) {
			s.write(name, someContent(r), false)
		}
	}
}

func (s *sequence) rewrite(r *rand.Rand) {
	if files := s.here.names(isFile); len(files) > 0 {
		name := pick(r, files)
		was := s.here.nodes[name].content
		s.write(name, strings.Repeat(string(rune('p'+r.IntN(8))), len(was)), r.IntN(2) == 0)
	}
}

func (s *sequence) appendTo(r *rand.Rand) {
	if files := s.here.names(isFile); len(files) > 0 {
		name := pick(r, files)
		s.write(name, s.here.nodes[name].content+"+", false)
	}
}

func (s *sequence) deleteOne(r *rand.Rand) {
	if names := s.here.names(isFile, isFolder, isLink); len(names) > 0 {
		name := pick(r, names)
		s.log("%q", name)
		s.must(s.here.remove(name))
	}
}

func (s *sequence) renameOne(r *rand.Rand) {
	names, to := s.here.names(isFile, isFolder), somePath(r)
	if len(names) == 0 {
		return
	}
	if from := pick(r, names); s.here.free(to) && !within(to, from) {
		s.rename(from, to)
	}
}

func (s *sequence) rename(from, to string) {
	s.log("%q to %q", from, to)
	s.must(s.here.rename(from, to))
	s.rememberHere()
}

func (s *sequence) renameCase(r *rand.Rand) {
	names := s.here.names(isFile, isFolder)
	if len(names) == 0 {
		return
	}
	from := pick(r, names)
	dir, base := parent(from), path.Base(from)
	other := strings.ToUpper(base)
	if other == base {
		other = strings.ToLower(base)
	}
	if to := join(dir, other); to != from && s.here.free(to) {
		s.rename(from, to)
	}
}

func (s *sequence) swapKind(r *rand.Rand) {
	names := s.here.names(isFile, isFolder)
	if len(names) == 0 {
		return
	}
	name := pick(r, names)
	was := s.here.nodes[name].kind
	s.must(s.here.remove(name))
	if was == isFile {
		name = join(name, "c")
	}
	s.write(name, someContent(r), false)
}

func (s *sequence) makeLink(r *rand.Rand) {
	name := somePath(r)
	if files := s.here.names(isFile); len(files) > 0 && r.IntN(2) == 0 {
		name = pick(r, files)
		s.must(s.here.remove(name))
	}
	if s.here.free(name) {
		s.log("%q", name)
		s.must(s.here.link(name))
	}
}

func (s *sequence) touchOne(r *rand.Rand) {
	if files := s.here.names(isFile); len(files) > 0 {
		touched := pick(r, files)
		name := s.here.disk(touched)
		s.must(os.Chmod(name, pick(r, []os.FileMode{0o600, 0o644, 0o755})))
		now := time.Now()
		s.must(os.Chtimes(name, now, now))
		s.here.touch(touched)
	}
}

func (s *sequence) emptyFolder(*rand.Rand) {
	s.log("everything is deleted")
	for _, name := range s.here.in("") {
		s.must(s.here.remove(name))
	}
}

func (s *sequence) otherWrites(r *rand.Rand) { s.otherPuts(somePath(r), someContent(r)) }

// otherPuts is allowed to fail: a folder may be in the way.
func (s *sequence) otherPuts(name, content string) bool {
	err := s.put(jotta.Path(target).Join(name), content)
	s.log("%q = %s by another device: %v", name, brief(content), err)
	if err == nil {
		s.remember(name, content)
	}
	return err == nil
}

func (s *sequence) otherChanges(r *rand.Rand) {
	if files := s.thereFiles(); len(files) > 0 {
		s.otherPuts(pick(r, files).name, someContent(r))
	}
}

func (s *sequence) otherDeletes(r *rand.Rand) {
	if files := s.thereFiles(); len(files) > 0 {
		name := pick(r, files).name
		s.log("%q", name)
		s.must(s.otherTrashes(name, false))
	}
}

// thereFiles returns the files of the target, in order.
func (s *sequence) thereFiles() []held {
	var files []held
	for _, f := range s.server.Tree(target) {
		files = append(files, held{name: decode(f.Path), md5: f.MD5, size: f.Size, modified: f.Modified})
	}
	return files
}

func (s *sequence) setRules(r *rand.Rand) {
	s.job.excludeTemp, s.job.excludeFolder = r.IntN(2) == 0, r.IntN(3) == 0
	s.job.rename = r.IntN(3) == 0
	s.log("%q, rename twins: %v", s.job.patterns(), s.job.rename)
}

func (s *sequence) setPrune(r *rand.Rand) {
	s.job.prune = pick(r, []string{"never", "trash", "trash", "purge"})
	s.job.pruneExcluded = r.IntN(3) == 0
	s.job.maxFiles, s.job.maxShare = pick(r, []int{-1, -1, -1, 0, 2}), pick(r, []float64{0, 0.5, 1, 1})
	s.log("%+v", s.job)
}

// accept lets the next run pass guards that a user may let pass.
func (s *sequence) accept(*rand.Rand) {
	s.job.acceptEmpty = true
	s.log("for one run")
}

// mend does away with what no run may solve: names that are one to the service, and
// names of two kinds.
func (s *sequence) mend(*rand.Rand) {
	seen := map[string]bool{}
	for _, name := range s.here.names(isFile, isFolder, isLink) {
		if seen[fold(name)] {
			s.log("%q is deleted", name)
			s.must(s.here.remove(name))
		}
		seen[fold(name)] = true
	}
	there, err := s.wire.snapshot()
	s.must(err)
	for at := range newWant(s.job, s.here, there, s.known).clashes {
		_, isFolder := there.folders[at]
		s.log("another device trashes %q: %v", at, s.otherTrashes(at, isFolder))
	}
	for at := range s.begun {
		if _, complete := there.files[at]; !complete {
			s.log("another device trashes what has come of %q: %v", at, s.otherTrashes(at, false))
		}
	}
	if s.program == "" { // what a killed process has asked may yet come
		clear(s.begun)
	}
}

func brief(content string) string {
	if len(content) > 20 {
		return fmt.Sprintf("%q x %d", content[:1], len(content))
	}
	return fmt.Sprintf("%q", content)
}
