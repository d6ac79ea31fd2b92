package planner

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"

	"github.com/sourcegraph/conc/pool"

	"github.com/jottarun/jottarun/jotta"
)

// findMoves recognises new files whose content the cloud has under a path that is
// no longer here. Only files of the same size as such a one are read. Where that
// path may go, the file is moved there, with its older versions; else the plan says
// that nothing needs to be sent.
func (w *walk) findMoves() {
	bySize := map[int64]bool{}
	for _, a := range w.plan.Actions {
		if a.Kind == CloudOnly && a.Remote.Size > 0 {
			bySize[a.Remote.Size] = true
		}
	}
	var likely []int
	for i, a := range w.plan.Actions {
		if a.Kind == New && bySize[a.Local.Size] {
			likely = append(likely, i)
		}
	}
	if len(likely) == 0 {
		return
	}
	w.readContent(likely)
	w.sortByPath(likely)
	homes := w.contentHomes()
	for _, i := range likely {
		w.match(i, homes)
	}
}

// contentHomes are the files that only the cloud has, by content, in the order of
// paths.
func (w *walk) contentHomes() map[content][]int {
	homes := map[content][]int{}
	for i, a := range w.plan.Actions {
		if a.Kind == CloudOnly {
			at := content{a.Remote.Size, a.Remote.MD5}
			homes[at] = append(homes[at], i)
		}
	}
	for _, all := range homes {
		w.sortByPath(all)
	}
	return homes
}

func (w *walk) sortByPath(indexes []int) {
	slices.SortFunc(indexes, func(i, j int) int { return cmp.Compare(w.plan.Actions[i].Path, w.plan.Actions[j].Path) })
}

type content struct {
	size int64
	md5  jotta.MD5
}

// match finds for a new file the place that its content has in the cloud.
func (w *walk) match(i int, homes map[content][]int) {
	a := &w.plan.Actions[i]
	if !a.Local.MD5.Known() {
		return
	}
	candidates := homes[content{a.Local.Size, a.Local.MD5}]
	if len(candidates) == 0 {
		return
	}
	for _, from := range candidates {
		if w.prunable[from] && w.holdsBack() == "" {
			w.moved[from] = true
			delete(w.prunable, from)
			w.plan.become(i, Moved)
			w.plan.Actions[i].From, w.plan.Actions[i].Remote = w.plan.Actions[from].CloudPath, w.plan.Actions[from].Remote
			w.plan.Actions[i].Reason = "moved"
			return
		}
	}
	a.Reason = fmt.Sprintf("new; the cloud has its content as %q: no bytes need to be sent", string(w.plan.Actions[candidates[0]].CloudPath))
}

// readContent computes the checksums of new files that are not known. One that cannot
// be read now is left to the run.
func (w *walk) readContent(actions []int) {
	actions = slices.DeleteFunc(slices.Clone(actions), func(i int) bool {
		local := w.plan.Actions[i].Local
		if sum, known := w.known[i]; known {
			local.MD5 = sum
			w.plan.Counts.CachedBytes += local.Size
		}
		return local.MD5.Known()
	})
	workers := pool.New().WithMaxGoroutines(2*runtime.NumCPU() + 2)
	for _, i := range actions {
		local := w.plan.Actions[i].Local
		workers.Go(func() {
			file, err := w.trees[local.Root].tree.OpenFile(string(local.Rel))
			if err != nil {
				return
			}
			defer file.Close()
			if sum, err := w.hashing.hasher.Sum(w.ctx, file, local.Size); err == nil {
				local.MD5 = sum
			}
		})
	}
	workers.Wait()
	for _, i := range actions {
		w.plan.Counts.ReadBytes += w.plan.Actions[i].Local.Size
	}
}
