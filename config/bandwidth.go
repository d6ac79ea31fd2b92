package config

import (
	"errors"
	"slices"
	"time"

	"gopkg.in/yaml.v3"
)

// Bandwidth limits what is sent and what is received, each by itself.
type Bandwidth struct {
	Upload   []Window
	Download []Window
}

// Window is a time of the week at which a limit holds. Of several that are open at a
// time, the first one counts; where none is open, there is no limit.
type Window struct {
	// Days are those on which the window begins, in the order of the week from Sunday.
	Days []time.Weekday
	// From and To are times of the day, on the clock; a To that is not after From is one
	// of the next day.
	From, To time.Duration
	// Limit is in bytes a second; 0 is none.
	Limit int64
}

const midnight = 24 * time.Hour

// weekdays are the names of days, by time.Weekday.
var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// Always is a timetable with one limit.
func Always(limit int64) []Window { return []Window{{Days: allDays(), To: midnight, Limit: limit}} }

func allDays() []time.Weekday {
	days := make([]time.Weekday, len(weekdays))
	for i := range days {
		days[i] = time.Weekday(i)
	}
	return days
}

// ParseRate reads bytes a second: a size like 20MiB, or off, which is 0.
func ParseRate(text string) (int64, error) {
	if text == "off" {
		return 0, nil
	}
	rate, err := ParseSize(text)
	if err == nil && rate == 0 {
		err = errors.New("nothing would move; off is no limit")
	}
	return rate, err
}

// bandwidth reads a limit or a timetable for both directions, or a mapping of both.
func (d *decoder) bandwidth(n *yaml.Node) (b Bandwidth) {
	if n.Kind == yaml.MappingNode {
		d.mapping(n, d.bandwidthTable(&b))
		return b
	}
	b.Upload = d.timetable(n)
	b.Download = slices.Clone(b.Upload)
	return b
}

func (d *decoder) bandwidthTable(b *Bandwidth) table {
	return table{of: "bandwidth", fields: []field{
		{"upload", func(n *yaml.Node) { b.Upload = d.timetable(n) }},
		{"download", func(n *yaml.Node) { b.Download = d.timetable(n) }},
	}}
}

// timetable reads one limit, or windows with a limit each.
func (d *decoder) timetable(n *yaml.Node) []Window {
	if n.Kind != yaml.SequenceNode {
		if rate, ok := d.rate(n); ok && rate > 0 {
			return Always(rate)
		}
		return nil
	}
	var windows []Window
	d.list(n, func(item *yaml.Node) {
		w := Window{Days: allDays(), To: midnight}
		keys := d.mapping(item, d.windowTable(&w))
		d.require(item, keys, "a window of the timetable", "limit")
		windows = append(windows, w)
	})
	return windows
}

func (d *decoder) windowTable(w *Window) table {
	return table{of: "a window of the timetable", fields: []field{
		{"from", func(n *yaml.Node) { w.From = d.timeOfDay(n) % midnight }},
		{"to", func(n *yaml.Node) { w.To = d.timeOfDay(n) }},
		{"days", func(n *yaml.Node) { w.Days = d.days(n) }},
		{"limit", func(n *yaml.Node) { w.Limit, _ = d.rate(n) }},
	}}
}

func (d *decoder) rate(n *yaml.Node) (int64, bool) {
	const want = "bytes a second like 20MiB, or off"
	if n.Kind == yaml.ScalarNode && !isA(n, "!!str") && !isA(n, "!!int") {
		d.wrongType(n, want)
		return 0, false
	}
	text, ok := d.scalar(n, want)
	if !ok {
		return 0, false
	}
	rate, err := ParseRate(text)
	if err != nil {
		d.fail(n, "%q wants %s, not %q: %v", d.key, want, text, err)
	}
	return rate, err == nil
}

// timeOfDay reads a time from 00:00 to 24:00.
func (d *decoder) timeOfDay(n *yaml.Node) time.Duration {
	text, ok := d.text(n)
	if !ok {
		return 0
	}
	if text == "24:00" {
		return midnight
	}
	clock, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		d.fail(n, "%q wants a time of the day like %q, not %q", d.key, "08:00", text)
		return 0
	}
	return time.Duration(clock.Hour())*time.Hour + time.Duration(clock.Minute())*time.Minute
}

func (d *decoder) days(n *yaml.Node) []time.Weekday {
	var days []time.Weekday
	d.list(n, func(item *yaml.Node) {
		name, ok := d.choice(item, weekdays...)
		if !ok {
			return
		}
		day := time.Weekday(slices.Index(weekdays, name))
		if slices.Contains(days, day) {
			d.fail(item, "%q has %s twice", d.key, name)
		}
		days = append(days, day)
	})
	if n.Kind == yaml.SequenceNode && len(n.Content) == 0 {
		d.fail(n, "%q names no day; without the key it is every day", d.key)
	}
	slices.Sort(days)
	return days
}
