package jotta_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sourcegraph/conc/pool"

	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/jotta/emulator"
)

const pastTarget = backup + "/job"

// past is a cloud with a clock, and what it was like at each hour.
type past struct {
	*cloud
	now time.Time
}

func newPast(t *testing.T, kind emulator.Options) *past {
	t.Helper()
	p := &past{now: time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC)}
	kind.Now = func() time.Time { return p.now }
	p.cloud = newCloudOf(t, kind)
	if err := p.CreateBackupdir(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	for _, change := range []func(){
		func() { p.put(pastTarget+"/a", "one"); p.put(pastTarget+"/sub/100%", "first") },
		func() { p.put(pastTarget+"/a", "two") },
		func() { p.put(pastTarget+"/a", "three"); p.put(pastTarget+"/late", "late") },
		func() { p.trash(pastTarget+"/sub", "dlDir"); p.trash(pastTarget+"/late", "dl") },
		func() { p.put(pastTarget+"/a", "one"); p.leaveBehind(pastTarget+"/a", "not complete", 5) },
		func() { p.leaveBehind(pastTarget+"/never", "never complete", 5) },
	} {
		change()
		p.now = p.now.Add(time.Hour)
	}
	return p
}

// hour is a moment in the middle of an hour.
func (p *past) hour(n int) time.Time {
	return time.Date(2026, 2, 3, n, 30, 0, 0, time.UTC)
}

// contents downloads all that a past lists.
func (p *past) contents(o jotta.PastOptions) map[string]string {
	p.t.Helper()
	view := p.Client.Past(pastTarget, o)
	listing, err := view.List(p.t.Context(), pastTarget)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.download(view, listing.Root())
}

func (p *past) download(view *jotta.Past, f jotta.Folder) map[string]string {
	p.t.Helper()
	found := map[string]string{}
	for i := range f.NumFiles() {
		file, to := f.File(i), new(bytes.Buffer)
		path := strings.TrimPrefix(f.Path()+"/"+file.Name, "/")
		d := jotta.Download{Path: pastTarget.Join(path), Size: file.Size, MD5: file.MD5, To: to}
		if _, err := view.Download(p.t.Context(), d); err != nil {
			p.t.Errorf("%s: %v", path, err)
		}
		found[path] = to.String()
	}
	for i := range f.NumFolders() {
		for path, content := range p.download(view, f.Folder(i)) {
			found[path] = content
		}
	}
	return found
}

func TestCloudPast(t *testing.T) {
	t.Parallel()
	for _, kind := range []emulator.Options{{}, {Legacy: true}} {
		p := newPast(t, kind)
		only := func(names ...string) func(string) bool {
			return func(rel string) bool { return strings.Contains(strings.Join(names, " "), rel) }
		}
		tests := []struct {
			name    string
			options jotta.PastOptions
			want    map[string]string
		}{
			{"before all", jotta.PastOptions{AsOf: p.hour(-1)}, map[string]string{}},
			{"first hour", jotta.PastOptions{AsOf: p.hour(0)}, map[string]string{"a": "one", "sub/100%": "first"}},
			{"on the second", jotta.PastOptions{AsOf: time.Date(2026, 2, 3, 1, 0, 0, 0, time.UTC)}, map[string]string{"a": "two", "sub/100%": "first"}},
			{"second hour", jotta.PastOptions{AsOf: p.hour(1)}, map[string]string{"a": "two", "sub/100%": "first"}},
			{"third hour", jotta.PastOptions{AsOf: p.hour(2)}, map[string]string{"a": "three", "sub/100%": "first", "late": "late"}},
			{"now", jotta.PastOptions{AsOf: p.hour(9)}, map[string]string{"a": "one", "sub/100%": "first", "late": "late"}},
			{"wanted alone", jotta.PastOptions{AsOf: p.hour(2), Wanted: only("a", "late")}, map[string]string{"a": "three", "late": "late"}},
			{"by number", jotta.PastOptions{Number: 2}, map[string]string{"a": "two"}},
			{"by number and name", jotta.PastOptions{Number: 1, File: "a"}, map[string]string{"a": "one"}},
			{"the current one, by number and name", jotta.PastOptions{Number: 4, File: "a"}, map[string]string{"a": "one"}},
			{"by number, of a file in the trash", jotta.PastOptions{Number: 1, File: "sub/100%"}, map[string]string{"sub/100%": "first"}},
			{"by number, of a folder", jotta.PastOptions{Number: 1, File: "sub"}, map[string]string{}},
			{"by number, of nothing", jotta.PastOptions{Number: 1, File: "nothing/there"}, map[string]string{}},
			{"one that nothing has", jotta.PastOptions{Number: 99}, map[string]string{}},
			{"one that is not complete", jotta.PastOptions{Number: 5}, map[string]string{}},
			{"trash", jotta.PastOptions{Trashed: true}, map[string]string{"sub/100%": "first", "late": "late"}},
			{"trash as of", jotta.PastOptions{Trashed: true, AsOf: p.hour(0)}, map[string]string{"sub/100%": "first"}},
			{"as it is", jotta.PastOptions{}, map[string]string{"a": "one"}},
		}
		for _, tt := range tests {
			if diff := cmp.Diff(tt.want, p.contents(tt.options)); diff != "" {
				t.Errorf("%s, legacy %v (-want +got):\n%s", tt.name, kind.Legacy, diff)
			}
		}
		p.wantNothing(pastTarget + "/.jottarun/scratch")
		if err := p.Client.Past(pastTarget, jotta.PastOptions{}).Sweep(t.Context()); err != nil {
			t.Error(err)
		}
		p.want(pastTarget, map[string]string{"a": "one"})
	}
}

