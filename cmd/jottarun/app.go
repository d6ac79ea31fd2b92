package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/jottarun/jottarun/config"
	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/signin"
	"github.com/jottarun/jottarun/internal/terminal"
	"github.com/jottarun/jottarun/jotta"
)

// app is what the commands share: the streams, the environment, and the flags
// that hold for all of them.
type app struct {
	in       io.Reader
	out, err io.Writer
	screen   *terminal.Block // the foot of the terminal that err is; nil where it is none
	color    bool            // out is a terminal
	lookup   func(string) (string, bool)
	home     string
	now      func() time.Time
	tick     tick

	messages *slog.Logger // of the packages; nil before the flags are known
	events   *slog.Logger // of the jobs, to the log; nil where there is none
	closeLog func() error

	configPaths []string
	verbose     bool
	quiet       bool
	noColor     bool
	log         logFlags
	begun       bool // the flags are known, and the command does its work
	json        bool // of commands that do one thing: what was done is said as JSON
}

func newApp() *app {
	home, err := os.UserHomeDir()
	if err != nil {
		home = "" // said where it is needed
	}
	a := &app{
		in: os.Stdin, out: os.Stdout, err: os.Stderr, screen: newScreen(os.LookupEnv),
		color:  term.IsTerminal(int(os.Stdout.Fd())),
		lookup: os.LookupEnv, home: home, now: time.Now, tick: systemTick,
	}
	if a.screen != nil {
		a.err = a.screen.Above(os.Stderr)
		if a.color {
			a.out = a.screen.Above(os.Stdout)
		}
	}
	return a
}

// addFlags adds the flags that every command has.
func (a *app) addFlags(root *cobra.Command) {
	flags := root.PersistentFlags()
	flags.StringArrayVarP(&a.configPaths, "config", "c", nil, "a jobs file, or a folder of them; may be repeated")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "say more, on standard error")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "say only what went wrong, and the verdict")
	a.log.addFlags(flags)
	flags.BoolVar(&a.noColor, "no-color", false, "use no colors (also NO_COLOR)")
}

// did says what a command has done, in words or as JSON.
func (a *app) did(result report.Result, words string) error {
	if a.json {
		return report.ResultJSON(a.out, result)
	}
	_, err := fmt.Fprintln(a.out, words)
	return err
}

// addJSONFlag adds the flag of commands whose result can be read by programs.
func addJSONFlag(cmd *cobra.Command, asJSON *bool) {
	cmd.Flags().BoolVar(asJSON, "json", false, "print JSON")
}

func (a *app) style() report.Style { return a.styleOn(a.color) }

func (a *app) styleOn(terminal bool) report.Style {
	noColor, _ := a.lookup("NO_COLOR")
	kind, _ := a.lookup("TERM")
	return report.Style{Color: terminal && !a.noColor && noColor == "" && kind != "dumb"}
}

// loadConfig finds and reads the jobs file.
func (a *app) loadConfig() (*config.Config, error) {
	env := a.configEnv()
	paths, err := config.Discover(a.configPaths, env)
	if err != nil {
		return nil, exit.Config(err)
	}
	if len(a.configPaths) == 0 && !a.quiet {
		fmt.Fprintf(a.err, "using %s\n", paths[0])
	}
	cfg, err := config.LoadAll(paths, env)
	if err != nil {
		return nil, exit.Config(err)
	}
	return cfg, nil
}

func (a *app) configEnv() config.Env {
	hostname, err := os.Hostname()
	if err != nil {
		hostname = "" // ${HOSTNAME} is then an unset variable
	}
	return config.Env{Lookup: a.lookup, Hostname: hostname, Home: a.home}
}

// explain prints an error with what to do about it, where that is known.
func (a *app) explain(err error) {
	if errs, ok := errors.AsType[config.Errors](err); ok {
		fmt.Fprintln(a.err, strings.TrimRight(errs.Detail(), "\n"))
		return
	}
	hint := hint(err)
	switch {
	case hint == "":
		fmt.Fprintf(a.err, "jottarun: %v\n", err)
	case errors.Is(err, jotta.ErrUnauthorized):
		fmt.Fprintf(a.err, "jottarun: %v. %s\n", err, hint)
	default:
		fmt.Fprintf(a.err, "jottarun: %v\n  %s\n", err, hint)
	}
}

// hint says what to type next.
func hint(err error) string {
	noDevice, isNoDevice := errors.AsType[*jotta.NoDeviceError](err)
	_, isNoBackupdir := errors.AsType[*jotta.NoBackupdirError](err)
	switch {
	case isNoDevice:
		return fmt.Sprintf("To create it, run: jottarun device add %s", noDevice.Device)
	case isNoBackupdir:
		return "Begin the job's target with one of these, or with a device of your own: jottarun device add NAME"
	case errors.Is(err, jotta.ErrUnauthorized), errors.Is(err, jotta.ErrNoCredentials):
		return signin.Hint(err)
	case errors.Is(err, jotta.ErrHostNotAllowed):
		return "If logins and files may go there, name the host under account.allowed_hosts in the jobs file."
	case errors.Is(err, jotta.ErrUnavailable):
		return "The login is kept; try again later."
	}
	return ""
}
