// Package app is one run of the program as its commands see it: the streams, the terminal
// and the environment, the flags that every command has, the log, and the jobs file that
// all these lead to. It reaches for no cloud.
package app

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/terminal"
)

// App is what the commands share. They read it, and change nothing in it.
type App struct {
	In       io.Reader
	Out, Err io.Writer
	Screen   *terminal.Block // the foot of the terminal that Err is; nil where it is none
	Color    bool            // Out is a terminal
	Lookup   func(string) (string, bool)
	Home     string
	Now      func() time.Time
	Tick     Tick // nil: nothing is shown of how far the jobs are

	ConfigPaths []string
	Verbose     bool
	Quiet       bool
	Begun       bool         // Begin has ended well: the command does its work
	Events      *slog.Logger // of the jobs, to the log; nil where there is none

	noColor  bool
	json     bool // Did says it as JSON
	log      logFlags
	messages *slog.Logger // of the packages; nil before Begin
	closeLog func() error
}

// New is the run of this very process.
func New() *App {
	home, err := os.UserHomeDir()
	if err != nil {
		home = "" // said where it is needed
	}
	a := &App{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Screen: newScreen(os.LookupEnv),
		Color:  term.IsTerminal(int(os.Stdout.Fd())),
		Lookup: os.LookupEnv, Home: home, Now: time.Now, Tick: systemTick,
	}
	if a.Screen != nil {
		a.Err = a.Screen.Above(os.Stderr)
		if a.Color {
			a.Out = a.Screen.Above(os.Stdout)
		}
	}
	return a
}

// AddFlags adds the flags that every command has.
func (a *App) AddFlags(root *cobra.Command) {
	flags := root.PersistentFlags()
	flags.StringArrayVarP(&a.ConfigPaths, "config", "c", nil, "a jobs file, or a folder of them; may be repeated")
	flags.BoolVarP(&a.Verbose, "verbose", "v", false, "say more, on standard error")
	flags.BoolVarP(&a.Quiet, "quiet", "q", false, "say only what went wrong, and the verdict")
	a.log.addFlags(flags)
	flags.BoolVar(&a.noColor, "no-color", false, "use no colors (also NO_COLOR)")
	CompleteFlag(root, "log-format", "text", "json")
}

// Begin takes the flags of the command for read: those that are not on the command line
// come from the environment. It opens the log.
func (a *App) Begin(flags *pflag.FlagSet) error {
	if err := a.flagsFromEnv(flags); err != nil {
		return err
	}
	err := a.openLog()
	a.Begun = err == nil
	return err
}

// flagsFromEnv gives flags that are not on the command line the value of their
// variable: JOTTARUN_ and the flag's name.
func (a *App) flagsFromEnv(flags *pflag.FlagSet) error {
	var errs []error
	flags.VisitAll(func(f *pflag.Flag) {
		name := "JOTTARUN_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		value, set := a.Lookup(name)
		if !set || value == "" || f.Changed || f.Name == "config" || f.Name == "help" {
			return // the jobs file is found by config.Discover
		}
		if err := flags.Set(f.Name, value); err != nil {
			errs = append(errs, exit.Usage(err))
		}
	})
	return errors.Join(errs...)
}

// AddJSONFlag adds the flag of commands whose result can be read by programs.
func AddJSONFlag(cmd *cobra.Command, asJSON *bool) {
	cmd.Flags().BoolVar(asJSON, "json", false, "print JSON")
}

// AddResultFlag adds the same flag to a command that ends with Did.
func (a *App) AddResultFlag(cmd *cobra.Command) { AddJSONFlag(cmd, &a.json) }

// Did says what a command has done, in words or as JSON.
func (a *App) Did(result report.Result, words string) error {
	if a.json {
		return report.ResultJSON(a.Out, result)
	}
	_, err := fmt.Fprintln(a.Out, words)
	return err
}
