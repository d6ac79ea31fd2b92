package jotta

import (
	"context"
	"crypto/rand"
	"errors"
	"time"
)

const (
	// ReservedFolder is the folder under a target where jottarun keeps what is its own.
	ReservedFolder = ".jottarun"

	// ScratchFolder is the folder under a target where older content is linked to, to be read.
	ScratchFolder = ReservedFolder + "/scratch"
)

// sweepPatience is for removing a scratch file after the context of those who used it
// has ended.
const sweepPatience = 3 * time.Second

// WithVersion has use read content that is no longer current. No download of an older
// version is known [?]; but content which the account has can be linked, so it is, to a
// scratch path under the target's reserved folder, and removed again whatever becomes of
// use. What cannot be removed, or is left by a killed process, is for SweepScratch.
// It may be called by many goroutines. Where the service does not link it is an ErrNotLinked.
func (c *Client) WithVersion(ctx context.Context, target Path, v Version, use func(scratch Path) error) error {
	scratch := target.Join(ScratchFolder).Join(rand.Text())
	defer c.removeScratch(ctx, scratch) // also after a link that is said to have failed
	if err := c.Link(ctx, scratch, v); err != nil {
		return err
	}
	return use(scratch)
}

func (c *Client) removeScratch(ctx context.Context, scratch Path) {
	err := c.Purge(ctx, scratch)
	if ctx.Err() != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sweepPatience)
		defer cancel()
		err = c.Purge(ctx, scratch)
	}
	if err != nil {
		c.log.Info("a scratch file is left", "path", string(scratch), "cause", err.Error())
	}
}

// SweepScratch removes what WithVersion left, or was kept from removing, under a target:
// the files for good, and the folders, if nothing else is in them, to the trash. It is
// for whoever brings versions back to call, before and after, while no other does so
// under this target; a run calls it where its listing shows a scratch file.
func (c *Client) SweepScratch(ctx context.Context, target Path) error {
	folder := target.Join(ScratchFolder)
	op := c.operation("sweep", folder)
	found, err := runFor(ctx, op, func(ctx context.Context) (node, error) { return op.lookInto(ctx, folder) })
	if err != nil || found.kind != folderNode || found.trashed {
		return err
	}
	var failures []error
	for i := range found.contents.files {
		failures = append(failures, c.Purge(ctx, folder.Join(DecodeName(found.contents.files[i].name))))
	}
	if err := errors.Join(failures...); err != nil {
		return err
	}
	for _, emptied := range []Path{folder, target.Join(ReservedFolder)} {
		if err := c.TrashEmptyFolder(ctx, emptied); err != nil && !errors.Is(err, ErrNotEmpty) {
			return err
		}
	}
	return nil
}
