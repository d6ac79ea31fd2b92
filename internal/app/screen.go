package app

import (
	"os"
	"time"

	"golang.org/x/term"

	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/internal/terminal"
)

// Tick returns ticks, and what ends them.
type Tick func(every time.Duration) (ticks <-chan time.Time, stop func())

func systemTick(every time.Duration) (<-chan time.Time, func()) {
	ticker := time.NewTicker(every)
	return ticker.C, ticker.Stop
}

// newScreen returns the foot of the terminal that standard error is; nil where it is
// none, or one that knows no cursor.
func newScreen(lookup func(string) (string, bool)) *terminal.Block {
	kind, _ := lookup("TERM")
	fd := int(os.Stderr.Fd())
	if !term.IsTerminal(fd) || kind == "dumb" || kind == "" {
		return nil
	}
	return terminal.New(os.Stderr, func() (int, int, error) { return term.GetSize(fd) })
}

// ClearScreen leaves the terminal as it is to be found after the program.
func (a *App) ClearScreen() {
	if a.Screen != nil {
		a.Screen.Close()
	}
}

// Style is that of what is printed to Out.
func (a *App) Style() report.Style { return a.styleOn(a.Color) }

// ScreenStyle is that of what is drawn on the Screen.
func (a *App) ScreenStyle() report.Style { return a.styleOn(true) }

func (a *App) styleOn(terminal bool) report.Style {
	noColor, _ := a.Lookup("NO_COLOR")
	kind, _ := a.Lookup("TERM")
	return report.Style{Color: terminal && !a.noColor && noColor == "" && kind != "dumb"}
}
