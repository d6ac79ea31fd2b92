package config_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/config"
)

func TestMaxPrune(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]config.Limit{
		"0":                   {},
		"1":                   {Files: 1},
		"'500'":               {Files: 500},
		"'${FOUR}'":           {Files: 4},
		"9223372036854775807": {Files: 9223372036854775807},
		"0%":                  {Files: -1},
		"0.0%":                {Files: -1},
		"33.3%":               {Files: -1, Share: 0.333},
		"50 %":                {Files: -1, Share: 0.5},
		"'${FOUR}.5%'":        {Files: -1, Share: 0.045},
		"07%":                 {Files: -1, Share: 0.07},
		"99.9%":               {Files: -1, Share: 0.999},
		"100%":                {Files: -1, Share: 1},
		"100.00%":             {Files: -1, Share: 1},
	} {
		text := "{version: 1, jobs: {a: {root: /a, target: /m/b, max_prune: " + written + "}}}"
		c, err := load(t, text)
		if err != nil {
			t.Errorf("max_prune: %s: %v", written, err)
			continue
		}
		if diff := cmp.Diff(want, c.Jobs[0].MaxPrune); diff != "" {
			t.Errorf("max_prune: %s (-want +got):\n%s", written, diff)
		}
		validate(t, text)
	}
}

// TestTheZeroLimitIsNoLicence keeps a Limit that someone forgot to fill from letting
// files go: it is what "max_prune: 0" says.
func TestTheZeroLimitIsNoLicence(t *testing.T) {
	t.Parallel()
	c, err := load(t, "{version: 1, jobs: {a: {root: /a, target: /m/b, max_prune: 0}}}")
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Jobs[0].MaxPrune; got != (config.Limit{}) {
		t.Errorf("max_prune: 0 is %+v, want the zero Limit", got)
	}
}
