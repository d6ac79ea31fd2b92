package selection

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/jottarun/jottarun/config"
)

// Digest tells selections apart: by what decides which files a job holds, and not by where
// in its file that is written.
func Digest(job *config.Job) string {
	text := func(patterns []config.Pattern) []string {
		var all []string
		for _, p := range patterns {
			all = append(all, p.Text)
		}
		return all
	}
	parts := []any{job.Target, text(job.Exclude), job.ExcludeIfPresent, job.ExcludeLargerThan, job.Symlinks, job.OneFileSystem, job.Collisions}
	if job.IgnoreFile != "" {
		parts = append(parts, "ignore_file", job.IgnoreFile)
	}
	if len(job.FollowInto) > 0 {
		parts = append(parts, "follow_into", job.FollowInto)
	}
	if job.Metadata {
		parts = append(parts, "metadata")
	}
	for _, root := range job.Roots {
		parts = append(parts, root.Path, root.As, text(root.Exclude))
	}
	plain, err := json.Marshal(parts)
	if err != nil {
		return "" // plain data always marshals
	}
	sum := sha256.Sum256(plain)
	return hex.EncodeToString(sum[:8])
}
