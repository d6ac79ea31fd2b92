package model

import (
	"context"
	"crypto/md5"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jottarun/jottarun/internal/checksum"
	"github.com/jottarun/jottarun/internal/state"
	"github.com/jottarun/jottarun/jotta"
	"github.com/jottarun/jottarun/jotta/emulator"
)

const (
	device       = "/mybox"
	target       = device + "/backup/job"
	targetFolder = "/backup/job" // as listings name it
	jobName      = "job"
)

// life is what a sequence follows from.
type life struct {
	seed    uint64
	steps   []int
	program string // the real one, whose processes the runs are; "" where they are in this one
}

// sequence is one random life of a job.
type sequence struct {
	life
	dir string

	server  *emulator.Server
	running *emulator.Running
	client  *jotta.Client
	other   *jotta.Client // of another device
	wire    *wire
	state   *state.Dir
	hasher  *checksum.Hasher

	job      job
	here     *folder
	known    int                        // files of the last proof; negative: there was none
	had      map[string]map[string]bool // folded path -> MD5 of every content that it ever had, here or by another device
	contents map[string]string          // by MD5
	wasOnce  map[string]bool            // folded paths that the cloud ever had
	begun    map[string]bool            // folded paths that a run tried to upload and did not
	outside  []emulator.File
	saved    *savedPlan
	clock    int // of the other device, in seconds

	cover    *coverage
	edits    map[string]bool // kinds of steps since the last run
	trace    []string
	failures []string
}

func openSequence(from life, cover *coverage) (*sequence, error) {
	dir, err := os.MkdirTemp("", "jottarun-model-")
	if err != nil {
		return nil, err
	}
	s := &sequence{
		life: from, dir: dir, hasher: checksum.New(2), known: -1, cover: cover, edits: map[string]bool{},
		job:  job{prune: "trash", maxFiles: -1, maxShare: 1},
		here: newFolder(filepath.Join(dir, "root")), had: map[string]map[string]bool{}, wasOnce: map[string]bool{}, contents: map[string]string{}, begun: map[string]bool{},
	}
	if err := errors.Join(os.Mkdir(s.here.root, 0o755), s.openCloud()); err != nil {
		return nil, errors.Join(err, s.close())
	}
	if s.program != "" {
		return s, nil // its processes open the state
	}
	if s.state, err = state.Open(filepath.Join(dir, "state")); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *sequence) openCloud() error {
	var err error
	s.server, err = emulator.Open(emulator.Options{Directory: filepath.Join(s.dir, "cloud"), Devices: []string{"mybox"}, NoSync: true})
	if err != nil {
		return err
	}
	if s.running, err = emulator.Start(s.server, "127.0.0.1:0"); err != nil {
		return err
	}
	s.wire = &wire{base: s.running.URL + "/jfs/" + s.server.Username(), token: s.server.Token()}
	for _, client := range []**jotta.Client{&s.client, &s.other} {
		*client, err = jotta.New(jotta.Options{
			Endpoints:  jotta.Endpoints{JFS: s.running.URL, API: s.running.URL},
			Authorizer: jotta.BearerToken(jotta.Secret(s.server.Token())),
			Retries:    maxFaults + 1, Clock: noWaiting{},
		})
		if err != nil {
			return err
		}
	}
	if err := s.other.CreateBackupdir(context.Background(), target); err != nil {
		return err
	}
	for _, name := range []string{device + "/backup/jo", device + "/backup/job2/a"} {
		if err := s.put(jotta.Path(name), "beside the target"); err != nil {
			return err
		}
	}
	s.outside = s.beside()
	return nil
}

// noWaiting is a clock by which back-off takes no time.
type noWaiting struct{}

func (noWaiting) Now() time.Time { return time.Now() }

func (noWaiting) Sleep(ctx context.Context, _ time.Duration) error { return context.Cause(ctx) }

func (s *sequence) close() error {
	var errs []error
	if s.state != nil {
		errs = append(errs, s.state.Close())
	}
	for _, client := range []*jotta.Client{s.client, s.other} {
		if client != nil {
			client.Close()
		}
	}
	if s.wire != nil {
		s.wire.http.CloseIdleConnections()
	}
	if s.running != nil {
		errs = append(errs, s.running.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(s.dir))...)
}

// put uploads as the other device does: at a time that no file here has.
func (s *sequence) put(at jotta.Path, content string) error {
	s.clock++
	modified := time.Date(2001, 1, 1, 0, 0, s.clock, 0, time.UTC)
	_, err := s.other.Upload(context.Background(), jotta.Upload{
		Path: at, Size: int64(len(content)), MD5: md5.Sum([]byte(content)), Modified: modified, Content: strings.NewReader(content),
	})
	return err
}

// beside returns what the device holds outside of the target.
func (s *sequence) beside() []emulator.File {
	var others []emulator.File
	for _, f := range s.server.Tree(device) {
		if !strings.HasPrefix(f.Path, strings.TrimPrefix(target, device+"/")+"/") {
			others = append(others, f)
		}
	}
	return others
}

// otherTrashes puts a file or a folder into the trash, as another device.
func (s *sequence) otherTrashes(name string, isFolder bool) error {
	query := "dl=true"
	if isFolder {
		query = "dlDir=true"
	}
	status, err := s.wire.ask(http.MethodPost, join(target, name), query, nil)
	if err == nil && status != http.StatusOK {
		return fmt.Errorf("answer %d", status)
	}
	s.wasOnce[fold(name)] = true
	return err
}

func (s *sequence) remember(name, content string) {
	name = fold(name)
	if s.had[name] == nil {
		s.had[name] = map[string]bool{}
	}
	s.had[name][sum(content)] = true
	s.contents[sum(content)] = content
}

// rememberHere notes what every file here holds now.
func (s *sequence) rememberHere() {
	for _, name := range s.here.names(isFile) {
		s.remember(name, s.here.nodes[name].content)
	}
}

func (s *sequence) log(format string, args ...any) {
	s.trace = append(s.trace, fmt.Sprintf(format, args...))
}

// fail says what is wrong; the sequence goes on, as more may come of it.
func (s *sequence) fail(format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	s.failures = append(s.failures, message)
	s.log("WRONG: %s", message)
}

func (s *sequence) must(err error) {
	if err != nil {
		s.fail("the model itself: %v", err)
	}
}

func dice(seed uint64, step int) *rand.Rand { return rand.New(rand.NewPCG(seed, uint64(step))) }

func sum(content string) string { return fmt.Sprintf("%x", md5.Sum([]byte(content))) }
