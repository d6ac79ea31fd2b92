package executor

import (
	"context"
	"fmt"
	"io"

	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/planner"
)

// StoreManifest brings the manifest that was made with a plan to the cloud, which keeps
// older ones as versions. It is for after the files that it describes.
func StoreManifest(ctx context.Context, plan *planner.Plan, content io.ReaderAt, cloud Cloud, options Options) error {
	inFlight, cancel := withGrace(ctx, options.Grace)
	defer cancel()
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	if plan.CreateBackupdir && plan.Counts.Uploads() == 0 {
		if err := cloud.CreateBackupdir(inFlight, plan.Target); err != nil {
			return fmt.Errorf("create backupdir of %q: %w", plan.Target, err)
		}
	}
	m := plan.Metadata
	_, err := cloud.Upload(inFlight, jotta.Upload{
		Path: plan.Target.Join(planner.ManifestFile), Size: m.Size, MD5: m.MD5, Modified: m.Made, Content: content,
	})
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return cause
	}
	return err
}

// maxManifest is the most that is read of a manifest, which is packed: some ten million
// entries.
const maxManifest = 1 << 30

// FetchManifest writes a job's manifest, as a listing showed it, to a file.
func FetchManifest(ctx context.Context, plan *planner.Plan, remote jotta.RemoteFile, to io.Writer, cloud Downloader) error {
	if remote.Size > maxManifest {
		return fmt.Errorf("the manifest has %d bytes, more than %d", remote.Size, maxManifest)
	}
	_, err := cloud.Download(ctx, jotta.Download{
		Path: plan.Target.Join(planner.ManifestFile), Size: remote.Size, MD5: remote.MD5, To: to,
	})
	return err
}
