package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/jottarun/jottarun/planner"
)

const (
	maxLiveWidth = 110 // wider lines are hard to follow
	maxLiveJobs  = 3
	barWidth     = 12
)

// Lines are the progress as it is to be shown now on a terminal of that size: never as
// many lines as it has, and each shorter than it is wide.
func (l *Live) Lines(width, height int, style Style) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	width = min(width-1, maxLiveWidth)
	p := page{width: width, style: style}
	var transfer livePhase
	for i, job := range l.jobs {
		if job.phase.transfers() {
			transfer = job.phase
			continue
		}
		if len(p.lines) >= 2*maxLiveJobs {
			p.row(text{" … and " + plural(len(l.jobs)-i, "job") + " more", faint})
			break
		}
		l.jobLines(&p, job, now)
	}
	if transfer != "" {
		l.totalLines(&p, transfer, now)
		l.fileLines(&p, height-len(p.lines)-3)
	}
	return p.lines[:max(0, min(len(p.lines), height-1))]
}

// jobLines are about a job that uploads nothing now.
func (l *Live) jobLines(p *page, job *liveJob, now time.Time) {
	p.sides([]text{{" " + fmt.Sprintf("%-9s", job.phase), bold}, {"  " + name(planner.RelPath(job.name)), plainColor}},
		text{clock(now.Sub(job.since)), faint})
	switch {
	case job.phase == liveWaiting:
		p.row(text{"            " + job.todo, plainColor})
	case job.phase == livePruning:
		p.row(text{fmt.Sprintf("            %s of %s", number(job.pruned), plural(job.prune, "file")), plainColor})
	case job.phase == livePlanning && job.counts != nil:
		scanned, listed, read := job.counts.Scanned(), job.counts.Listed(), job.counts.Read()
		job.scanned.add(now, scanned)
		job.read.add(now, read)
		if scanned+listed == 0 {
			p.row(text{"            listing the cloud", plainColor})
			return
		}
		cells := []text{
			{"            " + number(int(scanned)) + " scanned", plainColor}, rate(job.scanned.rate(), plainRate),
			{"   " + number(int(listed)) + " listed", plainColor},
		}
		if read > 0 {
			cells = append(cells, text{"   " + size(read) + " read", plainColor}, rate(job.read.rate(), byteRate))
		}
		p.row(cells...)
	}
}

// totalLines are about the transfers of all jobs.
func (l *Live) totalLines(p *page, phase livePhase, now time.Time) {
	done := l.measure(now)
	t := l.total
	label := " " + string(phase)
	if l.stopping {
		label = " stopping "
	}
	ahead := []text{{label, bold}, {"  ", plainColor}}
	behind := []text{{fmt.Sprintf(" %3.0f%%", 100*share(done, t.work())), plainColor}}
	if left := l.timeLeft(done); left != "" {
		behind = append(behind, text{"   " + left + " left", plainColor})
	}
	p.bar(ahead, share(done, t.work()), behind)
	cells := []text{
		{"            " + number(t.done) + " of " + plural(t.files, "file"), plainColor},
		{"   " + size(t.doneBytes+l.inFlight()) + " of " + size(t.bytes), plainColor},
		{"   " + byteRate(l.wire.rate()), plainColor},
	}
	if n := int(l.retries()); n > 0 {
		cells = append(cells, text{"   " + pluralIes(n, "retry"), yellow})
	}
	if t.problems > 0 {
		cells = append(cells, text{"   " + plural(t.problems, "problem"), red})
	}
	p.row(cells...)
}

// measure takes samples, and returns how much of the work is done.
func (l *Live) measure(now time.Time) int64 {
	done := l.total.workDone() + l.inFlight()
	l.wire.add(now, l.total.wire)
	l.work.add(now, done)
	return done
}

func (l *Live) inFlight() (bytes int64) {
	for _, file := range l.files {
		if file != nil {
			bytes += min(file.sent, file.size)
		}
	}
	return bytes
}

// timeLeft is an estimate by how the work went lately, and empty where there is none.
func (l *Live) timeLeft(done int64) string {
	perSecond := l.work.rate()
	if perSecond < 1 || l.stopping {
		return ""
	}
	seconds := float64(l.total.work()-done) / perSecond
	if seconds > 99*3600 {
		return ""
	}
	return clock(time.Duration(seconds * float64(time.Second)))
}

// fileLines are the files in flight, one a line, as far as there is room.
func (l *Live) fileLines(p *page, room int) {
	room = max(0, room)
	if room < len(l.files) {
		room-- // for how many there are besides
	}
	hidden := 0
	for i, file := range l.files {
		switch {
		case i >= room && file != nil:
			hidden++
		case i >= room:
		case file == nil:
			p.row()
		default:
			p.file(file)
		}
	}
	if hidden > 0 {
		p.row(text{fmt.Sprintf("  … and %s more", number(hidden)), faint})
	}
}

// Sentences are the progress as it is told where nothing can be shown in place.
func (l *Live) Sentences() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	var all []string
	var transfer livePhase
	for _, job := range l.jobs {
		switch job.phase {
		case liveUploading, liveRestoring, liveReading:
			transfer = job.phase
		case livePlanning:
			scanned, read := job.counts.Scanned(), job.counts.Read()
			job.scanned.add(now, scanned)
			job.read.add(now, read)
			all = append(all, fmt.Sprintf("planning job %q: %s scanned%s, %s listed, %s read to compare%s", job.name, number(int(scanned)),
				rate(job.scanned.rate(), plainRate).string, number(int(job.counts.Listed())), size(read), rate(job.read.rate(), byteRate).string))
		case liveProving, livePruning:
			all = append(all, fmt.Sprintf("%s job %q for %s", job.phase, job.name, clock(now.Sub(job.since))))
		}
	}
	if transfer != "" {
		all = append(all, l.transferSentence(transfer, now))
	}
	return all
}

func (l *Live) transferSentence(phase livePhase, now time.Time) string {
	done := l.measure(now)
	t := l.total
	parts := []string{
		fmt.Sprintf("%s: %s of %s", phase, number(t.done), plural(t.files, "file")),
		fmt.Sprintf("%s of %s", size(t.doneBytes+l.inFlight()), size(t.bytes)),
		byteRate(l.wire.rate()),
	}
	if left := l.timeLeft(done); left != "" {
		parts = append(parts, left+" left")
	}
	if n := int(l.retries()); n > 0 {
		parts = append(parts, pluralIes(n, "retry"))
	}
	if t.problems > 0 {
		parts = append(parts, plural(t.problems, "problem"))
	}
	return strings.Join(parts, ", ")
}

func share(part, whole int64) float64 {
	if whole <= 0 {
		return 0
	}
	return min(1, max(0, float64(part)/float64(whole)))
}

func rate(perSecond float64, show func(float64) string) text {
	if perSecond < 1 {
		return text{}
	}
	return text{" (" + show(perSecond) + ")", faint}
}

func plainRate(perSecond float64) string { return number(int(perSecond)) + "/s" }

func byteRate(perSecond float64) string { return size(int64(perSecond)) + "/s" }

// pluralIes is plural for a noun that ends in y.
func pluralIes(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return number(n) + " " + strings.TrimSuffix(noun, "y") + "ies"
}

// clock shows a duration as 0:07, 12:34 or 1:02:03.
func clock(d time.Duration) string {
	seconds := int(max(0, d).Seconds())
	if seconds < 3600 {
		return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
}
