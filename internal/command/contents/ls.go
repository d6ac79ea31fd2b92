// Package contents holds the commands that show what the cloud has: ls, cat and versions.
// They change nothing, there or here.
package contents

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path"
	"slices"

	"github.com/spf13/cobra"

	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

type lsOptions struct {
	long      bool
	recursive bool
	trashed   bool
	json      bool
}

// NewLsCommand returns the command that lists devices, folders and files of the cloud.
func NewLsCommand(a *app.App) *cobra.Command {
	var o lsOptions
	cmd := &cobra.Command{
		Use:     "ls [/device/backupdir/folder | job] [pattern...]",
		Short:   "Show what the cloud has",
		Example: "  jottarun ls /\n  jottarun ls -l pictures\n  jottarun ls pictures '*.jpg' '!old/'",
		Args:    cobra.ArbitraryArgs,

		ValidArgsFunction: a.CompleteFirstJob,
		RunE:              func(cmd *cobra.Command, args []string) error { return ls(cmd.Context(), a, o, args) },
	}
	cmd.Flags().BoolVarP(&o.long, "long", "l", false, "show size, time and MD5, too")
	cmd.Flags().BoolVarP(&o.recursive, "recursive", "R", false, "show all that is below, as with patterns")
	cmd.Flags().BoolVar(&o.trashed, "trashed", false, "show the files that are in the trash, at any depth")
	cmd.Flags().BoolVar(&o.json, "json", false, "print one JSON document")
	return cmd
}

func ls(ctx context.Context, a *app.App, o lsOptions, args []string) (err error) {
	where, patterns := "/", args
	if len(args) > 0 {
		where, patterns = args[0], args[1:]
	}
	selection, err := newFileSelection(patterns)
	if err != nil {
		return err
	}
	p, err := openPlace(a, where, "")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	contents, err := p.contents(ctx, o, selection)
	switch {
	case err != nil:
		return p.explain(err)
	case o.json:
		return report.LsJSON(a.Out, contents)
	}
	return report.Ls(a.Out, contents, o.long)
}

// newFileSelection reads patterns, written as those of the jobs file, that select what
// they match; nil selects everything.
func newFileSelection(patterns []string) (*planner.Rules, error) {
	if len(patterns) == 0 {
		return nil, nil
	}
	var rules []planner.Rule
	for _, text := range patterns {
		rules = append(rules, planner.Rule{Pattern: text, Source: "command line"})
	}
	selection, err := planner.NewRules(rules)
	if err != nil {
		return nil, exit.Usage(err)
	}
	return selection, nil
}

// contents are what is to be shown of the place.
func (p *place) contents(ctx context.Context, o lsOptions, selection *planner.Rules) (report.Contents, error) {
	target, err := jotta.ParsePath(p.path)
	if err == nil {
		return p.folder(ctx, target, o, selection)
	}
	if o.recursive || o.trashed || selection != nil {
		return report.Contents{}, exit.Usage(fmt.Errorf("%q: this wants /device/backupdir, or a job", p.path))
	}
	if p.path == "/" {
		return p.devices(ctx)
	}
	return p.backupdirs(ctx)
}

func (p *place) devices(ctx context.Context) (report.Contents, error) {
	account, err := p.Account(ctx)
	var entries []report.Entry
	for _, d := range account.Devices {
		entries = append(entries, report.Entry{Kind: report.DeviceEntry, Path: d.Name, Size: d.Size})
	}
	return report.Contents{Path: p.path, Entries: slices.Values(entries)}, err
}

func (p *place) backupdirs(ctx context.Context) (report.Contents, error) {
	found, err := p.Backupdirs(ctx, p.path[1:])
	var entries []report.Entry
	for _, b := range found {
		entries = append(entries, report.Entry{Kind: report.BackupdirEntry, Path: b.Name, Size: b.Size, Modified: b.Modified})
	}
	return report.Contents{Path: p.path, Entries: slices.Values(entries)}, err
}

func (p *place) folder(ctx context.Context, target jotta.Path, o lsOptions, selection *planner.Rules) (report.Contents, error) {
	contents := report.Contents{Path: p.path, Trashed: o.trashed}
	listing, err := p.list(ctx, target, o, selection != nil)
	if errors.Is(err, jotta.ErrNotFolder) && selection == nil && !o.trashed {
		contents.Entries, err = p.file(ctx, target)
		return contents, err
	}
	if err != nil {
		return contents, err
	}
	contents.Entries = report.Entries(listing, selection)
	if o.trashed {
		contents.Entries = report.FilesOnly(contents.Entries) // the folders may well be alive
	}
	if selection == nil {
		contents.Odd = listing.Odd()
	} else if isEmpty(contents.Entries) {
		return contents, fmt.Errorf("look into %q: nothing matches the patterns: %w", p.path, jotta.ErrNotFound)
	}
	return contents, nil
}

func (p *place) list(ctx context.Context, target jotta.Path, o lsOptions, selected bool) (*jotta.Listing, error) {
	if o.trashed {
		return p.ListTrashed(ctx, target)
	}
	if o.recursive || selected {
		listing, err := p.List(ctx, target)
		if err != nil || listing.Files()+listing.Folders() > 0 {
			return listing, err
		}
	}
	return p.ListFolder(ctx, target) // and this tells an empty folder from none
}

func (p *place) file(ctx context.Context, target jotta.Path) (iter.Seq[report.Entry], error) {
	f, err := p.Stat(ctx, target)
	entry := report.Entry{Kind: report.FileEntry, Path: path.Base(p.path), Size: f.Size, MD5: f.MD5, Modified: f.Modified}
	return slices.Values([]report.Entry{entry}), err
}

func isEmpty(entries iter.Seq[report.Entry]) bool {
	for range entries {
		return false
	}
	return true
}
