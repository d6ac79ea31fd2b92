package jotta

import (
	"strings"
	"testing"
	"time"
)

func TestPastChoosesTheNewestThatIsMeant(t *testing.T) {
	t.Parallel()
	sum, _ := ParseMD5(contentMD5)
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	versions := []Version{
		{Number: 6, State: "INCOMPLETE", Size: 3, MD5: sum, Updated: at},
		{Number: 5, State: "COMPLETED", Size: 5, MD5: sum, Updated: at.Add(time.Hour)},
		{Number: 4, State: "COMPLETED", Size: 4, MD5: sum},
		{Number: 3, State: "COMPLETED", Size: -1, MD5: sum, Updated: at},
		{Number: 2, State: "COMPLETED", Size: 2, MD5: sum, Updated: at},
		{Number: 1, State: "COMPLETED", Size: 1, MD5: sum, Updated: at.Add(-time.Hour)},
	}
	tests := []struct {
		name    string
		options PastOptions
		want    int // its number; 0: none
	}{
		{"any", PastOptions{}, 5},
		{"at the very moment", PastOptions{AsOf: at}, 2},
		{"just before", PastOptions{AsOf: at.Add(-1)}, 1},
		{"before all", PastOptions{AsOf: at.Add(-2 * time.Hour)}, 0},
		{"by number", PastOptions{Number: 4}, 4},
		{"one of unknown size", PastOptions{Number: 3}, 0},
		{"by number, and too late", PastOptions{Number: 5, AsOf: at}, 0},
	}
	for _, tt := range tests {
		got := 0
		if i := newest(versions, tt.options.means); i >= 0 {
			got = versions[i].Number
		}
		if got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
}

// A folder in the trash takes what is in it along, whether or not that says so.
func TestListTrashedBelievesTheFolder(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	file := func(name, attributes string) string {
		return `<file name="` + name + `"` + attributes + ">" + completeRevision + "</file>"
	}
	deleted := ` deleted="2026-01-01-T00:00:00Z"`
	s.on("GET /jfs/u1/d/b", answer(200, `<mountPoint><name>b</name><folders><folder name="gone"`+deleted+`/></folders>`+
		`<files>`+file("live", "")+file("dropped", deleted)+`</files></mountPoint>`))
	s.on("GET /jfs/u1/d/b/gone", answer(200, `<folder name="gone"`+deleted+`><files>`+file("silent", "")+file("said", deleted)+`</files></folder>`))
	c, _ := newTestClient(t, s)
	listing, err := c.ListTrashed(t.Context(), "/d/b")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(dump(listing.Root()), " "); strings.Contains(got, "live") || listing.Files() != 3 {
		t.Errorf("listed %s", got)
	}
}
