// Command jottarun keeps folders of a server in JottaCloud.
//
// This package puts the commands together, watches for signals, and is the only one
// that ends the program. What a command does is in internal/command.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/sourcegraph/conc"

	"github.com/jottarun/jottarun/internal/app"
	"github.com/jottarun/jottarun/internal/exit"
)

func main() { os.Exit(run()) }

// run is the program; its result is the exit code.
func run() (code int) {
	log.SetOutput(io.Discard) // where net/http quotes, at any length, what a server sends unasked
	a := app.New()
	defer func() {
		if cause := recover(); cause != nil {
			a.ClearScreen()
			fmt.Fprintf(os.Stderr, "jottarun: internal error, please report it: %v\n\n%s", cause, debug.Stack())
			code = exit.CodeInternal
		}
	}()
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	stop := watchSignals(a, cancel)
	defer stop()
	return execute(ctx, a, os.Args[1:])
}

// echo is how long the same signal may come again without a user having sent it twice:
// a wrapper may signal the process and its group.
const echo = 10 * time.Millisecond

// watchSignals cancels the context at the first signal and ends the program at
// the second.
func watchSignals(a *app.App, cancel context.CancelCauseFunc) (stop func()) {
	ignoreBrokenPipe()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	var watcher conc.WaitGroup
	watcher.Go(func() {
		first, ok := <-signals
		if !ok {
			return
		}
		cancel(exit.Interrupted(first))
		for echoes := time.After(echo); echoes != nil; {
			select {
			case _, ok := <-signals:
				if !ok {
					return
				}
			case <-echoes:
				echoes = nil
			}
		}
		fmt.Fprintf(a.Err, "jottarun: %v: finishing what is in flight; again to end at once\n", first)
		if second, ok := <-signals; ok {
			a.ClearScreen()
			os.Exit(exit.Code(exit.Interrupted(second)))
		}
	})
	return func() {
		signal.Stop(signals)
		close(signals)
		watcher.Wait()
	}
}
