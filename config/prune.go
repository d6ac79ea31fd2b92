package config

import (
	"errors"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// What a job does with files that only the cloud has.
const (
	PruneNever = "never"
	PruneTrash = "trash" // for good after 30 days
	PrunePurge = "purge" // for good at once
)

// Limit is how much one run may prune: a number of files or a share of them, never
// both. A run that would prune more is to prune nothing. The zero Limit lets nothing go.
type Limit struct {
	// Files is a number of files, or -1 where Share is meant.
	Files int64
	// Share is of the selected files in the cloud, 0 to 1, where 1 is no limit. It
	// counts only where Files is -1, and is 0 elsewhere.
	Share float64
}

func defaultLimit() Limit { return Limit{Files: -1, Share: 0.5} }

func (d *decoder) limit(n *yaml.Node) Limit {
	const want = "a share like 50% or a number of files"
	if n.Kind == yaml.ScalarNode && !isA(n, "!!str") && !isA(n, "!!int") {
		d.wrongType(n, want)
		return Limit{}
	}
	text, ok := d.scalar(n, want)
	if !ok {
		return Limit{}
	}
	limit, err := ParseLimit(text)
	if err != nil {
		d.fail(n, "%q wants %s, not %q: %v", d.key, want, text, err)
		return Limit{}
	}
	return limit
}

// ParseLimit reads what max_prune may be: a share like "50%" or a number of files.
func ParseLimit(text string) (Limit, error) {
	if percent, ok := strings.CutSuffix(text, "%"); ok {
		share, err := parseShare(strings.TrimSuffix(percent, " "))
		return Limit{Files: -1, Share: share}, err
	}
	files, err := strconv.ParseUint(text, 10, 63)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return Limit{}, errors.New("it is too large")
	case err != nil:
		return Limit{}, errors.New("without a % it is to be a whole number, not below zero")
	}
	return Limit{Files: int64(files)}, nil
}

// share reads a percentage.
func (d *decoder) share(n *yaml.Node) float64 {
	const want = "a share like 2%"
	if n.Kind == yaml.ScalarNode && !isA(n, "!!str") && !isA(n, "!!int") {
		d.wrongType(n, want)
		return 0
	}
	text, ok := d.scalar(n, want)
	if !ok {
		return 0
	}
	percent, isShare := strings.CutSuffix(text, "%")
	if !isShare && text != "0" {
		d.fail(n, "%q wants %s, not %q", d.key, want, text)
		return 0
	}
	share, err := parseShare(strings.TrimSuffix(percent, " "))
	if err != nil {
		d.fail(n, "%q wants %s, not %q: %v", d.key, want, text, err)
	}
	return share
}

var percentage = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)

// parseShare divides in the text, so that a share is the number nearest to what was written.
func parseShare(text string) (float64, error) {
	share, err := strconv.ParseFloat(text+"e-2", 64)
	if err != nil || share > 1 || !percentage.MatchString(text) {
		return 0, errors.New("a share is from 0% to 100%, like 2.5%")
	}
	return share, nil
}
