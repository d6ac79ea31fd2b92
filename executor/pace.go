package executor

import "time"

const (
	// paceWindow is how long throughput is measured before the pace is thought over.
	paceWindow = 250 * time.Millisecond
	// After paceRest windows without a change a quicker pace is tried; each time that it
	// brings nothing, the next rest is twice as long, up to longRest.
	paceRest, longRest = 4, 32
	// fileWork is what a file counts besides its bytes: the requests for a small one take
	// as long as so many bytes would.
	fileWork = 32 << 10
	// gain is which share of a quicker pace must come through for it to be kept.
	gain = 0.25
	// A cloud that takes so many times as long to answer as at best has enough to do, and
	// one that takes so many times as long has too much.
	enough, tooMuch = 1.5, 4
)

// pace says how many files may be in flight. It tries more, and keeps to that as long as
// more comes through or the cloud answers as quickly as before; it takes fewer when the
// cloud lets itself be waited for, and half as many when it says that it is asked too
// much.
type pace struct {
	most  int // in flight, ever
	limit int // now

	began    time.Time // the window
	work     int64     // done in it
	answers  int
	answered time.Duration // in all

	last     float64       // work a second in the window before
	quickest time.Duration // average answer of a window
	tried    int           // by how much the limit was last raised, to see what comes of it
	rest     int           // windows before it is raised again
	restNext int           // the rest if that brings nothing
}

// newPace begins with few files, so that it learns how quickly the cloud answers when it
// is not busy.
func newPace(most int) pace { return pace{most: most, limit: min(most, 4), restNext: paceRest} }

// sent takes into account that bytes were sent.
func (p *pace) sent(bytes int64, now time.Time) {
	p.work += bytes
	p.think(now)
}

// stored takes into account that a file is in the cloud, which took so long to answer
// the question whether it is wanted.
func (p *pace) stored(answer time.Duration, now time.Time) {
	p.work += fileWork
	if answer > 0 {
		p.answers++
		p.answered += answer
	}
	p.think(now)
}

// refused takes into account that the cloud is asked too much. What was asked before the
// pace was slowed down does not slow it down once more.
func (p *pace) refused(now time.Time) {
	if p.rest > paceRest {
		p.think(now)
		return
	}
	p.limit = max(p.limit/2, 1)
	p.tried, p.rest = 0, 2*paceRest
	p.begin(now)
}

func (p *pace) think(now time.Time) {
	elapsed := now.Sub(p.began)
	switch {
	case elapsed < paceWindow:
		return
	case elapsed > 8*paceWindow: // not much was going on
		p.begin(now)
		return
	}
	rate := float64(p.work) / elapsed.Seconds()
	before := float64(p.limit - p.tried)
	slowness := p.slowness()
	grown := rate > p.last*(before+gain*float64(p.tried))/before
	switch {
	case slowness > tooMuch && !grown:
		p.limit = max(p.limit-max(p.limit/8, 1), min(p.most, 2))
		p.tried, p.rest = 0, paceRest
	case p.tried > 0 && !grown:
		if slowness > enough || rate <= 1.02*p.last { // else noise may have hidden the gain
			p.limit -= p.tried
		}
		p.tried, p.rest = 0, p.restNext
		p.restNext = min(2*p.restNext, longRest)
	case p.rest > 0 && p.tried == 0:
		p.rest--
	default:
		if p.tried > 0 {
			p.restNext = paceRest
		}
		p.tried = min(max(p.limit/2, 1), p.most-p.limit)
		p.limit += p.tried
	}
	p.last = rate
	p.begin(now)
}

// slowness is how many times as long as at best the cloud took to answer in this window.
// Where it was not asked, it counts as having enough to do.
func (p *pace) slowness() float64 {
	if p.answers == 0 {
		return enough + 0.1
	}
	average := p.answered / time.Duration(p.answers)
	if p.quickest == 0 || average < p.quickest {
		p.quickest = average
	}
	return float64(average) / float64(p.quickest)
}

func (p *pace) begin(now time.Time) {
	p.began, p.work, p.answers, p.answered = now, 0, 0, 0
}
