package runs

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/backup"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/report/html"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/internal/workplace"
)

// pageFile is where a page about what was done is written to; "" where none is wanted.
type pageFile string

func (p *pageFile) addFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar((*string)(p), "html", "", "write a page about it to this file, to be opened in a browser")
}

// mayWrite refuses to write a page over anything but an older page, or where none can be
// written: that is not to come out at the end of a long plan.
func (p pageFile) mayWrite() error {
	if p == "" {
		return nil
	}
	file, err := p.temporary()
	if err == nil {
		err = errors.Join(file.Close(), os.Remove(file.Name()))
	}
	if err != nil {
		return exit.Usage(fmt.Errorf("write page: %w", err))
	}
	return p.mayReplace()
}

// temporary makes the file that becomes the page, with mode 0600.
func (p pageFile) temporary() (*os.File, error) {
	return os.CreateTemp(filepath.Dir(string(p)), ".page-*")
}

// mayReplace refuses to write a page over anything but an older page.
func (p pageFile) mayReplace() error {
	info, err := os.Lstat(string(p))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && info.Mode().IsRegular() {
		if file, err := os.Open(string(p)); err == nil {
			defer file.Close()
			if html.IsPage(file) || info.Size() == 0 {
				return nil
			}
		}
	}
	return exit.Usage(fmt.Errorf("write page: %q is there and is no page; it is left as it is", string(p)))
}

// writePage writes the page, if one is wanted. Only its owner can read it: it names what
// the owner has.
func writePage(w *workplace.Workplace, path pageFile, r html.Report, outcomes []backup.Outcome) error {
	if path == "" {
		return nil
	}
	r.Made, r.Program = w.Now(), app.Version()
	for i, job := range w.Jobs {
		r.Jobs = append(r.Jobs, html.Job{Name: job.Name, Target: job.Target, Outcome: outcomes[i], History: history(w, job.Name)})
	}
	file, err := path.temporary()
	if err != nil {
		return fmt.Errorf("write page: %w", err)
	}
	out := bufio.NewWriter(file)
	err = errors.Join(html.Write(out, r), out.Flush(), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), string(path))
	}
	if err != nil {
		return fmt.Errorf("write page: %w", errors.Join(err, os.Remove(file.Name())))
	}
	if !w.Quiet {
		fmt.Fprintf(w.Err, "a page about it is in %s\n", report.Quote(string(path)))
	}
	return nil
}

// history is what is remembered of a job; a page can do without.
func history(w *workplace.Workplace, job string) []state.Record {
	if _, err := os.Stat(w.State); err != nil {
		return nil
	}
	dir, err := w.OpenState()
	if err != nil {
		return nil
	}
	defer dir.Close()
	runs, err := dir.History(job)
	if err != nil {
		w.Logger().Debug("read the history", "cause", err)
	}
	return runs
}
