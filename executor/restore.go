package executor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/jottarun/jottarun/internal/localfs"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// Downloader is what a restore needs of the cloud. *jotta.Client is one.
type Downloader interface {
	// Download writes the bytes of a file from d.From on, in order and each once, going
	// on after a break where it stopped. Where that is 0 it returns jotta.ErrDamaged
	// unless they have the stated MD5.
	Download(ctx context.Context, d jotta.Download) (int64, error)
}

// Restore brings back what a plan of planner.BuildRestore says, several files at a time.
// Each file is written under another name beside its own, and gets its own when it is
// whole and on the disk; what a killed restore has left of it is gone on with. Nothing
// that the plan did not see is ever replaced, and no link followed.
//
// It ends and accounts for everything as Run does. A full disk stops it as a whole.
func Restore(ctx context.Context, plan *planner.Plan, cloud Downloader, options Options) (*Summary, error) {
	r := &restoring{
		run:   &run{plan: plan, options: options, summary: newRestoreSummary(plan)},
		cloud: cloud, mode: localfs.NewFileMode(),
	}
	if options.Private {
		r.mode = 0o600
	}
	defer func() { r.emit(Event{Type: Finished, Summary: r.summary}) }()
	inFlight, cancel := withGrace(ctx, options.Grace)
	defer cancel()
	r.crew = newCrew(ctx, options.Slots)
	defer r.stop(nil)
	defer r.closeTrees()
	if err := r.prepare(); err != nil {
		r.stop(err)
	}
	r.fetchAll(inFlight)
	err := errors.Join(r.touched.sync(r.trees), r.inPlace())
	if cause := context.Cause(r.starting); cause != nil {
		err = cause
	}
	return r.summary, err
}

type restoring struct {
	*run
	cloud   Downloader
	mode    os.FileMode
	unlocks []func() error

	touched touchedFolders
}

func newRestoreSummary(plan *planner.Plan) *Summary {
	s := &Summary{}
	for _, a := range plan.Actions {
		if a.Kind.Restores() {
			s.Pending++
		}
	}
	return s
}

// prepare opens and locks the roots, and removes what is of no use there.
func (r *restoring) prepare() error {
	if err := r.plan.Check(); err != nil {
		return err
	}
	for i, root := range r.plan.Roots {
		tree, err := r.plan.OpenDestination(i)
		if err != nil {
			return fmt.Errorf("open %q: %w", root.Path, err)
		}
		r.trees = append(r.trees, tree)
		unlock, err := tree.Lock()
		if err != nil {
			return fmt.Errorf("lock %q: %w", root.Path, err)
		}
		r.unlocks = append(r.unlocks, unlock)
	}
	for _, path := range r.plan.Leftovers() {
		if err := r.remove(path); err != nil {
			return fmt.Errorf("remove %q, which an earlier restore has left: %w", string(path), err)
		}
	}
	return nil
}

func (r *restoring) closeTrees() {
	for _, unlock := range r.unlocks {
		_ = unlock() // the tree is closed next, which unlocks it as well
	}
	r.run.closeTrees()
}

func (r *restoring) remove(path planner.RelPath) error {
	at, name := r.place(&planner.Action{Path: path})
	folder, err := r.trees[at.root].OpenFolder(at.rel)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Remove(name)
}

// place returns the folder that the file of an action goes to, and its name there.
func (r *restoring) place(action *planner.Action) (folderAt, string) {
	root, rel := r.plan.Place(*action)
	if i := strings.LastIndexByte(string(rel), '/'); i >= 0 {
		return folderAt{root, string(rel[:i])}, string(rel[i+1:])
	}
	return folderAt{root, ""}, string(rel)
}

// fetchAll brings every file and empty folder back.
func (r *restoring) fetchAll(inFlight context.Context) {
	r.each(r.plan, planner.Kind.Restores, func(action *planner.Action, _ *slot, err error) {
		if err != nil {
			r.skip(action, fmt.Errorf("%w: %w", ErrNotTried, err))
			return
		}
		r.emit(Event{Type: Started, Action: action})
		if action.Kind == planner.FetchedFolder {
			err = r.makeFolder(action)
		} else {
			err = r.fetch(inFlight, action)
		}
		r.conclude(action, err)
	})
}

func (r *restoring) makeFolder(action *planner.Action) error {
	at, name := r.place(action)
	parent, err := r.trees[at.root].MakeFolder(at.rel)
	if err != nil {
		return err
	}
	defer parent.Close()
	folder, err := parent.MakeFolder(name)
	if err != nil {
		return err
	}
	r.touched.add(at, parent.Info())
	return folder.Close()
}

// conclude accounts for an action that was tried.
func (r *restoring) conclude(action *planner.Action, err error) {
	switch {
	case errors.Is(err, localfs.ErrTaken):
		r.skip(action, err)
	case err != nil:
		r.fail(action, err)
	default:
		event := Event{Type: Done, Action: action}
		if action.Remote != nil {
			event.Bytes = action.Remote.Size
		}
		r.account(func(s *Summary) {
			switch action.Kind {
			case planner.Overwritten:
				s.Overwritten++
			case planner.FetchedFolder:
				s.Folders++
			default:
				s.Fetched++
			}
			s.Bytes += event.Bytes
			r.unreachable, r.refused = 0, 0
		}, event)
	}
}

// inPlace returns an error where a root is not at its path any more, and so nothing that
// was brought back.
func (r *restoring) inPlace() error {
	for i, tree := range r.trees {
		if err := tree.InPlace(); err != nil {
			return fmt.Errorf("find again %q, which was restored to: %w", r.plan.Roots[i].Path, err)
		}
	}
	return nil
}