// A folder in which all is newer was not there then, as far as anybody knows.
func TestCloudPastOfAFolder(t *testing.T) {
	t.Parallel()
	p := newPast(t, emulator.Options{})
	p.put(pastTarget+"/new/deep/file", "new")
	p.trash(pastTarget+"/empty", "mkDir")
	for moment, want := range map[time.Time]string{p.hour(2): "/empty", p.hour(9): "/empty /new"} {
		listing, err := p.Client.Past(pastTarget, jotta.PastOptions{AsOf: moment}).List(t.Context(), pastTarget)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := range listing.Root().NumFolders() {
			if folder := listing.Root().Folder(i).Name(); folder != "sub" {
				got = append(got, "/"+folder)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("at %v: folders %q, want %s", moment, got, want)
		}
	}
}

// Beside a version of a file goes another file as it was while that version was the
// newest, or none at all.
func TestCloudPastBeside(t *testing.T) {
	t.Parallel()
	for _, kind := range []emulator.Options{{}, {Legacy: true}} {
		p := &past{now: time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC)}
		kind.Now = func() time.Time { return p.now }
		p.cloud = newCloudOf(t, kind)
		if err := p.CreateBackupdir(t.Context(), backup); err != nil {
			t.Fatal(err)
		}
		put := func(name, content string) {
			p.put(pastTarget.Join(name), content)
			p.now = p.now.Add(time.Minute)
		}
		for _, content := range []string{"one", "two", "three"} {
			put("a", content)
			if content != "two" {
				put("b", "with "+content)
				put("b", "later with "+content)
			}
		}
		for number, want := range map[int]map[string]string{
			1: {"a": "one", "b": "later with one"}, 2: {"a": "two"}, 3: {"a": "three", "b": "later with three"}, 4: {},
		} {
			got := p.contents(jotta.PastOptions{Number: number, File: "a", Beside: "b"})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("version %d, legacy %v (-want +got):\n%s", number, kind.Legacy, diff)
			}
		}
		isB := func(rel string) bool { return rel == "b" }
		for name, tt := range map[string]struct {
			options jotta.PastOptions
			want    map[string]string
		}{
			"nothing":    {jotta.PastOptions{Number: 2, File: "a", Beside: "nothing/there"}, map[string]string{"a": "two"}},
			"itself":     {jotta.PastOptions{Number: 2, File: "b", Beside: "b"}, map[string]string{"b": "later with one"}},
			"a listing":  {jotta.PastOptions{AsOf: p.now, Beside: "b", Wanted: isB}, map[string]string{"b": "later with three"}},
			"all but it": {jotta.PastOptions{AsOf: p.now, Beside: "a", Wanted: isB}, map[string]string{"b": "later with three"}},
		} {
			if diff := cmp.Diff(tt.want, p.contents(tt.options)); diff != "" {
				t.Errorf("beside %s, legacy %v (-want +got):\n%s", name, kind.Legacy, diff)
			}
		}
	}
}

// What is not wanted costs no request.
func TestCloudPastAsksForWhatIsWanted(t *testing.T) {
	t.Parallel()
	p := newPast(t, emulator.Options{})
	p.server.ResetRequests()
	p.contents(jotta.PastOptions{Number: 2, Wanted: func(rel string) bool { return rel == "a" }})
	if got := strings.Join(p.routes(), " "); got != "liststream metadata cphash download rm" {
		t.Errorf("asked %s", got)
	}
	p.server.ResetRequests()
	p.contents(jotta.PastOptions{Number: 2, File: "a"})
	if got := strings.Join(p.routes(), " "); got != "metadata cphash download rm" {
		t.Errorf("for one file: asked %s", got)
	}
}

