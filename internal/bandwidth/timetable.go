// Package bandwidth says how many bytes may move in a second, by the clock, and holds
// back those that are too many.
package bandwidth

import "time"

// Rate is a number of bytes a second. Unlimited is the zero Rate.
type Rate int64

// Unlimited lets everything pass.
const Unlimited Rate = 0

// Window is a time of the week at which a rate holds.
type Window struct {
	// Days are those on which the window begins, by time.Weekday.
	Days [7]bool
	// From and To are times of the day, on the clock. A window that is not over by
	// midnight, as its To is not after its From, goes on until To of the next day.
	From, To time.Duration
	Rate     Rate
}

// Timetable says which rate holds when: that of its first window that is open, and
// where none is there is no limit.
type Timetable []Window

// Always is a timetable of one rate.
func Always(rate Rate) Timetable {
	return Timetable{{Days: [7]bool{true, true, true, true, true, true, true}, Rate: rate}}
}

// At returns the rate that holds at a time, in the time's own zone.
func (t Timetable) At(now time.Time) Rate {
	today := now.Weekday()
	sinceMidnight := time.Duration(now.Hour())*time.Hour + time.Duration(now.Minute())*time.Minute + time.Duration(now.Second())*time.Second
	for _, w := range t {
		if w.isOpen(today, sinceMidnight) {
			return w.Rate
		}
	}
	return Unlimited
}

func (w *Window) isOpen(today time.Weekday, now time.Duration) bool {
	if w.From < w.To {
		return w.Days[today] && w.From <= now && now < w.To
	}
	yesterday := (today + 6) % 7
	return w.Days[today] && w.From <= now || w.Days[yesterday] && now < w.To
}
