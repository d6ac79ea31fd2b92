//go:build !unix

package emulator

import "os"

// lockFile promises nothing here: there is no flock.
func lockFile(*os.File) error { return nil }

// syncFolder has nothing to do: folders cannot be synced here.
func unlockFile(*os.File) error { return nil }

func syncFolder(*os.File) error { return nil }
