//go:build !unix

package emulator

import "os"

// lockFile promises nothing here: there is no flock.
func lockFile(*os.File) error { return nil }

// unlockFile has nothing to give back.
func unlockFile(*os.File) error { return nil }

// syncFolder has nothing to do: folders cannot be synced here.
func syncFolder(*os.File) error { return nil }
