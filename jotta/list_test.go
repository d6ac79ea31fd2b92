package jotta

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const listRequest = "GET /jfs/u1/mybox/backup/pictures"

func TestListIsOneRequest(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(listRequest, answerFile(t, "liststream.xml"))
	c, _ := newTestClient(t, s)
	listing, err := c.List(t.Context(), listed)
	if err != nil {
		t.Fatal(err)
	}
	if listing.Files() != 4 || listing.MissingBackupdir {
		t.Errorf("got %d files", listing.Files())
	}
	if n := len(s.requests); n != 1 || s.requests[0].URL.RawQuery != "mode=liststream" {
		t.Errorf("%d requests, the first with %q", n, s.requests[0].URL.RawQuery)
	}
}

// What the service says is missing is understood whatever the password is: no older way
// to list is tried.
func TestListWithAPasswordThatErrorsHold(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(listRequest, jfsError(404, "NoSuchPathException"))
	s.on("GET /jfs/u1/mybox", answerFile(t, "device.xml"))
	c, _ := newTestClient(t, s, func(o *Options) { o.Authorizer = BasicAuth("u1", "Path") })
	if _, err := c.List(t.Context(), listed); err != nil {
		t.Fatal(err)
	}
	if n := len(s.requests); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

func TestListEscapesPaths(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on("GET /jfs/u1/my%20box/a%2Bb/c%EF%BC%9Ad%23", answer(200, "<l><stats><folders>0</folders><files>0</files></stats></l>"))
	c, _ := newTestClient(t, s)
	if _, err := c.List(t.Context(), "/my box/a+b/c:d#"); err != nil {
		t.Error(err)
	}
}

func TestListSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	for _, path := range []string{"mybox/backup/pictures", "mybox/photos", "mybox/old/x", "nobox/backup/x"} {
		s.on("GET /jfs/u1/"+path, jfsError(404, "NoSuchPathException"))
	}
	s.on("GET /jfs/u1/mybox", answerFile(t, "device.xml"))
	s.on("GET /jfs/u1/nobox", jfsError(404, "NoSuchPathException"))
	s.on("GET /jfs/u1", answerFile(t, "user.xml"))
	c, _ := newTestClient(t, s)

	tests := []struct {
		path             Path
		missingBackupdir bool
	}{
		{"/mybox/backup/pictures", false}, // the device spells it Backup
		{"/mybox/photos", true},
		{"/mybox/old/x", true}, // in the trash
	}
	for _, tt := range tests {
		listing, err := c.List(t.Context(), tt.path)
		if err != nil || listing.Files() != 0 || listing.MissingBackupdir != tt.missingBackupdir {
			t.Errorf("List(%s) = %+v, %v", tt.path, listing, err)
		}
	}

	_, err := c.List(t.Context(), "/nobox/backup/x")
	var missing *NoDeviceError
	if !errors.As(err, &missing) || !errors.Is(err, ErrNotFound) {
		t.Fatalf("got %v, want a NoDeviceError", err)
	}
	if diff := cmp.Diff(&NoDeviceError{"nobox", []string{"Jotta", "my:box"}}, missing); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(err.Error(), `"Jotta", "my:box"`) {
		t.Errorf("%v does not name the devices", err)
	}
}

// A service that knows neither path, device nor account is no proof that there is
// nothing.
func TestListDoesNotBelieveAnEmptyHost(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	for _, path := range []string{"", "/mybox", "/mybox/backup/pictures"} {
		s.on("GET /jfs/u1"+path, answer(404, "<html>not found</html>"))
	}
	c, _ := newTestClient(t, s)
	listing, err := c.List(t.Context(), listed)
	if listing != nil || !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v, %v", listing, err)
	}
}

func TestListOfAFile(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(listRequest, answer(200, `<file name="pictures"/>`))
	c, clock := newTestClient(t, s)
	_, err := c.List(t.Context(), listed)
	if err == nil || err.Error() != `list "/mybox/backup/pictures": it is a file in the cloud, not a folder` || len(clock.slept) > 0 {
		t.Errorf("got %v", err)
	}
}

