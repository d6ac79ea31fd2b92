package faults

import (
	"bytes"
	"crypto/md5"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sourcegraph/conc"
)

// Whatever is done to a file while a run has it open, to hash it or to send it, the
// cloud never holds a content that the file did not have. What is done is one system
// call, and it counts where the file was open before and after.
func TestFilesMutatedWhileTheyAreOpen(t *testing.T) {
	t.Parallel()
	goal := times(8, 1000)
	var all harvest
	for _, seed := range seeds(t, goal, goal) {
		if all.hashed+all.sent >= goal {
			break
		}
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { newHerd(t, seed).live(times(1, 5), &all) })
		if t.Failed() {
			return
		}
	}
	if all.hashed+all.sent < goal || all.hashed == 0 || all.sent == 0 {
		t.Errorf("%+v, want %d", all, goal)
	}
	t.Logf("figures: %d files mutated while they were hashed and %d while they were sent, 0 wrong bytes; %d came too late",
		all.hashed, all.sent, all.missed)
}

type harvest struct{ hashed, sent, missed int }

// herd are the mutants of one run.
type herd struct {
	*lab
	roll    *rand.Rand
	seed    uint64
	mutants []*mutant

	mu  sync.Mutex // guards what was struck
	pid int
}

// mutant is a file to which something is done while it is open.
type mutant struct {
	name           string
	mark           []byte // what it begins with
	initial, final []byte // final is nil where the file is gone
	mutate         func() error
	whileSent      bool
	came           int // of its bytes, before it is mutated
	sending        bool
	answered       bool // it has been sent: the program may have looked at it for the last time
	tried, struck  bool
	inSending      bool // it was struck when it was being sent
}

const (
	herdSize   = 4
	markLength = 16
)

func newHerd(t *testing.T, seed uint64) *herd {
	h := &herd{lab: newLab(t), roll: dice(seed), seed: seed}
	h.jobsFile(", uploads: 2, hashers: 2", "")
	return h
}

// live has the files mutated in some runs, and the runs after them make all well.
func (h *herd) live(rounds int, all *harvest) {
	h.t.Helper()
	for round := range rounds {
		h.mutants = nil
		for i := range herdSize {
			h.breed(fmt.Sprint("file ", i), h.seed+uint64(round*herdSize+i)<<32)
		}
		if soaking() && h.roll.IntN(6) == 0 {
			pause(2100 * time.Millisecond) // small files that have rested so long are read once
		}
		h.door.with(h.watch)
		h.run()
		h.count(all)
		h.door.calm()
		for _, m := range h.mutants {
			if m.final == nil {
				h.write(m.name, m.initial) // so that the cloud may keep it
			}
		}
		h.mustExec(0, "", "run")
		h.mustConverge()
	}
}

func (h *herd) count(all *harvest) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range h.mutants {
		switch {
		case !m.struck:
			all.missed++
		case m.inSending:
			all.sent++
		default:
			all.hashed++
		}
	}
}

// breed makes a file and says what is to be done to it.
func (h *herd) breed(name string, seed uint64) {
	h.t.Helper()
	content := bytesOf(seed, 1<<20+h.roll.IntN(7<<20))
	m := &mutant{name: name, mark: content[:markLength], initial: content, whileSent: h.roll.IntN(3) == 0}
	m.came = h.roll.IntN(len(content) / 2)
	h.write(name, content)
	h.settleOn(m, bytesOf(seed+1, 4096))
	if m.final != nil {
		h.remember(name, m.final)
	}
	h.mutants = append(h.mutants, m)
}

