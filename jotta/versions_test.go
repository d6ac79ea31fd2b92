package jotta

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestVersionsReadsWhatIsSaid(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(lookAtFile, answerFile(t, "versions.xml"))
	c, _ := newTestClient(t, s)
	got, err := c.Versions(t.Context(), someFile)
	if err != nil {
		t.Fatal(err)
	}
	sum, _ := ParseMD5(contentMD5)
	empty, _ := ParseMD5("d41d8cd98f00b204e9800998ecf8427e")
	modified := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	want := []Version{
		{Number: 4, State: "INCOMPLETE", Size: 5, MD5: empty},
		{Number: 3, State: "COMPLETED", Size: 7, MD5: sum, Created: modified, Modified: modified, Updated: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), Current: true},
		{Number: 2, State: "CORRUPT", Size: -1},
		{Number: 1, State: "COMPLETED", Size: 0, MD5: empty},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for i, complete := range []bool{false, true, false, true} {
		if got[i].Complete() != complete {
			t.Errorf("%+v: complete is %v", got[i], !complete)
		}
	}
}

func TestVersionsHostile(t *testing.T) {
	t.Parallel()
	file := func(inside string) string {
		return `<file name="a+b"><path>/u1/d/b/sub</path>` + inside + `</file>`
	}
	revision := "<revision><number>1</number></revision>"
	tests := []struct{ name, document string }{
		{"another name", strings.Replace(file(""), "a+b", "a-b", 1)},
		{"another folder", strings.Replace(file(""), "/d/b/", "/d/c/", 1)},
		{"two current ones", file(completeRevision + completeRevision)},
		{"a number twice", file("<revisions>" + revision + revision + "</revisions>")},
		{"a number twice, in two places", file("<latestRevision><number>1</number></latestRevision><revisions>" + revision + "</revisions>")},
		{"more than anybody keeps", file("<revisions>" + strings.Repeat("<revision/>", maxVersions+1) + "</revisions>")},
		{"too long", file(strings.Repeat("<x/>", maxAnswer))},
		{"two documents", file("") + file("")},
		{"another document", "<user/>"},
		{"HTML", "<!DOCTYPE html><html><body>Sign in to the hotel's network</body></html>"},
		{"nested too deep", file(strings.Repeat("<revisions>", 100_000))},
		{"an element in a number", file("<currentRevision><number><x/></number></currentRevision>")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newScript(t)
			s.on(lookAtFile, answer(200, tt.document))
			c, clock := newTestClient(t, s)
			got, err := c.Versions(t.Context(), someFile)
			if !errors.Is(err, ErrBadAnswer) || got != nil || len(clock.slept) > 0 {
				t.Errorf("got %+v, %v after %v", got, err, clock.slept)
			}
		})
	}
}

// What is cut anywhere is asked for again, and never half believed.
func TestVersionsCut(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	document := string(readTestdata(t, "versions.xml"))
	document = document[:strings.LastIndexByte(document, '>')]
	for i := range len(document) {
		s.on(lookAtFile, answer(200, document[:i]))
	}
	s.on(lookAtFile, answer(200, document+">"))
	c, clock := newTestClient(t, s, func(o *Options) { o.Retries = len(document) })
	if got, err := c.Versions(t.Context(), someFile); err != nil || len(got) != 4 || len(clock.slept) != len(document) {
		t.Errorf("%d versions, %v after %d of %d", len(got), err, len(clock.slept), len(document))
	}
}

func FuzzVersions(f *testing.F) {
	f.Add(readTestdata(f, "versions.xml"))
	f.Add(`<file name="x"><currentRevision><modified>9999-12-31-T23:59:59-0100</modified></currentRevision></file>`)
	f.Fuzz(func(t *testing.T, document string) {
		found, err := readNode(strings.NewReader(document), question{past: true})
		if err != nil || found.kind != fileNode {
			return
		}
		numbers, current := map[int]bool{}, 0
		for _, v := range found.versions {
			if v.Number < 0 || v.Size < -1 || v.Number > 0 && numbers[v.Number] || harmless(v.State, 41) != v.State {
				t.Errorf("%+v", v)
			}
			if numbers[v.Number] = true; v.Current {
				current++
			}
			if _, err := v.Modified.MarshalText(); err != nil {
				t.Errorf("%+v: %v", v, err)
			}
		}
		if current > 1 {
			t.Errorf("%d are current", current)
		}
	})
}

const linkFile = "POST /jfs/u1/d/b/sub/a%2Bb"

func someVersion() Version {
	sum, _ := ParseMD5(contentMD5)
	return Version{Size: 7, MD5: sum, Modified: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
}

// A service may want the folder to be there first.
func TestLinkMakesTheFolder(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(linkFile, jfsError(404, "NoSuchPathException"), answer(200, liveFile()))
	s.on("POST /jfs/u1/d/b/sub", answer(200, emptyFolder))
	c, _ := newTestClient(t, s)
	if err := c.Link(t.Context(), someFile, someVersion()); err != nil {
		t.Fatal(err)
	}
	asked := s.seen(linkFile)[1]
	got := fmt.Sprintf("%s %s %s %s %s", asked.URL.RawQuery, asked.Header["Jsize"], asked.Header["Jmd5"], asked.Header["Jcreated"], asked.Header["Jmodified"])
	if want := "cphash=true [7] [9a0364b9e99bb480dd25e1f0284c8555] [2026-01-02-T03:04:05Z] [2026-01-02-T03:04:05Z]"; got != want {
		t.Errorf("sent %s", got)
	}
	if made := s.seen("POST /jfs/u1/d/b/sub"); len(made) != 1 || made[0].URL.RawQuery != "mkDir=true" {
		t.Errorf("made %+v", made)
	}
}

func TestLinkBelievesWhatItSees(t *testing.T) {
	t.Parallel()
	for name, document := range map[string]string{
		"other content":   strings.Replace(liveFile(), "9A0364", "000000", 1),
		"another size":    strings.Replace(liveFile(), "<size>7", "<size>8", 1),
		"in the trash":    trashedFile(),
		"incomplete":      strings.Replace(liveFile(), "COMPLETED", "INCOMPLETE", 1),
		"another file":    strings.Replace(liveFile(), "a+b", "a-b", 1),
		"a folder":        `<folder name="a+b"></folder>`,
		"nothing":         "",
		"a proxy's words": "<html></html>",
	} {
		s := newScript(t)
		s.on(linkFile, answer(200, document))
		c, _ := newTestClient(t, s)
		if err := c.Link(t.Context(), someFile, someVersion()); !errors.Is(err, ErrBadAnswer) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLinkRefusesBeforeAsking(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	c, _ := newTestClient(t, s)
	unknown, unsized := someVersion(), someVersion()
	unknown.MD5, unsized.Size = MD5{}, -1
	for _, err := range []error{
		c.Link(t.Context(), "/d/b", someVersion()), c.Link(t.Context(), "/d/b/../x", someVersion()),
		c.Link(t.Context(), someFile, unknown), c.Link(t.Context(), someFile, unsized),
	} {
		if err == nil {
			t.Error("no error")
		}
	}
	if len(s.requests) > 0 {
		t.Errorf("%d requests", len(s.requests))
	}
}