func TestListAsksAgainForATornListing(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	whole := "<l>" + oneFile + oneStats + "</l>"
	s.on(listRequest, reset(whole[:40]), answer(200, whole[:60]), answer(200, "<l>"+oneFile+"</l>"), answer(200, whole))
	c, clock := newTestClient(t, s)
	listing, err := c.List(t.Context(), listed)
	if err != nil || listing.Files() != 1 {
		t.Errorf("got %v", err)
	}
	if len(clock.slept) != 3 {
		t.Errorf("slept %v", clock.slept)
	}
}

func TestListGivesUpOnATornListing(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on(listRequest, answer(200, "<l>"+oneFile+"</l>"))
	c, _ := newTestClient(t, s)
	listing, err := c.List(t.Context(), listed)
	if listing != nil || !errors.Is(err, ErrTornListing) || errors.Is(err, ErrUnavailable) {
		t.Errorf("got %v, %v", listing, err)
	}
	if n := len(s.seen(listRequest)); n != 4 {
		t.Errorf("%d requests, want the first and 3 more", n)
	}
}

func TestListRefusesPathsOutsideABackupdir(t *testing.T) {
	t.Parallel()
	c, _ := newTestClient(t, newScript(t))
	for _, path := range []Path{"", "/", "/mybox", "mybox/x", "/mybox/backup/../x"} {
		if _, err := c.List(t.Context(), path); err == nil {
			t.Errorf("List(%q) succeeded", path)
		}
	}
}

func TestAccount(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on("GET /jfs/u1", answerFile(t, "user.xml"))
	c, _ := newTestClient(t, s)
	account, err := c.Account(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := Account{
		Username: "u1", Usage: 12345, Capacity: -1, WriteLocked: true,
		Devices: []Device{{"Jotta", "JOTTA", 0}, {"my:box", "WORKSTATION", 12345}},
	}
	if diff := cmp.Diff(want, account); diff != "" {
		t.Error(diff)
	}
	s.answers[accountRequest] = []http.HandlerFunc{answerFile(t, "device.xml")}
	if _, err := c.Account(t.Context()); !errors.Is(err, ErrBadAnswer) {
		t.Errorf("took a device for an account: %v", err)
	}
}

// The page of a proxy is no device.
func TestCreateBelievesNoPage(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on("POST /jfs/u1/box", answer(200, "<html><body>Please sign in to the network</body></html>"))
	c, _ := newTestClient(t, s)
	if err := c.CreateDevice(t.Context(), "box"); !errors.Is(err, ErrBadAnswer) {
		t.Errorf("got %v, want a bad answer", err)
	}
}

func TestCreate(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.on("POST /jfs/u1/new%EF%BC%9Abox", answer(201, ""))
	s.on("POST /jfs/u1/mybox/backup", answer(200, ""))
	c, _ := newTestClient(t, s)
	if err := c.CreateDevice(t.Context(), "new:box"); err != nil {
		t.Error(err)
	}
	if err := c.CreateBackupdir(t.Context(), "/mybox/backup/some/folder"); err != nil {
		t.Error(err)
	}
	if got := s.seen("POST /jfs/u1/new%EF%BC%9Abox"); len(got) != 1 || got[0].URL.RawQuery != "type=WORKSTATION" {
		t.Errorf("got %d requests", len(got))
	}
	if got := s.seen("POST /jfs/u1/mybox/backup"); len(got) != 1 || got[0].URL.RawQuery != "" || got[0].Method != http.MethodPost {
		t.Errorf("got %d requests", len(got))
	}
	for _, name := range []string{"", "a/b"} {
		if err := c.CreateDevice(t.Context(), name); err == nil {
			t.Errorf("CreateDevice(%q) succeeded", name)
		}
	}
}