// settleOn throws the dice for what is to be done. New bytes lie within one page, which
// is written at once.
func (h *herd) settleOn(m *mutant, other []byte) {
	path, size := h.path(m.name), len(m.initial)
	info, err := os.Stat(path)
	check(h.t, err)
	at := h.roll.IntN(size>>12) << 12
	patched := slices.Concat(m.initial[:at], other[:1000], m.initial[at+1000:])
	write := func(at int) error {
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = file.WriteAt(other[:1000], int64(at))
		return errors.Join(err, file.Close())
	}
	switch h.roll.IntN(7) {
	case 0:
		m.final, m.mutate = slices.Concat(m.initial, other[:1000]), func() error { return write(size) }
	case 1:
		m.final, m.mutate = m.initial[:at], func() error { return os.Truncate(path, int64(at)) }
	case 2:
		m.final, m.mutate = []byte{}, func() error { return os.Truncate(path, 0) }
	case 3:
		m.final, m.mutate = patched, func() error { return write(at) }
	case 4:
		m.final, m.mutate = patched, func() error {
			return errors.Join(write(at), os.Chtimes(path, info.ModTime(), info.ModTime()))
		}
	case 5:
		m.final = patched
		another := filepath.Join(h.dir, "new "+m.name)
		check(h.t, os.WriteFile(another, patched, 0o644))
		m.mutate = func() error { return os.Rename(another, path) }
	default:
		m.mutate = func() error { return os.Remove(path) }
	}
}

// run runs the program while the files are mutated.
func (h *herd) run() {
	h.t.Helper()
	p := h.start(h.command("run"))
	h.mu.Lock()
	h.pid = p.Process.Pid
	h.mu.Unlock()
	var hunting conc.WaitGroup
	ended := make(chan struct{})
	hunting.Go(func() { h.hunt(ended) })
	code := h.wait(p)
	close(ended)
	hunting.Wait()
	if code != 0 && code != 3 {
		h.t.Errorf("it ended with %d:\n%s", code, p.said())
	}
	held := h.cloud()
	for _, m := range h.mutants {
		grew := len(m.final) > len(m.initial)
		want := fmt.Sprintf("%d %x", len(m.final), md5.Sum(m.final))
		if code == 0 && m.struck && m.final != nil && held[m.name] != want && !grew {
			h.t.Errorf("it says that all is well, and %q is %s in the cloud, want %s:\n%s", m.name, held[m.name], want, p.said())
		}
	}
}

// hunt mutates files as soon as they are open to be hashed.
func (h *herd) hunt(ended chan struct{}) {
	for {
		select {
		case <-ended:
			return
		default:
		}
		for _, m := range h.mutants {
			if !m.whileSent {
				h.strike(m)
			}
		}
	}
}

// watch is the door's: it mutates files when so much of them has come.
func (h *herd) watch(w http.ResponseWriter, r *http.Request, cloud http.Handler) {
	if strings.HasPrefix(r.URL.Path, "/files/v1/upload/") {
		mark := make([]byte, markLength)
		n, _ := io.ReadFull(r.Body, mark) // what does not come, the cloud misses too
		r.Body = body{io.MultiReader(bytes.NewReader(mark[:n]), r.Body), r.Body}
		for _, m := range h.mutants {
			if bytes.Equal(m.mark, mark) {
				h.begin(m)
				defer h.answer(m) // before the answer leaves
				r.Body = body{&sentinel{Reader: r.Body, left: m.came, do: func() { h.strike(m) }}, r.Body}
			}
		}
	}
	cloud.ServeHTTP(w, r)
}

func (h *herd) begin(m *mutant) {
	h.mu.Lock()
	defer h.mu.Unlock()
	m.sending, m.answered = true, false
}

func (h *herd) answer(m *mutant) {
	h.mu.Lock()
	defer h.mu.Unlock()
	m.answered = true
}

type body struct {
	io.Reader
	io.Closer
}

// sentinel does something after so many bytes.
type sentinel struct {
	io.Reader
	left int
	do   func()
}

func (s *sentinel) Read(p []byte) (int, error) {
	if s.left <= 0 {
		s.do()
		return s.Reader.Read(p)
	}
	n, err := s.Reader.Read(p[:min(len(p), s.left)])
	s.left -= n
	return n, err
}

// strike mutates a file, once, if the program has it open.
func (h *herd) strike(m *mutant) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if m.tried || m.answered || !h.isOpen(m) {
		return
	}
	m.tried, m.inSending = true, m.sending
	if err := m.mutate(); err != nil {
		h.t.Error(err)
	}
	m.struck = h.isOpen(m)
}

// isOpen reports whether the program has the file open, which may have lost its name.
func (h *herd) isOpen(m *mutant) bool {
	descriptors, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", h.pid))
	if err != nil {
		return false
	}
	for _, each := range descriptors {
		link, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", h.pid, each.Name()))
		if err == nil && strings.TrimSuffix(link, " (deleted)") == h.path(m.name) {
			return true
		}
	}
	return false
}
