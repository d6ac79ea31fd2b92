package report_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/internal/report"
	"github.com/jottarun/jottarun/jotta"
)

func TestAccount(t *testing.T) {
	t.Parallel()
	shown := report.Account{
		Account: jotta.Account{
			Username: "u\x1b[1m", Usage: 3 << 30, Capacity: 5 << 30, WriteLocked: true, QuotaWriteLocked: true,
			Devices: []jotta.Device{{Name: "Jotta", Type: "JOTTA"}, {Name: "my\u202ebox", Type: "WORKSTATION", Size: 3 << 30}},
		},
		Service: "telia_se", ServiceTitle: "Telia Cloud Sweden", SignIn: "jottarun login",
	}
	var text, document bytes.Buffer
	if err := report.AccountText(&text, shown); err != nil {
		t.Fatal(err)
	}
	wantText := `user          "u\x1b[1m"
service       Telia Cloud Sweden
signed in by  jottarun login
used          3.0 GiB of 5.0 GiB
locks         write, quota
devices       "Jotta"  0 B
              "my\u202ebox"  3.0 GiB
`
	if diff := cmp.Diff(wantText, text.String()); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	if err := report.AccountJSON(&document, shown); err != nil {
		t.Fatal(err)
	}
	wantDocument := `{
  "format_version": 1,
  "username": "u\u001b[1m",
  "service": "telia_se",
  "sign_in": "jottarun login",
  "usage": 3221225472,
  "capacity": 5368709120,
  "locks": [
    "write",
    "quota"
  ],
  "devices": [
    {
      "name": "Jotta",
      "type": "JOTTA",
      "size": 0
    },
    {
      "name": "my` + "\u202e" + `box",
      "type": "WORKSTATION",
      "size": 3221225472
    }
  ]
}
`
	if diff := cmp.Diff(wantDocument, document.String()); diff != "" {
		t.Errorf("document (-want +got):\n%s", diff)
	}
}
