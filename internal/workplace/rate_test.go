package workplace

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jottarun/jottarun/config"
)

func TestBandwidthOfTheCommandLineBeatsTheFiles(t *testing.T) {
	t.Parallel()
	file := config.Bandwidth{Upload: config.Always(1)}
	for value, want := range map[string]config.Bandwidth{
		"":     file,
		"off":  {},
		"2MiB": {Upload: config.Always(2 << 20), Download: config.Always(2 << 20)},
	} {
		var flag RateFlag
		if value != "" {
			if err := flag.Set(value); err != nil {
				t.Fatal(err)
			}
		}
		got := file
		flag.override(&got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("--bwlimit %q (-want +got):\n%s", value, diff)
		}
	}
}