// The version of a moment may be one that the service keeps no more.
func TestCloudPastNamesWhatIsGone(t *testing.T) {
	t.Parallel()
	p := newPast(t, emulator.Options{})
	for range 5 {
		p.put(pastTarget+"/a", p.now.String())
		p.put(pastTarget+"/new", p.now.String())
		p.now = p.now.Add(time.Hour)
	}
	for _, hour := range []int{0, 9} {
		listing, err := p.Client.Past(pastTarget, jotta.PastOptions{AsOf: p.hour(hour)}).List(t.Context(), pastTarget)
		if err != nil {
			t.Fatal(err)
		}
		odd := listing.Odd()
		if hour == 0 && (len(odd) != 1 || odd[0].Path != "a" || !strings.Contains(odd[0].Reason, "not kept any more")) {
			t.Errorf("at first: %q", odd)
		}
		if hour == 9 && len(odd) > 0 {
			t.Errorf("later: %q", odd)
		}
	}
}

func TestCloudPastWhereTheServiceRefuses(t *testing.T) {
	t.Parallel()
	p := newPast(t, emulator.Options{Lacks: []string{"cphash"}})
	view := p.Client.Past(pastTarget, jotta.PastOptions{Number: 2})
	listing, err := view.List(t.Context(), pastTarget)
	if err != nil || listing.Files() != 1 {
		t.Fatal(listing, err)
	}
	n, err := view.Download(t.Context(), download(pastTarget+"/a", "two", io.Discard))
	if n != 0 || !errors.Is(err, jotta.ErrNotLinked) || !strings.Contains(err.Error(), "the service does not give content back by its MD5") {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// A file in the trash that cannot be read there comes by another way; and what another
// process sweeps is linked again.
func TestCloudPastIsPersistent(t *testing.T) {
	t.Parallel()
	p := newPast(t, emulator.Options{})
	p.server.Inject(
		emulator.Fault{Name: "in the trash", Route: "download", Path: "/late", Status: 404},
		emulator.Fault{Name: "swept", Route: "download", Path: "/scratch/", Status: 404, Times: 2},
	)
	want := map[string]string{"sub/100%": "first", "late": "late"}
	if diff := cmp.Diff(want, p.contents(jotta.PastOptions{Trashed: true})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	p.server.Inject(emulator.Fault{Name: "in the trash again", Route: "download", Path: "/late", Status: 404})
	want["a"] = "three"
	if diff := cmp.Diff(want, p.contents(jotta.PastOptions{AsOf: p.hour(2)})); diff != "" {
		t.Errorf("as of then (-want +got):\n%s", diff)
	}
	p.server.Inject(emulator.Fault{Name: "always swept", Route: "download", Path: "/scratch/", Status: 404, Times: 3})
	view := p.Client.Past(pastTarget, jotta.PastOptions{Number: 2})
	if _, err := view.List(t.Context(), pastTarget); err != nil {
		t.Fatal(err)
	}
	if _, err := view.Download(t.Context(), download(pastTarget+"/a", "two", io.Discard)); !errors.Is(err, jotta.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	p.server.Inject(emulator.Fault{Name: "no versions", Route: "metadata", Path: "/a", Status: 403})
	if listing, err := view.List(t.Context(), pastTarget); !errors.Is(err, jotta.ErrForbidden) || listing != nil {
		t.Errorf("got %v, %v", listing, err)
	}
}

func TestCloudPastConcurrently(t *testing.T) {
	t.Parallel()
	p := newPast(t, emulator.Options{})
	view := p.Client.Past(pastTarget, jotta.PastOptions{AsOf: p.hour(1)})
	downloads := pool.New().WithErrors()
	for range 8 {
		downloads.Go(func() error {
			if _, err := view.List(t.Context(), pastTarget); err != nil {
				return err
			}
			_, err := view.Download(t.Context(), download(pastTarget+"/a", "two", io.Discard))
			return err
		})
	}
	if err := downloads.Wait(); err != nil {
		t.Error(err)
	}
	p.wantNothing(pastTarget + "/.jottarun/scratch")
}

// That a file cannot be made out stops no other, and is said.
func TestCloudPastNamesWhatItCannotMakeOut(t *testing.T) {
	t.Parallel()
	p := newPast(t, emulator.Options{})
	p.put(pastTarget+"/x:y", "was a file")
	if err := p.Trash(t.Context(), pastTarget+"/x:y"); err != nil {
		t.Fatal(err)
	}
	p.put(pastTarget+"/x:y/inner", "in a folder")
	p.server.Inject(
		emulator.Fault{Route: "metadata", Path: "/a", Status: 200, Body: "<html></html>"},
		emulator.Fault{Name: "purged meanwhile", Route: "metadata", Path: "/late", Status: 404, ErrorID: "NoSuchFileException"},
	)
	listing, err := p.Client.Past(pastTarget, jotta.PastOptions{AsOf: p.now}).List(t.Context(), pastTarget)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]jotta.MD5{}
	collect(found, listing.Root())
	odd := map[string]string{}
	for _, o := range listing.Odd() {
		odd[o.Path] = o.Reason
	}
	if len(found) != 2 || len(odd) != 2 || odd["x：y"] != "a folder has its name by now, which hides its versions" ||
		!strings.Contains(odd["a"], "makes no sense") {
		t.Errorf("found %v, odd %q", found, odd)
	}
}
