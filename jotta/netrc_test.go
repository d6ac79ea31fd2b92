package jotta

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseNetrc(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       []netrcLogin
	}{
		{"empty", "", nil},
		{"one line", "machine jottacloud login me password secret", []netrcLogin{{"jottacloud", "me", "secret"}}},
		{"lines, tabs, CRLF", "machine jottacloud\r\n\tlogin me\r\n\tpassword secret\r\n", []netrcLogin{{"jottacloud", "me", "secret"}}},
		{"BOM", "\uFEFFmachine a login b password c", []netrcLogin{{"a", "b", "c"}}},
		{"other order", "machine a password c login b", []netrcLogin{{"a", "b", "c"}}},
		{"account", "machine a account x login b account y password c", []netrcLogin{{"a", "b", "c"}}},
		{"two", "machine a login b password c machine d login e password f", []netrcLogin{{"a", "b", "c"}, {"d", "e", "f"}}},
		{"default", "machine a login b password c\ndefault login d password e", []netrcLogin{{"a", "b", "c"}, {"", "d", "e"}}},
		{"incomplete", "machine a login b\nmachine c", []netrcLogin{{"a", "b", ""}, {"c", "", ""}}},
		{"comments", "# one\nmachine a # two\n# three\n login b #four\n\n#\n password c# five\n# six", nil},
		{"comment within", "machine a # two\n# three machine x\n login b #four\n\n#\n password c # five\n# six", []netrcLogin{{"a", "b", "c"}}},
		{"hash in password", "machine a login #b password p#w#", []netrcLogin{{"a", "#b", "p#w#"}}},
		{"hash alone", "machine a login b password #", []netrcLogin{{"a", "b", "#"}}},
		{"quoted", `machine a login "b c" password "p \"w\" \\ # \n"`, []netrcLogin{{"a", "b c", `p "w" \ # \n`}}},
		{"backslash", `machine a login DOM\me password \"`, []netrcLogin{{"a", `DOM\me`, `\"`}}},
		{"keywords as values", "machine a login machine password default", []netrcLogin{{"a", "machine", "default"}}},
		{"UTF-8", "machine a login à\u0085 password Ň%+=&", []netrcLogin{{"a", "à\u0085", "Ň%+=&"}}},
		{"macro", "macdef init\n machine evil login x password y\n\nmachine a login b password c", []netrcLogin{{"a", "b", "c"}}},
		{"macro within", "machine a login b password c\nmacdef m\ncd /x\n \t\nmachine d login e password f", []netrcLogin{{"a", "b", "c"}, {"d", "e", "f"}}},
		{"macro to the end", "machine a login b password c\nmacdef m\ncd /x", []netrcLogin{{"a", "b", "c"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := parseNetrc(tt.text)
			if tt.name == "comments" { // "c# five": a password and a stray word
				if err == nil || err.Error() != "line 7: want machine, default, login, password, account or macdef" {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(tt.want) {
				t.Fatalf("got %d logins, want %d", len(got), len(tt.want))
			}
			for i := range got {
				// Compared in the open: Secret prints nothing.
				if diff := cmp.Diff(tt.want[i].open(), got[i].open()); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

func (l netrcLogin) open() [3]string { return [3]string{l.machine, l.username, l.password.Reveal()} }

func TestParseNetrcRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"machine", "line 1: a value is missing"},
		{"machine a\nlogin", "line 2: a value is missing"},
		{"machine a\nlogin b password", "line 2: a value is missing"},
		{"machine a login b password \n\n", "line 1: a value is missing"},
		{"macdef", "line 1: a value is missing"},
		{"\nlogin b", "line 2: login before the first machine"},
		{"machine a login b password my canary", "line 1: want machine"},
		{"machine a login b\npassword \"canary\nmachine c", "line 2: a quote is not closed"},
		{`machine a password "canary`, "line 1: a quote is not closed"},
	}
	for _, tt := range tests {
		_, err := parseNetrc(tt.text)
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: got %v, want %s", tt.text, err, tt.want)
		}
	}
}

// However a file is cut or mangled, it is read or refused.
func FuzzParseNetrc(f *testing.F) {
	f.Add("machine jottacloud login me password \"se\\\"cret\" # x\nmacdef m\n\ndefault login a password b")
	f.Fuzz(func(t *testing.T, text string) {
		logins, err := parseNetrc(text)
		if err != nil && logins != nil {
			t.Errorf("got %d logins and %v", len(logins), err)
		}
	})
}
