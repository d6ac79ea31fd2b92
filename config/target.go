package config

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// maxName is the longest name the cloud takes, in characters.
const maxName = 255

// target reads /device/backupdir and any folders below.
func (d *decoder) target(n *yaml.Node) string {
	text, ok := d.text(n)
	if !ok {
		return ""
	}
	if !strings.HasPrefix(text, "/") {
		d.fail(n, "target %q is to start with a slash: /device/backupdir/folder", text)
		return ""
	}
	target := strings.TrimSuffix(text, "/")
	segments := strings.Split(strings.TrimPrefix(target, "/"), "/")
	for _, segment := range segments {
		if problem := badSegment(segment); problem != "" {
			d.fail(n, "target %q %s", text, problem)
			return ""
		}
	}
	if len(segments) < 2 {
		d.fail(n, "target %q names no backupdir: it is /device/backupdir, and any folders below", text)
		return ""
	}
	return target
}

// badSegment says why one name of a cloud path cannot be, "" if it can.
func badSegment(segment string) string {
	switch {
	case segment == "":
		return "has an empty name in it"
	case segment == "." || segment == "..":
		return fmt.Sprintf("has %q in it", segment)
	case hasControl(segment):
		return "has a control character in it"
	case utf8.RuneCountInString(segment) > maxName:
		return fmt.Sprintf("has a name of more than %d characters in it", maxName)
	}
	return ""
}

// compareTargets refuses two jobs that would write to the same place. Names in
// the cloud do not differ by case.
func compareTargets(all []declared) {
	targets := make(map[string]declared) // folded target
	holders := make(map[string]declared) // every folded folder above one
	for _, j := range all {
		if j.job.Target == "" {
			continue
		}
		folded := fold(j.job.Target)
		above := parents(folded)
		switch {
		case j.overlaps(targets, folded, "is also that of"):
		case j.overlaps(holders, folded, "holds that of"):
		default:
			for _, folder := range above {
				if j.overlaps(targets, folder, "lies inside that of") {
					break
				}
			}
		}
		targets[folded] = j
		for _, folder := range above {
			holders[folder] = j
		}
	}
}

func (j declared) overlaps(others map[string]declared, folded, how string) bool {
	other, found := others[folded]
	if found {
		j.from.fail(j.target, "target %q of job %q %s job %q (%s)",
			j.job.Target, j.job.Name, how, other.job.Name, other.from.position(other.target))
	}
	return found
}

// parents returns the folders above an absolute slash path, the root left out.
func parents(path string) []string {
	var all []string
	for i := strings.LastIndexByte(path, '/'); i > 0; i = strings.LastIndexByte(path[:i], '/') {
		all = append(all, path[:i])
	}
	return all
}

// fold maps names that differ by case only to one.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return least
	}, name)
}
