package executor

import (
	"context"
	"errors"
	"fmt"

	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// ErrNoTimes says that the service does not take the times of a file that it has, without
// its content being sent once more: that is not done.
var ErrNoTimes = errors.New("the service sets no times of files that it has")

// timeAll sends the times of files whose content the cloud has. They are protected already:
// what goes wrong is told, and ends no run but where it concerns every file.
func (r *run) timeAll(inFlight context.Context) {
	isRetimed := func(kind planner.Kind) bool { return kind == planner.Retimed }
	r.each(r.plan, isRetimed, func(action *planner.Action, _ *slot, err error) {
		if err == nil {
			err = r.options.Allowance.Over()
		}
		switch {
		case err != nil:
			r.skip(action, fmt.Errorf("%w: %w", ErrNotTried, err))
		case r.setsNoTimes():
			r.skip(action, ErrNoTimes)
		default:
			r.time(inFlight, action)
		}
	})
}

// time sends the times of one file and accounts for it.
func (r *run) time(ctx context.Context, action *planner.Action) {
	r.emit(Event{Type: Started, Action: action})
	err := r.setTime(ctx, action)
	switch {
	case err == nil:
		r.timed(action)
	case errors.Is(err, jotta.ErrNotLinked):
		// The cloud had the content a moment ago, so it is the request that it does not know.
		r.skip(action, fmt.Errorf("%w: %w", ErrNoTimes, err))
	case errors.Is(err, ErrTouched):
		r.skip(action, err)
	default:
		r.fail(action, fmt.Errorf("set time: %w", err))
	}
}

// setTime makes the file have the time that it has here, if it is still what was planned. The
// service keeps when a file was created, as far as it says that.
func (r *run) setTime(ctx context.Context, action *planner.Action) error {
	path := r.plan.Destination(*action)
	versions, err := r.cloud.Versions(ctx, path)
	if err != nil && !errors.Is(err, jotta.ErrNotFound) {
		return err
	}
	for _, v := range versions {
		held := jotta.RemoteFile{Size: v.Size, MD5: v.MD5, Modified: v.Modified}
		if v.Current && v.Complete() && !v.Trashed && action.Remote.Is(held) {
			v.Modified = action.Local.Modified
			return r.cloud.Link(ctx, path, v)
		}
	}
	return fmt.Errorf("set time: %w", ErrTouched)
}

func (r *run) timed(action *planner.Action) {
	r.account(func(s *Summary) {
		s.Retimed++
		s.Stored = append(s.Stored, planner.Stored{
			Path: action.Path, CloudPath: action.CloudPath, Size: action.Local.Size, MD5: action.Remote.MD5, Retimed: action.Local.Modified,
		})
		r.unreachable, r.refused = 0, 0
	}, Event{Type: Done, Action: action})
}

func (r *run) setsNoTimes() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.summary.NoTimes > 0
}
