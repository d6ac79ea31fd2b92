package app

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/jottarun/jottarun/internal/exit"
	"github.com/jottarun/jottarun/internal/logs"
)

// logFlags say where the log goes.
type logFlags struct {
	file   string
	format string
}

func (f *logFlags) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&f.file, "log-file", "", "append a log to this file; with -v it has more")
	flags.StringVar(&f.format, "log-format", string(logs.Text), "of the log and of what -v says: text or json")
}

// openLog makes the loggers that the flags ask for.
func (a *App) openLog() error {
	format, err := logs.ParseFormat(a.log.format)
	if err != nil {
		return exit.Usage(err)
	}
	level := slog.LevelInfo
	var handlers []slog.Handler
	if a.Verbose {
		level = slog.LevelDebug
		journal, _ := a.Lookup("JOURNAL_STREAM")
		handlers = append(handlers, logs.NewHandler(a.Err, logs.Options{Format: format, Level: level, Journal: journal != ""}))
	}
	if a.log.file != "" {
		// A fifo that nobody reads is an error, and not to be waited for.
		file, err := os.OpenFile(a.log.file, os.O_WRONLY|os.O_CREATE|os.O_APPEND|syscall.O_NONBLOCK, 0o600)
		if err != nil {
			return exit.Usage(fmt.Errorf("open the log: %w", err))
		}
		log := &logFile{File: file}
		a.closeLog = log.Close
		handler := logs.NewHandler(log, logs.Options{Format: format, Level: level})
		handlers = append(handlers, handler)
		a.Events = slog.New(handler)
	}
	a.messages = slog.New(slog.NewMultiHandler(handlers...))
	return nil
}

// Logger takes what the packages have to say; -v shows it, and the log keeps it.
func (a *App) Logger() *slog.Logger {
	if a.messages == nil {
		return slog.New(slog.DiscardHandler)
	}
	return a.messages
}

// EndLog notes how the program ended.
func (a *App) EndLog(code int, err error) error {
	if a.closeLog == nil {
		return nil
	}
	switch {
	case err == nil:
		a.Events.Info("exit", "code", code)
	case exit.WasTold(err):
		a.Events.Warn("exit", "code", code)
	default:
		a.Events.Error("exit", "code", code, "cause", err.Error())
	}
	if err := a.closeLog(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("keep the log: %w", err)
	}
	return nil
}

// logFile remembers that a record could not be written: slog does not ask.
type logFile struct {
	*os.File
	lost error
}

func (f *logFile) Write(record []byte) (int, error) {
	n, err := f.File.Write(record)
	f.lost = cmp.Or(f.lost, err)
	return n, err
}

// Close returns an error where records were lost.
func (f *logFile) Close() error { return cmp.Or(f.lost, f.File.Close()) }
