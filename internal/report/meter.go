package report

import "time"

// window is over how long a rate is taken: short enough to follow, long enough to be
// steady.
const window = 10 * time.Second

// meter tells how fast a number grows.
type meter struct{ samples []sample }

type sample struct {
	at    time.Time
	value int64
}

// add takes a sample. Samples come in the order of time.
func (m *meter) add(at time.Time, value int64) {
	m.samples = append(m.samples, sample{at, value})
	for len(m.samples) > 2 && at.Sub(m.samples[1].at) >= window {
		m.samples = m.samples[1:]
	}
}

// rate returns by how much the number has grown in a second lately, and 0 where that
// is not known yet.
func (m *meter) rate() float64 {
	if len(m.samples) < 2 {
		return 0
	}
	first, last := m.samples[0], m.samples[len(m.samples)-1]
	seconds := last.at.Sub(first.at).Seconds()
	if seconds <= 0 {
		return 0
	}
	return max(0, float64(last.value-first.value)/seconds)
}
