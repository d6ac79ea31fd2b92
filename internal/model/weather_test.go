package model

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"github.com/jottarun/jottarun/jotta/emulator"
)

// maxFaults is how many faults a run meets at most. The client's retries are more than
// that: whatever is temporary has to be survived.
const maxFaults = 5

// misfortune is a kind of fault. A hard one may keep files from being protected.
type misfortune struct {
	kind string
	hard bool
	make func(*rand.Rand) emulator.Fault
}

func misfortunes() []misfortune {
	anyRoute := func(r *rand.Rand) string {
		return pick(r, []string{"", "", "liststream", "allocate", "allocate", "upload", "upload", "metadata", "mv", "mkDir", "dl", "rm", "dlDir"})
	}
	onRoute := func(change func(*emulator.Fault, *rand.Rand)) func(*rand.Rand) emulator.Fault {
		return func(r *rand.Rand) emulator.Fault {
			f := emulator.Fault{Route: anyRoute(r), Nth: 1 + r.IntN(3)}
			change(&f, r)
			return f
		}
	}
	return []misfortune{
		{"reset", false, onRoute(func(f *emulator.Fault, _ *rand.Rand) { f.Reset = true })},
		{"lost answer", false, onRoute(func(f *emulator.Fault, _ *rand.Rand) { f.Reset, f.After = true, true })},
		{"5xx", false, onRoute(func(f *emulator.Fault, r *rand.Rand) { f.Status = pick(r, []int{500, 502, 503, 504, 509}) })},
		{"5xx after effect", false, onRoute(func(f *emulator.Fault, _ *rand.Rand) { f.Status, f.After = 502, true })},
		{"429", false, onRoute(func(f *emulator.Fault, _ *rand.Rand) { f.Status, f.RetryAfter = 429, "3" })},
		{"cut upload", false, func(r *rand.Rand) emulator.Fault {
			return emulator.Fault{Route: "upload", CutRequest: 1 + r.Int64N(6), Nth: 1 + r.IntN(2)}
		}},
		{"cut answer", false, func(r *rand.Rand) emulator.Fault {
			return emulator.Fault{Route: pick(r, []string{"liststream", "liststream", "allocate", "upload", "metadata"}), CutAnswer: 1 + r.Int64N(400)}
		}},
		{"403 on a path", true, func(r *rand.Rand) emulator.Fault {
			return emulator.Fault{Route: pick(r, []string{"allocate", "upload", "metadata"}), Path: "/" + pick(r, []string{"a", "b", "c", "d"}), Status: 403, Times: 50}
		}},
		{"400", true, func(r *rand.Rand) emulator.Fault {
			return emulator.Fault{Route: pick(r, []string{"allocate", "upload", "liststream", "mv", "dl"}), Status: 400, Nth: 1 + r.IntN(2)}
		}},
		{"over quota", true, func(r *rand.Rand) emulator.Fault {
			return emulator.Fault{Route: "allocate", Status: 460, Nth: 1 + r.IntN(3)}
		}},
		{"401", true, func(r *rand.Rand) emulator.Fault {
			return emulator.Fault{Route: anyRoute(r), Status: 401, Nth: 1 + r.IntN(3)}
		}},
		{"outage", true, func(r *rand.Rand) emulator.Fault {
			return emulator.Fault{Route: pick(r, []string{"allocate", "upload", "liststream", "dl", "mv"}), Status: 503, Times: 50}
		}},
	}
}

// weather is what the faults of one run are, and which of them have struck.
type weather struct {
	server  *emulator.Server
	outages bool // may happen: a run takes no time to give up

	mu      sync.Mutex
	waiting map[string]emulator.Fault // by name, which begins with the kind
	struck  map[string]bool           // kinds
	hard    bool                      // one of them was
}

func newWeather(server *emulator.Server) *weather {
	return &weather{server: server, outages: true, waiting: map[string]emulator.Fault{}, struck: map[string]bool{}}
}

// gather scripts some faults.
func (w *weather) gather(r *rand.Rand, most int) {
	all := misfortunes()
	if !w.outages {
		all = slices.DeleteFunc(all, func(m misfortune) bool { return m.kind == "outage" })
	}
	for i := range r.IntN(most + 1) {
		if kind := pick(r, all); !kind.hard || r.IntN(3) == 0 {
			fault := kind.make(r)
			fault.Name = fmt.Sprintf("%s|%v|%d", kind.kind, kind.hard, i)
			w.waiting[fault.Name] = fault
			w.server.Inject(fault)
		}
	}
}

// calm lets something happen while no fault strikes.
func (w *weather) calm(do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.note()
	do()
	for _, fault := range w.waiting {
		w.server.Inject(fault)
	}
}

// clear ends all faults.
func (w *weather) clear() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.note()
}

// note remembers which faults have struck, and takes all away.
func (w *weather) note() {
	unhit := strings.Join(w.server.UnhitFaults(), "\n")
	w.server.ClearFaults()
	for name := range w.waiting {
		if strings.Contains(unhit, name) {
			continue
		}
		delete(w.waiting, name)
		parts := strings.Split(name, "|")
		w.struck[parts[0]] = true
		w.hard = w.hard || parts[1] == "true"
	}
}
