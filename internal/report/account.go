package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/jottarun/jottarun/jotta"
)

// Account is what is shown of an account, and of how one is signed in to it.
type Account struct {
	jotta.Account
	Service      string // as in the jobs file
	ServiceTitle string // for people
	SignIn       string // where the login comes from
}

// AccountText shows an account to people.
func AccountText(w io.Writer, a Account) error {
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(what, value string) { fmt.Fprintf(columns, "%s\t%s\n", what, value) }
	line("user", Quote(a.Username))
	line("service", a.ServiceTitle)
	line("signed in by", a.SignIn)
	line("used", a.used())
	line("locks", cmp.Or(strings.Join(a.locks(), ", "), "none"))
	for i, device := range a.Devices {
		what := ""
		if i == 0 {
			what = "devices"
		}
		line(what, fmt.Sprintf("%s  %s", Quote(device.Name), size(device.Size)))
	}
	return columns.Flush()
}

func (a Account) used() string {
	if a.Capacity < 0 {
		return size(a.Usage) + ", without limit"
	}
	return fmt.Sprintf("%s of %s", size(a.Usage), size(a.Capacity))
}

// locks are what the account is locked for.
func (a Account) locks() []string {
	locks := []string{}
	for _, lock := range []struct {
		locked bool
		name   string
	}{{a.Locked, "account"}, {a.ReadLocked, "read"}, {a.WriteLocked, "write"}, {a.QuotaWriteLocked, "quota"}} {
		if lock.locked {
			locks = append(locks, lock.name)
		}
	}
	return locks
}

type accountDocument struct {
	FormatVersion int              `json:"format_version"`
	Username      string           `json:"username"`
	Service       string           `json:"service"`
	SignIn        string           `json:"sign_in"`
	Usage         int64            `json:"usage"`
	Capacity      *int64           `json:"capacity"` // null: without limit
	Locks         []string         `json:"locks"`
	Devices       []deviceDocument `json:"devices"`
}

type deviceDocument struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"`
}

// AccountJSON writes an account as one JSON document.
func AccountJSON(w io.Writer, a Account) error {
	document := accountDocument{
		FormatVersion: FormatVersion, Username: a.Username, Service: a.Service, SignIn: a.SignIn,
		Usage: a.Usage, Locks: a.locks(), Devices: []deviceDocument{},
	}
	if a.Capacity >= 0 {
		document.Capacity = &a.Capacity
	}
	for _, d := range a.Devices {
		document.Devices = append(document.Devices, deviceDocument{d.Name, d.Type, d.Size})
	}
	return writeJSON(w, document)
}
