//go:build !linux

package localfs

import "os"

func writeOut(*os.File) error { return nil }
