package bandwidth

import (
	"testing"
	"time"
)

func days(of ...time.Weekday) (set [7]bool) {
	for _, day := range of {
		set[day] = true
	}
	return set
}

func clock(hour, minute int) time.Duration {
	return time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute
}

func TestWhichRateHolds(t *testing.T) {
	t.Parallel()
	everyDay := days(0, 1, 2, 3, 4, 5, 6)
	office := Window{days(time.Monday, time.Tuesday), clock(8, 0), clock(17, 0), 2}
	night := Window{days(time.Friday), clock(22, 0), clock(6, 0), 9}
	midday := Window{days(time.Monday), clock(0, 0), 24 * time.Hour, 5}
	around := Window{days(time.Saturday), clock(12, 0), clock(12, 0), 7}
	for _, c := range []struct {
		name  string
		table Timetable
		at    string
		want  Rate
	}{
		{"no timetable", nil, "Mon 09:00:00", Unlimited},
		{"always", Always(20), "Sun 00:00:00", 20},
		{"before it begins", Timetable{office}, "Mon 07:59:59", Unlimited},
		{"as it begins", Timetable{office}, "Mon 08:00:00", 2},
		{"before it ends", Timetable{office}, "Tue 16:59:59", 2},
		{"as it ends", Timetable{office}, "Tue 17:00:00", Unlimited},
		{"on another day", Timetable{office}, "Wed 12:00:00", Unlimited},
		{"past midnight: in the evening", Timetable{night}, "Fri 22:00:00", 9},
		{"past midnight: next morning", Timetable{night}, "Sat 05:59:59", 9},
		{"past midnight: over", Timetable{night}, "Sat 06:00:00", Unlimited},
		{"past midnight: the morning before", Timetable{night}, "Fri 05:00:00", Unlimited},
		{"past midnight: the evening after", Timetable{night}, "Sat 22:00:00", Unlimited},
		{"from Saturday into Sunday", Timetable{{days(time.Saturday), clock(23, 0), clock(1, 0), 3}}, "Sun 00:30:00", 3},
		{"a whole day", Timetable{midday}, "Mon 23:59:59", 5},
		{"a whole day is over", Timetable{midday}, "Tue 00:00:00", Unlimited},
		{"around the clock", Timetable{around}, "Sun 11:59:59", 7},
		{"around the clock, over", Timetable{around}, "Sun 12:00:00", Unlimited},
		{"the first that is open", Timetable{office, {everyDay, 0, 24 * time.Hour, 4}}, "Mon 10:00:00", 2},
		{"where the first is not", Timetable{office, {everyDay, 0, 24 * time.Hour, 4}}, "Mon 20:00:00", 4},
		{"an open window without a limit", Timetable{{office.Days, office.From, office.To, Unlimited}, Always(4)[0]}, "Mon 10:00:00", Unlimited},
	} {
		if got := c.table.At(at(t, c.at)); got != c.want {
			t.Errorf("%s: on %s the rate is %d, want %d", c.name, c.at, got, c.want)
		}
	}
}

// at is a time in the week that began on Sunday, 22 November 2026.
func at(t *testing.T, text string) time.Time {
	t.Helper()
	clock, err := time.Parse("15:04:05", text[4:])
	if err != nil {
		t.Fatal(err)
	}
	for day := 22; day < 29; day++ {
		when := time.Date(2026, 11, day, clock.Hour(), clock.Minute(), clock.Second(), 0, time.Local)
		if when.Format("Mon") == text[:3] {
			return when
		}
	}
	t.Fatalf("%q is no day", text)
	return time.Time{}
}
