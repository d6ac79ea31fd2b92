//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// ignoreBrokenPipe lets a backup go on when who reads its output has gone.
func ignoreBrokenPipe() { signal.Ignore(syscall.SIGPIPE) }
